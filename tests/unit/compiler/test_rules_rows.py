"""Rules 4 and 10, modes and completeness: rows are made once, doubles are seen, every record is accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET
from support.compiling import Compiled, changes, compiled, compiled_against, described
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.catalog.row import Row
from bake.changeset.codec import encode
from bake.changeset.model import Create, Key, Outcome
from bake.changeset.runs import numbers
from bake.compiler.context import Options

ROWS: dict[str, list[dict[str, Any]]] = {
    "shops": [{"id": 1, "uuid": uid(11), "slug": "mill", "name": "Mill", "city": "York", "rating": 3}],
    "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
    "bags": [{"id": 1, "uuid": uid(2), "grain": 1, "brand": "Hovis", "weight": Decimal(5)}],
}
SALE = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-20", "price": Decimal("3.99")}


def lines(result: Compiled) -> list[bytes]:
    """The lines as a file holds them."""
    return [encode(line) for line in (*result.operations, *result.questions, result.built)]


def as_rows(creates: list[Create]) -> list[dict[str, Any]]:
    """Created sales as rows of the database."""
    return [{**create.values, "id": n, "bag": 1, "shop": 1} for n, create in enumerate(creates, 1)]


@dataclass
class Earlier:
    """The applications of a source, which left this in each of the rows that it is about."""

    stands: bool = True
    reverted: bool = False
    was: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "2025-12-24 by ada, as x.jsonl"

    def left(self, _entity: str, rows: Sequence[tuple[Key, str | None]]) -> list[dict[str, Any]]:
        """The same of each row."""
        return [dict(self.was) for _ in rows]


def test_rule_04_building_twice_gives_the_same() -> None:
    """The same source, rows and options give the same bytes, derived uuids and keys included."""
    document = {"sales": [SALE, SALE], "shops": [{"name": "New"}, {"name": "new"}, {"name": "Other", "rating": 9}]}
    assert lines(compiled(document, ROWS)) == lines(compiled(document, ROWS))


def test_rule_04_uuids_come_from_source_and_place() -> None:
    """Equal records at two places are two rows; an edited source gives others."""
    first, second = compiled({"sales": [SALE, SALE]}, ROWS).creates
    assert first.key != second.key
    assert list(first.key) == ["uuid"]
    [other] = compiled({"sales": [{**SALE, "note": "x"}]}, ROWS).creates
    assert other.key not in (first.key, second.key)


def test_rule_04_a_source_that_was_applied_finds_its_own_rows() -> None:
    """Building again against the rows that the source made changes nothing, and says that it was applied before."""
    document = {"sales": [SALE, SALE]}
    rows = {**ROWS, "sales": as_rows(compiled(document, ROWS).creates)}
    again = compiled(document, rows, earlier=Earlier())
    assert again.skips == {"unchanged": [0, 1]}
    assert "2025-12-24 by ada" in again.notices["applied_before"][0].message
    edited = {**rows, "sales": [{**row, "note": "mine"} for row in rows["sales"]]}
    assert compiled(document, edited).skips == {"unchanged": [0, 1]}


#: What the ledger says of the rating of a shop that is 3 now, and 4 in the source that was applied before; then
#: whether that is asked about, and what it was before.
SINCE = {
    "it wrote 4, and 3 is somebody's": (Earlier(was={"rating": 4}), True, 4),
    "it left 3, which was decided then": (Earlier(was={"rating": 3}), True, 3),
    "it wrote nothing: it was 4 then": (Earlier(), True, UNSET),
    "it was reverted, which left 3": (Earlier(stands=False, was={"rating": 3}), False, UNSET),
    "it was reverted, which left 5": (Earlier(stands=False, was={"rating": 5}), True, 5),
    "it was reverted, and wrote nothing here": (Earlier(stands=False), False, UNSET),
}


@pytest.mark.parametrize(("earlier", "asked", "base"), SINCE.values(), ids=SINCE.keys())
@pytest.mark.parametrize("slug", ["mill", "Mill"], ids=["by columns", "one by one"])
def test_rule_04_a_source_that_was_applied_changes_back_what_it_is_told_to(
    earlier: Earlier, asked: bool, base: Any, slug: str
) -> None:
    """The table of `drafting.applied_before`: what was changed since, or decided otherwise then, is a question."""
    outcome = compiled({"shops": [{"slug": slug, "rating": 4}]}, ROWS, earlier=earlier)
    [update] = outcome.updates
    assert changes(update) == {"rating": (3, 4)}
    conflicts = [(q.kind, q.field, q.base, q.current, q.value) for q in outcome.questions]
    assert conflicts == ([("conflict", "rating", base, 3, 4)] if asked else [])


def test_rule_04_a_reference_that_was_led_elsewhere_since_is_asked_about() -> None:
    """A bag of another grain than the source, which was applied before, gave it: both grains are named by key."""
    grains = [*ROWS["grains"], {"id": 2, "uuid": uid(3), "slug": "oats", "name": "Oats"}]
    document = {"bags": [{"uuid": uid(2), "grain_slug": "oats"}]}
    outcome = compiled(document, {**ROWS, "grains": grains}, earlier=Earlier(was={"grain": {"slug": "oats"}}))
    asked = outcome.question
    assert (asked.kind, asked.field) == ("conflict", "grain")
    assert (asked.base, asked.current, asked.value) == ({"slug": "oats"}, {"slug": "rye"}, {"slug": "oats"})


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_04_rows_that_were_made_and_deleted_since_are_one_question(batch: int) -> None:
    """They stay deleted or are made again, all of them; what no application left there is made without a question."""
    shops = [{"slug": slug, "name": slug.title()} for slug in ("aldi", "lidl")]
    outcome = compiled({"shops": shops}, ROWS, earlier=Earlier(was={"rating": 4}), batch=batch)
    asked = outcome.question
    assert (asked.kind, [option.name for option in asked.options]) == ("decision", ["gone", "again"])
    assert [create.outcomes[asked.id] for create in outcome.creates] == [
        {"gone": Outcome(skip="deleted since"), "again": Outcome()}
    ] * 2
    assert not compiled({"shops": shops}, ROWS, earlier=Earlier()).questions


def test_rule_04_a_given_uuid_is_kept() -> None:
    """A record that brings its uuid keeps it."""
    [create] = compiled({"sales": [{**SALE, "uuid": uid(77)}]}, ROWS).creates
    assert create.key == {"uuid": uid(77)}
    assert create.values["uuid"] == uid(77)


def test_rule_04_equal_records_of_one_file_are_warned_of_and_never_dropped() -> None:
    """A second sale of the same on the same day may be genuine: it is made, and warned of."""
    result = compiled({"sales": [{**SALE, "price": 4}, {**SALE, "price": "4.00"}]}, ROWS)
    first, second = result.creates
    assert not first.warnings
    assert "record 0 is the same" in second.warnings[0].message
    assert not result.questions


def test_rule_04_what_waits_for_an_answer_equals_nothing() -> None:
    """Sales of two unknown bags may be of different ones, and a price that cannot be read is not equal to another."""
    unknown = [{**SALE, "bag_uuid": uid(n)} for n in (81, 82)]
    unread = [{**SALE, "price": text} for text in ("five", "six")]
    for sales in (unknown, unread):
        first, second = compiled({"sales": sales}, ROWS).creates
        assert not [warning for warning in (*first.warnings, *second.warnings) if "is the same" in warning.message]


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_04_derived_keys_are_unique(batch: int) -> None:
    """A key made from a name that is taken, here or by an earlier record, gets a number."""
    rows = {"grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Roggen"}]}
    # three grains of one name would collapse as equal; each says something of its own
    records = [{"name": "Rye", "density": n} for n in (1, 2, 3)]
    named = [{**record, "uuid": uid(50 + n)} for n, record in enumerate(records)]
    result = compiled({"grains": named}, rows, batch=batch)
    assert [create.key["slug"] for create in result.creates] == ["rye_2", "rye_3", "rye_4"]


class Counting(MemorySnapshot):
    """Counts the queries, and the keys that they ask for."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(MARKET, rows)
        self.queries = 0
        self.keys = 0

    def find(self, entity: str, fields: tuple[str, ...], keys: Sequence[tuple[Any, ...]]) -> dict[Any, list[Row]]:
        """The rows whose fields equal each key."""
        self.queries += 1
        self.keys += len(keys)
        return super().find(entity, fields, keys)


@pytest.mark.parametrize("there", [0, 400])
def test_rule_04_derived_keys_cost_queries_by_batch(there: int) -> None:
    """Rows of one name, however many, and however many the database has of it, cost some queries a batch."""
    rows = [
        {"id": n, "uuid": uid(n), "slug": "rye" if n == 1 else f"rye_{n}", "name": f"R{n}"} for n in range(1, there + 1)
    ]
    snapshot = Counting({"grains": rows})
    records = [{"name": "Rye", "density": n} for n in range(400)]
    result = compiled_against({"grains": records}, snapshot, MARKET, Options(batch=100))
    first = [f"rye_{n}" for n in range(there + 1, there + 401)]
    assert [create.key["slug"] for create in result.creates] == (first if there else ["rye", *first[1:]])
    assert snapshot.queries < 40
    assert snapshot.keys < 4000


def test_rule_10_equal_records_collapse_with_a_notice() -> None:
    """Records that say the same of one row are one operation, of a new row and of an existing one; order is kept."""
    shop, edit = {"slug": "barn", "name": "Barn"}, {"slug": "mill", "rating": 4}
    result = compiled({"shops": [shop, edit, edit, shop, {**edit, "rating": "4"}]}, ROWS)
    assert [create.from_ for create in result.creates] == [(0,)]
    assert [update.from_ for update in result.updates] == [(1,)]
    assert result.skips == {"said twice": [2, 3, 4]}
    assert list(numbers(result.notices["said_twice"][0].from_)) == [2, 3, 4]


@pytest.mark.parametrize("batch", [1, 1000])
def test_rule_10_a_key_that_was_made_is_spoken_of(batch: int) -> None:
    """A later record that gives the key which an earlier one was given is about the same row, or says so."""
    records = [{"name": "Barn"}, {"slug": "barn", "name": "Byre"}]
    result = compiled({"shops": records}, ROWS, batch=batch)
    assert (result.question.kind, result.question.key) == ("duplicate", {"slug": "barn"})


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize(
    "records",
    [
        pytest.param([{"slug": "mill", "rating": 4}, {"slug": "mill", "rating": 5}], id="edits of one row"),
        pytest.param([{"slug": "barn", "name": "Barn"}, {"slug": "barn", "name": "Byre"}], id="one new row"),
        pytest.param([{"slug": "mill", "rating": 4}, {"slug": "mill", "rating": 3}], id="an edit, and none"),
        pytest.param([{"slug": "mill", "tags": [0]}, {"slug": "mill", "tags": [False]}], id="zero and false"),
    ],
)
def test_rule_10_different_records_of_one_row_ask(records: list[dict[str, Any]], batch: int) -> None:
    """Which record counts is a question that holds up every operation of the row; none of them wins by its place."""
    result = compiled({"shops": records}, ROWS, batch=batch)
    assert result.question.kind == "duplicate"
    assert result.question.key == {"slug": records[0]["slug"]}
    asking = set(numbers(result.question.asked_by))
    assert asking == {*(op.n for op in result.creates), *(op.n for op in result.updates)}


def test_rule_10_three_versions_of_one_row_share_a_question() -> None:
    """However many records differ about a row, it is one question, and each asks."""
    result = compiled({"shops": [{"slug": "mill", "rating": n} for n in (0, 1, 2)]}, ROWS)
    assert result.question.asked_by == ("1-3",)


def test_mode_skip_existing_only_creates() -> None:
    """Rows that are there are left alone, whatever the records say of them, and nothing is asked about those."""
    records = [{"slug": "mill", "rating": 9, "owner_slug": "nobody"}, {"slug": "barn", "name": "Barn"}]
    result = compiled({"shops": records}, ROWS, mode="skip-existing")
    assert result.skips == {"exists": [0]}
    assert [create.key for create in result.creates] == [{"slug": "barn"}]
    assert not result.questions


def test_mode_skip_existing_names_what_it_does_not_take() -> None:
    """Each field that a record would change, with the records, a value that does not fit too; not what is the same."""
    same = {"slug": "mill", "name": "Mill", "city": "York", "rating": 3}
    records = [{**same, "rating": 9}, {**same, "rating": "much"}, same, {**same, "owner_slug": "nobody"}]
    left = compiled({"shops": records}, ROWS, mode="skip-existing").notices["existing_left"]
    assert [(notice.message.split()[0], notice.from_) for notice in left] == [("rating", ("0-1",)), ("owner", (3,))]
    assert "existing_left" not in compiled({"shops": [same]}, ROWS, mode="skip-existing").notices


BUSY: dict[str, list[dict[str, Any]]] = {
    "shops": [
        {"slug": "mill", "rating": 4},
        {"slug": "mill"},
        {"slug": "barn", "name": "Barn", "owner_slug": "ada", "rating": 9},
        {"name": "Mill"},
    ],
    "ships": [{"a": 1}],
    "people": [
        {"slug": "ada", "name": "Ada", "shop_name": "Barn"},
        {"slug": "ada", "name": "Ada", "shop_name": "Barn"},
    ],
    "grains": [
        {"slug": "dark", "name": "Dark", "parent_slug": "flour"},
        {"slug": "flour", "name": "Flour", "parent_slug": "rye"},
        {"slug": "rye", "name": "Rye, whole"},
        {"name": "Oats", "parent_name": "nothing"},
    ],
    "bags": [{"grain_slug": "rye", "brand": "Hovis", "weight": 5, "note": "n"}, {"grain_slug": "oats", "weight": "x"}],
    "sales": [SALE, {**SALE, "shop_name": "Nobody", "shop_slug": None}, {**SALE, "price": 400}],
}


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_rule_10_equal_records_are_equal_whatever_comes_between(batch: int) -> None:
    """Two records in the same words collapse, also if the row that they refer to stands between them."""
    twice = {"slug": "dark", "name": "Dark", "parent_slug": "malt"}
    result = compiled({"grains": [twice, {"slug": "malt", "name": "Malt"}, twice]}, batch=batch)
    assert result.skips == {"said twice": [2]}
    assert not result.questions


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_batches_do_not_show(size: int) -> None:
    """However many records are looked up together, all that comes of them is the same but for numbers."""
    assert described(compiled(BUSY, ROWS, batch=size)) == described(compiled(BUSY, ROWS))


def test_complete() -> None:
    """Every record of every section, known or not, is in the `from` of exactly one operation; the counts say so too."""
    result = compiled(BUSY, ROWS)
    records = sorted(n for operation in result.operations for n in numbers(operation.from_))
    assert records == list(range(sum(map(len, BUSY.values()))))
    counted = {entity: dict(counts) for entity, counts in result.built.counts.items()}
    assert counted["ships"] == {"skip": 1}
    assert sum(sum(counts.values()) for counts in counted.values()) == len(records)


def test_needs_point_at_what_is_there() -> None:
    """Each need names a question of the changeset, or the number of an operation that creates the row of that key."""
    result = compiled(BUSY, ROWS)
    creates = {create.n: create for create in result.creates}
    questions = {question.id for question in result.questions}
    for create in result.creates:
        for place, need in create.needs.items():
            if isinstance(need, str):
                assert need in questions
            else:
                assert create.values[place.removeprefix("/")] == creates[need].key
    assert {op.n for op in result.operations} == set(range(1, len(result.operations) + 1))


def test_an_update_names_the_row_by_its_key_before() -> None:
    """A record that renames a row by uuid gives the key before, and the key among the changes."""
    [update] = compiled({"shops": [{"uuid": uid(11), "slug": "mill_2"}]}, ROWS).updates
    assert update.key == {"slug": "mill"}
    assert changes(update) == {"slug": ("mill", "mill_2")}


def test_rule_04_a_skipped_record_keeps_its_uuid_in_the_log() -> None:
    """Two logs of the same skipped record give the same row, so that importing both cannot double it."""
    record = {"bag": {"uuid": uid(7)}, "shop": {"slug": "coop"}, "day": "2025-12-20", "price": 4}
    logs = [
        {
            "export_type": "skipped_records",
            "skipped_at": at,
            "source_sha256": "0" * 64,
            "source_sections": {"sales": {"kind": "entity", "names": "sales"}},
            "records": [{"record_index": 5, "section": "sales", "record_data": record}],
        }
        for at in ("2025-12-20T10:00:00Z", "2025-12-20T10:00:07Z")
    ]
    rows = {
        "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
        "bags": [{"id": 7, "uuid": uid(7), "grain": 1, "weight": Decimal(1)}],
        "shops": [{"id": 3, "uuid": uid(3), "slug": "coop", "name": "Coop"}],
    }
    first, second = (compiled(log, rows).creates[0] for log in logs)
    assert first.key == second.key
