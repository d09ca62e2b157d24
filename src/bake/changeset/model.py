"""The operations and questions of a changeset. What each line and field means: docs/reference/changeset-format.md.

Operations are a closed set (`Operation`); so are the events (`bake.changeset.events`). All are frozen and compare by
value. A *row document* is a row as a JSON object: field name to canonical value (`bake.catalog.values`), references as
the natural key of the row they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

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

#: What an operation waits for, by JSON pointer into its row ("" is the whole row): the id of a question, or the number
#: of the operation that creates the row to which a reference refers.
Needs: TypeAlias = dict[str, str | int]

#: What the options of decisions make of an operation, by the id of the question, then by the name of the option.
Outcomes: TypeAlias = "dict[str, dict[str, Outcome]]"

#: The name, in the place of an option's, of the outcome that is carried out beside an answer that is a value.
OTHERWISE = ""

#: The uuids of the rows that an operation names by key, by JSON pointer into its row ("" is the row itself).
Uuids: TypeAlias = dict[str, str]

#: How sure the author of a proposal or of evidence is, from 0 to 1.
Confidence: TypeAlias = Decimal

#: Numbers of operations, by entity and action.
Counts: TypeAlias = Mapping[str, Mapping[str, int]]

Mode: TypeAlias = Literal["merge", "skip-existing", "mirror"]
QuestionKind: TypeAlias = Literal[
    "missing", "ambiguous", "identity", "conflict", "invalid", "duplicate", "decision", "columns"
]
Choice: TypeAlias = Literal["create", "map", "skip", "value", "omit", "keep", "file", "database", "take", "choose"]

#: What a warning is about, the most important first; that is the order in which warnings are shown.
WarningCode: TypeAlias = Literal["duplicate", "lookalike", "key_change", "mistake", "outlier", "check"]


class LinePart(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A part of a line: immutable, compared by value, its defaults not written."""


class Test(LinePart, frozen=True, kw_only=True, tag_field="op", tag="test"):
    """RFC 6902 `test`: the before-value of a field, and so the precondition of the change to it."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    path: str
    value: Json


class Replace(LinePart, frozen=True, kw_only=True, tag_field="op", tag="replace"):
    """RFC 6902 `replace`: the after-value of a field."""

    path: str
    value: Json


Patch: TypeAlias = tuple[Test | Replace, ...]


class Add(LinePart, frozen=True, kw_only=True, tag_field="op", tag="add"):
    """RFC 6902 `add`: a member that an amended operation did not have."""

    path: str
    value: Json


class Remove(LinePart, frozen=True, kw_only=True, tag_field="op", tag="remove"):
    """RFC 6902 `remove`: a member that an amended operation does not have any more."""

    path: str


#: An RFC 6902 patch on an operation.
Amendment: TypeAlias = tuple[Test | Add | Replace | Remove, ...]


class Warn(LinePart, frozen=True, kw_only=True):
    """A warning of a value that an operation writes: it fits the field, but looks wrong.

    Attributes:
        field: the field.
        message: the warning, for people.
        code: what it is about.
        factor: of an outlier, how many times larger or smaller it is than the number before.
    """

    field: str
    message: str
    code: WarningCode = "check"
    factor: int | None = None


class Evidence(LinePart, frozen=True, kw_only=True):
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


class Candidate(LinePart, frozen=True, kw_only=True):
    """A row that may be the answer to a question.

    Attributes:
        key: the key of the row.
        label: the row in words.
        score: how similar it is to what the question looks for, from 0 to 1.
        why: in what it is similar.
        patch: for `identity`, what the operation that asks would change in the row.
        uuids: the uuids of the row, and of those to which the patch refers.
        operation: the number of the operation that creates the row, if it is created by this changeset.
    """

    key: Key
    label: str
    score: Decimal | None = None
    why: str | None = None
    patch: Patch = ()
    uuids: Uuids = msgspec.field(default_factory=dict)
    operation: int | None = None


class Outcome(LinePart, frozen=True, kw_only=True):
    """What one option of a decision makes of one operation; its parts are carried out in the order of the attributes.

    If the operation depends on several decisions, the outcomes of the next one are nested in that of the first.

    Attributes:
        skip: the operation becomes a skip, for this reason.
        taken: with `skip`, the number of the operation about the same row that counts instead; references to the row
            that this operation would have created then need that one.
        same_as: a create becomes the update of this row, with the candidate's patch; with an empty patch, a skip.
        omit: the fields that are left out.
        values: the values that fields get; of an update, fields that its patch changes.
        needs: the needs that are added to those of the operation.
        outcomes: the outcomes of the decisions among these needs.
        for_all: whether the option can only be chosen for all operations that ask, since another one may be about the
            same row.
    """

    skip: str | None = None
    taken: int | None = None
    same_as: Candidate | None = None
    omit: tuple[str, ...] = ()
    values: Row = msgspec.field(default_factory=dict)
    needs: Needs = msgspec.field(default_factory=dict)
    outcomes: Outcomes = msgspec.field(default_factory=dict)
    for_all: bool = False


class _Operation(LinePart, frozen=True, kw_only=True, tag_field="action"):
    """A line begins with what people read: the row, then what changes; each operation ends with its number."""

    entity: str


class Create(_Operation, frozen=True, kw_only=True, tag="create"):
    """Insert a row. Precondition: no row has this key.

    `derived` names the key fields that are derived from fields which wait for an answer; they are derived again then.
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


class Option(LinePart, frozen=True, kw_only=True):
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


class SourceColumn(LinePart, frozen=True, kw_only=True):
    """A column of a source, or a value that a source gives for all of its records, as a question shows it.

    Attributes:
        name: its name in the source.
        samples: its first different values.
        field: the column of the view that is proposed for it; None if there is none.
        why: the reason of the proposal, for people.
        others: further columns of the view that it may be, the most likely first.
        value: whether it is no column, but one value for all records (its only sample).
    """

    name: str
    samples: tuple[str, ...] = ()
    field: str | None = None
    why: str | None = None
    others: tuple[str, ...] = ()
    value: bool = False


class Question(LinePart, frozen=True, kw_only=True, tag_field="type", tag="question"):
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


class Notice(LinePart, frozen=True, kw_only=True):
    """Something that was noticed while building and needs no answer; `from` are the records it concerns."""

    code: str
    message: str
    from_: Runs = msgspec.field(default=(), name="from")


class Built(LinePart, frozen=True, kw_only=True, tag_field="type", tag="built"):
    """Closes the build: the counts by entity and action, and the digest of all lines before it."""

    counts: Counts
    notices: tuple[Notice, ...] = ()
    digest: str
