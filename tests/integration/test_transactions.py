"""Nothing stays of what is only tried; tables in which that cannot be held are refused before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid
from support.tables import seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.import_ import import_source
from bake.app.init import initialise
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.app.revert import revert
from bake.database.documents import ENGINE_OPTIONS
from bake.database.schema import own_tables
from bake.errors import Conflicts, DatabaseUnavailable

ROWS = {"grains": [{"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}]}
TABLES = [*(entity.table.name for entity in MARKET.entities.values()), *(table.name for table in own_tables(MARKET))]


@pytest.fixture
def project(database_url: str, tmp_path: Path) -> Project:
    """A project with a row in its database, and a source that updates it and creates another one."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(database_url, "support.market:MARKET", folder=folder, wait=1)
    initialise(made)
    with made.connect() as database, database.writing() as connection:
        seed(connection, ROWS)
    (folder / "in.json").write_bytes(
        written({"grains": [{"slug": "wheat", "name": "W"}, {"slug": "rye", "name": "R"}]})
    )
    return made


def execute(project: Project, *statements: str) -> None:
    """Run statements, as somebody else would."""
    with project.connect() as database, database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def contents(project: Project) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    with project.connect() as database, database.reading() as connection:
        return {name: [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {name}"))] for name in TABLES}


def files(project: Project) -> dict[Path, bytes]:
    """All files of the project's folder."""
    return {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["wheat", "taken"])
def test_what_is_only_tried_leaves_nothing(project: Project, name: str) -> None:
    """`check` and a dry run, whether it could be applied or not, leave every row of every table and the file as is."""
    changeset = build(project, project.folder / "in.json").path
    if name == "taken":
        execute(project, "UPDATE grains SET name = 'Theirs' WHERE slug = 'wheat'")
    before = contents(project), files(project)
    assert bool(check(project, changeset).conflicts) == (name == "taken")
    try:
        apply(project, changeset, dry_run=True)
    except Conflicts:
        assert name == "taken"
    assert (contents(project), files(project)) == before


@pytest.mark.parametrize("name", ["wheat", "taken"])
def test_check_only_reads(project: Project, database_url: str, name: str) -> None:
    """No statement of it writes or locks, whether the changeset could be applied or not; it counts what it would do."""
    changeset = build(project, project.folder / "in.json").path
    if name == "taken":
        execute(project, "UPDATE grains SET name = 'Theirs' WHERE slug = 'wheat'")
    engine = sa.create_engine(database_url, **ENGINE_OPTIONS)
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *event: statements.append(event[2]))
    try:
        result = check(Project(engine, MARKET, folder=project.folder), changeset)
    finally:
        engine.dispose()
    assert result.state == ("stale" if name == "taken" else "ready")
    assert name == "taken" or result.counts == {"grains": {"create": 1, "update": 1}}
    assert statements
    words = {statement.split()[0].upper() for statement in statements}
    assert words <= {"SELECT", "PRAGMA", "BEGIN", "SHOW", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK"}, words
    assert not any("FOR UPDATE" in statement.upper() for statement in statements)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_right_to_read_is_enough_for_check(project: Project, database_url: str) -> None:
    """A role that may only read can check a changeset that creates and updates rows."""
    changeset = build(project, project.folder / "in.json").path
    reader = f"reader_{uuid4().hex[:12]}"
    url = sa.make_url(database_url).set(username=reader).render_as_string(hide_password=False)
    execute(project, f"CREATE ROLE {reader} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
    try:
        assert check(Project(url, MARKET, folder=project.folder), changeset).state == "ready"
    finally:
        execute(project, f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


COMMANDS: dict[str, Callable[[Project, Path, Path], object]] = {
    "apply": lambda project, new, _old: apply(project, new),
    "dry run": lambda project, new, _old: apply(project, new, dry_run=True),
    "check": lambda project, new, _old: check(project, new),
    "rebase": lambda project, new, _old: rebase(project, new),
    "import": lambda project, _new, _old: import_source(project, project.folder / "in.json"),
    "revert": lambda project, _new, old: revert(project, old),
    "init": lambda project, _new, _old: initialise(project),
}


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize("engine", ["MyISAM", "Aria"])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_without_transactions_are_refused_by_name(project: Project, command: str, engine: str) -> None:
    """By every command that writes or tries: the tables are named, no row and no file is touched; mended, it works."""
    folder = project.folder
    (folder / "old.json").write_bytes(written({"grains": [{"slug": "oat", "name": "Oat"}]}))
    old = build(project, folder / "old.json").path
    apply(project, old)
    new = build(project, folder / "in.json").path
    execute(project, "CREATE TABLE others (id INTEGER) ENGINE=MyISAM")
    execute(project, *(f"ALTER TABLE {name} ENGINE={engine}" for name in ("bake_changes", "bake_changesets")))
    before = contents(project), files(project)
    with pytest.raises(DatabaseUnavailable, match="2 tables have no transactions") as caught:
        COMMANDS[command](project, new, old)
    assert [problem.message for problem in caught.value.problems] == [
        f"{name} is of the engine {engine}" for name in ("bake_changes", "bake_changesets")
    ]
    assert (contents(project), files(project)) == before
    assert caught.value.hint is not None
    execute(project, *caught.value.hint.splitlines())
    COMMANDS[command](project, new, old)


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_table_of_the_catalog_is_refused_too(project: Project) -> None:
    """Also one that the changeset does not touch: a cascade or a trigger may."""
    name = next(entity.table.name for entity in MARKET.entities.values() if entity.name != "grains")
    execute(
        project, "SET FOREIGN_KEY_CHECKS = 0", f"DROP TABLE {name}", f"CREATE TABLE {name} (id INTEGER) ENGINE=Aria"
    )
    with pytest.raises(DatabaseUnavailable, match="1 table has no transactions") as caught:
        import_source(project, project.folder / "in.json")
    assert caught.value.hint == f"ALTER TABLE {name} ENGINE=InnoDB;"


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_tables_that_are_made_have_transactions(database_url: str) -> None:
    """Whatever the server's default; on a caller's engine, whose sessions are the caller's, nothing is made instead."""
    myisam = {"init_command": "SET default_storage_engine=MyISAM"}
    caller = sa.create_engine(database_url, connect_args=myisam, **ENGINE_OPTIONS)
    try:
        with pytest.raises(DatabaseUnavailable, match=r"would have no transactions \(MyISAM\)"):
            initialise(Project(caller, MARKET))
        assert sa.inspect(caller).get_table_names() == []
        initialise(Project(database_url, MARKET))
        initialise(Project(caller, MARKET))
    finally:
        caller.dispose()
