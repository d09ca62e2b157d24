"""The index of names."""

from __future__ import annotations

from bake.resolution.candidates import CandidateIndex, Named

INDEX = CandidateIndex(
    [
        Named({"slug": "wilson_farm"}, "Wilson Farm (Lexington, MA)", ("Wilson Farm",)),
        Named({"slug": "costco"}, "Costco (Waltham, MA)", ("Costco",)),
    ]
)


def test_the_most_alike_comes_first() -> None:
    """A misspelt name finds its row, with a score between 0 and 1."""
    first = INDEX.search("Wilsons Farms")[0]
    assert first.key == {"slug": "wilson_farm"}
    assert first.score is not None
    assert 0 < first.score <= 1


def test_a_row_is_offered_once() -> None:
    """A row that is found by several of its names is one candidate."""
    assert [c.key["slug"] for c in INDEX.search("Costco")] == ["costco"]


def test_marks_alone_find_nothing() -> None:
    """`%`, white space and an emoji are no names."""
    assert [INDEX.search(text) for text in ("%", "   ", "🍞")] == [(), (), ()]
