"""Creates that need no second look: many at once, a field at a time.

All values fit, all parents are there, nobody has one of the keys, and each row is called by a text that is its whole
key. Then all of them are written, read again and told of together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress

from bake.applier.apply_context import ApplyContext, uuid_of
from bake.applier.bulk import Columns, NotBulk, all_or_none, bulk_keys, documents
from bake.applier.document_values import positions_by_value
from bake.applier.keys import is_another
from bake.applier.verify_written import WrittenRows, all_same
from bake.catalog.lookups import holders
from bake.catalog.values import Json, Misfit
from bake.changeset.model import Create, Uuids
from bake.changeset.pointers import pointer


@dataclass(frozen=True, slots=True)
class _SameShape:
    """The creates of a batch that give the same fields.

    Attributes:
        positions: of the creates in the batch.
        values: canonical, references as keys, in the order in which the creates give them.
        stored: the same with references as ids.
    """

    positions: Sequence[int]
    values: Columns
    stored: Columns


@dataclass(frozen=True, slots=True)
class _CheckedCreates:
    """The rows of a batch: those that are alike together, and all of them by field, null where a row gives nothing."""

    groups: Sequence[_SameShape]
    stored: Columns


class BulkCreates:
    """Carries out batches of creates that need no second look."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context

    def carry_out(self, entity: str, creates: Sequence[Create]) -> bool:
        """Insert rows of one entity; False, and nothing is written, if they need a second look."""
        try:
            by, keys = bulk_keys(self._context, entity, creates)
            fresh = self._fresh(entity, by, creates)
        except (NotBulk, Misfit):
            return False
        if not self._absent(entity, fresh) or not self._write(entity, fresh):
            return False
        self._tell(entity, creates, fresh, self._proven(entity, by, keys, fresh, creates))
        return True

    def _fresh(self, entity: str, by: str, creates: Sequence[Create]) -> _CheckedCreates:
        forms = positions_by_value(tuple(create.values) for create in creates)
        if not all(by in names for names in forms):
            raise NotBulk
        groups = [self._alike(entity, names, positions, creates) for names, positions in forms.items()]
        names = dict.fromkeys(chain.from_iterable(alike.stored for alike in groups))
        return _CheckedCreates(groups, {name: _all_of(name, groups, len(creates)) for name in names})

    def _alike(
        self, entity: str, names: tuple[str, ...], positions: list[int], creates: Sequence[Create]
    ) -> _SameShape:
        reading, references = self._context.reading(entity), self._context.catalog.entities[entity].references
        given = zip(*(creates[position].values.values() for position in positions), strict=True)
        values = {name: reading.column(name, column) for name, column in zip(names, given, strict=True)}
        meant = [creates[position].uuids for position in positions]
        parents = {name: self._ids(references[name], name, values[name], meant) for name in names if name in references}
        return _SameShape(positions, values, values | parents)

    def _ids(self, target: str, name: str, keys: Sequence[Json], meant: Sequence[Uuids]) -> Sequence[Json]:
        """The ids of the rows that are referred to, each of which is the one that was meant."""
        path, ids = pointer(name), []
        for found, key, uuids in zip(self._context.rows.identified(target, keys), keys, meant, strict=True):
            if found is None and key is not None:
                raise NotBulk
            if found is not None and path in uuids and is_another(found.uuid, uuids[path]):
                raise NotBulk
            ids.append(None if found is None else found.id)
        return ids

    def _absent(self, entity: str, fresh: _CheckedCreates) -> bool:
        """Whether no two of the rows have a key in common, and no row of the database has one of theirs."""
        item = self._context.catalog.entities[entity]
        nothing = [None] * sum(len(alike.positions) for alike in fresh.groups)
        for key in item.identities:
            columns = [fresh.stored.get(name, nothing) for name in key]
            wanted = list(compress(zip(*columns, strict=True), holders(item, key, columns)))
            if len(set(wanted)) < len(wanted) or self._context.snapshot.any_near(entity, key, wanted):
                return False
        return True

    def _write(self, entity: str, fresh: _CheckedCreates) -> bool:
        def write() -> None:
            for columns in self._together(entity, fresh):
                self._context.writer.insert_columns(entity, columns)

        return all_or_none(self._context, entity, write)

    def _together(self, entity: str, fresh: _CheckedCreates) -> Iterator[Columns]:
        """The rows for which the same columns take their default, in the order of their creates."""
        nulls = self._context.writer.left_null(entity)
        groups: defaultdict[frozenset[str], list[_SameShape]] = defaultdict(list)
        for alike in fresh.groups:
            groups[frozenset(alike.stored) | nulls].append(alike)
        for names, those in groups.items():
            columns = {name: column for name, column in fresh.stored.items() if name in names}
            if len(groups) > 1:
                positions = sorted(chain.from_iterable(alike.positions for alike in those))
                columns = {name: [column[position] for position in positions] for name, column in columns.items()}
            yield columns

    def _proven(
        self, entity: str, by: str, keys: list[str], fresh: _CheckedCreates, creates: Sequence[Create]
    ) -> dict[str, Sequence[Json]]:
        """All fields of the rows, read again.

        Raises:
            NotProven: one is not what was written.
        """
        fields = tuple(self._context.catalog.entities[entity].fields)
        found, (_, *values) = self._context.snapshot.columns(entity, by, keys, fields)
        there = dict(zip(fields, values, strict=True))
        if len(found) == len(keys) and all(_are(alike, there) for alike in fresh.groups):
            return there
        rows = self._context.rows.tuples(entity, [create.key for create in creates], fields, now=True)
        proven = WrittenRows(fields).rows(
            creates, rows, documents([(some.positions, some.stored) for some in fresh.groups])
        )
        return dict(zip(fields, list(zip(*proven, strict=True))[1:], strict=True))

    def _tell(self, entity: str, creates: Sequence[Create], fresh: _CheckedCreates, there: Columns) -> None:
        after = documents([(alike.positions, alike.values) for alike in fresh.groups])
        wholes = documents([(alike.positions, self._whole(entity, alike, there)) for alike in fresh.groups])
        uuids = map(uuid_of, there.get("uuid", [None] * len(creates)))
        self._context.report.all_done(creates, [None] * len(creates), after, list(uuids), whole=wholes)

    def _whole(self, entity: str, alike: _SameShape, there: Columns) -> Columns:
        """The images of whole rows: what was written of them, and what the database filled in, references as keys."""
        names, references = self._context.names(), self._context.catalog.entities[entity].references
        filled = {name: _at(alike.positions, column) for name, column in there.items() if name not in alike.values}
        for name in filled.keys() & references.keys():
            names.keys(references[name], [id_ for id_ in filled[name] if id_ is not None])
            filled[name] = [None if id_ is None else names.key(references[name], id_) for id_ in filled[name]]
        return {name: alike.values.get(name, filled.get(name, ())) for name in there}


def _all_of(name: str, groups: Sequence[_SameShape], size: int) -> Sequence[Json]:
    """The values of a field for all rows of a batch."""
    if len(groups) == 1:
        return groups[0].stored[name]
    column: list[Json] = [None] * size
    for alike in groups:
        for position, value in zip(alike.positions, alike.stored.get(name, ()), strict=False):
            column[position] = value
    return column


def _at(positions: Sequence[int], column: Sequence[Json]) -> Sequence[Json]:
    return column if len(positions) == len(column) else [column[position] for position in positions]


def _are(alike: _SameShape, there: Columns) -> bool:
    """Whether rows are what was written of them."""
    return all(all_same(list(_at(alike.positions, there[name])), list(column)) for name, column in alike.stored.items())
