"""The lines that are appended to a changeset once it is built: who decided, changed or applied what, and when."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from bake.changeset.header import Header
from bake.changeset.model import (
    Amendment,
    Built,
    Choice,
    Confidence,
    Counts,
    Evidence,
    Json,
    Key,
    LinePart,
    Needs,
    Operation,
    Question,
    Row,
    Uuids,
    Warn,
)


class _Event(LinePart, frozen=True, kw_only=True, tag_field="type"):
    """What all events but `Merged` have, behind what they say; `prev` and `digest` are filled in when it is written.

    `prev` is the `digest` of the event that it follows; of the first one, and of `Sealed`, of all bytes before it.
    """

    by: str
    at: str
    prev: str
    digest: str = ""


class Asked(_Event, frozen=True, tag="asked"):
    """An answer opened a further question."""

    question: Question


class Answered(_Event, frozen=True, tag="answered"):
    """An answer to one question, for all operations that ask, or for one alone.

    `needs` and `uuids` are of the row that was chosen ("") or of the places in the new row.
    `revises` are the digests of the events of the answers whose place it takes; an answer that says something else
    than one that stands, and does not revise it, contradicts it.
    """

    question: str
    choice: Choice
    key: Key | None = None
    values: Row | None = None
    value: Json | UnsetType = UNSET
    option: str | None = None
    operation: int | None = None
    needs: Needs = msgspec.field(default_factory=dict)
    uuids: Uuids = msgspec.field(default_factory=dict)
    origin: str | None = None
    revises: tuple[str, ...] = ()
    proposal: str | None = None


class Withdrawn(_Event, frozen=True, tag="withdrawn"):
    """Answers were taken back: those whose events have these digests."""

    question: str
    answers: tuple[str, ...]


class Entailed(LinePart, frozen=True, kw_only=True):
    """What answers entail for one operation.

    Attributes:
        warnings: about values that can be judged only now, beside those that the operation has.
        values: fields that are made from others, made again now that those are known.
        key: the key by which the new row is then named.
    """

    warnings: tuple[Warn, ...] = ()
    values: Row = msgspec.field(default_factory=dict)
    key: Key | None = None


class Derived(_Event, frozen=True, tag="derived"):
    """What answers entail for operations that wait for nothing any more, by number; and what that asks, if `strict`.

    It holds for an operation as long as the answers to what it asked stay as they are.
    """

    operations: dict[int, Entailed]
    questions: tuple[Question, ...] = ()


class Rebased(_Event, frozen=True, tag="rebased"):
    """The operations were derived again against a database: those that changed, and what they ask."""

    database: str
    operations: tuple[Operation, ...] = ()
    questions: tuple[Question, ...] = ()
    reopened: tuple[str, ...] = ()


class Amended(_Event, frozen=True, tag="amended"):
    """An operation was changed after the build; or, without one, something was noted."""

    operation: int | None = None
    patch: Amendment = ()
    reason: str | None = None
    proposal: str | None = None


class ProposedAnswer(LinePart, frozen=True, kw_only=True):
    """The answer that is proposed, in the fields of `bake.resolution.answers.Answer`."""

    question: str
    choice: Choice
    key: Key | None = None
    values: Row | None = None
    value: Json | UnsetType = UNSET
    option: str | None = None
    operation: int | None = None
    columns: dict[str, str | None] | None = None


class ProposedAmendment(LinePart, frozen=True, kw_only=True):
    """The amendment that is proposed: a patch on the operation, as it is without answers."""

    operation: int
    patch: Amendment


class Proposed(_Event, frozen=True, tag="proposed"):
    """Somebody offers an answer or an amendment, which decides nothing until somebody else accepts it.

    `model` is the program that made it, in the name of `by`.
    """

    model: str
    answer: ProposedAnswer | None = None
    amendment: ProposedAmendment | None = None
    reason: str | None = None
    confidence: Confidence | None = None
    evidence: tuple[Evidence, ...] = ()


class Rejected(_Event, frozen=True, tag="rejected"):
    """A proposal was not taken: the one whose event has the digest `proposal`."""

    proposal: str
    reason: str | None = None


class Sealed(_Event, frozen=True, tag="sealed"):
    """Somebody accepted lines that were edited by hand; `content` is the changeset's identity from now on."""

    content: str
    reason: str | None = None


class PolicyMark(LinePart, frozen=True, kw_only=True):
    """The policy that allowed an application: the digest of its file, and the names of the rules."""

    digest: str
    rules: tuple[str, ...] = ()


class Approved(_Event, frozen=True, tag="approved"):
    """Somebody approves what the changeset does: `content` is a digest of that, `signature` an SSH signature of it."""

    content: str
    signature: str


class Applied(_Event, frozen=True, tag="applied"):
    """The changeset was applied to a database."""

    database: str
    counts: Counts
    receipt: str
    policy: PolicyMark | None = None


class Failed(_Event, frozen=True, tag="failed"):
    """An application was tried and rolled back."""

    database: str
    code: str
    message: str


class Merged(LinePart, frozen=True, kw_only=True, tag_field="type", tag="merged"):
    """Two versions of the changeset became one: the events that `prev` and `other` name are the last ones of each.

    It has no author and no time: whoever merges two files gets the same bytes.
    """

    prev: str
    other: str
    digest: str = ""


Event: TypeAlias = (
    Asked
    | Answered
    | Withdrawn
    | Derived
    | Rebased
    | Amended
    | Proposed
    | Rejected
    | Sealed
    | Approved
    | Applied
    | Failed
    | Merged
)
Line: TypeAlias = Header | Operation | Question | Built | Event
