"""Known mistakes that only the whole source shows: one text in many rows, codes that count up, copied names.

What each operation writes is noted when it is made; what that comes to is known when all were made. By then most of
them are in the file, so that whoever writes it puts their warnings in afterwards (`Revision`). The memory that it takes
does not grow with the source: a text is a mark, and those that few records write are put on disk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.mistakes import COPIED, COUNTING, PASTED, code_body, is_sentence
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.changeset.model import Create, Operation, Update, Warn
from bake.changeset.patch import written
from bake.changeset.pointers import pointer
from bake.changeset.runs import RunBuilder
from bake.compiler.drafting.equal_texts import EqualTexts, UniqueText, unique_texts
from bake.compiler.questions.question_records import Origin
from bake.compiler.questions.questions import Questions
from bake.compiler.rows.mark_index import MarkIndex, mark_of
from bake.compiler.rows.spill_store import BloomFilter

#: How many texts that few records write are kept in memory.
REMEMBERED = 20_000

#: By entity, the fields of unique constraints.
UniqueFields: TypeAlias = Callable[[str], Iterator[tuple[str, ...]]]
#: What a field holds: a code, a name, or a text of its own.
Kind: TypeAlias = Literal["code", "name", "text"]


class Place(NamedTuple):
    """A field that operations write, by their entity and action."""

    entity: str
    action: str
    field: str


class Written(NamedTuple):
    """A code, a name or a text that an operation writes."""

    kind: Kind
    place: Place
    n: int
    value: str


class Finding(NamedTuple):
    """What looks wrong with a field of several operations."""

    message: str
    operations: RunBuilder


class _Run(NamedTuple):
    """Codes of operations after each other that count up."""

    first: str
    last: str
    operations: RunBuilder
    size: int


class SharedTexts:
    """The operations that write one text, for each text."""

    def __init__(self) -> None:
        self._groups: dict[int, tuple[Place, set[int] | RunBuilder]] = {}
        self._kept: tuple[BloomFilter, MarkIndex] | None = None

    def add(self, one: Written) -> None:
        """Note that an operation writes a text."""
        mark = mark_of("\0".join((*one.place, one.value)).encode())
        place, group = self._groups.get(mark) or (one.place, self._earlier(mark))
        if isinstance(group, set):
            group.add(one.n)
            if len(group) >= PASTED:
                group = _built(group)
        else:
            group.add(one.n)
        self._groups[mark] = place, group
        if len(self._groups) > REMEMBERED:
            self._trim()

    def _earlier(self, mark: int) -> set[int]:
        """The few operations that wrote a text before it was put on disk."""
        if self._kept is None or mark not in self._kept[0]:
            return set()
        return set(self._kept[1].numbers(mark))

    def _trim(self) -> None:
        """Put the texts that few operations write on disk."""
        known, index = self._kept = self._kept or (BloomFilter(), MarkIndex())
        known.add(self._groups.keys())
        for mark, (_, group) in self._groups.items():
            if isinstance(group, set):
                index.add([mark] * len(group), group)
        self._groups = {mark: one for mark, one in self._groups.items() if isinstance(one[1], RunBuilder)}

    def findings(self) -> Iterator[tuple[Place, Finding]]:
        """Those that many write."""
        for place, group in self._groups.values():
            if isinstance(group, RunBuilder):
                count = sum(last - first + 1 for first, last in group.spans())
                yield place, Finding(f"{count:,} records write the same text; it looks pasted", group)


class CountingCodes:
    """The codes that count up, check digits left out, from one operation to the next."""

    def __init__(self) -> None:
        self._runs: dict[Place, _Run] = {}
        self._found: list[tuple[Place, Finding]] = []

    def add(self, one: Written) -> None:
        """Note that an operation writes a code; it comes after those that were noted before."""
        run = self._runs.get(one.place)
        if run is None or code_body(one.value) != code_body(run.last) + 1:
            self._close(one.place)
            run = _Run(one.value, one.value, RunBuilder(), 0)
        run.operations.add(one.n)
        self._runs[one.place] = run._replace(last=one.value, size=run.size + 1)

    def _close(self, place: Place) -> None:
        run = self._runs.pop(place, None)
        if run is not None and run.size >= COUNTING:
            message = f"{run.size:,} records after each other count from {run.first} to {run.last}; these look invented"
            self._found.append((place, Finding(message, run.operations)))

    def findings(self) -> Sequence[tuple[Place, Finding]]:
        """The runs of them."""
        for place in list(self._runs):
            self._close(place)
        return self._found


class CopiedNames:
    """Names of a row that an operation makes those of the one before it."""

    def __init__(self) -> None:
        self._names: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._found: list[tuple[Place, Finding]] = []

    def add(self, one: Written) -> None:
        """Note a name that an operation writes; all of one operation come after each other."""
        before, here = self._names.setdefault(one.place.entity, [(0, {}), (0, {})])
        if here[0] != one.n:
            before, here = here, (one.n, {})
            self._names[one.place.entity] = [before, here]
        here[1][one.place.field] = one.value
        same = [name for name, value in here[1].items() if before[1].get(name) == value]
        if len(same) >= COPIED and same[-1] == one.place.field:
            message = f"{' and '.join(same)} are those of the record before; they look copied"
            self._found.append((one.place._replace(field=same[0]), Finding(message, _built({one.n}))))

    def findings(self) -> Sequence[tuple[Place, Finding]]:
        """The operations that do so."""
        return self._found


class SourceMistakes:
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
        if not isinstance(operation, Create | Update):
            return
        values, kinds = written(operation), _OF_CREATES if isinstance(operation, Create) else _ALL
        for kind, name in self._kinds.get(operation.entity, ()):
            if kind in kinds and isinstance(value := values.get(name), str) and _LOOKED_AT[kind](value):
                yield Written(kind, Place(operation.entity, type(operation).__name__, name), operation.n, value)
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
    yield from (("text", name) for name in own_texts(item))


def own_texts(item: Entity) -> tuple[str, ...]:
    """The fields of an entity that hold texts of their own, neither codes nor names."""
    return tuple(sorted(item.texts - item.naming - {*item.coded, *item.codes}))


def _built(numbers: set[int]) -> RunBuilder:
    made = RunBuilder()
    for number in sorted(numbers):
        made.add(number)
    return made
