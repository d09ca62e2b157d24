from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.database.ledger.ledger import LedgerEntry

APPLIED = LedgerEntry(
    digest="sha256:1",
    state="applied",
    mode="merge",
    source="view_products.json",
    source_sha256="abc",
    counts={"products": {"update": 1, "create": 2}},
    receipt="sha256:2",
    actor="ada",
    at="2025-12-20T10:00:00Z",
    file="2025-12-20-view_products-1.changeset.jsonl",
)
FAILED = replace(APPLIED, state="failed", counts={}, receipt="")


def test_an_entry_comes_back_as_it_was(database: Database) -> None:
    """What is recorded is found by the changeset's digest and by the source's."""
    with database.writing() as connection:
        ledger.record(connection, APPLIED)
    with database.reading() as connection:
        assert ledger.find(connection, "sha256:1") == APPLIED
        assert ledger.applied_source(connection, "abc") == APPLIED
        assert ledger.find(connection, "sha256:0") is None
        assert ledger.applied_source(connection, "abcd") is None


def test_the_database_refuses_a_second_application(database: Database) -> None:
    """Two programs that apply one changeset at the same time cannot both succeed."""
    with database.writing() as connection:
        ledger.record(connection, APPLIED)
    with pytest.raises(sa.exc.IntegrityError), database.writing() as connection:
        ledger.record(connection, replace(APPLIED, actor="grace"))
    with database.reading() as connection:
        assert ledger.entries(connection) == [APPLIED]


def test_failures_are_kept_beside_the_application(database: Database) -> None:
    """It may fail any number of times before it is applied; then the application is what counts."""
    with database.writing() as connection:
        ledger.record(connection, FAILED)
        ledger.record(connection, replace(FAILED, actor="grace"))
        assert ledger.find(connection, "sha256:1") == replace(FAILED, actor="grace")
        assert ledger.applied_source(connection, "abc") is None
        ledger.record(connection, APPLIED)
        ledger.record(connection, FAILED)
        assert ledger.find(connection, "sha256:1") == APPLIED
        assert [entry.state for entry in ledger.entries(connection)] == ["failed", "failed", "applied", "failed"]


def test_what_is_undone_comes_back_with_the_undoing_of_that(database: Database) -> None:
    """The states of a changeset, its revert, and the revert of that; the first may then be applied once more."""
    revert = replace(APPLIED, digest="sha256:r", reverts=APPLIED.digest, source_sha256="")
    again = replace(revert, digest="sha256:rr", reverts="sha256:r")
    once_more = replace(again, digest="sha256:rrr", reverts="sha256:rr")
    seen = []
    with database.writing() as connection:
        for entry in (APPLIED, revert, again, once_more, APPLIED):
            ledger.record(connection, entry)
            ledger.update_states(connection, entry)
            seen.append([one.state for one in ledger.entries(connection)])
    assert seen == [
        ["applied"],
        ["reverted", "applied"],
        ["applied", "reverted", "applied"],
        ["reverted", "applied", "reverted", "applied"],
        ["reverted", "reverted", "reverted", "applied", "applied"],
    ]


def test_digests_are_found_by_their_beginning(database: Database) -> None:
    """Each once, however often it was tried; `%` is only a character."""
    with database.writing() as connection:
        for digest in ("sha256:ab1", "sha256:ab1", "sha256:ab2"):
            ledger.record(connection, replace(FAILED, digest=digest))
        assert sorted(ledger.beginning_with(connection, "ab")) == ["sha256:ab1", "sha256:ab2"]
        assert ledger.beginning_with(connection, "ab1") == ["sha256:ab1"]
        assert ledger.beginning_with(connection, "%") == []
