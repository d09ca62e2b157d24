"""Changesets to render, and the comparison with what they were rendered to before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bake.changeset import events
from bake.changeset import model as m
from bake.changeset.file import Changeset, read
from bake.changeset.header import FORMAT, CatalogStamp, Header, Section, Source
from bake.changeset.writing import append, write

HERE = Path(__file__).parent
FILE = Path("changesets", "2025-12-24-view_products-0001.changeset.jsonl")


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares what was rendered with the file of this name, byte by byte; `--update-golden` writes it."""

    def check(name: str, rendered: bytes) -> None:
        if request.config.getoption("--update-golden"):
            (HERE / name).write_bytes(rendered)
        assert rendered.decode() == (HERE / name).read_bytes().decode()

    return check


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, so that paths in what is rendered are the same everywhere."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def undecided() -> Changeset:
    """Every action and every kind of question, nothing answered yet."""
    built = m.Built(counts={}, notices=NOTICES, digest="")
    return read(write([HEADER, *OPERATIONS, *QUESTIONS, built], lambda _: FILE).path)


@pytest.fixture
def applied(undecided: Changeset) -> Changeset:
    """The same, all answered, tried once in vain, and applied."""
    return append(undecided, *ANSWERS, FAILED, APPLIED)


@pytest.fixture
def damaged(applied: Changeset) -> Changeset:
    """The same, edited by hand, with a line that is no JSON, and torn at the end."""
    text = applied.path.read_text(encoding="utf-8").replace("King Arthur", "Queen Arthur")
    lines = text.splitlines(keepends=True)
    applied.path.write_text("".join([*lines[:3], "<<< HEAD\n", *lines[3:], '{"type":"appl']), encoding="utf-8")
    return read(applied.path)


@pytest.fixture
def columns() -> Changeset:
    """Nothing but the question what the columns of a sheet are, some of them unknown, and one field lacking."""
    source = Source(name="receipts.csv", sha256="0" * 64, kind="csv", view="purchases", records=1200)
    header = Header(
        format=FORMAT,
        source=source,
        catalog=HEADER.catalog,
        mode="merge",
        built_at=HEADER.built_at,
        built_by="ada",
    )
    skip = m.Skip(n=1, entity="purchases", reason="waits for its columns", from_=("0-1199",))
    built = m.Built(counts={"purchases": {"skip": 1200}}, digest="")
    return read(write([header, skip, COLUMNS, built], lambda _: FILE).path)


@pytest.fixture
def matched() -> Changeset:
    """A changeset whose source was read by other columns than the view's."""
    source = Source(
        name="receipts.csv",
        sha256="0" * 64,
        kind="csv",
        view="purchases",
        records=1,
        columns={"Shop": "supplier_name", "Colour | red": None},
        values={"product": "butter"},
    )
    header = Header(
        format=FORMAT,
        source=source,
        catalog=HEADER.catalog,
        mode="merge",
        built_at=HEADER.built_at,
        built_by="ada",
    )
    skip = m.Skip(n=1, entity="purchases", reason="unchanged", from_=(0,))
    return read(write([header, skip, m.Built(counts={}, digest="")], lambda _: FILE).path)


@pytest.fixture
def hostile() -> Changeset:
    """Names and values that try to steer the terminal, or to become markup."""
    evil = '\x1b[31m<script>alert("1")</script> | @all #1 [x](http://x.example) `a` *b*\n# c\u202e'
    create = m.Create(n=1, entity="suppliers", key={"slug": evil}, values={"slug": evil, evil: evil}, from_=(0,))
    question = m.Question(
        id="q1",
        kind="missing",
        entity="suppliers",
        lookup={"name": evil},
        where=evil,
        asked_by=(1,),
        record={evil: evil},
        doubt=(evil,),
    )
    source = Source(name=evil, sha256="0" * 64, kind="view", view=evil, records=1)
    header = Header(
        format=FORMAT, source=source, catalog=HEADER.catalog, mode="merge", built_at=HEADER.built_at, built_by=evil
    )
    notices = (m.Notice(code="unknown_field", message=evil, from_=(0,)),)
    return read(write([header, create, question, m.Built(counts={}, notices=notices, digest="")], lambda _: FILE).path)


@pytest.fixture
def large() -> Changeset:
    """A thousand updates without a question."""
    source = Source(name="prices.json", sha256="0" * 64, kind="document", records=1500, sections=SECTIONS)
    header = Header(
        format=FORMAT,
        source=source,
        catalog=HEADER.catalog,
        mode="mirror",
        base="2025-12-20-1",
        built_at=HEADER.built_at,
        built_by="ada",
    )
    return read(write([header, *_many(1000), m.Built(counts={}, digest="")], lambda _: FILE).path)


def _many(number: int) -> Iterator[m.Operation]:
    for n in range(1, number + 1):
        yield m.Update(n=n, entity="products", key={"slug": f"p{n}"}, patch=_change("price", n, n + 1), from_=(n - 1,))
    yield m.Skip(n=number + 1, entity="products", reason="unchanged", from_=("1000-1499",))


def _change(name: str, before: m.Json, after: m.Json) -> m.Patch:
    return (m.Test(path=f"/{name}", value=before), m.Replace(path=f"/{name}", value=after))


HEADER = Header(
    format=FORMAT,
    source=Source(name="view_products.json", sha256="0" * 64, kind="view", view="products", records=18),
    catalog=CatalogStamp(name="bakery", fingerprint="0123456789abcdef"),
    mode="merge",
    built_at="2025-12-24T10:00:00Z",
    built_by="ada",
)
NOTES = "Milled from hard red winter wheat; keep it dry, use it within eight months, and label the tin with the date. "
OPERATIONS: tuple[m.Operation, ...] = (
    m.Update(
        n=1,
        entity="products",
        key={"slug": "king_arthur_ap_flour_5lb"},
        patch=_change("upc_code", None, "071012010104")
        + _change("notes", NOTES * 3 + "Old tin.", NOTES * 3 + "New tin.")
        + _change("brand", "King  Arthur", "King\u00a0Arthur"),
        from_=(0,),
        warnings=(m.Warn(field="upc_code", message="the check digit should be 3"),),
    ),
    m.Create(
        n=2,
        entity="products",
        key={"slug": "wilson_farm_cider_64_fl_oz"},
        values={
            "slug": "wilson_farm_cider_64_fl_oz",
            "ingredient": {"slug": "apple_cider"},
            "brand": "Wilson Farm",
            "package_unit_quantity": 64,
            "preferred_supplier": {"name": "Wilson's Farm"},
        },
        from_=(2,),
        needs={"/ingredient": 9, "/preferred_supplier": "q1"},
    ),
    m.Create(
        n=3,
        entity="purchases",
        key={"uuid": "6f1c5d0e-0000-5000-8000-000000000001"},
        values={
            "uuid": "6f1c5d0e-0000-5000-8000-000000000001",
            "product": {"slug": "king_arthur_ap_flour_5lb"},
            "supplier": {"name": "Costco"},
            "purchase_date": None,
            "unit_price": Decimal("3.99"),
            "organic": False,
        },
        from_=(3, "5-6"),
        needs={"/supplier": "q2", "/purchase_date": "q5"},
    ),
    m.Create(
        n=4,
        entity="products",
        key={"slug": "vanilla_50ml"},
        values={"slug": "vanilla_50ml", "brand": "Heilala"},
        from_=(4,),
        needs={"": "q3"},
    ),
    m.Update(
        n=5,
        entity="suppliers",
        key={"name": "Wilson Farm", "city": "Lexington", "state": "MA"},
        patch=_change("phone", "555-0100", "555-0199"),
        from_=(7,),
        needs={"/phone": "q4"},
    ),
    m.Update(
        n=6, entity="suppliers", key={"slug": "penzeys"}, patch=_change("city", "Boston", "Arlington"), from_=(8,)
    ),
    m.Update(
        n=7,
        entity="suppliers",
        key={"slug": "penzeys"},
        patch=_change("city", "Boston", "Natick"),
        from_=(9,),
        needs={"": "q6"},
    ),
    m.Delete(
        n=8,
        entity="suppliers",
        key={"slug": "closed_shop"},
        before={"slug": "closed_shop", "name": "Closed Shop", "is_active": False},
    ),
    m.Create(
        n=9, entity="ingredients", key={"slug": "apple_cider"}, values={"slug": "apple_cider", "level": 2}, from_=(10,)
    ),
    m.Skip(n=10, entity="products", reason="unchanged", from_=(1, "11-14")),
    m.Skip(n=11, entity="materials", reason="unknown entity", from_=(15,)),
    *(
        m.Create(
            n=12 + n,
            entity="purchases",
            key={"uuid": f"6f1c5d0e-0000-5000-8000-00000000001{n}"},
            values={"uuid": f"6f1c5d0e-0000-5000-8000-00000000001{n}", "unit_price": price},
            from_=(16 + n,),
            needs={"": "q7"},
            outcomes={"q7": {"same": m.Outcome(same_as=row), "new": m.Outcome()}},
        )
        for n, (price, row) in enumerate(
            (price, m.Candidate(key={"uuid": uuid}, label=label, patch=_change("unit_price", before, price)))
            for price, uuid, label, before in (
                (Decimal("4.99"), "u1", "flour, 2025-12-01", Decimal("3.99")),
                (Decimal("2.50"), "u2", "yeast, 2025-12-02", Decimal("2.40")),
            )
        )
    ),
)
WILSON = m.Candidate(
    key={"slug": "wilson_farm_lexington_ma"}, label="Wilson Farm (Lexington, MA)", score=Decimal("0.93"), why="near"
)
QUESTIONS = (
    m.Question(
        id="q1",
        kind="missing",
        entity="suppliers",
        lookup={"name": "Wilson's Farm"},
        where="view_products.json:12 (/records/2)",
        record={"product_slug": "flour_5_lb", "supplier_name": "Wilson's Farm", "unit_price": Decimal("3.99")},
        doubt=("supplier_name",),
        asked_by=(2,),
        candidates=(WILSON,),
    ),
    m.Question(
        id="q2",
        kind="ambiguous",
        entity="suppliers",
        lookup={"name": "Costco"},
        asked_by=(3,),
        candidates=(
            m.Candidate(key={"slug": "costco_waltham_ma"}, label="Costco (Waltham, MA)"),
            m.Candidate(key={"name": "Costco", "city": "Danvers", "state": "MA"}, label="Costco (Danvers, MA)"),
        ),
    ),
    m.Question(
        id="q3",
        kind="identity",
        entity="products",
        lookup={"slug": "vanilla_50ml"},
        problem="the row with the id 7 does not agree with the record",
        asked_by=(4,),
        candidates=(
            m.Candidate(
                key={"slug": "heilala_vanilla_50_ml"},
                label="Heilala vanilla, 50 ml",
                patch=_change("brand", "Heilala Vanilla", "Heilala"),
            ),
        ),
    ),
    m.Question(
        id="q4",
        kind="conflict",
        entity="suppliers",
        field="phone",
        key={"slug": "wilson_farm_lexington_ma"},
        base="555-0101",
        current="555-0100",
        value="555-0199",
        asked_by=(5,),
    ),
    m.Question(
        id="q5",
        kind="invalid",
        entity="purchases",
        field="purchase_date",
        value="2025-13-01",
        problem='"2025-13-01" is no date; expected a date such as 2025-12-20',
        asked_by=(3,),
    ),
    m.Question(
        id="q6",
        kind="duplicate",
        entity="suppliers",
        key={"slug": "penzeys"},
        problem="record 8 says something else of the same row",
        asked_by=("6-7",),
    ),
    m.Question(
        id="q7",
        kind="decision",
        entity="purchases",
        problem="2 records look like rows that are here except in unit_price",
        asked_by=("12-13",),
        options=(
            m.Option(name="same", label="the same rows, corrected", records=2, example="3.99 becomes 4.99"),
            m.Option(name="new", label="new ones", records=2),
        ),
    ),
)
COLUMNS = m.Question(
    id="q1",
    kind="columns",
    entity="purchases",
    problem=(
        'which columns of purchases are "When" and "Where | from"?; no column says the product: choose one, or give '
        "one value for all (1,200 records wait)"
    ),
    where="receipts.csv",
    asked_by=(1,),
    columns=(
        m.SourceColumn(
            name="When",
            samples=("11/20/2025", "11/21/2025", "11/23/2025"),
            field="purchase_date",
            why="300 of 300 values are dates",
        ),
        m.SourceColumn(
            name="Where | from",
            samples=("Costco", "Wegmans *Burlington*", "Aldi"),
            field="supplier_name",
            why="2 of 3 different values name suppliers that are here",
            others=("notes",),
        ),
        m.SourceColumn(name="Price", samples=("6.49",), field="unit_price", why="price is another name of unit_price"),
        m.SourceColumn(name="Colour"),
        m.SourceColumn(name="Paid on", samples=("2025-11-20",), others=("purchase_date",)),
        m.SourceColumn(
            name="quantity", samples=("1",), field="quantity_purchased", why="its name is like quantity", value=True
        ),
    ),
    lacking={"product": ("product", "product_slug", "upc_code", "gtin")},
)
NOTICES = (
    m.Notice(code="unknown_field", message='"prise" is no column of products; did you mean price?', from_=(0, "2-4")),
    m.Notice(code="unknown_entity", message="1 records of materials, which the catalog does not know, were left out"),
)


def _answered(question: str, choice: m.Choice, **rest: m.Json) -> events.Answered:
    return events.Answered(by="ada", at="2025-12-24T10:05:00Z", prev="", question=question, choice=choice, **rest)


ANSWERS = (
    _answered("q1", "create", key={"slug": "wilsons_farm"}, values={"slug": "wilsons_farm", "name": "Wilson's Farm"}),
    _answered("q2", "map", key={"slug": "costco_waltham_ma"}),
    _answered("q3", "map", key={"slug": "heilala_vanilla_50_ml"}),
    _answered("q4", "database"),
    _answered("q5", "value", value="2025-12-01"),
    _answered("q6", "take", operation=7),
    _answered("q7", "choose", option="same"),
    _answered("q7", "choose", option="new", operation=13),
)
FAILED = events.Failed(
    by="ada",
    at="2025-12-24T10:06:00Z",
    prev="",
    database="sqlite:///bake.db",
    code="conflicts",
    message="1 precondition failed",
)
APPLIED = events.Applied(
    by="ben",
    at="2025-12-24T10:07:00Z",
    prev="",
    database="sqlite:///bake.db",
    counts={"products": {"create": 1, "update": 2}, "suppliers": {"create": 1, "update": 1, "delete": 1}},
    receipt="sha256:" + "0" * 64,
)
SECTIONS = (
    Section(name="products", records=1500, entity="products"),
    Section(name="materials", records=0),
)
