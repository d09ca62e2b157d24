"""Some fields of an entity: the columns to select, and the canonical values that come of what the driver gives.

Values are converted a column at a time, and numbers are remembered in canonical form: prices and sizes repeat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias, assert_never
from uuid import UUID

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    PlainType,
    Real,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.identity import is_text, shown_identity, text_of
from bake.catalog.sensitive import plain_type
from bake.catalog.type_words import describe
from bake.catalog.values import Json, canonical_instant, exact, shown
from bake.database.bindings import Binding, bindings
from bake.database.conversions import Conversion, canonical_uuid
from bake.database.reading.beyond_dates import texts_for_no_dates
from bake.errors import UnreadableValue

#: One column of a result: the values of a field, row by row.
Values: TypeAlias = Sequence[Json]

#: How many numbers are remembered.
_REMEMBERED = 16_384

#: What a conversion raises that meets a value of another type.
_UNCONVERTIBLE = (ValueError, TypeError, ArithmeticError, AttributeError)


class Selection:
    """The id and some fields of an entity.

    Attributes:
        identifier: the column of the id, to order and compare by.
        query: a select of them, without conditions.
    """

    def __init__(
        self, entity: Entity, fields: Sequence[str], dialect: sa.Dialect, without: frozenset[int] = frozenset()
    ) -> None:
        """Select the columns.

        Args:
            entity: whose rows.
            fields: which of their fields.
            dialect: what the driver's values depend on.
            without: the ids of rows of which `columns` gives nothing.
        """
        everything = bindings(entity)
        chosen = [everything[ID], *(everything[name] for name in fields)]
        self.identifier = chosen[0]
        self.query = sa.select(*(_read(entity, binding) for binding in chosen))
        self._entity = entity
        self._without = without
        self._chosen = chosen
        self._inward = [_inward(entity, binding, dialect) for binding in chosen]
        strict = dialect.name != "sqlite"
        self._kinds = [None if strict else _kinds(binding.stored) for binding in chosen]
        if self._kinds[0] is not None:
            self._kinds[0] -= {type(None)}  # only SQLite lets a primary key be null

    def columns(self, rows: Iterable[Sequence[Any]]) -> list[Values]:
        """The canonical values of what the driver gave: the ids, then each field; references as ids.

        Raises:
            UnreadableValue: a value is not of its column's type, which SQLite's columns do not refuse.
        """
        if self._without:
            rows = [row for row in rows if row[0] not in self._without]
        columns = list(zip(*rows, strict=True))
        converted: list[Values] = []
        for column, binding, inward, kinds in zip(columns, self._chosen, self._inward, self._kinds, strict=False):
            try:
                if kinds is not None and not kinds.issuperset(map(type, column)):
                    raise TypeError
                converted.append(_converted(column, inward))
            except _UNCONVERTIBLE:
                self._refuse(columns[0], column, binding, inward, kinds)
        return converted

    def identity(self, row: Sequence[Any]) -> int | None:
        """The id of a row as the driver gave it; None if it cannot be read, as that of no following row can."""
        try:
            [id_] = _converted([row[0]], self._inward[0])
        except _UNCONVERTIBLE:
            return None
        return id_ if isinstance(id_, int) else None

    def _refuse(
        self,
        ids: Sequence[Any],
        column: Sequence[Any],
        binding: Binding,
        inward: Conversion | None,
        kinds: frozenset[type] | None,
    ) -> NoReturn:
        """Raise the error for the first value of a column that cannot be converted."""
        for id_, raw in zip(ids, column, strict=True):
            try:
                if kinds is not None and type(raw) not in kinds:
                    raise TypeError
                _converted([raw], inward)
            except _UNCONVERTIBLE:
                table, name = self._entity.table.name, binding.column.name
                held = "what is not shown" if binding.seal else _shown(raw)
                raise UnreadableValue(
                    f"{table}.{name} of the row with {_key(self._entity)} {shown(id_)} holds {held}; "
                    f"expected {describe(binding.stored)}",
                    hint=_correction(self._entity, name, id_),
                ) from None
        raise AssertionError("a column was refused, and none of its values")


def check_parents(entity: Entity, field: str, ids: Sequence[int], references: Values, there: Container[Json]) -> None:
    """Check that the rows exist to which rows refer, which a database does not do that holds no foreign keys.

    Args:
        entity: the entity of the rows.
        field: the reference.
        ids: the ids of the rows.
        references: for each of them, the id of the row that it refers to, or None.
        there: the ids of the rows that exist.

    Raises:
        UnreadableValue: one of them does not.
    """
    lost = {reference for reference in set(references) if reference is not None and reference not in there}
    for id_, reference in zip(ids, references, strict=True) if lost else ():
        if reference in lost:
            raise UnreadableValue(
                no_such_row(entity, field, id_, reference),
                hint=_correction(entity, entity.fields[field].column, text_of(id_) if is_text(id_) else id_),
            )


def no_such_row(entity: Entity, field: str, id_: int, reference: Json) -> str:
    """In words that a row refers to a row which is not there."""
    return (
        f"{entity.table.name}.{entity.fields[field].column} of the row with {_key(entity)} {shown_identity(id_)} holds "
        f"{_shown_reference(reference)}, and no row of {entity.references[field]} has this id"
    )


def _shown_reference(reference: Json) -> str:
    return shown_identity(reference) if isinstance(reference, int) else shown(reference)


def _key(entity: Entity) -> str:
    """The primary key by the names of its columns."""
    return ", ".join(str(column.name) for column in entity.table.primary_key)


def _correction(entity: Entity, column: str, key: Json) -> str:
    said = "'" + shown(key)[1:-1].replace("'", "''") + "'" if isinstance(key, str) else shown(key)
    return f"correct it in the database: UPDATE {entity.table.name} SET {column} = … WHERE {_key(entity)} = {said}"


def _kinds(type_: PlainType) -> frozenset[type] | None:
    """What SQLite's driver gives for the values of a type."""
    match type_:
        case Integer() | Boolean():
            kinds: tuple[type, ...] = (int,)
        case Exact():
            kinds = int, float, str
        case Real():
            kinds = int, float
        case Text() | Choice() | Date() | Timestamp() | Uuid():
            kinds = str, UUID
        case Bytes():
            kinds = (bytes,)
        case Document():
            return None
        case _:
            assert_never(type_)
    return frozenset((*kinds, type(None)))


def _shown(raw: Any) -> str:
    return f"the bytes {shown(raw.hex())}" if isinstance(raw, bytes) else shown(raw)


def _is_exact(entity: Entity, binding: Binding) -> bool:
    return binding.field != ID and isinstance(plain_type(entity.fields[binding.field].type), Exact)


def _read(entity: Entity, binding: Binding) -> sa.ColumnElement[Any]:
    """The column as it is selected; an Exact one as the driver has it, so that its conversion can be remembered."""
    return sa.type_coerce(binding.column, sa.types.NullType()) if _is_exact(entity, binding) else binding.read


def _inward(entity: Entity, binding: Binding, dialect: sa.Dialect) -> Conversion | None:
    """From what `fetched` gives."""
    if binding.plain is not None and (seal := binding.seal) is not None:
        plain = _inward(entity, binding.plain, dialect)
        return (lambda raw: None if (value := plain(raw)) is None else seal(value)) if plain else seal
    if _is_exact(entity, binding):
        return _exact
    if dialect.name != "sqlite":
        return binding.inward
    if isinstance(binding.stored, Timestamp):
        return _instant(binding.read.type.dialect_impl(dialect).result_processor(dialect, None))
    if isinstance(binding.stored, Boolean):
        return _boolean
    process, inward = binding.read.type.dialect_impl(dialect).result_processor(dialect, None), binding.inward
    if process and inward:
        return lambda raw: None if (value := process(raw)) is None else inward(value)
    return process or inward


def fetched(connection: sa.Connection, query: sa.Select[Any], parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows of a query; from SQLite as its driver has them.

    To make objects of rows costs SQLAlchemy as much as SQLite needs to read them. Other drivers' values depend on more
    than the column.
    """
    result = connection.execute(query, parameters)
    if connection.dialect.name != "sqlite" or result.cursor is None:
        return _all(connection, query, parameters, result)
    try:
        return list(result.cursor.fetchall())
    except sqlite3.OperationalError as error:
        if "decode to UTF-8" not in str(error):
            raise
    finally:
        result.close()
    with _bytes_for_no_text(connection):
        return fetched(connection, query, parameters)


def _all(
    connection: sa.Connection,
    query: sa.Select[Any],
    parameters: Mapping[str, Any] | None,
    result: sa.CursorResult[Any],
) -> list[Any]:
    try:
        return list(result.all())
    except sa.exc.DataError:
        if connection.dialect.driver != "psycopg":
            raise
    with texts_for_no_dates(connection):
        return list(connection.execute(query, parameters).all())


@contextmanager
def _bytes_for_no_text(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite's driver give bytes for texts that are not UTF-8, instead of an error that does not say which."""
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, _text_or_bytes
    try:
        yield
    finally:
        driver.text_factory = before


def _text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _instant(usual: Conversion | None) -> Conversion:
    """SQLite's texts of times, also those that other programs write: days alone, with a T, with a zone."""

    def instant(raw: Any) -> str:
        try:
            return canonical_instant(usual(raw) if usual else raw)
        except (ValueError, TypeError):
            return canonical_instant(datetime.fromisoformat(raw))

    return instant


def _boolean(raw: int) -> bool:
    """SQLite's numbers for true and false; SQLAlchemy takes any number for true."""
    if raw in (0, 1):
        return raw == 1
    raise ValueError(f"{raw} is neither true nor false")


@lru_cache(_REMEMBERED)
def _exact(raw: Any) -> Decimal:
    """The canonical decimal, from what any driver gives (`bake.catalog.columns.ExactDecimal`)."""
    number = raw if isinstance(raw, Decimal) else Decimal(repr(raw) if isinstance(raw, float) else raw)
    if not number.is_finite():
        raise ValueError(f"{number} is no number")
    return exact(number)


def _converted(column: Sequence[Any], convert: Conversion | None) -> Values:
    if convert is None or (convert is canonical_uuid and _are_canonical(column)):
        return column
    return [None if value is None else convert(value) for value in column]


def _are_canonical(uuids: Sequence[Any]) -> bool:
    """Whether `canonical_uuid` would leave all of these as they are, as far as that can be seen at once."""
    if set(map(type, uuids)) != {str} or set(map(len, uuids)) != {36}:
        return False
    texts = "".join(uuids)
    return texts == texts.lower()
