"""Which operations may be compared with some that answers decided: found without looking at all of them each time.

An operation *claims* a row that is here, or the natural key of a new one (`bake.compiler.answers.rivals`). What it
claims as built never changes, so that it is held. Answers can change the parts of a key that wait for them, and all of
it where a row question or an option is left to decide, or the operation was replaced, or got values by what answers
entail.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from bake.catalog.entity import Entity, Nested
from bake.catalog.lookups import frozen
from bake.changeset.decisions import Decisions
from bake.changeset.model import Change, Create, Operation, Skip
from bake.changeset.operation_index import OperationLookup
from bake.changeset.pointers import field_of

#: Names of fields.
_Pattern: TypeAlias = tuple[str, ...]
_ROW: _Pattern = ("",)


class ClaimIndex:
    """What the operations of a changeset claim as built: 16 bytes for each claim, held from the first use on.

    Args:
        operations: as built.
    """

    def __init__(self, operations: OperationLookup) -> None:
        self._operations = operations
        self._entities: dict[str, _Claims] = {}

    def compared_with(
        self, item: Entity, nested: Nested | None, decided: Iterable[Change], decisions: Decisions
    ) -> Iterator[Operation]:
        """All operations that `Entailment.of` has to compare with some, and perhaps others, as built.

        Args:
            item: the entity.
            nested: how its rows stand in lists.
            decided: the operations, with their answers.
            decisions: the decisions by now.
        """
        if item.compared or (nested is not None and nested.numbered):
            return (one for one in self._operations.operations() if one.entity == item.name)
        if item.name not in self._entities:
            self._entities[item.name] = _Claims(item, self._operations.operations())
        found = self._entities[item.name].found(decided)
        numbers = sorted({*found, *decisions.replaced, *decisions.derived})
        return (one for one in self._operations.numbered(numbers) if one.entity == item.name)


class _Claims:
    """The claims of the operations of one entity, each by the hash of the parts of it that no answer changes.

    Which parts these are is a *pattern*: the fields of a key, or `_ROW` for the key of a row that is here. What has
    another hash under the pattern of a claim is another claim.
    """

    def __init__(self, item: Entity, operations: Iterable[Operation]) -> None:
        self._hashes, self._numbers, self._undecided = array("q"), array("q"), array("q")
        self._patterns: set[_Pattern] = set()
        for one in operations:
            if one.entity == item.name and not isinstance(one, Skip):
                self._add(item, one)

    def found(self, decided: Iterable[Change]) -> set[int]:
        """The numbers of the operations that may claim what one of these claims."""
        wanted = {_hash(one, pattern) for one in decided for pattern in self._patterns if _has(one, pattern)}
        those = (n for known, n in zip(self._hashes, self._numbers, strict=True) if known in wanted)
        return {*self._undecided, *those}

    def _add(self, item: Entity, one: Change) -> None:
        if one.outcomes or "" in one.needs:
            self._undecided.append(one.n)
            return
        waiting = {field_of(path) for path in one.needs}
        keys = (tuple(name for name in key if name not in waiting) for key in item.keys)
        for pattern in keys if isinstance(one, Create) else (_ROW,):
            self._patterns.add(pattern)
            self._hashes.append(_hash(one, pattern))
            self._numbers.append(one.n)


def _has(one: Change, pattern: _Pattern) -> bool:
    return (pattern == _ROW) is not isinstance(one, Create)


def _hash(one: Change, pattern: _Pattern) -> int:
    """The hash of what an operation claims, as far as a pattern goes."""
    claimed = {name: one.values.get(name) for name in pattern} if isinstance(one, Create) else one.key
    return hash((pattern, frozen(claimed)))
