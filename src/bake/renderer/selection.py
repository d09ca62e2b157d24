"""What of a changeset is shown: which parts, of which entity and row, and which page of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bake.changeset.model import Change, Json, Key, Question
from bake.errors import UsageError
from bake.renderer.words import key_text

#: How many of everything that is listed are on a page.
PAGE = 50

#: The parts that can be chosen, by the action of their operations or, without one, as such.
PARTS: Mapping[str, str | None] = {
    "questions": None,
    "proposals": None,
    "warnings": None,
    "creates": "create",
    "updates": "update",
    "deletes": "delete",
    "skips": None,
    "notices": None,
}
_PART_OF = {action: part for part, action in PARTS.items() if action}


@dataclass(frozen=True)
class Selection:
    """What is shown; the counts are of everything in any case.

    Attributes:
        only: these parts (`PARTS`); all, if there are none.
        entity: what is about rows of this entity.
        where: what is about the row with this key, as it is shown, or as one of the values of a key.
        page: which page, from 1.
        limit: how much of everything that is listed is on a page; None for all.
    """

    only: frozenset[str] = field(default_factory=frozenset)
    entity: str | None = None
    where: str | None = None
    page: int = 1
    limit: int | None = PAGE

    @property
    def is_narrow(self) -> bool:
        """Whether there are operations that are not shown, on whatever page."""
        return bool(self.only) or self.is_of_rows

    @property
    def is_of_rows(self) -> bool:
        """Whether only what is about some rows is shown."""
        return self.entity is not None or self.where is not None

    @property
    def before(self) -> int:
        """How many of everything that is listed are on the pages before."""
        return (self.page - 1) * (self.limit or 0)

    @property
    def end(self) -> int | None:
        """How many are on this page and those before; None for all."""
        return None if self.limit is None else self.before + self.limit

    def has(self, part: str) -> bool:
        """Whether a part is shown."""
        return not self.only or part in self.only

    def has_change(self, change: Change, action: str) -> bool:
        """Whether an operation that does this is shown."""
        return self.has(_PART_OF[action]) and self.is_about(change.entity, change.key, change.label)

    def has_question(self, question: Question) -> bool:
        """Whether a question is shown."""
        return self.is_about(question.entity, question.key or question.lookup or {}, question.label)

    def is_about(self, entity: str, key: Key | None = None, label: str | None = None) -> bool:
        """Whether something is shown that is about this entity and, if it is about one row, this row."""
        if self.entity is not None and entity != self.entity:
            return False
        return self.where is None or (key is not None and _names(self.where, key, label))


FIRST_PAGE = Selection()
EVERYTHING = Selection(limit=None)


def selection(
    only: str | None = None,
    entity: str | None = None,
    where: str | None = None,
    page: int | None = None,
    *,
    everything: bool = False,
) -> Selection:
    """What is to be shown, as it was typed.

    Args:
        only: names of parts, with commas between them.
        entity: an entity.
        where: a key.
        page: a page.
        everything: all of it, unless a page was asked for.

    Raises:
        UsageError: there is no such part.
    """
    parts = frozenset(filter(None, (name.strip() for name in (only or "").split(","))))
    if unknown := sorted(parts - PARTS.keys()):
        raise UsageError(f"there is no part {unknown[0]!r} of a changeset", hint=f"choose among {', '.join(PARTS)}")
    return Selection(parts, entity, where, page or 1, None if everything and page is None else PAGE)


def _names(where: str, key: Key, label: str | None) -> bool:
    return where in (key_text(key), label) or where in _values(key)


def _values(key: Key) -> list[Json]:
    values: list[Json] = []
    for value in key.values():
        values += _values(value) if isinstance(value, dict) else [value]
    return values
