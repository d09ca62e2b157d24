from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bake.database import ledger
from bake.database.engine import Database
from bake.database.ledger import LedgerEntry

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
