"""Records that say nothing but what their row says, recognised before anything is made of them.

Most records of an edited file are untouched. One whose row is found by its first key or uuid, and each of whose values
is, as it stands in the file, the row's value or null, has nothing more to be looked at (two-way, null says nothing).
All others, and whatever is doubtful, go the long way, which decides; so this changes how long a compilation takes, and
nothing else. A law in tests/laws holds the two ways together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from bake.catalog.model import ID, Column, Role
from bake.catalog.row import Row
from bake.catalog.values import Boolean, Choice, Date, Exact, Integer, Json, Real, Reference, Text, Uuid
from bake.compiler.binding import Binding
from bake.compiler.duplicates import Claim, Claims
from bake.compiler.scope import Scope
from bake.compiler.tally import Tally
from bake.sources.model import Record

#: Whether a raw value of a column is what a row says.
_Same: TypeAlias = Callable[[Json, Row], bool]


class Unchanged:
    """Passes over the unchanged records of one section's batches."""

    def __init__(self, scope: Scope, binding: Binding, tally: Tally, claims: Claims) -> None:
        self._scope = scope
        self._binding = binding
        self._tally = tally
        self._claims = claims
        self._key = _key_column(binding) if scope.options.mode != "skip-existing" and scope.base is None else None
        self._checks = {column.name: self._check(column) for column in binding.view.columns}

    def rest(self, records: list[Record]) -> list[Record]:
        """Pass over the unchanged ones among these records; the others."""
        if self._key is None:
            return records
        name, field = self._key.name, self._key.path[0]
        keys = [key if type(key := record.value.get(name)) is str else None for record in records]
        once = [key for key, times in Counter(keys).items() if times == 1 and key is not None]
        entity = self._binding.entity.name
        rows = self._scope.snapshot.find(entity, (field,), [(key,) for key in once]) if once else {}
        self._scope.keys.fetch_parents(entity, (row for some in rows.values() for row in some), self._binding.shape)
        return [
            record
            for record, key in zip(records, keys, strict=True)
            if not ((found := rows.get((key,))) and len(found) == 1 and self._passed(record, found[0]))
        ]

    def _passed(self, record: Record, row: Row) -> bool:
        entity = self._binding.entity.name
        checks = self._checks
        for name, raw in record.value.items():
            check = checks.get(name)
            if check is None or not (raw is None or check(raw, row)):
                return False
        if self._claims.earlier(entity, row.id, Claim(record.number, (), None)) is not None:
            return False
        if self._scope.ids_are_its_own:
            self._scope.fresh.carries(entity, record.value.get(ID), row)
        self._tally.skip(entity, "unchanged", record.number)
        return True

    def _check(self, column: Column) -> _Same | None:
        """What compares a column, or None if only the long way can."""
        if column.role is Role.COMPUTED:
            return _anything
        return self._check_path(self._binding.entity.name, column.path) if column.path else None

    def _check_path(self, entity: str, path: tuple[str, ...]) -> _Same | None:
        name, below = path[0], path[1:]
        if name == ID:
            return _same_id
        type_ = self._scope.catalog.entities[entity].fields[name].type
        if isinstance(type_, Reference):
            if below == (ID,):
                own = self._scope.ids_are_its_own  # elsewhere, an id proves nothing of a parent, nor against it
                return partial(self._same_in_document, type_.entity, name) if own else _anything
            inner = self._check_path(type_.entity, below) if below else None
            return partial(self._same_parent, type_.entity, name, inner) if inner else None
        match type_:
            case Text() | Choice() | Date() | Uuid():
                return partial(_same_text, name)
            case Exact() | Real() | Integer():
                return partial(_same_number, name)
            case Boolean():
                return partial(_same_truth, name)
            case _:
                return None

    def _same_in_document(self, target: str, name: str, raw: Json, row: Row) -> bool:
        named = self._scope.fresh.in_document(target, raw)
        return isinstance(named, Row) and named.id == row.values[name]

    def _same_parent(self, target: str, name: str, inner: _Same, raw: Json, row: Row) -> bool:
        parent = row.values[name]
        found = self._scope.keys.known(target, parent) if parent is not None else None
        return found is not None and inner(raw, found)


def _key_column(binding: Binding) -> Column | None:
    """The column by which rows are found: the uuid where records carry it, else the first key of one text."""
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return next((by_path[key] for key in keys if key in by_path), None)


def _anything(_raw: Json, _row: Row) -> bool:
    return True


def _same_id(raw: Json, row: Row) -> bool:
    return type(raw) is int and raw == row.id


def _same_text(name: str, raw: Json, row: Row) -> bool:
    return type(raw) is str and raw == row.values[name]


def _same_number(name: str, raw: Json, row: Row) -> bool:
    return type(raw) in _NUMBERS and raw == row.values[name]


def _same_truth(name: str, raw: Json, row: Row) -> bool:
    return raw is row.values[name]


_NUMBERS: frozenset[type] = frozenset((int, Decimal))
