"""Documents in columns: what is put in comes out, whatever is left out on the way."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.values import RAW

from bake.applier.blocks import Block, all_same, joined, positions_by_value, sides
from bake.catalog.values import Json, same
from bake.changeset.model import Replace, Test
from bake.changeset.patch import before_after

DOCUMENTS = st.lists(st.dictionaries(st.sampled_from("abc"), RAW, max_size=3), max_size=6)
STEPS = st.builds(
    lambda kind, path, value: kind(path=path, value=value),
    st.sampled_from([Test, Replace]),
    st.sampled_from(["/a", "/b"]),
    RAW,
)


def order(documents: list[dict[str, Json]]) -> list[list[tuple[str, Json]]]:
    """Documents with the order of their fields."""
    return [list(document.items()) for document in documents]


@given(DOCUMENTS, st.data())
def test_a_block_of_some_documents_is_made_of_these(documents: list[dict[str, Json]], data: Any) -> None:
    """A block gives back its documents, the fields in their order; of some positions, those that stand there."""
    block = Block.of(documents)
    assert order(block.documents()) == order(documents)
    positions = sorted(data.draw(st.sets(st.sampled_from(range(len(documents)))))) if documents else []
    some = block.only(positions)
    assert order(some.documents()) == order([documents[n] for n in positions])
    assert list(some.column("a")) == [documents[n].get("a") for n in positions]
    assert joined([some, block]).documents() == [*some.documents(), *documents]


@given(DOCUMENTS)
def test_a_field_is_changed_where_it_is(documents: list[dict[str, Json]]) -> None:
    """Other values come to stand in the documents that have the field, and nothing else becomes of them."""
    changed = Block.of(documents).changed("a", lambda positions, column: list(zip(positions, column, strict=True)))
    expected = [{k: (n, v) if k == "a" else v for k, v in one.items()} for n, one in enumerate(documents)]
    assert order(changed.documents()) == order(expected)


@given(DOCUMENTS, st.data())
def test_rows_differ_where_one_of_their_values_is_another(documents: list[dict[str, Json]], data: Any) -> None:
    """`differing` names the fields that are not the `same`, of which documents say something."""
    rows = {name: data.draw(st.lists(RAW, min_size=len(documents), max_size=len(documents))) for name in "abc"}
    expected = {n: [k for k, v in one.items() if not same(rows[k][n], v)] for n, one in enumerate(documents)}
    assert Block.of(documents).differing(rows) == {n: names for n, names in expected.items() if names}


@given(st.lists(st.lists(STEPS, max_size=4).map(tuple), max_size=5))
def test_the_sides_of_patches_are_those_of_each(patches: list[tuple[Test | Replace, ...]]) -> None:
    """Read together, patches say what they say alone, also where they name a field twice."""
    before, after = sides(patches)
    pairs = [before_after(patch) for patch in patches]
    assert (before.documents(), after.documents()) == ([one for one, _ in pairs], [other for _, other in pairs])


@given(st.lists(st.tuples(RAW, RAW), max_size=4))
def test_columns_are_the_same_if_each_value_is(pairs: list[tuple[Json, Json]]) -> None:
    """`all_same` is `same`, value by value."""
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    assert all_same(before, after) == all(map(same, before, after))


def test_the_positions_of_equal_items_stand_together_in_the_order_of_the_first() -> None:
    """Groups keep the order in which they began."""
    assert list(positions_by_value("abac").items()) == [("a", [0, 2]), ("b", [1]), ("c", [3])]
