"""Databases that may only be read, and have no ledger: what is to be changed can be built, checked and exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import bake
from bake.database.engine import Database
from bake.errors import DatabaseUnavailable

_PASSWORD = "sEkret%5"


@pytest.fixture
def url(database: Database) -> Iterator[str]:
    """The URL by which a database with one table can be read, and no more."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (code VARCHAR(9) NOT NULL PRIMARY KEY, said VARCHAR(20))")
        connection.exec_driver_sql("INSERT INTO notes VALUES ('a', 'x')")
    if database.path is not None:
        yield f"sqlite:///file:{database.path}?mode=ro&uri=true"
        return
    name, there = f"reader_{uuid4().hex[:8]}", database.engine.url
    begin, end = _STATEMENTS[database.engine.dialect.name.replace("mariadb", "mysql")]
    with database.engine.begin() as connection:
        for statement in begin:
            connection.execute(sa.text(statement.format(name=name, password=_PASSWORD)))
    yield there.set(username=name, password=_PASSWORD).render_as_string(hide_password=False)
    with database.engine.begin() as connection:
        for statement in end:
            connection.execute(sa.text(statement.format(name=name)))


#: By dialect, what makes somebody who may read the table, and what takes them away.
_STATEMENTS = {
    "postgresql": (
        ["CREATE ROLE {name} LOGIN PASSWORD '{password}'", "GRANT SELECT ON notes TO {name}"],
        ["DROP OWNED BY {name}", "DROP ROLE {name}"],
    ),
    "mysql": (
        ["CREATE USER {name} IDENTIFIED BY '{password}'", "GRANT SELECT ON notes TO {name}"],
        ["DROP USER {name}"],
    ),
}


def test_read_only(url: str, tmp_path: Path) -> None:
    """Exports, builds and checks need no ledger; what writes is refused, and no error and no file has the password."""
    project = bake.Project(url, "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(project)
    path = bake.export_view(project, "notes", output=tmp_path / "notes.csv").path
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",x,", ",y,"), encoding="utf-8")
    changeset = bake.build(project, path)
    assert bake.plan_of(changeset).counts["notes"].update == 1
    assert bake.check(project, changeset).conflicts == ()
    for refused in (lambda: bake.apply(project, changeset), lambda: bake.initialise(project)):
        with pytest.raises(DatabaseUnavailable) as error:
            refused()
        assert _PASSWORD not in f"{error.value} {error.value.hint}"
    written = "".join(one.read_text() for one in tmp_path.rglob("*.jsonl"))
    assert _PASSWORD not in written
