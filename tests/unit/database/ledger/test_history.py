"""What the database keeps of each change, and how a row is followed through it."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from bake.changeset.model import Key
from bake.database.engine import Database
from bake.database.ledger import history, ledger, row_changes
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.ledger import LedgerEntry
from bake.database.ledger.row_changes import RowChange
from bake.database.ledger.source_history import SourceHistory


def entry(digest: str) -> LedgerEntry:
    """An application."""
    return LedgerEntry(
        digest=digest, state="applied", mode="merge", source="s", source_sha256="", actor="ada", at="", file="f"
    )


def recorded(database: Database, digest: str, *changes: RowChange) -> None:
    """An application that did this."""
    with database.writing() as connection:
        recorder = row_changes.Recorder(connection, ledger.record(connection, entry(digest)))
        for change in changes:
            recorder.add(change)
        recorder.flush()


def shelf(before: str, after: str, uuid: str | None = None) -> RowChange:
    """A shelf that gets another name, by which it is known."""
    return RowChange(
        n=1,
        action="update",
        entity="shelves",
        key={"name": before},
        renamed={"name": after} if before != after else None,
        uuid=uuid,
        before={"name": before},
        after={"name": after},
    )


def test_changes_come_back_as_they_were(database: Database) -> None:
    """Keys, images with exact numbers, and records; only those of the application that stands."""
    change = RowChange(
        n=7,
        action="update",
        entity="jars",
        key={"shelf": {"name": "top"}},
        before={"price": None, "label": "é"},
        after={"price": Decimal("3.9900000000000001"), "label": ""},
        records=(1, "4-9"),
    )
    recorded(database, "sha256:a", change, shelf("a", "b"))
    with database.reading() as connection:
        found = AppliedChanges(connection, "sha256:a")
        assert list(found.batches("update", "jars")) == [[(0, change)]]
        assert list(found.batches("update", "shelves")) == [[(1, shelf("a", "b"))]]
        assert (len(found), len(AppliedChanges(connection, "sha256:b"))) == (2, 0)


@pytest.mark.parametrize("many", [4001])
def test_however_many_changes_all_are_kept(database: Database, many: int) -> None:
    """They are written in several goes."""
    recorded(database, "sha256:a", *(shelf(str(n), str(n)) for n in range(many)))
    with database.reading() as connection:
        assert len(AppliedChanges(connection, "sha256:a")) == many


def test_changes_are_read_kind_by_kind_both_ways(database: Database) -> None:
    """Whatever stands between them, and whoever else writes: each with its number, the last ones first if so asked."""
    shelves = [shelf(str(n), str(n)) for n in range(2500)]
    jars = [RowChange(n=n, action="create", entity="jars", key={"n": n}, after={"n": n}) for n in range(1250)]
    mixed = [change for n in range(1250) for change in (*shelves[2 * n : 2 * n + 2], jars[n])]
    recorded(database, "sha256:0", jars[0])
    recorded(database, "sha256:a", *mixed)
    with database.reading() as connection:
        found = AppliedChanges(connection, "sha256:a")
        assert (found.entities("update"), found.entities("create"), found.entities("delete")) == (
            ["shelves"],
            ["jars"],
            [],
        )
        expected = [(n, change) for n, change in enumerate(mixed) if change.entity == "shelves"]
        assert [one for batch in found.batches("update", "shelves") for one in batch] == expected
        assert [one for batch in found.batches("update", "shelves", backwards=True) for one in batch] == expected[::-1]
        assert [n for n, _ in expected] == list(found.records("update", "shelves"))
        assert list(found.batches("delete", "jars")) == []


def test_a_row_without_uuid_is_followed_through_its_keys(database: Database) -> None:
    """What another row did under a key that was this row's before, or is it now, belongs to that one."""
    recorded(database, "sha256:a", shelf("other", "c"), shelf("c", "gone"), shelf("a", "a"), shelf("a", "b"))
    recorded(database, "sha256:b", shelf("x", "a"), shelf("b", "c"))
    with database.reading() as connection:
        told = history.of_key(connection, "shelves", {"name": "c"})
        assert [one.change for one in told] == [shelf("a", "a"), shelf("a", "b"), shelf("b", "c")]
        assert [one.entry.digest for one in told] == ["sha256:a", "sha256:a", "sha256:b"]
        assert history.last_change_under(connection, "shelves", {"name": "b"}) == shelf("b", "c")
        assert history.last_change_under(connection, "shelves", {"name": "nobody"}) is None


def test_a_row_with_uuid_has_one_history_whatever_its_keys(database: Database) -> None:
    """Its uuid gathers them; rows of one entity come one by one."""
    mine = [shelf("a", "b", "1"), shelf("b", "c", "1")]
    recorded(database, "sha256:a", mine[0], shelf("b", "b", "2"), mine[1], shelf("k", "l"), shelf("l", "m"))
    with database.reading() as connection:
        assert [one.change for one in history.of_uuid(connection, "shelves", "1")] == mine
        assert list(history.changes_by_row(connection, "shelves")) == [
            mine,
            [shelf("b", "b", "2")],
            [shelf("k", "l"), shelf("l", "m")],
        ]


def test_the_order_of_a_keys_fields_does_not_matter() -> None:
    """Marks are of what a key says; another entity's key is another."""
    assert row_changes.mark("a", {"x": 1, "y": 2}) == row_changes.mark("a", {"y": 2, "x": 1})
    assert row_changes.mark("a", {"x": 1}) != row_changes.mark("b", {"x": 1})


def test_a_key_leads_to_the_last_row_that_had_it(database: Database) -> None:
    """A row that was created after another one with its key was deleted, and one that nothing took its key from."""
    gone = RowChange(n=1, action="delete", entity="shelves", key={"name": "a"}, uuid="1", before={"name": "a"})
    new = RowChange(n=2, action="create", entity="shelves", key={"name": "a"}, uuid="2", after={"name": "a"})
    recorded(database, "sha256:a", shelf("z", "a", "1"), gone)
    with database.reading() as connection:
        assert history.last_change_under(connection, "shelves", {"name": "a"}) == gone
    recorded(database, "sha256:b", new, shelf("c", "c", "3"))
    with database.reading() as connection:
        assert history.last_change_under(connection, "shelves", {"name": "a"}) == new
        assert history.last_change_under(connection, "shelves", {"name": "c"}) == shelf("c", "c", "3")


def test_what_a_source_left_is_what_it_wrote_last_or_what_its_revert_gave_back(database: Database) -> None:
    """Rows are found by uuid or key, whatever happened in between; the mode and the state say whether it counts."""

    def jar(label: str | None, before: str | None, uuid: str | None, key: str = "top") -> RowChange:
        was, becomes = {"label": before}, {"label": label}
        return RowChange(n=1, action="update", entity="jars", key={"shelf": key}, uuid=uuid, before=was, after=becomes)

    recorded(database, "sha256:a", jar("first", None, None), jar("one", None, "u1"), jar("other", None, None, "low"))
    recorded(database, "sha256:b", jar("second", "mine", None))
    rows: list[tuple[Key, str | None]] = [({"shelf": "top"}, None), ({"shelf": "new"}, "u1"), ({"shelf": "x"}, None)]
    many: list[tuple[Key, str | None]] = [({"shelf": str(n)}, None) for n in range(1200)]
    with database.writing() as connection:
        source = SourceHistory(connection, "")
        assert source.left("jars", [*many, *rows])[-3:] == [{"label": "second"}, {"label": "one"}, {}]
        assert source.left("shelves", rows) == [{}, {}, {}]
        assert (bool(source), source.stands, str(source)) == (True, True, " by ada, as f")
        connection.execute(sa.update(ledger.CHANGESETS).values(state="reverted", once=None))
        source = SourceHistory(connection, "")
        assert source.left("jars", rows) == [{"label": "mine"}, {"label": None}, {}]
        assert (source.stands, str(source)) == (False, " by ada, as f, and reverted since")
        connection.execute(sa.update(ledger.CHANGESETS).values(state="applied", mode="skip-existing"))
        assert not SourceHistory(connection, "").stands
        assert not SourceHistory(connection, "another")
