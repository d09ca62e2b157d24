"""Batches compiled by helpers, who know nothing of the other batches.

A helper compiles a batch as if it were all there is. What comes of that stands, if nothing is asked in it, and if no
other batch speaks of the rows that it speaks of, or of keys that it gives to new ones; then its operations only need
their numbers. Of any other batch the helper gives what its first look said; the rest is done where all are known.
So who compiles a batch changes nothing but how long it takes; a law in tests/laws holds that.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.sensitive import around
from bake.changeset.codec import Unnumbered, encoded, numbered
from bake.changeset.writing import Encoded
from bake.compiler.batch import Batches
from bake.compiler.context import Context, has_own_ids, named_by
from bake.compiler.drafting.common_mistakes import Written
from bake.compiler.drafting.equal_texts import UniqueText
from bake.compiler.likeness.new_likeness import are_like_earlier
from bake.compiler.matching.row_claims import Claims
from bake.compiler.matching.row_matching import ComparedBatch, RowMatcher
from bake.compiler.questions.notices import Notices
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.reading.binding import Binding
from bake.sources.model import Batch, Section, SourceFile

#: How many records a section has at least for it to be worth a helper's while.
MANY = 20_000

#: A batch: the place of its section in the source, and its own place in that.
Task: TypeAlias = tuple[int, int]

#: Does a batch.
RunTask: TypeAlias = Callable[[Task], "BatchResult | ComparedBatch"]

#: What was done of a batch: packed, if a helper did it; None, if it is still to be done.
TaskResult: TypeAlias = "BatchResult | ComparedBatch | bytes | None"

#: Has batches done, by helpers or by what does them in this process; what was done of each, in their order.
BatchExecutor: TypeAlias = Callable[[Sequence[Task], RunTask], Iterator[TaskResult]]


def no_workers(tasks: Sequence[Task], _here: RunTask) -> Iterator[None]:
    """No helpers."""
    return repeat(None, len(tasks))


@dataclass(slots=True)
class BatchResult:
    """A batch that was compiled by itself: its operations, encoded but for their numbers, and what it adds up to."""

    operations: list[Unnumbered]
    written: list[Written | UniqueText]
    counts: OperationCounts
    notices: Notices
    claims: Claims


def can_run_in_parallel(catalog: Catalog, source: SourceFile, section: Section) -> bool:
    """Whether batches of a section can be compiled by themselves, and are worth it.

    They cannot where records may refer to rows that others create, ids of the source name rows of the source, or
    lines are matched with all others of their list, new rows are counted, or sensitive values are remembered.
    """
    entities = {section.view.entity for section in source.sections if section.view}
    apart = not has_own_ids(source) and named_by(catalog, source).isdisjoint(entities)
    apart = apart and catalog.numbered.keys().isdisjoint(entities)
    apart = apart and not any(catalog.entities[name].counted or around(catalog, name) for name in entities)
    return section.view is not None and section.records >= MANY and apart


class Worker:
    """Compiles batches by themselves, whichever it is given."""

    def __init__(self, context: Context) -> None:
        """Prepare.

        Args:
            context: the compilation; nothing is gathered in it.
        """
        self._context = context
        self._sections: dict[int, tuple[_IndependentBatch, Sequence[Batch]]] = {}

    def do(self, task: Task) -> BatchResult | ComparedBatch:
        """Compile a batch of a section that has a view, and whose batches can be read in any order."""
        position, n = task
        if position not in self._sections:
            section = self._context.source.sections[position]
            assert section.view is not None
            batches = self._context.source.batches(section, self._context.options.batch)
            assert isinstance(batches, Sequence)
            self._sections[position] = (
                _IndependentBatch(self._context, self._context.binding(section.view)),
                batches,
            )
        alone, batches = self._sections[position]
        self._context.trim()
        return alone.compile(batches[n])

    def packed(self, task: Task) -> bytes:
        """The same, to be handed to another process."""
        return pickle.dumps(self.do(task), pickle.HIGHEST_PROTOCOL)


class _IndependentBatch:
    """Compiles batches of one section, each by itself."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._context = context
        self._binding = binding
        self._matcher = RowMatcher(context, binding)

    def compile(self, batch: Batch) -> BatchResult | ComparedBatch:
        """What can be said of a batch by itself."""
        records = self._matcher.compare(batch)
        context, counts = self._context.fork(), OperationCounts()
        operations, waiting = Batches(context, counts, alone=True).compile(self._binding, records, frozenset())
        lines: list[Unnumbered] = []
        written: list[Written | UniqueText] = []
        for operation in operations:
            counts.count(operation)
            written += self._context.whole_source.written(operation)
            lines.append(encoded(operation))
        if waiting or context.questions or context.claims.unsure or self._may_be_equal(counts):
            return records
        return BatchResult(lines, written, counts, context.notices, context.claims)

    def _may_be_equal(self, counts: OperationCounts) -> bool:
        """Whether there are records that have to be counted together with those of other batches."""
        item = self._binding.entity
        return bool(item.compared) and "create" in counts.counts.get(item.name, {})


def decoded_result(done: TaskResult) -> BatchResult | ComparedBatch | None:
    """What was done of a batch, unpacked."""
    return pickle.loads(done) if isinstance(done, bytes) else done


def merge_result(context: Context, counts: OperationCounts, item: Entity, part: BatchResult) -> Encoded | None:
    """The operations of a part with their numbers, if it stands; then what it adds up to is added."""
    if context.claims.meet(part.claims) or are_like_earlier(context, item, part.claims):
        return None
    first = counts.add(part.counts)
    context.claims.add(part.claims, first - 1)
    context.notices.add_all(part.notices)
    context.whole_source.note(part.written, first - 1)
    return Encoded(numbered(part.operations, first))
