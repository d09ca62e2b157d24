"""Which parts, rows and pages of a changeset are shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bake.changeset import model as m
from bake.changeset.file import Changeset
from bake.errors import UsageError
from bake.renderer.document import document
from bake.renderer.document_parts import Document
from bake.renderer.selection import Selection, selection

Make = Callable[..., Changeset]

WARNING = (m.Warn(field="slug", message="odd"),)


@pytest.fixture
def file(make: Make) -> Changeset:
    """Two entities, each action, each part."""
    patch = (m.Test(path="/a", value=1), m.Replace(path="/a", value=2))
    return make(
        [
            m.Create(n=1, entity="shops", key={"slug": "mill"}, values={"slug": "mill"}, warnings=WARNING),
            m.Update(n=2, entity="shops", key={"slug": "barn"}, patch=patch, warnings=WARNING),
            m.Delete(n=3, entity="sales", key={"shop": {"slug": "mill"}, "day": 1}, before={"day": 1}),
            m.Skip(n=4, entity="sales", reason="unchanged", from_=("0-9",)),
        ],
        [m.Question(id="q1", kind="missing", entity="shops", lookup={"name": "Mill"}, asked_by=(1,))],
        (m.Notice(code="c", message="noticed"),),
        records=10,
    )


def counts(shown: Document) -> dict[str, int]:
    """How much of each part is shown."""
    parts = ("questions", "warnings", "operations", "skips", "notices")
    return {part: number for part in parts if (number := len(getattr(shown, part).items))}


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        (Selection(), {"questions": 1, "warnings": 2, "operations": 3, "skips": 1, "notices": 1}),
        (Selection(only=frozenset({"creates", "deletes"})), {"operations": 2}),
        (Selection(only=frozenset({"questions", "skips"})), {"questions": 1, "skips": 1}),
        (Selection(entity="shops"), {"questions": 1, "warnings": 2, "operations": 2}),
        (Selection(entity="sales"), {"operations": 1, "skips": 1}),
        (Selection(where="barn"), {"warnings": 1, "operations": 1}),
        (Selection(where="mill"), {"warnings": 1, "operations": 2}),
        (Selection(where="shop=(mill), day=1"), {"operations": 1}),
        (Selection(entity="shops", where="mill", only=frozenset({"warnings"})), {"warnings": 1}),
        (Selection(where="nobody"), {}),
    ],
)
def test_what_is_shown(file: Changeset, selected: Selection, expected: dict[str, int]) -> None:
    """A part, an entity and a row narrow what is listed, together; the counts are of everything in any case."""
    shown = document(file, selected)
    assert counts(shown) == expected
    assert shown.summary == document(file).summary
    assert shown.is_empty == (not expected)


def test_pages(file: Changeset) -> None:
    """Each page goes on where the one before ended, for whatever is listed, and says what comes before and after."""
    pages = [document(file, Selection(limit=1, page=page)) for page in (1, 2, 3, 4)]
    assert [[one.n for one in page.operations.items] for page in pages] == [[1], [2], [3], []]
    assert [(page.operations.before, page.operations.more) for page in pages] == [(0, 2), (1, 1), (2, 0), (3, 0)]
    assert [[one.n for one in page.warnings.items] for page in pages[:2]] == [[1], [2]]
    assert [len(page.questions.items) for page in pages[:2]] == [1, 0]


def test_what_is_typed() -> None:
    """Parts have commas between them; a part that there is not is refused, with those that there are."""
    assert selection("creates, deletes").only == {"creates", "deletes"}
    assert selection(everything=True).limit is None
    assert selection(page=2, everything=True).end == 100
    with pytest.raises(UsageError, match="no part 'inserts'") as refused:
        selection("inserts")
    assert "creates, updates" in str(refused.value.hint)
