"""A changeset in a few lines: counted without reading every operation, with the same result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bake.changeset import model as m
from bake.changeset.file import Changeset
from bake.renderer.plan import Planned, plan_of

Make = Callable[..., Changeset]

DOUBLE = m.Warn(field="slug", message='a second one: "warnings":[', code="duplicate")
OPERATIONS: list[m.Operation] = [
    m.Create(n=1, entity="shops", key={"slug": "a"}, values={"slug": "a"}, from_=(0,)),
    m.Create(n=2, entity="shops", key={"slug": "b"}, values={"slug": "b"}, from_=(1,), warnings=(DOUBLE,)),
    m.Delete(n=3, entity="bags", key={"uuid": "u"}, before={"note": '"action":"skip"'}),
    m.Skip(n=4, entity="shops", reason="unchanged", from_=("2-3",)),
    m.Skip(n=5, entity="bags", reason="said twice", from_=(4,)),
]
COUNTS = {"shops": {"create": 2, "skip": 2}, "bags": {"delete": 1, "skip": 1}}


@pytest.fixture
def file(make: Make) -> Changeset:
    """A changeset with some of everything, just built."""
    made = make(OPERATIONS, [], records=5)
    assert made.built
    return replace(made, built=m.Built(counts=COUNTS, digest=made.built.digest))


def test_a_build_is_counted_as_if_every_operation_were_read(file: Changeset) -> None:
    """What the build has counted, and the warnings and skips that are read, give what a reading of all would give."""
    quick = plan_of(file)
    slow = plan_of(replace(file, built=None))
    assert (
        quick.counts
        == slow.counts
        == {
            "shops": Planned(create=2, unchanged=2),
            "bags": Planned(delete=1, skipped=1),
        }
    )
    assert quick.warnings == slow.warnings
    assert (quick.changes, quick.deletes, quick.codes["duplicate"]) == (3, 1, 1)


def test_everything_is_as_the_source_says_only_where_nothing_is_left_out(make: Make) -> None:
    """Not if a record was skipped for another reason, a notice says that something was not taken, or none was read."""
    same, other = (m.Skip(n=1, entity="x", reason=reason, from_=(0,)) for reason in ("unchanged", "said twice"))
    told = m.Notice(code="read_only", message="price cannot be edited this way", from_=(0,))
    matched = m.Notice(code="matched_by_id", message="matched by id", from_=(0,))
    assert plan_of(make([same], [], (matched,), records=1)).is_as_the_source_says
    assert not plan_of(make([other], [], records=1)).is_as_the_source_says
    assert not plan_of(make([same], [], (told,), records=1)).is_as_the_source_says
    assert not plan_of(make([], [], records=0)).is_as_the_source_says


def test_an_update_of_which_nothing_is_left_is_no_change(make: Make) -> None:
    """What an answer has left alone is not counted as to be updated."""
    left = m.Update(n=1, entity="x", key={"slug": "a"}, patch=(), from_=(0,))
    plan = plan_of(replace(make([left], [], records=1), built=None))
    assert (plan.changes, plan.counts) == (0, {"x": Planned(skipped=1)})
    assert not plan.is_as_the_source_says
