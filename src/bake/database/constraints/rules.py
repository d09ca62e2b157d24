"""What the tables themselves require of a row, beyond what the catalog knows: their CHECK constraints.

The database is asked about rows that are not written: their values stand in the place of the table, under the names of
its columns, and so with their types and collations. As for a constraint, only false is a refusal, NULL is none.

    a rule                                                          is
    mentions nothing but fields, and can be evaluated so            asked about
    mentions a column that is no field (the id, say)                left to the application
    cannot be evaluated (a function that is not here, an error)     left to the application
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from bake.catalog.check_constraints import check_constraints
from bake.catalog.entity import Entity
from bake.catalog.lookups import frozen_values
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.database.bindings import Binding, bindings

#: How many values a statement has at most: fewer than any database takes parameters.
_VALUES = 30_000
_NUMBER = "bake_number"
#: Stands for the rows until it is known how many there are.
_ROWS = "bake_rows"
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_ZERO: sa.ColumnElement[int] = sa.literal_column("0")

#: A table: its schema, if that is not the default one, and its name.
_Table: TypeAlias = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A CHECK constraint, or a unique one (`bake.database.constraints.unique_rules`).

    Attributes:
        name: its name, if it has one.
        sql: its expression.
        fields: the fields that it mentions.
        is_unique: whether it is a unique one.
        holder: of a unique one that would be broken, the id of the row that has the values.
    """

    name: str | None
    sql: str
    fields: tuple[str, ...]
    is_unique: bool = False
    holder: int | None = None

    def __str__(self) -> str:
        expression = " ".join(self.sql.split())
        return f"{self.name} ({expression})" if self.name else f"({expression})"


class Rules:
    """The rules of the tables of a catalog.

    Args:
        connection: within a transaction.
        catalog: says which tables there are.
    """

    def __init__(self, connection: sa.Connection, catalog: Catalog) -> None:
        self._connection = connection
        self._catalog = catalog
        self._reflected: dict[_Table, list[tuple[str | None, str]]] | None = None
        self._rules: dict[str, list[Rule]] = {}
        self._asking: dict[tuple[str, tuple[Rule, ...]], _Asking] = {}

    def of(self, entity: str) -> Sequence[Rule]:
        """The rules of an entity's table that can be asked about."""
        if entity not in self._rules:
            item = self._catalog.entities[entity]
            if self._reflected is None:
                self._reflected = _reflected(self._connection, self._catalog)
            found = self._reflected.get((item.table.schema, item.table.name), ())
            rules = [rule for name, sql in found if (rule := _rule(item, name, sql))]
            self._rules[entity] = [rule for rule in rules if self._rows(item, (rule,), [_nothing(rule)]) is not None]
        return self._rules[entity]

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row the rules that it would break.

        Args:
            entity: its name.
            rows: canonical values, references as ids. A rule of which a row lacks a field is not asked about.
        """
        result: list[list[Rule]] = [[] for _ in rows]
        alike: defaultdict[tuple[Rule, ...], list[int]] = defaultdict(list)
        for n, row in enumerate(rows):
            asked = tuple(rule for rule in self.of(entity) if row.keys() >= set(rule.fields))
            alike[asked].append(n)
        for rules, positions in alike.items():
            if rules:
                self._judge(self._catalog.entities[entity], rules, [(rows[n], result[n]) for n in positions])
        return result

    def is_loose(self, entity: str, field: str) -> bool:
        """Whether the database holds texts of a field equal that differ in case, accents or trailing blanks."""
        item = self._catalog.entities[entity]
        column = self._connection.dialect.identifier_preparer.quote(item.fields[field].column)
        differs = Rule(None, f"{column} <> 'a'", (field,))
        return self._rows(item, (differs,), [{field: text} for text in ("A", "a ", "\u00e1")]) != []

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:
        """Whether the database holds two texts of a field equal."""
        item = self._catalog.entities[entity]
        column = self._connection.dialect.identifier_preparer.quote(item.fields[field].column)
        differ = Rule(None, f"MIN({column}) OVER () <> MAX({column}) OVER ()", (field,))
        return bool(self._rows(item, (differ,), [{field: one}, {field: other}]))

    def _judge(
        self, item: Entity, rules: tuple[Rule, ...], rows: Sequence[tuple[Mapping[str, Json], list[Rule]]]
    ) -> None:
        """Add to each row's list the rules that it would break; rows that say the same are asked about once."""
        fields = _mentioned(rules)
        same: defaultdict[Hashable, list[list[Rule]]] = defaultdict(list)
        distinct: list[Mapping[str, Json]] = []
        for row, broken in rows:
            known = same[frozen_values(fields, {name: row[name] for name in fields})]
            if not known:
                distinct.append(row)
            known.append(broken)
        lists = list(same.values())
        chunk = max(1, _VALUES // (len(fields) + 1))
        for start in range(0, len(distinct), chunk):
            for n, rule in self._rows(item, rules, distinct[start : start + chunk]) or ():
                for broken in lists[start + n]:
                    broken.append(rule)

    def _rows(
        self, item: Entity, rules: tuple[Rule, ...], rows: Sequence[Mapping[str, Json]]
    ) -> list[tuple[int, Rule]] | None:
        """The places of rows, each with a rule that it would break; None if the database cannot say."""
        if (item.name, rules) not in self._asking:
            self._asking[item.name, rules] = _Asking(self._connection.dialect, item, rules)
        asking = self._asking[item.name, rules]
        try:
            with self._connection.begin_nested():
                found = self._connection.exec_driver_sql(asking.sql(len(rows)), asking.parameters(rows)).all()
        except (sa.exc.DBAPIError, OverflowError):
            return None
        return [(n, rule) for n, *marks in found for rule, mark in zip(rules, marks, strict=True) if mark]


class _Asking:
    """The statement that asks about some rules of a table.

    The rows stand under the table's name: their numbers, and the columns that the rules mention. An empty selection of
    the table itself comes first, which gives the columns their names and types. SQLAlchemy compiles the statement once,
    without rows, and says how each type is bound; the driver is given the rest as it is.
    """

    def __init__(self, dialect: sa.Dialect, item: Entity, rules: tuple[Rule, ...]) -> None:
        fields = _mentioned(rules)
        bound = [binding for name, binding in bindings(item).items() if name in fields]
        self._columns = [(binding, _bound(dialect, binding)) for binding in bound]
        self._head, self._tail = _compiled(dialect, item, rules, [binding.column.name for binding in bound])
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        self._row = ", ".join(_typed(dialect, binding, mark) for binding in bound)

    def sql(self, rows: int) -> str:
        """The statement for so many rows, at least one."""
        return f"{self._head}{', '.join(f'({n}, {self._row})' for n in range(rows))}{self._tail}"

    def parameters(self, rows: Sequence[Mapping[str, Json]]) -> tuple[Any, ...]:
        """What the driver is given for these rows."""
        return tuple(bound(row[binding.field]) for row in rows for binding, bound in self._columns)


def _compiled(dialect: sa.Dialect, item: Entity, rules: Sequence[Rule], names: Sequence[str]) -> tuple[str, str]:
    """The statement before and after its rows."""
    quote = dialect.identifier_preparer
    columns = ", ".join(map(quote.quote, names))
    none = f"SELECT 0 AS {_NUMBER}, {columns} FROM {quote.format_table(item.table)} WHERE 1 = 0".replace(":", r"\:")
    text = sa.text(f"{none} UNION ALL VALUES {_ROWS}").columns(sa.column(_NUMBER), *map(sa.column, names))
    table = text.subquery(item.table.name)
    verdicts = [sa.case((sa.literal_column(f"NOT ({rule.sql})"), _ONE), else_=_ZERO) for rule in rules]
    head, tail = str(sa.select(table.c[_NUMBER], *verdicts).compile(dialect=dialect)).split(_ROWS)
    return head, tail


def _bound(dialect: sa.Dialect, binding: Binding) -> Callable[[Json], Any]:
    """From the canonical value of a field to what the driver is given."""
    process = binding.compared.type.dialect_impl(dialect).bind_processor(dialect)
    return binding.bound if process is None else lambda value: process(binding.bound(value))


def _typed(dialect: sa.Dialect, binding: Binding, mark: str) -> str:
    """A parameter; PostgreSQL wants to know of which type it is, but not how it is compared."""
    if dialect.name != "postgresql":
        return mark
    type_ = copy(binding.column.type.dialect_impl(dialect))
    if isinstance(type_, sa.String):
        type_.collation = None
    return f"CAST({mark} AS {type_.compile(dialect=dialect)})"


def _nothing(rule: Rule) -> Mapping[str, Json]:
    """A row of which nothing is known."""
    return dict.fromkeys(rule.fields)


def _mentioned(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for rule in rules for name in rule.fields))


def _rule(item: Entity, name: str | None, sql: str) -> Rule | None:
    """A CHECK as a rule of an entity; None if it mentions other columns than those of fields, or none."""
    bound = bindings(item)
    columns = {one.column: name for name, one in item.fields.items() if len(bound[name].columns) == 1}
    columns = {column: name for column, name in columns.items() if not bound[name].is_looked_up}
    mentioned = [column.name for column in item.table.columns if _mentions(sql, column.name)]
    quoted = {name.casefold() for name in re.findall(r'"([^"]+)"', sql)}  # SQLite takes those it does not know for text
    if not mentioned or not columns.keys() >= set(mentioned) or not {*map(str.casefold, mentioned)} >= quoted:
        return None
    return Rule(name, sql, tuple(columns[column] for column in mentioned))


def _mentions(sql: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE) is not None


def _reflected(connection: sa.Connection, catalog: Catalog) -> dict[_Table, list[tuple[str | None, str]]]:
    """The names and expressions of all CHECK constraints, by table."""
    result: defaultdict[_Table, list[tuple[str | None, str]]] = defaultdict(list)
    tables = {(item.table.schema, item.table.name) for item in catalog.entities.values()}
    for schema in sorted({schema for schema, _ in tables}, key=str):
        names = sorted(name for other, name in tables if other == schema)
        for one in check_constraints(connection, schema, names):
            result[schema, one.table].append((one.name, one.sql))
    return result
