"""Questions answered at a real pseudo-terminal, key by key."""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import TypeGuard

import pytest
from support.session import Session

from bake.app.answering.remembered_answers import ORIGIN
from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Operation, Update
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

pytest.importorskip("pexpect", exc_type=ImportError)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

RECORDS = {
    "suppliers": [{"name": "Wilson Farm", "city": "Lexington", "state": "MA"}],
    "purchases": [
        {
            "product_slug": "apple_cider_64",
            "supplier_name": supplier,
            "purchase_date": "2025-12-20",
            "unit_price": price,
            "quantity_purchased": 2,
        }
        for supplier, price in (("Wilson Frams", "6.99"), ("Corner Shop", "7.49"))
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty bakery."""
    project = Project(f"sqlite:///{tmp_path / 'bake.db'}", DEFAULT_CATALOG, folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, project.catalog)
    return project


@pytest.fixture
def file(project: Project, tmp_path: Path) -> Changeset:
    """Two purchases of an unknown product: one from a misspelt supplier, one from an unknown one."""
    source = tmp_path / "purchases.json"
    source.write_text(json.dumps(RECORDS))
    return build(project, source)


def resolving(project: Project, file: Changeset, *, columns: int = 80, term: str = "xterm") -> Session:
    """`bake changeset resolve FILE --interactive` in a pseudo-terminal."""
    command = ("changeset", "resolve", file.path, "--interactive", "--database", project.url)
    return Session(project.folder, *command, columns=columns, term=term)


#: The misspelt supplier is the first candidate, the other a new one; the product needs an ingredient, and that one a
#: parent.
CHAIN = [
    ("1 of 3", "1"),
    ("2 of 3", "c"),
    ("name:", ""),
    ("another field?", "city"),
    ("city:", "Boston"),
    ("another field?", ""),
    ("3 of 3", "c"),
    ("ingredient:", "Apple Cider"),
    ("package_unit:", "fl oz"),
    ("package_unit_quantity:", "lots"),
    ("is not a number", "\x15" + "64"),
    ("another field?", ""),
    ("4 of 4", "c"),
    ("display_name:", ""),
    ("another field?", "parent"),
    ("parent:", "Juices"),
    ("another field?", ""),
    ("5 of 5", "c"),
    ("display_name:", ""),
    ("another field?", ""),
    ("remember this for the next time?", "y"),
]


@pytest.mark.parametrize("columns", [80, 40])
def test_a_chain_of_questions_leads_to_an_applied_changeset(project: Project, file: Changeset, columns: int) -> None:
    """Map one supplier, create another, and a product with its ingredient and its parent: all of it can be applied.

    With NO_COLOR nothing on the screen has a colour.
    """
    session = resolving(project, file, columns=columns)
    session.script(CHAIN)
    screen = session.end()
    assert "Traceback" not in screen
    assert not re.search(r"\x1b\[[0-9;]*(3|4|9)[0-9](;|m)", session.seen)
    assert read(file.path).intact().decisions.open == []
    assert apply(project, file.path).state == "applied"
    with project.connect() as database, database.reading() as connection:
        rows = DatabaseSnapshot(connection, project.catalog)
        (product,) = rows.scan("products", ["ingredient", "package_unit_quantity"])
        ingredients = {row.id: row.values for row in rows.scan("ingredients", ["slug", "parent"])}
        suppliers = {row.id: row.values["slug"] for row in rows.scan("suppliers", ["slug"])}
        bought = {suppliers[row.values["supplier"]] for row in rows.scan("purchases", ["supplier"])}
    cider = ingredients[product.values["ingredient"]]
    assert cider["slug"] == "apple_cider"
    assert ingredients[cider["parent"]]["slug"] == "juices"
    assert bought == {"wilson_farm_lexington_ma", "corner_shop_boston"}
    again = build(project, project.folder / "purchases.json")
    assert again.decisions.open == []
    [answer] = again.decisions.answers.values()
    assert (answer.key, answer.origin) == ({"slug": "wilson_farm_lexington_ma"}, ORIGIN)


def test_a_row_is_searched_for_while_typing(project: Project, file: Changeset) -> None:
    """Half a name brings up the row; Tab takes it. What matches nothing is not taken."""
    session = resolving(project, file)
    session.script([("1 of 3", "m"), ("search:", "qqq")])
    session.type("no row is called so", "\x15", "wilson f")
    session.type("Wilson Farm (Lexington, MA)", "\t", "\r")
    session.type("2 of 3", "q\r")
    session.end()
    assert read(file.path).decisions.answers["q2"].key == {"slug": "wilson_farm_lexington_ma"}


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "end of input"])
def test_leaving_keeps_the_answers(project: Project, file: Changeset, key: str) -> None:
    """In the middle of a text, without a traceback; the first answer is in the file."""
    session = resolving(project, file)
    session.script([("1 of 3", "1"), ("2 of 3", "c")])
    session.type("name:", "\x15", key)
    screen = session.end()
    assert "Traceback" not in screen
    assert "the answers so far are kept" in screen
    assert list(read(file.path).intact().decisions.answers) == ["q2"]


def test_back_and_escape_change_ones_mind(project: Project, file: Changeset) -> None:
    """Escape leaves a text for the menu, and back asks the question before again: its last answer counts."""
    session = resolving(project, file)
    session.script([("1 of 3", "1"), ("2 of 3", "c")])
    session.type("name:", "\x1b")
    session.script(
        [
            ("skip what needs this", "b"),
            ("1 of 3", "s"),
            ("the same answer to this question, too?", ""),
            ("2 of 3", "q"),
        ]
    )
    session.end()
    assert read(file.path).decisions.answers["q2"].choice == "skip"


def test_a_terminal_that_can_only_print_will_do(project: Project, file: Changeset) -> None:
    """The menu is printed, and its key typed."""
    session = resolving(project, file, term="dumb")
    session.script([(">", "x"), ("expected one of", "1"), ("2 of 3", "m"), ("search:", "wilson"), ("there is", "")])
    session.type("search:", "\x04")
    screen = session.end()
    assert "Traceback" not in screen
    assert "\x1b" not in session.seen
    assert "1) Wilson Farm (Lexington, MA)" in screen
    assert "q2" in read(file.path).decisions.answers


#: What is here, and a sheet of it a month later: its prices were corrected, and its days can be two.
_BOUGHT = {"product_slug": "rye", "supplier_slug": "mill", "quantity_purchased": 2}
_HERE = {
    "suppliers": [{"slug": "mill", "name": "Mill"}],
    "ingredients": [{"slug": "rye_flour", "display_name": "Rye Flour"}],
    "products": [{"slug": "rye", "ingredient_slug": "rye_flour", "package_unit": "kg", "package_unit_quantity": 1}],
    "purchases": [
        {**_BOUGHT, "purchase_date": "2025-03-04", "unit_price": "6.99"},
        {**_BOUGHT, "purchase_date": "2025-03-05", "unit_price": "7.49"},
    ],
}
_SHEET = """product_slug,supplier_name,purchase_date,unit_price,quantity_purchased
rye,Mill,03/04/2025,7.99,2
rye,Mill,03/05/2025,8.49,2
"""


@pytest.fixture
def sheet(project: Project, tmp_path: Path) -> Changeset:
    """The sheet, built where its purchases are."""
    here, lines = tmp_path / "here.json", tmp_path / "lines.csv"
    here.write_text(json.dumps(_HERE))
    lines.write_text(_SHEET)
    assert apply(project, build(project, here).path).state == "applied"
    return build(project, lines, view="purchases")


#: Days are read with the month first; then, of the lines that are near a purchase by that, the first is decided.
_DAYS, _PRICES = "which format is it?", "look like rows here"
_OPENED = [("1 of 1", "1"), ("2 of 2", "e"), ("7.99", "1")]


def test_a_question_that_an_answer_opens_is_asked_next(project: Project, sheet: Changeset) -> None:
    """Whether prices were corrected is asked, with an example, once days are read; and is decided one by one."""
    session = resolving(project, sheet)
    session.script([("1 of 1", "1"), ("2 of 2", "l")])
    first = session.end()
    assert first.index(_DAYS) < first.index(_PRICES) < first.index('purchase_date "2025-03-04"')
    session = resolving(project, sheet)
    session.script([("1 of 1", "e"), ("7.99", "1"), ("8.49", "2")])
    screen = session.end()
    assert "Traceback" not in screen
    assert "no question is open" in screen
    updated, created = map(read(sheet.path).decisions.effective, sheet.operations())
    assert isinstance(updated, Update)
    assert [step.value for step in updated.patch] == [Decimal("6.99"), Decimal("7.99")]
    assert isinstance(created, Create)
    assert created.values["purchase_date"] == "2025-03-05"
    assert apply(project, sheet.path).state == "applied"


def test_back_from_a_question_that_an_answer_opened(project: Project, sheet: Changeset) -> None:
    """One step takes back one answer; read with the day first the lines are near nothing, and nothing more is asked."""
    session = resolving(project, sheet)
    session.script(_OPENED)
    session.script([("8.49", "b"), ("7.99", "b"), ("2 of 2", "b"), (_DAYS, "2")])
    screen = session.end()
    assert "Traceback" not in screen
    file = read(sheet.path).intact()
    assert (file.decisions.open, list(file.decisions.answers), file.decisions.exceptions) == ([], ["q1"], {})
    days = [one.values["purchase_date"] for one in map(file.decisions.effective, file.operations()) if _is_new(one)]
    assert days == ["2025-04-03", "2025-05-03"]


def _is_new(operation: Operation) -> TypeGuard[Create]:
    return isinstance(operation, Create) and not operation.needs
