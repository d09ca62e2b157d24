"""Foreign sheets as people bring them: their columns are asked about once, and remembered."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.session import Session
from support.shell import Shell, changes, lines, notices, query

PRODUCT = "king_arthur_bread_flour_5_lb"
SHEET = "Shop,Date,Price,Qty\nWegmans,2025-12-20,6.49,2\nCostco,2025-12-21,6.99,1\nWegmans,2025-12-22,11.45,2\n"
WHOLE = "Shop;Date;Price;Qty;Item\nWegmans;2025-12-20;6,49;2;bobs_rye_flour_20_oz\n"
#: `A` is the shop by its values, `Suplier` is like a synonym of it, `Colour` is nothing.
UNSURE = "A,When,Price,Qty,UPC,Colour\nWegmans,12/20/2025,6.49,2,071012010103,red\nCostco,12/31/2025,6.99,1,,blue\n"
REAL = Path(__file__).parents[3] / "shared" / "data" / "bake-tracker"


def build(bakery: Shell, sheet: str, *options: object) -> Path:
    """A changeset of a sheet of purchases."""
    (bakery.folder / "sheet.csv").write_text(sheet, encoding="utf-8")
    bakery.done("changeset", "build", "sheet.csv", "--view", "purchases", "--output", "c.changeset.jsonl", *options)
    return bakery.folder / "c.changeset.jsonl"


def questions(changeset: Path) -> list[dict[str, Any]]:
    """What a changeset asks."""
    return [*lines(changeset, "question")]


def source(changeset: Path) -> dict[str, Any]:
    """What the header says of the source."""
    [header] = lines(changeset, "header")
    said: dict[str, Any] = header["source"]
    return said


def purchases(bakery: Shell) -> list[tuple[Any, ...]]:
    """The purchases since, by shop and day."""
    return query(
        bakery.folder / "bake.db",
        """SELECT p.slug, s.name, c.purchase_date, c.unit_price, c.quantity_purchased FROM purchases c
           JOIN products p ON p.id = c.product_id JOIN suppliers s ON s.id = c.supplier_id
           WHERE c.purchase_date > '2025-12-01' ORDER BY c.purchase_date""",
    )


def test_a_sheet_whose_columns_have_declared_names_asks_nothing(bakery: Shell) -> None:
    """Shop, Date, Price, Qty and Item are known; it is said how they were taken, in a notice and in the header."""
    changeset = build(bakery, WHOLE)
    assert questions(changeset) == []
    [notice] = notices(changeset)["columns"]
    assert notice == (
        'columns were taken by other names that they have: "Shop" as supplier_name, "Date" as purchase_date, '
        '"Price" as unit_price, "Qty" as quantity_purchased, "Item" as product'
    )
    assert source(changeset)["columns"]["Item"] == "product"
    bakery.done("changeset", "apply", changeset)
    assert purchases(bakery) == [("bobs_rye_flour_20_oz", "Wegmans", "2025-12-20", 6.49, 2)]
    scan = "UPC,Ingredient,Shop,Date,Price,Qty\n071012010104,Cider,Wegmans,2025-12-21,3,1\n"
    [question] = questions(bakery.built(bakery.write("scan.csv", scan), "--view", "purchases"))
    assert question["lookup"] == {"ingredient": {"display_name": "Cider"}, "upc_code": "071012010104"}


def test_a_lacking_column_is_one_question_of_the_file(bakery: Shell) -> None:
    """Three rows without a product: one question, all records in one operation, and nothing can be applied."""
    changeset = build(bakery, SHEET)
    [question] = questions(changeset)
    assert (question["kind"], question["asked_by"]) == ("columns", [1])
    assert question["lacking"] == {"product": ["product", "product_slug", "upc_code", "gtin"]}
    [operation] = lines(changeset, "operation")
    assert (operation["action"], operation["from"]) == ("skip", ["0-2"])
    for options in ((), ("--skip-on-error",)):
        said = bakery.bake("changeset", "apply", changeset, *options)
        assert said.status == 3
        assert "no column says the product" in said.err


def test_one_row_whose_column_may_be_what_is_lacking_is_asked_about_that(bakery: Shell) -> None:
    """A scan of the stock says the product by its barcode; what its other column is, is asked, and not a value."""
    query(bakery.database, "UPDATE products SET gtin = '00071012010103' WHERE id = 1")
    bakery.write("stock.csv", "GTIN,Zahl\n71012010103,4\n")
    changeset = bakery.built("stock.csv", "--view", "inventory")
    [question] = questions(changeset)
    assert (question["kind"], question["lacking"]) == ("columns", {"quantity": ["quantity"]})
    assert question["columns"][1]["others"] == ["quantity"]
    bakery.done("import", "stock.csv", "--view", "inventory", "--column", "Zahl=quantity", "--yes")
    assert query(bakery.database, "SELECT product_id, quantity FROM inventory_items") == [(1, 4)]


@pytest.mark.parametrize("way", ["build", "options", "answers", "library"])
def test_every_way_of_answering_comes_to_the_same(bakery: Shell, way: str) -> None:
    """With the build, by options, by a file of answers, or by the library: the mapping in the header, and the rows."""
    if way == "build":
        changeset = build(bakery, SHEET, "--value", f"product={PRODUCT}", "--column", "qty=quantity")
    else:
        changeset = build(bakery, SHEET)
    if way == "options":
        bakery.done("changeset", "resolve", changeset, "--value", f"product={PRODUCT}")
    elif way == "answers":
        template = json.loads(bakery.done("changeset", "resolve", changeset, "--template"))
        [asked] = template["questions"]
        assert asked["columns"][0]["samples"] == ["Wegmans", "Costco"]
        asked["answer"] = {
            "choose": "proposed",
            "values": {"product": PRODUCT},
            "columns": {"Qty": "quantity_purchased"},
        }
        bakery.done("changeset", "resolve", changeset, "--answers", bakery.write("answers.json", template))
    elif way == "library":
        import bake

        project = bake.open_project(bakery.folder, database=f"sqlite:///{bakery.folder}/bake.db")
        answer = bake.Answer("q1", "choose", values={"product": PRODUCT})
        assert bake.resolve(project, changeset, [answer]).answered == 1
    said = source(changeset)
    assert said["columns"] == {
        "Shop": "supplier_name",
        "Date": "purchase_date",
        "Price": "unit_price",
        "Qty": "quantity_purchased",
    }
    assert said["values"] == {"product": PRODUCT}
    assert questions(changeset) == []
    bakery.done("changeset", "apply", changeset)
    assert [row[:3] for row in purchases(bakery)] == [
        (PRODUCT, "Wegmans", "2025-12-20"),
        (PRODUCT, "Costco", "2025-12-21"),
        (PRODUCT, "Wegmans", "2025-12-22"),
    ]


def test_values_and_likeness_are_proposed_and_other_questions_come_afterwards(bakery: Shell) -> None:
    """Nothing is compiled under the proposal; taken as it is, the product that nobody knows is asked for as ever."""
    changeset = build(bakery, UNSURE)
    [question] = questions(changeset)
    proposed = {column["name"]: column.get("field") for column in question["columns"]}
    assert proposed == {
        "A": "supplier_name",
        "When": "purchase_date",
        "Price": "unit_price",
        "Qty": "quantity_purchased",
        "UPC": "upc_code",
        "Colour": None,
    }
    said = bakery.done("changeset", "resolve", changeset, "--choose", "q1=proposed")
    assert "1 answer recorded; still open:" in said
    assert {asked["kind"] for asked in questions(changeset)} == {"missing", "invalid", "decision"}
    assert notices(changeset)["unknown_field"] == ['"Colour" is no column of purchases']


def test_a_question_stands_where_the_source_has_it(bakery: Shell) -> None:
    """A record that is asked about is located by the row and the cell of the sheet, whatever its column is called."""
    changeset = build(bakery, WHOLE.replace("Wegmans", "Aldi"))
    [question] = questions(changeset)
    assert (question["kind"], question["where"]) == ("missing", "sheet.csv:2:1")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--column", "Shp=supplier"], '"Shp" is no column of the source'),
        (["--column", "Shop=suplier_name"], "did you mean supplier_name?"),
        (["--column", "Shop=date", "--column", "Date=date"], '"Shop" and "Date" cannot all be purchase_date'),
        (["--value", "product="], '"product" has no value'),
        (["--column", "Shop"], "expected --column COLUMN=FIELD"),
    ],
)
def test_what_names_no_column_is_refused(bakery: Shell, options: Sequence[str], problem: str) -> None:
    """By the build and by `resolve` alike, with what would fit; the changeset stays as it was."""
    changeset = build(bakery, SHEET)
    before = changeset.read_bytes()
    answered = bakery.bake("changeset", "resolve", changeset, *options)
    built = bakery.bake("changeset", "build", "sheet.csv", "--view", "purchases", "--output", "d.jsonl", *options)
    for said in (answered, built):
        assert said.status in (2, 5), said
        assert problem in said.err
    assert changeset.read_bytes() == before
    assert not (bakery.folder / "d.jsonl").exists()


def test_what_is_still_lacking_is_said(bakery: Shell) -> None:
    """To take the columns as they are, without a product, is no answer."""
    changeset = build(bakery, SHEET)
    said = bakery.bake("changeset", "resolve", changeset, "--choose", "q1=proposed")
    assert said.status != 0
    assert "no column says the product: choose one, or give one value for all" in said.err
    bakery.done("changeset", "resolve", changeset, "--skip", "q1")
    assert "nothing to apply" in bakery.done("changeset", "show", changeset).lower()


def test_a_source_that_is_gone_or_edited_is_refused_with_the_whole_command(bakery: Shell) -> None:
    """The command that is offered builds it with the same columns; `--source` says where it went."""
    changeset = build(bakery, SHEET)
    (bakery.folder / "sheet.csv").rename(bakery.folder / "moved.csv")
    answer = ("changeset", "resolve", changeset, "--value", f"product={PRODUCT}")
    said = bakery.bake(*answer)
    assert said.status == 2
    assert "bake changeset build sheet.csv --view purchases --column Shop=supplier_name" in said.err
    assert f"--value product={PRODUCT} --output" in said.err
    (bakery.folder / "sheet.csv").write_text(SHEET + "Costco,2025-12-23,1.00,1\n")
    assert "was edited since" in bakery.bake(*answer).err
    bakery.done(*answer, "--source", "moved.csv")
    assert questions(changeset) == []


@pytest.mark.parametrize("options", [[], ["--encoding", "windows-1252", "--header", "2"]])
def test_a_sheet_is_read_again_as_it_was_read_first(bakery: Shell, options: list[str]) -> None:
    """Another encoding, found or said, and a title above the header: the digest holds, and so does how it was read."""
    title = "K\u00e4ufe\n" if options else ""
    (bakery.folder / "w.csv").write_bytes(f"{title}{SHEET}K\u00e4serei,2025-12-23,1.00,1\n".encode("cp1252"))
    bakery.done("changeset", "build", "w.csv", "--view", "purchases", "--output", "w.changeset.jsonl", *options)
    changeset = bakery.folder / "w.changeset.jsonl"
    bakery.done("changeset", "resolve", changeset, "--value", f"product={PRODUCT}")
    [question] = questions(changeset)
    assert (question["kind"], question["lookup"]) == ("missing", {"name": "K\u00e4serei"})
    assert ("read_as" in source(changeset)) == bool(options)
    (bakery.folder / "w.csv").unlink()


def test_a_title_above_a_foreign_header_is_named(bakery: Shell) -> None:
    """The line that looks like the header is found by declared names, too."""
    (bakery.folder / "sheet.csv").write_text("Receipts, all of them\n" + SHEET)
    said = bakery.bake("changeset", "build", "sheet.csv", "--view", "purchases")
    assert said.status == 5
    assert "Line 2 looks like the header" in said.err


def test_rows_are_created_without_asking_only_once_columns_are_known(bakery: Shell) -> None:
    """`--auto-create` says why nothing was created yet."""
    (bakery.folder / "sheet.csv").write_text(SHEET)
    built = ("changeset", "build", "sheet.csv", "--view", "purchases", "--auto-create", "suppliers")
    said = bakery.bake(*built, "--output", "c.changeset.jsonl")
    assert said.status == 0
    assert "auto-create: nothing was created, since the columns of the source are asked for first" in said.err


def test_what_came_through_a_pipe_is_to_be_given_again(bakery: Shell) -> None:
    """The command that is offered reads standard input once more."""
    built = bakery.process("changeset", "build", "-", "--view", "purchases", "--output", "p.jsonl", text=SHEET)
    assert built.status == 0
    said = bakery.bake("changeset", "resolve", "p.jsonl", "--value", f"product={PRODUCT}")
    assert said.status == 2
    assert "bake changeset build - --view purchases --column Shop=supplier_name" in said.err


def test_columns_are_remembered_for_the_same_header(bakery: Shell) -> None:
    """In another order, with other rows: nothing is asked, and it is said; another set of columns is asked about."""
    changeset = build(bakery, UNSURE)
    bakery.done("changeset", "resolve", changeset, "--column", "Colour=", "--choose", "q1=proposed", "--remember")
    assert "the columns A, Colour, Price, Qty, UPC, When" in bakery.done("answers", "list")
    changeset.unlink()
    again = build(bakery, "Colour,When,A,Price,Qty,UPC\nblue,2025-12-20,Wegmans,6.49,2,071012010103\n")
    assert [question["kind"] for question in questions(again)] == ["missing"]
    [notice] = notices(again)["columns_remembered"]
    assert '"A" as supplier_name' in notice
    assert '"Colour" left out' in notice
    assert "unknown_field" not in notices(again)
    again.unlink()
    other = build(bakery, UNSURE.replace("Colour", "Size"))
    assert [question["kind"] for question in questions(other)] == ["columns"]
    bakery.done("answers", "forget", "purchases")
    other.unlink()
    assert [question["kind"] for question in questions(build(bakery, UNSURE))] == ["columns"]


def test_a_scan_takes_what_the_document_says_for_all(bakery: Shell) -> None:
    """A document of scans: `upc`, a time instead of a date, one supplier for all: nothing is asked but the product.

    That is asked at the place of the record, with the source's own names.
    """
    scans = [
        {"upc": "071012010103", "scanned_at": f"2025-12-2{n}T08:15:00Z", "unit_price": 7.99, "quantity_purchased": n}
        for n in (1, 2)
    ]
    document = {"schema_version": "4.0", "supplier": "Costco", "purchases": scans}
    bakery.write("scans.json", document)
    bakery.done("changeset", "build", "scans.json", "--output", "s.changeset.jsonl")
    changeset = bakery.folder / "s.changeset.jsonl"
    [question] = questions(changeset)
    assert (question["kind"], question["lookup"]) == ("missing", {"upc_code": "071012010103"})
    assert question["where"].endswith("(/purchases/0)")
    values = [line["values"] for line in lines(changeset, "operation")]
    assert [one["purchase_date"] for one in values] == ["2025-12-21", "2025-12-22"]
    assert {one["supplier"]["slug"] for one in values} == {"costco_waltham_ma"}
    assert all("supplier" not in message for message in notices(changeset).get("ignored", []))
    assert 'the file gives supplier "Costco" for all of its records' in notices(changeset)["columns"]


def test_scans_without_a_supplier_are_one_question(bakery: Shell) -> None:
    """Two records and no word of the shop: one question of the file, in which it can be given for all."""
    scans = [{"upc": "071012010103", "scanned_at": "2025-12-21T08:15:00Z", "unit_price": n} for n in (1, 2)]
    for scan in scans:
        scan["quantity_purchased"] = 1
    bakery.write("scans.json", {"import_type": "purchases", "purchases": scans})
    bakery.done("changeset", "build", "scans.json", "--output", "s.changeset.jsonl")
    [question] = questions(bakery.folder / "s.changeset.jsonl")
    assert (question["kind"], [*question["lacking"]]) == ("columns", ["supplier"])


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not in ../shared/data/bake-tracker")
def test_the_real_prices_need_the_columns_and_their_two_suppliers(tmp_path: Path) -> None:
    """156 prices under names that are not Bake's: one question of the file, and then one for each unknown shop."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", REAL / "suppliers.json")
    shell.done("import", REAL / "sample_data_all.json")
    slugs = [slug for (slug,) in query(tmp_path / "bake.db", "SELECT slug FROM products ORDER BY id")]
    assert len(slugs) == 156
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["What", "Where from", "Paid", "How many", "On"])
    for n, slug in enumerate(slugs):
        shop = ("Market Basket", "Trader Joe's")[n % 2]
        writer.writerow([slug, shop, f"{1 + n % 9}.49", 1 + n % 3, f"2026-01-{1 + n % 28:02}"])
    (tmp_path / "prices.csv").write_text(text.getvalue(), encoding="utf-8")
    shell.done("changeset", "build", "prices.csv", "--view", "purchases", "--output", "c.changeset.jsonl")
    changeset = tmp_path / "c.changeset.jsonl"
    [question] = questions(changeset)
    proposed = {column["name"]: column.get("field") for column in question["columns"]}
    assert (proposed["What"], proposed["On"], proposed["How many"]) == (
        "product_slug",
        "purchase_date",
        "quantity_purchased",
    )
    said = shell.done(
        *("changeset", "resolve", changeset, "--column", "Where from=shop", "--column", "Paid=price"),
    )
    assert "still open: q1, q2" in said
    assert [(q["kind"], q["lookup"]) for q in questions(changeset)] == [
        ("missing", {"name": "Market Basket"}),
        ("missing", {"name": "Trader Joe's"}),
    ]


TERMINALS = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class TestAtATerminal:
    """The table, and a menu to change it and take it."""

    pytestmark = TERMINALS

    @pytest.mark.parametrize("term", ["xterm", "dumb"])
    def test_columns_are_changed_and_taken(self, bakery: Shell, term: str) -> None:
        """A column is said to be another one, a value given for all, then the table is taken and remembered."""
        changeset = build(bakery, SHEET)
        session = Session(bakery.folder, "changeset", "resolve", changeset, "--interactive", term=term)
        session.type("no column says the product: product, product_slug", "")
        session.type("quit", "v\r")
        session.script([("field:", "product"), ("of all records", PRODUCT)])
        session.type("take the columns as they are shown", "")
        session.type("quit", "1\r")
        session.script([("remember this for the next time?", "y")])
        assert "1 answer recorded; no question is open" in session.end()
        assert source(changeset)["values"] == {"product": PRODUCT}
        assert "product is" in bakery.done("answers", "list")

    def test_a_column_is_changed(self, bakery: Shell) -> None:
        """What the values proposed can be corrected, one column at a time; the table shows what was said."""
        changeset = build(bakery, UNSURE)
        session = Session(bakery.folder, "changeset", "resolve", changeset, "--interactive", term="dumb")
        session.type("quit", "c\r")
        session.script([("column:", "Colour"), ("leave it out): ", "notes")])
        session.type("notes: you said so", "")
        session.type("quit", "1\r")
        session.type("quit", "q\r")
        session.end()
        assert source(changeset)["columns"]["Colour"] == "notes"

    def test_an_import_asks_for_the_columns_first_and_goes_on(self, bakery: Shell) -> None:
        """Without `--interactive`, on a terminal: the columns, then the plan, then everything is applied."""
        (bakery.folder / "sheet.csv").write_text(SHEET)
        session = Session(bakery.folder, "import", "sheet.csv", "--view", "purchases", term="dumb")
        session.type("quit", "v\r")
        session.script([("field:", "product"), ("of all records", PRODUCT)])
        session.type("take the columns as they are shown", "")
        session.type("quit", "1\r")
        session.script([("remember this for the next time?", "n"), ("Apply?", "y")])
        assert "purchases: 3 created" in session.end()
        assert len(purchases(bakery)) == 3

    def test_later_leaves_the_question_open(self, bakery: Shell) -> None:
        """Nothing is built again, and the command ends as with any open question."""
        changeset = build(bakery, SHEET)
        before = changeset.read_bytes()
        session = Session(bakery.folder, "changeset", "resolve", changeset, "--interactive", term="dumb")
        session.type("quit", "l\r")
        session.end()
        assert session.process.exitstatus == 3
        assert changeset.read_bytes() == before


def test_a_column_of_sizes_with_units_says_both(bakery: Shell) -> None:
    """No column for the unit is lacking then, and nothing is asked."""
    text = (
        "Brand,Product,Size,Ingredient\nMill Lane,Stoneground Rye,2 lb,Rye Flour\nMill Lane,Dark Rye,20 oz,Rye Flour\n"
    )
    built = bakery.built(bakery.write("sizes.csv", text), "--view", "products")
    assert lines(built, "question") == []
    sizes = [(one["values"]["package_unit_quantity"], one["values"]["package_unit"]) for one in changes(built)]
    assert sizes == [(2, "lb"), (20, "oz")]
    assert len(notices(built)["amounts"]) == 1


def test_suppliers_of_a_sheet_of_ones_own(bakery: Shell) -> None:
    """Short names of the columns of an entity, and yes or no as people write it."""
    text = (
        "Name,Street,Zip,Website,Active\nCorner Grocer,1 Main St,01970,www.corner.example,Y\nHall,2 Main St,02110,,N\n"
    )
    built = bakery.built(bakery.write("shops.csv", text), "--view", "suppliers")
    assert lines(built, "question") == []
    said = [
        (one["values"]["street_address"], one["values"]["is_active"], one["values"]["zip_code"])
        for one in changes(built)
    ]
    assert said == [("1 Main St", True, "01970"), ("2 Main St", False, "02110")]


def test_an_object_says_which_row_is_meant(bakery: Shell) -> None:
    """A record may call a reference by its own name, with a key, a name or an object, where a view has parts of it."""
    buying = {"purchase_date": "2025-12-20", "unit_price": 3, "quantity_purchased": 1, "product": {"slug": PRODUCT}}
    shops = [{"name": "Costco"}, {"slug": "costco_waltham_ma"}, "Costco", "costco_waltham_ma"]
    records = [{**buying, "supplier": shop, "unit_price": 3 + n} for n, shop in enumerate(shops)]
    built = bakery.built(bakery.write("bought.json", records), "--view", "purchases")
    assert {line["values"]["supplier"]["slug"] for line in changes(built)} == {"costco_waltham_ma"}
    product = {"product_slug": PRODUCT, "preferred_supplier": {"name": "Costco"}, "ingredient": {"slug": "bread_flour"}}
    assert lines(bakery.built(bakery.write("rye.json", [product]), "--view", "products"), "question") == []


GROUPED: list[list[Any]] = [
    ["Shop", "Date", "Item", "Price", "Qty"],
    ["Wegmans", "2026-01-03", PRODUCT, 91, 1],
    [None, None, PRODUCT, 92, 1],
    ["Costco", "2026-01-04", PRODUCT, 93, 1],
    [None, None, PRODUCT, 94, 1],
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_blank_cells_say_what_stands_above_if_somebody_says_so(bakery: Shell, form: str) -> None:
    """A list by shops and days, or merged cells: the question offers it, and nothing is filled before."""
    if form == "csv":
        text = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in GROUPED)
        path = bakery.write("list.csv", text)
    else:
        book = openpyxl.Workbook()
        for row in GROUPED:
            book.active.append(row)
        for cells in ("A2:A3", "B2:B3", "A4:A5", "B4:B5"):
            book.active.merge_cells(cells)
        path = bakery.folder / "list.xlsx"
        book.save(path)
    asked = lines(bakery.built(path, "--view", "purchases"), "question")
    assert [(q["field"], q["asked_by"]) for q in asked] == [("supplier", [2, 4]), ("purchase_date", [2, 4])]
    assert asked[0]["problem"].endswith("build again with --fill-down Shop")
    built = bakery.built(path, "--view", "purchases", "--fill-down", "shop", "--fill-down", "Date")
    assert notices(built)["filled_down"][0] == "Shop: 2 blank cells say what stands above, as was said"
    assert lines(built, "header")[0]["source"]["read_as"] == {"fill_down": ["shop", "Date"]}
    bakery.done("changeset", "apply", built)
    bought = (
        "SELECT name, purchase_date FROM purchases JOIN suppliers ON supplier_id = suppliers.id WHERE unit_price > 90"
    )
    assert query(bakery.database, f"{bought} ORDER BY unit_price") == [
        *[("Wegmans", "2026-01-03")] * 2,
        *[("Costco", "2026-01-04")] * 2,
    ]


def test_what_cannot_be_filled_down_is_refused(bakery: Shell) -> None:
    """A column that the sheet does not have, and a source that is no sheet."""
    bakery.write("sheet.csv", SHEET)
    said = bakery.bake("changeset", "build", "sheet.csv", "--view", "purchases", "--fill-down", "Store")
    assert (said.status, '"Store" is no column of the sheet' in said.err) == (2, True)
    bakery.write("one.json", [{"product_slug": PRODUCT, "notes": "n"}])
    said = bakery.bake("changeset", "build", "one.json", "--view", "products", "--fill-down", "notes")
    assert (said.status, "is no sheet" in said.err) == (2, True)


def test_a_stock_of_ones_own_keeps_its_dates(bakery: Shell) -> None:
    """What exports of the inventory do not show can be imported all the same: until when things keep."""
    text = f"Product,In stock,Where,Best before\n{PRODUCT},2,Cellar,13/3/2027\n"
    built = bakery.built(bakery.write("stock.csv", text), "--view", "inventory")
    bakery.done("changeset", "apply", built)
    kept = query(bakery.database, "SELECT quantity, expiration_date FROM inventory_items WHERE location = 'Cellar'")
    assert kept == [(2, "2027-03-13")]
