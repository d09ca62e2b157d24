"""Compiles batches in worker processes, independently of each other.

A worker compiles a batch as if the source had no other one. The main process uses the result if the batch asks no
question, and has no row and no key of a new row in common with an earlier batch; then only the numbers of its
operations are filled in. Of any other batch the worker returns the result of row matching, and the main process
compiles it. So workers change nothing but the time that a compilation takes; a law in tests/laws holds that.
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

#: The least number of records of a section that is worth compiling in workers.
MANY = 20_000

#: A batch: the position of its section in the source, and its own position in that section.
Task: TypeAlias = tuple[int, int]

#: Compiles a batch in this process.
RunTask: TypeAlias = Callable[[Task], "BatchResult | ComparedBatch"]

#: The result of a batch, pickled if it comes from a worker; None if it was not compiled.
TaskResult: TypeAlias = "BatchResult | ComparedBatch | bytes | None"

#: Compiles batches, in workers or by the function given; yields one result for each batch, in their order.
BatchExecutor: TypeAlias = Callable[[Sequence[Task], RunTask], Iterator[TaskResult]]


def no_workers(tasks: Sequence[Task], _here: RunTask) -> Iterator[None]:
    """The executor without workers: no batch is compiled."""
    return repeat(None, len(tasks))


@dataclass(slots=True)
class BatchResult:
    """An independently compiled batch.

    Attributes:
        operations: its operations, encoded except for their numbers.
        written: the values that they write, as far as the whole source is checked for mistakes.
        counts: their counts.
        notices: the notices.
        claims: the rows and keys that its records are about.
    """

    operations: list[Unnumbered]
    written: list[Written | UniqueText]
    counts: OperationCounts
    notices: Notices
    claims: Claims


def can_run_in_parallel(catalog: Catalog, source: SourceFile, section: Section) -> bool:
    """Whether batches of a section can be compiled independently of each other, and are worth it.

    They cannot if records may refer to rows that other records create, if ids of the source name rows of the source, if
    lines are matched with all others of their list, if new rows get the next number, or if there are sensitive values.
    """
    entities = {section.view.entity for section in source.sections if section.view}
    apart = not has_own_ids(source) and named_by(catalog, source).isdisjoint(entities)
    apart = apart and catalog.numbered.keys().isdisjoint(entities)
    apart = apart and not any(catalog.entities[name].counted or around(catalog, name) for name in entities)
    return section.view is not None and section.records >= MANY and apart


class Worker:
    """Compiles any batches of a source, independently of each other."""

    def __init__(self, context: Context) -> None:
        """Prepare.

        Args:
            context: the compilation; it is not changed, except for its caches.
        """
        self._context = context
        self._sections: dict[int, tuple[_IndependentBatch, Sequence[Batch]]] = {}

    def compile(self, task: Task) -> BatchResult | ComparedBatch:
        """Compile a batch of a section with a view, whose batches can be read in any order."""
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
        """Compile a batch, and pickle the result for the main process."""
        return pickle.dumps(self.compile(task), pickle.HIGHEST_PROTOCOL)


class _IndependentBatch:
    """Compiles batches of one section, independently of each other."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._context = context
        self._binding = binding
        self._matcher = RowMatcher(context, binding)

    def compile(self, batch: Batch) -> BatchResult | ComparedBatch:
        """Compile a batch; if its records depend on other batches, only return the result of row matching."""
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
        """Whether there are new rows without a key, which are matched with equal rows together with all batches."""
        item = self._binding.entity
        return bool(item.compared) and "create" in counts.counts.get(item.name, {})


def decoded_result(done: TaskResult) -> BatchResult | ComparedBatch | None:
    """Unpickle the result of a worker."""
    return pickle.loads(done) if isinstance(done, bytes) else done


def merge_result(context: Context, counts: OperationCounts, item: Entity, part: BatchResult) -> Encoded | None:
    """Add an independently compiled batch to the compilation, and number its operations.

    Returns:
        The encoded operations; None if the batch has a row or key in common with an earlier one, and nothing was added.
    """
    if context.claims.meet(part.claims) or are_like_earlier(context, item, part.claims):
        return None
    first = counts.add(part.counts)
    context.claims.add(part.claims, first - 1)
    context.notices.add_all(part.notices)
    context.whole_source.note(part.written, first - 1)
    return Encoded(numbered(part.operations, first))
