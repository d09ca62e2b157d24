"""A schema that nobody made for Bake is exported, imported, edited, told of and undone, with no catalog by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from support import wholesale
from support.databases import Servers
from support.sets import comparable

import bake
from bake.catalog.checked import checked
from bake.catalog.entity import ID
from bake.catalog.field_types import Choice, Exact, Integer, Range
from bake.database.engine import Database, connect
from bake.database.reading.pages import pages
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import Conflicts, UsageError

Record = dict[str, Any]

#: By view, what is changed in the first of its records, and the new ones.
_EDITS: dict[str, tuple[Record, list[Record]]] = {
    "products": (
        {"price": "9.99", "category_number": 2, "supplier_number": 6},
        [{"sku": "N", "category_number": 1, "group_id_name": "dry"}],
    ),
    "parcels": ({"branch": "1", "order_number": 2, "line": 3}, []),
    "order_lines": ({"quantity": 99}, [{"branch": "1", "order_number": 2, "line": 9, "sku": "C/1", "quantity": 4}]),
    "suppliers": ({"name": "Nuovo"}, [{"name": "One", "country_code": "IT"}, {"name": "Two"}]),
    "details": ({"description": "hard"}, [{"sku": "C/1"}]),
    'Order "Total" %': ({"select": 5, "a ' b:c_email": "a@x"}, []),
}


@pytest.fixture
def project(database: Database, tmp_path: Path) -> bake.Project:
    """A database with the tables and rows of `support.wholesale`, and the catalog that is read from it."""
    with database.engine.begin() as connection:
        wholesale.fill(connection)
    made = bake.Project(database.engine, checked(bake.reflect(database.engine)), folder=tmp_path, actor="ada")
    bake.initialise(made)
    return made


def test_any_schema(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """A set fills an empty copy with the same; edits of any table are applied, and undone without a trace.

    Proves on each database: keys and references of every kind lead to the right rows, and names of all kinds can be
    written. The next number of a table is free for other programs after an import.
    """
    whole = bake.export_complete(project, output=tmp_path / "whole").folder
    with database.engine.begin() as connection:
        wholesale.METADATA.drop_all(connection)
        wholesale.METADATA.create_all(connection)
    bake.import_source(project, whole)
    assert comparable(bake.export_complete(project, output=tmp_path / "again").folder) == comparable(whole)
    for view, (change, new) in _EDITS.items():
        changeset = _edited(project, view, change, new, tmp_path)
        expected = {"update": 1} | ({"create": len(new)} if new else {})
        assert bake.apply(project, changeset).counts == {view: expected}, view
        undone = bake.revert(project, changeset).changeset
        assert bake.apply(project, undone).counts == {view: {"update": 1} | ({"delete": len(new)} if new else {})}, view
    assert comparable(bake.export_complete(project, output=tmp_path / "undone").folder) == comparable(whole)
    assert [event.action for event in bake.row_history(project, "suppliers", "5")] == ["create", "update", "update"]
    assert [event.action for event in bake.row_history(project, "details", "F-00")] == ["create", "update", "update"]
    with database.engine.begin() as connection:
        connection.execute(sa.insert(wholesale.SUPPLIERS).values(name="by another program"))


def test_primary_keys_are_kept(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """With `keep_ids`, the rows of an empty copy have the very primary keys of the set, and new ones come after them.

    An id that another row has by the time is a conflict; tables with rows, and what is no set, are refused; what was
    written is told of and taken back as any other rows.
    """
    before, whole = _rows(database), bake.export_complete(project, output=tmp_path / "whole").folder
    with pytest.raises(UsageError, match="staff have 2 rows, and primary keys are kept in empty"):
        bake.build(project, whole, keep_ids=True)
    with database.engine.begin() as connection:
        wholesale.METADATA.drop_all(connection)
        wholesale.METADATA.create_all(connection)
    with pytest.raises(UsageError, match="is no set, and primary keys are kept of whole sets only"):
        bake.build(project, [{"name": "dry"}], view="groups", keep_ids=True)
    changeset = bake.build(project, whole, keep_ids=True)
    with database.engine.begin() as connection:
        connection.execute(sa.insert(wholesale.GROUPS).values(id=7, name="another"))
    with pytest.raises(Conflicts) as refused:
        bake.apply(project, changeset)
    assert ("exists", {"id": 7}) in [(one.kind, one.key) for one in refused.value.conflicts]
    with database.engine.begin() as connection:
        connection.execute(sa.delete(wholesale.GROUPS))
    assert bake.check(project, changeset).exit_status == 0
    bake.apply(project, changeset)
    assert _rows(database) == before
    with database.engine.begin() as connection:
        connection.execute(sa.insert(wholesale.GROUPS).values(name="by another program"))
        connection.execute(sa.delete(wholesale.GROUPS).where(wholesale.GROUPS.c.name == "by another program"))
    assert [event.action for event in bake.row_history(project, "groups", "dry")] == ["create"]
    assert bake.drift(project) == []
    bake.apply(project, bake.revert(project, changeset).changeset)
    assert set(map(len, _rows(database).values())) == {0}


def _rows(database: Database) -> dict[str, set[tuple[Any, ...]]]:
    """What is in the tables."""
    with database.reading() as connection:
        return {name: set(map(tuple, connection.execute(sa.select(table)))) for name, table in _TABLES.items()}


_TABLES = wholesale.METADATA.tables


def test_rows_come_page_after_page(project: bake.Project, database: Database) -> None:
    """Whatever a primary key is made of, each row comes once, however small the pages are, and is found again."""
    with database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, project.catalog)
        for item in project.catalog.entities.values():
            ids = [id_ for page in pages(connection, item, (), size=1) for id_ in page[0]]
            assert len(ids) == len(set(ids)) == len(wholesale.ROWS[wholesale.METADATA.tables[item.name]]), item.name
            found = snapshot.find(item.name, (ID,), [(id_,) for id_ in ids])
            assert {rows[0].id for rows in found.values()} == set(ids), item.name


def _edited(project: bake.Project, view: str, change: Record, new: Sequence[Record], folder: Path) -> bake.Changeset:
    """The changeset of an edited export of a view."""
    path = folder / "edited.json"
    bake.export_view(project, view, output=path, force=True)
    document = json.loads(path.read_text())
    document["records"][0].update(change)
    document["records"] += new
    path.write_text(json.dumps(document))
    changeset = bake.build(project, path)
    assert changeset.open_questions == ()
    return changeset


_VIEW = """
[views.offers]
entity = "products"
columns = ["sku", "price", "category_number.title", "supplier_number.country_code.name"]
names = { "category_number.title" = "kind" }
"""


def test_a_declared_view(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """A view of `catalog.toml` is exported, edited and imported in each format, like those that are built in.

    What names the row of a reference can be edited, and means another row; what else is reached is only shown.
    """
    bake.reflect_catalog(project)
    described = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    with (tmp_path / "catalog.toml").open("a", encoding="utf-8") as stream:
        stream.write(_VIEW)
    for name in ("offers.json", "offers.csv", "offers.xlsx"):
        path = tmp_path / name
        bake.export_view(described, "offers", output=path)
        _edit_first(path, {"price": "9.99", "kind": "Flour", "supplier_number_country_code_name": "Chad"})
        changeset = bake.build(described, path)
        assert changeset.open_questions == ()
        assert changeset.built is not None
        assert [notice.code for notice in changeset.built.notices] == ["read_only"]
        bake.apply(described, changeset)
        change = bake.row_history(described, "products", "C/1")[-1].fields
        assert {one.field: one.after for one in change} == {"category_number": {"number": 2}, "price": Decimal("9.99")}
        bake.apply(described, bake.revert(described, changeset).changeset)


def _edit_first(path: Path, change: Record) -> None:
    """Edit the first record of an exported view."""
    if path.suffix == ".json":
        document = json.loads(path.read_text())
        document["records"][0].update(change)
        path.write_text(json.dumps(document))
    elif path.suffix == ".csv":
        header, first, *rest = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
        first = [str(change.get(name, value)) for name, value in zip(header, first, strict=True)]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, first, *rest])
    else:
        book = openpyxl.load_workbook(path)
        sheet = book["offers"]
        for column, cell in enumerate(sheet[1], 1):
            if cell.value in change:
                sheet.cell(2, column).value = change[cell.value]
        book.save(path)


def test_another_schema(servers: Servers, tmp_path: Path) -> None:
    """Tables of a schema that has to be named are a catalog, and a reference to another schema is a value."""
    with servers.fresh("postgresql", tmp_path) as url, connect(url) as database:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE makers (code TEXT PRIMARY KEY)")
            connection.exec_driver_sql("CREATE SCHEMA sales")
            connection.exec_driver_sql("CREATE TABLE sales.makers (code TEXT PRIMARY KEY)")
            connection.exec_driver_sql(
                "CREATE TABLE sales.goods (id SERIAL PRIMARY KEY, own TEXT REFERENCES sales.makers, "
                "other TEXT REFERENCES public.makers, state TEXT CHECK (state IN ('new', 'old')))"
            )
        project = bake.Project(url, "catalog.toml", folder=tmp_path)
        result = bake.reflect_catalog(project, schema="sales")
        assert result.entities == {"goods": ("goods_id",), "makers": ("code",)}
        assert project.catalog.entities["goods"].references == {"own": "makers"}
        assert project.catalog.entities["goods"].fields["state"].type == Choice(("new", "old"))
        bake.initialise(project)
        changeset = bake.build(project, [{"code": "m"}], view="makers")
        assert bake.apply(project, changeset).counts == {"makers": {"create": 1}}
        changeset = bake.build(project, [{"own": "m", "state": "new"}], view="goods")
        assert bake.apply(project, changeset).counts == {"goods": {"create": 1}}
        with database.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO sales.goods (state) VALUES ('old')")
            connection.exec_driver_sql("DROP SCHEMA sales CASCADE")


def test_numbers_that_nobody_makes(database: Database, tmp_path: Path) -> None:
    """A primary key that the database does not number is given by a new row, or the next number, beside its keys."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE rentals (number INT NOT NULL PRIMARY KEY, code VARCHAR(9) NOT NULL UNIQUE)"
        )
    project = bake.Project(database.engine, bake.reflect(database.engine), folder=tmp_path)
    item = project.catalog.entities["rentals"]
    assert (item.keys, item.counted, item.has_surrogate) == ((("code",),), "number", False)
    bake.initialise(project)
    for records in ([{"code": "a", "number": 7}], [{"code": "b"}, {"code": "a"}]):
        bake.apply(project, bake.build(project, records, view="rentals"))
    with database.reading() as connection:
        assert connection.execute(sa.select(item.table).order_by("number")).all() == [(7, "a"), (8, "b")]


def test_simple_checks(database: Database) -> None:
    """Bounds that a CHECK says are those of a field; lists of words are, where texts are compared exactly."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE goods (code VARCHAR(9) PRIMARY KEY, state VARCHAR(9) CHECK (state IN ('new', 'old')), "
            "stars INTEGER CHECK (stars BETWEEN 1 AND 5), price DECIMAL(9, 2), CONSTRAINT dear CHECK (price > 0))"
        )
    fields = bake.reflect(database.engine).entities["goods"].fields
    assert fields["stars"].type == Integer(Range(minimum=Decimal(1), maximum=Decimal(5)))
    assert fields["price"].type == Exact(9, 2, Range(above=Decimal(0)))
    exactly = database.engine.dialect.name in ("sqlite", "postgresql")
    assert isinstance(fields["state"].type, Choice) is exactly
