"""Whether two changesets can both be applied, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.changesets import written
from support.memory import MILL

from bake.app.project import Project
from bake.app.serialise import to_dict
from bake.app.versions.collisions import collisions
from bake.changeset.model import Create, Delete, Operation, Question, Replace, Test, Update

COOP = {"slug": "coop"}


def shop(slug: str = "coop", **values: Any) -> Create:
    """A new shop."""
    return Create(n=1, entity="shops", key={"slug": slug}, values={"slug": slug, "name": slug, **values}, from_=(0,))


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Update:
    """An update of the shop."""
    patch = [
        step
        for name, value in after.items()
        for step in (Test(path=f"/{name}", value=before[name]), Replace(path=f"/{name}", value=value))
    ]
    return Update(n=1, entity="shops", key=COOP, patch=tuple(patch), from_=(0,))


SALE = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a", "shop": COOP}, from_=(0,))
GONE = Delete(n=1, entity="shops", key=COOP, before={"slug": "coop", "name": "Coop"}, from_=(0,))
RENAMED = change({"slug": "coop"}, {"slug": "coop_boston"})
CITY = change({"city": "x"}, {"city": "y"})


@pytest.mark.parametrize(
    ("one", "other", "order", "why"),
    [
        (CITY, change({"rating": 1}, {"rating": 2}), "any", ""),
        (CITY, shop("wegmans"), "any", ""),
        (CITY, change({"city": "x"}, {"city": "z"}), "neither", '"x" → "y" in the one, "x" → "z" in the other'),
        (CITY, change({"city": "x"}, {"city": "y"}), "neither", '"x" → "y" in the one, "x" → "y" in the other'),
        (CITY, change({"city": "y"}, {"city": "z"}), "before", '"x" → "y" in the one, "y" → "z" in the other'),
        (change({"rating": 1}, {"rating": True}), change({"rating": 1}, {"rating": Decimal(3)}), "neither", "1 → true"),
        (shop(), shop(city="x"), "neither", "both give it to a row"),
        (shop(), CITY, "before", "one gives it to a row, which the other expects to be there"),
        (shop(), SALE, "before", "one gives it to a row, which the other expects to be there"),
        (shop("coop_boston"), RENAMED, "neither", "both give it to a row"),
        (RENAMED, shop(), "before", "one takes it from its row, and the other gives it to a row"),
        (RENAMED, SALE, "after", "one takes it from its row, which the other names by it"),
        (RENAMED, CITY, "after", "one takes it from its row, which the other names by it"),
        (GONE, SALE, "neither", "one deletes the row, which the other expects to be there"),
        (GONE, CITY, "neither", "one deletes the row, which the other expects to be there"),
        (GONE, GONE, "neither", "one deletes the row, which the other expects to be there"),
        (GONE, shop(), "before", "one deletes the row that has it, and the other gives it to a row"),
    ],
)
def test_each_rule(one: Operation, other: Operation, order: str, why: str, tmp_path: Path) -> None:
    """Each row of the table, and the same the other way round."""
    project = Project("sqlite://", MILL)
    files = [written(tmp_path / f"{n}.jsonl", [operation], ()) for n, operation in enumerate((one, other))]
    found = collisions(project, *files)
    assert found.order == order
    assert [item.why for item in found.items if why in item.why] if why else not found.items
    swapped = {"before": "after", "after": "before"}
    assert collisions(project, *reversed(files)).order == swapped.get(order, order)


def test_what_refers_names_the_field(tmp_path: Path) -> None:
    """The row is that which is referred to, the field that which refers."""
    files = written(tmp_path / "a.jsonl", [GONE], ()), written(tmp_path / "b.jsonl", [SALE], ())
    [item] = collisions(Project("sqlite://", MILL), *files).items
    assert (item.entity, item.key, item.fields, item.first) == ("shops", COOP, ("sales.shop",), "neither")


def test_a_row_that_a_changeset_creates_itself_is_not_expected(tmp_path: Path) -> None:
    """What refers to it waits for nothing of the other; open questions are counted, not guessed."""
    own: list[Operation] = [
        shop(),
        Create(n=2, entity="sales", key={"uuid": "a"}, values={"uuid": "a", "shop": COOP}, from_=(1,)),
    ]
    waiting = Create(n=1, entity="sales", key={"uuid": "b"}, values={"uuid": "b"}, from_=(0,), needs={"/shop": "q1"})
    asked = Question(id="q1", kind="missing", entity="shops", lookup={"name": "Coop"}, asked_by=(1,))
    one, other = written(tmp_path / "a.jsonl", own, ()), written(tmp_path / "b.jsonl", [waiting], [asked])
    found = collisions(Project("sqlite://", MILL), one, other)
    assert (found.order, found.items, found.undecided) == ("any", (), 1)
    assert to_dict(found)["order"] == "any"
