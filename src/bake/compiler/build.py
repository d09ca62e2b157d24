"""Compiles the records of a source to operations and questions.

Sections are compiled in the order of `Catalog.order` (an entity after those that it refers to), in batches of records:

    row matching (`row_matching`)    counts the records that equal their row as unchanged
    the other records (`batch`)      read ▶ identify ▶ differ ▶ number ▶ resolve ▶ draft

A record is held back if one of its references may name a row that a later record creates; its references are resolved
after all records of the source. So references work in any order, within an entity, and in cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.changeset.model import Built, Operation, Question
from bake.changeset.runs import numbers
from bake.changeset.writing import Encoded, Revision
from bake.compiler.batch import Batches
from bake.compiler.context import Context, CreatedSince, Options
from bake.compiler.drafting.applied_before import EarlierApplications
from bake.compiler.drafting.whole_source import FoundMistakes, warned
from bake.compiler.lacking_lines import note_lacking_lines
from bake.compiler.matching.row_matching import ComparedBatch, RowMatcher
from bake.compiler.mirror import deletes
from bake.compiler.parallel import (
    BatchExecutor,
    BatchResult,
    Task,
    Worker,
    can_run_in_parallel,
    decoded_result,
    merge_result,
    no_workers,
)
from bake.compiler.pending_record import PendingRecord
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.questions.question_records import Origin
from bake.compiler.reading.binding import Binding
from bake.compiler.references.ranking import Ranking
from bake.compiler.snapshot import Snapshot
from bake.sources.model import Batch, Section, SourceFile


def compile_source(
    source: SourceFile,
    catalog: Catalog,
    snapshot: Snapshot,
    options: Options,
    *,
    database: str = "",
    earlier: EarlierApplications | None = None,
    created_since: CreatedSince | None = None,
    executor: BatchExecutor = no_workers,
) -> Iterator[Operation | Encoded | Revision | Question | Built]:
    """Compile a source against a snapshot of the database.

    The result depends on the arguments alone.

    Args:
        source: the source, with its records.
        catalog: the catalog of the database.
        snapshot: the rows of the database.
        options: the mode, strictness and batch size.
        database: the id of the database.
        earlier: the earlier applications of the same source, if there are any.
        created_since: tells which rows were created since the source was exported; None if that time is unknown.
        executor: compiles batches in workers, with `batch_compiler`; by default there are no workers.

    Yields:
        First the operations (`Encoded`: those of a batch that a worker compiled), then a `Revision` of them if some get
        warnings that depend on the whole source, then the questions, then `Built` with counts and notices. The writer
        computes its digest, which is empty here.

    Raises:
        InvalidSource: a record cannot be read.
    """
    context = Context(catalog, snapshot, source, options, database, earlier, created_since)
    counts = OperationCounts()
    if earlier:
        code = "reverted_before" if earlier.reverted else "applied_before"
        context.notices.add(code, f"this very file was applied before: {earlier}")
    if source.ignored:
        named = ", ".join(f"{shown(ignored.name)} ({ignored.what})" for ignored in source.ignored)
        context.notices.add("ignored", f"these parts hold no records and were left out: {named}")
    for remark in source.notices:
        context.notices.add_spans(remark.code, remark.message, remark.records)
    for operation in _operations(context, counts, executor):
        if not isinstance(operation, Encoded):
            counts.count(operation)
            context.whole_source.note(context.whole_source.written(operation))
        yield operation
    if (found := context.whole_source.found()) or context.whole_source.equal:
        yield Revision(partial(_revised, context, found))
    yield from context.questions.lines(Ranking(context).candidates_of_all)
    yield Built(counts=counts.counts, notices=tuple(context.notices.lines()), digest="")


def _revised(context: Context, found: FoundMistakes, operation: Operation) -> Operation:
    """Add to an operation the warnings and the question that depend on the whole source."""
    operation = context.whole_source.equal.asked(context, operation)
    if not (warnings := list(found.warnings(operation))):
        return operation
    record = next(iter(numbers(operation.from_)))
    origin = Origin(str(context.source.locate(record)), {}, ())
    return warned(operation, warnings, context.questions if context.options.strict else None, origin)


def batch_compiler(
    source: SourceFile,
    catalog: Catalog,
    snapshot: Snapshot,
    options: Options,
    database: str = "",
    earlier: EarlierApplications | None = None,
) -> Callable[[Task], bytes]:
    """The function with which a worker process compiles batches for `compile_source` in the main process.

    Called in the worker, with the arguments of `compile_source`, but with a source and a snapshot that the worker has
    opened. These have to show the same records and rows.

    Returns:
        A function that takes a task (the positions of a section and of a batch in it) and gives the pickled result.
    """
    return Worker(Context(catalog, snapshot, source, options, database, earlier)).packed


def _operations(context: Context, counts: OperationCounts, executor: BatchExecutor) -> Iterator[Operation | Encoded]:
    """Compile all sections, then the records that were held back, then, in mirror mode, the deletes."""
    batches = Batches(context, counts)
    held: dict[Binding, list[PendingRecord]] = {}
    sections = _ordered(context.catalog, context.source.sections)
    for n, section in enumerate(sections):
        if section.view is None:
            _skip_unknown(context, counts, section)
            continue
        binding = context.binding(section.view)
        unread = _entities(sections[n:])
        for done in _compared_batches(context, counts, binding, section, executor):
            if isinstance(done, Encoded):
                yield done
            else:
                operations, waiting = batches.compile(binding, done, unread)
                yield from operations
                held.setdefault(binding, []).extend(waiting)
            yield from counts.full_skips()
        if section.view.entity not in (unread := _entities(sections[n + 1 :])):
            for binding, operations, waiting in batches.compile_deferred(section.view.entity, unread):
                yield from operations
                held.setdefault(binding, []).extend(waiting)
    for binding, waiting in held.items():
        yield from batches.finish(binding, waiting)
    if context.options.mode == "mirror":
        present = _entities(sections)
        yield from deletes(context, counts, [name for name in context.catalog.order if name in present])
    else:
        note_lacking_lines(context)
    yield from counts.skips()


def _compared_batches(
    context: Context, counts: OperationCounts, binding: Binding, section: Section, executor: BatchExecutor
) -> Iterator[Encoded | ComparedBatch]:
    """The batches of a section, each as compiled by a worker, or else as compared with rows.

    What a worker compiled is dropped if the batch has a row in common with an earlier one (`merge_result`).
    """
    matcher = RowMatcher(context, binding)
    for batch, done in _worker_results(context, section, executor):
        context.trim()
        if isinstance(done, BatchResult) and (whole := merge_result(context, counts, binding.entity, done)):
            batch.passed()
            yield whole
        else:
            yield done if isinstance(done, ComparedBatch) else matcher.compare(batch)


def _worker_results(
    context: Context, section: Section, executor: BatchExecutor
) -> Iterator[tuple[Batch, BatchResult | ComparedBatch | None]]:
    """The batches of a section, each with the result of a worker; None if no worker compiled it."""
    batches = context.source.batches(section, context.options.batch)
    if not can_run_in_parallel(context.catalog, context.source, section) or not isinstance(batches, Sequence):
        return zip(batches, repeat(None))
    position = context.source.sections.index(section)
    done = executor([(position, n) for n in range(len(batches))], Worker(context).compile)
    return zip(batches, map(decoded_result, done), strict=True)


def _entities(sections: Iterable[Section]) -> frozenset[str]:
    return frozenset(section.view.entity for section in sections if section.view)


def _ordered(catalog: Catalog, sections: Iterable[Section]) -> list[Section]:
    rank = {name: n for n, name in enumerate(catalog.order)}
    return sorted(sections, key=lambda section: rank.get(section.view.entity, -1) if section.view else -1)


def _skip_unknown(context: Context, counts: OperationCounts, section: Section) -> None:
    last = section.first + section.records - 1
    counts.skip_span(section.name, "unknown entity", section.first, last)
    records = "1 record" if section.records == 1 else f"{section.records} records"
    message = f"{records} of {section.name}, which the catalog does not know, were left out"
    context.notices.add("unknown_entity", message)
