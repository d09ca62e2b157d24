"""Carrying out creates: blocks of new rows are checked, written, read again and told of a field at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, compress

from bake.applier.apply_context import ApplyContext, Lost, uuid_of
from bake.applier.blocks import Block, Columns, Group, pick, positions_by_value
from bake.applier.expected_rows import without
from bake.applier.known_ids import known_ids, refers_to_id
from bake.applier.verify import read_back
from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import holders
from bake.catalog.values import Json
from bake.changeset.model import Create, Key
from bake.changeset.pointers import pointer


@dataclass(frozen=True, slots=True)
class _NewRows:
    """A block of rows of one entity that are to be inserted.

    Attributes:
        entity: what they are.
        creates: what asks for them.
        values: their canonical values, references as keys.
        stored: the same with references as ids, `UnresolvedKey` where there is no such row.
        lost: the references of which that is so.
    """

    entity: str
    creates: Sequence[Create]
    values: Block
    stored: Block
    lost: Lost

    def only(self, positions: Sequence[int]) -> _NewRows:
        """Those at these positions."""
        if len(positions) == len(self.creates):
            return self
        lost = {n: self.lost[position] for n, position in enumerate(positions) if position in self.lost}
        values, stored = self.values.only(positions), self.stored.only(positions)
        return _NewRows(self.entity, pick(self.creates, positions), values, stored, lost)


class Inserts:
    """Checks that new rows are absent and their parents present, inserts, and reads back.

    Attributes:
        blocked: the creates one of whose keys a row still has, which a later operation may let go of.
    """

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self.blocked: list[Create] = []

    def carry_out(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows of one entity.

        Returns:
            Those that have to wait, because a row that they refer to is to be created and not there yet.
        """
        absent = self._context.created.absent(creates)
        ready = without(len(creates), absent)
        if ready:
            self._insert(self._with_parents(self._read(pick(creates, ready))))
        return [creates[n] for n in sorted(absent)]

    def carry_out_knot(self, creates: Sequence[Create]) -> tuple[list[Create], list[Create]]:
        """Insert rows that wait for each other, as far as what they wait for may be null at first.

        Returns:
            Those that were dealt with, to be filled in when all rows are there; and those that still have to wait.
        """
        there: list[Create] = []
        still: list[Create] = []
        loose = []
        for those in _by_entity(creates):
            new, tied = self._loosened(self._read(those))
            still += tied
            loose.append(self._with_parents(new))
        for new in loose:
            there += self._insert(new)
        return there, still

    def carry_out_together(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows that wait for each other and must not be null, where their ids are known before they are there.

        Returns:
            Those that still have to wait.
        """
        read = [self._read(those) for those in _by_entity(creates)]
        ids = {
            create.n: id_
            for new in read
            for create, id_ in zip(new.creates, known_ids(self._entity(new), new.values), strict=True)
        }
        new = _closed([self._absent(self._with_known(one, ids)) for one in read])
        self._insert_together(new)
        dealt_with = {create.n for one in new for create in one.creates} | {create.n for create in self.blocked}
        return [create for create in creates if create.n not in dealt_with]

    def refuse(self, creates: Sequence[Create]) -> None:
        """Report the creates whose key nothing has let go of, and rows whose parents never came."""
        self._report_blocked()
        self._context.created.no_more_will_be()
        for those in _by_entity(creates):
            self._absent(self._with_parents(self._read(those)))
        self._report_blocked()

    def fill_in(self, creates: Sequence[Create]) -> None:
        """Write the references of inserted rows that had to be null at first."""
        for those in _by_entity(creates):
            self._fill_in(those[0].entity, those)

    def _report_blocked(self) -> None:
        """Report the creates whose key nothing has let go of."""
        blocked, self.blocked = self.blocked, []
        for those in _by_entity(blocked):
            new = self._read(those)
            for position, key in sorted(self._all_taken(new).items()):
                create = new.creates[position]
                written: Key = {name: create.values.get(name) for name in key}
                detail = f"a row has its {' and '.join(key)} already"
                self._context.report.conflict(create, "exists", key=written, detail=detail)

    def _read(self, creates: Sequence[Create]) -> _NewRows:
        """Those of the creates whose values fit."""
        context, entity = self._context, creates[0].entity
        [values], unfit = context.read(entity, creates, Block.of([create.values for create in creates]))
        unfit |= context.without_values(entity, creates, values)
        fitting = without(len(creates), unfit)
        creates, values = pick(creates, fitting), values.only(fitting)
        return _NewRows(entity, creates, values, *context.with_ids(entity, values, creates))

    def _with_parents(self, new: _NewRows) -> _NewRows:
        """Those whose parents are there; the others are reported."""
        self._context.report_lost(new.entity, new.creates, new.lost)
        return new.only(without(len(new.creates), new.lost))

    def _loosened(self, new: _NewRows) -> tuple[_NewRows, list[Create]]:
        """Rows with null for the references that they wait for; and those of which one must not be null."""
        fields = self._context.catalog.entities[new.entity].fields
        awaited = {n: {name for name in names if _awaits(new.creates[n], name)} for n, names in new.lost.items()}
        tied = [n for n, names in awaited.items() if not all(fields[name].nullable for name in names)]
        stored = new.stored
        for name in {name for names in awaited.values() for name in names}:
            waiting = {n for n, names in awaited.items() if name in names}
            stored = stored.changed(name, partial(_null_at, waiting))
        left = {n: {name: key for name, key in new.lost[n].items() if name not in awaited[n]} for n in new.lost}
        loose = _NewRows(new.entity, new.creates, new.values, stored, {n: names for n, names in left.items() if names})
        return loose.only(without(len(new.creates), tied)), [new.creates[n] for n in sorted(tied)]

    def _with_known(self, new: _NewRows, ids: Mapping[int, int | None]) -> _NewRows:
        """Rows with the ids that the rows will have that they wait for; without those of which that is not known."""
        item, entities = self._entity(new), self._context.catalog.entities
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for n, names in new.lost.items():
            for name in names:
                id_ = ids.get(_awaited(new.creates[n], name) or 0)
                if id_ is not None and refers_to_id(item, entities[item.references[name]], name):
                    found[name][n] = id_
        stored = new.stored
        for name, those in found.items():
            stored = stored.changed(name, partial(_set_at, those))
        unknown = [n for n, names in new.lost.items() if any(n not in found[name] for name in names)]
        known = _NewRows(new.entity, new.creates, new.values, stored, new.lost)
        return known.only(without(len(new.creates), unknown))

    def _insert_together(self, new: Sequence[_NewRows]) -> None:
        """Insert rows that refer to each other, all or none, and tell of them."""
        parts = [(one.entity, group.columns) for one in new for group in one.stored.groups]
        context = self._context
        refusal = context.refusal(new[0].entity, lambda: context.writer.insert_together(parts)) if parts else None
        for one in new:
            context.rows.forget(one.entity)
            if refusal is None:
                self._read_back(one)
            else:
                context.report_refused(one.creates, refusal)

    def _insert(self, new: _NewRows) -> Sequence[Create]:
        """Insert those of the rows that nobody has and the database accepts, and tell of them."""
        new = self._absent(new)
        stored = new.stored
        new = new.only(self._context.try_each(new.creates, lambda those: self._write(new.entity, stored.only(those))))
        if new.creates:
            self._read_back(new)
        return new.creates

    def _read_back(self, new: _NewRows) -> None:
        self._context.created.carried_out(new.creates)
        keys = [create.key for create in new.creates]
        self._tell(new, read_back(self._context, new.creates, keys, new.stored, self._entity(new).fields))

    def _entity(self, new: _NewRows) -> Entity:
        return self._context.catalog.entities[new.entity]

    def _absent(self, new: _NewRows) -> _NewRows:
        """Those none of whose keys a row has already, or an earlier one of them; the others are blocked."""
        taken = self._all_taken(new)
        self.blocked += [new.creates[position] for position in sorted(taken)]
        return new.only(without(len(new.creates), taken))

    def _all_taken(self, new: _NewRows) -> dict[int, tuple[str, ...]]:
        """The positions of the rows one of whose keys is taken, each with the first such key."""
        taken: dict[int, tuple[str, ...]] = {}
        given = ((ID,),) if ID in new.stored.names else ()
        for key in (*self._context.catalog.entities[new.entity].identities, *given):
            for position in self._taken(new, key):
                taken.setdefault(position, key)
        return taken

    def _taken(self, new: _NewRows, key: tuple[str, ...]) -> Iterator[int]:
        """The positions of the rows whose key a row has already, or an earlier one of them."""
        columns = [new.stored.column(name) for name in key]
        is_id = key == (ID,)
        held = [one is not None for one in columns[0]] if is_id else holders(self._entity(new), key, columns)
        wanted = list(compress(zip(*columns, strict=True), held))
        snapshot = self._context.snapshot
        if len(set(wanted)) == len(wanted) and not snapshot.any_near(new.entity, key, wanted):
            return
        seen = set(snapshot.tuples(new.entity, key, wanted, key))
        for position, parts in zip(compress(range(len(held)), held), wanted, strict=True):
            if parts in seen:
                yield position
            seen.add(parts)

    def _write(self, entity: str, stored: Block) -> None:
        """Insert rows: those together for which the same columns take their default, in the order of their creates."""
        nulls = self._context.writer.left_null(entity)
        groups: defaultdict[frozenset[str], list[Group]] = defaultdict(list)
        for group in stored.groups:
            groups[nulls.union(group.columns)].append(group)
        for names, those in groups.items():
            positions = sorted(chain.from_iterable(group.positions for group in those))
            alike = Block(stored.size, those).only(positions)
            given = [name for name in alike.names if name in names] or names
            self._context.writer.insert_columns(entity, {name: alike.column(name) for name in given}, alike.size)

    def _tell(self, new: _NewRows, there: Columns) -> None:
        size, values = len(new.creates), new.values.without({ID, *self._entity(new).kept})
        uuids = list(map(uuid_of, there["uuid"])) if "uuid" in there else [None] * size
        wholes = self._context.wholes(new.entity, values, there)
        self._context.report.done(new.creates, [None] * size, values.documents(), uuids, whole=wholes)

    def _fill_in(self, entity: str, creates: Sequence[Create]) -> None:
        context = self._context
        given = [{name: v for name, v in create.values.items() if _awaits(create, name)} for create in creates]
        stored, lost = context.with_ids(entity, Block.of(given), creates)
        context.report_lost(entity, creates, lost)
        ready = without(len(creates), lost)
        creates, stored = pick(creates, ready), stored.only(ready)
        ids = context.rows.columns(entity, [create.key for create in creates], (), current=True).ids
        written = context.try_each(creates, lambda those: context.update(entity, pick(ids, those), stored.only(those)))
        creates = pick(creates, written)
        if creates:
            read_back(context, creates, [create.key for create in creates], stored.only(written), ())


def _null_at(some: set[int], positions: Sequence[int], column: Sequence[Json]) -> Sequence[Json]:
    """The values of a column, null at some positions."""
    return [None if position in some else value for position, value in zip(positions, column, strict=True)]


def _set_at(some: Mapping[int, int], positions: Sequence[int], column: Sequence[Json]) -> Sequence[Json]:
    """The values of a column, others at some positions."""
    return [some.get(position, value) for position, value in zip(positions, column, strict=True)]


def _closed(rows: list[_NewRows]) -> list[_NewRows]:
    """Of rows that wait for each other, those that wait for none but each other."""
    there: set[int] = set()
    while there != (there := {create.n for new in rows for create in new.creates}):
        rows = [
            new.only([n for n, create in enumerate(new.creates) if _waits_within(create, new.lost.get(n, ()), there)])
            for new in rows
        ]
    return [new for new in rows if new.creates]


def _waits_within(create: Create, names: Collection[str], there: set[int]) -> bool:
    return all(_awaited(create, name) in there for name in names)


def _by_entity(creates: Sequence[Create]) -> Iterator[Sequence[Create]]:
    for positions in positions_by_value(create.entity for create in creates).values():
        yield pick(creates, positions)


def _awaits(create: Create, name: str) -> bool:
    """Whether a reference of a create names a row that another operation creates."""
    return _awaited(create, name) is not None


def _awaited(create: Create, name: str) -> int | None:
    """The number of the operation that creates the row which a reference of a create names."""
    need = create.needs.get(pointer(name))
    return need if isinstance(need, int) else None
