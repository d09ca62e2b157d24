"""CHECK constraints: reading them from a database, and what a simple one says of a column: words, or bounds.

the constraint                                              the column's `info`
state IN ('new', 'done')                                    options
state = ANY (ARRAY['new'::text, 'done'::text])              options: so PostgreSQL tells the same
price > 0, price >= 0, price <= 9, price BETWEEN 0 AND 9    above, minimum, maximum
several of these, joined by AND                             all of them
anything else                                               nothing: the database is asked (`constraints.rules`)

A list of words says nothing where the database compares texts without case, as MariaDB and MySQL do: it takes `NEW`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

#: PostgreSQL's casts, of which nothing depends here.
_CAST = re.compile(r"::\"?[a-z_]+\"?(?: varying| precision)?(?:\(\d+(?:,\d+)?\))?(?:\[\])?", re.IGNORECASE)
_COLUMN = r'\(?["`\[]?(?P<column>[^"`\]\s()]+)["`\]]?\)?'
_TEXT = r"'(?:[^']|'')*'"
_IN = re.compile(rf"{_COLUMN}\s+IN\s*\((?P<words>\s*{_TEXT}(?:\s*,\s*{_TEXT})*\s*)\)", re.IGNORECASE)
_ANY = re.compile(rf"{_COLUMN}\s*=\s*ANY\s*\(+ARRAY\[(?P<words>\s*{_TEXT}(?:\s*,\s*{_TEXT})*\s*)\]\)+", re.IGNORECASE)
_NUMBER = r"\(?'?(-?\d+(?:\.\d+)?)'?\)?"
_BOUND = re.compile(rf"{_COLUMN}\s*(?P<sign>>=|<=|>|<)\s*{_NUMBER}")
_BETWEEN = re.compile(rf"{_COLUMN}\s+BETWEEN\s+{_NUMBER}\s+(?:AND|\0)\s+{_NUMBER}", re.IGNORECASE)

_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
#: The AND that belongs to a BETWEEN, which is no other condition.
_WITHIN = re.compile(r"(BETWEEN\s+\S+)\s+AND\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckConstraint:
    """A CHECK constraint of a table: its name, if it has one, and its expression."""

    table: str
    name: str | None
    sql: str


#: SQLAlchemy does not see those that stand within a column. That a document is one is the business of its type.
_MARIADB = sa.text(
    "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints "
    "WHERE constraint_schema = :schema AND table_name IN :names AND check_clause NOT LIKE 'json_valid(%'"
).bindparams(sa.bindparam("names", expanding=True))


def check_constraints(
    connection: sa.Connection, schema: str | None, tables: Sequence[str]
) -> Iterator[CheckConstraint]:
    """The CHECK constraints of some tables of a schema; of None, the one that needs not be named."""
    if getattr(connection.dialect, "is_mariadb", False):
        query = _MARIADB.bindparams(schema=schema or connection.engine.url.database, names=list(tables))
        yield from (CheckConstraint(*row) for row in connection.execute(query))
        return
    found = sa.inspect(connection).get_multi_check_constraints(schema=schema, filter_names=tables)
    for (_, table), checks in found.items():
        yield from (CheckConstraint(table, check["name"], check["sqltext"]) for check in checks)


def narrow(table: sa.Table, checks: Iterable[str], *, words: bool = True) -> None:
    """Add to the `info` of the columns of a table what its constraints say of them.

    Args:
        table: the table.
        checks: the expressions of its constraints.
        words: whether lists of words count.
    """
    for sql in checks:
        for name, said in _said(" ".join(_CAST.sub("", sql).split()), table).items():
            for key, value in said.items():
                if words or key != "options":
                    table.c[name].info.setdefault(key, value)


def _said(sql: str, table: sa.Table) -> dict[str, dict[str, Any]]:
    """By column, what an expression says; nothing if it says anything else, too."""
    whole = _unwrapped(sql)
    if found := _IN.fullmatch(whole) or _ANY.fullmatch(whole):
        name = found["column"]
        is_text = name in table.c and isinstance(table.c[name].type, sa.String)
        return {name: {"options": tuple(_words(found["words"]))}} if is_text else {}
    result: dict[str, dict[str, Any]] = {}
    for part in _AND.split(_WITHIN.sub("\\1 \0 ", whole)):
        name, bounds = _bounds(_unwrapped(part), table)
        if name is None:
            return {}
        result.setdefault(name, {}).update(bounds)
    return result


def _bounds(sql: str, table: sa.Table) -> tuple[str | None, dict[str, Decimal]]:
    """The column that one comparison is about, and its bounds."""
    if found := _BETWEEN.fullmatch(sql):
        bounds = {"minimum": Decimal(found[2]), "maximum": Decimal(found[3])}
    elif found := _BOUND.fullmatch(sql):
        key = {">=": "minimum", "<=": "maximum", ">": "above", "<": "below"}[found["sign"]]
        bounds = {key: Decimal(found[3])}
    else:
        return None, {}
    column = table.c.get(found["column"])
    if column is None or not isinstance(column.type, sa.Integer | sa.Numeric | sa.Float):
        return None, {}
    below = bounds.pop("below", None)
    if below is not None and isinstance(column.type, sa.Integer) and below == below.to_integral_value():
        bounds["maximum"] = below - 1
    elif below is not None:
        return None, {}
    return found["column"], bounds


def _words(listed: str) -> Iterable[str]:
    return (word[1:-1].replace("''", "'") for word in re.findall(_TEXT, listed))


def _unwrapped(sql: str) -> str:
    """An expression without brackets around all of it."""
    sql = sql.strip()
    while sql.startswith("(") and sql.endswith(")") and _closes_at_the_end(sql):
        sql = sql[1:-1].strip()
    return sql


def _closes_at_the_end(sql: str) -> bool:
    depth = 0
    for n, char in enumerate(re.sub(_TEXT, lambda found: "_" * len(found[0]), sql)):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return n == len(sql) - 1
    return False
