"""Records that answers make about one row: never ready for what apply would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written

import bake
from bake.catalog.bakery import BAKERY
from bake.changeset.model import Create, Mode
from bake.changeset.runs import numbers
from bake.errors import InvalidAnswers

_FLOURS = {"slug": "flours", "display_name": "Flours", "hierarchy_level": 0}
_RYE = {"slug": "rye_flour", "display_name": "Rye Flour", "hierarchy_level": 1, "parent_slug": "flours"}
_LINE = {"ingredient_slug": "rye_flour", "quantity": 2, "unit": "cup"}
_HERE: dict[str, list[dict[str, Any]]] = {
    "suppliers": [{"slug": "costco", "name": "Costco", "city": "Waltham", "state": "MA"}],
    "ingredients": [_FLOURS, _RYE],
    "recipes": [{"slug": "cake", "name": "Cake", "category": "Cakes", "ingredients": [_LINE]}],
    "events": [{"name": "Fair", "event_date": "2025-12-01", "year": 2025}],
    "event_production_targets": [{"event_name": "Fair", "recipe_slug": "cake", "target_batches": 2}],
}


@pytest.fixture
def project(tmp_path: Path) -> bake.Project:
    """A small bakery."""
    project = bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", BAKERY, folder=tmp_path)
    bake.initialise(project)
    bake.apply(project, _built(project, _HERE))
    return project


def _built(project: bake.Project, document: dict[str, list[dict[str, Any]]], mode: Mode = "merge") -> bake.Changeset:
    source = Path(str(project.folder)) / "in.json"
    source.write_bytes(written(document))
    return bake.build(project, source, mode=mode)


def _resolved(project: bake.Project, file: bake.Changeset, **options: list[str]) -> bake.Changeset:
    return bake.resolve_with_options(project, file.path, **options).changeset  # type: ignore[arg-type]


def _asked(file: bake.Changeset) -> dict[str, list[str]]:
    """The ids of the open questions, by kind."""
    kinds: dict[str, list[str]] = {}
    for question in file.decisions.open:
        kinds.setdefault(question.kind, []).append(question.id)
    return kinds


_SUPPLIERS = [
    {"name": name, "city": "Waltham", "state": "MA", "notes": notes}
    for name, notes in (("Costcco", "ice"), ("Costcoo", "milk"), ("Costko", "tea"))
]


def test_records_that_are_said_to_be_one_row_are_asked_about(project: bake.Project) -> None:
    """In one question, which those that come join, and those that go leave; what counts is applied."""
    file = _resolved(project, _built(project, {"suppliers": _SUPPLIERS}), choose=["q1=same"])
    [rivals] = _asked(file)["duplicate"]
    assert "notes" in (file.decisions.questions[rivals].problem or "")
    file = _resolved(project, file, map_=["q2=costco"])
    assert _asked(file) == {"duplicate": [rivals]}
    assert list(numbers(file.decisions.questions[rivals].asked_by)) == [1, 2, 3]
    file = _resolved(project, file, take=[f"{rivals}=2"])
    assert bake.check(project, file).state == "ready"
    file = _resolved(project, file, skip=["q2"])
    assert _asked(file) == {"duplicate": [rivals]}, "the answer chose what is gone"
    with pytest.raises(InvalidAnswers):
        _resolved(project, file, take=[f"{rivals}=2"])
    assert bake.apply(project, _resolved(project, file, take=[f"{rivals}=3"])).counts == {"suppliers": {"update": 1}}
    with project.connect() as database, database.reading() as connection:
        assert connection.execute(sa.text("SELECT notes FROM suppliers")).scalars().all() == ["tea"]


def test_an_answer_is_not_for_records_that_come_later(project: bake.Project) -> None:
    """One that is said to be the row after it was asked which of two counts is asked about with that one."""
    file = _resolved(project, _built(project, {"suppliers": _SUPPLIERS}), choose=["q1=same"])
    [first] = _asked(file)["duplicate"]
    file = _resolved(project, file, take=[f"{first}=3"])
    file = _resolved(project, file, map_=["q2=costco"])
    [second] = _asked(file)["duplicate"]
    assert second != first
    assert list(numbers(file.decisions.questions[second].asked_by)) == [2, 3]


def test_a_key_that_is_known_by_answers_and_taken_is_asked_about(project: bake.Project) -> None:
    """It is that row, with what would change; a new one it cannot be."""
    target = {"event_name": "Fair", "recipe_name": "Keik", "target_batches": 5}
    file = _resolved(project, _built(project, {"event_production_targets": [target]}), map_=["q1=cake"])
    [asked] = _asked(file)["identity"]
    with pytest.raises(InvalidAnswers) as refused:
        _resolved(project, file, create=[asked])
    assert "is here" in refused.value.problems[0].message
    key = '{"event":{"slug":"fair"},"recipe":{"slug":"cake"}}'
    file = _resolved(project, file, map_=[f"{asked}={key}"])
    assert bake.apply(project, file).counts == {"event_production_targets": {"update": 1}}


def test_a_row_that_a_mirror_would_delete_is_asked_about(project: bake.Project) -> None:
    """A record that turns out to be about it by the answers: it is updated, or deleted, and never both."""
    target = {"event_name": "Fair", "recipe_name": "Caek", "target_batches": 7}
    file = _built(project, {"event_production_targets": [target]}, "mirror")
    file = _resolved(project, file, map_=["q1=cake"])
    [asked] = _asked(file)["identity"]
    file = _resolved(project, file, map_=[f'{asked}={{"event":{{"slug":"fair"}},"recipe":{{"slug":"cake"}}}}'])
    [rivals] = _asked(file)["duplicate"]
    file = _resolved(project, file, take=[f"{rivals}=1"])
    assert bake.apply(project, file).counts == {"event_production_targets": {"update": 1}}


def test_numbered_lines_get_the_next_number(project: bake.Project) -> None:
    """A recipe may call for a thing twice: each line may be the one that is here, or a further one."""
    lines = [{**_LINE, "ingredient_slug": name, "quantity": n} for n, name in enumerate(("rye", "ry flower"), 3)]
    file = _built(project, {"recipes": [{"slug": "cake", "name": "Cake", "category": "Cakes", "ingredients": lines}]})
    file = _resolved(project, file, map_=["q1=rye_flour", "q2=rye_flour"])
    asked = _asked(file)
    assert len(asked.pop("identity")) == 2
    assert asked == {}
    both = [question.id for question in file.decisions.open]
    file = _resolved(project, file, create=both)
    now = [one for one in map(file.decisions.effective, file.operations()) if isinstance(one, Create)]
    assert [one.values["occurrence"] for one in now] == [2, 3]
    file = _resolved(project, file, map_=[f"{both[0]}={_key(1)}"])
    assert bake.apply(project, file).counts == {"recipe_ingredients": {"create": 1, "update": 1}}


def _key(occurrence: int) -> str:
    return f'{{"recipe":{{"slug":"cake"}},"ingredient":{{"slug":"rye_flour"}},"occurrence":{occurrence}}}'
