"""Rule 8: with a base, an edit is what differs from it; and mode `mirror`, which deletes what the source lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from support.bases import KeptBase
from support.compiling import changes, compiled, source, view
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.catalog.bakery import BAKERY
from bake.changeset.model import Delete, Operation, Question, Skip, Update
from bake.compiler.build import compile_source
from bake.compiler.context import Options

WHEAT = {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}
RYE = {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye", "parent": 1}
BAG = {"id": 7, "uuid": uid(7), "grain": 1, "brand": "Hovis", "weight": Decimal(5), "note": "old"}
COOP = {"id": 3, "uuid": uid(3), "slug": "coop", "name": "Coop", "city": "Basel"}
MIGROS = {"id": 4, "uuid": uid(4), "slug": "migros", "name": "Migros", "city": "Bern"}
SALE = {"id": 9, "uuid": uid(9), "bag": 7, "shop": 3, "day": "2025-12-01", "price": Decimal("4.5"), "note": None}
#: The sale as the export wrote it.
EXPORTED = {
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
}


@dataclass(frozen=True)
class Outcome:
    """What came of one edited sale."""

    operations: list[Operation]
    questions: list[Question]

    @property
    def update(self) -> Update:
        """The one update."""
        [update] = [operation for operation in self.operations if isinstance(operation, Update)]
        return update

    @property
    def skipped(self) -> list[str]:
        """Why records were passed over."""
        return [operation.reason for operation in self.operations if isinstance(operation, Skip)]


def edited(record: Mapping[str, Any], *, row: Mapping[str, Any] | None = None, gone: bool = False) -> Outcome:
    """Compile the edited record against the base and a row that may have changed since."""
    rows: dict[str, list[Mapping[str, Any]]] = {"grains": [WHEAT, RYE], "bags": [BAG], "shops": [COOP, MIGROS]}
    rows["sales"] = [] if gone else [{**SALE, "note": "fresh", **(row or {})}]
    snapshot = MemorySnapshot(MARKET, rows)
    lines = list(compile_source(source(view("till", record)), MARKET, snapshot, Options(), base=KeptBase([EXPORTED])))
    questions = [line for line in lines if isinstance(line, Question)]
    operations: list[Operation] = [line for line in lines if isinstance(line, Update | Skip | Delete)]
    return Outcome(operations, questions)


def test_rule_08_what_the_file_did_not_touch_is_left_alone() -> None:
    """A price that somebody fixed after the export is not reverted by a file that still has the old one."""
    outcome = edited({**EXPORTED, "note": "very fresh"}, row={"price": Decimal("4.9")})
    assert changes(outcome.update) == {"note": ("fresh", "very fresh")}
    assert not outcome.questions


def test_rule_08_an_edit_of_the_file_is_an_edit() -> None:
    """A field that differs from the base, and that nobody else touched, is changed; the before-value is the row's."""
    outcome = edited({**EXPORTED, "price": 5.25})
    assert changes(outcome.update) == {"price": (Decimal("4.5"), Decimal("5.25"))}


def test_rule_08_both_changed_is_a_question_with_three_values() -> None:
    """Base, current and incoming value are all shown, and nothing is decided."""
    outcome = edited({**EXPORTED, "price": 5.25}, row={"price": Decimal("4.9")})
    [question] = outcome.questions
    assert (question.kind, question.field) == ("conflict", "price")
    assert (question.base, question.current, question.value) == (Decimal("4.5"), Decimal("4.9"), Decimal("5.25"))
    assert outcome.update.needs == {"/price": question.id}


def test_rule_08_both_changed_to_the_same_is_nothing() -> None:
    """Where the database already has what the file asks for, nobody is asked."""
    outcome = edited({**EXPORTED, "price": 4.9}, row={"price": Decimal("4.9")})
    assert outcome.skipped == ["unchanged"]
    assert not outcome.questions


def test_rule_08_null_over_a_base_value_clears() -> None:
    """With a base, null where the export had a value is an edit."""
    assert changes(edited({**EXPORTED, "note": None}).update) == {"note": ("fresh", None)}


def test_rule_08_null_that_was_null_is_no_edit() -> None:
    """Null where the export had null says nothing, whatever the database has now."""
    record = {**EXPORTED, "note": "fresh"}
    assert edited(record, row={"note": None}).skipped == ["unchanged"]


def test_rule_08_clearing_what_cannot_be_null_is_a_question() -> None:
    """Null over the value of a field that must have one is asked about, and not left to the database."""
    outcome = edited({**EXPORTED, "price": None})
    [question] = outcome.questions
    assert (question.kind, question.field) == ("invalid", "price")


def test_rule_08_a_reference_that_both_changed_is_a_question() -> None:
    """The shop of a sale is a field like any other: base, current and incoming shop are shown by their keys."""
    outcome = edited({**EXPORTED, "shop_name": "Migros", "shop_city": "Bern"}, row={"shop": 3, "price": Decimal(5)})
    assert changes(outcome.update) == {"shop": ({"slug": "coop"}, {"slug": "migros"})}
    assert not outcome.questions

    coop_again = {**EXPORTED, "shop_name": "Coop", "shop_city": "Basel"}
    assert edited(coop_again, row={"shop": 4}).skipped == ["unchanged"]


@pytest.mark.parametrize("id_", [1, 2], ids=["the id of another", "its own id"])
@pytest.mark.parametrize(("note", "edit"), [(None, ("remark", None)), ("remark", None)])
def test_rule_08_the_base_of_a_record_is_found_by_key_before_id(id_: int, note: str | None, edit: Any) -> None:
    """A record with another row's id is compared with what the export wrote under its key, as the row is its key's."""
    product = {"ingredient": 1, "package_unit": "lb", "package_unit_quantity": Decimal(5)}
    rows = {
        "ingredients": [{"id": 1, "uuid": uid(1), "slug": "flour", "display_name": "Flour"}],
        "products": [
            {"id": 1, "uuid": uid(2), "slug": "a", **product},
            {"id": 2, "uuid": uid(3), "slug": "b", "notes": "remark", **product},
        ],
    }
    base = KeptBase(
        [
            {"product_id": 1, "product_slug": "a", "notes": None},
            {"product_id": 2, "product_slug": "b", "notes": "remark"},
        ]
    )
    document = view("products_complete", {"product_id": id_, "product_slug": "b", "notes": note})
    lines = compile_source(source(document, BAKERY), BAKERY, MemorySnapshot(BAKERY, rows), Options(), base=base)
    updates = [changes(line) for line in lines if isinstance(line, Update)]
    assert updates == ([{"notes": edit}] if edit else [])


@pytest.mark.parametrize("lacking", ["price", "note", "shop_name"])
def test_rule_08_a_missing_field_says_nothing(lacking: str) -> None:
    """A file that lost a column asks for nothing there, base or no base."""
    record = {name: value for name, value in EXPORTED.items() if name != lacking}
    assert edited(record).skipped == ["unchanged"]


def test_rule_08_a_deleted_row_stays_deleted_unless_the_file_edited_it() -> None:
    """An unedited record of a row that is gone is passed over; an edited one is asked about, never created unasked."""
    assert edited(EXPORTED, gone=True).skipped == ["gone since the export"]
    [question] = edited({**EXPORTED, "price": 9}, gone=True).questions
    assert question.kind == "identity"


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
