from __future__ import annotations

import pytest
import sqlalchemy as sa
from support.tables import insert

from bake.catalog.model import Catalog
from bake.database.engine import Database
from bake.database.failures import REFUSALS, cause_of, constraint_of
from bake.database.writing.writer import Writer


def test_a_constraint_is_named_in_one_line(database: Database, pantry: Catalog) -> None:
    """The cause names table and column, without statement and parameters."""
    with pytest.raises(REFUSALS) as caught, database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "a"}, {"name": "a"}])
    assert isinstance(caught.value, sa.exc.IntegrityError)
    assert constraint_of(caught.value) == "UNIQUE constraint failed: shelves.name"


def test_a_cause_is_shown_and_never_interpreted() -> None:
    """What a driver quotes from a file cannot drive a terminal, break lines or flood the screen."""
    cause = cause_of(ValueError("bad \x1b[31m value\nhere " + "x" * 1000))
    assert cause.startswith("bad [31m value here x")
    assert cause.isprintable()
    assert len(cause) <= 300


def test_a_cause_without_words_is_empty() -> None:
    """An error that says nothing does not break the message about it."""
    assert cause_of(ValueError()) == ""
