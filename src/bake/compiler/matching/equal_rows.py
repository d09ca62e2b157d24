"""Records without a natural key: rows that equal them are counted (rule 4).

What n equal rows of the database and m equal records of the source come to:

    rows that other records name by uuid or id       do not count
    the n records that are closest to them           are about these rows: already here
    the others                                       new
    a record that gives a uuid of its own            new: it says itself which row it means
    a record of a log of skipped records             new: its source was counted when it was first imported
    what it refers to is not known yet               as if that differed; noted where that is so of most fields
    a date or number in it can be two                compared by each way to read it (`matching_by_option`)
    a row is equal but for one field                 asked, once for all records and that field (`near_rows`)
    it says more than what is compared (notes)       an edit, if the row and the record are the only ones of their kind;
                                                     else left as it is, noted

Of equal records and rows the closest are paired, wherever they stand (`free_rows`): first a record that says all that
the row has, then one that asks for no change of it, then the others as they come.

Equal are a record and a row that are the same in all fields by which its entity's rows are told apart
(`Entity.compared`), as far as the record says them: references as the rows they name, values in canonical form. So it
does not matter in which order the lines of a growing sheet come, and importing it again adds what was added to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.catalog.row import Row
from bake.changeset.coverage import Coverage
from bake.compiler.context import Context
from bake.compiler.identity import DeferredRecord, Equal, Identity, New
from bake.compiler.matching.compared_values import compared_values
from bake.compiler.matching.free_rows import Closeness, FreeRows
from bake.compiler.matching.matching_by_option import identified_left_over
from bake.compiler.matching.near_rows import ByField, LeftOver, equal_but_for_numbers, near_rows, nearly_equal
from bake.compiler.matching.reading_ahead import read_ahead
from bake.compiler.reading.alternative_readings import alternatives
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.first_seen import FirstSeen
from bake.compiler.snapshot import scan

_T = TypeVar("_T")

#: Why a record is skipped that has an equal row.
ALREADY_HERE = "already here"


class EqualRows:
    """Matches records of entities without a natural key with rows that equal them, a batch at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._taken: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._free: dict[str, FreeRows] = {}
        self._known: dict[str, _Ahead] = {}
        self._any: dict[str, bool] = {}
        self._left: defaultdict[str, list[LeftOver]] = defaultdict(list)

    def match(
        self, binding: Binding, readings: Sequence[Reading], identities: Sequence[Identity]
    ) -> list[Identity | None]:
        """Identify records by equal rows; the others are left for `identify_deferred`, and their identity is None.

        It takes a query for each batch and set of fields, and reads the source again if any row is equal, or nearly.

        Args:
            binding: the view of the records.
            readings: the records.
            identities: which row each is about, by uuid, key or id.
        """
        item, result = binding.entity, list[Identity | None](identities)
        known = enumerate(zip(readings, identities, strict=True))
        counted = [n for n, (one, identity) in known if one.usable_base is None and is_counted(item, one, identity)]
        is_log = self._context.source.origins is not None
        if not counted or is_log or not self._are_any(item):
            return result
        ways = zip(counted, alternatives(self._context, item, [readings[n] for n in counted]), strict=True)
        several = {n: one for n, one in ways if one is not None}
        plain = [n for n in counted if n not in several]
        said = dict(zip(plain, compared_values(self._context, item, [readings[n] for n in plain]), strict=True))
        all_left = {n: LeftOver(binding, readings[n], one) for n, one in said.items()}
        waiting: set[int] = set()
        if item.name not in self._free:
            self._free[item.name] = self._rows(item)
        for n, row, sole in self._equal(item, all_left, self._free[item.name], Closeness.SAYS_ALL):
            if row is None:
                waiting.add(n)
                continue
            self._taken[item.name].add(row.id)
            result[n] = Equal(row, sole=sole)
        left = {n: one for n, one in all_left.items() if n not in waiting and not isinstance(result[n], Equal)}
        left |= {n: LeftOver(binding, readings[n], None, one) for n, one in several.items()}
        for n in sorted(waiting.union(self._near_any(item, left))):
            self._left[item.name].append(left.get(n) or all_left[n])
            result[n] = None
        return result

    def identify_deferred(self, entity: str) -> list[DeferredRecord]:
        """Identify the records left by `match`, now that it is known which rows the other records are about."""
        return identified_left_over(
            self._left.pop(entity, []), partial(self._matched, self._context.catalog.entities[entity])
        )

    def _equal(
        self,
        item: Entity,
        left: Mapping[int, LeftOver],
        free: FreeRows,
        least: Closeness,
        repeated: Set[int] = frozenset(),
    ) -> Iterator[tuple[int, Row | None, bool]]:
        """Of these records those that a row equals which is free, with the row, and whether both are the only ones.

        Args:
            item: their entity.
            left: the records, each read in one way.
            free: the rows; one that is found is to be taken before the next one is asked for.
            least: how close a record must be to a row, unless both are the only ones; if none is, its row is None.
            repeated: the digests of what several records say that were read in one of several ways.
        """
        compared = {n: one.said for n, one in left.items() if one.said is not None}
        whole = {n: (one.names, one.values) for n, one in compared.items() if not one.gaps}
        for n, group in free.having(whole).items():
            if not group.is_any_free:
                continue
            mark = compared[n].mark
            sole = len(group.rows) == 1 and mark not in self._ahead(item).repeated and mark not in repeated
            yield n, group.closest(left[n], Closeness.EQUAL if sole else least), sole

    def _near_any(self, item: Entity, left: Mapping[int, LeftOver]) -> list[int]:
        """Of these records those that rows equal or nearly equal which are free, in whatever way they are read."""
        ways = [(n, way) for n, one in left.items() for way in one.every_way if way is not None]
        compared = dict(enumerate(way for _, way in ways))
        whole = {m: (one.names, one.values) for m, one in compared.items() if not one.gaps and left[ways[m][0]].ways}
        having = self._free[item.name].having
        found = {ways[m][0] for m, group in having(whole).items() if group.is_any_free}
        for m, _, group in chain(nearly_equal(item, compared, having), equal_but_for_numbers(item, compared, having)):
            if ways[m][0] not in found and group.is_any_free:
                found.add(ways[m][0])
        return sorted(found)

    def _matched(self, item: Entity, left: Sequence[LeftOver]) -> list[Identity]:
        """Which rows the records are about that are left, each as it is read in one way."""
        result: list[Identity] = [New() for _ in left]
        taken: set[int] = set()
        free = self._rows(item, taken)
        said = {n: one.said for n, one in enumerate(left) if one.said is not None}
        marks = Counter(one.mark for one in said.values())
        repeated = {mark for mark, count in marks.items() if count > 1}
        for least in (Closeness.SAYS_ALL, Closeness.NO_CHANGE, Closeness.EQUAL):
            open_ = {n: left[n] for n in said if not isinstance(result[n], Equal)}
            for batch in self._batches(open_):
                for n, row, sole in self._equal(item, batch, free, least, repeated):
                    if row is not None:
                        taken.add(row.id)
                        result[n] = Equal(row, sole=sole)
        rest = {n: one for n, one in said.items() if not isinstance(result[n], Equal)}
        near: dict[int, ByField] = {n: {} for n in rest}
        for find in (nearly_equal, equal_but_for_numbers):
            for some in self._batches({n: one for n, one in rest.items() if not near[n]}):
                for n, fields, group in find(item, some, free.having):
                    near[n] |= {fields: group.free} if group.free else {}
        for n, identity in zip(rest, near_rows(item, list(rest.values()), list(near.values())), strict=True):
            result[n] = identity
        return result

    def _batches(self, left: Mapping[int, _T]) -> Iterator[dict[int, _T]]:
        records = iter(left.items())
        while some := dict(islice(records, self._context.options.batch)):
            yield some

    def _are_any(self, item: Entity) -> bool:
        """Whether the database has any row of an entity."""
        if item.name not in self._any:
            self._any[item.name] = next(iter(scan(self._context.snapshot, item.name, ())), None) is not None
        return self._any[item.name]

    def _rows(self, item: Entity, taken: Set[int] = frozenset()) -> FreeRows:
        """Finds rows that are not taken, and that no record is about: none that came before or names its row itself."""
        before = self._taken[item.name]

        def is_taken(row: int) -> bool:
            return row in taken or row in before or row in self._ahead(item).claimed

        return FreeRows(self._context, item, is_taken)

    def _ahead(self, item: Entity) -> _Ahead:
        if item.name not in self._known:
            self._known[item.name] = _Ahead(self._context, item)
        return self._known[item.name]


class _Ahead:
    """What all records of an entity, also those still to come, say together.

    Attributes:
        claimed: the rows that records name by uuid or id.
        repeated: the digests of what several records say in the same words.
    """

    def __init__(self, context: Context, item: Entity) -> None:
        self.claimed = Coverage()
        self.repeated: set[int] = set()
        seen = FirstSeen()
        for batch in read_ahead(context, item):
            self.claimed.add_all(set(batch.rows))
            known = zip(batch.readings, batch.identities, strict=True)
            counted = [one for one, identity in known if one.usable_base is None and is_counted(item, one, identity)]
            for said in compared_values(batch.context, item, counted):
                if said is not None and seen.first(said.mark, 0) is not None:
                    self.repeated.add(said.mark)
            seen.trim()


def is_counted(item: Entity, reading: Reading, identity: Identity) -> bool:
    """Whether a record is one of those that are told apart by counting: it has no key, and says no uuid of its own."""
    says_which = any(given(reading.fields, name) for name in ("uuid", item.counted) if name)
    return bool(item.compared) and isinstance(identity, New) and not says_which
