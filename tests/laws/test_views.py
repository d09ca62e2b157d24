"""Laws of views: what is exported comes back as nothing to do, and what is edited comes back as exactly that."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bake.app.build import build
from bake.app.export_views import ViewFormat, export_view, view_schema
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.bakery import BAKERY
from bake.catalog.texts import tidied
from bake.changeset.file import Changeset
from bake.changeset.model import Replace, Skip, Update
from bake.database.schema import create_tables
from bake.errors import UsageError
from bake.exporter.records import exported
from bake.sources.sheets.cells import escaped

#: Those of which the bakeries below have rows; `test_lines` tries the others.
VIEWS = ["products", "inventory", "purchases"]
FORMATS: list[ViewFormat] = ["json", "csv", "xlsx"]
LAW = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])

_TRAPS = [
    "",
    "'",
    "''",
    "=1+1",
    "'=1",
    "+49 30",
    "-5",
    "@a",
    "\ta",
    "\r",
    "a\r\nb",
    "007",
    "1/2",
    "1E5",
    "true",
    " ",
    "0,5",
]
TEXT = st.sampled_from(_TRAPS) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
AMOUNT = st.decimals(Decimal("0.0001"), Decimal(99999), places=4)
DAY = st.dates(date(1990, 1, 1), date(2030, 1, 1))


@dataclass(frozen=True)
class Bakery:
    """The rows of a small bakery; references are places in the lists before."""

    suppliers: list[dict[str, Any]]
    products: list[dict[str, Any]]
    purchases: list[dict[str, Any]]
    items: list[dict[str, Any]]


def _place_in(rows: list[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, len(rows) - 1)


def _rows(most: int, fields: dict[str, st.SearchStrategy[Any]], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.fixed_dictionaries(fields), min_size=least, max_size=most)


@st.composite
def bakeries(draw: st.DrawFn) -> Bakery:
    """Suppliers of the same name, products without a brand, free purchases, doubles, zeros, empty and nasty texts."""
    maybe, free = st.none() | TEXT, st.just(Decimal(0)) | AMOUNT
    suppliers = draw(_rows(3, {"name": TEXT | st.just("Twin"), "city": maybe}, least=1))
    product: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(("brand", "product_name", "notes", "upc_code"), maybe)
    product |= {"package_size": st.none() | AMOUNT, "package_unit_quantity": AMOUNT}
    product["preferred_supplier"] = st.none() | _place_in(suppliers)
    products = draw(_rows(4, product, least=1))
    purchase = {"product": _place_in(products), "supplier": _place_in(suppliers), "purchase_date": DAY}
    purchase |= {"unit_price": free, "quantity_purchased": AMOUNT, "notes": maybe}
    purchases = draw(_rows(4, purchase))
    item = {"product": _place_in(products), "quantity": free, "addition_date": st.none() | DAY, "location": maybe}
    item |= {"purchase": st.none() | _place_in(purchases) if purchases else st.none(), "notes": maybe}
    items = draw(_rows(4, item))
    return Bakery(suppliers, products, purchases, items)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows."""
    path = tmp_path_factory.mktemp("empty") / "bake.db"
    with (
        Project(f"sqlite:///{path}", DEFAULT_CATALOG).connect(create=True) as database,
        database.writing() as connection,
    ):
        create_tables(connection, BAKERY)
    return path


@pytest.fixture
def stocked(empty: Path, tmp_path: Path) -> Callable[[Bakery], Project]:
    """Make a project with these rows."""
    folder = tmp_path / "project"

    def make(bakery: Bakery) -> Project:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(empty, folder / "bake.db")
        project = Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)
        with project.connect() as database, database.writing() as connection:
            _stock(connection, bakery)
        return project

    return make


def _stock(connection: sa.Connection, bakery: Bakery) -> None:
    tables = {name: BAKERY.entities[name].table for name in BAKERY.entities}
    connection.execute(tables["ingredients"].insert().values(id=7, slug="flour", display_name="Flour", category="Dry"))
    for n, row in enumerate(bakery.suppliers):
        connection.execute(tables["suppliers"].insert().values(id=n + 20, slug=f"s{n}", **row))
    for n, row in enumerate(bakery.products):
        values = _referring(row, preferred_supplier=20) | {"ingredient_id": 7, "package_unit": "lb"}
        connection.execute(tables["products"].insert().values(id=n + 40, slug=f"p{n}", **values))
    for n, row in enumerate(bakery.purchases):
        connection.execute(tables["purchases"].insert().values(id=n + 60, **_referring(row, product=40, supplier=20)))
    for n, row in enumerate(bakery.items):
        connection.execute(
            tables["inventory_items"].insert().values(id=n + 80, **_referring(row, product=40, purchase=60))
        )


def _referring(row: dict[str, Any], **firsts: int) -> dict[str, Any]:
    """A row whose places are ids: those of a list begin at its first."""
    ids = {f"{name}_id": None if row[name] is None else first + row[name] for name, first in firsts.items()}
    return {name: value for name, value in row.items() if name not in firsts} | ids


def _changes(file: Changeset) -> set[tuple[int, str]]:
    """What a changeset would change, as the record's number and the field; it must have nothing but updates."""
    assert not file.decisions.questions
    changes = [operation for operation in file.operations() if not isinstance(operation, Skip)]
    assert all(isinstance(operation, Update) for operation in changes)
    return {
        (operation.from_[0], step.path[1:])
        for operation in changes
        if isinstance(operation, Update) and isinstance(operation.from_[0], int)
        for step in operation.patch
        if isinstance(step, Replace)
    }


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("view", VIEWS)
@LAW
@given(bakery=bakeries())
def test_what_nobody_edited_is_nothing_to_do(
    stocked: Callable[[Bakery], Project], view: str, format_: ViewFormat, bakery: Bakery
) -> None:
    """A view that was exported and is built again gives no operation and no question, three-way and two-way."""
    project = stocked(bakery)
    written = export_view(project, view, format_=format_)
    file = build(project, written.path)
    assert _changes(file) == set()
    assert file.header.source.records == written.heading.count
    # Edits are told by what records carry, and there may be none.
    assert file.header.base == (written.heading.export_id if written.heading.count else None)
    alone = build(project, written.path, two_way=True, output=project.changesets / "alone.changeset.jsonl")
    assert _changes(alone) == set()
    assert alone.header.base is None


@pytest.mark.parametrize("view", VIEWS)
@LAW
@given(bakery=bakeries())
def test_what_is_exported_fits_its_schema(stocked: Callable[[Bakery], Project], view: str, bakery: Bakery) -> None:
    """The JSON Schema that is printed for a view accepts each export of it, in all formats that it names."""
    project = stocked(bakery)
    document = json.loads(export_view(project, view).path.read_text(encoding="utf-8"))
    schema = json.loads(json.dumps(view_schema(project, view), default=float))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


_EDITS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "products": {"brand": TEXT, "product_name": TEXT, "package_unit_quantity": AMOUNT, "notes": TEXT},
    "inventory": {"quantity": AMOUNT, "notes": TEXT},
    "purchases": {"unit_price": AMOUNT, "notes": TEXT},
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("view", _EDITS)
@LAW
@given(bakery=bakeries(), data=st.data())
def test_what_is_edited_is_what_is_changed(
    stocked: Callable[[Bakery], Project], view: str, format_: ViewFormat, bakery: Bakery, data: st.DataObject
) -> None:
    """Any fields of any records edited to any values: exactly those are updated."""
    project = stocked(bakery)
    path = export_view(project, view, format_=format_).path
    plain = json.loads(export_view(project, view, output=path.with_name("plain.json")).path.read_text(encoding="utf-8"))
    edits: dict[tuple[int, str], Any] = {}
    for n, record in enumerate(plain["records"]):
        for name in data.draw(st.sets(st.sampled_from(sorted(_EDITS[view])))):
            value = data.draw(_EDITS[view][name])
            before = record[name]
            if _is_edit(name, before, value):
                edits[n, name] = value
    _EDIT[format_](path, edits)
    assert _changes(build(project, path)) == set(edits)


_BREADS = Bakery(
    suppliers=[{"name": "Mill", "city": None}],
    products=[
        {"brand": brand, "product_name": "Rye", "package_unit_quantity": Decimal(n), "upc_code": code}
        for n, (brand, code) in enumerate([("A", None), ("B", None), ("C", "071012010103"), (None, None)], 1)
    ],
    purchases=[],
    items=[],
)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_part_is_an_ordinary_source(stocked: Callable[[Bakery], Project], format_: ViewFormat) -> None:
    """Chosen columns of chosen records come back as those of a whole export do, but are no mirror of the database."""
    bakery = replace(_BREADS, products=[{"preferred_supplier": None, **row} for row in _BREADS.products])
    project = stocked(bakery)
    columns, where = ["notes", "brand"], "upc_code is null and brand != B and current_inventory_qty = 0"
    written = export_view(project, "products", format_=format_, columns=columns, where=where)
    assert (written.heading.count, written.heading.part) == (2, where)
    assert [column.name for column in exported(written.view)] == ["product_id", "product_slug", "brand", "notes"]
    file = build(project, written.path)
    assert _changes(file) == set()
    assert file.header.source.records == 2
    with pytest.raises(UsageError, match="only a part of the records"):
        build(project, written.path, mode="mirror")
    _EDIT[format_](written.path, {(1, "notes"): "dark"})
    assert _changes(build(project, written.path)) == {(1, "notes")}
    limited = export_view(project, "products", format_=format_, limit=1, output=written.path.with_name("limited"))
    assert (limited.heading.count, limited.heading.part) == (1, "at most 1")


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ({"columns": ["upc"]}, "no column"),
        ({"columns": ["uuid"]}, "no column"),
        ({"where": "upc is null"}, "where: character 1"),
        ({"where": ""}, "where: character 1"),
        ({"limit": 0}, "expected 1 or more"),
    ],
)
def test_no_part_is_guessed(stocked: Callable[[Bakery], Project], what: dict[str, Any], problem: str) -> None:
    """A column, a condition or a limit that is none is refused before anything is written."""
    project = stocked(replace(_BREADS, products=[]))
    with pytest.raises(UsageError, match=problem):
        export_view(project, "products", **what)
    assert not (project.folder / "docs").exists()


def _is_edit(name: str, before: Any, value: Any) -> bool:
    """Whether a value is another one than before; blanks that are tidied make none of a text."""
    if isinstance(value, Decimal):
        return value != Decimal(str(before))
    said, had = (_meant(name, text) for text in (value, before))
    return said != had


def _meant(name: str, text: str | None) -> str | None:
    return text if text is None else tidied(text, is_name=name != "notes")[0].strip()


def _edit_json(path: Path, edits: dict[tuple[int, str], Any]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    for (n, name), value in edits.items():
        document["records"][n][name] = str(value) if isinstance(value, Decimal) else value
    path.write_text(json.dumps(document), encoding="utf-8")


def _edit_csv(path: Path, edits: dict[tuple[int, str], Any]) -> None:
    header, *rows = list(csv.reader(_characters(path)))
    for (n, name), value in edits.items():
        rows[n][header.index(name)] = escaped(value) if isinstance(value, str) else str(value)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([header, *rows])
    path.write_bytes(text.getvalue().encode())


def _edit_xlsx(path: Path, edits: dict[tuple[int, str], Any]) -> None:
    """Edit cells with another library than the one that wrote them, and save the workbook."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    header = [cell.value for cell in sheet[1]]
    for (n, name), value in edits.items():
        cell = sheet.cell(n + 2, header.index(name) + 1)
        # openpyxl escapes no characters that XML cannot hold, and takes a text that begins with = for a formula.
        cell.value = (
            _ILLEGAL.sub(lambda at: f"_x{ord(at[0]):04X}_", escaped(value)) if isinstance(value, str) else value
        )
        cell.data_type = "s" if isinstance(value, str) else cell.data_type
    book.save(path)


_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


_EDIT = {"csv": _edit_csv, "json": _edit_json, "xlsx": _edit_xlsx}


def _characters(path: Path) -> Iterator[str]:
    return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
