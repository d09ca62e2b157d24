"""The parts of a document. They hold data as it stands: each format makes it printable in its own way.

Sentences (`text`, `sentences`, `answer_text`) are for people, and may be put better in any later version. A `Listing`
holds some of its items and says how many there are.
"""

from __future__ import annotations

from collections import Counter
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from bake.changeset.events import Answered, Proposed
from bake.changeset.header import Header
from bake.changeset.model import Counts, Evidence, Json, Key, Question, Runs, Warn
from bake.renderer.counts import Tense

Item = TypeVar("Item")
Status: TypeAlias = Literal["damaged", "open", "ready", "empty", "applied"]
ChangeAction: TypeAlias = Literal["create", "update", "delete"]
Standing: TypeAlias = Literal["open", "answered", "moot"]
OfferStanding: TypeAlias = Literal["waiting", "accepted", "rejected", "moot"]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable, compared by value; all fields are written, so that the keys of the JSON stay the same."""


class Listing(_Part, Generic[Item], frozen=True, kw_only=True):
    """Some of a number of things, one after another; `before` of them come before these."""

    items: tuple[Item, ...] = ()
    before: int = 0
    total: int = 0

    @property
    def more(self) -> int:
        """How many come after these."""
        return max(self.total - self.before - len(self.items), 0)


def shown_of(listing: Listing[Item]) -> str:
    """How many things there are and, on a later page, from which one on they are shown."""
    return f"{listing.total:,}" + (f", from {listing.before + 1:,}" if listing.before else "")


class Heading(_Part, frozen=True, kw_only=True):
    """What was compiled, when, by whom and with what; `digest` is the changeset's identity ("" if it is torn)."""

    path: str
    header: Header
    digest: str
    comparison: str


class State(_Part, frozen=True, kw_only=True):
    """Where the changeset stands, in one word, in sentences, and what to type next.

    `done` is what its last application did, by entity and action; None if it was not applied.
    """

    status: Status
    done: Counts | None
    open_questions: int
    sentences: tuple[str, ...]
    commands: tuple[str, ...]


def tense_of(state: State) -> Tense:
    """Whether the counts of a changeset are what it will do, or what it has done."""
    return "plan" if state.done is None else "result"


class Summary(_Part, frozen=True, kw_only=True):
    """One entity after all answers: operations by action, skipped records, warnings, operations that wait.

    Of the skipped records `unchanged` are those whose row is as they say already.
    """

    entity: str
    create: int = 0
    update: int = 0
    delete: int = 0
    skip: int = 0
    unchanged: int = 0
    warnings: int = 0
    waiting: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """The counts that people are shown, in their order."""
        return {
            "create": self.create,
            "update": self.update,
            "delete": self.delete,
            "unchanged": self.unchanged,
            "skipped": self.skip - self.unchanged,
            "warnings": self.warnings,
            "waiting": self.waiting,
        }


def shown_counts(summary: tuple[Summary, ...]) -> list[str]:
    """The names of the counts that a table shows: the actions always, the others where there are any."""
    totals: Counter[str] = Counter()
    for row in summary:
        totals.update(row.counts)
    return [name for name in Summary(entity="").counts if name in ("create", "update", "delete") or totals[name]]


class Inquiry(_Part, frozen=True, kw_only=True):
    """A question with what became of it; `waiting` operations wait for its answer.

    `answer` is the one for all that ask; `exceptions` are those for one operation each. Answers that
    contradict each other count for nothing, and are in `contradicting`.

    `options` of `bake changeset resolve` answer it, together with others; each of `commands` does so alone.
    """

    standing: Standing
    text: str
    waiting: int
    question: Question
    options: tuple[str, ...]
    commands: tuple[str, ...]
    answer: Answered | None
    answer_text: str | None
    exceptions: Listing[Answered] = Listing()
    contradicting: tuple[Answered, ...] = ()


class Offer(_Part, frozen=True, kw_only=True):
    """A proposal, what became of it, and the options of `bake changeset resolve` that decide on it.

    `text` says what it would do, `evidence` where that comes from.
    """

    name: str
    standing: OfferStanding
    text: str
    source: str
    evidence: tuple[str, ...]
    proposal: Proposed
    options: tuple[str, ...]


class Later(_Part, frozen=True, kw_only=True):
    """A question that is asked once the question `after` is answered, as far as it still matters then."""

    question: Question
    after: str


class Warned(_Part, frozen=True, kw_only=True):
    """A warning, with the row it is about."""

    n: int
    entity: str
    key: Key
    label: str | None = None
    warning: Warn


class FieldChange(_Part, frozen=True, kw_only=True):
    """A field's two sides; a create has no before, a delete no after. It may wait for a question or an operation."""

    field: str
    before: Json | UnsetType = UNSET
    after: Json | UnsetType = UNSET
    waits_for: str | int | None = None


class Chosen(_Part, frozen=True, kw_only=True):
    """A row, and the option of `bake changeset resolve` by which an operation is that row."""

    key: Key
    label: str
    option: str


class Step(_Part, frozen=True, kw_only=True):
    """An operation as it is now, field by field; `waits_for` is what it waits for as a whole.

    `perhaps` are the rows that it may turn out to be by the decision that it waits for, with what chooses each.
    """

    n: int
    action: ChangeAction
    entity: str
    key: Key
    label: str | None = None
    fields: tuple[FieldChange, ...]
    waits_for: str | int | None
    perhaps: tuple[Chosen, ...]
    from_: Runs = msgspec.field(name="from")
    warnings: tuple[Warn, ...]
    evidence: tuple[Evidence, ...] = ()


class Passed(_Part, frozen=True, kw_only=True):
    """Records that are skipped for one reason; `from` are the first of them."""

    entity: str
    reason: str
    records: int
    from_: Runs = msgspec.field(name="from")


class Noticed(_Part, frozen=True, kw_only=True):
    """What was noticed while building; `from` are the first of the records it concerns."""

    code: str
    message: str
    records: int
    from_: Runs = msgspec.field(name="from")


class Document(_Part, frozen=True, kw_only=True):
    """A changeset, ready to be shown: what matters most comes first."""

    heading: Heading
    state: State
    summary: tuple[Summary, ...]
    warnings: Listing[Warned]
    questions: Listing[Inquiry]
    later: Listing[Later] = Listing()
    proposals: Listing[Offer] = Listing()
    skips: Listing[Passed]
    notices: Listing[Noticed]
    operations: Listing[Step]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is listed."""
        listed = (self.warnings, self.questions, self.later, self.proposals, self.skips, self.notices, self.operations)
        return not any(one.total for one in listed)
