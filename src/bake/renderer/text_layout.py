"""Summary, questions and operations of a document as lines for a terminal; columns are stacked if it is narrow."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET
from rich.cells import cell_len

from bake.changeset.model import Question
from bake.commands import quoted_words
from bake.renderer.columns import TITLES, column_rows, lacking_lines
from bake.renderer.counts import Tense, counts_text, heading
from bake.renderer.document_parts import FieldChange, Inquiry, Offer, Step, Summary, shown_counts
from bake.renderer.lines import Column, Line, Span, broken, hanging, side_by_side
from bake.renderer.printable import printable
from bake.renderer.sentences import candidate_text, given_answers, more_text, option_text, place_text, record_text
from bake.renderer.words import evidence_text, field_sides, numbered, row_text

NARROW = 60
STYLES = {"create": "green", "update": "yellow", "delete": "red"}
_ENTITY = 12
_COLUMN = 11


def summary_lines(summary: tuple[Summary, ...], tense: Tense, width: int) -> Iterator[Line]:
    """Entities by counts: a table, or a line for each entity where there is no room for one."""
    names = shown_counts(summary)
    room = width - 2 - _COLUMN * len(names)
    if room < _ENTITY:
        for row in summary:
            said = counts_text(row.counts, tense) or "nothing"
            yield from hanging((Span(f"  {printable(row.entity)}: "),), Span(said), width)
        return
    entities = max((cell_len(printable(row.entity)) for row in summary), default=0)
    first = min(room, entities)
    yield tuple(
        Span(text, "dim") for text in [" " * (first + 2), *(heading(name, tense).rjust(_COLUMN) for name in names)]
    )
    for row in summary:
        counts = [Column(Span(f"{row.counts[name]:,}".rjust(_COLUMN - 2)), _COLUMN - 2) for name in names]
        yield from side_by_side(2, [Column(Span(printable(row.entity), "bold"), first), *counts])


def question_lines(inquiry: Inquiry, width: int) -> Iterator[Line]:
    """A question: what it asks, where, what it might mean, and how to answer it or how it was answered."""
    question = inquiry.question
    style = "bold yellow" if inquiry.standing == "open" else ""
    yield from hanging((Span(f"  {printable(question.id)}  ", style),), Span(inquiry.text, style), width)
    yield from hanging((Span("      "),), Span(place_text(question), "dim"), width)
    if inquiry.standing == "moot":
        yield from broken((Span("      needs no answer as things stand", "dim"),), width)
    for given in given_answers(inquiry):
        yield from hanging((Span("      answer: "),), Span(given, "green"), width)
    if inquiry.standing != "open":
        return
    if record := record_text(question):
        yield from hanging((Span("      record: "),), Span(record), width)
    yield from column_lines(question, width)
    for candidate in question.candidates:
        yield from hanging((Span("      perhaps "),), Span(candidate_text(candidate)), width)
    if question.more:
        yield from hanging((Span("      "),), Span(more_text(question)), width)
    for choice in question.options if question.kind != "columns" else ():
        yield from hanging((Span("      either "),), Span(option_text(choice)), width)
    for option in inquiry.options:
        yield from command_lines(option, 6, width)


def offer_lines(offer: Offer, width: int) -> Iterator[Line]:
    """A proposal: what it would do, who says so and why, and how to decide on it."""
    style = "bold yellow" if offer.standing == "waiting" else ""
    told = offer.text if offer.standing == "waiting" else f"{offer.text} ({offer.standing})"
    yield from hanging((Span(f"  {offer.name}  ", style),), Span(told, style), width)
    yield from hanging((Span("      "),), Span(offer.source, "dim"), width)
    for line in offer.evidence:
        yield from hanging((Span("      evidence: "),), Span(line), width)
    for option in offer.options:
        yield from command_lines(option, 6, width)


def column_lines(question: Question, width: int, indent: int = 6) -> Iterator[Line]:
    """The columns of a question `columns`: a table, or some lines for each where there is no room for one."""
    rows = column_rows(question)
    if width < NARROW:
        for row in rows:
            yield from broken((Span(" " * indent + row.name, "bold"),), width)
            yield from hanging((Span(" " * (indent + 2)),), Span(row.samples, "dim"), width)
            yield from hanging((Span(" " * (indent + 2) + "→ "),), Span(row.proposed), width)
    elif rows:
        room = width - indent - 4
        first = min(max(cell_len(name) for name in (TITLES[0], *(row.name for row in rows))), room // 3)
        second = min(max(cell_len(held) for held in (TITLES[1], *(row.samples for row in rows))), room // 3)
        widths = (first, second, room - first - second)
        yield from side_by_side(indent, _columns(*zip(TITLES, ("dim",) * 3, widths, strict=True)))
        for row in rows:
            yield from side_by_side(indent, _columns(*zip(row, ("bold", "", ""), widths, strict=True)))
    for line in lacking_lines(question):
        yield from hanging((Span(" " * indent),), Span(line, "yellow"), width)


def command_lines(command: str, indent: int, width: int) -> Iterator[Line]:
    """Wrap a command so that it can be copied: broken lines end in a backslash."""
    line = " " * indent
    for word in quoted_words(command):
        if line.strip(" ") and cell_len(f"{line} {word}") > width - 2:
            yield from broken((Span(printable(line) + " \\", "cyan"),), width)
            line = " " * (indent + 2) + word
        else:
            line += f" {word}" if line.strip(" ") else word
    yield from broken((Span(printable(line), "cyan"),), width)


def step_lines(step: Step, width: int) -> Iterator[Line]:
    """An operation: what it does to which row, the records it is from, its fields and warnings."""
    style = STYLES[step.action]
    lead = (Span(f"  {step.n:>3} "), Span(step.action, style), Span(f" {printable(step.entity)} "))
    yield from hanging(lead, Span(row_text(step.key, step.label), "bold"), width, indent=6)
    origin = [f"from {numbered('record', step.from_)}" if step.from_ else ""]
    origin += [f"waits for {printable(str(step.waits_for))}" if step.waits_for is not None else ""]
    if any(origin):
        yield from hanging((Span("      "),), Span("; ".join(filter(None, origin)), "dim"), width)
    for row in step.perhaps:
        yield from hanging((Span("      perhaps "),), Span(f"{printable(row.label)}: {printable(row.option)}"), width)
    yield from _field_lines(step, width)
    yield from _evidence_lines(step, width)
    if not step.fields:
        yield from broken((Span("      no field is left to change", "dim"),), width)
    for warning in step.warnings:
        told = Span(f"{printable(warning.field)}: {printable(warning.message)}", "yellow")
        yield from hanging((Span("      ! ", "yellow"),), told, width)


def _evidence_lines(step: Step, width: int) -> Iterator[Line]:
    for one in step.evidence:
        yield from hanging((Span("      from  "),), Span(evidence_text(one), "dim"), width)


def _field_lines(step: Step, width: int) -> Iterator[Line]:
    names = max((cell_len(printable(change.field)) for change in step.fields), default=0)
    sides = [field_sides(change) for change in step.fields]
    befores = max((cell_len(before) for before, _ in sides), default=0)
    room = width - 6
    first = min(names, room // 3)
    second = min(befores, (room - first - 2) // 2 - 3)
    for change, (before, after) in zip(step.fields, sides, strict=True):
        if width < NARROW:
            yield from _stacked(step, change, width)
        elif step.action == "update":
            columns = [(before, "red", second), ("→", "", 1), (after, "green", room - first - second - 7)]
            yield from side_by_side(6, _columns((printable(change.field), "", first), *columns))
        else:
            value = (after or before, STYLES[step.action], room - first - 2)
            yield from side_by_side(6, _columns((printable(change.field), "", first), value))


def _columns(*cells: tuple[str, str, int]) -> list[Column]:
    return [Column(Span(text, style), width) for text, style, width in cells]


def _stacked(step: Step, change: FieldChange, width: int) -> Iterator[Line]:
    before, after = field_sides(change)
    yield from broken((Span(f"      {printable(change.field)}"),), width)
    if change.before is not UNSET:
        yield from hanging((Span("        "),), Span(before, "red"), width)
    if after:
        arrow = "      → " if step.action == "update" else "        "
        yield from hanging((Span(arrow),), Span(after, "green"), width)
