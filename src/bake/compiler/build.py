"""Records in, operations and questions out.

Sections are compiled in the order of the catalog's references, records in batches:

    first look (`row_matching`): most records are what their row is; they are counted, and that is all
    the others (`batch`): read ▶ identify ▶ differ ▶ number ▶ resolve ▶ draft

A record whose reference may still turn up further on in the document is held, and resolved when all rows are known;
so references work in any order, to the record's own entity, and in cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.changeset.model import Built, Operation, Question
from bake.changeset.writing import Encoded
from bake.compiler.applied_before import EarlierApplications
from bake.compiler.batch import Batches
from bake.compiler.binding import Binding
from bake.compiler.context import Context, Options
from bake.compiler.mirror import deletes
from bake.compiler.operation_counts import OperationCounts
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
from bake.compiler.ranking import Ranking
from bake.compiler.row_matching import ComparedBatch, RowMatcher
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
    ahead: BatchExecutor = no_workers,
) -> Iterator[Operation | Encoded | Question | Built]:
    """Compile a source against a state of the database.

    The same source, catalog, state and options give the same lines.

    Args:
        source: the records.
        catalog: what they may change, and how.
        snapshot: the rows as they are.
        options: mode, strictness.
        database: the id of the database that the snapshot is of.
        earlier: the applications of this very source before, if there are any.
        ahead: has batches done by helpers (`helping`).

    Yields:
        The operations, those that helpers made as they are written; the questions; then `Built` with counts and
        notices (its digest is the writer's to fill).

    Raises:
        InvalidSource: records cannot be read.
    """
    context = Context(catalog, snapshot, source, options, database, earlier)
    counts = OperationCounts()
    if earlier:
        context.notices.add("applied_before", f"this very file was applied before: {earlier}")
    if source.ignored:
        named = ", ".join(f"{shown(ignored.name)} ({ignored.what})" for ignored in source.ignored)
        context.notices.add("ignored", f"these parts hold no records and were left out: {named}")
    for remark in source.notices:
        context.notices.add_spans(remark.code, remark.message, remark.records)
    for operation in _operations(context, counts, ahead):
        if not isinstance(operation, Encoded):
            counts.count(operation)
        yield operation
    yield from context.questions.lines(Ranking(context).candidates)
    yield Built(counts=counts.counts, notices=tuple(context.notices.lines()), digest="")


def helping(
    source: SourceFile,
    catalog: Catalog,
    snapshot: Snapshot,
    options: Options,
    database: str = "",
    earlier: EarlierApplications | None = None,
) -> Callable[[Task], bytes]:
    """What does batches of the same compilation in another process, for `ahead`.

    Args:
        source: the records, read by the helper itself.
        catalog: as above.
        snapshot: the same state of the rows, read by the helper itself.
        options: as above.
        database: as above.
        earlier: as above, read by the helper itself.
    """
    return Worker(Context(catalog, snapshot, source, options, database, earlier)).packed


def _operations(context: Context, counts: OperationCounts, ahead: BatchExecutor) -> Iterator[Operation | Encoded]:
    batches = Batches(context, counts)
    held: dict[Binding, list[PendingRecord]] = {}
    sections = _ordered(context.catalog, context.source.sections)
    for n, section in enumerate(sections):
        if section.view is None:
            _skip_unknown(context, counts, section)
            continue
        binding = Binding(context.catalog, section.view, two_way=context.options.two_way)
        coming = frozenset(later.view.entity for later in sections[n:] if later.view)
        for done in _compared_batches(context, counts, binding, section, ahead):
            if isinstance(done, Encoded):
                yield done
            else:
                operations, waiting = batches.compile(binding, done, coming)
                yield from operations
                held.setdefault(binding, []).extend(waiting)
            yield from counts.full_skips()
        if section.view.entity not in (coming := frozenset(one.view.entity for one in sections[n + 1 :] if one.view)):
            for binding, operations, waiting in batches.settle(section.view.entity, coming):
                yield from operations
                held.setdefault(binding, []).extend(waiting)
    for binding, waiting in held.items():
        yield from batches.finish(binding, waiting)
    if context.options.mode == "mirror":
        present = {section.view.entity for section in sections if section.view}
        yield from deletes(context, counts, [name for name in context.catalog.order if name in present])
    yield from counts.skips()


def _compared_batches(
    context: Context, counts: OperationCounts, binding: Binding, section: Section, ahead: BatchExecutor
) -> Iterator[Encoded | ComparedBatch]:
    """The records of a section, batch by batch: told apart, or already the operations that a helper made of them."""
    matcher = RowMatcher(context, binding)
    for batch, done in _worker_results(context, section, ahead):
        context.trim()
        if isinstance(done, BatchResult) and (whole := merge_result(context, counts, done)):
            batch.passed()
            yield whole
        else:
            yield done if isinstance(done, ComparedBatch) else matcher.compare(batch)


def _worker_results(
    context: Context, section: Section, ahead: BatchExecutor
) -> Iterator[tuple[Batch, BatchResult | ComparedBatch | None]]:
    """The batches of a section, and what somebody has done of each."""
    batches = context.source.batches(section, context.options.batch)
    if not can_run_in_parallel(context.catalog, context.source, section) or not isinstance(batches, Sequence):
        return zip(batches, repeat(None))
    position = context.source.sections.index(section)
    done = ahead([(position, n) for n in range(len(batches))], Worker(context).do)
    return zip(batches, map(decoded_result, done), strict=True)


def _ordered(catalog: Catalog, sections: Iterable[Section]) -> list[Section]:
    rank = {name: n for n, name in enumerate(catalog.order)}
    return sorted(sections, key=lambda section: rank.get(section.view.entity, -1) if section.view else -1)


def _skip_unknown(context: Context, counts: OperationCounts, section: Section) -> None:
    last = section.first + section.records - 1
    counts.skip_span(section.name, "unknown entity", section.first, last)
    records = "1 record" if section.records == 1 else f"{section.records} records"
    message = f"{records} of {section.name}, which the catalog does not know, were left out"
    context.notices.add("unknown_entity", message)
