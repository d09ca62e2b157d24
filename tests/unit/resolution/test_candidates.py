"""The index of names."""

from __future__ import annotations

from bake.resolution.candidates import CandidateIndex, Named, Wanted

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


def test_only_a_row_of_this_name_is_certain() -> None:
    """A score of 1 is for what equals the name in its loose form; whatever is less than that stays below."""
    assert INDEX.search("wilson-farm")[0].score == 1
    long = "Wilson Farm of Lexington in the Commonwealth of Massachusetts " * 3
    near = CandidateIndex([Named({"slug": "x"}, "", (long,), {"city": "a", "state": "b"})])
    found = near.search(Wanted((long + "x",), said={"city": "a", "state": "b"}))
    assert found[0].score is not None
    assert found[0].score < 1


def test_a_row_with_the_code_is_a_candidate_whatever_it_is_called() -> None:
    """A code is equal or not: it brings its row up, and says so; one like it does not."""
    index = CandidateIndex([Named({"slug": "flour"}, "Bread Flour", (), codes=frozenset({"71012010103"}))])
    wanted = Wanted(("Muesli",), codes=frozenset({"71012010103"}))
    assert [(c.key["slug"], c.why) for c in index.search(wanted)] == [("flour", "same code")]
    assert index.search(Wanted(("Muesli",), codes=frozenset({"71012010104"}))) == ()


def test_where_a_leaf_is_meant_no_category_is_offered() -> None:
    """A row that others stand below is passed over only where it cannot be meant."""
    index = CandidateIndex(
        [Named({"slug": "flours"}, "Flours", (), has_children=True), Named({"slug": "flour"}, "Flour", ())]
    )
    assert [c.key["slug"] for c in index.search(Wanted(("Flourz",), leaf=True))] == ["flour"]
    assert {c.key["slug"] for c in index.search(Wanted(("Flourz",)))} == {"flour", "flours"}


FLOURS = CandidateIndex(
    [
        Named({"slug": f"flour_{size}".replace(" ", "_")}, f"Bread Flour ({size})", ())
        for size in ("2 lb", "5 lb", "32 oz")
    ]
)
SHOPS = CandidateIndex(
    [
        Named({"slug": f"costco_{city}"}, f"Costco ({city})", ("Costco",), {"city": city, "owner": ("owners", 1)})
        for city in ("boston", "waltham")
    ]
)


def test_sizes_are_told_apart_as_quantities() -> None:
    """The same weight in another unit comes before another weight in the same, and each says why."""
    found = FLOURS.search("Bread Flour 2 lbs")
    assert [(c.key["slug"], c.why) for c in found] == [
        ("flour_2_lb", "also 2 lb"),
        ("flour_32_oz", "also 2 lb"),
        ("flour_5_lb", "5 lb, not 2 lb"),
    ]
    scores = [c.score for c in found if c.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < scores[0]


def test_what_is_said_besides_the_name_decides_between_equals() -> None:
    """The city of the lookup brings its shop to the front, and the other shop's is said to be another."""
    found = SHOPS.search(Wanted(("Costco Wholesale",), said={"city": "waltham"}))
    assert [(c.key["slug"], c.why) for c in found] == [
        ("costco_waltham", "same city"),
        ("costco_boston", "other city"),
    ]


def test_what_the_asking_record_says_only_speaks_for_a_row() -> None:
    """A row that says something else than the record is not farther for it: it need not be the same."""
    plain = SHOPS.search(Wanted(("Costco Wholesale",)))
    around = SHOPS.search(Wanted(("Costco Wholesale",), around={"city": "boston"}))
    assert [c.why for c in around] == ["same city", None]
    assert around[1].score == plain[1].score


def test_rows_that_it_certainly_is_not_are_not_offered() -> None:
    """However alike they are."""
    found = SHOPS.search(Wanted(("Costco",), never=frozenset({repr({"slug": "costco_boston"})})))
    assert [c.key["slug"] for c in found] == ["costco_waltham"]


def test_a_large_index_finds_what_a_small_one_does() -> None:
    """A shortlist is compared instead of all names; misspelt names are on it."""
    rows = [Named({"slug": str(n)}, f"Supplier {_word(n)} {_word(n * 7)}", ()) for n in range(3000)]
    index = CandidateIndex(rows)
    for n in range(0, 3000, 150):
        name = rows[n].label
        misspelt = name[:11] + name[12:]
        assert rows[n].key in [candidate.key for candidate in index.search(misspelt)]


def _word(n: int) -> str:
    """A word that looks like a name."""
    syllables = ("ka", "lo", "mi", "ner", "so", "tal", "wen", "ro", "bur", "dix")
    return "".join(syllables[int(digit)] for digit in str(n * 7919 % 100000)).title()
