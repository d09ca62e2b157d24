"""The parts of a document as Markdown. What data says is shown in code spans or escaped: it never is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bake.changeset.model import Key, Question
from bake.renderer.columns import TITLES, column_rows, lacking_lines, mapping_text
from bake.renderer.counts import Tense, heading
from bake.renderer.document_parts import (
    Heading,
    Inquiry,
    Noticed,
    Offer,
    Passed,
    State,
    Step,
    Summary,
    Warned,
    shown_counts,
)
from bake.renderer.printable import printable
from bake.renderer.sentences import candidate_text, given_answers, more_text, option_text, place_text, record_parts
from bake.renderer.words import (
    counted,
    evidence_text,
    field_sides,
    moment,
    numbered,
    row_text,
    runs_text,
    sections_text,
)

_MARKUP = re.compile(r"[\\`*\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:)|(?<=www)\.", re.IGNORECASE)
_MENTION = re.compile(r"(?<=[@#])|(?<=GH-)", re.IGNORECASE)


def escaped(text: str) -> str:
    """A text that Markdown shows as it stands: no markup, HTML, link, mention, emoji name or table cell comes of it."""
    return _MENTION.sub("&#8203;", _MARKUP.sub(r"\\\g<0>", printable(text)))


def code(text: str) -> str:
    """A text as a code span, whatever is in it."""
    shown = printable(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def heading_lines(heading: Heading) -> Iterator[str]:
    """What was compiled, when, by whom and with what."""
    header = heading.header
    view = f" {code(header.source.view)}" if header.source.view else ""
    yield f"## Changeset of {code(header.source.name)}"
    yield ""
    yield f"- Source: {escaped(header.source.kind)}{view}, {counted(header.source.records, 'record')}"
    if header.source.sections:
        yield f"- Sections: {escaped(sections_text(header.source.sections))}"
    if matched := mapping_text(header.source):
        yield f"- Columns: {escaped(matched)}"
    yield f"- Mode: {header.mode}{', strict' if header.strict else ''}; {escaped(heading.comparison)}"
    yield f"- Built: {escaped(moment(header.built_at))} by {code(header.built_by)}"
    yield f"- Catalog: {code(header.catalog.name)} ({code(header.catalog.fingerprint)})"
    yield f"- Digest: {code(heading.digest) if heading.digest else 'none, the build was not finished'}"
    yield f"- File: {code(heading.path)}"


def state_lines(state: State) -> Iterator[str]:
    """Where the changeset stands, and what to type next."""
    for n, sentence in enumerate(state.sentences):
        yield ""
        yield f"**{escaped(sentence)}**" if n == 0 else escaped(sentence)
    if state.commands:
        shown = [printable(command) for command in state.commands]
        fence = "`" * max(3, 1 + max(len(run) for run in ["", *re.findall("`+", "\n".join(shown))]))
        yield from ("", f"{fence}sh", *shown, fence)


def summary_lines(summary: tuple[Summary, ...], tense: Tense) -> Iterator[str]:
    """The table of the counts."""
    if not summary:
        return
    names = shown_counts(summary)
    yield ""
    yield f"| entity | {' | '.join(heading(name, tense) for name in names)} |"
    yield f"| --- |{' ---: |' * len(names)}"
    for row in summary:
        yield f"| {escaped(row.entity)} | {' | '.join(f'{row.counts[name]:,}' for name in names)} |"


def question_lines(inquiry: Inquiry) -> Iterator[str]:
    """A question with its candidates and answers, or what was answered."""
    question = inquiry.question
    yield f"- **{escaped(question.id)}** {escaped(inquiry.text)}"
    if position := place_text(question):
        yield f"  - {escaped(position)}"
    if inquiry.standing == "moot":
        yield "  - needs no answer as things stand"
    yield from (f"  - answer: {escaped(told)}" for told in given_answers(inquiry))
    if inquiry.standing != "open":
        return
    record = [f"**{escaped(said)}**" if in_doubt else escaped(said) for said, in_doubt in record_parts(question)]
    if record:
        yield f"  - record: {', '.join(record)}"
    yield from _columns(question)
    for candidate in question.candidates:
        yield f"  - perhaps {escaped(candidate_text(candidate))}"
    if question.more:
        yield f"  - {escaped(more_text(question))}"
    yield from (
        f"  - either {escaped(option_text(option))}" for option in question.options if question.kind != "columns"
    )
    yield from (f"  - {code(option)}" for option in inquiry.options)


def offer_lines(offer: Offer) -> Iterator[str]:
    """A proposal, with what speaks for it."""
    told = "" if offer.standing == "waiting" else f" ({offer.standing})"
    yield f"- **{offer.name}** {escaped(offer.text)}{told}"
    yield f"  - {escaped(offer.source)}"
    yield from (f"  - evidence: {escaped(line)}" for line in offer.evidence)
    yield from (f"  - {code(option)}" for option in offer.options)


def _columns(question: Question) -> Iterator[str]:
    """The table of a question `columns`, within its item of the list."""
    rows = column_rows(question)
    if rows:
        yield from ("", f"  | {' | '.join(TITLES)} |", f"  |{' --- |' * len(TITLES)}")
        yield from (f"  | {' | '.join(escaped(cell) for cell in row)} |" for row in rows)
        yield ""
    yield from (f"  - {escaped(line)}" for line in lacking_lines(question))


def warning_lines(warned: Warned) -> Iterator[str]:
    """A warning, with its operation."""
    row = row_code(warned.entity, warned.key, warned.label)
    yield f"- Operation {warned.n}, {row}, {code(warned.warning.field)}: {escaped(warned.warning.message)}"


def step_lines(step: Step) -> Iterator[str]:
    """An operation, field by field."""
    waits = f", waits for {code(str(step.waits_for))}" if step.waits_for is not None else ""
    origin = f", from {escaped(numbered('record', step.from_))}" if step.from_ else ""
    yield f"- {step.n}\\. **{step.action}** {row_code(step.entity, step.key, step.label)}{origin}{waits}"
    yield from (f"  - perhaps {escaped(row.label)}: {code(row.option)}" for row in step.perhaps)
    for change in step.fields:
        sides = [code(side) for side in field_sides(change) if side]
        yield f"  - {code(change.field)}: {' → '.join(sides)}"
    if not step.fields:
        yield "  - no field is left to change"
    yield from (f"  - from {escaped(evidence_text(one))}" for one in step.evidence)
    for warning in step.warnings:
        yield f"  - ⚠ {code(warning.field)}: {escaped(warning.message)}"


def passed_lines(passed: Passed) -> Iterator[str]:
    """Records that are skipped for one reason."""
    first = f": {escaped(runs_text(passed.from_))}" if passed.from_ else ""
    yield f"- {code(passed.entity)}: {escaped(passed.reason)}, {counted(passed.records, 'record')}{first}"


def noticed_lines(noticed: Noticed) -> Iterator[str]:
    """What was noticed while building."""
    first = f": {escaped(runs_text(noticed.from_))}" if noticed.from_ else ""
    records = f" ({counted(noticed.records, 'record')}{first})" if noticed.records else ""
    yield f"- {escaped(noticed.message)}{records}"


def row_code(entity: str, key: Key, label: str | None) -> str:
    """A row, by its entity and what people call it."""
    return f"{code(entity)} {code(row_text(key, label))}"
