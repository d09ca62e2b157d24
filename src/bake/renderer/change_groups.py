"""The changes of a changeset, summed up in one pass: deletes, changed keys, numbers that change most, what is alike.

Operations that do the same to the same fields are one group, however many there are. No operations are held but a few,
and these only as they are shown.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from bake.changeset.model import Change, Create, Delete, Json, Test, Update
from bake.renderer.document_parts import FieldChange, Step
from bake.renderer.fitting import Held
from bake.renderer.patch_steps import step
from bake.renderer.words import json_text, value_text

#: How many operations of a group are shown.
SAMPLES = 3
#: How many of the numbers that change most are shown.
LARGEST = 20
#: How many different values of a field of a group are counted.
_VALUES = 100
#: How many groups there are; what is alike in yet another way is in one group.
_GROUPS = 400
_LONG = 200
_NUMBERS = (Decimal, int)


@dataclass(slots=True)
class Values:
    """How often the first different values of a field are written. The counts are exact."""

    counts: dict[Json, int] = field(default_factory=dict)
    texts: dict[Json, str] = field(default_factory=dict)

    def add(self, value: Json) -> None:
        """Count a value; of too many different ones, those that come later are not counted."""
        name = _name(value)
        counted = self.counts.get(name)
        if counted is not None:
            self.counts[name] = counted + 1
        elif len(self.counts) < _VALUES:
            self.counts[name], self.texts[name] = 1, value_text(value)

    def most(self) -> tuple[str, int]:
        """The value that is written most often of these, as it is shown, and how often."""
        name = max(self.counts, key=lambda one: self.counts[one])
        return self.texts[name], self.counts[name]


@dataclass(slots=True)
class Group:
    """Operations that do the same to the same fields.

    Attributes:
        entity: of their rows.
        action: `create` or `update`.
        fields: what updates write; of creates, and of a group of all that is left, nothing.
        rows: how many they are.
        samples: the first of them, as they are shown.
        values: what is written, by field.
    """

    entity: str
    action: str
    fields: tuple[str, ...]
    rows: int = 0
    samples: list[str] = field(default_factory=list)
    values: dict[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberChange:
    """A number that an update changes, and how many times larger or smaller it becomes."""

    step: Step
    change: FieldChange
    times: float

    @property
    def grows(self) -> bool:
        """Whether it becomes larger, its sign left out of account."""
        return bool(abs(Decimal(str(self.change.after))) > abs(Decimal(str(self.change.before))))


class ChangeGroups:
    """The changes so far.

    Args:
        budget: how many bytes of each kind are held.
        whole: how an operation is shown whole.
        brief: how it is shown as one of many.
    """

    def __init__(self, budget: int, whole: Callable[[Step], str], brief: Callable[[Step], str]) -> None:
        self.deletes, self.keys = Held(budget), Held(budget)
        self.numbers = 0
        self._whole, self._brief = whole, brief
        self._groups: dict[tuple[str, ...], Group] = {}
        self._largest: list[tuple[float, int, str, Update]] = []

    def add(self, operation: Change) -> None:
        """Take in an operation, as it is now."""
        match operation:
            case Update():
                self._update(operation)
            case Create():
                self._group(operation, (), operation.values)
            case Delete():
                self.deletes.add(lambda: self._whole(step(operation)))

    def groups(self) -> list[Group]:
        """What is alike, the most frequent first; deletes and changed keys are not among it."""
        return sorted(self._groups.values(), key=lambda group: -group.rows)

    def largest(self) -> list[NumberChange]:
        """The numbers that change most, the largest change first."""
        found = []
        for times, _, name, update in sorted(self._largest, key=lambda one: (-one[0], -one[1])):
            shown = step(update)
            found += [NumberChange(shown, change, times) for change in shown.fields if change.field == name]
        return found

    def _update(self, update: Update) -> None:
        written: dict[str, Json] = {}
        before: Json = None
        for part in update.patch:
            if isinstance(part, Test):
                before = part.value
                continue
            name = part.path[1:]
            written[name] = part.value
            if isinstance(before, _NUMBERS) and isinstance(part.value, _NUMBERS):
                self._number(update, name, before, part.value)
        if not written.keys().isdisjoint(update.key):
            self.keys.add(lambda: self._whole(step(update)))
        elif written:
            self._group(update, tuple(written), written)

    def _number(self, update: Update, name: str, before: Decimal | int, after: Decimal | int) -> None:
        if isinstance(before, bool) or isinstance(after, bool):
            return
        self.numbers += 1
        times, largest = _times(before, after), self._largest
        if len(largest) < LARGEST:
            heapq.heappush(largest, (times, -self.numbers, name, update))
        elif times > largest[0][0]:  # of two that are equal, the first one in the file is shown
            heapq.heapreplace(largest, (times, -self.numbers, name, update))

    def _group(self, operation: Create | Update, fields: tuple[str, ...], written: dict[str, Json]) -> None:
        action = "update" if fields else "create"
        group = self._groups.get((operation.entity, action, *fields))
        if group is None:
            group = self._new_group(operation.entity, action, fields)
        group.rows += 1
        if len(group.samples) < SAMPLES:
            group.samples.append(self._brief(step(operation)))
        known = group.values
        for name, value in written.items():
            values = known.get(name)
            if values is None:
                values = known[name] = Values()
            values.add(value)

    def _new_group(self, entity: str, action: str, fields: tuple[str, ...]) -> Group:
        """A group of its own, or the one for all that is left, if there are many."""
        if len(self._groups) < _GROUPS:
            return self._groups.setdefault((entity, action, *fields), Group(entity, action, fields))
        return self._groups.setdefault((), Group("", "update", ()))


def _name(value: Json) -> Json:
    """What tells values apart: 1 and true, 5 and "5" are different ones; of a long text not all is held."""
    if type(value) is str:
        return value if len(value) <= _LONG else (len(value), hash(value), value[:_LONG])
    return (json_text(value),)


def _times(before: Decimal | int, after: Decimal | int) -> float:
    """How many times larger or smaller a number becomes; infinite if it is or becomes 0, or changes its sign."""
    try:
        times = float(after) / float(before)
    except (OverflowError, ZeroDivisionError):
        return float("inf")
    return max(times, 1 / times) if times > 0 else float("inf")
