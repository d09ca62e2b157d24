"""One document built and applied on SQLite, PostgreSQL and MariaDB: the same rows, receipts and conflicts on each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid
from support.tables import Contents, contents, seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.applier.apply import carry_out
from bake.changeset.file import Changeset
from bake.changeset.model import Create, Delete, Operation
from bake.database.engine import Database, connect
from bake.database.ledger import ledger
from bake.database.schema import create_tables
from bake.errors import Conflict, Conflicts

ROWS: dict[str, list[dict[str, Any]]] = {
    "shops": [
        {"id": 1, "uuid": uid(201), "slug": "mill", "name": "Müller’s Mühle", "city": "Köln", "rating": 0},
        {"id": 2, "uuid": uid(202), "slug": "mill_2", "name": "MILL", "open": False, "tags": [1, Decimal("0.1")]},
    ],
    "grains": [{"id": 5, "uuid": uid(301), "slug": "rye", "name": "Rye", "density": Decimal("0.1")}],
    "bags": [{"id": 9, "uuid": uid(401), "grain": 5, "brand": None, "weight": Decimal("2.5")}],
    "sales": [{"id": 3, "uuid": uid(501), "bag": 9, "shop": 1, "day": "2025-12-20", "price": Decimal("3.99")}],
}
DOCUMENT: dict[str, list[dict[str, Any]]] = {
    "shops": [
        {"slug": "mill", "rating": 5, "tags": {"a": [None, False, 0, "0"]}, "open": False},
        {"name": "Zoë's 小麦 🥖", "city": "%_", "founded": "1901-05-01", "owner_slug": "zoe"},
    ],
    "people": [{"slug": "zoe", "name": "Zoë", "shop_name": "Zoë's 小麦 🥖"}],
    "grains": [
        {"slug": "dark", "name": "Dark rye", "parent_name": "malt", "density": Decimal("0.30000000000000004")},
        {"slug": "malt", "name": "Malt", "parent_slug": "rye"},
        {"slug": "self", "name": "Self", "parent_slug": "self"},
        {"slug": "rye", "parent_slug": "malt"},
    ],
    "bags": [
        {"grain_slug": "dark", "brand": "Ä", "weight": Decimal("0.0001"), "colour": "brown"},
        {"grain_slug": "dark", "brand": "Ö", "weight": Decimal("0.0001")},
        {"uuid": uid(401), "note": "trailing "},
    ],
    "sales": [
        {"bag": {"uuid": uid(401)}, "shop_name": "MÜLLER’S  mühle", "day": "2024-02-29", "price": "123456.7891"},
        {"bag": {"grain": {"slug": "dark"}, "brand": "Ö", "weight": Decimal("0.0001")}, "shop_slug": "mill",
         "day": "2025-12-24", "price": 0},
        {"uuid": uid(501), "price": Decimal("4.0000"), "note": ""},
    ],
}  # fmt: skip


def prepared(database: Database) -> None:
    """Create the tables, and put the rows in."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)


@pytest.fixture
def project(database: Database, database_url: str, tmp_path: Path) -> Project:
    """A project of the database under test."""
    prepared(database)
    return Project(database_url, "support.market:MARKET", folder=tmp_path / "there", wait=1)


@pytest.fixture
def reference(tmp_path: Path) -> Project:
    """The same, always on SQLite."""
    url = f"sqlite:///{tmp_path / 'reference.db'}"
    with connect(url, create=True) as made:
        prepared(made)
    return Project(url, "support.market:MARKET", folder=tmp_path / "here", wait=1)


def built(project: Project) -> Changeset:
    """The changeset of the document."""
    project.folder.mkdir()
    source = project.folder / "in.json"
    source.write_bytes(written(DOCUMENT))
    return build(project, source)


def tables(project: Project) -> Contents:
    """All rows."""
    with project.connect() as database, database.reading() as connection:
        return contents(connection)


def test_the_same_changeset_and_the_same_rows(project: Project, reference: Project) -> None:
    """Building gives the same operations on each database, applying the same receipt and the same tables."""
    there, here = built(project), built(reference)
    assert list(there.operations()) == list(here.operations())
    assert not there.decisions.questions
    done, expected = apply(project, there.path), apply(reference, here.path)
    assert (done.counts, done.receipt) == (expected.counts, expected.receipt)
    assert tables(project) == tables(reference)


def test_what_was_meant_is_there(project: Project) -> None:
    """References, trees, decimals, dates and tidied texts arrive as they were written; what was not mentioned stays."""
    apply(project, built(project).path)
    now = tables(project)
    slugs = {row["slug"]: uuid for uuid, row in now["grains"].items()}
    parents = {row["slug"]: row["parent"] for row in now["grains"].values()}
    assert parents == {"dark": slugs["malt"], "malt": slugs["rye"], "self": slugs["self"], "rye": slugs["malt"]}
    assert {row["density"] for row in now["grains"].values()} == {
        None,
        Decimal("0.1"),
        Decimal("0.30000000000000004"),
    }
    assert now["bags"][uid(401)]["note"] == "trailing"
    prices = {row["price"]: (row["shop"], row["day"]) for row in now["sales"].values()}
    assert prices[Decimal("123456.7891")] == (uid(201), "2024-02-29")
    assert prices[Decimal(0)] == (uid(201), "2025-12-24")
    assert now["sales"][uid(501)]["note"] == ""
    assert now["shops"][uid(201)]["tags"] == {"a": [None, False, 0, "0"]}
    assert now["shops"][uid(202)]["name"] == "MILL"


def test_one_file_serves_every_database(project: Project, reference: Project) -> None:
    """A changeset that was built against one database applies to another, whatever ids its rows have."""
    file = built(reference)
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("INSERT INTO grains (id, uuid, slug, name) VALUES (70, 'u', 'oats', 'Oats')"))
    done = apply(project, file.path)
    assert done.state == "applied"
    rest = tables(project)
    del rest["grains"]["u"]
    apply(reference, built_again(file))
    assert rest == tables(reference)


def built_again(file: Changeset) -> Path:
    """The changeset as it was before it was applied elsewhere."""
    lines = file.path.read_bytes().splitlines(keepends=True)
    path = file.path.with_name("again.changeset.jsonl")
    path.write_bytes(b"".join(lines[: next(n for n, raw in enumerate(lines, 1) if raw.startswith(b'{"type":"built"'))]))
    return path


def test_a_dry_run_keeps_nothing(project: Project) -> None:
    """It says what the real run says, and leaves no row."""
    file, before = built(project), tables(project)
    tried = apply(project, file.path, dry_run=True)
    assert tables(project) == before
    done = apply(project, file.path)
    assert (tried.counts, tried.receipt) == (done.counts, done.receipt)


def test_applying_twice_is_nothing(project: Project) -> None:
    """The ledger knows it, and so do the rows: building again gives an empty changeset."""
    file = built(project)
    apply(project, file.path)
    before = tables(project)
    assert apply(project, file.path).state == "already applied"
    assert tables(project) == before
    with project.connect() as database, database.reading() as connection:
        assert [entry.state for entry in ledger.entries(connection)] == ["applied"]
    again = build(project, project.folder / "in.json")
    assert again.built
    assert {action for actions in again.built.counts.values() for action in actions} == {"skip"}


def staled(project: Project) -> list[tuple[int, str, str | None]]:
    """The conflicts of the document after somebody else's edits."""
    file, before = built(project), None
    with project.connect() as database:
        with database.writing() as connection:
            connection.execute(sa.text("UPDATE shops SET rating = 1 WHERE slug = 'mill' AND id = 1"))
            connection.execute(sa.text("UPDATE sales SET price = 9, note = 'theirs'"))
            connection.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('u', 'malt', 'Malt')"))
        with database.reading() as connection:
            before = contents(connection)
    with pytest.raises(Conflicts) as caught:
        apply(project, file.path)
    assert tables(project) == before
    return sorted(map(named, caught.value.conflicts), key=str)


def named(conflict: Conflict) -> tuple[int, str, str | None]:
    """What is the same about a conflict everywhere."""
    return conflict.operation, conflict.kind, conflict.field


def test_conflicts_are_the_same_and_nothing_is_written(project: Project, reference: Project) -> None:
    """Every failed precondition is reported, on each database the same ones, and the tables stay as they were.

    What refers to a row that could not be created is reported with it.
    """
    found = staled(project)
    assert found == staled(reference)
    assert {kind for _, kind, _ in found} == {"changed", "exists", "reference"}


BAD: tuple[Operation, ...] = (
    Create(n=1, entity="sales", key={"uuid": uid(1)}, values={"uuid": uid(1), "day": "2025-01-01", "price": 1}),
    Create(n=2, entity="grains", key={"slug": "ok"}, values={"uuid": uid(2), "slug": "ok", "name": "Fine"}),
    Create(n=3, entity="shops", key={"slug": "no"}, values={"uuid": uid(3), "slug": "no", "name": None}),
    Delete(n=4, entity="shops", key={"slug": "mill"}, before={"slug": "mill"}),
    Delete(n=5, entity="shops", key={"slug": "Mill"}, before={"slug": "Mill"}),
)


def test_what_the_database_refuses_is_a_conflict(project: Project) -> None:
    """A refusal is found one by one, the rest of the transaction goes on; keys are told apart by case everywhere."""
    with project.connect() as database, database.writing(keep=False) as connection:
        found = carry_out(BAD, connection, MARKET).conflicts
    assert sorted(map(named, found)) == [
        (1, "constraint", None),
        (3, "constraint", None),
        (4, "constraint", None),
        (5, "missing", None),
    ]
    assert all(conflict.detail for conflict in found)
