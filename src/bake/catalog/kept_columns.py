"""What a database writes by itself, by its triggers and by MariaDB's ON UPDATE, as far as it says so.

a trigger that sets a column                                                the column is
to a time of the clock or to the name of the user, whatever else it does    kept
to anything else, without any condition                                     kept
to something made of what was given for it: `lower(NEW.email)`              not kept
if it was not given, or in other conditions                                 not kept

A table is filled by another one if a trigger of that one inserts rows into it.

PostgreSQL's functions are read as far as they are of its own language. What a program in another language does cannot
be known; `kept` in `catalog.toml` says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sqlalchemy as sa

#: The triggers: table, whether they come before a row is written, name of the function, body, arguments.
_MARIADB = sa.text(
    "SELECT event_object_table, action_timing = 'BEFORE', '', action_statement, '' FROM information_schema.triggers "
    "WHERE trigger_schema = coalesce(:schema, DATABASE())"
)
_MARIADB_ON_UPDATE = sa.text(
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE extra LIKE '%on update%' AND table_schema = coalesce(:schema, DATABASE())"
)
_POSTGRESQL = sa.text(
    "SELECT c.relname, t.tgtype & 2 = 2, p.proname, p.prosrc, encode(t.tgargs, 'escape') FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE NOT t.tgisinternal AND n.nspname = coalesce(:schema, current_schema())"
)
_SQLITE = sa.text("SELECT tbl_name, 1, '', sql, '' FROM sqlite_master WHERE type = 'trigger'")

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
_INSERT = re.compile(rf"\bINSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO\s+(?:{_NAME}\s*\.\s*)?{_NAME}", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def kept_columns(
    source: sa.Connection, triggers: Iterable[Trigger], schema: str | None = None
) -> Iterator[tuple[str, str]]:
    """The columns that the database keeps, each after its table; some may come more than once.

    Args:
        source: a connection to the database.
        triggers: those of the schema.
        schema: whose tables; by default, those of the schema that needs not be named.
    """
    if source.dialect.name in ("mysql", "mariadb"):
        rows = source.execute(_MARIADB_ON_UPDATE, {"schema": schema})
        yield from ((str(table), str(column)) for table, column in rows)
    for trigger in triggers:
        body = _of_sqlite(trigger) if source.dialect.name == "sqlite" else trigger.body
        if trigger.function in _KEEPING:
            yield trigger.table, trigger.given.split("\\000")[0]
        elif trigger.is_before:
            yield from ((trigger.table, column) for column in _kept(body))


def filled_tables(triggers: Iterable[Trigger]) -> dict[str, str]:
    """The tables into which triggers of other ones insert rows, each with one of those."""
    found: dict[str, str] = {}
    for trigger in triggers:
        for _, name in _INSERT.findall(trigger.body):
            if name.casefold() != trigger.table.casefold():
                found.setdefault(name.casefold(), trigger.table)
    return found


class Trigger(NamedTuple):
    """A trigger: its table, its statements, and what else has to be known of it."""

    table: str
    is_before: bool
    function: str
    body: str
    given: str


def read_triggers(source: sa.Connection, schema: str | None = None) -> list[Trigger]:
    """The triggers of a schema; by default, of the one that needs not be named."""
    named = {"schema": schema}
    match source.dialect.name:
        case "sqlite":
            rows = source.execute(_SQLITE)
        case "postgresql":
            rows = source.execute(_POSTGRESQL, named)
        case _:
            rows = source.execute(_MARIADB, named)
    return [
        Trigger(table, bool(before), name, _COMMENT.sub(" ", body), given) for table, before, name, body, given in rows
    ]


def _of_sqlite(trigger: Trigger) -> str:
    """What a trigger of SQLite sets in the row that was written, as if it could assign to it."""
    name = rf"[\"`\[]?{re.escape(trigger.table)}[\"`\]]?"
    own = re.compile(rf"\bUPDATE\s+{name}\s+SET\s+(.*?)\bWHERE\b", re.IGNORECASE | re.DOTALL)
    body = re.split(r"\bBEGIN\b", trigger.body, maxsplit=1, flags=re.IGNORECASE)[-1]
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
