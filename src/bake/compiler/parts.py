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
from itertools import repeat
from typing import TypeAlias

from bake.catalog.model import Catalog
from bake.changeset.codec import Unnumbered, encoded, numbered
from bake.changeset.writing import Encoded
from bake.compiler.arrivals import Arrivals
from bake.compiler.batch import Batches
from bake.compiler.binding import Binding
from bake.compiler.duplicates import Claims
from bake.compiler.notices import Notices
from bake.compiler.recognition import Recognition, Sorted
from bake.compiler.scope import Scope, has_ids_of_its_own, named_by
from bake.compiler.tally import Tally
from bake.sources.model import Batch, Section, SourceFile

#: How many records a section has at least for it to be worth a helper's while.
MANY = 20_000

#: A batch: the place of its section in the source, and its own place in that.
Task: TypeAlias = tuple[int, int]

#: Does a batch.
Do: TypeAlias = Callable[[Task], "Part | Sorted"]

#: What was done of a batch: packed, if a helper did it; None, if it is still to be done.
Done: TypeAlias = "Part | Sorted | bytes | None"

#: Has batches done, by helpers or by what does them in this process; what was done of each, in their order.
Ahead: TypeAlias = Callable[[Sequence[Task], Do], Iterator[Done]]


def nobody(tasks: Sequence[Task], _here: Do) -> Iterator[None]:
    """No helpers."""
    return repeat(None, len(tasks))


@dataclass(slots=True)
class Part:
    """A batch that was compiled by itself: its operations, encoded but for their numbers, and what it adds up to."""

    operations: list[Unnumbered]
    tally: Tally
    notices: Notices
    claims: Claims


def can_be_shared(catalog: Catalog, source: SourceFile, section: Section) -> bool:
    """Whether batches of a section can be compiled by themselves, and are worth it.

    They cannot where records may refer to rows that others create, or ids of the source name rows of the source.
    """
    entities = {section.view.entity for section in source.sections if section.view}
    apart = not has_ids_of_its_own(source) and named_by(catalog, source).isdisjoint(entities)
    return section.view is not None and section.records >= MANY and apart


class Worker:
    """Compiles batches by themselves, whichever it is given."""

    def __init__(self, scope: Scope) -> None:
        """Prepare.

        Args:
            scope: the compilation; nothing is gathered in it.
        """
        self._scope = scope
        self._sections: dict[int, tuple[_Alone, Sequence[Batch]]] = {}

    def do(self, task: Task) -> Part | Sorted:
        """Compile a batch of a section that has a view, and whose batches can be read in any order."""
        place, n = task
        if place not in self._sections:
            section = self._scope.source.sections[place]
            assert section.view is not None
            batches = self._scope.source.batches(section, self._scope.options.batch)
            assert isinstance(batches, Sequence)
            self._sections[place] = _Alone(self._scope, Binding(self._scope.catalog, section.view)), batches
        alone, batches = self._sections[place]
        self._scope.trim()
        return alone.compile(batches[n])

    def packed(self, task: Task) -> bytes:
        """The same, to be handed to another process."""
        return pickle.dumps(self.do(task), pickle.HIGHEST_PROTOCOL)


class _Alone:
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


def received(done: Done) -> Part | Sorted | None:
    """What was done of a batch, unpacked."""
    return pickle.loads(done) if isinstance(done, bytes) else done


def taken_up(scope: Scope, tally: Tally, part: Part) -> Encoded | None:
    """The operations of a part with their numbers, if it stands; then what it adds up to is added."""
    if scope.claims.meet(part.claims):
        return None
    first = tally.add(part.tally)
    scope.claims.add(part.claims, first - 1)
    scope.notices.add_all(part.notices)
    return Encoded(numbered(part.operations, first))
