"""What SQLAlchemy does not tell of tables: what types are that it does not know, and the foreign keys of partitions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class NamedType(sa.types.UserDefinedType[str]):
    """A type of PostgreSQL that SQLAlchemy does not know; its values are the texts that the database makes of them."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type as SQL has it."""
        return self.name


class Shape(sa.LargeBinary):
    """A type of MariaDB for points and shapes, whose values are the bytes that it keeps of them."""

    __visit_name__ = "user_defined"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type as SQL has it."""
        return self.name


def name_types(source: sa.Connection, tables: dict[str, sa.Table], schema: str | None) -> None:
    """Give columns of types that SQLAlchemy does not know their types, as points, and those that people made."""
    if source.dialect.name == "sqlite":
        return
    is_postgresql = source.dialect.name == "postgresql"
    for table, column, name in source.execute(_TYPES if is_postgresql else _SHAPES, {"schema": schema}):
        if table in tables and isinstance(tables[table].c[column].type, sa.types.NullType):
            tables[table].c[column].type = NamedType(name) if is_postgresql else Shape(name)


def add_keys_of_partitions(source: sa.Connection, tables: dict[str, sa.Table], schema: str | None) -> None:
    """Give partitioned tables of PostgreSQL the foreign keys that each of their partitions has by itself."""
    partitions: dict[str, list[str]] = {}
    for child, parent in source.execute(_PARENTS, {"schema": schema}) if source.dialect.name == "postgresql" else ():
        partitions.setdefault(parent, []).append(child)
    for parent, children in partitions.items():
        of_all = set.intersection(*(_foreign_keys(tables[child]) for child in children if child in tables))
        for columns, referred in sorted(of_all - _foreign_keys(tables[parent])):
            tables[parent].append_constraint(sa.ForeignKeyConstraint(columns, referred))


def _foreign_keys(table: sa.Table) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The columns of each foreign key, and those that they refer to."""
    return {
        (tuple(key.column_keys), tuple(one.target_fullname for one in key.elements))
        for key in table.foreign_key_constraints
    }


#: The partitions of PostgreSQL's tables, each with what it is a part of.
_PARENTS = sa.text(
    "SELECT c.relname, p.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
    "JOIN pg_class p ON p.oid = inhparent "
    "JOIN pg_namespace n ON n.oid = p.relnamespace "
    "WHERE c.relispartition AND c.relkind IN ('r', 'p') AND n.nspname = coalesce(:schema, current_schema())"
)

#: The types of all columns of MariaDB's tables.
_SHAPES = sa.text(
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = coalesce(:schema, DATABASE())"
)

#: The types of all columns of PostgreSQL's tables.
_TYPES = sa.text(
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') "
    "AND n.nspname = coalesce(:schema, current_schema())"
)
