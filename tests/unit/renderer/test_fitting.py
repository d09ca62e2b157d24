"""Text of several sections in a number of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bake.renderer.fitting import Held, Section, fitted, size

ITEMS = st.lists(st.integers(1, 400).map(lambda n: "ä" * (n // 2) + "\n"), max_size=30)


def section(name: str, items: list[str], more: int = 0) -> Section:
    """A section that says how many items were left out."""
    return Section(f"# {name}\n", items, len(items) + more, lambda number: f"[{name}: {number} left]\n")


@given(st.lists(ITEMS, max_size=6), st.integers(300, 6000), st.integers(0, 3))
def test_it_fits_and_counts_what_it_leaves_out(parts: list[list[str]], budget: int, more: int) -> None:
    """The text is never longer; each section shows whole items in their order, and counts all others."""
    sections = [section(str(n), items, more) for n, items in enumerate(parts)]
    text = fitted(sections, budget)
    assert size(text) <= budget
    rest = text
    for n, one in enumerate(sections):
        if not one.total:
            continue
        head, rest = rest.split(f"# {n}\n", 1)
        own = rest.split("# ", 1)[0].splitlines(keepends=True)
        left = [int(line.split(": ")[1].split()[0]) for line in own if line.startswith("[")]
        shown = [line for line in own if not line.startswith("[")]
        assert head == "" or n > 0
        assert len(shown) + sum(left) == one.total
        assert all(line in one.items for line in shown)


@given(st.lists(ITEMS, max_size=6))
def test_nothing_is_left_out_of_what_fits(parts: list[list[str]]) -> None:
    """Where there is room for all, all of it is there."""
    sections = [section(str(n), items) for n, items in enumerate(parts)]
    whole = "".join("".join([one.head, *one.items]) for one in sections if one.total)
    assert fitted(sections, max(size(whole), 1)) == whole


def test_a_long_section_leaves_room_for_the_later_ones() -> None:
    """It takes half of what there is, where later ones have something to say; they take what they need of the rest."""
    text = fitted([section("a", ["x" * 99 + "\n"] * 100), section("b", ["y" * 99 + "\n"] * 3)], 1000)
    assert text.count("y" * 99) == 3
    assert text.count("x" * 99) >= 4


def test_one_that_is_too_long_does_not_hide_the_others() -> None:
    """It is shown shorter where there is a shorter form, and otherwise counted."""
    items = ["x" * 9999 + "\n", "small\n"]
    assert fitted([section("a", items)], 400) == "# a\nsmall\n[a: 1 left]\n"
    shorter = Section("# a\n", items, 2, lambda number: f"[{number} left]\n", lambda _: "shorter\n")
    assert fitted([shorter], 400) == "# a\nshorter\nsmall\n"


def test_only_what_may_be_shown_is_held() -> None:
    """Items are made while there is room, and then only counted."""
    made: list[int] = []

    def make() -> str:
        made.append(len(made))
        return "0123456789"

    held = Held(25)
    for _ in range(100):
        held.add(make)
    assert (len(held.items), held.total, made) == (3, 100, [0, 1, 2])
