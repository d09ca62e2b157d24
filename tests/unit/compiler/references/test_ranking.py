"""Candidates for lookups that name no row: by their names, and by what is known around them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from support.compiling import compiled, compiled_against
from support.market import uid
from support.memory import MILL, MemorySnapshot

from bake.catalog.bakery import BAKERY
from bake.changeset.model import Candidate, Question
from bake.compiler.context import Options
from bake.compiler.questions.questions import Asking
from bake.compiler.references.ranking import Ranking, telling
from bake.compiler.rows.row_resolver import RowResolver

ROWS = {
    "shops": [
        {"id": 1, "slug": "coop_a", "name": "Coop Market", "city": "Boston", "open": True},
        {"id": 2, "slug": "coop_b", "name": "Coop Market", "city": "Waltham", "open": True},
        {"id": 3, "slug": "wilsons", "name": "Wilson's Farm", "city": "Lexington", "open": True},
    ],
    "grains": [{"id": 1, "slug": "rye", "name": "Rye"}, {"id": 2, "slug": "spelt", "name": "Spelt"}],
    "bags": [
        {"id": 1, "slug": "mill_rye_5", "grain": 1, "brand": "Mill", "weight": Decimal(5)},
        {"id": 2, "slug": "mill_spelt_5", "grain": 2, "brand": "Mill", "weight": Decimal(5)},
        {"id": 3, "slug": "mill_spelt_2", "grain": 2, "brand": "Mill", "weight": Decimal(2)},
    ],
}


def ranked(entity: str, lookup: dict[str, Any], asking: Asking | None = None) -> list[Candidate]:
    """The candidates for a lookup."""
    ranking = Ranking(RowResolver(MILL, MemorySnapshot(MILL, ROWS)))
    return list(ranking.candidates(Question(id="q1", kind="missing", entity=entity, lookup=lookup), asking))


def shown(candidates: list[Candidate]) -> list[tuple[Any, str | None]]:
    """Each candidate's slug and reason."""
    return [(candidate.key["slug"], candidate.why) for candidate in candidates]


def test_the_rest_of_the_lookup_counts() -> None:
    """Of two shops of one name, that in the city of the lookup comes first, and each says why."""
    assert shown(ranked("shops", {"name": "Co-op Markt", "city": "waltham"}))[:2] == [
        ("coop_b", "same city"),
        ("coop_a", "other city"),
    ]


def test_references_are_compared_as_rows_and_sizes_as_quantities() -> None:
    """The bag of the same grain and weight is the first; the others say in what they differ.

    A misspelt brand is not another brand.
    """
    found = ranked("bags", {"brand": "Mil", "grain": {"name": "Spelt"}, "weight": Decimal(5)})
    assert shown(found)[0] == ("mill_spelt_5", "same grain, also 5")
    assert set(shown(found)[1:]) == {("mill_spelt_2", "same grain, 2, not 5"), ("mill_rye_5", "other grain, also 5")}


def test_the_asking_record_counts() -> None:
    """A sale in which the rye is named brings up the bag that holds rye: references to one row are compared by it."""
    asking = Asking("bags", {"grain": {"slug": "rye"}, "brand": "Mill"})
    found = ranked("bags", {"slug": "mill_5"}, asking)
    assert shown(found)[0] == ("mill_rye_5", "same grain, same brand, also 5")


def test_amounts_and_names_are_no_facts() -> None:
    """What tells rows apart besides names and amounts: the city, the grain."""
    assert [telling(MILL.entities[name]) for name in ("shops", "bags")] == [["city"], ["grain", "brand", "weight"]]
    assert shown(ranked("bags", {"slug": "mill_rye", "weight": Decimal(2)}))[-1][1] != "other weight"


def test_created_rows_are_candidates() -> None:
    """A misspelt name may mean a row of the same document, and the candidate says so."""
    document = {
        "shops": [{"slug": "aldi", "name": "Aldi Nord", "city": "Boston"}],
        "sales": [{"shop_name": "Aldi Nrd", "bag_slug": "mill_rye_5", "price": 1}],
    }
    result = compiled_against(document, MemorySnapshot(MILL, ROWS), MILL, Options())
    assert shown(list(result.question.candidates))[0] == ("aldi", "created here")


def test_what_is_known_to_be_distinct_is_neither_taken_nor_offered() -> None:
    """A name in another case is taken for its row; once somebody said that it is not that row, it is asked about."""
    sale = {"sales": [{"shop_name": "WILSON'S FARM", "bag_slug": "mill_rye_5", "price": 1}]}
    snapshot = MemorySnapshot(MILL, ROWS)
    assert not compiled_against(sale, snapshot, MILL, Options()).questions
    never = {"shops": frozenset({repr({"slug": "wilsons"})})}
    options = Options(distinct=lambda entity, lookup: never[entity] if lookup else frozenset())
    question = compiled_against(sale, snapshot, MILL, options).question
    assert (question.kind, "wilsons" in [key for key, _ in shown(list(question.candidates))]) == ("missing", False)


def test_context_makes_no_row_more_alike() -> None:
    """A row that is called what the lookup only says of the row's surroundings is no candidate for its name."""
    grain = {"id": 1, "uuid": uid(1), "slug": "seeds", "name": "Seeds and nuts"}
    bag = {"weight": 1, "grain": {"slug": "unobtainium", "parent": {"name": "Seeds and nuts"}}}
    result = compiled({"bags": [bag]}, {"grains": [grain]})
    assert result.question.kind == "missing"
    assert result.question.candidates == ()


def test_categories_are_not_offered_where_the_catalog_means_a_leaf() -> None:
    """The catalog says in which fields: a line of a recipe calls for an ingredient, never for a kind of them."""
    rows = {
        "ingredients": [
            {"id": 1, "uuid": uid(1), "slug": "milk_cream", "display_name": "Milk & Cream"},
            {"id": 2, "uuid": uid(2), "slug": "milk_whole", "display_name": "Milk, whole", "parent": 1},
        ],
        "recipes": [{"id": 1, "uuid": uid(3), "slug": "cake", "name": "Cake"}],
    }
    line = {"recipe": "Cake", "ingredient": "Milk & creem", "quantity": 1, "unit": "cup"}
    result = compiled({"recipe_ingredients": [line]}, rows, catalog=BAKERY)
    assert "milk_cream" not in [candidate.key["slug"] for candidate in result.question.candidates]
    child = {"slug": "milk_skim", "display_name": "Skim", "parent": "Milk & creem"}
    result = compiled({"ingredients": [child]}, rows, catalog=BAKERY)
    assert result.question.candidates[0].key == {"slug": "milk_cream"}


def test_codes_are_not_compared_by_their_digits() -> None:
    """A barcode, a slug of digits or a uuid brings up nothing that merely looks like it."""
    rows = [{"id": 1, "uuid": uid(1), "slug": "123456788", "name": "Coop", "city": None, "open": True}]
    ranking = Ranking(RowResolver(MILL, MemorySnapshot(MILL, {"shops": rows})))
    for text in ("123456789", uid(1)):
        assert ranking.candidates(Question(id="q1", kind="missing", entity="shops", lookup={"slug": text})) == ()
