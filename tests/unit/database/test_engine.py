from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.tables import insert

from bake.catalog.model import Catalog
from bake.database.engine import Database, connect
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer
from bake.errors import DatabaseLocked, DatabaseUnavailable, NotInitialised, UsageError


def names(database: Database) -> list[str]:
    """What stands in the table of shelves, by a driver of its own."""
    with sqlite3.connect(str(database.path)) as connection:
        found = [name for (name,) in connection.execute("SELECT name FROM shelves ORDER BY id")]
    connection.close()
    return found


def test_reading_makes_no_file(tmp_path: Path) -> None:
    """A database that is not there is an error that says how to make one, and stays not there."""
    database = connect(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(DatabaseUnavailable, match=r"none\.db: there is no such file") as caught, database.reading():
        pass
    assert "bake init" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_what_the_block_did_is_committed(database: Database, pantry: Catalog) -> None:
    """A writing block that ends well leaves its rows to everybody."""
    with database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "top"}])
    assert names(database) == ["top"]


def test_what_a_failing_block_did_is_undone(database: Database, pantry: Catalog) -> None:
    """An error that leaves the block takes all of its rows along, and is the caller's own error."""

    def fail_halfway() -> None:
        with database.writing() as connection:
            insert(Writer(connection, pantry), "shelves", [{"name": "top"}])
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail_halfway()
    assert names(database) == []


def test_what_a_trial_did_is_undone(database: Database, pantry: Catalog) -> None:
    """`keep=False` shows its rows within the block and leaves none behind."""
    with database.writing(keep=False) as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "top"}])
        assert len(list(DatabaseSnapshot(connection, pantry).scan("shelves", ["name"]))) == 1
    assert names(database) == []


def test_tables_too_are_made_whole_or_not_at_all(tmp_path: Path, pantry: Catalog) -> None:
    """Making tables is part of the transaction: the driver does not commit behind our back."""
    database = connect(f"sqlite:///{tmp_path / 'new.db'}", create=True)
    with database.writing(keep=False) as connection:
        pantry.metadata.create_all(connection)
    with database.reading() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_reading_cannot_write(database: Database, pantry: Catalog) -> None:
    """What is open for reading refuses to write, whoever tries."""
    with pytest.raises(DatabaseUnavailable, match="readonly"), database.reading() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "top"}])


def test_reading_sees_one_state(database: Database, pantry: Catalog) -> None:
    """A row that somebody adds while we read is not seen before the next reading."""
    with sqlite3.connect(str(database.path)) as other:
        other.execute("PRAGMA journal_mode = WAL")  # so that the other can commit while we read
    with database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, pantry)
        assert list(snapshot.scan("shelves", ["name"])) == []
        with other:
            other.execute("INSERT INTO shelves (name) VALUES ('late')")
        assert list(snapshot.scan("shelves", ["name"])) == []
    other.close()
    assert names(database) == ["late"]


def test_foreign_keys_are_kept(database: Database, pantry: Catalog) -> None:
    """SQLite checks references, which by itself it does not; the refusal is left to the caller."""
    with pytest.raises(sa.exc.IntegrityError), database.writing() as connection:
        insert(Writer(connection, pantry), "jars", [{"shelf": 99}])


def test_a_lock_of_somebody_else_is_waited_for_and_then_said(database: Database) -> None:
    """A second writer gets an error of its own kind, before it has read anything."""
    other = connect(f"sqlite:///{database.path}", wait=0.05)
    with database.writing(), pytest.raises(DatabaseLocked, match="locked by somebody else"), other.writing():
        pass


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path, pantry: Catalog) -> None:
    """A missing table is no bug but a database that was not initialised."""
    database = connect(f"sqlite:///{tmp_path / 'empty.db'}", create=True)
    with pytest.raises(NotInitialised, match="no such table: shelves") as caught, database.reading() as connection:
        list(DatabaseSnapshot(connection, pantry).scan("shelves", ["name"]))
    assert "bake init" in str(caught.value.hint)


def test_a_table_of_another_version_is_said_to_differ(tmp_path: Path, pantry: Catalog) -> None:
    """A table that lacks a column leads to an error of ours."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE shelves (id INTEGER PRIMARY KEY)")
    other.close()
    database = connect(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(DatabaseUnavailable, match="not those of the catalog"), database.reading() as connection:
        list(DatabaseSnapshot(connection, pantry).scan("shelves", ["name"]))


def test_a_statement_that_is_wrong_is_a_bug(database: Database) -> None:
    """Nonsense of our own is not passed off as trouble with the database."""
    with pytest.raises(sa.exc.OperationalError), database.reading() as connection:
        connection.execute(sa.text("SELEC"))


def not_a_database(folder: Path) -> Path:
    """A file of something else."""
    path = folder / "notes.txt"
    path.write_text("Buy flour. " * 100)
    return path


def a_folder(folder: Path) -> Path:
    """A folder where a file should be."""
    path = folder / "folder.db"
    path.mkdir()
    return path


@pytest.mark.parametrize("make", [not_a_database, a_folder])
def test_what_is_no_database_is_unavailable(tmp_path: Path, pantry: Catalog, make: object) -> None:
    """A file of another kind and a folder give an error with a hint."""
    assert callable(make)
    database = connect(f"sqlite:///{make(tmp_path)}")
    with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught, database.reading() as connection:
        list(DatabaseSnapshot(connection, pantry).scan("shelves", ["name"]))
    assert caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "bake.db",
        "",
        "://",
        "sqlite+nonesuch:///bake.db",
        "oracle://user:secret@host/name",
        "postgresql://user:secret@host:port/name",
        "mysql+nonesuch://user:secret@host/name",
    ],
)
def test_a_url_that_cannot_be_used_is_a_usage_error_without_its_password(url: str) -> None:
    """Whatever is wrong with a URL, the error shows a right one and no secret."""
    with pytest.raises(UsageError) as caught:
        connect(url)
    assert caught.value.hint
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("postgresql://host/name", "psycopg", "postgresql"),
        ("postgres://host/name", "psycopg", "postgresql"),
        ("mysql://host/name", "pymysql", "mysql"),
        ("mariadb://host/name", "pymysql", "mysql"),
    ],
)
def test_a_missing_driver_is_named_with_what_installs_it(
    url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a driver's package, the error says what to type."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        connect(url)
    assert caught.value.hint == f"pip install 'bake-changesets[{extra}]'"


def test_a_server_that_does_not_answer_is_unavailable_and_its_password_unseen() -> None:
    """A refused connection says where to, without the password in URL or options."""
    pytest.importorskip("psycopg")
    database = connect("postgresql://ada:secret@127.0.0.1:1/bakery?password=hidden")
    with pytest.raises(DatabaseUnavailable) as caught, database.reading():
        pass
    message = str(caught.value)
    assert "postgresql://ada:***@127.0.0.1:1/bakery" in message
    assert "secret" not in message
    assert "hidden" not in message


def test_a_database_in_memory_works(pantry: Catalog) -> None:
    """`sqlite://` needs no file."""
    with connect("sqlite://") as database:
        with database.writing() as connection:
            pantry.metadata.create_all(connection)
        with database.reading() as connection:
            assert list(DatabaseSnapshot(connection, pantry).scan("shelves", [])) == []
