"""Laws of applying, on SQLite: what was compiled is what is there, it can be taken back, batches do not show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lines import updates
from support.market import MARKET
from support.states import State, as_rows, difference, states
from support.tables import Contents, contents, seed

from bake.applier import apply
from bake.applier.apply import carry_out
from bake.applier.bulk_creates import BulkCreates
from bake.applier.bulk_updates import BulkUpdates
from bake.applier.patch import before_after, key_with
from bake.applier.report import Outcome
from bake.changeset.model import Create, Operation, Update
from bake.database.engine import Database, connect
from bake.database.history import RowChange
from bake.database.schema import create_tables


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A market without rows, in memory."""
    with connect("sqlite://") as made:
        with made.writing() as connection:
            create_tables(connection, MARKET)
        yield made


def seeded(connection: sa.Connection, state: State) -> Contents:
    """Put a state into the tables."""
    seed(connection, as_rows(state))
    return contents(connection)


def expected(database: Database, state: State) -> Contents:
    """What the tables hold in a state."""
    with database.writing(keep=False) as connection:
        return seeded(connection, state)


@settings(max_examples=60)
@given(before=states(), after=states(), batch=st.sampled_from([1, 2, 3, 2000]))
def test_what_was_intended_is_there_and_can_be_taken_back(
    database: Database, before: State, after: State, batch: int
) -> None:
    """Applying the difference of two states gives the second; applying that of the second and the first goes back."""
    operations = difference(before, after)
    there, wanted = expected(database, before), expected(database, after)
    with pytest.MonkeyPatch.context() as patch, database.writing(keep=False) as connection:
        patch.setattr(apply, "BATCH", batch)
        seeded(connection, before)
        outcome = carry_out(operations, connection, MARKET)
        assert outcome.conflicts == ()
        assert contents(connection) == wanted
        assert sum(sum(counts.values()) for counts in outcome.counts.values()) == len(operations)
        back = carry_out(difference(after, before), connection, MARKET)
        assert back.conflicts == ()
        assert contents(connection) == there


@given(updates())
def test_the_before_values_give_a_row_its_key_back(update: Update) -> None:
    """`key_with(key_with(key, after), before) == key`, whatever parts of the key a patch touches."""
    before, after = before_after(update.patch)
    assert key_with(key_with(update.key, after), before) == update.key


@settings(max_examples=30)
@given(before=states(), after=states(), order=st.randoms(use_true_random=False))
def test_the_order_of_operations_says_nothing(database: Database, before: State, after: State, order: Any) -> None:
    """In whatever order they stand in the file, the operations lead to the same state."""
    operations = difference(before, after)
    order.shuffle(operations)
    wanted = expected(database, after)
    with database.writing(keep=False) as connection:
        seeded(connection, before)
        assert carry_out(operations, connection, MARKET).conflicts == ()
        assert contents(connection) == wanted


@settings(max_examples=30)
@given(before=states(), after=states())
def test_applying_again_conflicts_and_changes_nothing(database: Database, before: State, after: State) -> None:
    """Operations whose work is done fail their preconditions, every one of them."""
    operations = difference(before, after)
    with database.writing(keep=False) as connection:
        seeded(connection, before)
        carry_out(operations, connection, MARKET)
        done = contents(connection)
        again = carry_out(operations, connection, MARKET)
        assert {conflict.operation for conflict in again.conflicts} == {operation.n for operation in operations}
        assert contents(connection) == done


@settings(max_examples=100)
@given(
    there=states(),
    before=states(),
    after=states(),
    bare=st.randoms(use_true_random=False),
    batch=st.sampled_from([1, 2, 3, 2000]),
)
def test_the_plain_way_is_the_long_way(
    database: Database, there: State, before: State, after: State, bare: Any, batch: int
) -> None:
    """Whether batches that need no second look get one makes no difference: not to the rows, nor to what is told."""
    operations = [without_some_nulls(operation, bare) for operation in difference(before, after)]
    for state in (before, there):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(apply, "BATCH", batch)
            plain = done(database, state, operations)
            for kind in (BulkCreates, BulkUpdates):
                patch.setattr(kind, "carry_out", lambda *_: False)
            assert plain == done(database, state, operations)


def without_some_nulls(operation: Operation, bare: Any) -> Operation:
    """A create that says nothing of some of the fields that are null."""
    if not isinstance(operation, Create):
        return operation
    values = {name: value for name, value in operation.values.items() if value is not None or bare.random() < 0.5}
    return msgspec.structs.replace(operation, values=values)


def done(database: Database, state: State, operations: list[Operation]) -> tuple[Outcome, list[RowChange], Contents]:
    """What applying operations in a state leads to, and what is told of it."""
    told: list[RowChange] = []
    with database.writing(keep=False) as connection:
        seeded(connection, state)
        outcome = carry_out(operations, connection, MARKET, told.append)
        return outcome, told, contents(connection)
