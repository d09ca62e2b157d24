"""Rows that were edited elsewhere since changesets wrote them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from support.memory import MILL

from bake.applier.apply import carry_out
from bake.applier.drift import Drift, drift
from bake.changeset.model import Create, Delete, Operation, Replace, Row, Test, Update
from bake.database.engine import connect
from bake.database.ledger import ledger, row_changes
from bake.database.ledger.ledger import LedgerEntry
from bake.database.schema import create_tables

RYE: Row = {"uuid": "00000000-0000-0000-0000-000000000001", "slug": "rye", "name": "Rye"}
BAG: Row = {"uuid": "00000000-0000-0000-0000-000000000003", "slug": "bag", "grain": {"slug": "rye"}, "weight": 5}


@pytest.fixture
def mill() -> Iterator[sa.Connection]:
    """A grain and a bag of it, brought by a changeset."""
    with connect("sqlite://", create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
        grain = Create(n=1, entity="grains", key={"slug": "rye"}, values=RYE)
        apply(connection, grain, Create(n=2, entity="bags", key={"slug": "bag"}, values=BAG))
        yield connection


def apply(mill: sa.Connection, *operations: Operation) -> None:
    """Apply operations, and record what was done."""
    entry = LedgerEntry(
        digest="a", state="failed", mode="merge", source="", source_sha256="", actor="ada", at="", file=""
    )
    recorder = row_changes.Recorder(mill, ledger.record(mill, entry))
    assert carry_out(operations, mill, MILL, recorder.add).conflicts == ()
    recorder.flush()


def rename(before: str, after: str) -> Update:
    """The grain under another slug."""
    patch = (Test(path="/slug", value=before), Replace(path="/slug", value=after))
    return Update(n=1, entity="grains", key={"slug": before}, patch=patch)


def test_what_changesets_wrote_is_no_drift(mill: sa.Connection) -> None:
    """Neither is a change that a later changeset made, nor a row that no changeset knows."""
    apply(mill, rename("rye", "secale"))
    mill.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('x', 'oat', 'Oat')"))
    assert list(drift(mill, MILL)) == []


def test_an_edit_elsewhere_is_drift(mill: sa.Connection) -> None:
    """By field, with what was recorded and what is there; a default that the database filled in counts too."""
    mill.execute(sa.text("UPDATE bags SET weight = 6, note = 'x'"))
    assert list(drift(mill, MILL)) == [
        Drift("changed", "bags", {"slug": "bag"}, "weight", 5, 6),
        Drift("changed", "bags", {"slug": "bag"}, "note", None, "x"),
    ]


def test_a_reference_that_leads_elsewhere_is_drift(mill: sa.Connection) -> None:
    """Both sides are keys."""
    mill.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('x', 'oat', 'Oat')"))
    mill.execute(sa.text("UPDATE bags SET grain_id = (SELECT id FROM grains WHERE slug = 'oat')"))
    [found] = drift(mill, MILL)
    assert (found.field, found.recorded, found.found) == ("grain", {"slug": "rye"}, {"slug": "oat"})


def test_rows_that_went_or_came_back_are_drift(mill: sa.Connection) -> None:
    """A row that somebody deleted, and one that a changeset deleted and that is there again."""
    mill.execute(sa.text("DELETE FROM bags"))
    apply(mill, Delete(n=1, entity="grains", key={"slug": "rye"}, before=RYE))
    mill.execute(
        sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('00000000-0000-0000-0000-000000000001', 'rye', 'Rye')")
    )
    assert {(found.kind, found.entity) for found in drift(mill, MILL)} == {("missing", "bags"), ("there", "grains")}
