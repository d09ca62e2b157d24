"""Batches compiled by helpers, who know nothing of the other batches.

A helper compiles a batch as if it were all there is. What comes of that stands, if nothing is asked in it, and if no
other batch speaks of the rows that it speaks of, or of keys that it gives to new ones; then its operations only need
their numbers. Of any other batch the helper gives what it recognised, and the rest is done where all batches are known.
So who compiles a batch changes nothing but how long it takes; a law in tests/laws holds that.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TypeAlias

from bake.changeset.codec import Unnumbered, encoded, numbered
from bake.changeset.writing import Encoded
from bake.compiler.arrivals import Arrivals
from bake.compiler.batch import Batches
from bake.compiler.binding import Binding
from bake.compiler.duplicates import Claims
from bake.compiler.notices import Notices
from bake.compiler.recognition import Recognition, Sorted
from bake.compiler.scope import Scope
from bake.compiler.tally import Tally
from bake.sources.model import Batch, Section

#: How many records a section has at least for it to be worth a helper's while.
MANY = 20_000

#: What helpers did of a section, batch by batch; None of a batch that is not theirs, or that none of them did.
Ahead: TypeAlias = Callable[[Section], Iterator[bytes | None]]


def nobody(_section: Section) -> Iterator[None]:
    """No helpers."""
    return repeat(None)


@dataclass(slots=True)
class Part:
    """A batch that was compiled by itself: its operations, encoded but for their numbers, and what it adds up to."""

    operations: list[Unnumbered]
    tally: Tally
    notices: Notices
    claims: Claims


def can_be_shared(scope: Scope, section: Section) -> bool:
    """Whether batches of a section can be compiled by themselves, and are worth it.

    They cannot where records may refer to rows that others create, or ids of the source name rows of the source.
    """
    entities = {section.view.entity for section in scope.source.sections if section.view}
    apart = not scope.ids_are_its_own and scope.base is None and scope.named.isdisjoint(entities)
    return section.view is not None and section.records >= MANY and apart


def shares(scope: Scope, sections: Sequence[Section], turn: int, of: int) -> Iterator[bytes]:
    """What one helper gives: every so many-th batch of the sections that can be shared.

    Args:
        scope: the compilation, with a source and a snapshot of the helper's own.
        sections: in the order in which they are compiled.
        turn: which of the batches the helper's first is.
        of: how many workers take turns.
    """
    for section in sections:
        if section.view is not None and can_be_shared(scope, section):
            binding = Binding(scope.catalog, section.view)
            helper = _Helper(scope, binding)
            for batch in islice(scope.source.batches(section, scope.options.batch), turn, None, of):
                scope.trim()
                yield pickle.dumps(helper.compile(batch), pickle.HIGHEST_PROTOCOL)


class _Helper:
    """Compiles batches of one section, each by itself."""

    def __init__(self, scope: Scope, binding: Binding) -> None:
        self._scope = scope
        self._binding = binding
        self._recognition, self._arrivals = Recognition(scope, binding), Arrivals(scope, binding)

    def compile(self, batch: Batch) -> Part | Sorted:
        """What can be said of a batch by itself."""
        records = self._recognition.sort(batch)
        rest = list(records.rest)
        scope, tally = self._scope.begun_anew(), Tally()
        operations, waiting = Batches(scope, tally).compile(self._binding, self._arrivals.sort(records), frozenset())
        lines = []
        for operation in operations:
            tally.count(operation)
            lines.append(encoded(operation))
        if waiting or scope.questions or scope.claims.unsure or self._may_have_likes(tally):
            records.rest, records.new = rest, []
            return records
        return Part(lines, tally, scope.notices, scope.claims)

    def _may_have_likes(self, tally: Tally) -> bool:
        """Whether there are new rows that may be told from those of other batches by nothing."""
        item = self._binding.entity
        return bool(item.lookalike) and "create" in tally.counts.get(item.name, {})


def received(packed: bytes | None) -> Part | Sorted | None:
    """What a helper gave."""
    return pickle.loads(packed) if packed is not None else None


def taken_up(scope: Scope, tally: Tally, part: Part) -> Encoded | None:
    """The operations of a part with their numbers, if it stands; then what it adds up to is added."""
    if scope.claims.meet(part.claims):
        return None
    first = tally.add(part.tally)
    scope.claims.add(part.claims, first - 1)
    scope.notices.add_all(part.notices)
    return Encoded(numbered(part.operations, first))
