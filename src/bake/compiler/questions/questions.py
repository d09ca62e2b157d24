"""Questions, each asked once for all operations that ask the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from bake.catalog.lookups import frozen, frozen_values
from bake.catalog.values import Json, same
from bake.changeset.model import Candidate, Create, Key, Option, Question, QuestionKind, Row, WarningCode
from bake.changeset.runs import RunBuilder
from bake.compiler.questions.question_records import Origin
from bake.resolution.json_text import encode_json

#: How many rows that a question may mean are its candidates; of more rows, only how many there are is said.
CANDIDATES = 10
#: How many questions are ranked at once.
_RANKED = 500
_QUOTED = 200
#: How many questions have their record with them; nobody reads so many.
_RECORDS = 10_000
_candidates = msgspec.json.Decoder(tuple[Candidate, ...], float_hook=Decimal)
#: Warnings that say something of a row as a whole.
_OF_THE_ROW: frozenset[WarningCode | None] = frozenset({"duplicate", "lookalike", "key_change"})


@dataclass(frozen=True, slots=True)
class Asking:
    """The record that asks for a row: its entity, what it says (references as lookups), and the field that asks."""

    entity: str
    values: Row
    field: str | None = None


#: Gives the first of several rows as candidates.
Offered: TypeAlias = Callable[[], Iterable[Candidate]]

#: Finds the rows that each of some `missing` questions might mean, by the first record that asks it.
Rank: TypeAlias = Callable[[Sequence[tuple[Question, Asking | None]]], Iterable[tuple[Candidate, ...]]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The values of a contested field in the database and in the file, and the one before, if that is known.

    Of an exported one only a digest is known.
    """

    current: Json
    incoming: Json
    base: Json | UnsetType = UNSET


@dataclass(slots=True)
class _Asked:
    """A question that was asked; its candidates are kept as JSON, which takes a tenth of their memory."""

    question: Question
    candidates: bytes
    asking: Asking | None = None
    options: dict[str, Option] = field(default_factory=dict)
    by: RunBuilder = field(default_factory=RunBuilder)


class Questions:
    """The questions of one compilation, numbered q1, q2, … as they first come up."""

    def __init__(self, titles: Mapping[str, str] | None = None) -> None:
        """Ask nothing yet.

        Args:
            titles: by column of a record, the title that it has in the source, if that is another one.
        """
        self._titles = titles or {}
        self._asked: dict[tuple[object, ...], _Asked] = {}

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self._asked)

    def reference(
        self,
        entity: str,
        lookup: Key,
        n: int,
        origin: Origin,
        several: int,
        offered: Offered,
        asking: Asking,
        told: Row | None = None,
    ) -> str:
        """Which row is meant? `missing` if no row matches exactly, `ambiguous` if several do.

        Args:
            entity: of the row.
            lookup: what is said of it.
            n: the number of the operation that asks.
            origin: where it first came up.
            several: how many rows match exactly.
            offered: gives the first of them as candidates; asked only for the first operation that asks this.
            asking: the record that asks.
            told: what its other columns say of the row; only what all that ask say is kept.
        """
        kind: QuestionKind = "ambiguous" if several else "missing"
        mark = (kind, entity, frozen(lookup))
        if mark in self._asked:
            self._agree(self._asked[mark], told or {})
            return self._ask(mark, n, self._asked[mark].question, origin)
        candidates = tuple(offered())
        question = Question(
            id="",
            kind=kind,
            entity=entity,
            lookup=lookup,
            candidates=candidates,
            more=several - len(candidates),
            told=told or {},
        )
        return self._ask(mark, n, question, origin, asking)

    def invalid(
        self,
        entity: str,
        name: str,
        raw: Json,
        problem: str,
        n: int,
        origin: Origin,
        warning: WarningCode | None = None,
        *,
        alone: bool = False,
        cause: str = "",
    ) -> str:
        """What should stand here instead of a value that does not fit (or is missing, or looks wrong)?

        One answer serves all records that have the same value; where there is none, each needs its own. So does a
        warning that is about the whole row (`warning`), of which the value is only a part, and a value that different
        things have been turned into (`alone`). Values that do not fit for one cause share the question, too: words for
        nothing, whichever they are.
        """
        shared = raw is not None and warning not in _OF_THE_ROW and not alone
        question = Question(
            id="",
            kind="invalid",
            entity=entity,
            field=name,
            value=quotable(raw) if warning is None else raw,
            problem=problem,
            warning=warning,
        )
        mark = (cause,) if cause else (_mark(raw) if shared else n, problem)
        return self._ask(("invalid", entity, name, *mark), n, question, origin)

    def identity(
        self, create: Create, problem: str, origin: Origin, rows: Sequence[Candidate], *, more: int = 0
    ) -> str:
        """Is the record that would create a row one of these rows, or of so many more, or a new one?"""
        question = Question(
            id="",
            kind="identity",
            entity=create.entity,
            label=create.label,
            lookup=create.key,
            problem=problem,
            candidates=tuple(rows),
            more=more,
        )
        return self._ask(("identity", create.n), create.n, question, origin)

    def conflict(
        self, entity: str, key: Key, label: str | None, name: str, sides: Sides, n: int, origin: Origin
    ) -> str:
        """Whose edit of a field counts: the file's, or that of whoever changed the row since?"""
        question = Question(
            id="",
            kind="conflict",
            entity=entity,
            field=name,
            key=key,
            label=label,
            value=sides.incoming,
            base=sides.base,
            current=sides.current,
        )
        return self._ask(("conflict", n, name), n, question, origin)

    def duplicate(self, entity: str, key: Key, operations: Iterable[int], problem: str, origin: Origin) -> str:
        """Which of these operations counts for the row that all of them are about?"""
        question = Question(id="", kind="duplicate", entity=entity, key=key, problem=problem)
        id_ = ""
        for n in operations:
            id_ = self._ask(("duplicate", entity, frozen(key)), n, question, origin)
        return id_

    def decision(
        self,
        subject: Hashable,
        *,
        entity: str,
        problem: str,
        origin: Origin,
        options: Iterable[Option],
        n: int,
        field: str | None = None,
    ) -> str:
        """How are many records to be understood? One question for all that have the same subject.

        The operation says in its `outcomes` what each option makes of it.

        Args:
            subject: what is decided; equal ones share the question.
            entity: of the rows.
            problem: the sentence that is asked.
            origin: where it first came up.
            options: those that fit the operation that asks. The first to offer one says what it is called, and gives
                its example; their `records` add up, where 0 stands for 1.
            n: the number of the operation that asks.
            field: the field that is asked about, if it is one.

        Returns:
            The question's id.
        """
        question = Question(id="", kind="decision", entity=entity, field=field, problem=problem)
        asked = self._asked_as(("decision", subject), n, question, origin)
        for option in options:
            there = asked.options.get(option.name)
            records = (there.records if there else 0) + (option.records or 1)
            asked.options[option.name] = msgspec.structs.replace(there or option, records=records)
        return asked.question.id

    def reword(self, subject: Hashable, problem: str) -> None:
        """Ask a decision that was asked before in other words, since more is known of the source by now."""
        asked = self._asked["decision", subject]
        asked.question = msgspec.structs.replace(asked.question, problem=problem)

    def lines(self, rank: Rank) -> Iterator[Question]:
        """The questions in order, with who asks them; `missing` ones with the candidates that `rank` finds.

        Of a decision on a field, what fits most comes first. Those that were given are let go of: afterwards nothing is
        asked any more.
        """
        waiting = [*reversed(self._asked.values())]
        self._asked.clear()
        while waiting:
            some = waiting[: -_RANKED - 1 : -1]
            del waiting[-_RANKED:]
            missing = [(one.question, one.asking) for one in some if one.question.kind == "missing"]
            candidates = iter(rank(missing))
            for asked in some:
                options = tuple(asked.options.values())
                if asked.question.field:
                    options = tuple(sorted(options, key=lambda option: -option.records))
                found = next(candidates) if asked.question.kind == "missing" else _candidates.decode(asked.candidates)
                yield msgspec.structs.replace(
                    asked.question, asked_by=asked.by.runs(), options=options, candidates=found
                )

    def _agree(self, asked: _Asked, told: Row) -> None:
        """Keep of what records say of a new row only that in which this one agrees."""
        before = asked.question.told
        if before and before != told:
            agreed = {name: value for name, value in before.items() if same(value, told.get(name))}
            asked.question = msgspec.structs.replace(asked.question, told=agreed)

    def _ask(
        self,
        frozen_values: tuple[object, ...],
        n: int,
        question: Question,
        origin: Origin,
        asking: Asking | None = None,
    ) -> str:
        return self._asked_as(frozen_values, n, question, origin, asking).question.id

    def _asked_as(
        self,
        frozen_values: tuple[object, ...],
        n: int,
        question: Question,
        origin: Origin,
        asking: Asking | None = None,
    ) -> _Asked:
        asked = self._asked.get(frozen_values)
        if asked is None:
            number = len(self._asked) + 1
            record, doubt = origin.shown(self._titles) if number <= _RECORDS else ({}, ())
            numbered = msgspec.structs.replace(
                question, id=f"q{number}", candidates=(), where=origin.where, record=record, doubt=doubt
            )
            asked = self._asked[frozen_values] = _Asked(numbered, encode_json(question.candidates), asking)
        asked.by.add(n)
        return asked


def _mark(raw: Json) -> object:
    """What is equal for equal values only, and short."""
    whole = frozen_values(("",), {"": raw})
    text = repr(whole)
    return whole if len(text) <= _QUOTED else sha256(text.encode("utf-8", "backslashreplace")).digest()


def quotable(raw: Json) -> Json:
    """A raw value that a line can hold: text clipped and printable by JSON, anything large as a quotation."""
    match raw:
        case None | bool():
            return raw
        case int() | Decimal() if len(str(raw)) <= _QUOTED:
            return raw
        case str() if len(raw) <= _QUOTED and not any("\ud800" <= char <= "\udfff" for char in raw):
            return raw
        case _:
            text = str(raw) if not isinstance(raw, (dict, list)) else repr(raw)
            clipped = text[:_QUOTED] + ("…" if len(text) > _QUOTED else "")
            return clipped.encode("utf-8", "replace").decode()
