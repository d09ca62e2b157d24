"""Others write at the same time: other applications, and other programs, on each database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid

from bake.app.apply import apply
from bake.app.build import build
from bake.app.init import initialise
from bake.app.progress import Progress
from bake.app.project import Project
from bake.applier.apply import carry_out
from bake.changeset.file import Changeset
from bake.changeset.model import Create
from bake.database.documents import ENGINE_OPTIONS
from bake.database.engine import Database
from bake.database.schema import create_tables
from bake.errors import Conflicts, DatabaseLocked

#: Two shops of one name, city and state, which no schema holds unique; their slugs differ.
SHOPS = [
    {"uuid": uid(n), "slug": slug, "name": "Wilson", "city": "Lexington", "state": "MA"} for n, slug in enumerate("ab")
]


class Pause:
    """Stops an application in its transaction, after it has read operations, until it may go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.may_go_on = threading.Event()

    def __call__(self, progress: Progress) -> None:
        """As a listener of progress."""
        if progress.step == "applying":
            self.reached.set()
            assert self.may_go_on.wait(30)


@pytest.fixture
def folder(database_url: str, tmp_path: Path) -> Path:
    """A folder with two changesets, each of which creates one of the shops."""
    project = Project(database_url, MARKET, folder=tmp_path)
    initialise(project)
    for n, shop in enumerate(SHOPS):
        (tmp_path / f"{n}.json").write_bytes(written({"shops": [shop]}))
        build(project, tmp_path / f"{n}.json", output=tmp_path / f"{n}.changeset.jsonl")
    return tmp_path


def applied(folder: Path, database: Any, n: int, **options: Any) -> Changeset:
    """Apply one of them."""
    return apply(Project(database, MARKET, folder=folder, **options), folder / f"{n}.changeset.jsonl").changeset


def test_two_applications_do_not_double_a_key(folder: Path, database_url: str) -> None:
    """The second one waits until the first has committed, and then sees its row."""
    pause = Pause()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(applied, folder, database_url, 0, progress=pause)
        assert pause.reached.wait(30)
        second = threads.submit(applied, folder, database_url, 1, wait=30)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        pause.may_go_on.set()
        first.result()
        with pytest.raises(Conflicts) as caught:
            second.result()
    assert [conflict.kind for conflict in caught.value.conflicts] == ["exists"]


def test_the_turn_is_waited_for_as_long_as_is_set(folder: Path, database_url: str) -> None:
    """Then it is the error of a locked database, nothing is recorded, and later it can be applied."""
    pause = Pause()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(applied, folder, database_url, 0, progress=pause)
        assert pause.reached.wait(30)
        with pytest.raises(DatabaseLocked):
            applied(folder, database_url, 1, wait=0.3)
        pause.may_go_on.set()
        first.result()
    with pytest.raises(Conflicts):
        applied(folder, database_url, 1, wait=0.3)


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("ends", ["commit", "rollback", "close"])
def test_a_turn_in_a_callers_transaction_ends_with_it(folder: Path, database_url: str, ends: str) -> None:
    """Until the caller has committed or given up, others wait; then they do not."""
    engine = sa.create_engine(database_url, **ENGINE_OPTIONS)
    connection = engine.connect()
    try:
        applied(folder, connection, 0)
        with pytest.raises(DatabaseLocked):
            applied(folder, database_url, 1, wait=0.3)
        getattr(connection, ends)()
        if ends == "commit":
            with pytest.raises(Conflicts):
                applied(folder, database_url, 1)
        else:
            assert applied(folder, database_url, 1).decisions.applied
    finally:
        connection.close()
        engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_what_other_programs_commit_meanwhile_is_found_at_the_end(database: Database) -> None:
    """A row that is committed after the check, and before the end, is a conflict; one key is held, the other is not."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
    create = Create(n=7, entity="shops", key={"slug": "a"}, values=dict(SHOPS[0]))

    def theirs(_change: object) -> None:
        with database.writing() as other:
            other.execute(sa.insert(MARKET.entities["shops"].table).values(SHOPS[1]))

    with database.writing(keep=False) as connection:
        [conflict] = carry_out([create], connection, MARKET, theirs).conflicts
    assert (conflict.kind, conflict.operation, conflict.key) == ("exists", 7, {"slug": "a"})
    assert conflict.detail == "a row has its name and city and state already"
