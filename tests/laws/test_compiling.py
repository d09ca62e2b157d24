"""Laws of compiling: what is there changes nothing, what was applied is there, ids and batches mean nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.compiling import compiled, compiled_against, described
from support.examples import examples
from support.market import MARKET, uid
from support.states import BASE, NUMBERS, State, as_rows, document, states
from support.tables import Contents, contents, seed

from bake.applier.apply import carry_out
from bake.compiler.context import Options
from bake.database.engine import Database, connect
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

BATCHES = st.sampled_from([1, 2, 3, 1000])


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A market without rows, in memory."""
    with connect("sqlite://") as made:
        with made.writing() as connection:
            create_tables(connection, MARKET)
        yield made


@st.composite
def documents(draw: st.DrawFn, state: State, before: State | None = None) -> dict[str, list[dict[str, Any]]]:
    """A state as a document: sections and records in any order, rows and references named in any of their ways.

    Each record carries an id, which may be that of another row of the database. A row with a slug may lack its uuid,
    unless it has the name of another row `before`: whether it is that one would be asked.
    """
    ids = {name: dict(zip(NUMBERS, draw(st.permutations(range(1, 5))), strict=True)) for name in state}
    slugged = [
        (name, n)
        for name in ("people", "shops", "grains")
        for n in state[name]
        if before is None or n in before[name] or not _is_named(state[name][n]["name"], before[name])
    ]
    nameless = draw(st.sets(st.sampled_from(slugged))) if slugged else set()
    found = {
        name: [_record(draw, state, name, n, ids, nameless) for n in draw(st.permutations(sorted(those)))]
        for name, those in state.items()
    }
    return {name: found[name] for name in draw(st.permutations(list(found)))}


def _is_named(name: str, rows: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether one of the rows has the name."""
    return any(row["name"] == name for row in rows.values())


def _record(
    draw: st.DrawFn,
    state: State,
    name: str,
    n: int,
    ids: dict[str, dict[int, int]],
    nameless: set[tuple[str, int]],
) -> dict[str, Any]:
    item = MARKET.entities[name]
    record: dict[str, Any] = {"id": ids[name][n]}
    for field, value in document(state, name, n).items():
        target = item.references.get(field)
        if target is not None and value is not None:
            other = state[name][n][field]
            ways: list[dict[str, Any]] = [{field: value}, {f"{field}_id": ids[target][other]}]
            ways += [] if (target, other) in nameless else [{f"{field}_uuid": uid(BASE[target] + other)}]
            ways += [{f"{field}_slug": value["slug"]}] if "slug" in value else []
            record |= draw(st.sampled_from(ways))
        elif value is not None or draw(st.booleans()):
            record[field] = value
    if (name, n) in nameless:
        del record["uuid"]
    return record


@st.composite
def documented(draw: st.DrawFn) -> tuple[State, dict[str, list[dict[str, Any]]]]:
    """A state, and a document of it."""
    state = draw(states())
    return state, draw(documents(state))


@examples(30)
@given(documented(), BATCHES)
def test_what_is_there_changes_nothing(pair: tuple[State, dict[str, Any]], batch: int) -> None:
    """Records made of the rows themselves compile to skips only."""
    state, those = pair
    result = compiled(those, as_rows(state), batch=batch)
    assert not result.questions
    assert not result.creates
    assert not result.updates
    assert set(result.skips) <= {"unchanged"}


@examples(30)
@given(states(), states(), st.data(), BATCHES)
def test_what_was_applied_is_there(
    database: Database, before: State, state: State, data: st.DataObject, batch: int
) -> None:
    """A document compiles without questions; applied, it is what the rows are, and then compiles to skips only."""
    those = data.draw(documents(state, before))
    options = Options(batch=batch)
    with database.writing(keep=False) as connection:
        seed(connection, as_rows(before))
        snapshot = DatabaseSnapshot(connection, MARKET)
        first = compiled_against(those, snapshot, MARKET, options)
        assert not first.questions
        assert carry_out(first.operations, connection, MARKET).conflicts == ()
        done = contents(connection)
        _assert_holds(done, before, state)
        again = compiled_against(those, snapshot, MARKET, options)
        assert not again.creates
        assert not again.updates
        assert set(again.skips) <= {"unchanged"}
        assert contents(connection) == done


def _assert_holds(there: Contents, before: State, state: State) -> None:
    """Each row has what its record says, but for null, which says nothing, and for what an update must not change."""
    rows = {(name, _named(row)): row for name, those in there.items() for row in those.values()}
    for name in state:
        item = MARKET.entities[name]
        for n, values in state[name].items():
            row = rows[name, _named({"uuid": uid(BASE[name] + n), **values})]
            for field, value in values.items():
                if value is None or (n in before[name] and not item.fields[field].editable):
                    continue
                target = item.references.get(field)
                said = {"uuid": uid(BASE[target] + value), **state[target][value]} if target else None
                assert row[field] == (rows[target, _named(said)]["uuid"] if target and said else value), (
                    name,
                    n,
                    field,
                )


def _named(row: Mapping[str, Any]) -> str:
    """What a row is known by here: rows that lack their uuid in the document have a slug."""
    return str(row.get("slug", row["uuid"]))


@examples(30)
@given(states(), documented(), st.permutations(range(1, 5)))
def test_surrogate_ids_mean_nothing(before: State, pair: tuple[State, dict[str, Any]], ids: list[int]) -> None:
    """The rows of the database may be numbered in any way: the operations are the same, byte for byte."""
    _, those = pair
    rows = as_rows(before)
    other = {name: [_renumbered(name, row, ids) for row in rows[name]] for name in rows}
    assert compiled(those, rows).operations == compiled(those, other).operations


def _renumbered(name: str, row: dict[str, Any], ids: list[int]) -> dict[str, Any]:
    numbered = {"id", *MARKET.entities[name].references}
    return {f: ids[value - 1] if f in numbered and value is not None else value for f, value in row.items()}


@examples(30)
@given(states(), documented(), st.integers(1, 5))
def test_batches_do_not_show(before: State, pair: tuple[State, dict[str, Any]], batch: int) -> None:
    """However many records are looked up together, operations, questions and notices are the same but for numbers."""
    _, those = pair
    rows = as_rows(before)
    assert described(compiled(those, rows, batch=batch)) == described(compiled(those, rows))
