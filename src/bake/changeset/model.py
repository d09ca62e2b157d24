"""The values a changeset is made of. What each line and field means is said in docs/reference/changeset-format.md.

Operations are a closed set (`Operation`); so are the events (`Event`). All are frozen and compare by value.
A *row document* is a row as a JSON object: field name to canonical value (`bake.catalog.values`), references as the
natural key of the row they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

FORMAT = "bake.changeset/1"

#: A canonical JSON value. Numbers with a fraction or exponent are always `Decimal`, so that they stay exact.
Json: TypeAlias = Any

#: A row document, or a part of one.
Row: TypeAlias = dict[str, Json]

#: The natural key of a row, e.g. `{"slug": "king_arthur_ap_flour_5lb"}`; references in it are keys themselves.
Key: TypeAlias = dict[str, Json]

#: Record numbers (from 0, through the whole source), runs as "first-last": `[0, "4-9"]`.
Runs: TypeAlias = tuple[
    Annotated[int, msgspec.Meta(ge=0)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}-[0-9]{1,18}$")], ...
]

#: What an operation waits for: JSON pointer into its row ("" is the whole) to a question's id or an operation's number.
Needs: TypeAlias = dict[str, str | int]

#: What the options of decisions make of an operation: a question's id to an option's name to its outcome.
Outcomes: TypeAlias = "dict[str, dict[str, Outcome]]"

#: The name under which outcomes say what a value that is given by itself makes of an operation, beside its field.
OTHERWISE = ""

#: Which rows an operation means, beside their keys: JSON pointer into its row ("" is the whole) to a row's uuid.
Uuids: TypeAlias = dict[str, str]

#: How sure somebody is of something, from 0 to 1.
Confidence: TypeAlias = Decimal

#: Numbers by entity and action.
Counts: TypeAlias = Mapping[str, Mapping[str, int]]

Mode: TypeAlias = Literal["merge", "skip-existing", "mirror"]
QuestionKind: TypeAlias = Literal[
    "missing", "ambiguous", "identity", "conflict", "invalid", "duplicate", "decision", "columns"
]
Choice: TypeAlias = Literal["create", "map", "skip", "value", "omit", "keep", "file", "database", "take", "choose"]

#: What a warning is about, the most important first; that is the order in which warnings are shown.
WarningCode: TypeAlias = Literal["duplicate", "lookalike", "key_change", "mistake", "outlier", "check"]


class _Value(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A part of a line: immutable, compared by value, its defaults not written."""


class Section(_Value, frozen=True, kw_only=True):
    """One array of records in a source of several: where its records begin in the numbering, and what they are."""

    name: str
    records: int
    entity: str | None = None


class ReadAs(_Value, frozen=True, kw_only=True):
    """How a source is to be read, where the file does not say it.

    Attributes:
        encoding: the encoding of a text, as Python calls it: `utf-8`, `windows-1252`.
        sheet: the sheet of a workbook.
        header: the line, or the row of a workbook, on which the header of a sheet stands, from 1.
        as_is: whether texts are kept as they are, with their blanks and in their Unicode form.
    """

    encoding: str | None = None
    sheet: str | None = None
    header: int | None = None
    as_is: bool = False


class Source(_Value, frozen=True, kw_only=True):
    """What the changeset was compiled from.

    `columns` and `values` say how it was read, where its columns have other names than those of the view: by its own
    name of a column, the view's (null: it is left out); by the view's column, the value of all records.
    """

    name: str
    path: str | None = None
    sha256: str
    kind: str
    view: str | None = None
    records: int
    sections: tuple[Section, ...] = ()
    export_id: str | None = None
    read_as: ReadAs | None = None
    columns: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    values: Row = msgspec.field(default_factory=dict)


class CatalogStamp(_Value, frozen=True, kw_only=True):
    """Which catalog compiled the changeset; the fingerprint changes with everything that changes a compilation."""

    name: str
    fingerprint: str


#: The kind of the source of a changeset that undoes another one; that one's digest stands for the source's.
REVERT = "revert"

#: The `base` of a header where no export id is known, and each record says what it was exported with.
BY_RECORDS = "_base"


class Header(_Value, frozen=True, kw_only=True, tag_field="type", tag="header"):
    """The first line."""

    format: str
    source: Source
    catalog: CatalogStamp
    mode: Mode
    strict: bool = False
    base: str | None = None
    built_at: str
    built_by: str

    @property
    def reverts(self) -> str | None:
        """The digest of the changeset that this one undoes, if that is what it was made for."""
        return f"sha256:{self.source.sha256}" if self.source.kind == REVERT else None


class Test(_Value, frozen=True, kw_only=True, tag_field="op", tag="test"):
    """RFC 6902 `test`: the before-value of a field, and so the precondition of the change to it."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    path: str
    value: Json


class Replace(_Value, frozen=True, kw_only=True, tag_field="op", tag="replace"):
    """RFC 6902 `replace`: the after-value of a field."""

    path: str
    value: Json


Patch: TypeAlias = tuple[Test | Replace, ...]


class Add(_Value, frozen=True, kw_only=True, tag_field="op", tag="add"):
    """RFC 6902 `add`: a member that an amended operation did not have."""

    path: str
    value: Json


class Remove(_Value, frozen=True, kw_only=True, tag_field="op", tag="remove"):
    """RFC 6902 `remove`: a member that an amended operation does not have any more."""

    path: str


#: An RFC 6902 patch on an operation.
Amendment: TypeAlias = tuple[Test | Add | Replace | Remove, ...]


class Warn(_Value, frozen=True, kw_only=True):
    """What fits but looks wrong, on the operation that would write it.

    `factor` says of an outlier how many times larger or smaller it is than the number before.
    """

    field: str
    message: str
    code: WarningCode = "check"
    factor: int | None = None


class Evidence(_Value, frozen=True, kw_only=True):
    """Where a value comes from, as whoever gives it says; nothing follows from it by itself.

    Attributes:
        field: the field that it is about; None if it is about all of it.
        source: the name of the source, such as that of an image.
        url: the address at which it was found.
        quote: what stands there, word for word.
        confidence: how sure whoever gives it is, from 0 to 1.
    """

    field: str | None = None
    source: str | None = None
    url: str | None = None
    quote: str | None = None
    confidence: Confidence | None = None


class Candidate(_Value, frozen=True, kw_only=True):
    """A row that a question might mean. For `identity`, `patch` is what would change; `uuids` are of its places.

    `operation` is the number of the operation that creates it, where a record may be about the row of an earlier one.
    """

    key: Key
    label: str
    score: Decimal | None = None
    why: str | None = None
    patch: Patch = ()
    uuids: Uuids = msgspec.field(default_factory=dict)
    operation: int | None = None


class Outcome(_Value, frozen=True, kw_only=True):
    """What one option of a decision makes of one operation. Of several parts, they are carried out in this order.

    What an operation is as a whole may hang on several decisions: an outcome then has outcomes of the next one.

    Attributes:
        skip: nothing is done, for this reason.
        taken: with `skip`, the number of the operation about the same row that counts instead: what refers to the row
            that this one would have created refers to that one's.
        same_as: a create becomes the update of this row, with the candidate's patch; an empty patch, a skip.
        omit: these fields are left alone.
        values: these fields get these values; a field of an update is one that its patch changes.
        needs: what the operation then waits for, beside what it waited for already.
        outcomes: what the options of further decisions then make of it.
        for_all: the outcome is right only where the option is chosen for all that ask, not for this operation alone:
            another one may be about the same row.
    """

    skip: str | None = None
    taken: int | None = None
    same_as: Candidate | None = None
    omit: tuple[str, ...] = ()
    values: Row = msgspec.field(default_factory=dict)
    needs: Needs = msgspec.field(default_factory=dict)
    outcomes: Outcomes = msgspec.field(default_factory=dict)
    for_all: bool = False


class _Operation(_Value, frozen=True, kw_only=True, tag_field="action"):
    """A line begins with what people read: the row, then what changes; each operation ends with its number."""

    entity: str


class Create(_Operation, frozen=True, kw_only=True, tag="create"):
    """Insert a row. Precondition: no row has this key.

    `derived` are the fields that were made of others of which some wait for an answer; they are made again then.
    """

    label: str | None = None
    key: Key
    values: Row
    warnings: tuple[Warn, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    needs: Needs = msgspec.field(default_factory=dict)
    from_: Runs = msgspec.field(default=(), name="from")
    outcomes: Outcomes = msgspec.field(default_factory=dict)
    uuids: Uuids = msgspec.field(default_factory=dict)
    derived: tuple[str, ...] = ()
    n: int


class Update(_Operation, frozen=True, kw_only=True, tag="update"):
    """Change fields of one row. Preconditions: the row is there, and each `test` holds."""

    label: str | None = None
    key: Key
    patch: Patch
    warnings: tuple[Warn, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    needs: Needs = msgspec.field(default_factory=dict)
    from_: Runs = msgspec.field(default=(), name="from")
    outcomes: Outcomes = msgspec.field(default_factory=dict)
    uuids: Uuids = msgspec.field(default_factory=dict)
    n: int


class Delete(_Operation, frozen=True, kw_only=True, tag="delete"):
    """Remove a row. Precondition: it still is what `before` says, field by field."""

    label: str | None = None
    key: Key
    before: Row
    warnings: tuple[Warn, ...] = ()
    needs: Needs = msgspec.field(default_factory=dict)
    from_: Runs = msgspec.field(default=(), name="from")
    outcomes: Outcomes = msgspec.field(default_factory=dict)
    uuids: Uuids = msgspec.field(default_factory=dict)
    n: int


class Skip(_Operation, frozen=True, kw_only=True, tag="skip"):
    """Do nothing with these records, and say why."""

    reason: str
    from_: Runs = msgspec.field(default=(), name="from")
    n: int


Operation: TypeAlias = Create | Update | Delete | Skip
Change: TypeAlias = Create | Update | Delete


class Option(_Value, frozen=True, kw_only=True):
    """One way to decide for many records at once.

    Attributes:
        name: what is typed to choose it.
        label: what it means, for people.
        records: how many of the operations that ask it fits.
        example: what it makes of one of them, for people.
    """

    name: str
    label: str
    records: int = 0
    example: str | None = None


class SourceColumn(_Value, frozen=True, kw_only=True):
    """A column of a source, or a value that a source gives for all of its records, as a question shows it.

    Attributes:
        name: as the source has it.
        samples: the first different values.
        field: the column of the view that it is proposed to be; None if nothing is known of it.
        why: what speaks for that, for people.
        others: further columns of the view that it may be, the best first.
        value: it is no column, but one value for all records (its only sample).
    """

    name: str
    samples: tuple[str, ...] = ()
    field: str | None = None
    why: str | None = None
    others: tuple[str, ...] = ()
    value: bool = False


class Question(_Value, frozen=True, kw_only=True, tag_field="type", tag="question"):
    """An unresolved entry. Which fields it fills depends on its kind; see docs/reference/changeset-format.md.

    `more` is how many rows it might mean beside its candidates.
    """

    id: str
    kind: QuestionKind
    entity: str
    field: str | None = None
    key: Key | None = None
    label: str | None = None
    lookup: Key | None = None
    value: Json | UnsetType = UNSET
    problem: str | None = None
    warning: WarningCode | None = None
    base: Json | UnsetType = UNSET
    current: Json | UnsetType = UNSET
    where: str | None = None
    asked_by: Runs = ()
    candidates: tuple[Candidate, ...] = ()
    more: int = 0
    options: tuple[Option, ...] = ()
    columns: tuple[SourceColumn, ...] = ()
    lacking: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    record: Row = msgspec.field(default_factory=dict)
    doubt: tuple[str, ...] = ()
    told: Row = msgspec.field(default_factory=dict)

    @property
    def takes_single_answers(self) -> bool:
        """Whether an answer may be for one operation alone, where it outweighs the answer for all that ask."""
        return self.kind in ("invalid", "decision")


class Notice(_Value, frozen=True, kw_only=True):
    """Something that was noticed while building and needs no answer; `from` are the records it concerns."""

    code: str
    message: str
    from_: Runs = msgspec.field(default=(), name="from")


class Built(_Value, frozen=True, kw_only=True, tag_field="type", tag="built"):
    """Closes the build: the counts by entity and action, and the digest of all lines before it."""

    counts: Counts
    notices: tuple[Notice, ...] = ()
    digest: str


class _Event(_Value, frozen=True, kw_only=True, tag_field="type"):
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


class Entailed(_Value, frozen=True, kw_only=True):
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


class ProposedAnswer(_Value, frozen=True, kw_only=True):
    """The answer that is proposed, in the fields of `bake.resolution.answers.Answer`."""

    question: str
    choice: Choice
    key: Key | None = None
    values: Row | None = None
    value: Json | UnsetType = UNSET
    option: str | None = None
    operation: int | None = None


class ProposedAmendment(_Value, frozen=True, kw_only=True):
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


class PolicyMark(_Value, frozen=True, kw_only=True):
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


class Merged(_Value, frozen=True, kw_only=True, tag_field="type", tag="merged"):
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
