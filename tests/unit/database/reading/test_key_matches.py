"""What was found is put to the keys that were asked for."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.values import same
from bake.database.reading.key_matches import KeyMatches, in_order

PARTS: st.SearchStrategy[Any] = st.sampled_from(["a", "A", "b", "1", "", 1, True, 0, False, None])
TEXTS: st.SearchStrategy[Any] = st.sampled_from(["a", "A", "b", "B", "c"])


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Any], list[list[Any]]]:
    """Keys that are asked for, and answers of rows that have those or others, some of them again and again."""
    parts, width = draw(st.sampled_from([PARTS, TEXTS])), draw(st.integers(1, 2))
    key = st.tuples(*[parts] * width)
    rows = [(n, *values) for n, values in enumerate(draw(st.lists(key, max_size=6)))]
    answer = st.lists(st.sampled_from(rows), max_size=6) if rows else st.just([])
    return draw(st.lists(key, max_size=4, unique_by=repr)), draw(st.lists(answer, max_size=3))


@given(answers())
def test_rows_are_put_to_their_keys_by_the_definition_of_sameness(asked: tuple[list[Any], list[list[Any]]]) -> None:
    """A key has the rows that have the same, each once and by id, however many at a time they come."""
    keys, answers = asked
    wanted = {key: key for key in keys}
    found = KeyMatches(wanted, str)
    for rows in answers:
        found.add([row[1:] for row in rows], rows)
    expected = {
        key: sorted({row for rows in answers for row in rows if all(map(same, key, row[1:]))})
        for key in wanted.values()
    }
    assert found.rows() == {key: rows for key, rows in expected.items() if rows}


@given(st.lists(TEXTS, max_size=5, unique=True), st.lists(st.tuples(st.integers(1, 4), TEXTS), max_size=6))
def test_columns_hold_the_rows_that_alone_have_a_key(keys: list[str], pairs: list[tuple[int, str]]) -> None:
    """However the rows come, also one of them twice, each key has the one row of which it is the key, or none."""
    rows = list({id_: (id_, key) for id_, key in pairs}.values())
    there = [*rows, *rows[:1]]
    places, columns = in_order(keys, list(zip(*there, strict=True)), 1)
    alone = {key: theirs[0] for key in keys if len(theirs := [id_ for id_, one in rows if one == key]) == 1}
    assert [keys[place] for place in places] == list(alone)
    assert list(columns[0]) == list(alone.values()) if columns else not alone
