"""Laws of applying, on SQLite: what was compiled is what is there, it can be taken back, batches do not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.lines import updates
from support.market import MARKET, uid
from support.reference_applier import apply as reference_applier
from support.states import State, as_rows, difference, states
from support.tables import Contents, contents, seed

from bake.applier import apply
from bake.applier.apply import carry_out
from bake.applier.report import Outcome
from bake.changeset.model import Create, Delete, Operation, Replace, Row, Skip, Test, Update
from bake.changeset.patch import before_after, key_with
from bake.database.engine import Database, connect
from bake.database.ledger.row_changes import RowChange
from bake.database.schema import create_tables
from bake.errors import NotProven


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


@examples(40)
@given(before=states(), after=states(), batch=st.sampled_from([1, 2, 3, 2000]))
def test_what_was_intended_is_there_and_can_be_taken_back(
    database: Database, before: State, after: State, batch: int
) -> None:
    """Applying the difference of two states gives the second; applying that of the second and the first goes back."""
    operations = difference(before, after)
    there, wanted = expected(database, before), expected(database, after)
    with pytest.MonkeyPatch.context() as patch, database.writing(keep=False) as connection:
        patch.setattr(apply, "BATCH", batch)
        seed(connection, as_rows(before))
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


@examples(20)
@given(before=states(), after=states(), order=st.randoms(use_true_random=False))
def test_the_order_of_operations_says_nothing(database: Database, before: State, after: State, order: Any) -> None:
    """In whatever order they stand in the file, the operations lead to the same state."""
    operations = difference(before, after)
    order.shuffle(operations)
    wanted = expected(database, after)
    with database.writing(keep=False) as connection:
        seed(connection, as_rows(before))
        assert carry_out(operations, connection, MARKET).conflicts == ()
        assert contents(connection) == wanted


@examples(20)
@given(before=states(), after=states())
def test_applying_again_conflicts_and_changes_nothing(database: Database, before: State, after: State) -> None:
    """Operations whose work is done fail their preconditions, every one of them."""
    operations = difference(before, after)
    with database.writing(keep=False) as connection:
        seed(connection, as_rows(before))
        carry_out(operations, connection, MARKET)
        done = contents(connection)
        again = carry_out(operations, connection, MARKET)
        assert {conflict.operation for conflict in again.conflicts} == {operation.n for operation in operations}
        assert contents(connection) == done


TRIALS = given(
    there=states(),
    before=states(),
    after=states(),
    chance=st.randoms(use_true_random=True),
    size=st.sampled_from([1, 2, 3, 2000]),
)


def trials(there: State, before: State, after: State, chance: Any) -> list[tuple[State, list[Operation]]]:
    """States and the operations to apply to them: the right ones, and some with which something is wrong."""
    operations = renaming([without_some_nulls(operation, chance) for operation in difference(before, after)], chance)
    spoiled = [spoil(operation, chance) for operation in operations]
    return [(before, operations), (before, spoiled), (there, spoiled)]


@examples(40)
@TRIALS
def test_columns_come_to_the_same_end_as_one_operation_after_the_other(
    database: Database, there: State, before: State, after: State, chance: Any, size: int
) -> None:
    """Rows, conflicts, receipt and what is told are those of the reference applier, whatever is wrong, in any block."""
    for state, those in trials(there, before, after, chance):
        with database.writing(keep=False) as connection:
            seed(connection, as_rows(state))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(apply, "BATCH", size)
                mine = done(connection, those, carry_out)
            assert mine == done(connection, those, partial(reference_applier.carry_out, size=size))


@examples(30)
@TRIALS
def test_a_rehearsal_says_what_applying_does_and_changes_nothing(
    database: Database, there: State, before: State, after: State, chance: Any, size: int
) -> None:
    """By reading alone: the same counts and receipt, or the same preconditions that fail, whatever is wrong."""
    for state, those in trials(there, before, after, chance):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(apply, "BATCH", size)
            with database.writing(keep=False) as connection:
                before_it = seeded(connection, state)
                with taken_back(connection):
                    real = essence(connection, those)
                connection.exec_driver_sql("PRAGMA query_only = ON")
                assert essence(connection, those, rehearse=True) == real
                assert contents(connection) == before_it


def essence(connection: sa.Connection, operations: list[Operation], *, rehearse: bool = False) -> Any:
    """Counts and receipt; or, without the database's words, the conflicts; or that nothing is proven."""
    try:
        outcome = carry_out(operations, connection, MARKET, rehearse=rehearse)
    except NotProven:
        return None
    if outcome.conflicts:
        return sorted((one.operation, one.kind, str(one.field)) for one in outcome.conflicts)
    return outcome.counts, outcome.receipt


def renaming(operations: list[Operation], chance: Any) -> list[Operation]:
    """Some updates also give their rows another slug: a new one, or that of another row which gets another one, too."""
    chosen = [one for one in operations if isinstance(one, Update) and "slug" in one.key and chance.random() < 0.5]
    slugs = {one.n: (one.entity, one.key["slug"]) for one in chosen}
    rotated = dict(zip(slugs, [*list(slugs.values())[1:], *list(slugs.values())[:1]], strict=True))
    result = []
    for one in operations:
        if isinstance(one, Update) and one.n in slugs:
            entity, slug = rotated[one.n]
            becomes = slug if entity == one.entity and slug != one.key["slug"] else f"new_{one.n}"
            steps = Test(path="/slug", value=one.key["slug"]), Replace(path="/slug", value=becomes)
            one = msgspec.structs.replace(one, patch=(*one.patch, *steps))  # noqa: PLW2901
        result.append(one)
    return result


def without_some_nulls(operation: Operation, bare: Any) -> Operation:
    """A create that says nothing of some of the fields that are null."""
    if not isinstance(operation, Create):
        return operation
    values = {name: value for name, value in operation.values.items() if value is not None or bare.random() < 0.5}
    return msgspec.structs.replace(operation, values=values)


def spoil(operation: Operation, chance: Any) -> Operation:
    """Now and then another operation, against which something stands, or which does more than the one."""
    if chance.random() < 0.7 or isinstance(operation, Skip):
        return operation
    references = MARKET.entities[operation.entity].references
    changes: list[Operation] = [
        msgspec.structs.replace(operation, uuids={"": uid(999)}),  # its row is another one
        msgspec.structs.replace(operation, uuids={f"/{name}": uid(999) for name in references}),
        msgspec.structs.replace(operation, key={"uuid": uid(999)}),  # it has no row
    ]
    match operation:
        case Create(values=values):
            taken = {name: value for name, value in values.items() if name not in ("slug", "uuid")}
            changes += [
                msgspec.structs.replace(operation, values=broken(values, chance)),
                msgspec.structs.replace(operation, values=taken | {"uuid": uid(100 * chance.randint(1, 5))}),
            ]
        case Update(patch=steps):
            renamed = Replace(path="/slug", value=chance.choice(["p0", "s1", "g2", "new"]))
            was = Test(path="/slug", value=operation.key.get("slug"))
            at = chance.randrange(len(steps))
            other = msgspec.structs.replace(steps[at], value=broken({"x": steps[at].value}, chance)["x"])
            changes += [
                msgspec.structs.replace(operation, patch=(*steps[:at], other, *steps[at + 1 :])),
                msgspec.structs.replace(operation, patch=(*steps, was, renamed)),
                msgspec.structs.replace(operation, patch=tuple(step for step in steps if isinstance(step, Test))),
            ]
        case Delete(before=before):
            changes.append(msgspec.structs.replace(operation, before=broken(before, chance)))
    chosen: Operation = chance.choice(changes)
    return chosen


def broken(values: Row, chance: Any) -> Row:
    """Values of which one is null, does not fit, is not the one, or leads nowhere."""
    name = chance.choice(list(values))
    return values | {name: chance.choice([None, "x", 7, True, {"slug": "nowhere"}, {"uuid": uid(100)}, [1], "y" * 99])}


Ended: TypeAlias = tuple[Outcome, list[RowChange], Contents] | list[str] | str


def done(connection: sa.Connection, operations: list[Operation], carry_out: Callable[..., Outcome]) -> Ended:
    """What applying operations leads to, and what is told of it; or why nothing is proven. It is taken back."""
    told: list[RowChange] = []
    with taken_back(connection):
        try:
            outcome = carry_out(operations, connection, MARKET, told.append)
        except NotProven as refused:
            return str(refused)
        if outcome.conflicts:  # then what was tried is not kept
            return sorted(map(repr, outcome.conflicts))
        return outcome, told, contents(connection)


@contextmanager
def taken_back(connection: sa.Connection) -> Iterator[None]:
    """What is done within the block is undone at its end."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
