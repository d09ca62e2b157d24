"""A changeset that is looked through: what is found, grouped and shown a page at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.changesets import written

from bake.changeset.events import Answered
from bake.changeset.model import Create, Operation, Question, Replace, Skip, Test, Update, Warn
from bake.changeset.writing import append
from bake.errors import UsageError
from bake.renderer.document_parts import Step
from bake.renderer.review import Filter, Review


def moved(n: int, name: str) -> Update:
    """An update that moves a mill to Lexington."""
    patch = (Test(path="/city", value="Boston"), Replace(path="/city", value="Lexington"))
    return Update(n=n, entity="mills", key={"name": name}, patch=patch, from_=(n - 1,))


OPERATIONS: list[Operation] = [
    Create(n=1, entity="mills", key={"name": "Ádám"}, values={"name": "Ádám", "city": "Łódź"}, from_=(0,)),
    moved(2, "Kenyon's"),
    Skip(n=3, entity="mills", reason="unchanged", from_=(2,)),
    moved(4, "Gray's"),
    Create(
        n=5,
        entity="flours",
        key={"name": "Rye"},
        values={"name": "Rye"},
        from_=(4,),
        needs={"/mill": "q1"},
        warnings=(Warn(field="name", message="looks odd"),),
    ),
]
ASKED = Question(id="q1", kind="missing", entity="mills", lookup={"name": "Old Mill"}, asked_by=(5,))


@pytest.fixture
def review(tmp_path: Path) -> Review:
    """A review of these operations."""
    return Review(written(tmp_path / "mill.changeset.jsonl", OPERATIONS, [ASKED]))


def found(review: Review, wanted: Filter) -> list[int]:
    """The numbers of the operations that a filter lets through."""
    return [one.n for one in review.steps(review.find(wanted))]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), [1, 2, 4, 5]),
        (Filter(entity="mills"), [1, 2, 4]),
        (Filter(entity="nothing"), []),
        (Filter(action="create"), [1, 5]),
        (Filter(entity="mills", action="create"), [1]),
        (Filter(action="nothing"), []),
        (Filter(warned=True), [5]),
        (Filter(waiting=True), [5]),
        (Filter(text="lexington"), [2, 4]),
        (Filter(text="łÓDŹ"), [1]),
        (Filter(text="city"), []),
        (Filter(text='"'), []),
        (Filter(like=2), [2, 4]),
        (Filter(like=99), []),
    ],
)
def test_a_filter_lets_through_what_it_says(wanted: Filter, expected: list[int], review: Review) -> None:
    """By entity, action, warning, waiting, a text in a value in whatever case, and the same change; all at once."""
    assert found(review, wanted) == expected


def test_equal_changes_are_grouped(review: Review) -> None:
    """Updates with the same patch are one group; a create is like no other."""
    groups = review.groups(review.find(Filter()))
    assert [(one.n, number) for one, (_, number) in zip(review.steps([p for p, _ in groups]), groups, strict=True)] == [
        (2, 2),
        (1, 1),
        (5, 1),
    ]


def test_counts_are_of_all_operations(review: Review) -> None:
    """The summary counts what the build skipped, too."""
    assert [(row.entity, row.create, row.update, row.skip) for row in review.summary] == [
        ("mills", 1, 2, 1),
        ("flours", 1, 0, 0),
    ]


def test_answers_count(review: Review) -> None:
    """What an answer leaves out is shown as such, with its reason; what it creates comes first."""
    answer = Answered(by="ada", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip")
    copy = review.file.save(review.file.path.with_name("copy.changeset.jsonl"))
    skipped = Review(append(review.file, answer))
    [one] = skipped.steps(skipped.find(Filter(action="skip")))
    assert (one.n, getattr(one, "reason", None)) == (5, "answer to q1")
    assert skipped.operation(3) is None

    created = Answered(
        by="ada",
        at="2025-12-24T10:00:00Z",
        prev="",
        question="q1",
        choice="create",
        key={"name": "Old Mill"},
        values={"name": "Old Mill"},
    )
    other = Review(append(copy, created))
    first = other.steps((0,))[0]
    assert isinstance(first, Step)
    assert first.key == {"name": "Old Mill"}
    assert other.operation(first.n) is not None
    assert found(other, Filter(text="old mill"))[0] == first.n


def test_a_replaced_file_is_noticed(review: Review) -> None:
    """Where another file has taken the place of the one that was read, nothing of it is shown as if it were that."""
    review.file.path.write_bytes(b"\n" * 5000)
    with pytest.raises(UsageError, match="was replaced"):
        review.steps(review.find(Filter()))
