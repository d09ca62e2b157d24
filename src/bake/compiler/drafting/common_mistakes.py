"""Known mistakes that only many records show: one text in many rows, codes that count up, names of the row beside.

Each class here is told what operations write, in their order, and says in the end what looks wrong with which of them.
The memory that it takes does not grow with the source: a text is a mark, and those that few records write are on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from bake.catalog.mistakes import COPIED, COUNTING, PASTED, code_body
from bake.changeset.runs import RunBuilder
from bake.compiler.rows.mark_index import MarkIndex, mark_of
from bake.compiler.rows.spill_store import BloomFilter

#: How many texts that few records write are kept in memory.
REMEMBERED = 20_000

#: What a field holds: a code, a name, or a text of its own.
Kind: TypeAlias = Literal["code", "name", "text"]


class Place(NamedTuple):
    """A field that operations write, by their entity and action."""

    entity: str
    action: str
    field: str


class Written(NamedTuple):
    """A code, a name or a text that an operation writes, and what stood there before."""

    kind: Kind
    place: Place
    n: int
    value: str
    before: str | None = None


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


class _Names(NamedTuple):
    """The names that an operation gives its row, and those that this had, by field."""

    n: int
    now: dict[str, str]
    before: dict[str, str | None]


class CopiedNames:
    """Names of a row that an operation makes those of the one beside it, as this was called before or is called now."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[_Names, _Names]] = {}
        self._found: list[tuple[Place, Finding]] = []

    def add(self, one: Written) -> None:
        """Note a name that an operation writes; all of one operation come after each other."""
        last, here = self._rows.get(one.place.entity) or (_Names(0, {}, {}), _Names(0, {}, {}))
        if here.n != one.n:
            last, here = here, _Names(one.n, {}, {})
            self._rows[one.place.entity] = last, here
        here.now[one.place.field], here.before[one.place.field] = one.value, one.before
        self._find(one, here, [name for name, value in here.now.items() if value in _either(last, name)], "before")
        self._find(one, last, [name for name, value in last.now.items() if value == here.before.get(name)], "after")

    def _find(self, one: Written, row: _Names, same: list[str], beside: str) -> None:
        """Note that names of a row are those of the one beside it, once that is sure."""
        if len(same) >= COPIED and one.place.field in same:
            message = f"{' and '.join(same)} are those of the record {beside}; they look copied"
            self._found.append((one.place._replace(field=same[0]), Finding(message, _built({row.n}))))

    def findings(self) -> Sequence[tuple[Place, Finding]]:
        """The operations that do so."""
        return self._found


def _either(row: _Names, name: str) -> tuple[str | None, ...]:
    return (row.now[name], row.before[name]) if name in row.now else ()


def _built(numbers: set[int]) -> RunBuilder:
    made = RunBuilder()
    for number in sorted(numbers):
        made.add(number)
    return made
