"""Rules 5, 6, 7 and 9: what may be edited, when two values are the same, what does not fit, what says nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from support.compiling import changes, compiled, view
from support.market import MARKET, uid

from bake.catalog.bakery import BAKERY
from bake.compiler.matching.equal_rows import ALREADY_HERE

SHOP = {
    "id": 1,
    "uuid": uid(11),
    "slug": "mill",
    "name": "Mill",
    "city": "York",
    "open": True,
    "rating": 3,
    "founded": "1901-05-01",
    "tags": ["a", {"b": 1}],
}
GRAIN = {"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye", "density": Decimal("0.1")}
BAG = {"id": 1, "uuid": uid(2), "grain": 1, "brand": "Hovis", "weight": Decimal("6.99"), "colour": "white"}
SALE = {"id": 1, "uuid": uid(9), "bag": 1, "shop": 1, "day": "2025-12-20", "price": Decimal("3.99")}
ROWS: dict[str, list[dict[str, Any]]] = {"shops": [SHOP], "grains": [GRAIN], "bags": [BAG], "sales": [SALE]}


def edited(entity: str, key: dict[str, Any], **values: Any) -> dict[str, tuple[Any, Any]]:
    """What a record of these values would change."""
    result = compiled({entity: [{**key, **values}]}, ROWS)
    assert not result.questions
    return {name: change for update in result.updates for name, change in changes(update).items()}


def test_rule_05_an_edit_of_a_read_only_field_is_ignored_and_reported() -> None:
    """The catalog says what can be edited; the record is named in the notice, and its other edits count."""
    records = [{"slug": "nowhere", "name": "Nowhere"}, {"slug": "mill", "founded": "1999-01-01", "rating": 4}]
    result = compiled({"shops": records}, ROWS)
    assert changes(result.updates[0]) == {"rating": (3, 4)}
    [notice] = result.notices["read_only"]
    assert notice.from_ == (1,)
    assert "founded" in notice.message


def test_rule_05_context_of_a_view_is_ignored_and_reported() -> None:
    """A view's context columns are read to identify and to warn, never to write; nor is what is computed."""
    record = {"uuid": uid(9), "day": "2025-12-24", "brand": "Bauck", "price": 4}
    result = compiled(view("till", record), ROWS)
    assert changes(result.updates[0]) == {"price": (Decimal("3.99"), Decimal(4))}
    named = {notice.message.split(" differs", maxsplit=1)[0] for notice in result.notices["read_only"]}
    assert named == {"day", "brand"}
    computed = compiled(view("shelf", {"id": 1, "grain": "rye", "last_price": 99}), ROWS)
    assert computed.skips == {"unchanged": [0]}


def test_rule_05_a_new_row_may_give_what_is_read_only_later() -> None:
    """What an update must not change, a create gives."""
    result = compiled({"shops": [{"name": "Barn", "founded": "2001-01-01"}]}, ROWS)
    assert result.creates[0].values["founded"] == "2001-01-01"


@pytest.mark.parametrize(
    ("entity", "key", "values"),
    [
        ("bags", {"uuid": uid(2)}, {"weight": "6.99"}),
        ("bags", {"uuid": uid(2)}, {"weight": Decimal("6.9900")}),
        ("bags", {"uuid": uid(2)}, {"weight": "6.990"}),
        ("grains", {"slug": "rye"}, {"density": "0.10"}),
        ("grains", {"slug": "rye"}, {"density": Decimal("0.1000000000000000055511151231257827")}),
        ("shops", {"slug": "mill"}, {"rating": "3"}),
        ("shops", {"slug": "mill"}, {"rating": Decimal("3.0")}),
        ("shops", {"slug": "mill"}, {"tags": ["a", {"b": 1}]}),
    ],
)
def test_rule_06_the_same_value_is_no_edit(entity: str, key: dict[str, Any], values: dict[str, Any]) -> None:
    """One number written in other ways is the same number where the column says that it is one."""
    assert edited(entity, key, **values) == {}


def test_rule_06_zero_is_a_value_and_null_is_none() -> None:
    """Zero and false are written over null and over others; null is not zero; texts of numbers stay texts."""
    bare = {**ROWS, "shops": [{**SHOP, "rating": None, "open": None}]}
    [update] = compiled({"shops": [{"slug": "mill", "rating": 0, "open": False}]}, bare).updates
    assert changes(update) == {"open": (None, False), "rating": (None, 0)}
    assert edited("shops", {"slug": "mill"}, rating=0) == {"rating": (3, 0)}
    assert edited("shops", {"slug": "mill"}, open=False) == {"open": (True, False)}
    assert edited("shops", {"slug": "mill"}, city="0") == {"city": ("York", "0")}


def test_rule_06_in_a_document_field_all_four_differ() -> None:
    """Inside a JSON column 0, false, null and "0" are told apart; numerically equal numbers are one."""
    for before, after in [(0, False), (False, 0), ([0], [False]), (0, "0"), ([None], [0]), ({"a": 1}, {"a": True})]:
        rows = {"shops": [{**SHOP, "tags": before}]}
        [update] = compiled({"shops": [{"slug": "mill", "tags": after}]}, rows).updates
        [(was, becomes)] = changes(update).values()
        assert (type(was), type(becomes)) == (type(before), type(after))


def test_rule_06_decimals_stay_exact() -> None:
    """No digit is lost on the way through a number that a double cannot hold."""
    [change] = edited("sales", {"uuid": uid(9)}, price=Decimal("123456.7891")).values()
    assert change[1] == Decimal("123456.7891")


@pytest.mark.parametrize("value", [0, False, None, "0", Decimal("0.0")], ids=repr)
def test_rule_06_what_fits_a_boolean(value: Any) -> None:
    """Only false is false: null says nothing, and numbers and texts are asked about, never taken for it."""
    result = compiled({"shops": [{"slug": "mill", "open": value}]}, ROWS)
    if value is None:
        assert result.skips == {"unchanged": [0]}
    elif value is False:
        assert changes(result.updates[0]) == {"open": (True, False)}
    else:
        assert result.question.kind == "invalid"


MISFITS = [
    ("shops", {"name": "x" * 61}, "name", "61 characters"),
    ("shops", {"name": 7}, "name", "not text"),
    ("shops", {"rating": 6}, "rating", "at most 5"),
    ("shops", {"rating": -1}, "rating", "at least 0"),
    ("shops", {"rating": "many"}, "rating", "not a number"),
    ("shops", {"rating": Decimal("2.5")}, "rating", "whole number"),
    ("shops", {"open": 1}, "open", "true or false"),
    ("shops", {"owner_slug": 7}, "owner", "not text"),
    ("grains", {"density": "heavy"}, "density", "not a number"),
    ("bags", {"colour": "red"}, "colour", "white, brown"),
    ("bags", {"weight": 0}, "weight", "more than 0"),
    ("bags", {"weight": Decimal("0.00001")}, "weight", "at most 4 decimals"),
    ("sales", {"day": "2025-13-01"}, "day", "not in the calendar"),
    ("sales", {"day": "20 December"}, "day", "not a date"),
    ("sales", {"price": "six"}, "price", "not a number"),
    ("sales", {"price": -1}, "price", "at least 0"),
    ("sales", {"price": [1]}, "price", "a list is not a number"),
]
KEYS = {"shops": {"slug": "mill"}, "grains": {"slug": "rye"}, "bags": {"uuid": uid(2)}, "sales": {"uuid": uid(9)}}


@pytest.mark.parametrize(("entity", "values", "field", "problem"), MISFITS)
def test_rule_07_a_misfit_is_a_question_with_its_location(
    entity: str, values: dict[str, Any], field: str, problem: str
) -> None:
    """A value that does not fit is asked about by field, with the value, what would fit, and where it stands."""
    question = compiled({entity: [{**KEYS[entity], **values}]}, ROWS).question
    [column] = values
    assert (question.kind, question.entity, question.field) == ("invalid", entity, field)
    assert problem in (question.problem or "")
    assert f"/{entity}/0/{column}" in (question.where or "")


def test_rule_07_all_misfits_in_one_pass() -> None:
    """Every bad value of every record is found at once, and nothing of them can be applied before it is answered."""
    entities = {entity for entity, _, _, _ in MISFITS}
    document = {name: [values for entity, values, _, _ in MISFITS if entity == name] for name in sorted(entities)}
    result = compiled(document, ROWS)
    asked = {(question.entity, question.field) for question in result.questions if question.kind == "invalid"}
    assert {(entity, field) for entity, _, field, _ in MISFITS} <= asked
    waiting = {need for create in result.creates for need in create.needs.values()}
    assert waiting == {question.id for question in result.questions}


def test_numbers_with_more_decimals_than_fit_are_one_question() -> None:
    """Different ones of a column are asked about together, and rounded only if that is chosen."""
    prices = (Decimal("0.3333333333333333"), Decimal("1.23456"))
    sale = {"bag": {"grain": {"slug": "rye"}, "brand": "Hovis"}, "shop": {"slug": "mill"}, "day": "2025-12-20"}
    result = compiled({"sales": [{**sale, "price": price} for price in prices]}, {**ROWS, "sales": []})
    [question] = [question for question in result.questions if question.field == "price"]
    assert (question.kind, question.entity, question.asked_by) == ("decision", "sales", ("1-2",))
    assert "more than 4 decimals" in (question.problem or "")
    rounded = [create.outcomes[question.id]["rounded"].values for create in result.creates]
    assert rounded == [{"price": Decimal("0.3333")}, {"price": Decimal("1.2346")}]
    assert [create.values["price"] for create in result.creates] == [None, None]


def test_rule_07_equal_misfits_share_a_question() -> None:
    """The same value in the same field is asked about once, for all records that hold it."""
    records = [{"name": f"Shop {n}", "rating": 9} for n in range(3)]
    assert compiled({"shops": records}).question.asked_by == ("1-3",)


def test_rule_07_different_misfits_do_not_share_a_question() -> None:
    """Two values that begin alike and are shown alike, being long, are two questions."""
    records = [{"name": f"Shop {n}", "city": "a" * 250 + end} for n, end in enumerate("xyx")]
    assert [question.asked_by for question in compiled({"shops": records}).questions] == [(1, 3), (2,)]


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_10a_what_some_records_lack_is_asked_once(batch: int) -> None:
    """A price that two of three new sales lack, or have as null, is one question, for one value or several."""
    records: list[dict[str, Any]] = [
        {"bag_uuid": uid(2), "shop_slug": "mill", "day": f"2025-11-2{n}"} for n in range(3)
    ]
    records[1]["price"] = "3"
    records[2]["price"] = None
    question = compiled({"sales": records}, ROWS, batch=batch).question
    assert (question.field, question.asked_by) == ("price", (1, 3))


def test_rule_10a_names_that_records_lack_are_asked_one_by_one() -> None:
    """Rows are known by their names: one for all of them would make them one row."""
    records = [{"city": "York"}, {"city": "Leeds"}]
    asked = compiled({"shops": records}).questions
    assert [(question.field, question.asked_by) for question in asked] == [("name", (1,)), ("name", (2,))]


def test_rule_10a_what_no_record_of_a_list_says_is_asked_once() -> None:
    """Where no record has a column for it, one value for all is asked, with the number of records."""
    records = [{"bag_uuid": uid(2), "shop_slug": "mill", "day": f"2025-11-2{n}"} for n in range(3)]
    for batch in (1, 1000):
        question = compiled({"sales": records}, ROWS, batch=batch).question
        assert question.asked_by == ("1-3",)
        assert question.problem is not None
        assert question.problem.startswith("none of the 3 records of sales says price, which new rows of sales need: ")


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("entity", "key", "columns", "field"),
    [
        ("suppliers", {"slug": "x", "name": "X"}, {"zip_code": "02420", "zip": "99999"}, "zip_code"),
        ("shops", {"slug": "mill"}, {"owner_slug": "ada", "owner": {"slug": "bob"}}, "owner"),
    ],
)
def test_rule_07_columns_that_contradict_each_other_are_asked_about(
    entity: str, key: dict[str, Any], columns: dict[str, Any], field: str, order: int
) -> None:
    """Two columns of one record with different values for one field are a question that names both; none wins."""
    record = {**key, **dict(list(columns.items())[::order])}
    bakery = entity == "suppliers"
    question = compiled({entity: [record]}, {} if bakery else ROWS, catalog=BAKERY if bakery else MARKET).question
    assert (question.kind, question.field) == ("invalid", field)
    assert all(column in (question.problem or "") for column in columns)


@pytest.mark.parametrize("other", ["02420", None])
@pytest.mark.parametrize("order", [1, -1])
def test_rule_07_columns_that_agree_are_one(other: str | None, order: int) -> None:
    """The same value under two names of a field, or null under one, is that value."""
    columns = dict([("zip_code", "02420"), ("zip", other)][::order])
    result = compiled({"suppliers": [{"slug": "x", "name": "X", **columns}]}, catalog=BAKERY)
    assert result.creates[0].values["zip_code"] == "02420"
    assert not result.questions


def test_rule_07_what_a_new_row_lacks_is_asked_for() -> None:
    """A create without a required field asks for it, naming what it expects."""
    result = compiled({"sales": [{"bag_uuid": uid(2), "shop_slug": "mill", "price": 1}]}, ROWS)
    assert (result.question.kind, result.question.field, result.question.value) == ("invalid", "day", None)
    assert "a date" in (result.question.problem or "")


def test_rule_07_what_looks_wrong_is_a_warning() -> None:
    """A check of the catalog warns on its operation, of a new row and of an edit, and stops nothing."""
    result = compiled({"shops": [{"slug": "mill", "name": "Mi"}, {"name": "Ba"}]}, ROWS)
    assert [warning.field for update in result.updates for warning in update.warnings] == ["name"]
    assert [warning.field for create in result.creates for warning in create.warnings] == ["name"]
    assert not result.questions


@pytest.mark.parametrize(
    ("price", "word"),
    [("39.90", "10 times more"), ("0.399", "10 times less"), ("39.89", ""), ("0.40", ""), ("0", "")],
)
def test_rule_07_a_price_ten_times_the_last_is_a_warning(price: str, word: str) -> None:
    """A number many times larger or smaller than the last of the same bag warns; one just below does not, nor zero."""
    earlier = {**SALE, "id": 2, "uuid": uid(8), "day": "2024-01-01", "price": Decimal(400)}
    rows = {**ROWS, "sales": [earlier, SALE]}
    record = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-24", "price": price}
    for result in (
        compiled({"sales": [record]}, rows).creates[0],
        compiled({"sales": [{"uuid": uid(9), "price": price}]}, rows).updates[0],
    ):
        messages = [warning.message for warning in result.warnings]
        assert [word in message for message in messages] == ([True] if word else [])


def test_rule_07_strict_asks_about_what_looks_wrong() -> None:
    """Under --strict each warning of a value is a question too, with the value that looks wrong."""
    records = {
        "shops": [{"name": "Ba"}],
        "sales": [{"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-24", "price": 400}],
    }
    result = compiled(records, ROWS, strict=True)
    assert {(question.kind, question.field, question.value) for question in result.questions} == {
        ("invalid", "name", "Ba"),
        ("invalid", "price", 400),
    }
    assert all(create.warnings and create.needs for create in result.creates)


def test_rule_07_strict_asks_about_doubles_within_a_source() -> None:
    """A sale that equals another one of the source is a question of its own under --strict, not only a warning."""
    record = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-24", "price": 4}
    result = compiled({"sales": [record, record]}, {**ROWS, "sales": []}, strict=True)
    [warned] = [create for create in result.creates if create.warnings]
    [question] = result.questions
    assert {warning.code for warning in warned.warnings} == {"lookalike"}
    assert (question.kind, question.field, question.warning) == ("invalid", "bag", "lookalike")
    assert warned.needs == {"/bag": question.id}


def test_rule_07_strict_does_not_ask_about_what_is_already_here() -> None:
    """A sale that equals a row of the database is that row, under --strict too: it makes no second one to ask about."""
    record = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-24", "price": 4}
    here = {**SALE, "day": "2025-12-24", "price": Decimal(4)}
    result = compiled({"sales": [record]}, {**ROWS, "sales": [here]}, strict=True)
    assert result.skips == {ALREADY_HERE: [0]}
    assert not result.creates
    assert not result.questions


def test_rule_07_strict_asks_once_about_what_looks_wrong_twice() -> None:
    """Several warnings of one field are one question that says them all, the most important first."""
    item = replace(MARKET.entities["sales"], likeness=("price", "bag", "shop", "day"))
    catalog = replace(MARKET, entities={**MARKET.entities, "sales": item})
    usual = {**SALE, "day": "2025-12-20", "price": Decimal(4)}
    record = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-24", "price": 400}
    result = compiled({"sales": [record, record]}, {**ROWS, "sales": [usual]}, strict=True, catalog=catalog)
    first, second = result.creates
    [outlier, both] = result.questions
    assert (outlier.warning, both.warning) == ("outlier", "lookalike")
    assert re.fullmatch(r"record 0 is the same .*; 400 is 100 times more .*", both.problem or "")
    assert (first.needs, second.needs) == ({"/price": outlier.id}, {"/price": both.id})


def test_rule_07_a_misfit_on_a_read_only_field_stops_nothing() -> None:
    """What would be ignored if it fitted is not asked about when it does not."""
    result = compiled({"shops": [{"slug": "mill", "founded": "long ago", "rating": 4}]}, ROWS)
    assert changes(result.updates[0]) == {"rating": (3, 4)}
    assert not result.questions
    assert result.notices["misfit_ignored"][0].from_ == (0,)


@pytest.mark.parametrize(("column", "value"), [("id", "abc"), ("uuid", "nope"), ("founded", "yesterday")])
def test_rule_07_a_misfit_that_is_ignored_is_noted(column: str, value: str) -> None:
    """What cannot be edited and does not fit is noted with its column and record; the row is otherwise unchanged."""
    result = compiled({"shops": [{"slug": "mill", column: value}]}, ROWS)
    assert result.skips == {"unchanged": [0]}
    [notice] = result.notices["misfit_ignored"]
    assert notice.message.startswith(f"{column} does not fit")
    assert notice.from_ == (0,)


def test_rule_07_an_id_of_a_new_row_that_does_not_fit_is_noted() -> None:
    """No field of a new row takes an id, so that nothing is asked; that it was ignored is noted."""
    result = compiled({"shops": [{"id": "abc", "slug": "barn", "name": "Barn"}]}, ROWS)
    assert result.notices["misfit_ignored"][0].from_ == (0,)
    assert not result.questions


def test_rule_08_without_a_base_null_changes_nothing() -> None:
    """Two-way, null over a value leaves it: in a field, in a reference, in a part of one."""
    record = {"slug": "mill", "city": None, "rating": None, "owner": None, "owner_slug": None, "tags": None}
    assert compiled({"shops": [record]}, ROWS).skips == {"unchanged": [0]}


def test_rule_09_what_is_missing_says_nothing() -> None:
    """Fields and rows that the source does not have stay as they are."""
    result = compiled({"shops": [{"slug": "mill"}]}, ROWS)
    assert result.skips == {"unchanged": [0]}
    assert result.built.counts == {"shops": {"skip": 1}}


def test_rule_09_an_unknown_field_is_a_notice_with_the_nearest_name() -> None:
    """An unknown column is noted once with all its records and the name that was probably meant, and is not read."""
    records = [{"slug": "mill", "raiting": 4}, {"slug": "mill", "raiting": 5, "zzz": 1}]
    result = compiled({"shops": records}, ROWS)
    assert [(notice.from_, "rating" in notice.message) for notice in result.notices["unknown_field"]] == [
        (("0-1",), True),
        ((1,), False),
    ]
    assert "did you mean rating?" in result.notices["unknown_field"][0].message
    assert not result.updates


def test_rule_09_unknown_sections_are_counted() -> None:
    """Records of an entity that the catalog does not know are skipped, and noted; so is what holds no records."""
    result = compiled({"shops": [{"slug": "mill"}], "ships": [{"a": 1}, {"a": 2}], "version": "3"}, ROWS)
    assert result.skips == {"unknown entity": [1, 2], "unchanged": [0]}
    assert "2 records of ships" in result.notices["unknown_entity"][0].message
    assert "version" in result.notices["ignored"][0].message
