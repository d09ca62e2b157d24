"""Rules 2 and 3: references are looked up exactly, then normalised; they may point anywhere in the document."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from support.compiling import Compiled, changes, compiled, view
from support.market import uid

from bake.catalog.bakery import BAKERY
from bake.changeset.events import Answered
from bake.changeset.fold import decide
from bake.changeset.model import Create, Operation, Skip

SHOPS = [
    {"id": 1, "uuid": uid(11), "slug": "wilson_farm", "name": "Wilson's Farm", "city": "Lexington"},
    {"id": 2, "uuid": uid(12), "slug": "costco_waltham", "name": "Costco", "city": "Waltham"},
    {"id": 3, "uuid": uid(13), "slug": "costco_nashua", "name": "Costco", "city": "Nashua"},
    {"id": 4, "uuid": uid(14), "slug": "cafe", "name": "Café 100%", "city": None},
]
ROWS = {"shops": SHOPS}


def owning(**shop: Any) -> Compiled:
    """A person whose shop is named by these columns."""
    return compiled({"people": [{"slug": "ada", "name": "Ada", **shop}]}, ROWS)


@pytest.mark.parametrize(
    ("lookup", "slug"),
    [
        ({"shop_slug": "costco_nashua"}, "costco_nashua"),
        ({"shop_uuid": uid(13)}, "costco_nashua"),
        ({"shop_uuid": uid(13).upper()}, "costco_nashua"),
        ({"shop_name": "Wilson's Farm"}, "wilson_farm"),
        ({"shop": {"name": "Costco", "city": "Nashua"}}, "costco_nashua"),
        ({"shop_slug": "costco_nashua", "shop_name": "Somebody"}, "costco_nashua"),
        ({"shop_slug": None, "shop_name": "Wilson's Farm"}, "wilson_farm"),
    ],
)
def test_rule_02_exact(lookup: dict[str, Any], slug: str) -> None:
    """A uuid, a key, a whole composite key or a name that only one row has is that row; nothing was normalised."""
    result = owning(**lookup)
    assert result.creates[0].values["shop"] == {"slug": slug}
    assert not result.questions
    assert "normalised" not in result.notices


def test_rule_02_what_a_key_overrules_is_noted() -> None:
    """A key names its row whatever else is said of it, which may be older; that the rest is not so is not swallowed."""
    [notice] = owning(shop_slug="costco_nashua", shop_name="Somebody").notices["reference_differs"]
    assert notice.message == "shop: its key was used; name of that row is not what the record says"
    assert "reference_differs" not in owning(shop_slug="costco_nashua", shop_name="Costco").notices
    assert "reference_differs" not in owning(shop_slug="costco_nashua", shop_name=None).notices


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("wilson's farm", id="case"),
        pytest.param("Wilson\u2019s Farm", id="apostrophe"),
        pytest.param("  Wilson's   Farm ", id="white space"),
        pytest.param("Wilson's\u00a0Farm", id="no-break space"),
        pytest.param("\uff37ilson's Farm", id="full-width letter, NFKC"),
        pytest.param("WILSON'S FARM", id="capitals"),
    ],
)
def test_rule_02_normalised_is_used_and_noted(name: str) -> None:
    """A name whose normal form only one row has names that row, and its use is noted."""
    result = owning(shop_name=name)
    assert result.creates[0].values["shop"] == {"slug": "wilson_farm"}
    [notice] = result.notices["normalised"]
    assert notice.from_ == (0,)
    assert "wilson_farm" in notice.message


@pytest.mark.parametrize("name", ["Wilsons Farm", "Wilson's-Farm", "Wilson's Farm.", "Wilson's Fàrm", "wilson_farm's"])
def test_rule_02_what_differs_in_more_is_asked(name: str) -> None:
    """Punctuation and accents make another name: its row is a candidate, and is not taken."""
    result = owning(shop_name=name)
    assert (result.question.kind, result.question.candidates[0].key) == ("missing", {"slug": "wilson_farm"})


@pytest.mark.parametrize("name", ["Cafe\u0301 100%", "CAFÉ  100%"])
def test_rule_02_normalisation_composes_letters(name: str) -> None:
    """A letter and its combining accent are the accented letter."""
    assert owning(shop_name=name).creates[0].values["shop"] == {"slug": "cafe"}


def test_rule_02_missing_asks_with_candidates() -> None:
    """A name that no row has is a question, which offers rows that are alike, best first."""
    result = owning(shop_name="Wilson Farms Inc")
    assert (result.question.kind, result.question.entity) == ("missing", "shops")
    assert result.question.lookup == {"name": "Wilson Farms Inc"}
    assert result.question.candidates[0].key == {"slug": "wilson_farm"}
    assert result.creates[0].needs == {"/shop": result.question.id}
    assert "/people/0" in (result.question.where or "")


@pytest.mark.parametrize(
    ("shop", "nearest"),
    [
        pytest.param({"slug": "wilson_farm_acton", "name": "Wilson's Farm"}, "wilson_farm", id="key and name"),
        pytest.param(
            {"slug": "wilson_farm_acton", "name": "WILSONS FARM"}, "wilson_farm", id="key and normalised name"
        ),
        pytest.param({"name": "Wilson's Farm", "city": "Acton"}, "wilson_farm", id="a key of several fields"),
        pytest.param({"name": "wilsons farm", "city": "Acton"}, "wilson_farm", id="the same, normalised"),
    ],
)
def test_rule_02_a_name_does_not_overrule_a_key(shop: dict[str, Any], nearest: str) -> None:
    """A natural key that nobody has is missing, whoever has the name beside it; that row is a candidate."""
    result = owning(shop=shop)
    assert result.question.kind == "missing"
    assert result.question.candidates[0].key == {"slug": nearest}
    assert result.creates[0].needs == {"/shop": result.question.id}


def test_rule_02_a_name_does_not_overrule_a_key_among_created_rows() -> None:
    """A row that the document creates is not linked to by name either where the lookup gives another key."""
    people = [{"slug": "ada", "name": "Ada", "shop": {"slug": "mill_bath", "name": "Mill"}}]
    result = compiled({"shops": [{"slug": "mill_york", "name": "Mill"}], "people": people})
    assert (result.question.kind, result.question.lookup) == ("missing", {"slug": "mill_bath", "name": "Mill"})


@pytest.mark.parametrize(
    "shop",
    [
        pytest.param({"slug": "WILSON_FARM"}, id="a key as people write it"),
        pytest.param({"slug": " Wilson_Farm", "name": "Wilson's Farm"}, id="the same with a name"),
        pytest.param({"uuid": uid(99), "name": "Wilson's Farm"}, id="the uuid of another database"),
        pytest.param({"name": "Wilson’s Farm", "city": "LEXINGTON"}, id="a city as people write it"),
    ],
)
def test_rule_02_a_key_written_otherwise_is_the_key(shop: dict[str, Any]) -> None:
    """Case and blanks make no other key of a key, and a uuid of elsewhere says nothing here."""
    result = owning(shop=shop)
    assert result.creates[0].values["shop"] == {"slug": "wilson_farm"}
    assert not result.questions


def test_rule_02_an_id_of_another_database_does_not_choose() -> None:
    """Of several rows with a name, the one that has the id of a document's reference is not taken: it is asked."""
    result = owning(shop_id=3, shop_name="Costco")
    assert result.question.kind == "ambiguous"
    assert [c.key["slug"] for c in result.question.candidates] == ["costco_waltham", "costco_nashua"]


def test_rule_02_an_id_in_a_view_chooses_among_rows_of_one_name() -> None:
    """A view came from a database: of two products with one code, its id says which one was bought."""
    product = {"ingredient": 1, "package_unit": "lb", "package_unit_quantity": Decimal(5), "upc_code": "071012010103"}
    rows = {
        "suppliers": [{"id": 1, "uuid": uid(1), "slug": "coop", "name": "Coop"}],
        "ingredients": [{"id": 1, "uuid": uid(2), "slug": "flour", "display_name": "Flour"}],
        "products": [{"id": n, "uuid": uid(10 + n), "slug": f"flour_{n}", **product} for n in (1, 2)],
    }
    bought = {"supplier_name": "Coop", "purchase_date": "2025-12-20", "unit_price": 4, "quantity_purchased": 1}
    document = view("purchases_complete", {"product_id": 2, "upc_code": "071012010103", **bought})
    result = compiled(document, rows, catalog=BAKERY)
    assert result.creates[0].values["product"] == {"slug": "flour_2"}
    assert not result.questions


@pytest.mark.parametrize("name", ["Costco", "costco", "COSTCO "])
def test_rule_02_ambiguous_asks_and_never_takes_the_first(name: str) -> None:
    """A name of several rows is a question with each of them, exact or normalised."""
    result = owning(shop_name=name)
    assert result.question.kind == "ambiguous"
    assert [c.key["slug"] for c in result.question.candidates] == ["costco_waltham", "costco_nashua"]
    assert result.creates[0].needs == {"/shop": result.question.id}


@pytest.mark.parametrize("name", ["Costco", "costco"])
def test_rule_02_of_very_many_rows_the_first_are_candidates_and_the_others_are_counted(name: str) -> None:
    """A name of hundreds of rows is one question with ten candidates, which says how many more there are."""
    shops = [{"id": n, "uuid": uid(n), "slug": f"shop_{n}", "name": "Costco", "city": str(n)} for n in range(1, 301)]
    people = [{"slug": f"p{n}", "name": f"P {n}", "shop_name": name} for n in range(3)]
    result = compiled({"people": people}, {"shops": shops})
    assert [c.key["slug"] for c in result.question.candidates] == [f"shop_{n}" for n in range(1, 11)]
    assert result.question.more == 290


def test_rule_02_exact_before_normalised() -> None:
    """Where one row has the name as it stands and another a variant, the name as it stands counts."""
    grains = [
        {"id": 1, "uuid": uid(1), "slug": "rye_a", "name": "RYE"},
        {"id": 2, "uuid": uid(2), "slug": "rye_b", "name": "Rye"},
    ]
    result = compiled({"grains": [{"slug": "dark", "name": "Dark", "parent_name": "Rye"}]}, {"grains": grains})
    assert result.creates[0].values["parent"] == {"slug": "rye_b"}
    assert not result.questions


@pytest.mark.parametrize("name", ["%", "_", "%%", "W%", "Wilson_s Farm%x", "C_stco", "*", ".*"])
def test_rule_02_wildcards_are_only_characters(name: str) -> None:
    """No pattern matches: such a name is missing, not the row that a pattern would find, and not each row."""
    assert owning(shop_name=name).question.kind == "missing"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        pytest.param("costco_nashua", "costco_nashua", id="a key"),
        pytest.param("Wilson's Farm", "wilson_farm", id="a name"),
        pytest.param(uid(13).upper(), "costco_nashua", id="a uuid"),
    ],
)
def test_rule_02_a_text_where_a_row_is_expected_names_it(text: str, slug: str) -> None:
    """A text alone is the key of a row, its uuid, or another name of it, and found without a notice."""
    result = owning(shop=text)
    assert (result.creates[0].values["shop"], result.questions) == ({"slug": slug}, [])
    assert "normalised" not in result.notices


def test_rule_02_a_text_in_another_case_names_its_row_with_a_notice() -> None:
    """A text is looked up in its normal form, as any name is."""
    result = owning(shop=" wilson\u2019s  FARM")
    assert result.creates[0].values["shop"] == {"slug": "wilson_farm"}
    assert "wilson_farm" in result.notices["normalised"][0].message


@pytest.mark.parametrize(("text", "lookup"), [("Wilson Farms", "name"), ("wilsons_farm", "slug")])
def test_rule_02_a_text_that_nothing_has_is_asked_about(text: str, lookup: str) -> None:
    """It is asked for as a key if it looks like one, else as a name, and rows like it are candidates."""
    result = owning(shop=text)
    assert (result.question.kind, result.question.lookup) == ("missing", {lookup: text})
    assert result.question.candidates[0].key == {"slug": "wilson_farm"}


def test_rule_02_a_text_that_is_the_key_of_one_row_and_the_name_of_another_is_asked_about() -> None:
    """Neither counts more: both rows are candidates."""
    other: dict[str, Any] = {"id": 5, "uuid": uid(15), "slug": "other", "name": "cafe", "city": None}
    shops = [*SHOPS, other]
    result = compiled({"people": [{"slug": "ada", "name": "Ada", "shop": "cafe"}]}, {"shops": shops})
    assert result.question.kind == "ambiguous"
    assert [c.key["slug"] for c in result.question.candidates] == ["cafe", "other"]


def test_rule_02_a_text_may_name_a_row_that_the_document_creates() -> None:
    """As any reference may (rule 3), by its name too."""
    people = [{"slug": "ada", "name": "Ada", "shop": "Mill"}]
    result = compiled({"people": people, "shops": [{"slug": "mill_york", "name": "Mill"}]})
    assert not result.questions
    assert next(c for c in result.creates if c.entity == "people").values["shop"] == {"slug": "mill_york"}


@pytest.mark.parametrize(
    ("shop", "slug"),
    [
        pytest.param({"name": "Costco", "city": "NASHUA"}, "costco_nashua", id="the city chooses, in another case"),
        pytest.param({"name": "COSTCO", "city": "Waltham"}, "costco_waltham", id="among rows of a name in capitals"),
        pytest.param({"name": "Wilson's Farm", "city": "Acton"}, None, id="a city contradicts a name"),
        pytest.param({"name": "Costco", "city": "Boston"}, None, id="a city that no row of the name has"),
        pytest.param({"name": "Café 100%", "city": "Acton"}, None, id="a part of a key that the row lacks"),
    ],
)
def test_rule_02_a_reference_uses_all_that_is_said(shop: dict[str, Any], slug: str | None) -> None:
    """A row that contradicts any of what a record says of it is no hit; of several the rest may choose."""
    result = owning(shop=shop)
    if slug is None:
        assert result.question.kind == "missing"
        assert result.question.candidates
    else:
        assert (result.creates[0].values["shop"], result.questions) == ({"slug": slug}, [])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"product_name": "Bread Flour"}, True),
        ({"product_name": "BREAD FLOUR", "brand": "king arthur"}, True),
        ({"product_name": "Bread Flour", "brand": "Bob's"}, False),
        ({"product_name": "Rye Flour", "upc_code": "071012010103"}, False),
        ({"product_name": "Bread Flour", "upc_code": "71012010103"}, True),
        ({"slug": "ka_bread_flour", "upc_code": "71012010103"}, True),
        ({"slug": "ka_bread_flour", "upc_code": "5000112637922"}, False),
        ({"slug": "ka_bread_flour", "gtin": "5000112637922"}, True),
        ({"product_name": "Bread Flour", "ingredient": {"slug": "butter"}}, False),
        ({"product_name": "Bread Flour", "ingredient": {"display_name": "FLOUR"}}, True),
        ({"product_name": "Bread Flour", "package_unit": "oz"}, False),
    ],
)
def test_rule_02_a_product_is_all_that_is_said_of_it(said: dict[str, Any], found: bool) -> None:
    """Product name, brand, code, ingredient and size count together."""
    product = {"ingredient": 1, "brand": "King Arthur", "product_name": "Bread Flour", "package_unit": "lb"}
    codes = {"package_unit_quantity": Decimal(5), "upc_code": "071012010103"}
    rows = {
        "suppliers": [{"id": 1, "uuid": uid(1), "slug": "coop", "name": "Coop"}],
        "ingredients": [
            {"id": 1, "uuid": uid(2), "slug": "flour", "display_name": "Flour"},
            {"id": 2, "uuid": uid(3), "slug": "butter", "display_name": "Butter"},
        ],
        "products": [{"id": 1, "uuid": uid(11), "slug": "ka_bread_flour", **product, **codes}],
    }
    bought = {"supplier": "Coop", "purchase_date": "2025-12-20", "unit_price": 4, "quantity_purchased": 1}
    result = compiled({"purchases": [{"product": said, **bought}]}, rows, catalog=BAKERY)
    if found:
        assert (result.creates[0].values["product"], result.questions) == ({"slug": "ka_bread_flour"}, [])
    else:
        assert (result.question.kind, result.question.lookup) == ("missing", said)


def test_rule_02_equal_questions_are_asked_once() -> None:
    """All records that say the same of the same kind of row share one question."""
    document = {"people": [{"slug": f"p{n}", "name": "Somebody", "shop_name": "Aldi"} for n in range(5)]}
    result = compiled(document, ROWS)
    assert result.question.asked_by == ("1-5",)


def test_rule_02_context_that_the_row_satisfies_is_no_edit() -> None:
    """A row's own parent, named by a name that others share, is what the record means."""
    people = [{"id": 1, "uuid": uid(21), "slug": "ada", "name": "Ada", "shop": 3}]
    result = compiled({"people": [{"slug": "ada", "shop_name": "Costco"}]}, {**ROWS, "people": people})
    assert result.skips == {"unchanged": [0]}
    assert not result.questions


def test_rule_02_an_edited_name_moves_to_the_row_it_names() -> None:
    """A view's record with another shop name is an edit of the reference, with the shop's key before and after."""
    rows = {
        "shops": SHOPS,
        "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
        "bags": [{"id": 1, "uuid": uid(2), "grain": 1, "weight": 5}],
        "sales": [{"id": 1, "uuid": uid(9), "bag": 1, "shop": 1, "day": "2025-12-20", "price": 4}],
    }
    result = compiled(view("till", {"uuid": uid(9), "shop_name": "Costco", "shop_city": "Nashua"}), rows)
    assert changes(result.updates[0]) == {"shop": ({"slug": "wilson_farm"}, {"slug": "costco_nashua"})}


TREE = [
    {"slug": "flour", "name": "Flour"},
    {"slug": "rye", "name": "Rye", "parent_slug": "flour"},
    {"slug": "dark_rye", "name": "Dark rye", "parent_name": "Rye"},
    {"slug": "loop", "name": "Loop", "parent_slug": "loop"},
]


def needs_by_key(result: Compiled) -> dict[str, tuple[Any, Any]]:
    """For each created row the key of its parent, and the key of the row that the operation it waits for creates."""
    slugs: dict[object, str] = {create.n: create.key["slug"] for create in result.creates}
    return {
        create.key["slug"]: (create.values.get("parent"), slugs.get(create.needs.get("/parent")))
        for create in result.creates
    }


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_rule_03_rows_of_the_document_in_any_order(order: tuple[int, ...], batch: int) -> None:
    """Parents may come later, from the record's own entity, or be the record itself; batches do not show."""
    result = compiled({"grains": [TREE[n] for n in order]}, batch=batch)
    assert not result.questions
    assert needs_by_key(result) == {
        "flour": (None, None),
        "rye": ({"slug": "flour"}, "flour"),
        "dark_rye": ({"slug": "rye"}, "rye"),
        "loop": ({"slug": "loop"}, "loop"),
    }


@pytest.mark.parametrize("sections", list(permutations(["grains", "bags", "sales", "shops"])), ids=",".join)
def test_rule_03_sections_in_any_order(sections: tuple[str, ...]) -> None:
    """Children may stand before their parents' section."""
    parts = {
        "shops": [{"slug": "mill", "name": "Mill"}],
        "grains": [{"slug": "rye", "name": "Rye"}],
        "bags": [{"grain_slug": "rye", "weight": 5}],
        "sales": [
            {"bag": {"grain": {"slug": "rye"}, "weight": 5}, "shop_name": "Mill", "day": "2025-12-20", "price": 4}
        ],
    }
    result = compiled({name: parts[name] for name in sections})
    made = {create.entity: create for create in result.creates}
    assert not result.questions
    assert made["sales"].needs == {"/bag": made["bags"].n, "/shop": made["shops"].n}
    assert made["bags"].needs == {"/grain": made["grains"].n}


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_03_entities_that_refer_to_each_other(batch: int) -> None:
    """A person's shop and the shop's owner are both found, whichever entity comes first."""
    document = {
        "people": [{"slug": "ada", "name": "Ada", "shop_slug": "mill"}, {"slug": "bob", "name": "Bob"}],
        "shops": [{"slug": "mill", "name": "Mill", "owner_slug": "ada"}],
    }
    result = compiled(document, batch=batch)
    made: dict[str, Create] = {create.key["slug"]: create for create in result.creates}
    assert made["ada"].needs == {"/shop": made["mill"].n}
    assert made["mill"].needs == {"/owner": made["ada"].n}
    assert made["bob"].needs == {}
    assert not result.questions


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rule_03_a_name_that_two_rows_of_the_document_have_is_ambiguous(batch: int) -> None:
    """The first of several is not taken where the second comes only after the record that names them."""
    document = {
        "grains": [
            {"slug": "rye_a", "name": "Rye"},
            {"slug": "dark", "name": "Dark", "parent_name": "rye"},
            {"slug": "rye_b", "name": "Rye"},
        ]
    }
    result = compiled(document, batch=batch)
    assert result.question.kind == "ambiguous"
    assert [candidate.why for candidate in result.question.candidates] == ["created here", "created here"]


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_03_a_name_alike_here_does_not_hide_the_row_that_comes_later(batch: int) -> None:
    """A reference by key means the row of the document with that key, not a row here whose name is alike."""
    document = {
        "grains": [
            {"slug": "dark", "name": "Dark", "parent": {"slug": "rye_new", "name": "Rye"}},
            {"slug": "rye_new", "name": "New rye"},
        ]
    }
    rows = {"grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}]}
    result = compiled(document, rows, batch=batch)
    made = {create.key["slug"]: create for create in result.creates}
    assert made["dark"].values["parent"] == {"slug": "rye_new"}
    assert made["dark"].needs == {"/parent": made["rye_new"].n}


def test_rule_03_an_existing_row_may_refer_to_a_new_one() -> None:
    """An update's reference to a row that the document creates names it, and waits for it."""
    rows = {"grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}]}
    document = {"grains": [{"slug": "rye", "parent_slug": "flour"}, {"slug": "flour", "name": "Flour"}]}
    result = compiled(document, rows)
    [update], [create] = result.updates, result.creates
    assert changes(update) == {"parent": (None, {"slug": "flour"})}
    assert update.needs == {"/parent": create.n}


@pytest.mark.parametrize("grain", [{"grain_id": 7}, {"grain_name": "rye"}, {"grain_uuid": uid(70)}], ids=str)
def test_rule_03_a_key_through_a_reference_is_written_as_a_key(grain: dict[str, Any]) -> None:
    """However a document names the parent in a new row's key, whatever refers to that row names it by keys only."""
    document = {
        "shops": [{"slug": "mill", "name": "Mill"}],
        "grains": [{"id": 7, "uuid": uid(70), "slug": "rye", "name": "Rye"}],
        "bags": [{"id": 8, **grain, "brand": "Hovis", "weight": 5}],
        "sales": [{"bag_id": 8, "shop_slug": "mill", "day": "2025-12-20", "price": 4}],
    }
    made = {create.entity: create for create in compiled(document).creates}
    assert made["bags"].key == {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": 5}
    assert made["sales"].values["bag"] == made["bags"].key


RYE = {"id": 1, "uuid": uid(31), "slug": "rye", "name": "Rye"}
#: A grain that may be the one that is here, and a bag of it.
DOUBTFUL = {
    "grains": [{"slug": "ryes", "name": "Rye!"}],
    "bags": [{"grain_slug": "ryes", "brand": "Aurora", "weight": 1}],
}


def bag_after(**answer: Any) -> Operation:
    """What becomes of the bag once it is answered which grain that is."""
    result = compiled(DOUBTFUL, {"grains": [RYE]})
    events = [Answered(by="ada", at="t", prev="p", question=result.question.id, **answer)]
    decisions = decide(len(result.operations), result.questions, events, lambda: result.operations)
    return decisions.effective(result.operations[1])


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("sections", [("grains", "bags"), ("bags", "grains")], ids=",".join)
def test_rule_03_what_names_a_doubtful_record_waits_for_it(sections: tuple[str, ...], batch: int) -> None:
    """Which row a record is about is asked once, of the record: not again as a missing row of whatever names it."""
    result = compiled({name: DOUBTFUL[name] for name in sections}, {"grains": [RYE]}, batch=batch)
    (grain,) = (one for one in result.creates if one.entity == "grains")
    (bag,) = (one for one in result.creates if one.entity == "bags")
    assert result.question.kind == "identity"
    assert (grain.needs, bag.needs) == ({"": result.question.id}, {"/grain": grain.n})


def test_rule_03_the_answer_leads_what_names_a_doubtful_record_to_its_row() -> None:
    """To the row that it is, or to the new one; where the record is skipped, so is what needs it."""
    same, new, gone = bag_after(choice="map", key={"slug": "rye"}), bag_after(choice="create"), bag_after(choice="skip")
    assert isinstance(same, Create)
    assert isinstance(new, Create)
    assert (same.values["grain"], same.key["grain"], same.needs) == ({"slug": "rye"}, {"slug": "rye"}, {})
    assert same.uuids["/grain"] == RYE["uuid"]
    assert (new.values["grain"], new.needs) == ({"slug": "ryes"}, {"/grain": 1})
    assert isinstance(gone, Skip)


def test_rule_03_a_row_that_is_here_counts_before_a_doubtful_record() -> None:
    """What names a row here means that, whatever else a doubtful record of the same name may come to."""
    bags = [{"grain_name": "Rye", "brand": "Aurora", "weight": 1}]
    result = compiled({**DOUBTFUL, "bags": bags}, {"grains": [RYE]})
    assert result.creates[1].values["grain"] == {"slug": "rye"}
    assert result.question.kind == "identity"


def test_rule_03_which_of_two_doubtful_records_with_one_key_is_meant_is_asked() -> None:
    """The first is not taken: one may be a row that is here, and the other a new one."""
    grains = [{"slug": "ryes", "name": "Rye!"}, {"slug": "ryes", "name": "Rye?"}]
    result = compiled({**DOUBTFUL, "grains": grains}, {"grains": [RYE]})
    assert sorted(question.kind for question in result.questions) == ["identity", "identity", "missing"]


def test_rule_04_what_refers_to_a_doubtful_record_is_compared_as_if_that_were_unclear() -> None:
    """The shop of a sale may turn out to be one that is here: the sale is not doubled, but asked about."""
    shop = {"name": "Costco", "state": "MA"}
    rows = {
        "grains": [RYE],
        "bags": [{"id": 1, "uuid": uid(32), "grain": 1, "brand": "Aurora", "weight": Decimal(1)}],
        "shops": SHOPS[1:2],
        "sales": [{"id": 1, "uuid": uid(33), "bag": 1, "shop": 2, "day": "2025-11-15", "price": Decimal(5)}],
    }
    bag = {"grain": "rye", "brand": "Aurora", "weight": 1}
    result = compiled({"shops": [shop], "sales": [{"bag": bag, "shop": shop, "day": "2025-11-15", "price": 5}]}, rows)
    (sale,) = (one for one in result.creates if one.entity == "sales")
    assert sale.needs["/shop"] == result.creates[0].n
    (near,) = (one for one in result.questions if one.kind == "decision")
    assert (near.id, near.field) == (sale.needs[""], "shop")


_RENAMED = {"uuid": uid(13), "slug": "nashua_club", "name": "Costco Club"}


@pytest.mark.parametrize("batch", [1, 2, 100])
@pytest.mark.parametrize("shop_first", [True, False])
@pytest.mark.parametrize(
    "lookup",
    [
        {"shop_slug": "nashua_club"},
        {"shop_slug": "costco_nashua"},
        {"shop_name": "Costco Club"},
        {"shop_name": "COSTCO CLUB"},
        {"shop": {"name": "Costco Club", "city": "Nashua"}},
        {"shop": {"slug": "nashua_club", "uuid": uid(13)}},
    ],
)
def test_rule_03_a_row_is_found_by_what_the_file_calls_it(lookup: dict[str, Any], shop_first: bool, batch: int) -> None:
    """A row that a record renames is what other records mean by its new key or name, and by its old one."""
    sections = [("shops", [_RENAMED]), ("people", [{"slug": "ada", "name": "Ada", **lookup}])]
    result = compiled(dict(sections if shop_first else sections[::-1]), ROWS, batch=batch)
    [ada] = [one for one in result.creates if one.entity == "people"]
    assert ada.values["shop"] == {"slug": "costco_nashua"}
    assert ada.uuids["/shop"] == uid(13)
    assert not result.questions


def test_rule_03_a_key_that_moves_from_row_to_row_in_the_file_is_asked() -> None:
    """Which row is meant by a key that one has here and another gets is not for Bake to say; a uuid says it."""
    shops = [{"uuid": uid(13), "slug": "costco_x"}, {"uuid": uid(12), "slug": "costco_nashua"}]
    people = [
        {"slug": "ada", "name": "Ada", "shop_slug": "costco_nashua"},
        {"slug": "bob", "name": "Bob", "shop": {"uuid": uid(13), "slug": "costco_nashua"}},
    ]
    result = compiled({"shops": shops, "people": people}, ROWS)
    asked = [question for question in result.questions if question.entity == "shops" and question.kind == "ambiguous"]
    assert [[candidate.key["slug"] for candidate in one.candidates] for one in asked] == [
        ["costco_nashua", "costco_waltham"]
    ]
    [bob] = [one for one in result.creates if one.key == {"slug": "bob"}]
    assert bob.values["shop"] == {"slug": "costco_nashua"}


def test_rule_03_a_name_that_two_rows_get_is_asked() -> None:
    """Neither of two rows that the file calls the same is taken for what is meant."""
    shops = [{"uuid": uid(13), "name": "Club"}, {"uuid": uid(12), "name": "Club"}]
    result = compiled({"shops": shops, "people": [{"slug": "ada", "name": "Ada", "shop_name": "Club"}]}, ROWS)
    assert [question.kind for question in result.questions if question.entity == "shops"] == ["missing"]


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rule_03_an_id_tells_records_of_one_name_apart_of_which_one_is_doubtful(batch: int) -> None:
    """The second shop may be the first one, which is asked; what refers to either by its id leads to that record."""
    shops = [{"id": n, "name": "Mill", "state": state} for n, state in ((1, "MA"), (2, "NY"))]
    people = [{"slug": f"p{n}", "name": f"P{n}", "shop": {"id": n, "name": "Mill"}} for n in (1, 2)]
    result = compiled({"shops": shops, "people": people}, batch=batch)
    assert result.question.kind == "decision"
    made = {create.from_: create for create in result.creates}
    assert [made[n,].needs for n in (2, 3)] == [{"/shop": made[n,].n} for n in (0, 1)]


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ("King Arthur Bread Flour", False),
        ("bread flour, KING ARTHUR", False),
        ("Bread Flour", False),
        ("King Arthur Bread Flour 5 lb", False),
        ("Whole Almonds", True),
        ("King Arthur Rye Flour", True),
        (None, False),
    ],
)
def test_rule_02_a_name_that_is_only_shown_is_compared_with_the_row(said: str | None, warned: bool) -> None:
    """A bar code leads to its product; that the record calls it otherwise is warned of, and asked under `strict`."""
    flour = {"id": 1, "uuid": uid(1), "slug": "flour", "display_name": "Flour"}
    named = {"brand": "King Arthur", "product_name": "Bread Flour", "upc_code": "071012010103"}
    rows = {"ingredients": [flour], "products": [{"id": 1, "uuid": uid(2), "slug": "king", "ingredient": 1, **named}]}
    shop = {"id": 1, "uuid": uid(3), "slug": "costco", "name": "Costco"}
    record = {"upc_code": "071012010103", "product_name": said, "supplier_name": "Costco", "unit_price": 6}
    document = view("purchases", {**record, "purchase_date": "2025-12-01", "quantity_purchased": 1})
    result = compiled(document, {**rows, "suppliers": [shop]}, catalog=BAKERY)
    [create] = result.creates
    assert create.values["product"] == {"slug": "king"}
    assert [warning.field for warning in create.warnings] == ["product"] * warned
    strict = compiled(document, {**rows, "suppliers": [shop]}, catalog=BAKERY, strict=True)
    assert [question.field for question in strict.questions] == ["product"] * warned
