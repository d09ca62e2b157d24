"""Rule 8: with a base, an edit is what differs from it; and mode `mirror`, which deletes what the source lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from support.compiling import changes, compiled, source, view
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.catalog.values import Json
from bake.changeset.model import Delete, Operation, Question, Skip, Update
from bake.compiler.build import compile_source
from bake.compiler.scope import Options

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
class KeptBase:
    """A base that is a list of records."""

    records: Sequence[Mapping[str, Json]]
    export_id: str = "e1"
    asked: list[str] = field(default_factory=list)

    def find(self, column: str, values: Sequence[Json]) -> dict[Json, Mapping[str, Json]]:
        """The records that have one of these values in a column."""
        self.asked.append(column)
        return {record[column]: record for record in self.records if record.get(column) in values}


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
    lines = list(
        compile_source(source(view("till", record)), MARKET, snapshot, Options(), base=KeptBase([EXPORTED]))
    )
    questions = [line for line in lines if isinstance(line, Question)]
    operations = [line for line in lines if isinstance(line, Update | Skip | Delete)]
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
