"""What a changeset does, told a second time and as simply as can be: dictionaries of rows, changed line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from support.tables import Contents

from bake.catalog.bakery import BAKERY
from bake.changeset.model import Create, Delete, Operation, Replace, Skip, Test, Update

Row = dict[str, Any]


class Unfit(Exception):
    """An operation does not fit the rows: the reason."""


def after(rows: Contents, operations: Iterable[Operation]) -> Contents:
    """The rows after some operations, all of them or none.

    References stand in rows as uuids. What a new row is not given is not in it.

    Raises:
        Unfit: one of them expects something else.
    """
    done = _Application(rows)
    for operation in operations:
        done.carry_out(operation)
    return done.result()


def completed(expected: Contents, found: Contents) -> Contents:
    """What is expected, with the values that only the database can know: the defaults of new rows."""
    return {
        entity: {uuid: {**found.get(entity, {}).get(uuid, {}), **row} for uuid, row in rows.items()}
        for entity, rows in expected.items()
    }


class _Application:
    def __init__(self, rows: Contents) -> None:
        self._before = rows
        self._rows = deepcopy(rows)
        self._made: dict[int, str] = {}
        self._references: list[tuple[Row, str, Operation]] = []

    def carry_out(self, operation: Operation) -> None:
        match operation:
            case Create():
                self._create(operation)
            case Update():
                self._update(operation)
            case Delete():
                self._delete(operation)
            case Skip():
                pass

    def result(self) -> Contents:
        for row, name, operation in self._references:
            row[name] = self._named(row[name], BAKERY.entities[operation.entity].references[name], name, operation)
        self._check()
        return self._rows

    def _create(self, operation: Create) -> None:
        values = dict(operation.values)
        rows = self._rows[operation.entity]
        if values["uuid"] in rows:
            raise Unfit(f"{operation.n}: the uuid is there")
        rows[values["uuid"]] = values
        self._made[operation.n] = values["uuid"]
        self._refer(operation, values, values)

    def _update(self, operation: Update) -> None:
        row = self._rows[operation.entity].get(self._row(operation))
        if row is None:
            raise Unfit(f"{operation.n}: the row is not there")
        before = self._before[operation.entity][row["uuid"]]
        for step in operation.patch:
            name = step.path.removeprefix("/")
            if isinstance(step, Test) and not self._is(before, name, step.value, operation):
                raise Unfit(f"{operation.n}: {name} is {before.get(name)!r}, not {step.value!r}")
            if isinstance(step, Replace):
                row[name] = step.value
                self._refer(operation, row, {name: step.value})

    def _delete(self, operation: Delete) -> None:
        uuid = self._row(operation)
        row = self._rows[operation.entity].pop(uuid, None)
        if row is None:
            raise Unfit(f"{operation.n}: the row is not there")
        for name, value in operation.before.items():
            if name in row and not self._is(row, name, value, operation):
                raise Unfit(f"{operation.n}: {name} is {row[name]!r}, not {value!r}")

    def _refer(self, operation: Operation, row: Row, values: Mapping[str, Any]) -> None:
        references = BAKERY.entities[operation.entity].references
        self._references += [(row, name, operation) for name in values if name in references]

    def _row(self, operation: Update | Delete) -> str:
        """The uuid of the row that an operation is about; none if no row, or another one, has the key by now."""
        told = operation.uuids.get("") or operation.key.get("uuid")
        found = _by_key(self._before, operation.entity, operation.key)
        return found if found and told in (None, found) else ""

    def _named(self, key: Any, entity: str, name: str, operation: Any) -> str | None:
        """The uuid of the row that a reference names: one that was created here, or the one that has the key.

        Rows are found by their key, the one that they had before this changeset. The uuid that is told is only
        expected: it never leads to the row under another key.
        """
        if key is None:
            return None
        made = self._made.get(operation.needs.get(f"/{name}"))
        found = made or _by_key(self._before, entity, key) or _by_key(self._rows, entity, key)
        told = operation.uuids.get(f"/{name}")
        if found is None or told not in (None, found):
            raise Unfit(f"{operation.n}: {name} names no row, or another one")
        return str(found)

    def _is(self, row: Row, name: str, value: Any, operation: Operation) -> bool:
        target = BAKERY.entities[operation.entity].references.get(name)
        if target is None or value is None:
            return bool(row.get(name) == value)
        parent = self._before[target].get(row.get(name) or "")
        return parent is not None and all(parent.get(part) == said for part, said in value.items())

    def _check(self) -> None:
        """Rows that refer to one that is not there, or have a key that another one has, cannot be."""
        for entity, rows in self._rows.items():
            item = BAKERY.entities[entity]
            for row in rows.values():
                for name, target in item.references.items():
                    if row.get(name) is not None and row[name] not in self._rows[target]:
                        raise Unfit(f"{entity} {row.get('slug')}: {name} is gone")
            slugs = [row["slug"] for row in rows.values() if row.get("slug") is not None]
            if len(slugs) != len(set(slugs)):
                raise Unfit(f"{entity}: two rows have one slug")


def _by_key(rows: Contents, entity: str, key: Mapping[str, Any]) -> str | None:
    if set(key) - {"slug", "uuid"}:
        raise NotImplementedError(f"the model knows no key {key}")
    found = (uuid for uuid, row in rows[entity].items() if all(row.get(name) == part for name, part in key.items()))
    return next(found, None)
