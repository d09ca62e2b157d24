"""Columns that a database keeps by itself, by its triggers and by MariaDB's ON UPDATE, as far as it says so.

a trigger that sets a column                                                the column is
to a time of the clock or to the name of the user, whatever else it does    kept
to anything else, without any condition                                     kept
to something made of what was given for it: `lower(NEW.email)`              not kept
if it was not given, or in other conditions                                 not kept

PostgreSQL's functions are read as far as they are of its own language. What a program in another language does cannot
be known; `kept` in `catalog.toml` says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa

_MARIADB = sa.text(
    "SELECT event_object_table, action_statement FROM information_schema.triggers "
    "WHERE action_timing = 'BEFORE' AND trigger_schema = coalesce(:schema, DATABASE())"
)
_MARIADB_ON_UPDATE = sa.text(
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE extra LIKE '%on update%' AND table_schema = coalesce(:schema, DATABASE())"
)
_POSTGRESQL = sa.text(
    "SELECT c.relname, p.proname, p.prosrc, encode(t.tgargs, 'escape') FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE NOT t.tgisinternal AND t.tgtype & 2 = 2 AND n.nspname = coalesce(:schema, current_schema())"
)
_SQLITE = sa.text("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")

#: PostgreSQL's functions that keep the column that their first argument names.
_KEEPING = ("tsvector_update_trigger", "moddatetime")

_NAME = r'["`\[]?(\w+)["`\]]?'
_STATEMENT = re.compile(r";|\b(?:THEN|ELSE|BEGIN|LOOP)\b|,(?=\s*NEW\s*\.)", re.IGNORECASE)
_ASSIGNMENT = re.compile(rf"\s*(?:SET\s+)?NEW\s*\.\s*{_NAME}\s*:?=(.*)", re.IGNORECASE | re.DOTALL)
_READ = re.compile(rf"\bNEW\s*\.\s*{_NAME}", re.IGNORECASE)
_SET = re.compile(rf"{_NAME}\s*=\s*((?:[^,()]|\((?:[^()]|\([^()]*\))*\))+)")
_CLOCK = re.compile(
    r"\b(?:now|current_timestamp|current_date|current_time|localtimestamp|clock_timestamp|statement_timestamp|sysdate|"
    r"transaction_timestamp|utc_timestamp|unixepoch|strftime|datetime|julianday|current_user|session_user|user)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:IF|CASE|WHEN|COALESCE|IFNULL)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def kept_columns(source: sa.Connection, schema: str | None = None) -> Iterator[tuple[str, str]]:
    """The columns that the database keeps, each after its table; some may come more than once.

    Args:
        source: a connection to the database.
        schema: whose tables; by default, those of the schema that needs not be named.
    """
    named = {"schema": schema}
    if source.dialect.name in ("mysql", "mariadb"):
        yield from ((str(table), str(column)) for table, column in source.execute(_MARIADB_ON_UPDATE, named))
        triggers = [(table, body) for table, body in source.execute(_MARIADB, named)]
    elif source.dialect.name == "postgresql":
        rows = source.execute(_POSTGRESQL, named).all()
        triggers = [(table, body) for table, _, body, _ in rows]
        yield from ((table, given.split("\\000")[0]) for table, name, _, given in rows if name in _KEEPING)
    else:
        triggers = [(table, _of_sqlite(table, sql)) for table, sql in source.execute(_SQLITE)]
    for table, body in triggers:
        yield from ((table, column) for column in _kept(_COMMENT.sub(" ", body)))


def _of_sqlite(table: str, sql: str) -> str:
    """What a trigger of SQLite sets in the row that was written, as if it could assign to it."""
    name = rf"[\"`\[]?{re.escape(table)}[\"`\]]?"
    own = re.compile(rf"\bUPDATE\s+{name}\s+SET\s+(.*?)\bWHERE\b", re.IGNORECASE | re.DOTALL)
    body = re.split(r"\bBEGIN\b", sql, maxsplit=1, flags=re.IGNORECASE)[-1]
    return ";".join(f"NEW.{one[1]} := {one[2]}" for found in own.finditer(body) for one in _SET.finditer(found[1]))


def _kept(body: str) -> Iterator[str]:
    """The columns of the row that a trigger sets by itself, by the table above."""
    is_conditional = _CONDITION.search(body) is not None
    assigned = [found.groups() for part in _STATEMENT.split(body) if (found := _ASSIGNMENT.match(part))]
    named = Counter(name.casefold() for name in _READ.findall(body))
    written = Counter(name.casefold() for name, _ in assigned)
    for name, value in assigned:
        if named[name.casefold()] == written[name.casefold()] and (_CLOCK.search(value) or not is_conditional):
            yield name
