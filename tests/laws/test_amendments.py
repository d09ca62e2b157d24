"""The law of amendments: the patch between two operations leads from one to the other, and an undone one is undone."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from support.lines import CREATES, DELETES, SKIPS, updates

from bake.changeset.amendment import amended, steps
from bake.changeset.codec import decode, encode
from bake.changeset.events import Amended
from bake.changeset.fold import decide
from bake.changeset.model import Create, Operation, Update

OPERATIONS = CREATES | DELETES | SKIPS | updates()


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Operation, Operation]:
    """Two operations that an amendment may lead between: of one number and entity, from the same records."""
    before, other = draw(OPERATIONS), draw(OPERATIONS)
    stays: dict[str, Any] = {"n": 1, "entity": before.entity, "from_": before.from_}
    return msgspec.structs.replace(before, **stays), msgspec.structs.replace(other, **stays)


def exactly(operation: Operation) -> bytes:
    """An operation such that `1` and `true` differ; the members of an object have no order."""
    return msgspec.json.Encoder(decimal_format="number", order="sorted").encode(operation)


def event(before: Operation, after: Operation) -> Amended:
    """The amendment as it is read back from a file."""
    amendment = Amended(operation=1, patch=steps(before, after), by="ada", at="2025-12-24T10:00:00Z", prev="")
    line = decode(encode(amendment))
    assert isinstance(line, Amended)
    return line


@given(pairs())
def test_an_amendment_leads_from_one_operation_to_the_other(pair: tuple[Operation, Operation]) -> None:
    """`amended(before, steps(before, after)) == after`, also by way of a file."""
    before, after = pair
    assert exactly(amended(before, event(before, after).patch)) == exactly(after)


@example(
    (
        Update(n=1, entity="loaf", key={"slug": "rye"}, patch=(), needs={"": 1}),
        Create(n=1, entity="loaf", key={"slug": "rye"}, values={}),
    )
)
@given(pairs())
def test_an_amendment_that_is_amended_back_leaves_nothing(pair: tuple[Operation, Operation]) -> None:
    """The fold is what it was before both."""
    before, after = pair
    decisions = decide(1, (), [event(before, after), event(after, before)], lambda: [before])
    assert decisions.unfit == ()
    assert exactly(decisions.effective(before)) == exactly(decide(1, (), ()).effective(before))
