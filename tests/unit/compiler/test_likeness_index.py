"""The index of rows by trait, against a list of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from bake.compiler import likeness_index
from bake.compiler.likeness_index import MOST, LikenessIndex
from bake.compiler.traits import Trait

TRAITS = [("name", str(n)) for n in range(5)]


@given(st.lists(st.lists(st.sampled_from([None, *TRAITS]), min_size=2, max_size=2)), st.sampled_from([1, 4, 1000]))
def test_every_row_is_found_by_each_of_its_traits(rows: list[list[Trait | None]], remembered: int) -> None:
    """By ascending ids, each once, however many traits are kept in memory; a trait that no row has gives nothing."""
    index = LikenessIndex()
    with patch.object(likeness_index, "REMEMBERED", remembered):
        for start in range(0, len(rows), 3):
            page = rows[start : start + 3]
            for column in zip(*page, strict=True):
                index.add(column, [10 * n for n in range(start, start + len(page))])
    for trait in (*TRAITS, ("name", "nobody")):
        assert list(index.ids([trait])) == _having(rows, trait)[:MOST]


def test_of_very_many_rows_with_one_trait_the_first_are_found() -> None:
    """Nobody can choose among more of them; other traits in the same part are not in their way."""
    index, many, ids = LikenessIndex(), MOST + 5, range(MOST + 5)
    for trait in TRAITS:
        index.add([trait] * many, ids)
    for trait in TRAITS:
        assert list(index.ids([trait])) == list(range(MOST))


def _having(rows: Sequence[Sequence[Trait | None]], trait: Trait) -> list[int]:
    return [10 * n for n, traits in enumerate(rows) if trait in traits]
