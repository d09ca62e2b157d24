"""A document for a terminal: in colour or plain, readable at 80 columns and at 40."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bake.renderer.columns import mapping_text
from bake.renderer.document_parts import (
    Document,
    Heading,
    Item,
    Listing,
    Noticed,
    Passed,
    State,
    Warned,
    shown_of,
    tense_of,
)
from bake.renderer.lines import Line, Span, broken, hanging, joined
from bake.renderer.printable import printable
from bake.renderer.text_layout import command_lines, offer_lines, question_lines, step_lines, summary_lines
from bake.renderer.words import counted, moment, runs_text, sections_text, warned_text

_LEAST = 20
_STYLES = {
    "damaged": "bold red",
    "open": "bold yellow",
    "ready": "bold green",
    "empty": "bold",
    "applied": "bold",
}


def text(document: Document, width: int = 80, colour: bool = False) -> str:
    """The document as lines of at most `width` cells (but never less than 20), each ended by a new line.

    Args:
        document: what to show.
        width: cells in a line of the terminal.
        colour: whether to use ANSI colours; without, the text holds no escape sequence at all.
    """
    return joined(_lines(document, max(width, _LEAST)), colour)


def _lines(document: Document, width: int) -> Iterator[Line]:
    yield from _heading(document.heading, width)
    yield ()
    yield from _state(document.state, width)
    yield ()
    yield from summary_lines(document.summary, tense_of(document.state), width)
    yield from _section("Questions", document.questions, width, question_lines)
    yield from _section("Proposals", document.proposals, width, offer_lines)
    yield from _section("Warnings", document.warnings, width, _warning)
    yield from _section("Operations", document.operations, width, step_lines)
    yield from _section("Skipped", document.skips, width, _passed)
    yield from _section("Notices", document.notices, width, _noticed)


def _heading(heading: Heading, width: int) -> Iterator[Line]:
    header = heading.header
    yield from broken((Span(f"Changeset of {printable(header.source.name)}", "bold"),), width)
    view = f" {printable(header.source.view)}" if header.source.view else ""
    facts = {
        "source": f"{printable(header.source.kind)}{view}, {counted(header.source.records, 'record')}",
        "sections": sections_text(header.source.sections),
        "columns": mapping_text(header.source),
        "mode": f"{header.mode}{', strict' if header.strict else ''}; {heading.comparison}",
        "built": f"{moment(header.built_at)} by {printable(header.built_by)}",
        "catalog": f"{printable(header.catalog.name)} ({printable(header.catalog.fingerprint)})",
        "digest": printable(heading.digest.removeprefix("sha256:")[:12]) or "none: the build was not finished",
        "file": printable(heading.path),
    }
    for name, fact in facts.items():
        if fact:
            yield from hanging((Span(f"  {name:<9}", "dim"),), Span(fact), width)


def _state(state: State, width: int) -> Iterator[Line]:
    for n, sentence in enumerate(state.sentences):
        yield from hanging((), Span(sentence, _STYLES[state.status] if n == 0 else ""), width)
    for command in state.commands:
        yield from command_lines(command, 2, width)


def _warning(warned: Warned, width: int) -> Iterator[Line]:
    yield from hanging((Span(f"  {warned.n:>3} "),), Span(warned_text(warned), "yellow"), width)


def _passed(passed: Passed, width: int) -> Iterator[Line]:
    told = f"{printable(passed.reason)}, {counted(passed.records, 'record')}{_first(passed)}"
    yield from hanging((Span(f"  {printable(passed.entity)}: "),), Span(told), width)


def _noticed(noticed: Noticed, width: int) -> Iterator[Line]:
    records = f" ({counted(noticed.records, 'record')}{_first(noticed)})" if noticed.records else ""
    yield from hanging((Span("  - "),), Span(printable(noticed.message) + records), width)


def _first(part: Passed | Noticed) -> str:
    return f": {runs_text(part.from_)}" if part.from_ else ""


def _section(
    title: str, listing: Listing[Item], width: int, lines: Callable[[Item, int], Iterator[Line]]
) -> Iterator[Line]:
    if not listing.total:
        return
    yield ()
    yield (Span(title, "bold"), Span(f" ({shown_of(listing)})"))
    for item in listing.items:
        yield from lines(item, width)
    if listing.more:
        yield from hanging((Span("  … "),), Span(f"and {listing.more:,} more; --all shows them", "dim"), width)
