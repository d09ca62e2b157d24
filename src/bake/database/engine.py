"""The way to a database: an engine that behaves alike on SQLite, PostgreSQL and MariaDB, and its two transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bake.database import documents
from bake.database.failures import cause_of, unavailable
from bake.errors import DatabaseUnavailable, UsageError

#: Seconds for which a lock of somebody else is waited for.
WAIT = 5.0

#: KiB of an SQLite file that a transaction that writes keeps in memory: what a batch touches, read once and not thrice.
_WRITING_CACHE = 8 * 1024

#: Seconds for which a server may stay silent when connecting.
_CONNECT_TIMEOUT = 10

#: By backend: the driver when the URL names none, and the extra that installs it.
_DRIVERS = {"sqlite": ("pysqlite", ""), "postgresql": ("psycopg", "postgresql")} | dict.fromkeys(
    ("mysql", "mariadb"), ("pymysql", "mysql")
)
_EXAMPLES = "sqlite:///bake.db, postgresql://user@host/name or mariadb://user@host/name"


@dataclass(frozen=True, slots=True)
class Database:
    """A database that can be read or written, a transaction at a time.

    Attributes:
        engine: SQLAlchemy's.
        label: how people see it; without its password.
        path: the file, where it is one.
        create: whether a file that is not there may be made.
    """

    engine: sa.Engine
    label: str
    path: Path | None = None
    create: bool = False

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @property
    def can_be_shared(self) -> bool:
        """Whether other processes see the very state that a transaction that reads sees, as long as it is open.

        So it is with a file of SQLite whose writers wait for all readers: not with a write-ahead log, which the bytes
        18 and 19 of the file tell (https://www.sqlite.org/fileformat2.html, 1.3.3).
        """
        if self.path is None:
            return False
        try:
            with self.path.open("rb") as stream:
                return stream.read(20)[18:] == b"\1\1"
        except OSError:
            return False

    @property
    def commits(self) -> bool:
        """Whether what was written is committed at the end of a block that writes."""
        return True

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that sees one state of the database and cannot change it.

        On SQLite nobody can commit while it is open and has read: end it before writing.

        Raises:
            DatabaseUnavailable: also as `DatabaseLocked` or `NotInitialised`; the same inside the block.
        """
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if self.engine.dialect.name == "sqlite":
            options = {"bake_writes": False}
        with self.connected(options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """One transaction that writes, committed at the end of the block unless an error leaves it.

        On SQLite it takes the write lock at once, so that what it reads stays true until it has written.

        Args:
            keep: False rolls back at the end, for a run that only tries.

        Raises:
            DatabaseUnavailable: as in `reading`. Refusals of data (`failures.is_refusal`) come through as they are.
        """
        with self.connected(self._writing_options()) as connection, connection.begin() as transaction:
            yield connection
            if not keep:
                transaction.rollback()

    def _writing_options(self) -> dict[str, Any]:
        """On MariaDB each read sees what others have committed until then, as on PostgreSQL."""
        options: dict[str, Any] = {"bake_writes": True}
        if self.engine.dialect.name in ("mysql", "mariadb"):
            options["isolation_level"] = "READ COMMITTED"
        return options

    def _opened(self) -> sa.Connection:
        """A new connection. Drivers look at what a URL says only now, and each raises something else.

        Raises:
            UsageError: its options make no sense to the driver.
        """
        try:
            return self.engine.connect()
        except (sa.exc.ProgrammingError, sa.exc.InterfaceError) as error:
            raise self._refused(cause_of(error.orig)) from error
        except (TypeError, ValueError, AttributeError, LookupError, OSError, sa.exc.ArgumentError) as error:
            raise self._refused(cause_of(error)) from error

    def _refused(self, why: str) -> UsageError:
        return UsageError(
            f"{self.label}: the driver cannot use this URL: {why}", hint=f"check its options; such as {_EXAMPLES}"
        )

    @contextmanager
    def connected(self, options: dict[str, Any]) -> Iterator[sa.Connection]:
        """A connection with these options, no transaction begun; what its driver raises becomes an error of Bake."""
        if self.path is not None and not self.create and not os.path.exists(self.path):  # noqa: PTH110 - no OSError
            raise DatabaseUnavailable(
                f"{self.label}: there is no such file", hint="run `bake init` to create it, or check `--database`"
            )
        try:
            with self._opened() as connection:
                yield connection.execution_options(**options)
        except sa.exc.DBAPIError as error:
            meant = unavailable(error, self.label)
            if meant is None:
                raise
            raise meant from error


def connect(url: str, *, wait: float = WAIT, create: bool = False) -> Database:
    """The database of a URL. Nothing is opened yet.

    Args:
        url: as SQLAlchemy writes it; PostgreSQL and MariaDB may leave their driver out.
        wait: seconds to wait for locks of others.
        create: whether an SQLite file may be made; without it, one that is not there is an error.

    Raises:
        UsageError: the URL cannot be read, or its driver is not installed.
    """
    parsed = _parse(url)
    backend = parsed.get_backend_name()
    try:
        engine = sa.create_engine(parsed, hide_parameters=True, **documents.ENGINE_OPTIONS, **_options(parsed, wait))
    except ModuleNotFoundError as error:
        raise _no_driver(backend, error) from error
    except (sa.exc.ArgumentError, TypeError, ValueError) as error:
        raise _unreadable() from error
    if backend == "sqlite":
        _behave(engine)
    return Database(engine, label_of(parsed), _path(parsed), create)


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _unreadable() from error
    name, _, driver = parsed.drivername.partition("+")
    name = "postgresql" if name == "postgres" else name
    if name not in _DRIVERS:
        raise UsageError(f'databases of the kind "{name[:40]}" are not known here', hint=f"type {_EXAMPLES}")
    return parsed.set(drivername=f"{name}+{driver or _DRIVERS[name][0]}")


def _unreadable() -> UsageError:
    """Says nothing of the URL itself, which may hold a password anywhere."""
    return UsageError("the database URL cannot be read", hint=f"type {_EXAMPLES}")


def _no_driver(backend: str, error: ModuleNotFoundError) -> UsageError:
    extra = _DRIVERS[backend][1]
    hint = f"pip install 'bake-changesets[{extra}]'" if extra else f"type {_EXAMPLES}"
    return UsageError(f"the driver {error.name} for {backend} is not installed", hint=hint)


def _options(url: sa.URL, wait: float) -> dict[str, Any]:
    """What differs by dialect when connecting: above all, how long to wait for a lock."""
    seconds = max(1, round(wait))
    match url.get_backend_name():
        case "sqlite":
            return {"connect_args": {"timeout": wait}}
        case "postgresql":
            # Whatever the encoding of the database: it converts, and refuses what it lacks.
            settings = f"-c lock_timeout={round(wait * 1000)} -c client_encoding=UTF8"
            options = f"{url.query.get('options', '')} {settings}"
            return {"connect_args": {"options": options, "connect_timeout": _CONNECT_TIMEOUT}}
        case _:
            commands = [
                f"innodb_lock_wait_timeout={seconds}, lock_wait_timeout={seconds}",
                "time_zone='+00:00'",
                "default_storage_engine=InnoDB",  # tables that are made have transactions
                "sql_mode=CONCAT_WS(',', @@sql_mode, 'STRICT_ALL_TABLES')",  # never truncate in silence
            ]
            return {"connect_args": {"init_command": f"SET {', '.join(commands)}", "connect_timeout": _CONNECT_TIMEOUT}}


def _behave(engine: sa.Engine) -> None:
    """Make SQLite enforce foreign keys, and begin transactions explicitly instead of when its driver decides."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("bake_writes", True)
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        if writes:
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_WRITING_CACHE}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def label_of(url: sa.URL) -> str:
    """How people see a database: the URL without password, driver and options (which can hold one as well)."""
    plain = url.set(drivername=url.get_backend_name(), query={})
    return plain.render_as_string(hide_password=True)


def _path(url: sa.URL) -> Path | None:
    in_memory = url.database in (None, "", ":memory:")
    if url.get_backend_name() != "sqlite" or in_memory or str(url.database).startswith("file:"):
        return None
    return Path(str(url.database))
