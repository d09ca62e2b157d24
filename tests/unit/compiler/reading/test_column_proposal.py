"""What the columns of a foreign sheet are proposed to be: by name, by values, and never two for one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.bakery import BAKERY
from bake.catalog.lookups import Lookup
from bake.catalog.view import View
from bake.compiler.reading.column_claims import Sampled
from bake.compiler.reading.column_proposal import Proposal, columns_question, propose
from bake.sources.detect import named_view
from bake.sources.sheets.column_mapping import ColumnMapping

#: The rows that are here, as texts name them.
HERE = {"suppliers": {"Costco", "Wegmans"}, "products": {"butter", "eggs"}}


def view(name: str) -> View:
    """A view of the bakery."""
    return named_view(BAKERY, name)


def count_known(entity: str, lookups: Sequence[Lookup]) -> int:
    """How many lookups name a row of `HERE`."""
    return sum(next(iter(lookup.values())) in HERE.get(entity, ()) for lookup in lookups)


def proposed(
    columns: dict[str, list[object]], name: str = "purchases", settled: ColumnMapping | None = None
) -> Proposal:
    """What columns with these values are proposed to be."""
    sampled = [Sampled(title, title, tuple(values)) for title, values in columns.items()]
    return propose(sampled, BAKERY, view(name), count_known, settled)


def fields(proposal: Proposal) -> dict[str, str | None]:
    """By column, what it is proposed to be."""
    return {match.column.name: match.field for match in proposal.matches}


def certain(proposal: Proposal) -> set[str]:
    """The columns of which nobody needs to be asked."""
    return {match.column.name for match in proposal.matches if match.certain}


SHEET: dict[str, list[object]] = {
    "Shop": ["Costco", "Aldi"],
    "Date": ["11/20/2025"],
    "Price": ["6.49"],
    "Qty": ["2"],
}


def test_declared_names_are_certain_and_what_new_rows_need_is_lacking() -> None:
    """A sheet of Shop, Date, Price, Qty only lacks the product, and the columns that would say it are named."""
    found = proposed(SHEET)
    assert fields(found) == {
        "Shop": "supplier_name",
        "Date": "purchase_date",
        "Price": "unit_price",
        "Qty": "quantity_purchased",
    }
    assert certain(found) == {*SHEET}
    assert found.lacking == {"product": ("product", "product_slug", "upc_code", "gtin")}


def test_a_name_with_the_same_letters_is_certain() -> None:
    """`Unit Price` is `unit_price`; nothing about its values can change that."""
    found = proposed(SHEET | {"Price": [], "UNIT-PRICE": ["dear"], "Item": ["butter"]})
    assert fields(found)["UNIT-PRICE"] == "unit_price"
    assert "UNIT-PRICE" in certain(found)


def test_a_synonym_of_which_no_value_fits_says_nothing() -> None:
    """`Date` over names of shops is no date: it is what its values say, and asked about."""
    found = proposed({"Date": ["Costco", "Wegmans"]})
    assert fields(found)["Date"] == "supplier_name"
    assert found.matches[0].claim
    assert found.matches[0].claim.why == "2 of 2 different values name suppliers that are here"
    assert not certain(found)
    unfit = proposed(SHEET | {"Qty": ["1 lb 4 oz"]})
    assert fields(unfit)["Qty"] == "quantity_purchased", "nothing else is known of it: what stands there is asked about"


@pytest.mark.parametrize(
    ("title", "values", "field", "why"),
    [
        ("A", ["071012010103", "078742351865"], "upc_code", "2 of 2 values are valid as upc_code"),
        ("A", [71012010103], "upc_code", "1 of 1 values are valid as upc_code"),
        ("A", ["11/20/2025", "11/21/2025"], "purchase_date", "2 of 2 values are dates"),
        (
            "A",
            ["2025-11-20T08:15:00Z"],
            "purchase_date",
            "1 of 1 values are points in time, of which the date is taken",
        ),
        ("A", ["Costco", "Wegmans", "Aldi"], "supplier_name", "2 of 3 different values name suppliers that are here"),
        ("A", ["butter"], "product_slug", "1 of 1 different values name products that are here"),
        ("Suplier name", ["Aldi"], "supplier_name", "its name is like supplier_name"),
        ("Price in USD", ["6.49"], "unit_price", "its name is like price"),
    ],
)
def test_likeness_and_values_make_a_proposal_that_is_asked(
    title: str, values: list[object], field: str, why: str
) -> None:
    """Codes, dates, rows that are here, and names much alike are proposed, with why; none of them is certain."""
    [match] = proposed({title: values}).matches
    assert (match.field, match.claim and match.claim.why, match.certain) == (field, why, False)


@pytest.mark.parametrize("values", [["12", "071012010104"], ["Aldi", "Lidl", "Costco"], ["3", "4"], ["fine", "dry"]])
def test_what_does_not_fit_all_and_what_fits_anything_proposes_nothing(values: list[object]) -> None:
    """A wrong check digit, mostly unknown names, numbers and free texts."""
    [match] = proposed({"A": values}).matches
    assert (match.field, match.certain) == (None, True)


def test_words_for_nothing_are_no_evidence() -> None:
    """Neither against what a column holds, nor for it."""
    found = proposed({"Shop": ["Costco"], "When": ["2026-01-03", "N/A"], "Rest": ["N/A", "-"]})
    assert fields(found) == {"Shop": "supplier_name", "When": "purchase_date", "Rest": None}


def test_two_columns_that_claim_one_field_are_both_asked_about() -> None:
    """`Date` and `Bought on` may both be the date; one is proposed, neither is certain."""
    found = proposed({"Date": ["2025-11-20"], "Bought on": ["2025-11-21"]})
    assert sorted(map(str, fields(found).values())) == ["None", "purchase_date"]
    assert not certain(found)


def test_the_own_name_is_stronger_than_a_synonym_and_the_other_is_asked_about() -> None:
    """Nothing is dropped in silence that has a name of the field."""
    found = proposed({"Date": ["2025-11-20"], "purchase_date": ["2025-11-21"]})
    assert fields(found) == {"Date": None, "purchase_date": "purchase_date"}
    assert certain(found) == {"purchase_date"}


def test_a_computed_column_counts_only_where_nothing_else_says_the_row() -> None:
    """`product_name` of a sheet is the product if no other column is, and then it is asked."""
    alone = proposed(SHEET | {"product_name": ["Butter"]})
    assert fields(alone)["product_name"] == "product"
    assert "product_name" not in certain(alone)
    beside = proposed(SHEET | {"product_name": ["Butter"], "product_slug": ["butter"]})
    assert fields(beside)["product_name"] is None
    assert not beside.doubtful
    assert not beside.lacking


def test_a_value_of_the_document_fills_what_is_lacking() -> None:
    """`supplier` of the document holds for all records if no column says it, and only then; a `date` is asked about."""
    constant = Sampled("supplier", "supplier", ("Costco",), constant=True)
    rest = [Sampled(name, name, tuple(values)) for name, values in SHEET.items() if name != "Shop"]
    item = Sampled("product", "product", ("butter",))
    found = propose([*rest, item, constant], BAKERY, view("purchases"), count_known)
    assert fields(found)["supplier"] == "supplier"
    assert (found.doubtful, found.lacking, found.mapping.values) == (False, {}, {"supplier": "Costco"})
    shop = Sampled("Shop", "Shop", ("Costco",))
    beside = propose([*rest, item, shop, constant], BAKERY, view("purchases"), count_known)
    assert (beside.doubtful, beside.mapping.values) == (False, {})
    undated = [column for column in (*rest, item, shop) if column.name != "Date"]
    date = Sampled("date", "date", ("2025-11-20",), constant=True)
    found = propose([*undated, date], BAKERY, view("purchases"), count_known)
    assert (fields(found)["date"], found.doubtful, found.fills_lack) == ("purchase_date", True, True)


@pytest.mark.parametrize("column", ["uuid", "purchase_id"])
def test_records_that_name_rows_lack_nothing(column: str) -> None:
    """Who gives an id or a uuid corrects rows that are here."""
    assert proposed({column: ["1"], "Price": ["6.49"]}).lacking == {}


def test_a_code_names_a_row_of_its_own_entity() -> None:
    """A barcode and a price per product need no ingredient; without the barcode they do."""
    assert proposed({"UPC": ["071012010103"], "Notes": ["x"]}, "products").lacking == {}
    assert "ingredient" in proposed({"Notes": ["x"]}, "products").lacking


def test_what_somebody_said_counts_and_frees_the_rest() -> None:
    """A column that was said to be the date takes it from `Date`, which is then asked about."""
    found = proposed(SHEET | {"When": ["2025-11-20"]}, settled=ColumnMapping({"When": "purchase_date", "Qty": None}))
    assert fields(found)["When"] == "purchase_date"
    assert fields(found)["Date"] is None
    assert "Date" not in certain(found)
    assert "quantity_purchased" in found.lacking
    assert found.mapping.names == {
        "Shop": "supplier_name",
        "Price": "unit_price",
        "Qty": None,
        "When": "purchase_date",
    }


def test_what_may_be_the_lacking_field_is_offered_and_not_proposed() -> None:
    """Numbers under a name that says nothing may be the price that is lacking; nobody takes that for certain."""
    found = proposed({"Shop": ["Costco"], "Date": ["2025-11-20"], "Qty": ["2"], "Paid": ["6,49"], "Colour": ["red"]})
    others = {match.column.name: match.others for match in found.matches}
    assert (others["Paid"], others["Colour"]) == (("unit_price",), ())
    assert fields(found)["Paid"] is None


def test_lookups_do_not_grow_with_the_columns() -> None:
    """Of a thousand columns that nobody knows, rows are looked up for the first hundred; names are known in all."""
    asked: list[str] = []

    def count(entity: str, _lookups: Sequence[Lookup]) -> int:
        asked.append(entity)
        return 0

    columns = [Sampled(f"c{n}", f"c{n}", ("x",)) for n in range(1000)]
    found = propose([*columns, Sampled("Shop", "Shop", ("x",))], BAKERY, view("purchases"), count)
    assert len(asked) <= 100 * len(view("purchases").columns)
    assert found.matches[-1].field == "supplier_name"


def test_the_question_says_what_is_unsure_and_what_is_lacking() -> None:
    """The table with three samples, the proposal with why, the sentence with the count of records."""
    found = proposed(SHEET | {"A": ["Costco"], "Qty": ["1", "2", "2", "3", "4"]})
    question = columns_question(found, BAKERY, "r.csv", 1200)
    assert question.problem == (
        "no column says the product: choose one, or give one value for all (1,200 records wait)"
    )
    assert [(column.name, column.samples) for column in question.columns][3] == ("Qty", ("1", "2", "3"))
    assert question.options == ()
    unsure = columns_question(proposed({"uuid": ["1"], "Suplier name": ["x"]}), BAKERY, "r.csv", 1)
    assert unsure.problem == 'which columns of purchases are "Suplier name"? (1 record waits)'
    assert [option.name for option in unsure.options] == ["proposed"]


TITLES = st.sampled_from(
    (
        *("Shop", "Store", "supplier_name", "shop name", "Date", "Bought on", "purchase_date", "Item", "product_name"),
        *("UPC", "Barcode", "gtin", "Price", "Cost", "Unit Price", "Qty", "Count", "notes", "Comment", "A", "B", ""),
        "uuid",
    )
)
VIEWS = st.sampled_from(["purchases", "products", "inventory", "suppliers"])
VALUES = st.lists(
    st.sampled_from(["Costco", "butter", "071012010103", "11/20/2025", "2025-11-20", "6.49", "2", 3, "x"]), max_size=4
)


@given(st.dictionaries(TITLES, VALUES, max_size=12), VIEWS)
def test_no_field_is_ever_proposed_twice(columns: dict[str, list[object]], name: str) -> None:
    """Whatever the columns, each field has one at most; certain ones claim what no other claims as strongly."""
    found = proposed(columns, name)
    taken = [field for field in fields(found).values() if field]
    assert len(taken) == len(set(taken))
    assert [match.column.name for match in found.matches] == [*columns]
    assert set(found.mapping.names.values()) - {None} <= {column.name for column in view(name).columns}
