"""Rule 1: a record is matched by uuid, then by natural key, then by id, which counts only if the rest agrees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from support.compiling import changes, compiled, exported, view
from support.market import MARKET, uid

from bake.catalog.bakery import BAKERY
from bake.changeset.events import Answered
from bake.changeset.fold import decide
from bake.changeset.model import Create, Outcome, Update
from bake.changeset.runs import count

WHEAT = {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}
RYE = {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye"}
BAG = {"id": 7, "uuid": uid(7), "grain": 1, "brand": "Hovis", "weight": Decimal(5)}
ROWS = {"grains": [WHEAT, RYE], "bags": [BAG]}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"uuid": uid(2), "slug": "rye_2", "name": "Rye, dark"}, id="uuid before key"),
        pytest.param({"uuid": uid(2), "id": 1, "name": "Rye, dark"}, id="uuid before id"),
        pytest.param({"slug": "rye", "id": 1, "name": "Rye, dark"}, id="key before id"),
        pytest.param({"slug": "rye", "uuid": uid(99), "name": "Rye, dark"}, id="key where nobody has the uuid"),
    ],
)
def test_rule_01_uuid_then_key_then_id(record: dict[str, Any]) -> None:
    """The better name decides which row is changed; what a worse one says of another row changes nothing there."""
    result = compiled({"grains": [record]}, ROWS)
    [update] = result.updates
    assert update.key == {"slug": "rye"}
    assert changes(update)["name"] == ("Rye", "Rye, dark")
    assert not result.creates
    assert not result.questions


@pytest.mark.parametrize("slug", ["rye", "RYE", "rye ", "\uff52\uff59\uff45"])
def test_rule_01_uuid_and_key_of_two_rows_is_a_question(slug: str) -> None:
    """Where uuid and natural key, in whatever spelling, name two rows, both are offered and neither changes unasked.

    If it is said to be the row that has the uuid, its key is edited, too, and not dropped without a word.
    """
    result = compiled({"grains": [{"uuid": uid(1), "slug": slug, "name": "Barley"}]}, ROWS)
    assert result.question.kind == "identity"
    assert [candidate.key for candidate in result.question.candidates] == [{"slug": "wheat"}, {"slug": "rye"}]
    by_uuid, by_key = (changes_of(candidate.patch) for candidate in result.question.candidates)
    assert by_uuid == {"/slug": slug.strip(), "/name": "Barley"}
    assert by_key == {"/name": "Barley"}
    [create] = result.creates
    assert create.needs[""] == result.question.id


def test_rule_01_a_key_that_moved_on_is_a_question() -> None:
    """Its row was renamed, and another one has the key: an edit lands on neither unasked; another id proves nothing."""
    flour, nuts = (
        {"id": n, "uuid": uid(n), "slug": name, "display_name": name} for n, name in ((1, "flour"), (2, "nuts"))
    )
    king = {"id": 1, "uuid": uid(11), "slug": "king_old", "ingredient": 1, "brand": "King Arthur"}
    kirk = {"id": 2, "uuid": uid(12), "slug": "king", "ingredient": 2, "brand": "Kirkland"}
    rows = {"ingredients": [flour, nuts], "products": [king, kirk]}
    said = {"product_id": 1, "product_slug": "king", "ingredient_slug": "flour", "brand": "King Arthur", "notes": "new"}

    def offered(**more: Any) -> list[list[Any]]:
        questions = compiled(view("products", {**said, **more}), rows, catalog=BAKERY).questions
        return [[candidate.key["slug"] for candidate in q.candidates] for q in questions if q.kind == "identity"]

    for id_ in (1, 9):
        assert [sorted(keys) for keys in offered(product_id=id_)] == [["king", "king_old"]]
    assert offered(product_id=9, ingredient_slug="nuts") == offered(product_id=2) == []


@pytest.mark.parametrize("name", ["Whe\u00adat", "\ufeffWheat", "Wheat\u200b", "\u200eWheat", "Whe\u200dat"])
def test_rule_04_what_cannot_be_seen_makes_no_row_unasked(name: str) -> None:
    """A name that looks the same as a row's, and was copied with a soft hyphen or the like, is asked about."""
    result = compiled({"grains": [{"name": name}]}, ROWS)
    assert result.question.kind == "identity"
    assert [candidate.key for candidate in result.question.candidates] == [{"slug": "wheat"}]


def test_rule_01_another_spelling_of_its_own_key_is_no_question() -> None:
    """A row that is named by its uuid may get its key in capitals: that is a change of the key, and warned of."""
    [update] = compiled({"grains": [{"uuid": uid(1), "slug": "WHEAT"}]}, ROWS).updates
    assert changes(update) == {"slug": ("wheat", "WHEAT")}
    assert {warning.code for warning in update.warnings} >= {"key_change"}


def test_rule_01_an_id_that_agrees_with_the_context_identifies() -> None:
    """A view's record without a key is matched by id where its read-only context is that of the row, with a notice."""
    record = {"id": 7, "grain": "wheat", "note": "on top"}
    result = compiled(view("shelf", record), ROWS)
    [update] = result.updates
    assert update.key == {"grain": {"slug": "wheat"}, "brand": "Hovis", "weight": 5}
    assert changes(update) == {"note": (None, "on top")}
    assert result.notices["matched_by_id"][0].from_ == (0,)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        pytest.param({"id": 7, "grain": "rye", "note": "x"}, "do not agree", id="context of another row"),
        pytest.param({"id": 7, "note": "x"}, "do not agree", id="nothing to agree with"),
        pytest.param({"id": 99, "note": "x"}, "no row here has the ids", id="id of no row"),
        pytest.param({"id": 99, "grain": "wheat", "note": "x"}, "only its grain", id="id of no row, context of one"),
    ],
)
def test_rule_01_an_id_that_proves_nothing_is_a_question(record: dict[str, Any], why: str) -> None:
    """Without a key, an id whose row does not agree with the context, or is not there, is asked about."""
    result = compiled(view("shelf", record), ROWS)
    [question] = [question for question in result.questions if question.id == result.creates[0].needs[""]]
    assert why in (question.problem or "")
    assert not result.updates


def test_rule_01_the_key_wins_over_an_id_with_a_notice() -> None:
    """In a view, a whole natural key names the row, whatever row of this database the id names."""
    rows = {**ROWS, "bags": [BAG, {**BAG, "id": 8, "uuid": uid(8), "weight": Decimal(10)}]}
    record = {"id": 8, "grain": "wheat", "brand": "Hovis", "weight": 5, "note": "x"}
    result = compiled(view("shelf", record), rows)
    [update] = result.updates
    assert update.key == {"grain": {"slug": "wheat"}, "brand": "Hovis", "weight": 5}
    [notice] = result.notices["id_differs"]
    assert notice.message == "the id is not that of the row which the natural key names here; the natural key was used"


def test_rule_01_the_notice_of_an_id_says_what_was_used() -> None:
    """Where a row was found by its uuid, that is said, also where the id is nobody's."""
    sale = {"id": 3, "uuid": uid(33), "bag": 7, "shop": 1, "day": "2025-12-20", "price": Decimal(1)}
    rows = {**ROWS, "shops": [{"id": 1, "uuid": uid(11), "slug": "mill", "name": "Mill"}], "sales": [sale]}
    result = compiled(view("till", {"id": 99, "uuid": uid(33), "note": "x"}), rows)
    assert [update.key for update in result.updates] == [{"uuid": uid(33)}]
    [notice] = result.notices["id_differs"]
    assert notice.message == "the id is not that of the row which the uuid names here; the uuid was used"


def test_rule_01_a_key_of_a_null_part_names_the_row_without_it() -> None:
    """A key through a reference with a null part is a key: null names the row whose part is null, and no other."""
    plain = {**BAG, "id": 8, "uuid": uid(8), "brand": None}
    record = {"grain_slug": "wheat", "brand": None, "weight": "5.0", "note": "plain"}
    result = compiled({"bags": [record]}, {**ROWS, "bags": [BAG, plain]})
    [update] = result.updates
    assert update.key == {"uuid": uid(8)}


def test_rule_01_inside_a_document_an_id_names_the_row_that_carries_it() -> None:
    """An id of another database never links to the row that happens to have it here."""
    document = {
        "grains": [{"id": 1, "slug": "spelt", "name": "Spelt"}, {"id": 5, "slug": "rye", "name": "Rye"}],
        "bags": [{"grain_id": 1, "weight": 2}, {"grain_id": 5, "weight": 2}],
    }
    result = compiled(document, ROWS)
    spelt, first, second = result.creates
    assert spelt.key == {"slug": "spelt"}
    assert (first.values["grain"], first.needs) == ({"slug": "spelt"}, {"/grain": spelt.n})
    assert (second.values["grain"], second.needs) == ({"slug": "rye"}, {})
    assert not result.questions


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_01_an_id_that_two_rows_of_a_document_carry_names_neither(batch: int) -> None:
    """The first of two rows with one id is not taken, not even by what stands between the two."""
    twins = [{"id": 5, "slug": "spelt", "name": "Spelt"}, {"id": 5, "slug": "rye", "name": "Rye"}]
    child = {"slug": "dark", "name": "Dark", "parent_id": 5}
    result = compiled({"grains": [twins[0], child, twins[1]]}, ROWS, batch=batch)
    assert [create.values.get("parent") for create in result.creates] == [None, None]
    assert result.notices["reference_by_id"][0].from_ == (1,)


@pytest.mark.parametrize("grain", ["rye", "barley"], ids=["of another row", "of none"])
@pytest.mark.parametrize("there", [True, False], ids=["rows there", "rows created"])
def test_rule_01_inside_a_document_an_id_counts_if_the_parent_agrees(grain: str, there: bool) -> None:
    """A sale of bag 11, said to be of one grain, is not a sale of the document's bag 11 if that is of another."""
    document = {
        "shops": [{"slug": "mill", "name": "Mill"}],
        "grains": [{"id": 1, "slug": "rye", "name": "Rye"}, {"id": 2, "slug": "wheat", "name": "Wheat"}],
        "bags": [{"id": 11, "grain_id": 2, "brand": "Hovis", "weight": 5}],
        "sales": [{"bag": {"id": 11, "grain": {"slug": grain}}, "shop_slug": "mill", "day": "2025-12-20", "price": 4}],
    }
    result = compiled(document, ROWS if there else {})
    [sale] = [create for create in result.creates if create.entity == "sales"]
    asked = next(question for question in result.questions if question.entity == "bags")
    assert sale.needs["/bag"] == asked.id
    assert (asked.kind, asked.lookup) == ("missing", {"id": 11, "grain": {"slug": grain}})


@pytest.mark.parametrize("parent", [None, 2], ids=["of none", "of another"])
@pytest.mark.parametrize("ids", [(1, 2, 3), (3, 1, 2)], ids=["the ids here", "other ids"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["parent first", "child first"])
def test_rule_01_inside_a_document_an_id_moves_a_row(
    parent: int | None, ids: tuple[int, int, int], order: tuple[int, int]
) -> None:
    """A row that is here gets the parent which its id names in the document, whatever that id names here."""
    rows = {"grains": [WHEAT, RYE, {"id": 3, "uuid": uid(3), "slug": "dark", "name": "Dark", "parent": parent}]}
    wheat, _, dark = ids
    records = [{"id": wheat, "slug": "wheat"}, {"id": dark, "slug": "dark", "parent_id": wheat}]
    result = compiled({"grains": [records[n] for n in order]}, rows)
    [update] = result.updates
    before = None if parent is None else {"slug": "rye"}
    assert (update.key, changes(update)) == ({"slug": "dark"}, {"parent": (before, {"slug": "wheat"})})
    there = {"grains": [*rows["grains"][:2], {**rows["grains"][2], "parent": 1}]}
    assert compiled({"grains": [records[n] for n in order]}, there).skips == {"unchanged": [0, 1]}


@pytest.mark.parametrize("parent", [None, 2], ids=["of none", "of another"])
def test_rule_01_a_bare_id_that_leads_nowhere_moves_nothing(parent: int | None) -> None:
    """A row that is here keeps its parent where the document does not carry the id; that is noted, not asked."""
    rows = {"grains": [WHEAT, RYE, {"id": 3, "uuid": uid(3), "slug": "dark", "name": "Dark", "parent": parent}]}
    result = compiled({"grains": [{"slug": "dark", "parent_id": 1}]}, rows)
    assert result.skips == {"unchanged": [0]}
    assert result.notices["reference_by_id"][0].from_ == (0,)
    assert not result.questions


def test_rule_01_an_id_that_no_row_of_the_document_carries_attaches_to_nothing() -> None:
    """A bare id that nobody in the document carries is asked about where the parent is needed, else left out, noted."""
    document = {"grains": [{"slug": "spelt", "name": "Spelt", "parent_id": 1}], "bags": [{"grain_id": 1, "weight": 2}]}
    result = compiled(document, ROWS)
    bag, spelt = result.creates  # the grain had to wait: its parent might have come later
    assert "parent" not in spelt.values
    assert result.notices["reference_by_id"][0].from_ == (0,)
    assert result.question.kind == "missing"
    assert bag.needs == {"/grain": result.question.id}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"id": 1, "name": "Mill", "city": "Leeds"}, id="name agrees, city does not"),
        pytest.param({"id": 1, "name": "Bakery", "city": "York"}, id="city agrees, name does not"),
        pytest.param({"id": 1, "slug": "mill", "name": "Mill", "city": "York"}, id="slug does not agree"),
    ],
)
def test_rule_01_an_id_of_another_database_renames_nothing(record: dict[str, Any]) -> None:
    """A row's own record with a whole natural key that no row has is new, although its id is that of a row here.

    That is noted, unless it is asked whether it is that very row.
    """
    rows = {"shops": [{"id": 1, "uuid": uid(11), "slug": "old_mill", "name": "Mill", "city": "Bath"}]}
    result = compiled({"shops": [record]}, rows)
    assert [create.values["name"] for create in result.creates] == [record["name"]]
    assert not result.updates
    if result.questions:
        assert [candidate.key for candidate in result.question.candidates] == [{"slug": "old_mill"}]
        assert "id_differs" not in result.notices
        return
    [notice] = result.notices["id_differs"]
    assert notice.from_ == (0,)
    assert notice.message == "the row that has the id here is not what the record says; it was not taken for it"


def test_rule_01_a_reference_in_a_view_is_not_believed_by_id_alone() -> None:
    """An update's reference to an id that disagrees with the name beside it does not move the row."""
    record = {"id": 7, "grain_id": 2, "grain": "wheat", "note": "x"}
    [update] = compiled(view("shelf", record), ROWS).updates
    assert changes(update) == {"note": (None, "x")}


def test_rule_01_a_uuid_that_nobody_has_is_not_overruled_by_an_id() -> None:
    """A sale of another database that equals one here in all, id included, is another sale: it has its own uuid."""
    sale = {"id": 1, "uuid": uid(9), "bag": 7, "shop": 1, "day": "2025-12-20", "price": Decimal(4)}
    shop = {"id": 1, "uuid": uid(11), "slug": "mill", "name": "Mill"}
    record = {"id": 1, "uuid": uid(10), "bag_uuid": uid(7), "shop_slug": "mill", "day": "2025-12-20", "price": 4}
    result = compiled({"sales": [record]}, {**ROWS, "shops": [shop], "sales": [sale]})
    assert [create.key for create in result.creates] == [{"uuid": uid(10)}]
    assert "the same in bag" in result.creates[0].warnings[0].message


SALE = {"id": 1, "uuid": uid(9), "bag": 7, "shop": 1, "day": "2025-12-20", "price": Decimal(4)}
SALES = {
    "shops": [{"id": 1, "uuid": uid(11), "slug": "mill", "name": "Mill"}],
    "grains": [WHEAT],
    "bags": [BAG, {**BAG, "id": 8, "uuid": uid(8), "weight": Decimal(10)}],
    "sales": [SALE],
}
TILL = {"id": 1, "grain": "wheat", "brand": "Hovis", "weight": 5, "shop_name": "Mill", "day": "2025-12-20", "price": 4}


def test_rule_01_a_row_without_a_key_is_known_by_id_and_parents() -> None:
    """A sale has no key: its id, with the bag and the day that the record carries, finds it if nothing is edited."""
    result = compiled(view("till", TILL), SALES)
    assert result.skips == {"unchanged": [0]}
    assert result.notices["matched_by_id"][0].from_ == (0,)
    assert not result.questions


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"price": 6}, id="another price"),
        pytest.param({"note": "sour"}, id="a note where there was none"),
        pytest.param({"price": "many"}, id="a value that does not fit"),
        pytest.param({"shop_name": "Barn"}, id="another shop"),
    ],
)
@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_01_an_id_alone_attaches_no_edit(edit: dict[str, Any], batch: int) -> None:
    """The id of a deleted sale may be another's now: without the uuid, an edit asks whether it is that sale, or new."""
    result = compiled(view("till", {**TILL, **edit}), SALES, batch=batch)
    [question] = [question for question in result.questions if question.kind == "decision"]
    assert [option.name for option in question.options] == ["same", "new"]
    [create] = result.creates
    assert create.needs[""] == question.id
    same, new = (create.outcomes[question.id][name] for name in ("same", "new"))
    assert same.same_as is not None
    assert (same.same_as.key, new) == ({"uuid": uid(9)}, Outcome())
    assert not result.updates


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize(("id_", "options"), [(1, {"same", "new"}), (77, {"new"})], ids=["disagree", "are not here"])
def test_rule_01_ids_whose_rows_disagree_or_are_not_here_are_one_question(
    id_: int, options: set[str], batch: int
) -> None:
    """Whether such records are the rows that have their ids now, or new ones, is one decision for the file."""
    records = [{"id": id_, "note": note} for note in "abc"]
    result = compiled(view("till", *records), SALES, batch=batch)
    whole = {create.needs[""] for create in result.creates}
    [question] = [question for question in result.questions if question.id in whole]
    assert (question.kind, {option.name for option in question.options}) == ("decision", options)
    assert (len(whole), count(question.asked_by), result.updates) == (1, 3, [])


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_01_ids_that_may_be_reused_are_one_question(batch: int) -> None:
    """Old exports without uuids are one decision for the file, which each record may except itself from."""
    sales = [SALE, {**SALE, "id": 2, "uuid": uid(10), "day": "2025-12-21"}]
    records = [{**TILL, "price": 6}, {**TILL, "id": 2, "day": "2025-12-21", "price": 7}]
    result = compiled(view("till", *records), {**SALES, "sales": sales}, batch=batch)
    [question] = [question for question in result.questions if question.kind == "decision"]
    assert count(question.asked_by) == 2
    choose = Answered(
        by="ada", at="2025-12-24T10:00:00Z", prev="", question=question.id, choice="choose", option="same"
    )
    alone = structs.replace(choose, option="new", operation=result.creates[1].n)
    decisions = decide(2, result.questions, [choose, alone], lambda: result.creates)
    assert decisions.open == []
    first, second = (decisions.effective(create) for create in result.creates)
    assert isinstance(first, Update)
    assert (first.key, changes(first)) == ({"uuid": uid(9)}, {"price": (Decimal(4), Decimal(6))})
    assert isinstance(second, Create)


@pytest.mark.parametrize(("uuid", "kinds"), [(uid(9), []), (uid(10), ["decision"])], ids=["this row's", "another's"])
def test_rule_01_an_id_attaches_an_edit_if_the_base_has_the_uuid(uuid: str, kinds: list[str]) -> None:
    """A record that lost its column of uuids says in its base which row it was exported from."""
    [till] = [view for view in MARKET.views if view.name == "till"]
    record = {name: value for name, value in exported(till, {**TILL, "uuid": uuid}).items() if name != "uuid"}
    record["price"] = 6
    result = compiled(view("till", record), SALES)
    assert [question.kind for question in result.questions] == kinds
    assert [changes(update) for update in result.updates] == ([] if kinds else [{"price": (Decimal(4), Decimal(6))}])


def test_rule_01_ambiguous_keys_ask() -> None:
    """Names of rows that are no whole key ask which row is meant, or whether it is new; the first is never taken."""
    shops = [
        {"id": 1, "uuid": uid(11), "slug": "a", "name": "Mill", "city": "York"},
        {"id": 2, "uuid": uid(12), "slug": "b", "name": "Mill", "city": "Bath"},
    ]
    result = compiled({"shops": [{"name": "Mill", "rating": 3}]}, {"shops": shops})
    assert result.question.kind == "identity"
    assert [candidate.key for candidate in result.question.candidates] == [{"slug": "a"}, {"slug": "b"}]
    [create] = result.creates
    assert isinstance(create, Create)
    assert create.needs[""] == result.question.id


def test_rule_01_rows_that_share_a_key_ask() -> None:
    """Where the schema lets two rows have one natural key, the record asks which one it is."""
    rows = {**ROWS, "bags": [BAG, {**BAG, "id": 8, "uuid": uid(8)}]}
    result = compiled({"bags": [{"grain_slug": "wheat", "brand": "Hovis", "weight": 5, "note": "x"}]}, rows)
    assert result.question.kind == "identity"
    assert "2 rows have this key" in (result.question.problem or "")
    assert not result.updates


def changes_of(patch: Any) -> dict[str, Any]:
    """The after-values of a patch, by pointer."""
    return {step.path: step.value for step in patch[1::2]}


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rule_10_a_doubtful_record_that_stands_there_twice_is_asked_once(batch: int) -> None:
    """Equal records of one key are one; those that say different things are each asked about."""
    shops = [{"id": 1, "uuid": uid(1), "slug": "mill", "name": "Mill", "city": "Bath", "state": "MA"}]
    twice = {"slug": "mill-x", "name": "Mill"}
    result = compiled({"shops": [twice, twice]}, {"shops": shops}, batch=batch)
    assert (result.question.kind, result.skips) == ("identity", {"said twice": [1]})
    other = compiled({"shops": [twice, {**twice, "rating": 3}]}, {"shops": shops}, batch=batch)
    assert [create.needs[""] for create in other.creates] == [question.id for question in other.questions]


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rule_04_the_new_row_of_an_earlier_record_is_a_candidate(batch: int) -> None:
    """Of two records that resemble a row and each other, the second may be the row of the first."""
    shops = [{"id": 1, "uuid": uid(1), "slug": "mill", "name": "Mill", "city": "Bath", "state": "MA"}]
    records = [{"slug": "mill-x", "name": "Mill"}, {"name": "mill", "rating": 3}]
    result = compiled({"shops": records}, {"shops": shops}, batch=batch)
    first, second = result.creates
    offered = {question.asked_by[0]: [one.operation for one in question.candidates] for question in result.questions}
    assert offered == {first.n: [None], second.n: [None, first.n]}
    assert result.questions[1].candidates[1].key == first.key


def test_rule_05_what_only_a_candidate_would_have_to_change_is_not_noted() -> None:
    """A record that may be a row is not said to differ from it, nor one whose reference names the row it refers to."""
    shop = {"id": 1, "uuid": uid(1), "slug": "mill", "name": "Mill", "city": "Bath", "founded": "1900-01-01"}
    result = compiled({"shops": [{"slug": "mill-x", "name": "Mill", "founded": "1999-01-01"}]}, {"shops": [shop]})
    assert result.question.kind == "identity"
    assert "read_only" not in result.notices
