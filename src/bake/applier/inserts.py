"""Carries out creates: checks blocks of new rows, inserts them, reads them back, and reports them, by columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, compress

from bake.applier.apply_context import ApplyContext, UnresolvedReferences, uuid_of
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
    """A block of rows of one entity that are to be inserted; all members have the same order.

    Attributes:
        entity: the name of the entity.
        creates: the operations.
        values: the canonical values, references as keys.
        stored: the same with references as ids, or as `UnresolvedKey` if there is no such row.
        unresolved: the references that are `UnresolvedKey`.
    """

    entity: str
    creates: Sequence[Create]
    values: Block
    stored: Block
    unresolved: UnresolvedReferences

    def only(self, positions: Sequence[int]) -> _NewRows:
        """The rows at these positions."""
        if len(positions) == len(self.creates):
            return self
        unresolved = {
            n: self.unresolved[position] for n, position in enumerate(positions) if position in self.unresolved
        }
        values, stored = self.values.only(positions), self.stored.only(positions)
        return _NewRows(self.entity, pick(self.creates, positions), values, stored, unresolved)


class Inserts:
    """Checks that no row has a key of a new row and that its parents exist, inserts it, and reads it back.

    Attributes:
        blocked: the creates whose key a row still has; a later operation may change or delete that row.
    """

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self.blocked: list[Create] = []

    def carry_out(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows of one entity.

        Returns:
            The creates that have to wait for another one, to whose row they refer.
        """
        absent = self._context.created.absent(creates)
        ready = without(len(creates), absent)
        if ready:
            self._insert(self._with_parents(self._read(pick(creates, ready))))
        return [creates[n] for n in sorted(absent)]

    def insert_with_nulls(self, creates: Sequence[Create]) -> tuple[list[Create], list[Create]]:
        """Insert rows that refer to each other, with null in these references where they may be null.

        Returns:
            The creates that were inserted, whose references are set by `fill_in` once all rows exist; and those that
            still have to wait.
        """
        there: list[Create] = []
        still: list[Create] = []
        with_nulls = []
        for those in _by_entity(creates):
            new, not_nullable = self._with_nulls(self._read(those))
            still += not_nullable
            with_nulls.append(self._with_parents(new))
        for new in with_nulls:
            there += self._insert(new)
        return there, still

    def insert_cycle_together(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows that refer to each other, by references that must not be null, if their ids are known before.

        Returns:
            The creates that still have to wait.
        """
        read = [self._read(those) for those in _by_entity(creates)]
        ids = {
            create.n: id_
            for new in read
            for create, id_ in zip(new.creates, known_ids(self._entity(new), new.values), strict=True)
        }
        new = _self_contained([self._absent(self._with_known(one, ids)) for one in read])
        self._insert_together(new)
        dealt_with = {create.n for one in new for create in one.creates} | {create.n for create in self.blocked}
        return [create for create in creates if create.n not in dealt_with]

    def report_remaining(self, creates: Sequence[Create]) -> None:
        """Report the creates that could not be carried out: their key is still taken, or a parent does not exist."""
        self._report_blocked()
        self._context.created.no_more_will_come()
        for those in _by_entity(creates):
            self._absent(self._with_parents(self._read(those)))
        self._report_blocked()

    def fill_in(self, creates: Sequence[Create]) -> None:
        """Set the references that `insert_with_nulls` left null."""
        for those in _by_entity(creates):
            self._fill_in(those[0].entity, those)

    def _report_blocked(self) -> None:
        """Report the blocked creates as conflicts."""
        blocked, self.blocked = self.blocked, []
        for those in _by_entity(blocked):
            new = self._read(those)
            for position, key in sorted(self._all_taken(new).items()):
                create = new.creates[position]
                written: Key = {name: create.values.get(name) for name in key}
                detail = f"a row has its {' and '.join(key)} already"
                self._context.report.conflict(create, "exists", key=written, detail=detail)

    def _read(self, creates: Sequence[Create]) -> _NewRows:
        """Parse creates; those with a value that does not fit are reported and left out."""
        context, entity = self._context, creates[0].entity
        [values], unfit = context.read(entity, creates, Block.of([create.values for create in creates]))
        unfit |= context.without_values(entity, creates, values)
        fitting = without(len(creates), unfit)
        creates, values = pick(creates, fitting), values.only(fitting)
        return _NewRows(entity, creates, values, *context.with_ids(entity, values, creates))

    def _with_parents(self, new: _NewRows) -> _NewRows:
        """Leave out the rows with an unresolved reference, and report them."""
        self._context.report_unresolved(new.entity, new.creates, new.unresolved)
        return new.only(without(len(new.creates), new.unresolved))

    def _with_nulls(self, new: _NewRows) -> tuple[_NewRows, list[Create]]:
        """Set null in references to rows of other creates; also returns the creates in which one must not be null."""
        fields = self._context.catalog.entities[new.entity].fields
        awaited = {n: {name for name in names if _awaits(new.creates[n], name)} for n, names in new.unresolved.items()}
        not_nullable = [n for n, names in awaited.items() if not all(fields[name].nullable for name in names)]
        stored = new.stored
        for name in {name for names in awaited.values() for name in names}:
            waiting = {n for n, names in awaited.items() if name in names}
            stored = stored.changed(name, partial(_null_at, waiting))
        left = {
            n: {name: key for name, key in new.unresolved[n].items() if name not in awaited[n]} for n in new.unresolved
        }
        with_nulls = _NewRows(
            new.entity, new.creates, new.values, stored, {n: names for n, names in left.items() if names}
        )
        return with_nulls.only(without(len(new.creates), not_nullable)), [new.creates[n] for n in sorted(not_nullable)]

    def _with_known(self, new: _NewRows, ids: Mapping[int, int | None]) -> _NewRows:
        """Resolve references to rows of other creates by the ids that these will have; rows without such are left out.

        Args:
            new: the rows.
            ids: by number of the operation, the id that its row will have; None if it is not known.
        """
        item, entities = self._entity(new), self._context.catalog.entities
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for n, names in new.unresolved.items():
            for name in names:
                id_ = ids.get(_awaited(new.creates[n], name) or 0)
                if id_ is not None and refers_to_id(item, entities[item.references[name]], name):
                    found[name][n] = id_
        stored = new.stored
        for name, those in found.items():
            stored = stored.changed(name, partial(_set_at, those))
        unknown = [n for n, names in new.unresolved.items() if any(n not in found[name] for name in names)]
        known = _NewRows(new.entity, new.creates, new.values, stored, new.unresolved)
        return known.only(without(len(new.creates), unknown))

    def _insert_together(self, new: Sequence[_NewRows]) -> None:
        """Insert rows that refer to each other, all or none, and report them."""
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
        """Insert rows and report them; rows whose key is taken are blocked, and refusals reported."""
        new = self._absent(new)
        stored = new.stored
        new = new.only(self._context.try_each(new.creates, lambda those: self._write(new.entity, stored.only(those))))
        if new.creates:
            self._read_back(new)
        return new.creates

    def _read_back(self, new: _NewRows) -> None:
        self._context.created.carried_out(new.creates)
        keys = [create.key for create in new.creates]
        self._report_done(new, read_back(self._context, new.creates, keys, new.stored, self._entity(new).fields))

    def _entity(self, new: _NewRows) -> Entity:
        return self._context.catalog.entities[new.entity]

    def _absent(self, new: _NewRows) -> _NewRows:
        """Leave out the rows whose key is taken, and add them to `blocked`."""
        taken = self._all_taken(new)
        self.blocked += [new.creates[position] for position in sorted(taken)]
        return new.only(without(len(new.creates), taken))

    def _all_taken(self, new: _NewRows) -> dict[int, tuple[str, ...]]:
        """The positions of the rows with a key that is taken, each with the fields of the first such key."""
        taken: dict[int, tuple[str, ...]] = {}
        given = ((ID,),) if ID in new.stored.names else ()
        for key in (*self._context.catalog.entities[new.entity].identities, *given):
            for position in self._taken(new, key):
                taken.setdefault(position, key)
        return taken

    def _taken(self, new: _NewRows, key: tuple[str, ...]) -> Iterator[int]:
        """The positions of the rows whose key a row of the database has, or an earlier one of these rows."""
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
        """Insert rows in their order, with one statement for all in which the same columns take their default."""
        nulls = self._context.writer.left_null(entity)
        groups: defaultdict[frozenset[str], list[Group]] = defaultdict(list)
        for group in stored.groups:
            groups[nulls.union(group.columns)].append(group)
        for names, those in groups.items():
            positions = sorted(chain.from_iterable(group.positions for group in those))
            alike = Block(stored.size, those).only(positions)
            given = [name for name in alike.names if name in names] or names
            self._context.writer.insert_columns(entity, {name: alike.column(name) for name in given}, alike.size)

    def _report_done(self, new: _NewRows, there: Columns) -> None:
        size, values = len(new.creates), new.values.without({ID, *self._entity(new).kept})
        uuids = list(map(uuid_of, there["uuid"])) if "uuid" in there else [None] * size
        wholes = self._context.wholes(new.entity, values, there)
        documents = values.documents()
        created = self._context.uuids_of_created(new.entity, new.creates, documents)
        self._context.report.done(new.creates, [None] * size, documents, uuids, whole=wholes, created=created)

    def _fill_in(self, entity: str, creates: Sequence[Create]) -> None:
        context = self._context
        given = [{name: v for name, v in create.values.items() if _awaits(create, name)} for create in creates]
        stored, unresolved = context.with_ids(entity, Block.of(given), creates)
        context.report_unresolved(entity, creates, unresolved)
        ready = without(len(creates), unresolved)
        creates, stored = pick(creates, ready), stored.only(ready)
        ids = context.rows.columns(entity, [create.key for create in creates], (), current=True).ids
        written = context.try_each(creates, lambda those: context.update(entity, pick(ids, those), stored.only(those)))
        creates = pick(creates, written)
        if creates:
            read_back(context, creates, [create.key for create in creates], stored.only(written), ())


def _null_at(some: set[int], positions: Sequence[int], column: Sequence[Json]) -> Sequence[Json]:
    """Set null at some positions (`some`) of a column; see `Block.changed`."""
    return [None if position in some else value for position, value in zip(positions, column, strict=True)]


def _set_at(some: Mapping[int, int], positions: Sequence[int], column: Sequence[Json]) -> Sequence[Json]:
    """Set ids at some positions of a column (`some`); see `Block.changed`."""
    return [some.get(position, value) for position, value in zip(positions, column, strict=True)]


def _self_contained(rows: list[_NewRows]) -> list[_NewRows]:
    """The rows whose unresolved references all lead to other rows that are returned."""
    there: set[int] = set()
    while there != (there := {create.n for new in rows for create in new.creates}):
        rows = [
            new.only(
                [n for n, create in enumerate(new.creates) if _waits_within(create, new.unresolved.get(n, ()), there)]
            )
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
