"""Operations that answers have made about one row, and which cannot all be applied.

Two updates of a row are rivals if they write a field in common, whatever they write; and so are two creates with the
same natural key, and an update and a delete of a row: in mode `mirror`, that no record seemed to be about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from bake.catalog.entity import Entity, Nested
from bake.catalog.lookups import Frozen, complete, frozen
from bake.catalog.names import enumerated
from bake.changeset.model import Change, Create, Delete, Key, Question
from bake.changeset.patch import written
from bake.changeset.runs import runs

#: Gives a question an id: takes the entity, and what it is about.
GiveId = Callable[[str, Key], str]

#: Whether it is the key of a new row, and the key.
Claim: TypeAlias = tuple[bool, Frozen]


class Rivals:
    """Finds the rivals of operations of one entity."""

    def __init__(self, item: Entity, nested: Nested | None, decided: Iterable[Change]) -> None:
        """Prepare.

        Args:
            item: the entity.
            nested: how its rows stand in lists, if they are numbered there: they get another number.
            decided: the operations.
        """
        self._item = item
        self._nested = nested
        self._decided = {one.n: one for one in decided}
        self._claims: dict[Claim, list[Change]] = {
            claim: [] for one in self._decided.values() for claim in claims(item, nested, one)
        }

    def add(self, other: Change) -> None:
        """Note an operation, which may be a rival of one of them, or one of them."""
        for claim in claims(self._item, self._nested, other) if self._claims else ():
            if claim in self._claims:
                self._claims[claim].append(self._decided.get(other.n, other))  # held once

    def questions(self, give_id: GiveId) -> Iterator[Question]:
        """The questions which of them counts; each operation is in one of them."""
        asked: set[int] = set()
        for claimants in self._claims.values():
            if rivals := _rivals([one for one in claimants if one.n not in asked]):
                asked.update(one.n for one in rivals)
                yield Question(
                    id=give_id(self._item.name, {"rivals": rivals[0].key}),
                    kind="duplicate",
                    entity=self._item.name,
                    key=rivals[0].key,
                    problem=f"by the answers they are about one row, and {_difference(rivals)}",
                    asked_by=runs(sorted(one.n for one in rivals)),
                )


def claims(item: Entity, nested: Nested | None, one: Change) -> Iterator[Claim]:
    """What only one operation of an entity can have: a row that is here, or a natural key of a new one."""
    if not isinstance(one, Create):
        yield False, frozen(one.key)
        return
    for key in item.keys:
        if (nested is None or nested.numbered not in key) and complete(item, key, one.values):
            yield True, frozen({name: one.values.get(name) for name in key})


def _rivals(claimants: Sequence[Change]) -> Sequence[Change]:
    """Those of some operations with one claim that write a field in common; all, if one of them deletes the row."""
    if len(claimants) > 1 and any(isinstance(one, Delete) for one in claimants):
        return claimants
    writers = Counter(name for one in claimants for name in written(one))
    return [one for one in claimants if any(writers[name] > 1 for name in written(one))]


def _difference(rivals: Sequence[Change]) -> str:
    """What some rivals say of their row, as part of a sentence."""
    if any(isinstance(one, Delete) for one in rivals):
        return "one deletes it"
    said: defaultdict[str, set[object]] = defaultdict(set)
    for one in rivals:
        for name, value in written(one).items():
            if name != "uuid":  # every new row has its own
                said[name].add(frozen({name: value}))
    differing = [name for name, values in said.items() if len(values) > 1]
    return f"say different things of it: {enumerated(differing)}" if differing else "say the same of it"
