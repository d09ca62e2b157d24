"""What `bake.compare` and `bake.collisions` return: in what two changesets differ, and whether both can be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from bake.catalog.values import Json
    from bake.changeset.file import Changeset
    from bake.changeset.model import Key


#: Which of two changesets is to be applied first; `neither`: once one is applied, the other cannot be.
First: TypeAlias = Literal["before", "after", "neither"]
Order: TypeAlias = Literal["any", "before", "after", "neither"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in which two versions of a changeset differ.

    Attributes:
        path: what differs: the name of a written field, `expects FIELD`, `waits for FIELD`, `action`, or a member of
            the header.
        kind: `added` or `removed` if only the second or only the first version has a value; the value may be null.
        before: the value in the first version; None if it has none.
        after: the value in the second version; None if it has none.
    """

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class ChangedOperation:
    """A row for which two versions of a changeset have different operations: entity, key, and the differences."""

    entity: str
    key: Key
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of `bake.compare`: the differences between two versions of a changeset.

    Attributes:
        before: the first version.
        after: the second version.
        header: differences of the headers: the source, and the options of the build.
        added: the operations that only the second version has: action, entity and key of each.
        removed: those that only the first version has.
        changed: rows for which both versions have an operation, but not the same.
        skipped: differences in how many records are skipped, by entity and reason.
        opened: the texts of the questions that are open only in the second version.
        closed: the texts of the questions that are open only in the first version.
    """

    before: Changeset
    after: Changeset
    header: tuple[Difference, ...] = ()
    added: tuple[tuple[str, str, Key], ...] = ()
    removed: tuple[tuple[str, str, Key], ...] = ()
    changed: tuple[ChangedOperation, ...] = ()
    skipped: tuple[Difference, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the versions do not differ."""
        differs = (
            self.header or self.added or self.removed or self.changed or self.skipped or self.opened or self.closed
        )
        return not differs


@dataclass(frozen=True, slots=True)
class Collision:
    """A row about which two changesets do not commute.

    Attributes:
        entity: what kind of row.
        key: the key in question.
        fields: which fields of it.
        first: which of the changesets has to be applied first.
        why: in a sentence.
    """

    entity: str
    key: Key
    fields: tuple[str, ...]
    first: First
    why: str


@dataclass(frozen=True, slots=True)
class Collisions:
    """The result of `bake.collisions`.

    Attributes:
        before: the one changeset.
        after: the other one.
        items: the rows about which they do not commute.
        undecided: how many questions are open in the two: what comes of their answers was not compared.
    """

    before: Changeset
    after: Changeset
    items: tuple[Collision, ...] = ()
    undecided: int = 0

    @property
    def order(self) -> Order:
        """In which order both can be applied: any, the one first, or only one of them."""
        firsts = {item.first for item in self.items}
        if "neither" in firsts or len(firsts) > 1:
            return "neither"
        return firsts.pop() if firsts else "any"
