"""A program's own engine, connection and threads: what Bake does with them, and what it leaves alone."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import SERVERS, Servers
from support.market import MARKET

import bake
from bake.database.engine import connect

GRAINS = MARKET.entities["grains"].table
_RECORDS = [{"slug": "rye", "name": "Rye"}, {"slug": "oat", "name": "Oat"}]


@pytest.fixture(params=["sqlite", *SERVERS])
def url(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[str]:
    """A database with the tables of the market."""
    with servers.fresh(request.param, tmp_path) as made:
        bake.initialise(bake.Project(made, MARKET))
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """A program's engine: not one that Bake made, and on SQLite with its driver's own way to begin transactions."""
    with connect(url) as database:
        address = database.engine.url
    made = sa.create_engine(address, **bake.ENGINE_OPTIONS)
    yield made
    made.dispose()


def enforcing(engine: sa.Engine) -> sa.Engine:
    """The same engine; its SQLite enforces foreign keys, as SQLAlchemy's documentation shows it."""
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA foreign_keys = ON")

    return engine


def names(engine: sa.Engine) -> list[str]:
    """What others see."""
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.select(GRAINS.c.slug)))


def test_an_engine(engine: sa.Engine) -> None:
    """Each function has transactions of its own in it; a changeset needs neither a folder nor a file."""
    project = bake.Project(engine, MARKET, actor="ada")
    changeset = bake.build(project, _RECORDS, view="grains")
    assert names(engine) == []
    result = bake.apply(project, changeset)
    assert (result.state, names(engine)) == ("applied", ["oat", "rye"])
    assert [entry.actor for entry in bake.history(project)] == ["ada"]
    assert bake.apply(project, changeset).state == "already applied"
    bake.apply(project, bake.revert(project, changeset).changeset)
    assert names(engine) == []


def test_an_engine_is_given_back_as_it_was(engine: sa.Engine) -> None:
    """SQLite enforces foreign keys while Bake works, and then does again what the program wanted."""
    if engine.dialect.name != "sqlite":
        pytest.skip("only SQLite can be told not to enforce them")
    bake.check(bake.Project(engine, MARKET), bake.build(bake.Project(engine, MARKET), _RECORDS, view="grains"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 0


@pytest.mark.parametrize("keep", [True, False])
def test_a_connection_is_in_its_callers_hands(engine: sa.Engine, keep: bool, tmp_path: Path) -> None:
    """What was applied is there together with what the caller wrote, or not at all; the file is told afterwards."""
    enforcing(engine)
    path = tmp_path / "in.changeset.jsonl"
    with engine.connect() as connection:
        connection.execute(GRAINS.insert().values(slug="spelt", name="Spelt"))
        project = bake.Project(connection, MARKET)
        result = bake.apply(project, bake.build(project, _RECORDS, view="grains", output=path))
        assert result.state == "applied"
        assert bake.apply(project, path).state == "already applied"
        assert bake.read(path).decisions.applied == ()
        assert connection.in_transaction()
        (connection.commit if keep else connection.rollback)()
    assert names(engine) == (["oat", "rye", "spelt"] if keep else [])
    outside = bake.Project(engine, MARKET)
    assert bake.apply(outside, path).state == ("already applied" if keep else "applied")
    assert len(bake.read(path).decisions.applied) == 1


def test_a_failed_apply_leaves_the_transaction_usable(engine: sa.Engine) -> None:
    """Nothing of the changeset is there, all that the caller wrote is, and the caller can go on."""
    enforcing(engine)
    with engine.connect() as connection:
        project = bake.Project(connection, MARKET)
        changeset = bake.build(project, _RECORDS, view="grains")
        connection.execute(GRAINS.insert().values(slug="rye", name="Another rye"))
        with pytest.raises(bake.errors.Conflicts) as refused:
            bake.apply(project, changeset)
        assert [conflict.kind for conflict in refused.value.conflicts] == ["exists"]
        connection.execute(GRAINS.insert().values(slug="spelt", name="Spelt"))
        connection.commit()
    assert names(engine) == ["rye", "spelt"]
    assert [entry.state for entry in bake.history(bake.Project(engine, MARKET))] == ["failed"]


def test_a_dry_run_in_the_callers_transaction(engine: sa.Engine) -> None:
    """It goes back to where it began, and not further."""
    enforcing(engine)
    with engine.begin() as connection:
        connection.execute(GRAINS.insert().values(slug="spelt", name="Spelt"))
        project = bake.Project(connection, MARKET)
        changeset = bake.build(project, _RECORDS, view="grains")
        assert bake.apply(project, changeset, dry_run=True).counts == {"grains": {"create": 2}}
    assert names(engine) == ["spelt"]


def test_a_refused_statement_leaves_the_transaction_usable(engine: sa.Engine) -> None:
    """An error of the database within a block that only reads is taken back to the savepoint, too."""
    enforcing(engine)
    with engine.begin() as connection:
        connection.execute(GRAINS.insert().values(slug="spelt", name="Spelt"))
        project = bake.Project(connection, MARKET)
        with pytest.raises(sa.exc.DBAPIError), project.connect().reading() as inner:
            inner.exec_driver_sql("SELECT nothing FROM nowhere WHERE")
        connection.execute(GRAINS.insert().values(slug="rye", name="Rye"))
    assert names(engine) == ["rye", "spelt"]


def test_what_a_connection_has_to_keep(engine: sa.Engine) -> None:
    """One that commits each statement, or whose SQLite ignores foreign keys, is refused before anything is written."""
    changeset = bake.build(bake.Project(engine, MARKET), _RECORDS, view="grains")
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(bake.errors.UsageError, match="commits each statement"),
    ):
        bake.apply(bake.Project(connection, MARKET), changeset)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection, pytest.raises(bake.errors.UsageError, match="foreign keys"):
            bake.apply(bake.Project(connection, MARKET), changeset)
    else:
        always = sa.create_engine(engine.url, isolation_level="AUTOCOMMIT", **bake.ENGINE_OPTIONS)
        with always.connect() as connection, pytest.raises(bake.errors.UsageError, match="commits each statement"):
            bake.apply(bake.Project(connection, MARKET), changeset)
        with pytest.raises(bake.errors.UsageError, match="commits each statement"):
            bake.apply(bake.Project(always, MARKET), changeset)
        always.dispose()
    assert names(engine) == []


def test_json_columns_need_exact_decimals(url: str) -> None:
    """An engine with Python's own JSON would write 0.1 for 0.10: it is refused, and the message says what to do."""
    with connect(url) as database:
        plain = sa.create_engine(database.engine.url)
    with pytest.raises(bake.errors.UsageError, match=r"shops\.tags is a JSON column") as refused:
        bake.build(bake.Project(plain, MARKET), _RECORDS, view="grains")
    assert "ENGINE_OPTIONS" in str(refused.value.hint)


def test_threads_on_one_database(engine: sa.Engine, tmp_path: Path) -> None:
    """Each builds and applies its own; all of it arrives, and the changesets of one folder are not mixed up."""

    def work(n: int) -> str:
        project = bake.Project(engine, MARKET, folder=tmp_path, actor=f"thread {n}")
        records = [{"slug": f"grain_{n}_{i}", "name": f"Grain {n} {'abcdefghij'[i]}"} for i in range(10)]
        for _ in range(20):  # somebody else may be writing at the same instant, which is said and can be tried again
            try:
                changeset = bake.build(project, records, view="grains", output=tmp_path / f"{n}.changeset.jsonl")
                break
            except bake.errors.DatabaseLocked:
                continue
        assert not changeset.open_questions
        for _ in range(20):
            try:
                return bake.apply(project, changeset).state
            except bake.errors.DatabaseLocked:
                continue
        raise AssertionError("locked for too long")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(6))) == ["applied"] * 6
    assert len(names(engine)) == 60
    assert {entry.actor for entry in bake.history(bake.Project(engine, MARKET))} == {f"thread {n}" for n in range(6)}


def test_threads_on_databases_of_their_own(tmp_path: Path) -> None:
    """They do not get in each other's way."""

    def work(n: int) -> int:
        project = bake.Project(f"sqlite:///{tmp_path / f'{n}.db'}", MARKET, helpers=4)
        bake.initialise(project)
        records = [{"slug": f"grain_{i}", "name": f"Grain {i:04}"} for i in range(300)]
        bake.apply(project, bake.build(project, records, view="grains"))
        return len(list(bake.build(project, records, view="grains").operations()))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [1, 1, 1, 1]


def test_the_process_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No signal handler, no setting of the garbage collector, and nothing printed."""
    project = bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", MARKET, folder=tmp_path)

    def state() -> tuple[object, ...]:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        return gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), *handlers, threading.active_count()

    before = state()
    during: list[tuple[object, ...]] = []
    project = bake.Project(
        f"sqlite:///{tmp_path / 'bake.db'}", MARKET, folder=tmp_path, progress=lambda _: during.append(state())
    )
    bake.initialise(project)
    changeset = bake.build(project, _RECORDS, view="grains")
    bake.apply(project, changeset)
    bake.export_complete(project)
    bake.revert(project, changeset)
    assert {*during, state()} == {before}
    assert capfd.readouterr() == ("", "")


def test_a_reflected_catalog(engine: sa.Engine) -> None:
    """Of each database's own schema it has the same keys and references, and rows go in and come back by it."""
    catalog = bake.reflect(engine, only=["grains"])
    grains = catalog.entities["grains"]
    assert grains.identities == (("uuid",), ("slug",))
    assert grains.references == {"parent": "grains"}
    project = bake.Project(engine, catalog)
    bake.apply(project, bake.build(project, _RECORDS, view="grains"))
    assert names(engine) == ["oat", "rye"]
    assert bake.plan_of(bake.build(project, _RECORDS, view="grains")).changes == 0


def test_a_database_in_memory() -> None:
    """All that a session does works in one, too."""
    engine = sa.create_engine("sqlite://", **bake.ENGINE_OPTIONS)
    project = bake.Project(engine, MARKET)
    bake.initialise(project)
    changeset = bake.build(project, _RECORDS, view="grains")
    assert bake.apply(project, changeset).counts == {"grains": {"create": 2}}
    assert bake.check(project, changeset).state == "applied"
    assert bake.apply(project, bake.revert(project, changeset).changeset).counts == {"grains": {"delete": 2}}
