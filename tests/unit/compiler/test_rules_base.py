"""Rule 8: with a base, an edit is what differs from it; and mode `mirror`, which deletes what the source lacks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET
from support.compiling import DATABASE, Compiled, changes, compiled, exported, view
from support.market import MARKET, uid

from bake.catalog.base_digest import BASE
from bake.changeset.model import Delete, Update

WHEAT = {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}
RYE = {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye", "parent": 1}
BAG = {"id": 7, "uuid": uid(7), "grain": 1, "brand": "Hovis", "weight": Decimal(5), "note": "old"}
COOP = {"id": 3, "uuid": uid(3), "slug": "coop", "name": "Coop", "city": "Basel"}
MIGROS = {"id": 4, "uuid": uid(4), "slug": "migros", "name": "Migros", "city": "Bern"}
SALE = {"id": 9, "uuid": uid(9), "bag": 7, "shop": 3, "day": "2025-12-01", "price": Decimal("4.5"), "note": None}
TILL = next(view for view in MARKET.views if view.name == "till")
#: The sale as the export wrote it.
EXPORTED = exported(
    TILL,
    {
        "id": 9,
        "uuid": uid(9),
        "grain": "wheat",
        "brand": "Hovis",
        "weight": 5,
        "shop_name": "Coop",
        "shop_city": "Basel",
        "day": "2025-12-01",
        "price": 4.5,
        "note": "fresh",
    },
)


def edited(
    record: Mapping[str, Any], *, row: Mapping[str, Any] | None = None, gone: bool = False, **options: Any
) -> Compiled:
    """Compile the edited record against a row that may have changed since."""
    rows: dict[str, list[Mapping[str, Any]]] = {"grains": [WHEAT, RYE], "bags": [BAG], "shops": [COOP, MIGROS]}
    rows["sales"] = [] if gone else [{**SALE, "note": "fresh", **(row or {})}]
    return compiled({**view("till", record), "export_id": "e1"}, rows, **options)


def update(outcome: Compiled) -> Update:
    """The one update."""
    [only] = outcome.updates
    return only


def test_rule_08_what_the_file_did_not_touch_is_left_alone() -> None:
    """A price that somebody fixed after the export is not reverted by a file that still has the old one."""
    outcome = edited({**EXPORTED, "note": "very fresh"}, row={"price": Decimal("4.9")})
    assert changes(update(outcome)) == {"note": ("fresh", "very fresh")}
    assert not outcome.questions


def test_rule_08_an_edit_of_the_file_is_an_edit() -> None:
    """A field that differs from the base, and that nobody else touched, is changed; the before-value is the row's."""
    outcome = edited({**EXPORTED, "price": 5.25})
    assert changes(update(outcome)) == {"price": (Decimal("4.5"), Decimal("5.25"))}


@pytest.mark.parametrize("blanks", ["{} ", "  {}", "\u00a0{}\t"])
@pytest.mark.parametrize("has_base", [True, False])
def test_rule_08_blanks_that_were_added_are_no_edit(blanks: str, has_base: bool) -> None:
    """Copying leaves blanks around values; the row is found, keeps what it has, and nothing is noted."""
    given = {name: value for name, value in EXPORTED.items() if has_base or name != BASE}
    spaced = {name: blanks.format(v) if isinstance(v, str) and name != BASE else v for name, v in given.items()}
    outcome = edited(spaced, two_way=not has_base)
    assert not outcome.updates
    assert not outcome.creates
    assert not outcome.questions
    assert not outcome.built.notices


def test_rule_08_blanks_that_are_taken_away_are_an_edit() -> None:
    """Who trims a text means it."""
    outcome = edited({**EXPORTED, "note": "fresh"}, row={"note": "fresh "}, two_way=True)
    assert changes(update(outcome)) == {"note": ("fresh ", "fresh")}


def test_rule_08_both_changed_is_a_question() -> None:
    """Current and incoming value are shown, and nothing is decided; of the exported one only a digest is known."""
    outcome = edited({**EXPORTED, "price": 5.25}, row={"price": Decimal("4.9")})
    [question] = outcome.questions
    assert (question.kind, question.field) == ("conflict", "price")
    assert (question.base, question.current, question.value) == (UNSET, Decimal("4.9"), Decimal("5.25"))
    assert update(outcome).needs == {"/price": question.id}


def test_rule_08_both_changed_to_the_same_is_nothing() -> None:
    """Where the database already has what the file asks for, nobody is asked."""
    outcome = edited({**EXPORTED, "price": 4.9}, row={"price": Decimal("4.9")})
    assert outcome.skips == {"unchanged": [0]}
    assert not outcome.questions


def test_rule_08_null_over_a_base_value_clears() -> None:
    """With a base, null where the export had a value is an edit."""
    assert changes(update(edited({**EXPORTED, "note": None}))) == {"note": ("fresh", None)}


def test_rule_08_null_that_was_null_is_no_edit() -> None:
    """Null where the export had null says nothing, whatever the database has now."""
    record = {**EXPORTED, "note": "fresh"}
    assert edited(record, row={"note": None}).skips == {"unchanged": [0]}


def test_rule_08_clearing_what_cannot_be_null_is_a_question() -> None:
    """Null over the value of a field that must have one is asked about, and not left to the database."""
    outcome = edited({**EXPORTED, "price": None})
    [question] = outcome.questions
    assert (question.kind, question.field) == ("invalid", "price")


def test_rule_08_a_reference_that_both_changed_is_a_question() -> None:
    """The shop of a sale is a field like any other: base, current and incoming shop are shown by their keys."""
    outcome = edited({**EXPORTED, "shop_name": "Migros", "shop_city": "Bern"}, row={"shop": 3, "price": Decimal(5)})
    assert changes(update(outcome)) == {"shop": ({"slug": "coop"}, {"slug": "migros"})}
    assert not outcome.questions

    coop_again = {**EXPORTED, "shop_name": "Coop", "shop_city": "Basel"}
    assert edited(coop_again, row={"shop": 4}).skips == {"unchanged": [0]}


@pytest.mark.parametrize("lacking", ["price", "note", "shop_name"])
def test_rule_08_a_missing_field_says_nothing(lacking: str) -> None:
    """A file that lost a column asks for nothing there, base or no base."""
    record = {name: value for name, value in EXPORTED.items() if name != lacking}
    assert edited(record).skips == {"unchanged": [0]}


def test_rule_08_a_deleted_row_stays_deleted_unless_the_file_edited_it() -> None:
    """An unedited record of a row that is gone is passed over; an edited one is asked about, never created unasked."""
    assert edited(EXPORTED, gone=True).skips == {"gone since the export": [0]}
    [question] = edited({**EXPORTED, "price": 9}, gone=True).questions
    assert (question.kind, [option.name for option in question.options]) == ("decision", ["new"])


def test_rule_08_an_untouched_record_of_a_changed_row_is_noticed() -> None:
    """What others changed stays, and the file is not said to be what the database holds."""
    outcome = edited(EXPORTED, row={"price": Decimal("4.9")})
    assert outcome.skips == {"unchanged": [0]}
    assert [notice.from_ for notice in outcome.notices["changed_here"]] == [(0,)]


def test_rule_08_a_row_of_another_database_is_not_gone() -> None:
    """An unedited record whose row was never here is not said to have been deleted here."""
    outcome = edited(EXPORTED, gone=True, database="another")
    assert outcome.skips == {"not here": [0]}
    assert "--two-way" in outcome.notices["not_here"][0].message


WITHOUT = {name: value for name, value in EXPORTED.items() if name != BASE}


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        (None, None),
        ("", "cut off or altered"),
        ("b1", "cut off or altered"),
        ("=1+1", "cut off or altered"),
        (EXPORTED[BASE][:-1], "cut off or altered"),
        (EXPORTED[BASE][:20] + "x" + EXPORTED[BASE][21:], "cut off or altered"),
        ("é" * 90, "cut off or altered"),
        (7, "cut off or altered"),
        ({"a": 1}, "cut off or altered"),
        (exported(TILL, {**EXPORTED, "id": 10, "uuid": uid(10)})[BASE], "of another row"),
        (exported(MARKET.views[0], {"id": 9})[BASE], "of another view or of other columns"),
    ],
)
@pytest.mark.parametrize("price", [5.25, 4.5])
def test_rule_08_an_export_without_a_usable_base_is_never_compared_in_silence(
    base: Any, reason: str | None, price: float
) -> None:
    """Whether a value is an edit or old cannot be told: one question for the file; where nothing differs, none."""
    outcome = edited({**WITHOUT, BASE: base, "price": price}, row={"price": Decimal("4.5")})
    if price == 4.5:
        assert outcome.skips == {"unchanged": [0]}
        return
    assert outcome.question.kind == "decision"
    assert [option.name for option in outcome.question.options] == ["file", "database"]
    assert update(outcome).needs == {"": outcome.question.id}
    assert (reason or "they have no _base") in (outcome.question.problem or "")
    assert ("they have no _base" in (outcome.question.problem or "")) == (reason is None)
    assert reason is None or reason in outcome.notices["base_unusable"][0].message


def test_rule_08_one_question_serves_the_whole_file() -> None:
    """However many records have lost their base, one decision is asked, which names each reason there is for it."""
    rows = [{**SALE, "id": n, "uuid": uid(n)} for n in (1, 2, 3)]
    records: list[dict[str, Any]] = [{"id": n, "uuid": uid(n), "price": 9} for n in (1, 2, 3)]
    records[1][BASE] = "b1"
    document = {**view("till", *records), "export_id": "e1"}
    outcome = compiled(document, {"grains": [WHEAT], "bags": [BAG], "shops": [COOP], "sales": rows})
    assert (outcome.question.kind, outcome.question.asked_by) == ("decision", ("1-3",))
    assert {option.name: option.records for option in outcome.question.options} == {"file": 3, "database": 3}
    problem = outcome.question.problem or ""
    assert ("they have no _base" in problem, "it was cut off or altered" in problem) == (True, True)


def test_rule_08_new_records_need_no_base() -> None:
    """A record about a row that is not here is simply new, in an export, too."""
    new = {"uuid": uid(77), "grain": "wheat", "brand": "Hovis", "weight": 5, "shop_name": "Coop", "price": 3}
    outcome = edited({**new, "day": "2025-12-24"})
    assert not outcome.updates
    assert len(outcome.creates) == 1
    assert not [question for question in outcome.questions if question.kind == "decision"]


@pytest.mark.parametrize("mark", ["export_id", "database"])
def test_rule_08_a_row_that_was_exported_and_is_gone_is_not_made_again_in_silence(mark: str) -> None:
    """Without its base, a record with an id may be about a row that was deleted: it belongs to the file's question."""
    document = {**view("till", {**WITHOUT, "uuid": uid(99), "id": 99}), mark: DATABASE}
    rows = {"grains": [WHEAT, RYE], "bags": [BAG], "shops": [COOP, MIGROS], "sales": [SALE]}
    outcome = compiled(document, rows)
    assert [question.kind for question in outcome.questions] == ["decision"]
    assert outcome.creates[0].needs == {"": outcome.question.id}
    assert outcome.creates[0].outcomes[outcome.question.id]["database"].skip


def test_rule_08_a_file_that_names_the_database_it_is_from_is_an_export() -> None:
    """Also where its id and all bases were removed: then whose values count is asked, and emptied cells are named."""
    rows = {"grains": [WHEAT, RYE], "bags": [BAG], "shops": [COOP, MIGROS], "sales": [{**SALE, "note": "fresh"}]}
    document = {**view("till", {**WITHOUT, "price": 5}), "database": DATABASE}
    assert compiled(document, rows).question.kind == "decision"
    emptied = compiled({**view("till", {**WITHOUT, "note": None}), "database": DATABASE}, rows)
    assert emptied.notices["empty"][0].from_ == (0,)


def test_rule_08_two_way_is_asked_for_by_name() -> None:
    """Then the file counts wherever it differs, with whatever it was exported, and null changes nothing."""
    outcome = edited({**EXPORTED, "note": None}, row={"price": Decimal("4.9")}, two_way=True)
    assert changes(update(outcome)) == {"price": (Decimal("4.9"), Decimal("4.5"))}
    assert not outcome.questions


def test_rule_08_what_cannot_be_taken_is_named() -> None:
    """Edits of context and cells that are empty without a base are noticed, by the name of their column."""
    assert "weight was edited" in edited({**EXPORTED, "weight": 6}).notices["read_only"][0].message
    outcome = edited({**WITHOUT, "note": None})
    assert outcome.skips == {"unchanged": [0]}
    assert outcome.notices["empty"][0].from_ == (0,)


def test_rule_08_an_edited_total_is_noticed() -> None:
    """Computed columns are not read back, and an edit of one is not swallowed."""
    shelf = MARKET.views[0]
    record = exported(shelf, {"id": 7, "grain": "wheat", "brand": "Hovis", "weight": 5, "last_price": 2.5})
    rows: dict[str, list[dict[str, Any]]] = {"grains": [WHEAT], "bags": [{**BAG, "note": None}]}
    assert "read_only" not in compiled(view("shelf", record), rows).notices
    [notice] = compiled(view("shelf", {**record, "last_price": 3}), rows).notices["read_only"]
    assert "last_price was edited, but is computed" in notice.message


def test_rule_09_an_unknown_column_is_noticed_where_it_says_something() -> None:
    """A column that somebody added is named with the records that have a value in it, and no others."""
    records = [{**EXPORTED, "colour": None}, {**EXPORTED, "id": 10, "uuid": uid(10), "colour": "red", BASE: None}]
    [notice] = compiled(view("till", *records)).notices["unknown_field"]
    assert notice.from_ == (1,)


def test_the_digest_of_another_database_is_another() -> None:
    """Which database it was is said by each record."""
    assert EXPORTED[BASE] != exported(TILL, EXPORTED, database="another")[BASE]
    assert EXPORTED[BASE] == exported(TILL, EXPORTED, database=DATABASE)[BASE]


def test_mirror_deletes_what_the_source_lacks() -> None:
    """Rows that no record is about are deleted, with their whole before-image, parents before children."""
    bran = {"id": 5, "uuid": uid(5), "slug": "bran", "name": "Bran", "parent": 2}
    result = compiled({"grains": [{"slug": "wheat"}]}, {"grains": [bran, WHEAT, RYE]}, mode="mirror")
    deletes = [operation for operation in result.operations if isinstance(operation, Delete)]
    assert [delete.key for delete in deletes] == [{"slug": "rye"}, {"slug": "bran"}]
    assert deletes[1].before == {
        "uuid": uid(5),
        "slug": "bran",
        "name": "Bran",
        "parent": {"slug": "rye"},
        "density": None,
    }


def test_mirror_spares_entities_without_records() -> None:
    """An empty list deletes nothing, and says so: it is more likely a mistake than a wish."""
    result = compiled({"grains": [], "shops": [{"slug": "coop"}]}, {"grains": [WHEAT], "shops": [COOP]}, mode="mirror")
    assert not [operation for operation in result.operations if isinstance(operation, Delete)]
    assert "mirror_empty" in result.notices


def test_mirror_spares_rows_that_are_asked_about() -> None:
    """A row that a record may be about is not deleted while that is open."""
    result = compiled({"shops": [{"name": "Coop"}]}, {"shops": [COOP, MIGROS]}, mode="mirror")
    deletes = [operation for operation in result.operations if isinstance(operation, Delete)]
    assert result.question.kind == "identity"
    assert [delete.key for delete in deletes] == [{"slug": "migros"}]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"slug": 5, "name": "Kiosk"}, id="key"),
        pytest.param({"uuid": "nope", "name": "Kiosk"}, id="uuid"),
        pytest.param({"id": "abc", "name": "Kiosk"}, id="id"),
        pytest.param({"slug": "kiosk", "name": 7}, id="part of a key"),
    ],
)
def test_mirror_spares_an_entity_one_of_whose_records_cannot_be_identified(record: dict[str, Any]) -> None:
    """A record whose key does not fit may mean any row: none is deleted, and that is noted with the record."""
    result = compiled({"shops": [{"slug": "coop"}, record]}, {"shops": [COOP, MIGROS]}, mode="mirror")
    assert not [operation for operation in result.operations if isinstance(operation, Delete)]
    assert result.notices["mirror_unsure"][0].from_ == (1,)


def test_mirror_spares_an_entity_where_an_id_leads_nowhere() -> None:
    """A view's record that nothing identifies may mean any row, too."""
    bags = [{**BAG, "id": 1}, {**BAG, "id": 2, "uuid": uid(8), "weight": Decimal(9)}]
    result = compiled(view("shelf", {"id": 99, "note": "x"}), {"grains": [WHEAT], "bags": bags}, mode="mirror")
    assert not [operation for operation in result.operations if isinstance(operation, Delete)]
    assert result.notices["mirror_unsure"][0].from_ == (0,)


def test_mirror_does_not_mind_a_misfit_of_a_row_that_is_known() -> None:
    """An id that does not fit beside a key that does leaves no doubt: what the source lacks is deleted."""
    result = compiled({"shops": [{"id": "abc", "slug": "coop"}]}, {"shops": [COOP, MIGROS]}, mode="mirror")
    deletes = [operation for operation in result.operations if isinstance(operation, Delete)]
    assert [delete.key for delete in deletes] == [{"slug": "migros"}]
    assert "mirror_unsure" not in result.notices


def test_mirror_deletes_chains_and_cycles() -> None:
    """However deep rows stand in each other, parents come first; rows that are their own ancestors come at all."""
    chain = [{"id": n, "uuid": uid(n), "slug": f"g{n}", "name": "G", "parent": n + 1} for n in range(10, 3000)]
    top = {"id": 3000, "uuid": uid(3000), "slug": "top", "name": "Top"}
    ring = [{"id": n, "uuid": uid(n), "slug": f"r{n}", "name": "R", "parent": p} for n, p in [(5, 6), (6, 7), (7, 5)]]
    result = compiled({"grains": [{"slug": "wheat"}]}, {"grains": [WHEAT, *ring, *chain, top]}, mode="mirror")
    deletes = [operation.key["slug"] for operation in result.operations if isinstance(operation, Delete)]
    assert set(deletes[:3]) == {"r5", "r6", "r7"}
    assert deletes[3:] == ["top", *(f"g{n}" for n in range(2999, 9, -1))]
