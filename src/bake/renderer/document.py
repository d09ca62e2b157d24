"""A changeset file to a document: what every format shows, in its order, with no more of it held than is shown.

The operations stream past once; the first `limit` are kept, the rest only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar, assert_never

from msgspec import structs

from bake.changeset.file import ChangesetFile
from bake.changeset.model import (
    Change,
    Create,
    Delete,
    Needs,
    Operation,
    Patch,
    Question,
    Row,
    Runs,
    Skip,
    Test,
    Update,
)
from bake.changeset.runs import count, numbers
from bake.renderer.parts import (
    ChangeAction,
    Document,
    FieldChange,
    Heading,
    Inquiry,
    Listing,
    Noticed,
    Passed,
    Standing,
    Step,
    Summary,
    Warned,
)
from bake.renderer.sentence import answer_text, direct_commands, sentence
from bake.renderer.state import comparison, state

DEFAULT_LIMIT = 50
_RUNS = 6
_T = TypeVar("_T")


def document(file: ChangesetFile, limit: int | None = DEFAULT_LIMIT) -> Document:
    """What is to be shown of a changeset.

    Args:
        file: as it was read, damaged or not.
        limit: how many operations, and of everything else that is listed, to hold at most; None for all of them.
    """
    gathering = _Gathering(limit)
    for operation in file.effective():
        gathering.add(operation)
    open_ids = {question.id for question in file.decisions.open}
    return Document(
        heading=_heading(file),
        state=state(file, len(open_ids), gathering.operations.total),
        summary=tuple(gathering.summary.values()),
        warnings=gathering.warnings.listing(),
        questions=_questions(file, open_ids, limit),
        operations=gathering.operations.listing(),
        skips=_listing(list(gathering.skips.values()), limit),
        notices=_notices(file, limit),
    )


class _First(Generic[_T]):
    """The first things of a stream, and how many came by."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._items: list[_T] = []
        self.total = 0

    @property
    def full(self) -> bool:
        return self._limit is not None and len(self._items) >= self._limit

    def add(self, item: _T) -> None:
        self.total += 1
        if not self.full:
            self._items.append(item)

    def listing(self) -> Listing[_T]:
        return Listing(items=tuple(self._items), total=self.total)


@dataclass(slots=True)
class _Gathering:
    """What has been seen of the operations so far."""

    limit: int | None
    summary: dict[str, Summary] = field(default_factory=dict)
    skips: dict[tuple[str, str], Passed] = field(default_factory=dict)
    operations: _First[Step] = field(init=False)
    warnings: _First[Warned] = field(init=False)

    def __post_init__(self) -> None:
        self.operations, self.warnings = _First(self.limit), _First(self.limit)

    def add(self, operation: Operation) -> None:
        match operation:
            case Skip():
                self._skip(operation)
            case Create() | Update() | Delete():
                self._change(operation)
            case _:
                assert_never(operation)

    def _skip(self, skip: Skip) -> None:
        records = count(skip.from_)
        self._count(skip.entity, skip=records)
        seen = self.skips.get((skip.entity, skip.reason)) or Passed(
            entity=skip.entity, reason=skip.reason, records=0, from_=()
        )
        self.skips[skip.entity, skip.reason] = structs.replace(
            seen, records=seen.records + records, from_=(seen.from_ + skip.from_[:_RUNS])[:_RUNS]
        )

    def _change(self, operation: Change) -> None:
        waiting = any(isinstance(need, str) for need in operation.needs.values())
        self._count(operation.entity, **{_action(operation): 1}, warnings=len(operation.warnings), waiting=int(waiting))
        for warning in operation.warnings:
            self.warnings.add(Warned(n=operation.n, entity=operation.entity, key=operation.key, warning=warning))
        if self.operations.full:
            self.operations.total += 1
        else:
            self.operations.add(step(operation))

    def _count(self, entity: str, **more: int) -> None:
        seen = self.summary.get(entity) or Summary(entity=entity)
        self.summary[entity] = structs.replace(
            seen, **{name: getattr(seen, name) + number for name, number in more.items()}
        )


def step(operation: Change) -> Step:
    """An operation as it is shown: field by field, before and after."""
    return Step(
        n=operation.n,
        action=_action(operation),
        entity=operation.entity,
        key=operation.key,
        fields=tuple(_fields(operation)),
        waits_for=operation.needs.get(""),
        from_=operation.from_,
        warnings=operation.warnings,
    )


def _action(operation: Change) -> ChangeAction:
    match operation:
        case Create():
            return "create"
        case Update():
            return "update"
        case Delete():
            return "delete"
        case _:
            assert_never(operation)


def _fields(operation: Change) -> Iterator[FieldChange]:
    match operation:
        case Create():
            yield from _created(operation.values, operation.needs)
        case Update():
            yield from _patched(operation.patch, operation.needs)
        case Delete():
            yield from (FieldChange(field=name, before=value) for name, value in operation.before.items())
        case _:
            assert_never(operation)


def _created(values: Row, needs: Needs) -> Iterator[FieldChange]:
    waiting = {_name(pointer): need for pointer, need in needs.items() if pointer}
    for name, value in values.items():
        yield FieldChange(field=name, after=value, waits_for=waiting.pop(name, None))
    for name, need in waiting.items():
        yield FieldChange(field=name, waits_for=need)


def _patched(patch: Patch, needs: Needs) -> Iterator[FieldChange]:
    sides: dict[str, FieldChange] = {}
    for path in [step.path for step in patch] + [pointer for pointer in needs if pointer]:
        sides.setdefault(path, FieldChange(field=_name(path), waits_for=needs.get(path)))
    for part in patch:
        side = {"before": part.value} if isinstance(part, Test) else {"after": part.value}
        sides[part.path] = structs.replace(sides[part.path], **side)
    yield from sides.values()


def _name(pointer: str) -> str:
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def _heading(file: ChangesetFile) -> Heading:
    path = str(file.path).encode("utf-8", "backslashreplace").decode()  # a path may be no text at all
    return Heading(path=path, header=file.header, digest=file.digest, comparison=comparison(file.header))


def _questions(file: ChangesetFile, open_ids: set[str], limit: int | None) -> Listing[Inquiry]:
    """Open ones first, then those that were answered, then those that need no answer any more."""
    ranks: dict[Standing, int] = {"open": 0, "answered": 1, "moot": 2}
    standings: dict[str, Standing] = {
        id_: "open" if id_ in open_ids else "answered" if id_ in file.decisions.answers else "moot"
        for id_ in file.decisions.questions
    }
    ordered = sorted(file.decisions.questions.values(), key=lambda question: ranks[standings[question.id]])
    shown = (_inquiry(file, question, standings[question.id]) for question in islice(ordered, limit))
    return Listing(items=tuple(shown), total=len(ordered))


def _inquiry(file: ChangesetFile, question: Question, standing: Standing) -> Inquiry:
    waiting = sum(n not in file.decisions.skipped for n in numbers(question.asked_by)) if standing == "open" else 0
    answer = file.decisions.answers.get(question.id)
    return Inquiry(
        standing=standing,
        text=sentence(question, waiting),
        waiting=waiting,
        question=question,
        commands=tuple(direct_commands(question, file.path)) if standing == "open" else (),
        answer=answer,
        answer_text=answer_text(answer) if answer else None,
    )


def _notices(file: ChangesetFile, limit: int | None) -> Listing[Noticed]:
    notices = file.built.notices if file.built else ()
    return _listing([_noticed(n.code, n.message, n.from_) for n in notices], limit)


def _noticed(code: str, message: str, runs: Runs) -> Noticed:
    return Noticed(code=code, message=message, records=count(runs), from_=runs[:_RUNS])


def _listing(items: Sequence[_T], limit: int | None) -> Listing[_T]:
    return Listing(items=tuple(items[:limit]), total=len(items))
