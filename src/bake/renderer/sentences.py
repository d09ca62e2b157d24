"""A question in one sentence, the answer to it in another, and what to type to give one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import assert_never

from msgspec import UNSET

from bake.changeset.events import Answered, ProposedAnswer
from bake.changeset.model import Candidate, Key, Option, Question, Runs
from bake.changeset.runs import numbers
from bake.commands import command, quoted
from bake.renderer.columns import column_options
from bake.renderer.document_parts import Inquiry
from bake.renderer.printable import printable
from bake.renderer.words import json_text, key_text, moment, numbered, row_text, value_text

#: How many of the operations that say the same are offered by number.
_OFFERED = 3


def sentence(question: Question, waiting: int, contradicting: Sequence[Answered] = ()) -> str:
    """The question, and how many operations wait for its answer: one line, printable.

    `"Wilson's Farm" is not among the suppliers; 2 operations wait`

    Args:
        question: the question.
        waiting: how many operations wait for its answer.
        contradicting: the answers that it has, if these contradict each other.
    """
    wait = "" if question.kind == "columns" else _wait(waiting)  # records wait there, and the question says how many
    return _asked(question) + wait + _contradiction(question, contradicting)


def _contradiction(question: Question, answers: Sequence[Answered]) -> str:
    """`; q1 has two answers: create (ada), map to costco_waltham_ma (bob); answer it again`."""
    if not answers:
        return ""
    number = "two" if len(answers) == 2 else f"{len(answers):,}"
    given = ", ".join(f"{_brief(answer)} ({printable(answer.by)})" for answer in answers)
    return f"; {printable(question.id)} has {number} answers: {given}; answer it again"


def _brief(answer: Answered) -> str:
    """An answer in the words of its choice."""
    said = f"map to {key_text(answer.key or {})}" if answer.choice == "map" else _said(answer)
    return said if answer.operation is None or answer.choice == "take" else f"operation {answer.operation}: {said}"


def commands(question: Question, path: Path) -> list[str]:
    """Commands that answer the question, as they can be typed in a shell; the last one asks in the terminal."""
    return [*(f"{resolve(path)} {option}" for option in options(question)), f"{resolve(path)} --interactive"]


def options(question: Question) -> list[str]:
    """The options of `bake changeset resolve` that answer the question; those of several questions go together."""
    selector = _selector(question)
    skip = f"--skip {quoted(selector)}"
    value = f"--value {quoted(f'{selector}=…')}"
    alone = [f"--value {quoted(f'{selector}/{n}=…')}" for n in _first(question.asked_by)[:1]]
    match question.kind:
        case "missing" | "ambiguous" | "identity":
            can_be_mapped = question.candidates or question.kind != "identity"  # a name may be that of any row
            mapped = [f"--map {quoted(f'{selector}={_mapped(question)}')}"] if can_be_mapped else []
            return [f"--create {quoted(selector)}", *mapped, skip]
        case "conflict":
            return [f"--take {selector}=file", f"--take {selector}=database", value, skip]
        case "invalid":
            several = len(_first(question.asked_by)) > 1
            return [*([f"--keep {selector}"] if question.warning else []), value, *(alone if several else ()), skip]
        case "duplicate":
            return [*(f"--take {selector}={n}" for n in _first(question.asked_by)), skip]
        case "decision":
            chosen = [f"--choose {quoted(f'{selector}={option.name}')}" for option in question.options]
            return [*chosen, *(alone if question.field else ()), skip]
        case "columns":
            return list(column_options(question))
        case _:
            assert_never(question.kind)


def _mapped(question: Question) -> str:
    """The key of the row that is all but certainly meant; else a word for the one that somebody has to choose."""
    certain = [candidate for candidate in question.candidates if candidate.score == 1]
    if question.kind == "identity" and len(question.candidates) == 1:
        certain = list(question.candidates)  # a record that is not new is this row
    return _key(certain[0].key) if len(certain) == 1 else "KEY"


def resolve(path: Path) -> str:
    """The command that takes answers to the questions of a changeset, its options left out."""
    return command("changeset", "resolve", path)


def answer_text(answer: Answered | ProposedAnswer) -> str:
    """What was decided, in words: printable."""
    said = _said(answer)
    alone = answer.operation is not None and answer.choice != "take"
    return f"operation {answer.operation}: {said}" if alone else said


def _said(answer: Answered | ProposedAnswer) -> str:
    """What an answer says to do, for whichever operations it is."""
    match answer.choice:
        case "create":
            made = answer.key or answer.values
            return f"create {key_text(made)}" if made else "create it"
        case "map":
            return f"it is {key_text(answer.key or {})}"
        case "skip":
            return "skip what asks this"
        case "value":
            return "write " + value_text(None if answer.value is UNSET else answer.value)
        case "omit":
            return "leave the field out"
        case "keep":
            return "keep it as it is"
        case "file":
            return "take the file's value"
        case "database":
            return "keep the database's value"
        case "take":
            return f"take operation {answer.operation}"
        case "choose":
            columns = answer.columns if isinstance(answer, ProposedAnswer) else None
            return f"choose {printable(answer.option or '')}" if columns is None else _columns_said(columns)
        case _:
            assert_never(answer.choice)


def _columns_said(columns: Mapping[str, str | None]) -> str:
    """What the columns of a source are, as far as that is otherwise than proposed."""
    said = ", ".join(f"{json_text(name)} is {printable(field or 'left out')}" for name, field in columns.items())
    return f"the columns are as proposed, but {said}" if said else "the columns are as proposed"


def given_text(answer: Answered) -> str:
    """When an answer was given, by whom, and where it came from: printable."""
    origin = f", {printable(answer.origin)}" if answer.origin else ""
    return f"{moment(answer.at)} by {printable(answer.by)}{origin}"


def given_answers(inquiry: Inquiry) -> Iterator[str]:
    """The answers to a question, each with who gave it: the one for all that ask, then those for one operation."""
    answers = (*([inquiry.answer] if inquiry.answer else []), *inquiry.contradicting, *inquiry.exceptions.items)
    yield from (f"{answer_text(answer)} ({given_text(answer)})" for answer in answers)
    if inquiry.exceptions.more:
        yield f"and {inquiry.exceptions.more:,} more for one operation each"


def more_text(question: Question) -> str:
    """How many rows a question might mean beside its candidates, and how one of them is chosen."""
    chosen = "give its record a whole key" if question.kind == "identity" else "any of them can be named by its key"
    return f"and {question.more:,} more: {chosen}"


def candidate_text(candidate: Candidate) -> str:
    """A candidate: its label, its key, how alike it is, why it is offered, what would change on it."""
    key, label = key_text(candidate.key), printable(candidate.label)
    fields = dict.fromkeys(printable(step.path.removeprefix("/")) for step in candidate.patch)
    reasons = [
        f"{candidate.score:.0%} alike" if candidate.score is not None else "",
        printable(candidate.why or ""),
        f"would change {', '.join(fields)}" if fields else "",
    ]
    why = ", ".join(filter(None, reasons))
    return (label if label == key else f"{label} [{key}]") + (f" ({why})" if why else "")


def option_text(option: Option) -> str:
    """An option of a decision: its name, what it means, how many operations it fits, and an example."""
    fits = f" ({option.records:,} record{'' if option.records == 1 else 's'})"
    example = f", such as {printable(option.example)}" if option.example else ""
    return f"{printable(option.name)}: {printable(option.label)}{fits}{example}"


def place_text(question: Question) -> str:
    """Where a question came up, and which operations ask it."""
    asking = f"asked by {numbered('operation', question.asked_by)}" if question.asked_by else ""
    return "; ".join(filter(None, (printable(question.where or ""), asking)))


def record_parts(question: Question) -> list[tuple[str, bool]]:
    """The first record that asks, column by column, and whether that is in doubt; nothing if it is not known."""
    said = question.record.items()
    return [(f"{printable(name)}={value_text(value)}", name in question.doubt) for name, value in said]


def record_text(question: Question) -> str:
    """The same as text; what is in doubt stands between asterisks."""
    return ", ".join(f"*{said}*" if in_doubt else said for said, in_doubt in record_parts(question))


def _asked(question: Question) -> str:
    match question.kind:
        case "missing":
            return f"{_named(question)} is not among the {printable(question.entity)}"
        case "ambiguous":
            return f"{_named(question)} is the name of several of the {printable(question.entity)}"
        case "identity":
            return f"{_row(question)}: which row is it, or is it a new one?{_problem(question)}"
        case "conflict":
            return f"{_row(question)}: {printable(question.field or '')} {_sides(question)}"
        case "invalid":
            return f"{printable(question.entity)}, {printable(question.field or '')}: {_misfit(question)}"
        case "duplicate":
            return f"{_row(question)}: which of the records counts?{_problem(question)}"
        case "columns":
            return printable(question.problem or "")
        case "decision":
            field = f", {printable(question.field)}" if question.field else ""
            return f"{printable(question.entity)}{field}: {printable(question.problem or '')}"
        case _:
            assert_never(question.kind)


def _wait(waiting: int) -> str:
    match waiting:
        case 0:
            return ""
        case 1:
            return "; 1 operation waits"
        case _:
            return f"; {waiting:,} operations wait"


def _named(question: Question) -> str:
    lookup = question.lookup or {}
    name = _only_text(lookup)
    return value_text(name) if name is not None else f"({key_text(lookup)})"


def _row(question: Question) -> str:
    key = question.key or question.lookup
    return printable(question.entity) + (f" {row_text(key, question.label)}" if key else "")


def _problem(question: Question) -> str:
    return f" ({printable(question.problem)})" if question.problem else ""


def _misfit(question: Question) -> str:
    if question.problem:
        return printable(question.problem)
    return "a value is lacking" if question.value is UNSET else f"{value_text(question.value)} does not fit"


def _sides(question: Question) -> str:
    sides = (("was", question.base), ("is now", question.current), ("is to become", question.value))
    return ", ".join(f"{verb} {value_text(value)}" for verb, value in sides if value is not UNSET)


def _only_text(lookup: Key) -> str | None:
    match list(lookup.values()):
        case [str() as text] if text:
            return text
        case _:
            return None


def _selector(question: Question) -> str:
    """`suppliers:Wilson's Farm` where that can be read and typed, else the question's id."""
    name = _only_text(question.lookup or {})
    if question.kind not in ("missing", "ambiguous") or name is None or printable(name) != name or "=" in name:
        return question.id
    return f"{question.entity}:{name}"


def _first(asked_by: Runs) -> list[int]:
    """The first few operations that ask; none if a damaged file holds what are no runs."""
    try:
        return list(islice(numbers(asked_by), _OFFERED))
    except ValueError:
        return []


def _key(key: Key) -> str:
    return _only_text(key) or json_text(key)
