"""Answer files, in JSON or TOML: writes a template with all open questions, and reads files that were filled in.

    {"format": "bake.answers/1", "changeset": "sha256:…", "questions": [
      {"question": "q1", "asks": "…", "choices": {…}, "answer": {"choice": "map", "key": {"slug": "costco_ma"}}},
      {"question": "q2", "answer": "skip"},
      {"question": "q3", "answer": null}]}

Only `question` and `answer` are read; null leaves the question open. A choice without a value may be given as its name.
A decision can be answered for all operations that ask, and differently for some of them, by their numbers:

    {"question": "q4", "answer": {"choose": "same", "except": {"5": "new", "7": {"choice": "skip"}}}}

The columns of a source are read as proposed, except for those listed in `columns`; null leaves one out:

    {"question": "q1", "answer": {"choose": "proposed", "columns": {"Shop": "supplier_name", "Notes": null},
      "values": {"product_slug": "butter"}}}

A proposal is accepted by its name:

    {"question": "q2", "answer": {"accept": "p1f0c2a9b"}}

The other members of a template are for the person who fills it in. The JSON Schema is in `answers.schema.json`.
"""

from __future__ import annotations

import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from bake.catalog.values import shown
from bake.changeset.events import Proposed
from bake.changeset.model import Candidate, Change, Json, Option, SourceColumn
from bake.changeset.proposals import proposal_id
from bake.errors import InvalidAnswers, Location, Problem
from bake.resolution.answers import Answer
from bake.resolution.json_text import indented
from bake.resolution.resolver import Blank, Prompt

FORMAT = "bake.answers/1"

#: The choice of an answer that stands for a proposal, until it is looked up.
ACCEPT = "accept"

#: More than the number of any operation has; Python reads no number of thousands of digits.
_DIGITS = 20

#: What each choice asks to be written, as the template explains it.
_FORMS = {
    "create": '{"choice": "create", "values": {…the fields below…}}',
    "map": '{"choice": "map", "key": {…the key of a row, such as those of the candidates…}}',
    "value": '{"choice": "value", "value": …}, or with exceptions {…, "except": {"…number of an operation…": {…}}}',
    "take": '{"choice": "take", "operation": …its number…}',
    "choose": '{"choose": …an option…}, or with exceptions {"choose": …, "except": {"…number of an operation…": …}}',
}
_EFFECTS = {
    "skip": "leave out what asks this, and all that depends on it",
    "omit": "leave the field out",
    "keep": "keep it as it is",
    "file": "take the file's value",
    "database": "keep the database's value",
}


#: What the choices for columns ask to be written.
_COLUMNS = {
    "choose": 'write {"choose": "proposed", "columns": {"…a column…": "…one of the fields below, or null…"}, '
    '"values": {"…a field…": …a value for all records…}}; what is not written is taken as it is proposed',
    "skip": 'leave out all records: "skip"',
}


class _Single(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a decision for one operation."""

    choice: str | None = None
    choose: str | None = None
    value: Json | UnsetType = UNSET


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    choice: str | None = None
    choose: str | None = None
    key: dict[str, Any] | None = None
    values: dict[str, Any] | None = None
    value: Json | UnsetType = UNSET
    operation: int | None = None
    columns: dict[str, str | None] | None = None
    accept: str | None = None
    except_: dict[str, _Single | str] = msgspec.field(default_factory=dict, name="except")


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One question of the file."""

    question: str
    kind: str = ""
    entity: str = ""
    asks: str = ""
    where: str | None = None
    record: dict[str, Any] = {}
    doubt: list[str] = []
    waiting: int = 0
    choices: dict[str, str] = {}
    candidates: list[dict[str, Any]] = []
    more: int = 0
    fields: dict[str, dict[str, Any]] = {}
    options: list[dict[str, Any]] = []
    columns: list[dict[str, Any]] = []
    operations: list[dict[str, Any]] = []
    proposals: list[dict[str, Any]] = []
    answer: _Given | str | UnsetType | None = UNSET


_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_any: msgspec.json.Decoder[Json] = msgspec.json.Decoder(float_hook=Decimal)
_entries = msgspec.json.Decoder(_Entry, float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """The answers of a file, the problems of those that cannot be read, and the digest of the changeset, if given."""

    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...] = ()
    changeset: str | None = None


def template(changeset: str, prompts: Iterable[Prompt]) -> Iterator[str]:
    """Write a file to fill in, in pieces: each question with its choices, candidates, fields, and `"answer": null`.

    Args:
        changeset: the changeset's digest.
        prompts: the open questions.
    """
    opening, closing = indented({"format": FORMAT, "changeset": changeset, "questions": [0]}).split("0\n  ]")
    yield opening.rstrip()
    written = False
    for prompt in prompts:
        entry = {**msgspec.to_builtins(_entry(prompt), builtin_types=(Decimal,)), "answer": None}
        yield (",\n    " if written else "\n    ") + indented(entry).replace("\n", "\n    ")
        written = True
    yield ("\n  ]" if written else "]") + closing + "\n"


def parse_answers(raw: bytes, name: str) -> AnswerFile:
    """Read a file; answers that cannot be read are listed as problems.

    Args:
        raw: the bytes of the file, UTF-8.
        name: its name; it is read as TOML if the name ends with `.toml`, else as JSON.

    Raises:
        InvalidAnswers: it is no answer file.
    """
    document = _toml(raw, name) if name.endswith(".toml") else _json(raw, name)
    if document is None or not isinstance(document.get("questions"), list):
        raise _no_answers(name, "it has no list `questions`")
    if document.get("format", FORMAT) != FORMAT:
        raise _no_answers(name, f"its format is not {FORMAT}")
    problems = [
        Problem(f"unknown name {key!r}; expected format, changeset, questions", Location(name, f"/{key}"))
        for key in document.keys() - {"format", "changeset", "questions", "$schema"}
    ]
    answers = list(_answers(document["questions"], name, problems))
    changeset = document.get("changeset")
    return AnswerFile(tuple(answers), tuple(problems), changeset if isinstance(changeset, str) else None)


def _answers(entries: list[msgspec.Raw | Json], name: str, problems: list[Problem]) -> Iterator[Answer]:
    seen: set[str] = set()
    for number, raw in enumerate(entries):
        location = Location(name, f"/questions/{number}")
        try:
            entry = _read_entry(raw)
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(Problem(f"this cannot be read: {error}", location))
            continue
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _no_answers(name, str(error)) from None
        if entry.answer is None or entry.answer is UNSET:
            continue
        if entry.question in seen:
            problems.append(Problem(f"{entry.question} is answered a second time here", location))
            continue
        seen.add(entry.question)
        try:
            yield from list(_given(entry.question, entry.answer, name))
        except ValueError as error:
            problems.append(Problem(f"{entry.question}: {error}", location))


def _given(question: str, given: _Given | str, origin: str) -> Iterator[Answer]:
    """The answers to one question: that for all operations, if there is one, then those for single operations.

    Raises:
        ValueError: it cannot be read; the message says why.
    """
    if isinstance(given, str):
        yield Answer(question, given, origin=origin)
        return
    if given.accept:
        yield Answer(question, ACCEPT, proposal=given.accept, origin=origin)
        return
    if given.choice or given.choose:
        answer = _answer(question, given, origin)
        yield replace(answer, key=given.key, values=given.values, operation=given.operation, columns=given.columns)
    elif not given.except_:
        raise ValueError("`choice` is missing")
    for number, single in given.except_.items():
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
            raise ValueError(f"{shown(number)} in `except` is not the number of an operation")
        said = _Single(choose=single) if isinstance(single, str) else single
        yield replace(_answer(question, said, origin), operation=int(number))


def _answer(question: str, given: _Given | _Single, origin: str) -> Answer:
    """One answer; with `choose`, the choice may be left out."""
    choice = given.choice or ("choose" if given.choose else None)
    if choice is None or (given.choose and choice != "choose"):
        raise ValueError("expected either `choose` or another `choice`")
    return Answer(question, choice, value=given.value, option=given.choose, origin=origin)


def _json(raw: bytes, name: str) -> dict[str, Json] | None:
    """Read a document whose questions stay raw JSON, since most members of a large template are never needed."""
    try:
        document = _parts.decode(memoryview(raw)[3:] if raw.startswith(BOM_UTF8) else raw)
        return {key: (_list if key == "questions" else _any).decode(part) for key, part in document.items()}
    except msgspec.ValidationError:
        return None
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise _no_answers(name, str(error)) from None


def _toml(raw: bytes, name: str) -> dict[str, Json]:
    try:
        return tomllib.loads(raw.decode("utf-8-sig"), parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _no_answers(name, str(error)) from None


def _read_entry(raw: msgspec.Raw | Json) -> _Entry:
    """Decode one question, of JSON or of TOML."""
    return _entries.decode(raw) if isinstance(raw, msgspec.Raw) else msgspec.convert(_plain(raw), _Entry)


def _no_answers(name: str, why: str) -> InvalidAnswers:
    return InvalidAnswers(
        f"this is no file of answers: {why}",
        location=Location(name),
        hint="bake changeset resolve FILE --template writes one to fill in",
    )


def _plain(value: Json) -> Json:
    """Convert the dates and times of TOML to texts, as JSON has them."""
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def _entry(prompt: Prompt) -> _Entry:
    question = prompt.question
    creates = "create" in prompt.choices and bool(prompt.blanks)
    matches = question.kind == "columns"
    blanks = [*(prompt.blanks if creates or matches else ()), *([prompt.blank] if prompt.blank else ())]
    return _Entry(
        question=question.id,
        kind=question.kind,
        entity=question.entity,
        asks=prompt.sentence,
        where=question.where,
        record=dict(question.record),
        doubt=list(question.doubt),
        waiting=prompt.waiting,
        choices={choice: _COLUMNS[choice] if matches else _explained(choice, creates) for choice in prompt.choices},
        candidates=[_candidate(candidate) for candidate in prompt.candidates],
        more=question.more,
        fields={blank.name: _field(blank) for blank in blanks},
        options=[_option(option) for option in prompt.options],
        columns=[_column(column) for column in question.columns],
        proposals=[_proposal(one) for one in prompt.proposals],
        operations=[_operation(change) for change in prompt.examples] if {"take", "choose"} & {*prompt.choices} else [],
    )


def _explained(choice: str, creates: bool) -> str:
    if choice == "create" and not creates:
        return f'it is a new row: "{choice}"'
    form = _FORMS.get(choice)
    return f"write {form}" if form else f'{_EFFECTS[choice]}: "{choice}"'


def _candidate(candidate: Candidate) -> dict[str, Any]:
    said = {"key": candidate.key, "label": candidate.label, "score": candidate.score, "why": candidate.why}
    return {name: value for name, value in said.items() if value is not None}


def _option(option: Option) -> dict[str, Any]:
    said = {"name": option.name, "label": option.label, "records": option.records, "example": option.example}
    return {name: value for name, value in said.items() if value}


def _column(column: SourceColumn) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "samples": column.samples, "field": column.field, "why": column.why}
    said |= {"others": column.others, "value": column.value}
    return {name: value for name, value in said.items() if value}


def _proposal(proposal: Proposed) -> dict[str, Any]:
    offered = msgspec.to_builtins(proposal.answer, builtin_types=(Decimal,))
    said: dict[str, Any] = {
        "accept": proposal_id(proposal),
        "model": proposal.model,
        "answer": {name: value for name, value in offered.items() if name != "question"},
        "confidence": proposal.confidence,
        "reason": proposal.reason,
        "evidence": msgspec.to_builtins(proposal.evidence, builtin_types=(Decimal,)),
    }
    return {name: value for name, value in said.items() if value not in (None, (), [])}


def _operation(change: Change) -> dict[str, Any]:
    return {"operation": change.n, "action": type(change).__name__.lower(), "key": change.key}


def _field(blank: Blank) -> dict[str, Any]:
    default = {} if blank.default is None else {"default": blank.default}
    return {"expected": blank.expected, "required": blank.required, **default}
