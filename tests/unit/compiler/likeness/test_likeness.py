"""A record that would make a new row is compared with what is here: the table of `bake.compiler.likeness.likeness`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.compiling import compiled
from support.market import uid

from bake.catalog.bakery import BAKERY
from bake.changeset.events import Answered
from bake.changeset.fold import decide
from bake.changeset.model import Create, Update
from bake.compiler.rows import mark_index
from bake.renderer.sentences import sentence

SHOP = {"id": 1, "uuid": uid(1), "slug": "mill_york", "name": "Mill", "city": "York", "state": "N"}
RYE = {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye"}
ROWS = {"shops": [SHOP], "grains": [RYE]}

FLOUR = {"id": 1, "uuid": uid(11), "slug": "flour", "display_name": "Flour"}
PRODUCT = {
    "id": 1,
    "uuid": uid(21),
    "slug": "king_bread_5_lb",
    "ingredient": 1,
    "brand": "King",
    "product_name": "Bread",
    "package_unit": "lb",
    "package_unit_quantity": 5,
    "upc_code": "071012010103",
}
CAKE = {"id": 1, "uuid": uid(31), "slug": "lemon", "name": "Lemon Cake", "previous_slug": "lemon_bliss"}
ANN = {"id": 1, "uuid": uid(41), "name": "Ann", "household_name": "Smith"}
BAKERY_ROWS = {"ingredients": [FLOUR], "products": [PRODUCT], "recipes": [CAKE], "recipients": [ANN]}
BAG = {"ingredient_slug": "flour", "brand": "King", "package_unit": "lb", "package_unit_quantity": 5}


@pytest.mark.parametrize(
    ("entity", "record"),
    [
        pytest.param("shops", {"slug": "MILL_York"}, id="a key in another case"),
        pytest.param("shops", {"name": "MILL", "city": "york ", "state": "n"}, id="a key of three parts"),
        pytest.param("shops", {"name": "\uff2dill", "city": "York", "state": "N"}, id="full-width forms"),
        pytest.param("grains", {"name": " RYE"}, id="what a taken key would be made of"),
    ],
)
@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_04_a_whole_key_in_normal_form_is_the_row(entity: str, record: dict[str, Any], batch: int) -> None:
    """Letter case, blanks and width of letters make no new row, and do not change what the row is called."""
    result = compiled({entity: [record]}, ROWS, batch=batch)
    assert result.skips == {"unchanged": [0]}
    assert "normalised" in result.notices


@pytest.mark.parametrize(
    ("entity", "record", "key"),
    [
        pytest.param("grains", {"slug": "rye-grain", "name": "Rye"}, {"slug": "rye"}, id="its name, another key"),
        pytest.param("grains", {"name": "Ryé!"}, {"slug": "rye"}, id="a derived key that is taken"),
        pytest.param("shops", {"name": "Mill"}, {"slug": "mill_york"}, id="fewer parts than the key"),
        pytest.param("shops", {"name": "mill", "city": None}, {"slug": "mill_york"}, id="a null part, another case"),
    ],
)
def test_rule_04_a_row_that_is_like_it_is_offered(entity: str, record: dict[str, Any], key: dict[str, Any]) -> None:
    """What resembles a row is asked about, with that row as candidate; that it is new can be answered, too."""
    result = compiled({entity: [record]}, ROWS)
    assert (result.question.kind, [c.key for c in result.question.candidates]) == ("identity", [key])
    assert [create.needs[""] for create in result.creates] == [result.question.id]


@pytest.mark.parametrize(
    ("entity", "record"),
    [
        pytest.param("products", {**BAG, "product_name": "King Bread"}, id="the brand again in the name"),
        pytest.param(
            "products", {**BAG, "brand": None, "product_name": "King Bread"}, id="the brand in the name alone"
        ),
        pytest.param("products", {**BAG, "brand": None, "product_name": "Braed"}, id="misspelt, without a brand"),
        pytest.param("recipients", {"name": "Smith, Ann"}, id="the household in the name"),
        pytest.param(
            "products", {**BAG, "slug": "own", "product_name": "Braed"}, id="misspelt beside a key of its own"
        ),
        pytest.param("recipes", {"slug": "own", "name": "Lemon Cakes"}, id="an s beside a key of its own"),
        pytest.param("recipes", {"slug": "own", "name": "Lemoncake"}, id="in one word beside a key of its own"),
        pytest.param("recipes", {"slug": "lemon_blisss", "name": "Tart"}, id="a former key, misspelt"),
        pytest.param("recipients", {"name": "ANN", "household_name": "SMYTH"}, id="in capitals"),
    ],
)
@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_04_a_row_in_other_words_is_offered(entity: str, record: dict[str, Any], batch: int) -> None:
    """That it is new can be answered, too, and its words are kept; a row of another size is another product."""
    result = compiled({entity: [record]}, BAKERY_ROWS, catalog=BAKERY, batch=batch)
    rows = [o.same_as for one in result.creates for o in one.outcomes.get(result.question.id, {}).values()]
    paths = [step.path for row in (*rows, *result.question.candidates) if row is not None for step in row.patch]
    assert not {"/slug", "/brand", "/product_name", "/household_name"}.intersection(paths)
    assert "/name" not in paths or record["name"] == "Tart"
    assert [create.needs[""] for create in result.creates] == [result.question.id]
    if "package_unit_quantity" in record:
        assert not compiled({entity: [{**record, "package_unit_quantity": 6}]}, BAKERY_ROWS, catalog=BAKERY).questions


def test_rule_04_another_key_of_several_parts_is_another_row() -> None:
    """A shop of the same name in another city is new, and nobody is asked."""
    result = compiled({"shops": [{"name": "Mill", "city": "Bath", "state": "N"}]}, ROWS)
    assert not result.questions
    assert [create.key for create in result.creates] == [{"slug": "mill_bath"}]


def test_rule_04_a_null_part_of_a_key_is_a_null_part_only() -> None:
    """Ann of no household is not Ann Smith, in either direction; with a row of no household, she is that."""
    asked = compiled({"recipients": [{"name": "Ann"}]}, BAKERY_ROWS, catalog=BAKERY)
    assert [c.key for c in asked.question.candidates] == [{"name": "Ann", "household_name": "Smith"}]
    assert sentence(asked.question, 0).startswith("recipients Ann: which row is it")
    alone = {"recipients": [{**ANN, "household_name": None}]}
    assert compiled({"recipients": [{"name": "Ann"}]}, alone, catalog=BAKERY).skips == {"unchanged": [0]}
    back = compiled({"recipients": [{"name": "Ann", "household_name": "Smith"}]}, alone, catalog=BAKERY)
    assert back.question.kind == "identity"


@pytest.mark.parametrize("code", ["071012010103", "71012010103", "0071012010103"])
def test_rule_04_a_code_identifies(code: str) -> None:
    """A list of codes and notes finds its products, in whatever length the code is written; the code stays."""
    result = compiled({"products": [{"upc_code": code, "notes": "top shelf"}]}, BAKERY_ROWS, catalog=BAKERY)
    [update] = result.updates
    assert [step.path for step in update.patch] == ["/notes", "/notes"]
    assert not result.questions


def test_rule_04_a_code_that_something_contradicts_is_asked() -> None:
    """A code of one product beside the brand of another does not say which is meant."""
    record = {"upc_code": "071012010103", "brand": "Bob", "notes": "x"}
    questions = compiled({"products": [record]}, BAKERY_ROWS, catalog=BAKERY).questions
    [question] = [question for question in questions if question.kind != "invalid"]  # an ingredient, if it is new
    assert (question.kind, [c.key for c in question.candidates]) == ("identity", [{"slug": "king_bread_5_lb"}])


@pytest.mark.parametrize("size", [5, 6])
def test_rule_04_a_code_typed_as_the_name_is_asked(size: int) -> None:
    """A new product that is called by the barcode of a row may be that row, whose name is kept then."""
    record = {**BAG, "product_name": "71012010103", "package_unit_quantity": size}
    question = compiled({"products": [record]}, BAKERY_ROWS, catalog=BAKERY).question
    [candidate] = question.candidates
    assert (candidate.key, question.problem) == (
        {"slug": "king_bread_5_lb"},
        "its product_name is the upc_code of a row here",
    )
    assert "/product_name" not in [step.path for step in candidate.patch]
    bought = {"product_name": "71012010103", "purchase_date": "2026-01-01", "unit_price": 5, "quantity_purchased": 1}
    asked = compiled({"purchases": [bought]}, BAKERY_ROWS, catalog=BAKERY).questions
    assert [[c.key for c in one.candidates] for one in asked if one.entity == "products"] == [[candidate.key]]


@pytest.mark.parametrize("record", [{}, {"product_name": " brèad"}], ids=["no name", "an accent"])
def test_rule_04_a_product_without_its_name_is_no_twin(record: dict[str, Any]) -> None:
    """The likeness that the catalog declares finds the product of a record that lacks a part of its key."""
    result = compiled({"products": [{**BAG, **record}]}, BAKERY_ROWS, catalog=BAKERY)
    assert [c.key for c in result.question.candidates] == [{"slug": "king_bread_5_lb"}]


def test_rule_07_what_does_not_fit_is_asked_of_the_row_too() -> None:
    """A unit that is not known, and what is left of a barcode, are not dropped if the record is about a row."""
    rows = {**BAKERY_ROWS, "products": [{**PRODUCT, "package_unit_quantity": Decimal(5), "upc_code": None}]}
    record = {**BAG, "product_name": "Bread", "package_unit": "boxes", "upc_code": "7.15141E+11"}
    result = compiled({"products": [record]}, rows, catalog=BAKERY)
    [identity] = [question for question in result.questions if question.kind == "identity"]
    asked = {f"/{one.field}": one.id for one in result.questions if one.kind != "identity"}
    assert asked.keys() == {"/package_unit", "/upc_code"}
    chosen = Answered(by="ada", at="", prev="", question=identity.id, choice="map", key={"slug": PRODUCT["slug"]})
    decisions = decide(1, result.questions, [chosen], lambda: result.operations)
    [update] = [decisions.effective(one) for one in result.creates]
    assert isinstance(update, Update)
    assert update.needs == asked
    assert {question.id for question in decisions.open} == set(asked.values())


def test_rule_04_another_product_of_the_same_size_is_new() -> None:
    """The likeness does not outweigh a name that is another one."""
    result = compiled({"products": [{**BAG, "product_name": "Whole Wheat"}]}, BAKERY_ROWS, catalog=BAKERY)
    assert not result.questions
    assert [create.key for create in result.creates] == [{"slug": "king_whole_wheat_5_lb"}]


def test_rule_04_a_row_that_was_renamed_is_offered() -> None:
    """A key that nobody has any more, and that a row says it had, is asked about, although the name is another."""
    record = {"slug": "lemon_bliss", "name": "Lemon Bliss"}
    question = compiled({"recipes": [record]}, BAKERY_ROWS, catalog=BAKERY).question
    assert [c.key for c in question.candidates] == [{"slug": "lemon"}]
    assert question.problem == "its slug is the previous_slug of a row here"


def test_what_is_on_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many rows to remember, the others are found all the same."""
    monkeypatch.setattr(mark_index, "REMEMBERED", 1)
    rows = {"grains": [{"id": n, "uuid": uid(n), "slug": f"g{n}", "name": f"Grain {n}"} for n in range(1, 30)]}
    records = [{"slug": f"other{n}", "name": f"GRAIN {n}"} for n in range(1, 30)]
    asked = compiled({"grains": records}, rows).questions
    assert [c.key for question in asked for c in question.candidates] == [{"slug": f"g{n}"} for n in range(1, 30)]


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"name": "OAT", "density": 2}, id="case"),
        pytest.param({"name": "Oat!", "density": 2}, id="the same derived key"),
        pytest.param({"slug": "OAT", "name": "Oats"}, id="a key in another case"),
    ],
)
def test_rule_04_two_spellings_of_one_new_row_are_asked_about(second: dict[str, Any], batch: int) -> None:
    """A record that is almost what an earlier one creates is that, or another row: nobody counts up its key unasked."""
    result = compiled({"grains": [{"name": "Oat"}, second]}, ROWS, batch=batch)
    assert (result.question.kind, [option.name for option in result.question.options]) == ("decision", ["same", "new"])
    assert [create.needs.get("") for create in result.creates] == [None, result.question.id]


def test_rule_04_records_that_say_their_keys_are_as_many_rows() -> None:
    """Two grains of one name are two, if the file gives each its key; shops of one name in two cities are two."""
    grains = [{"slug": "oat", "name": "Oat"}, {"slug": "oat_rolled", "name": "Oat"}]
    shops = [{"name": "Co", "city": city, "state": "N"} for city in ("Bath", "Leeds")]
    result = compiled({"grains": grains, "shops": shops}, ROWS)
    assert not result.questions
    assert len(result.creates) == 4


def test_rule_04_a_changed_key_is_warned_of() -> None:
    """Other files may still call the row by its key; under strict it is asked."""
    record = {"uuid": uid(2), "slug": "rye_dark"}
    [update] = compiled({"grains": [record]}, ROWS).updates
    assert [(warning.field, warning.code) for warning in update.warnings] == [("slug", "key_change")]
    assert compiled({"grains": [record]}, ROWS, strict=True).question.field == "slug"


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_07_a_code_of_two_rows_is_warned_of_on_the_second(batch: int) -> None:
    """Whether the other row is here or comes from the same file, and whether the second is made or changed."""
    other = {**PRODUCT, "id": 2, "uuid": uid(22), "slug": "other", "product_name": "Rye", "upc_code": None}
    rows = {**BAKERY_ROWS, "products": [PRODUCT, other]}
    records = [
        {"slug": "other", "upc_code": "071012010103"},
        {**BAG, "slug": "new", "product_name": "Oat", "upc_code": "041196910117"},
        {**BAG, "slug": "newer", "product_name": "Spelt", "upc_code": "041196910117"},
    ]
    result = compiled({"products": records}, rows, catalog=BAKERY, batch=batch)
    warned = {create.from_: [warning.code for warning in create.warnings] for create in result.creates}
    warned |= {update.from_: [warning.code for warning in update.warnings] for update in result.updates}
    assert warned == {(0,): ["duplicate"], (1,): [], (2,): ["duplicate"]}
    assert compiled({"products": records}, rows, catalog=BAKERY, batch=batch, strict=True).questions


CODE = "041196910117"
OTHER = {**PRODUCT, "id": 2, "uuid": uid(22), "slug": "other", "product_name": "Rye", "upc_code": None}
ROLLS = {"ingredient_slug": "flour", "brand": "Queen", "package_unit": "g", "package_unit_quantity": 9}
HERE, GIVEN = {"upc_code": PRODUCT["upc_code"]}, {"upc_code": CODE}
NEW, ANOTHER = {**ROLLS, **GIVEN, "slug": "rolls", "product_name": "Rolls"}, {**ROLLS, **GIVEN, "slug": "loaf"}
EDITED = {"slug": "other", **GIVEN}
#: Records of which the last is the second with its code; and what becomes of that: a row that is here, a question of
#: some kind, or a new row or an edit that is warned of.
SECOND: dict[str, tuple[list[dict[str, Any]], str]] = {
    "new, and here: nothing else is said": ([HERE], "unchanged"),
    "new, and here: something else is said": ([{**HERE, "product_name": "Loaf"}], "identity"),
    "new, and here: another key": ([{**ANOTHER, **HERE}], "duplicate"),
    "both new: nothing else is said": ([NEW, GIVEN], "decision"),
    "both new: something else is said": ([NEW, {**GIVEN, "product_name": "Loaf"}], "decision"),
    "both new: another key": ([NEW, ANOTHER], "duplicate"),
    "new, and edited": ([EDITED, NEW], "duplicate"),
    "edited, and here": ([{**EDITED, **HERE}], "duplicate"),
    "edited, and new": ([NEW, EDITED], "duplicate"),
    "both edited": ([EDITED, {"slug": PRODUCT["slug"], **GIVEN}], "duplicate"),
}


@pytest.mark.parametrize(("records", "expected"), SECOND.values(), ids=SECOND.keys())
@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_07_what_becomes_of_the_second_row_of_a_code(
    records: list[dict[str, Any]], expected: str, batch: int
) -> None:
    """The table of `bake.compiler.references.shared_codes`: it is that row, it is asked about, or it is warned of."""
    rows = {**BAKERY_ROWS, "products": [PRODUCT, OTHER]}
    result = compiled({"products": records}, rows, catalog=BAKERY, batch=batch)
    last = len(records) - 1
    written: list[Create | Update] = [*result.creates, *result.updates]
    changes = {change.from_: change for change in written}
    warned = [one.code for change in changes.values() for one in change.warnings if one.field == "upc_code"]
    if expected == "unchanged":
        assert (result.skips, warned) == ({"unchanged": [last]}, [])
    elif expected == "duplicate":
        assert ([one.code for one in changes[last,].warnings], warned) == (["duplicate"], ["duplicate"])
        strict = compiled({"products": records}, rows, catalog=BAKERY, batch=batch, strict=True)
        assert [q.warning for q in strict.questions if q.field == "upc_code"] == ["duplicate"]
    else:
        kinds = [q.kind for q in result.questions if q.id == changes[last,].needs.get("")]
        assert (kinds, warned) == ([expected], [])
