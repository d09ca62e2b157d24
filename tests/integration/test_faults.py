"""What servers do to an application that is under way: they end connections, deadlocks and statements."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import bake
from bake.database.engine import connect
from bake.errors import DatabaseLocked, DatabaseUnavailable, Deadlocked

pytestmark = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)

_TABLES = (
    "CREATE TABLE goods (code VARCHAR(9) NOT NULL PRIMARY KEY, price INTEGER)",
    "CREATE TABLE offers (code VARCHAR(9) NOT NULL PRIMARY KEY, good VARCHAR(9) REFERENCES goods (code), n INTEGER)",
    "INSERT INTO goods VALUES ('a', 1), ('b', 1)",
    "INSERT INTO offers VALUES ('x', 'a', 1), ('y', 'a', 1)",
)
#: By dialect, what ends all connections to the database but one's own.
_END = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
#: By dialect, what limits the time of a statement of a connection.
_LIMITED = {
    "postgresql": {"options": "-c statement_timeout=200"},
    "mysql": {"init_command": "SET max_statement_time = 0.2"},
}
#: By dialect, what takes back the transaction in which a row of `goods` is written, as many times as `{times}` says.
_TAKE_BACK = {
    "postgresql": (
        "CREATE SEQUENCE tries",
        """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') <= {times} THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$""",
        "CREATE TRIGGER t BEFORE UPDATE ON goods FOR EACH ROW EXECUTE FUNCTION fail()",
    ),
    "mysql": (
        "CREATE TABLE tries (n INTEGER) ENGINE = MyISAM",
        "INSERT INTO tries VALUES (0)",
        """CREATE TRIGGER t BEFORE UPDATE ON goods FOR EACH ROW BEGIN UPDATE tries SET n = n + 1;
        IF (SELECT n FROM tries) <= {times} THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213,
        MESSAGE_TEXT = 'could not serialize access'; END IF; END""",
    ),
}
_TRIES = {"postgresql": "SELECT last_value FROM tries", "mysql": "SELECT n FROM tries"}


class Shop:
    """A database, and a changeset that changes a row of both of its tables.

    Attributes:
        engine: of the database.
        dialect: its name, `mysql` for MariaDB.
        changeset: is not applied yet.
        creates: another one, which makes a row in both.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = connect(url, wait=10).engine
        self.dialect = self.engine.dialect.name.replace("mariadb", "mysql")
        self.execute(*_TABLES)
        self.project = bake.Project(self.engine, bake.reflect(self.engine, only=["goods", "offers"]), folder=folder)
        bake.initialise(self.project)
        source = folder / "prices.json"
        source.write_text('{"goods": [{"code": "a", "price": 2}], "offers": [{"code": "x", "n": 2}]}')
        self.changeset = bake.build(self.project, source)
        source.write_text('{"goods": [{"code": "c", "price": 2}], "offers": [{"code": "z", "n": 2}]}')
        self.creates = bake.build(self.project, source)

    def execute(self, *statements: str) -> None:
        """Execute statements, and commit."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def value(self, query: str) -> Any:
        """The value that a query gives."""
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(query).scalar()

    @property
    def prices(self) -> tuple[int, int]:
        """What the changeset makes 2."""
        return self.value("SELECT price FROM goods WHERE code = 'a'"), self.value(
            "SELECT n FROM offers WHERE code = 'x'"
        )

    @contextmanager
    def when_written(self, do: Callable[[], None]) -> Iterator[None]:
        """Do something once, as soon as an application has written the row of `goods`, and not yet committed it."""
        done: list[bool] = []

        def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith(("UPDATE goods", "INSERT INTO goods")) and not done:
                done.append(True)
                do()

        sa.event.listen(self.engine, "after_cursor_execute", listen)
        yield
        sa.event.remove(self.engine, "after_cursor_execute", listen)
        assert done


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop of its own."""
    made = Shop(database_url, tmp_path)
    yield made
    made.engine.dispose()


def test_a_lost_connection(shop: Shop) -> None:
    """Nothing is written, nothing is recorded, the error says what happened; then it can be applied."""

    def end() -> None:
        with shop.engine.connect() as connection:
            for number in connection.exec_driver_sql(_END[shop.dialect]).scalars().all():
                if shop.dialect == "mysql":
                    connection.exec_driver_sql(f"KILL {number}")

    with shop.when_written(end), pytest.raises(DatabaseUnavailable, match="cannot be used"):
        bake.apply(shop.project, shop.changeset)
    assert (shop.prices, bake.history(shop.project)) == ((1, 1), [])
    assert bake.apply(shop.project, shop.changeset).state == "applied"
    assert (shop.prices, [entry.state for entry in bake.history(shop.project)]) == ((2, 2), ["applied"])


@pytest.mark.parametrize(
    ("which", "holds", "wants"),
    [
        (
            "changeset",
            "SELECT * FROM offers WHERE code = 'x' FOR UPDATE",
            "UPDATE goods SET price = 9 WHERE code = 'a'",
        ),
        ("creates", "INSERT INTO offers VALUES ('z', NULL, 9)", "INSERT INTO goods VALUES ('c', 9)"),
    ],
)
def test_a_deadlock(shop: Shop, caplog: pytest.LogCaptureFixture, which: str, holds: str, wants: str) -> None:
    """The application that the server takes back begins again, and is applied once, after the other program.

    It may be taken back while it locks rows, and while it writes within a savepoint, which is gone then.
    """
    other = shop.engine.connect()
    if shop.dialect == "postgresql":
        other.exec_driver_sql("SET deadlock_timeout = '60s'")  # so that it is the application that is taken back
    else:
        other.exec_driver_sql("INSERT INTO goods SELECT concat('n', seq), 1 FROM seq_1_to_500")
    other.exec_driver_sql(holds)

    def go_on() -> None:
        other.exec_driver_sql(wants)
        other.rollback()

    thread = threading.Thread(target=go_on)

    def meet() -> None:
        thread.start()
        time.sleep(0.3)

    with shop.when_written(meet), caplog.at_level("INFO", logger="bake"):
        result = bake.apply(shop.project, getattr(shop, which))
    thread.join()
    other.close()
    assert "begun again" in caplog.text
    assert result.counts == {name: {"update" if which == "changeset" else "create": 1} for name in ("goods", "offers")}
    assert [entry.state for entry in bake.history(shop.project)] == ["applied"]


@pytest.mark.parametrize(("times", "tried"), [(2, 3), (99, 3)])
def test_it_is_tried_again_some_times(shop: Shop, times: int, tried: int) -> None:
    """A transaction that the server takes back is begun again twice; then it is an error, and nothing is written."""
    shop.execute(*(one.format(times=times) for one in _TAKE_BACK[shop.dialect]))
    if times < tried:
        assert bake.apply(shop.project, shop.changeset).state == "applied"
    else:
        with pytest.raises(Deadlocked, match="could not serialize access"):
            bake.apply(shop.project, shop.changeset)
    assert shop.value(_TRIES[shop.dialect]) == tried
    assert shop.prices == ((2, 2) if times < tried else (1, 1))


def test_a_limit_of_time(shop: Shop, database_url: str) -> None:
    """A statement that the server ends is named as such, and not taken for a lock, or a lack of rights."""
    limited = sa.create_engine(database_url, connect_args=_LIMITED[shop.dialect], **bake.ENGINE_OPTIONS)
    project = bake.Project(limited, shop.project.catalog, folder=shop.project.folder)
    with shop.engine.begin() as other:
        other.exec_driver_sql("SELECT * FROM goods WHERE code = 'a' FOR UPDATE")
        with pytest.raises(DatabaseUnavailable) as refused:
            bake.apply(project, shop.changeset)
    limited.dispose()
    assert not isinstance(refused.value, DatabaseLocked)
    assert "limit of time" in str(refused.value.hint)
    assert shop.prices == (1, 1)
