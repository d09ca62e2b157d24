"""Undoing on a database that has moved on: what is reverted, what is kept, what is blocked (rule 16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from support.memory import MILL

from bake.applier.apply import carry_out
from bake.applier.undo.not_reverted import MoreNotReverted, NotReverted
from bake.applier.undo.plan import Undoing
from bake.changeset.model import Change, Create, Delete, Json, Operation, Replace, Row, Skip, Test, Update
from bake.database.engine import connect
from bake.database.ledger import ledger, row_changes
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.ledger import LedgerEntry
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

RYE: Row = {"uuid": "00000000-0000-0000-0000-000000000001", "slug": "rye", "name": "Rye"}
SPELT: Row = {"uuid": "00000000-0000-0000-0000-000000000002", "slug": "spelt", "name": "Spelt"}
BAG: Row = {"uuid": "00000000-0000-0000-0000-000000000003", "slug": "bag", "grain": {"slug": "rye"}, "weight": 5}


@pytest.fixture
def mill() -> Iterator[sa.Connection]:
    """An empty mill, within a transaction."""
    with connect("sqlite://", create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
        yield connection


def apply(mill: sa.Connection, *operations: Operation) -> list[RowChange]:
    """Apply operations; what was done."""
    done: list[RowChange] = []
    assert carry_out(operations, mill, MILL, done.append).conflicts == ()
    return done


def create(entity: str, values: Row, n: int = 1, **more: Json) -> Create:
    """A row named by its slug."""
    return Create(n=n, entity=entity, key={"slug": values["slug"]}, values=values, **more)


def update(entity: str, key: str, n: int = 1, /, **sides: tuple[Json, Json]) -> Update:
    """Fields, each with both sides."""
    steps: list[Test | Replace] = []
    for name, (before, after) in sides.items():
        steps += [Test(path=f"/{name}", value=before), Replace(path=f"/{name}", value=after)]
    return Update(n=n, entity=entity, key={"slug": key}, patch=tuple(steps))


def edit(mill: sa.Connection, statement: str) -> None:
    """What somebody else does."""
    mill.execute(sa.text(statement))


@dataclass(frozen=True)
class Undone:
    """What undid, and what it left."""

    operations: tuple[Operation, ...]
    left: tuple[NotReverted, ...]


def recorded(mill: sa.Connection, changes: Sequence[RowChange]) -> AppliedChanges:
    """Changes as the ledger has those of one application."""
    entry = LedgerEntry(
        digest=f"sha256:{uuid4()}", state="applied", mode="merge", source="", source_sha256="", actor="", at="", file=""
    )
    recorder = row_changes.Recorder(mill, ledger.record(mill, entry))
    for change in changes:
        recorder.add(change)
    recorder.flush()
    return AppliedChanges(mill, entry.digest)


def undone(mill: sa.Connection, changes: Sequence[RowChange]) -> Undone:
    """How to undo, proven by applying it."""
    undoing = Undoing(recorded(mill, changes), DatabaseSnapshot(mill, MILL), MILL, changes)
    operations = tuple(undoing.operations())
    apply(mill, *operations)
    return Undone(operations, undoing.left.told())


def column(mill: sa.Connection, query: str) -> list[Json]:
    """The first column of a query."""
    return list(mill.execute(sa.text(query)).scalars())


def test_a_field_that_was_edited_since_is_kept_and_the_others_are_reverted(mill: sa.Connection) -> None:
    """Undoing is decided field by field, and what is kept says what was recorded and what is there."""
    apply(mill, create("grains", RYE), create("bags", BAG, 2))
    changes = apply(mill, update("bags", "bag", brand=(None, "Mill"), note=(None, "fine")))
    edit(mill, "UPDATE bags SET note = 'coarse'")
    [left] = undone(mill, changes).left
    assert (left.why, left.field, left.recorded, left.found) == ("kept", "note", "fine", "coarse")
    assert mill.execute(sa.text("SELECT brand, note FROM bags")).one() == (None, "coarse")


def test_a_created_row_that_was_edited_since_is_kept_whole(mill: sa.Connection) -> None:
    """Also where the edited field is one that the changeset left to its default."""
    changes = apply(mill, create("shops", {**RYE, "name": "Corner"}))
    edit(mill, "UPDATE shops SET open = 0")
    undoing = undone(mill, changes)
    assert [(left.why, left.field, left.recorded, left.found) for left in undoing.left] == [
        ("kept", "open", True, False)
    ]
    assert [type(operation) for operation in undoing.operations] == [Skip]
    assert column(mill, "SELECT name FROM shops") == ["Corner"]


def test_a_created_row_with_children_of_others_is_blocked_and_so_are_its_parents(mill: sa.Connection) -> None:
    """A bag that somebody put in holds the grain, and the grain the family it was created with."""
    family = create("grains", RYE)
    grain = create("grains", {**SPELT, "family": {"slug": "rye"}}, 2, needs={"/family": 1})
    changes = apply(mill, family, grain)
    apply(mill, create("bags", {**BAG, "grain": {"slug": "spelt"}}))
    left = undone(mill, changes).left
    assert [(one.why, one.key["slug"], one.reason) for one in left] == [
        ("blocked", "rye", "grains spelt refers to it"),
        ("blocked", "spelt", "bags bag refers to it"),
    ]
    assert column(mill, "SELECT slug FROM grains ORDER BY slug") == ["rye", "spelt"]


def test_a_child_that_the_revert_turns_away_does_not_block(mill: sa.Connection) -> None:
    """The changeset gave the bag another grain and created that; undoing gives the first one back before it goes."""
    apply(mill, create("grains", RYE), create("bags", BAG, 2))
    turn = update("bags", "bag", 2, grain=({"slug": "rye"}, {"slug": "spelt"}))
    changes = apply(mill, create("grains", SPELT), Update(**_fields(turn), needs={"/grain": 1}))
    assert undone(mill, changes).left == ()
    assert column(mill, "SELECT g.slug FROM bags b JOIN grains g ON g.id = b.grain_id") == ["rye"]
    assert column(mill, "SELECT slug FROM grains") == ["rye"]


def test_a_deleted_row_whose_parent_is_gone_is_blocked_with_all_that_refers_to_it(mill: sa.Connection) -> None:
    """Neither the bag nor its sale can come back when somebody has deleted the grain."""
    shop = {**SPELT, "name": "Corner"}
    uuid = "00000000-0000-0000-0000-000000000004"
    sale: Row = {"uuid": uuid, "bag": {"slug": "bag"}, "shop": {"slug": "spelt"}, "price": 3}
    made: list[Change] = [create("grains", RYE), create("bags", BAG, 2), create("shops", shop, 3)]
    apply(mill, *made, Create(n=4, entity="sales", key={"uuid": uuid}, values=sale))
    changes = apply(
        mill,
        Delete(n=1, entity="bags", key={"slug": "bag"}, before=BAG),
        Delete(n=2, entity="sales", key={"uuid": uuid}, before=sale),
    )
    edit(mill, "DELETE FROM grains")
    left = undone(mill, changes).left
    assert {(one.why, one.entity, one.reason) for one in left} == {
        ("blocked", "bags", "what its grain refers to is gone"),
        ("blocked", "sales", "what its bag refers to is gone"),
    }


def test_a_deleted_row_whose_key_was_taken_stays_deleted(mill: sa.Connection) -> None:
    """A row that somebody made in its place is not overwritten."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, Delete(n=1, entity="grains", key={"slug": "rye"}, before=RYE))
    edit(mill, "INSERT INTO grains (uuid, slug, name) VALUES ('x', 'rye', 'Other')")
    [left] = undone(mill, changes).left
    assert (left.why, left.reason) == ("kept", "a row with its key is there again")
    assert column(mill, "SELECT name FROM grains") == ["Other"]


def test_an_update_of_a_row_that_is_gone_is_left(mill: sa.Connection) -> None:
    """There is nothing to write to, and nothing fails."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, update("grains", "rye", name=("Rye", "Secale")))
    edit(mill, "DELETE FROM grains")
    [left] = undone(mill, changes).left
    assert (left.why, left.reason) == ("kept", "the row is gone since")


def test_a_reference_to_a_row_that_is_gone_is_blocked(mill: sa.Connection) -> None:
    """A bag cannot get back the grain that somebody has deleted; its note comes back."""
    apply(mill, create("grains", RYE), create("grains", SPELT, 2), create("bags", BAG, 3))
    changes = apply(mill, update("bags", "bag", grain=({"slug": "rye"}, {"slug": "spelt"}), note=(None, "fine")))
    edit(mill, "DELETE FROM grains WHERE slug = 'rye'")
    [left] = undone(mill, changes).left
    assert (left.why, left.field, left.found) == ("blocked", "grain", {"slug": "spelt"})
    assert column(mill, "SELECT note FROM bags") == [None]


def test_a_row_is_found_under_another_key(mill: sa.Connection) -> None:
    """Somebody changed the slug since: the uuid tells that it is the same row, and only the slug is left alone."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, update("grains", "rye", name=("Rye", "Secale")))
    edit(mill, "UPDATE grains SET slug = 'secale'")
    undoing = undone(mill, changes)
    assert undoing.left == ()
    assert mill.execute(sa.text("SELECT slug, name FROM grains")).one() == ("secale", "Rye")


def test_a_key_that_the_changeset_changed_is_changed_back_with_what_it_created_below(mill: sa.Connection) -> None:
    """The new bag names its grain by the key before; when it is deleted, the grain has that key again."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, create("bags", BAG), update("grains", "rye", 2, slug=("rye", "secale")))
    undoing = undone(mill, changes)
    assert [type(operation) for operation in undoing.operations] == [Update, Delete]
    assert column(mill, "SELECT slug FROM grains") == ["rye"]
    assert column(mill, "SELECT slug FROM bags") == []


def test_a_key_that_another_row_has_now_is_blocked_and_the_rest_is_reverted(mill: sa.Connection) -> None:
    """It is said when the revert is written, which then applies: the row keeps its key, and gets its name again."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, update("grains", "rye", slug=("rye", "secale"), name=("Rye", "Secale")))
    apply(mill, create("grains", {**SPELT, "slug": "rye", "name": "Other"}))
    [left] = undone(mill, changes).left
    assert (left.why, left.field, left.recorded, left.found) == ("blocked", "slug", "secale", "secale")
    assert left.reason == "grains rye has what it was before"
    assert column(mill, "SELECT slug || ' ' || name FROM grains ORDER BY id") == ["secale Rye", "rye Other"]


def test_an_update_of_a_key_alone_that_is_blocked_becomes_a_skip(mill: sa.Connection) -> None:
    """Nothing is left of it to apply, and its change is in the revert all the same."""
    apply(mill, create("grains", RYE))
    changes = apply(mill, update("grains", "rye", slug=("rye", "secale")))
    apply(mill, create("grains", {**SPELT, "slug": "rye"}))
    assert [(type(one), one.from_) for one in undone(mill, changes).operations] == [(Skip, (0,))]


@pytest.mark.parametrize(
    ("renamed", "since", "kept"),
    [
        pytest.param({"a": "b", "b": "a"}, None, "", id="swap"),
        pytest.param({"a": "b", "b": "c", "c": "d"}, None, "", id="chain"),
        pytest.param({"a": "b", "b": "c", "c": "d"}, "a", "abc", id="nobody gets the key that another one keeps"),
        pytest.param({"c": "d", "b": "c", "a": "b"}, "a", "abc", id="whatever the order"),
        pytest.param({"a": "x", "b": "y", "c": "z"}, "b", "b", id="whoever does not wait for it is renamed"),
    ],
)
def test_rows_that_let_go_of_a_key_by_the_same_revert_do_not_block(
    mill: sa.Connection, renamed: dict[str, str], since: str | None, kept: str
) -> None:
    """Swaps and chains are undone; where a row cannot let go, those that wait for its key are blocked with it."""
    uuids = {slug: str(UUID(int=n)) for n, slug in enumerate("abc", 1)}
    apply(mill, *(create("grains", {**RYE, "uuid": uuids[slug], "slug": slug}, n) for n, slug in enumerate("abc", 1)))
    pairs = enumerate(renamed.items(), 1)
    changes = apply(mill, *(update("grains", old, n, slug=(old, new)) for n, (old, new) in pairs))
    if since:
        apply(mill, create("grains", {**SPELT, "uuid": str(UUID(int=9)), "slug": since}))
    left = undone(mill, changes).left
    assert {(one.why, one.found) for one in left} == {("blocked", renamed[slug]) for slug in kept}
    query = sa.text("SELECT slug FROM grains WHERE uuid = :uuid")
    found = {slug: mill.execute(query, {"uuid": uuid}).scalar_one() for slug, uuid in uuids.items()}
    assert found == {slug: renamed[slug] if slug in kept else slug for slug in "abc"}


def test_what_the_catalog_does_not_know_is_blocked(mill: sa.Connection) -> None:
    """An entity or a field that was dropped since stands in nobody's way."""
    apply(mill, create("grains", RYE))
    lost = RowChange(n=1, action="create", entity="windmills", key={"slug": "a"}, after={"slug": "a"})
    [dropped] = apply(mill, update("grains", "rye", name=("Rye", "Secale")))
    assert [left.why for left in undone(mill, [lost]).left] == ["blocked"]
    unknown = RowChange(n=1, action="update", entity="grains", key={"slug": "rye"}, before={"x": 1}, after={"x": 2})
    assert [left.why for left in undone(mill, [unknown, dropped]).left] == ["kept"]
    assert column(mill, "SELECT name FROM grains") == ["Rye"]


def test_of_very_many_that_are_left_the_records_are_kept(mill: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first are told of, one by one; of the others it is known which they are, and nothing is lost."""
    monkeypatch.setattr("bake.applier.undo.not_reverted.LISTED", 3)
    grains = [create("grains", {**RYE, "uuid": str(UUID(int=n)), "slug": f"g{n:02}"}, n) for n in range(1, 11)]
    changes = apply(mill, *grains)
    edit(mill, "UPDATE grains SET name = 'Other' WHERE slug <> 'g05'")
    undoing = Undoing(recorded(mill, changes), DatabaseSnapshot(mill, MILL), MILL)
    operations = list(undoing.operations())
    assert [left.record for left in undoing.left.told()] == [0, 1, 2]
    assert list(undoing.left.further()) == [MoreNotReverted("kept", "grains", "name", (3, "5-9"))]
    assert undoing.left.more == 6
    assert [(type(one), one.from_) for one in operations] == [(Delete, (4,)), (Skip, ("0-3", "5-9"))]


@pytest.mark.parametrize("asked", [0, 20_000])
def test_rows_are_held_whether_references_are_looked_up_or_read_through(
    mill: sa.Connection, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How it is found out which rows refer to those that go changes nothing."""
    monkeypatch.setattr("bake.database.constraints.dependents._ASKED", asked)
    changes = apply(
        mill, create("grains", RYE), create("grains", {**SPELT, "family": {"slug": "rye"}}, 2, needs={"/family": 1})
    )
    apply(mill, create("bags", {**BAG, "grain": {"slug": "rye"}}))
    assert [(left.why, left.key["slug"]) for left in undone(mill, changes).left] == [("blocked", "rye")]
    assert column(mill, "SELECT slug FROM grains") == ["rye"]


def test_queries_do_not_grow_with_the_changes(mill: sa.Connection) -> None:
    """Reading a thousand changes more takes a batch more of queries, not one for each."""

    def queries(slugs: range) -> int:
        grains = [create("grains", {**RYE, "uuid": str(UUID(int=n)), "slug": f"g{n}"}, n) for n in slugs]
        changes, seen = apply(mill, *grains), list[str]()
        sa.event.listen(mill, "before_cursor_execute", lambda *event: seen.append(event[2]))
        list(Undoing(recorded(mill, changes), DatabaseSnapshot(mill, MILL), MILL).operations())
        return len(seen)

    assert queries(range(1000, 2900)) - queries(range(100, 200)) < 20


def test_queries_do_not_grow_with_the_keys_that_are_taken(mill: sa.Connection) -> None:
    """Of a thousand rows whose former key another one has, a batch is looked up and named at once."""

    def queries(numbers: range) -> int:
        grains = [create("grains", {**RYE, "uuid": str(UUID(int=n)), "slug": f"g{n}"}, n) for n in numbers]
        apply(mill, *grains)
        changes = apply(mill, *(update("grains", f"g{n}", n, slug=(f"g{n}", f"h{n}")) for n in numbers))
        apply(mill, *(create("grains", {**RYE, "uuid": str(UUID(int=n + 9999)), "slug": f"g{n}"}, n) for n in numbers))
        undoing, seen = Undoing(recorded(mill, changes), DatabaseSnapshot(mill, MILL), MILL), list[str]()
        sa.event.listen(mill, "before_cursor_execute", lambda *event: seen.append(event[2]))
        assert {type(operation) for operation in undoing.operations()} == {Skip}
        assert len(undoing.left.told()) + undoing.left.more == len(numbers)
        return len(seen)

    assert queries(range(1000, 2500)) - queries(range(100, 200)) < 20


def _fields(update: Update) -> dict[str, Json]:
    return {"n": update.n, "entity": update.entity, "key": update.key, "patch": update.patch}
