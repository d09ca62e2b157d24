"""What only the whole source shows: mistakes that many records have in common, and texts that the database holds equal.

What each operation writes is noted when it is made; what that comes to is known when all were made. By then most of
them are in the file, so that whoever writes it puts their warnings in afterwards (`Revision`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.mistakes import code_body, is_sentence
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.changeset.model import Create, Operation, Update, Warn
from bake.changeset.patch import before_after, written
from bake.changeset.pointers import pointer
from bake.compiler.drafting.common_mistakes import (
    CopiedNames,
    CountingCodes,
    Finding,
    Kind,
    Place,
    SharedTexts,
    Written,
)
from bake.compiler.drafting.equal_texts import EqualTexts, UniqueText, unique_texts
from bake.compiler.questions.question_records import Origin
from bake.compiler.questions.questions import Questions

#: By entity, the fields of unique constraints.
UniqueFields: TypeAlias = Callable[[str], Iterator[tuple[str, ...]]]


class WholeSource:
    """Gathers what the operations of a compilation write, and tells what looks wrong with all of it together.

    Args:
        catalog: says which fields hold codes, names, and texts of their own.
        unique: the fields of the unique constraints of an entity whose texts the database compares loosely.
        filled_in: whether somebody filled in the source; a set is a copy of a database.

    Attributes:
        equal: the unique texts.
    """

    def __init__(self, catalog: Catalog, unique: UniqueFields, *, filled_in: bool = True) -> None:
        self._unique = unique
        self.equal = EqualTexts()
        self._kinds = {name: tuple(_kinds(item)) for name, item in catalog.entities.items()} if filled_in else {}
        self._sinks: dict[Kind, SharedTexts | CountingCodes | CopiedNames]
        self._sinks = {"code": CountingCodes(), "name": CopiedNames(), "text": SharedTexts()}

    def written(self, operation: Operation) -> Iterator[Written | UniqueText]:
        """What of an operation is looked at. New rows may well have a name or a remark in common."""
        before: Mapping[str, Json]
        match operation:
            case Create(values=values):
                before, kinds = {}, _OF_CREATES
            case Update(patch=patch):
                (before, values), kinds = before_after(patch), _ALL
            case _:
                return
        for kind, name in self._kinds.get(operation.entity, ()):
            if kind in kinds and isinstance(value := values.get(name), str) and _LOOKED_AT[kind](value):
                was = before.get(name)
                place = Place(operation.entity, type(operation).__name__, name)
                yield Written(kind, place, operation.n, value, was if isinstance(was, str) else None)
        yield from unique_texts(operation, values, self._unique(operation.entity))

    def note(self, those: Iterable[Written | UniqueText], first: int = 0) -> None:
        """Note what operations write, in their order.

        Args:
            those: what they write.
            first: what is added to their numbers.
        """
        for one in those:
            placed = one._replace(n=one.n + first) if first else one
            if isinstance(placed, UniqueText):
                self.equal.add(placed)
            else:
                self._sinks[placed.kind].add(placed)

    def found(self) -> FoundMistakes:
        """What looks wrong, when all is noted."""
        return FoundMistakes([one for sink in self._sinks.values() for one in sink.findings()])


class FoundMistakes:
    """What looks wrong in a source, by the operations that it concerns."""

    def __init__(self, findings: Sequence[tuple[Place, Finding]]) -> None:
        spans: dict[Place, list[tuple[int, int, str]]] = defaultdict(list)
        for place, (message, operations) in findings:
            spans[place] += [(first, last, message) for first, last in operations.spans()]
        self._spans = {place: sorted(those) for place, those in spans.items()}

    def __bool__(self) -> bool:
        return bool(self._spans)

    def warnings(self, operation: Operation) -> Iterator[Warn]:
        """The warnings of an operation."""
        for (entity, action, field), spans in self._spans.items():
            if entity == operation.entity and action == type(operation).__name__:
                here = bisect_right(spans, operation.n, key=lambda span: span[0]) - 1
                if here >= 0 and operation.n <= spans[here][1]:
                    yield Warn(field=field, message=spans[here][2], code="mistake")


def warned(operation: Operation, found: Sequence[Warn], questions: Questions | None, origin: Origin) -> Operation:
    """An operation with further warnings.

    Args:
        operation: the operation.
        found: the warnings.
        questions: under `strict`, where it is asked about each, unless its field waits for another question.
        origin: the record that it was made of.
    """
    if not found or not isinstance(operation, Create | Update):
        return operation
    needs = dict(operation.needs)
    values = written(operation)
    for one in found if questions is not None else ():
        if questions is not None and not isinstance(needs.get(pointer(one.field)), str):
            said: Json = values.get(one.field)
            needs[pointer(one.field)] = questions.invalid(
                operation.entity, one.field, said, one.message, operation.n, origin, warning=one.code
            )
    return structs.replace(operation, warnings=(*operation.warnings, *found), needs=needs)


_ALL: frozenset[Kind] = frozenset({"code", "name", "text"})
_OF_CREATES: frozenset[Kind] = frozenset({"code"})
#: Whether a value of each kind is looked at.
_LOOKED_AT: Mapping[Kind, Callable[[str], bool]] = {
    "code": lambda value: code_body(value) >= 0,
    "name": bool,
    "text": is_sentence,
}


def _kinds(item: Entity) -> Iterator[tuple[Kind, str]]:
    """The fields of an entity that are looked at."""
    yield from (("code", name) for name in item.coded)
    yield from (("name", name) for name in sorted(item.naming & item.texts - {"uuid"}))
    yield from (("text", name) for name in item.own_texts)
