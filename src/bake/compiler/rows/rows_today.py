"""What the rows are today which the operations of a changeset are about, and to which they refer (for a rebase)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from bake.catalog.base_digest import canonical
from bake.catalog.entity import Entity
from bake.catalog.lookups import complete
from bake.catalog.model import Catalog
from bake.catalog.moved_keys import are_others
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Change, Create, Delete, Key, Operation, Patch, Replace, Skip, Test, Update
from bake.changeset.pointers import field_of, pointer
from bake.compiler.rows.row_keys import Shape
from bake.compiler.rows.row_resolver import RowResolver

_KEY_TAKEN = "its key is that of another row"
_KEY_CHANGED = "the row has another key by now"


@dataclass(frozen=True, slots=True)
class ComparedOperation:
    """An operation beside the row of today that it is about.

    Attributes:
        bare: the operation without its answers.
        now: the operation with its answers.
        row: its row; for a create, a row that has one of its keys; None if there is none.
        lost: by pointer, the keys to which the operation refers and which no row has and no operation creates.
        moved: where `row` is None, but its row has another key, or another row has its key: which of these, in words.
    """

    bare: Change
    now: Change
    row: Row | None
    lost: dict[str, Key]
    moved: str


class RowsToday:
    """Finds the rows of operations, and compares them with what a changeset says.

    Args:
        known: the catalog, and the rows as they are today.
    """

    def __init__(self, known: RowResolver) -> None:
        self._known = known

    def compared(self, item: Entity, pairs: Sequence[tuple[Change, Change]]) -> Iterator[ComparedOperation]:
        """Operations of one entity beside their rows; without those whose key several rows have.

        Args:
            item: the entity.
            pairs: each operation without and with its answers.
        """
        changes = [now for _, now in pairs]
        keys = [self._document(item, change.key) for change in changes]
        found = self._known.references.stored.exact(item, keys)
        taken = self.holders(item, [change for change in changes if isinstance(change, Create)])
        lost = self._lost(item, changes)
        meant = self._meant(item, [rows[0] if rows else None for rows in found], [now.uuids.get("") for now in changes])
        theirs = [row or taken.get(now.n) for now, row in zip(changes, meant, strict=True)]
        moved = self._moved(item, [now for now, row in zip(changes, theirs, strict=True) if row is None])
        self._fetch_referred(item, pairs, [row for row in theirs if row])
        for (bare, now), rows, row in zip(pairs, found, theirs, strict=True):
            if len(rows) > 1:
                continue
            yield ComparedOperation(bare, now, row, lost.get(now.n, {}), moved.get(now.n, _KEY_TAKEN if rows else ""))

    def _fetch_referred(self, item: Entity, pairs: Iterable[tuple[Change, Change]], rows: Sequence[Row]) -> None:
        """Fetch the rows to which the fields of these operations refer, and what those are named by; all at once."""
        said = [document for pair in pairs for change in pair for document in _documents(change)]
        self._known.keys.fetch_parents(item.name, rows, _shape(self._known.catalog, item, said))
        self._known.fetch_names(item, rows, {name for document in said for name in document})

    def holders(self, item: Entity, creates: Sequence[Create]) -> dict[int, Row]:
        """The rows that have one of the keys of creates by now, by their operation."""
        documents = {create.n: self._document(item, create.values) for create in creates}
        result: dict[int, Row] = {}
        for key in item.identities:
            those = [n for n, document in documents.items() if complete(item, key, document)]
            found = self._known.references.stored.having(item, key, [documents[n] for n in those])
            for n, rows in zip(those, found, strict=True):
                if rows:
                    result.setdefault(n, rows[0])
        return result

    def _lost(self, item: Entity, changes: Sequence[Change]) -> dict[int, dict[str, Key]]:
        """By operation, the places whose values are keys that no row has and no operation creates."""
        result: dict[int, dict[str, Key]] = {}
        uuids = {change.n: change.uuids for change in changes}
        for name, target in item.references.items():
            path = pointer(name)
            those = [(change.n, value) for change in changes if isinstance(value := _to_be(change, path), dict)]
            parent = self._known.catalog.entities[target]
            found = self._known.references.stored.exact(parent, [self._document(parent, key) for _, key in those])
            rows = [some[0] if some else None for some in found]
            meant = self._meant(parent, rows, [uuids[n].get(path) for n, _ in those])
            for (n, key), row in zip(those, meant, strict=True):
                if row is None:
                    result.setdefault(n, {})[path] = key
        return result

    def _meant(self, item: Entity, rows: Sequence[Row | None], uuids: Sequence[str | None]) -> list[Row | None]:
        """Of rows that have keys, those that were meant by them (`bake.catalog.moved_keys`)."""
        found = [row.values.get("uuid") if row else None for row in rows]
        others = are_others(self._known.snapshot, item, found, uuids)
        return [None if other else row for row, other in zip(rows, others, strict=True)]

    def _moved(self, item: Entity, changes: Iterable[Change]) -> dict[int, str]:
        """Of changes whose key is not that of their row, those whose row has another key by now."""
        uuids = {one.n: (uuid,) for one in changes if (uuid := one.uuids.get("")) is not None}
        there = self._known.snapshot.find(item.name, ("uuid",), list(uuids.values())) if uuids else {}
        return {n: _KEY_CHANGED for n, uuid in uuids.items() if uuid in there}

    def value(self, item: Entity, row: Row, name: str) -> Json:
        """A field of a row as changesets write it: a reference as a key."""
        return self._known.keys.reference(item.references.get(name), row.values.get(name))

    def equals(self, item: Entity, row: Row, name: str, written: Json) -> bool:
        """Whether a field of a row is what a changeset writes for it."""
        if name not in item.fields:
            return False
        if name in item.references and written is not None:
            lookup = self._document(self._known.catalog.entities[item.references[name]], written)
            return self._known.references.stored.agrees(item.name, row.values, {name: lookup})
        return same(row.values.get(name), canonical(item.fields[name].type, written))

    def towards(self, item: Entity, row: Row, create: Create, but: Collection[str] = ("uuid",)) -> Patch:
        """What a create would change on a row that is there.

        Args:
            item: the entity.
            row: the row.
            create: the create.
            but: the fields that stay as they are; the uuid is the row's own affair.
        """
        steps: list[Test | Replace] = []
        for name, value in create.values.items():
            if name in item.fields and name not in but and not self.equals(item, row, name, value):
                path = pointer(name)
                steps += [Test(path=path, value=self.value(item, row, name)), Replace(path=path, value=value)]
        return tuple(steps)

    def _document(self, item: Entity, values: Key) -> Key:
        """Values in canonical form; keys of references as lookups."""
        result: Key = {}
        for name, value in values.items():
            target = item.references.get(name)
            if target and isinstance(value, dict):
                result[name] = self._document(self._known.catalog.entities[target], value)
            elif name in item.fields:
                result[name] = canonical(item.fields[name].type, value)
        return result


def of_one_kind(bare: Operation, now: Change) -> tuple[Change, Change]:
    """An operation without and with its answers; where an answer made another one of it, that one twice."""
    alike = not isinstance(bare, Skip) and type(bare) is type(now)
    return (bare, now) if alike else (now, now)  # type: ignore[return-value]


def _to_be(change: Change, path: str) -> Json:
    """What a field is to be; None where another operation sees to that, or the change does not touch it."""
    match change:
        case Create() if path not in change.needs:
            return change.values.get(field_of(path))
        case Update() if path not in change.needs:
            return next((step.value for step in change.patch if isinstance(step, Replace) and step.path == path), None)
        case _:
            return None


def _documents(change: Change) -> Iterator[Key]:
    """What a change says of its row, before and after."""
    match change:
        case Create():
            yield change.values
        case Update():
            yield from ({field_of(step.path): step.value} for step in change.patch)
        case Delete():
            yield change.before
        case _:
            assert_never(change)


def _shape(catalog: Catalog, item: Entity, documents: Iterable[Key]) -> Shape:
    """The references within row documents, and within the keys that these hold, with all that is nested in them."""
    keys: dict[str, list[Key]] = {}
    for document in documents:
        for name in item.references.keys() & document.keys():
            if isinstance(key := document[name], dict):
                keys.setdefault(name, []).append(key)
    return {name: _shape(catalog, catalog.entities[item.references[name]], those) for name, those in keys.items()}
