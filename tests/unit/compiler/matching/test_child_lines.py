"""Lines of lists are matched by what they say first, and by their place last, row by row of the table."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from support.compiling import Compiled, changes, compiled, view
from support.market import uid

from bake.catalog.bakery import BAKERY
from bake.catalog.row import Row
from bake.catalog.values import same
from bake.changeset.model import Delete
from bake.compiler.matching import child_lines
from bake.compiler.matching.row_claims import Claims

INGREDIENTS = [
    {"id": n, "uuid": uid(10 + n), "slug": slug, "display_name": slug.title(), "category": "Fruit"}
    for n, slug in enumerate(("lemon", "rye"), 1)
]
RECIPES = [{"id": 1, "uuid": uid(1), "slug": "cake", "name": "Lemon Cake"}]
LEMONS = ((2, "each"), ("0.33", "cup"))
BATCHES = pytest.mark.parametrize("batch", [1, 2, 1000])


def rows(*lemons: tuple[Any, str]) -> dict[str, list[dict[str, Any]]]:
    """A recipe that calls for lemons so many times."""
    lines = [
        {"id": n, "uuid": uid(100 + n), "recipe": 1, "ingredient": 1, "occurrence": n, "quantity": Decimal(quantity),
         "unit": unit}
        for n, (quantity, unit) in enumerate(lemons, 1)
    ]  # fmt: skip
    return {"ingredients": INGREDIENTS, "recipes": RECIPES, "recipe_ingredients": lines}


def line(quantity: Any, unit: str, slug: str = "lemon", **more: Any) -> dict[str, Any]:
    """A line of a list."""
    return {"ingredient_slug": slug, "quantity": quantity, "unit": unit, **more}


def recipe(*lines: dict[str, Any], slug: str = "cake", name: str = "Lemon Cake") -> dict[str, Any]:
    """A document of the recipe, with its lines."""
    return {"recipes": [{"slug": slug, "name": name, "ingredients": list(lines)}]}


def sheet(*lines: dict[str, Any]) -> dict[str, Any]:
    """The same lines as records of their own."""
    return {"recipe_ingredients": [{"recipe_slug": "cake", **line} for line in lines]}


def baked(document: dict[str, Any], *lemons: tuple[Any, str], batch: int = 1000, **how: Any) -> Compiled:
    """What a document comes to where the recipe calls for these lemons."""
    return compiled(document, rows(*lemons), catalog=BAKERY, batch=batch, **how)


def edited(result: Compiled) -> list[tuple[Any, dict[str, Any]]]:
    """The numbers of the lines that are changed, and how."""
    return [(update.key["occurrence"], changes(update)) for update in result.updates]


def made(result: Compiled) -> list[Any]:
    """The numbers of the lines that are made."""
    return [create.values["occurrence"] for create in result.creates if create.entity == "recipe_ingredients"]


@BATCHES
@pytest.mark.parametrize("around", [recipe, sheet])
def test_lines_are_found_in_any_order(around: Any, batch: int) -> None:
    """The same lines the other way round change nothing, in a list and in a sheet."""
    result = baked(around(line("0.330", "cup"), line(2, "each")), *LEMONS, batch=batch)
    assert not result.creates
    assert not result.updates
    assert not result.questions
    assert "line_lacking" not in result.notices


@BATCHES
def test_a_line_that_is_gone_stays_and_is_noted(batch: int) -> None:
    """The line that is left is found by what it says, not by its place; the other one is left as it is."""
    result = baked(recipe(line("0.33", "cup")), *LEMONS, batch=batch)
    assert not result.updates
    assert not result.questions
    [notice] = result.notices["line_lacking"]
    assert notice.message == "1 line of Lemon Cake is not in the file; it stays: lemon"
    [notice] = baked(sheet(line("0.33", "cup")), *LEMONS, batch=batch).notices["line_lacking"]
    assert notice.message == "1 line of lemon in Lemon Cake is not in the file; it stays"


@BATCHES
def test_a_line_that_is_taken_out_of_an_exported_list_is_noted(batch: int) -> None:
    """Exported lines have their numbers; a list that is empty beside others lacks all of its lines."""
    numbered = [{**line("0.33", "cup"), "occurrence": 2}]
    [notice] = baked(recipe(*numbered), *LEMONS, batch=batch).notices["line_lacking"]
    assert notice.message == "1 line of Lemon Cake is not in the file; it stays: lemon"
    [notice] = baked(recipe(), *LEMONS, batch=batch).notices["line_lacking"]
    assert notice.message == "2 lines of Lemon Cake are not in the file; they stay: lemon"


def test_what_a_list_of_any_kind_lacks_is_noted() -> None:
    """Also where its rows have no numbers, and the view calls it otherwise than the entity does."""
    fair = {"id": 1, "uuid": uid(301), "slug": "fair", "name": "Fair", "event_date": "2025-12-01", "year": 2025}
    targets = [{"id": n, "uuid": uid(310 + n), "event": 1, "recipe": n, "target_batches": n} for n in (1, 2)]
    cakes = [{"id": n, "uuid": uid(320 + n), "slug": f"cake_{n}", "name": f"Cake {n}"} for n in (1, 2)]
    there: dict[str, list[dict[str, Any]]] = {
        "events": [fair],
        "recipes": cakes,
        "event_production_targets": targets,
    }
    said = {"event_slug": "fair", "production_targets": [{"recipe_slug": "cake_2", "target_batches": 2}]}
    result = compiled(view("events", said), there, catalog=BAKERY)
    [notice] = result.notices["line_lacking"]
    assert notice.message.endswith("is not in the file; it stays: cake_1")


@BATCHES
def test_all_that_a_list_lacks_is_noted(batch: int) -> None:
    """Lines of which the list says nothing at all are named; a sheet that has some lines lacks nothing."""
    result = baked(recipe(line(1, "cup", "rye")), *LEMONS, batch=batch)
    [notice] = result.notices["line_lacking"]
    assert notice.message == "2 lines of Lemon Cake are not in the file; they stay: lemon"
    assert "line_lacking" not in baked(sheet(line(1, "cup", "rye")), *LEMONS, batch=batch).notices


@BATCHES
def test_lines_that_were_added_get_the_next_numbers(batch: int) -> None:
    """What is said as often as before is here, in whatever order; what is said once more is new."""
    document = recipe(line(1, "tbsp"), line("0.33", "cup"), line(2, "each"), line(2, "each"), line(3, "cup", "rye"))
    result = baked(document, *LEMONS, batch=batch)
    assert sorted(made(result)) == [1, 3, 4]
    assert not result.updates
    assert not result.questions


@BATCHES
def test_as_many_lines_as_rows_are_left_are_edits(batch: int) -> None:
    """Where the rest fits one to one, lines were edited: the second by what is left over, both in their order."""
    one = baked(recipe(line("0.5", "cup"), line(2, "each")), *LEMONS, batch=batch)
    assert edited(one) == [(2, {"quantity": (Decimal("0.33"), Decimal("0.5"))})]
    both = baked(recipe(line(3, "each"), line("0.5", "cup")), *LEMONS, batch=batch)
    assert [number for number, _ in edited(both)] == [1, 2]
    assert not one.questions
    assert not both.questions


@BATCHES
def test_what_does_not_fit_one_to_one_is_asked(batch: int) -> None:
    """One edited line where two rows are left may be either, or new: it is asked, and nothing is overwritten."""
    result = baked(recipe(line("0.5", "cup")), *LEMONS, batch=batch)
    assert not result.updates
    assert result.question.kind == "identity"
    assert [candidate.key["occurrence"] for candidate in result.question.candidates] == [1, 2]
    assert made(result) == [3]


@BATCHES
def test_more_edited_lines_than_rows_are_asked(batch: int) -> None:
    """Of two lines that no row equals one may be the only row that there is: both are asked."""
    result = baked(sheet(line(3, "each"), line("0.5", "cup")), LEMONS[0], batch=batch)
    assert [question.kind for question in result.questions] == ["identity", "identity"]
    assert made(result) == [2, 3]


@BATCHES
def test_rows_that_lines_name_themselves_do_not_count(batch: int) -> None:
    """A line that says its number is about that row, also where an earlier one equals it; that one is a second one."""
    result = baked(sheet(line(2, "each"), line(2, "each", occurrence=1)), LEMONS[0], batch=batch)
    assert made(result) == [2]
    assert not result.questions


@BATCHES
def test_a_list_that_stands_twice_says_the_same_twice(batch: int) -> None:
    """The same recipe twice in a file, with the same lines, does not double them, here or in a new recipe."""
    lines = (line("0.33", "cup"), line(2, "each"))
    twice = {"recipes": recipe(*lines)["recipes"] * 2}
    result = baked(twice, *LEMONS, batch=batch)
    assert not result.creates
    assert not result.updates
    new = {"recipes": recipe(*lines, slug="tart", name="Tart")["recipes"] * 2}
    assert made(baked(new, batch=batch)) == [1, 2]


def test_lines_are_not_compared_with_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of n lines and n rows each is compared with what equals it in its group, and is free once a row is found."""
    compared = count()
    monkeypatch.setattr(child_lines, "same", lambda *both: next(compared) >= 0 and same(*both))
    n = 50
    result = baked(sheet(*(line(n - i, "each") for i in range(n))), *((i + 1, "each") for i in range(n)))
    assert result.skips == {"unchanged": list(range(n))}
    assert next(compared) <= 3 * n


def test_lines_in_doubt_share_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines that may be any of many rows, the rows are gone through once."""
    doubted: list[tuple[Row, ...]] = []
    possible = Claims.possible

    def noted(claims: Claims, entity: str, rows: tuple[Row, ...]) -> None:
        doubted.append(rows)
        possible(claims, entity, rows)

    monkeypatch.setattr(Claims, "possible", noted)
    result = baked(sheet(*(line("0.5", "cup") for _ in range(20))), *((i + 1, "each") for i in range(30)))
    assert [len(question.candidates) + question.more for question in result.questions] == [30] * 20
    assert len(doubted) == 20
    assert len(set(map(id, doubted))) == 1


def test_only_the_first_of_many_lacking_lines_are_named() -> None:
    """The note stays readable, and says how many there are."""
    more = [{**INGREDIENTS[0], "id": n, "uuid": uid(500 + n), "slug": f"spice_{n}"} for n in range(3, 43)]
    there = rows(*LEMONS)
    there["ingredients"] = [*INGREDIENTS, *more]
    there["recipe_ingredients"] += [
        {**there["recipe_ingredients"][0], "id": n + 10, "uuid": uid(200 + n), "ingredient": n, "occurrence": 1}
        for n in range(3, 43)
    ]
    result = compiled(recipe(line(2, "each"), line("0.33", "cup")), there, catalog=BAKERY)
    [message] = [notice.message for notice in result.built.notices if notice.code == "line_lacking"]
    assert message.startswith("40 lines of Lemon Cake are not in the file; they stay: spice_3, ")
    assert message.endswith("spice_22, …")


def test_lines_of_what_is_new_are_numbered() -> None:
    """A new recipe's lines get their numbers by ingredient, however that is written."""
    lines = (line(1, "each"), line(2, "each", "rye"), line(3, "each", "Lemon"))
    result = compiled(recipe(*lines, slug="tart", name="Tart"), rows(), catalog=BAKERY)
    found = {create.from_: create.values["occurrence"] for create in result.creates if "occurrence" in create.values}
    assert sorted(found.items()) == [((1,), 1), ((2,), 1), ((3,), 2)]


def test_a_mirror_deletes_what_is_lacking() -> None:
    """There, the line that is not in the file is deleted, and nothing is noted of it."""
    result = baked(sheet(line("0.33", "cup")), *LEMONS, mode="mirror")
    [deleted] = [one for one in result.operations if isinstance(one, Delete)]
    assert deleted.key == {"recipe": {"slug": "cake"}, "ingredient": {"slug": "lemon"}, "occurrence": 1}
    assert "line_lacking" not in result.notices
    assert not result.creates
