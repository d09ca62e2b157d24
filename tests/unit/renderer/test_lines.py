"""Lines that fit a width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bake.renderer.lines import Span, broken, hanging, joined, wrapped
from bake.renderer.printable import printable

TEXTS = st.text(max_size=80).map(printable)


@given(TEXTS, st.integers(2, 40))
def test_wrapping_loses_only_space(text: str, width: int) -> None:
    """Lines fit their width, and together hold all of the text but white space at line ends."""
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrapping_breaks_between_words() -> None:
    """A line breaks at a space; a word breaks only if it is wider than a line."""
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("one abcdefghij", 8) == ["one", "abcdefgh", "ij"]
    assert wrapped("a  b", 8) == ["a  b"]


@given(TEXTS, TEXTS, st.integers(20, 60))
def test_hanging_fits(lead: str, body: str, width: int) -> None:
    """However long the lead is, no line is wider than asked for."""
    shown = joined([*hanging((Span(lead),), Span(body), width), *broken((Span(body),), width)], colour=False)
    assert all(cell_len(line) <= width for line in shown.split("\n"))


def test_lines_end_where_they_end() -> None:
    """There is no white space at the end of a line, coloured or not, and no escape sequence without colour."""
    lines = [(Span("a ", "bold"), Span("  ", "red")), (), (Span(" "),)]
    assert joined(lines, colour=False) == "a\n\n\n"
    assert joined(lines, colour=True) == "\x1b[1ma\x1b[0m\n\n\n"
