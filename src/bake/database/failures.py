"""Translates errors of database drivers into the errors of `bake.errors`, which say what to do next.

    code of the driver                    SQLite              PostgreSQL      MariaDB     becomes
    another program has a lock            BUSY, LOCKED        55P03, class 40 1205        DatabaseLocked
    the transaction was taken back                            40001, 40P01    1213 1020   Deadlocked
    a statement took too long                                 57014           1969 3024   DatabaseUnavailable
    no such table                         "no such table"     42P01           1146        NotInitialised
    no such column                        "no such column"    42703           1054        DatabaseUnavailable
    anything else of the server, the      CANTOPEN, NOTADB,   OperationalError, 42501,    DatabaseUnavailable
    network, the disk, or permissions     READONLY, FULL …    InternalError, 25006

Refusals of what is written (`is_refusal`) are none of these: to the applier they are conflicts of kind `constraint`.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import sqlalchemy as sa

from bake.errors import (
    BakeError,
    DatabaseLocked,
    DatabaseUnavailable,
    Deadlocked,
    NotInitialised,
    UnreadableValue,
)

#: What is raised when a constraint or the type of a column refuses a row.
REFUSALS = (sa.exc.IntegrityError, sa.exc.DataError)

_INIT = "run `bake init` to create the tables, or check `--database`"
_CLIPPED = 300

_MARIADB = {1205: "locked", 1146: "table", 1054: "column"}
_MARIADB |= dict.fromkeys((1213, 1020), "aborted") | dict.fromkeys((1969, 3024), "slow")
_POSTGRESQL = {"55P03": "locked", "42P01": "table", "42703": "column", "42501": "other", "25006": "other"}
_POSTGRESQL |= {"40001": "aborted", "40P01": "aborted", "57014": "slow"}
#: Wrong value, wrong characters, no value and no default, and a CHECK that does not hold (of MariaDB and of MySQL).
_MARIADB_DATA = (1292, 1366, 1364, 4025, 3819)
#: The same, and what a trigger raises (SIGNAL), one that cannot run, no such function, a generated column, a view.
_MARIADB_REFUSALS = (
    *_MARIADB_DATA,
    *(1644, 1442, 1305, 1906, 3105, 1288, 1348, 1356, 1393, 1394, 1395, 1423, 1471),
)
#: The classes, and single codes, of what PostgreSQL refuses although the statement is right: what triggers raise (P0),
#: functions (38, 39, 2F, 42883), views (44, 55000, 0A000, 42809), generated columns (428C9).
_POSTGRESQL_REFUSALS = ("P0", "09", "21", "27", "2F", "38", "39", "44", "42883", "55000", "0A000", "42809", "428C9")
#: What SQLite says of a view, a generated column, and a function that a trigger or a rule calls and that is not there.
_SQLITE_REFUSALS = ("cannot modify", "cannot INSERT into generated", "cannot UPDATE generated", "no such function")
_MARIADB_DUPLICATE = 1062
#: What PostgreSQL says where rows are to be locked of a view that merges rows, of a materialized or a foreign one.
_POSTGRESQL_WITHOUT_LOCKS = ("0A000", "42809")
#: What PostgreSQL says of bytes that are no UTF-8, which a database in SQL_ASCII may hold.
_POSTGRESQL_NO_TEXT = "22021"
_POSTGRESQL_DUPLICATE = "23505"
_SQLITE_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Foreseen(Exception):
    """A refusal that is known without writing; it takes the place of the driver's error.

    Attributes:
        is_duplicate: whether another row has a unique value.
    """

    def __init__(self, words: str, *, is_duplicate: bool) -> None:
        super().__init__(words)
        self.is_duplicate = is_duplicate


def foreseen(words: str, *, is_duplicate: bool = False) -> sa.exc.IntegrityError:
    """The error (one of `REFUSALS`) that the database would raise, with this message."""
    return sa.exc.IntegrityError(None, None, Foreseen(words, is_duplicate=is_duplicate))


def is_duplicate(refusal: sa.exc.DBAPIError) -> bool:
    """Whether a refusal means that another row has a unique value."""
    error = refusal.orig
    if isinstance(error, Foreseen):
        return error.is_duplicate
    if isinstance(error, sqlite3.Error):
        codes = sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
        return getattr(error, "sqlite_errorcode", 0) in codes
    number = error.args[0] if error is not None and error.args else None
    return number == _MARIADB_DUPLICATE or getattr(error, "sqlstate", None) == _POSTGRESQL_DUPLICATE


def constraint_of(refusal: sa.exc.DBAPIError, *, hides: bool = False) -> str:
    """Why the database refused a row, in one printable line, such as `UNIQUE constraint failed: products.slug`.

    Args:
        refusal: the error.
        hides: whether the row may hold what is shown to nobody, which drivers quote.
    """
    return _without_values(refusal.orig) if hides else cause_of(refusal.orig)


#: The codes of SQLite whose messages name a constraint and its columns, and nothing else.
_SQLITE_NAMING = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_NOTNULL,
    sqlite3.SQLITE_CONSTRAINT_CHECK,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
)
_MARIADB_KEY = re.compile(r"for key '([\w.]+)'$", re.ASCII)


def _without_values(error: BaseException | None) -> str:
    """What a driver says without its words, which may quote values: its code, and the constraint or column it names."""
    if isinstance(error, Foreseen) or getattr(error, "sqlite_errorcode", None) in _SQLITE_NAMING:
        return cause_of(error)
    diagnosis, arguments = getattr(error, "diag", None), getattr(error, "args", ())
    key = _MARIADB_KEY.search(str(arguments[-1])) if arguments else None
    names = [getattr(diagnosis, name, None) for name in ("constraint_name", "column_name")]
    named = " ".join(filter(None, [*names, key[1] if key else None]))
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or next(iter(arguments), "")
    by = f", by {named}" if named else ""
    return f"the database refuses the row{by} ({code}); its words are not shown, as they may quote what is sensitive"


def is_refusal(error: sa.exc.DBAPIError) -> bool:
    """Whether the database refuses what is written: by a constraint or a trigger, or since it cannot be written.

    Drivers raise some of these refusals as errors of the server, or of the statement.
    """
    cause = error.orig
    if _is_of_the_data(error):
        return True
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) == sqlite3.SQLITE_ERROR and str(cause).startswith(_SQLITE_REFUSALS)
    number = cause.args[0] if cause is not None and cause.args else None
    return number in _MARIADB_REFUSALS or (getattr(cause, "sqlstate", None) or "").startswith(_POSTGRESQL_REFUSALS)


def is_taken_back(error: sa.exc.DBAPIError) -> bool:
    """Whether the database has taken the whole transaction back, to end a deadlock or a contradiction."""
    return _by_code(error.orig) == "aborted"


def _is_of_the_data(error: sa.exc.DBAPIError) -> bool:
    """Whether values were refused; then the statement was one that writes."""
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(error, REFUSALS) or number in _MARIADB_DATA


def unavailable(error: sa.exc.DBAPIError, label: str) -> BakeError | None:
    """The error to raise instead of a driver's, or None where the driver's is a refusal or a bug.

    Args:
        error: what SQLAlchemy raised.
        label: how messages name the database; without its password.
    """
    cause = cause_of(error.orig)
    if getattr(error.orig, "sqlstate", None) == _POSTGRESQL_NO_TEXT:
        return UnreadableValue(f"{label} holds what is no text: {cause}", hint="correct it in the database")
    if _is_of_the_data(error):
        return None
    match _kind(error):
        case "locked":
            return DatabaseLocked(
                f"{label} is locked by somebody else: {cause}",
                hint="wait until the other program is done, then try again",
            )
        case "aborted":
            return Deadlocked(f"{label} took the transaction back: {cause}", hint="nothing was written; try again")
        case "slow":
            return DatabaseUnavailable(
                f"{label} ended a statement: {cause}",
                hint="raise the limit of time that it has for statements, or import fewer records at once",
            )
        case "table":
            return NotInitialised(f"{label} lacks tables of the catalog: {cause}", hint=_INIT)
        case "column":
            return DatabaseUnavailable(
                f"the tables of {label} are not those of the catalog: {cause}",
                hint="if the ledger (bake_…) is of an earlier version, `bake init` adds what it lacks; otherwise use a "
                "database of this catalog's version, or `bake init` a new one",
            )
        case "other":
            return DatabaseUnavailable(f"{label} cannot be used: {cause}", hint=_hint(error.orig))
        case _:
            return None


def without_locks(error: sa.exc.DBAPIError, table: str) -> DatabaseUnavailable | None:
    """The error that rows of a table cannot be locked, if a driver's means that: it is a view, or no table of rows.

    Args:
        error: what locking rows of the table raised.
        table: its name.
    """
    if getattr(error.orig, "sqlstate", None) not in _POSTGRESQL_WITHOUT_LOCKS:
        return None
    return DatabaseUnavailable(
        f"rows of {table} cannot be locked, so nothing can be written there: {cause_of(error.orig)}",
        hint=f"name the table in the catalog from which the view {table} is made, or make it one that can be updated",
    )


def cause_of(error: BaseException | None) -> str:
    """What a driver says, in one printable line without the statement."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None and diagnosis.message_primary:
        words = ". ".join(filter(None, (diagnosis.message_primary, diagnosis.message_detail)))
    else:
        arguments: tuple[Any, ...] = getattr(error, "args", ())
        words = str(arguments[-1]) if arguments else str(error)
    line = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(line.split())[:_CLIPPED]


def _kind(error: sa.exc.DBAPIError) -> str | None:
    """One of `locked`, `aborted`, `slow`, `table`, `column`, `other`; None for what is a bug of ours."""
    if is_refusal(error):
        return "other"  # outside of what the applier tries: to read a view whose function is not there, say
    if isinstance(error.orig, sqlite3.Error):
        return _by_sqlite(error.orig)
    around = error.connection_invalidated or isinstance(error, (sa.exc.OperationalError, sa.exc.InternalError))
    return _by_code(error.orig) or ("other" if around else None)


def _by_code(error: BaseException | None) -> str | None:
    number = error.args[0] if error is not None and error.args else None
    if isinstance(number, int):
        return _MARIADB.get(number)
    state = getattr(error, "sqlstate", None) or ""
    return _POSTGRESQL.get(state) or ("locked" if state.startswith("40") else None)


def _by_sqlite(error: sqlite3.Error) -> str | None:
    code = _sqlite_code(error)
    if code in _SQLITE_LOCKED:
        return "locked"
    if code > sqlite3.SQLITE_ERROR:
        return "other"
    text = str(error)  # ERROR is the one code for all that is wrong with a statement
    if text.startswith("no such table"):
        return "table"
    return "column" if text.startswith("no such column") or "has no column named" in text else None


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code, without the bits above it, which distinguish variants."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _hint(error: BaseException | None) -> str:
    match _sqlite_code(error) if isinstance(error, sqlite3.Error) else None:
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return "check that `--database` names an SQLite database, or restore it from a backup"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "check the permissions of the file and of its folder"
        case _:
            return "check `--database`, and that you may read and write there"
