"""Records in, operations and questions out.

Sections are compiled in the order of the catalog's references, records in batches. For each batch:

    recognise ▶ bind ▶ identify ▶ number new rows and remember their keys ▶ resolve references ▶ differ or create

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
from bake.compiler.arrivals import Arrivals
from bake.compiler.base import Base
from bake.compiler.batch import Batches
from bake.compiler.binding import Binding
from bake.compiler.parts import Ahead, Part, Task, Worker, can_be_shared, nobody, received, taken_up
from bake.compiler.pending import Pending
from bake.compiler.ranking import Ranking
from bake.compiler.recognition import Recognition, Sorted
from bake.compiler.scope import Options, Scope
from bake.compiler.snapshot import Snapshot
from bake.compiler.tally import Tally
from bake.sources.model import Batch, Section, SourceFile


def compile_source(
    source: SourceFile,
    catalog: Catalog,
    snapshot: Snapshot,
    options: Options,
    *,
    base: Base | None = None,
    applied_before: str | None = None,
    ahead: Ahead = nobody,
) -> Iterator[Operation | Encoded | Question | Built]:
    """Compile a source against a state of the database.

    The same source, catalog, state and options give the same lines.

    Args:
        source: the records.
        catalog: what they may change, and how.
        snapshot: the rows as they are.
        options: mode, strictness.
        base: the records as the export wrote them; without it, null changes nothing (rule 8).
        applied_before: when this very source was applied to the database before, in words.
        ahead: has batches done by helpers (`helping`).

    Yields:
        The operations, those that helpers made as they are written; the questions; then `Built` with counts and
        notices (its digest is the writer's to fill).

    Raises:
        InvalidSource: records cannot be read.
    """
    scope = Scope(catalog, snapshot, source, options, base)
    tally = Tally()
    if applied_before:
        scope.notices.add("applied_before", f"this very file was applied before: {applied_before}")
    if source.ignored:
        named = ", ".join(f"{shown(ignored.name)} ({ignored.what})" for ignored in source.ignored)
        scope.notices.add("ignored", f"these parts hold no records and were left out: {named}")
    for operation in _operations(scope, tally, ahead):
        if not isinstance(operation, Encoded):
            tally.count(operation)
        yield operation
    yield from scope.questions.lines(Ranking(scope).candidates)
    yield Built(counts=tally.counts, notices=tuple(scope.notices.lines()), digest="")


def helping(
    source: SourceFile, catalog: Catalog, snapshot: Snapshot, options: Options, base: Base | None = None
) -> Callable[[Task], bytes]:
    """What does batches of the same compilation in another process, for `ahead`.

    Args:
        source: the records, read by the helper itself.
        catalog: as above.
        snapshot: the same state of the rows, read by the helper itself.
        options: as above.
        base: as above, read by the helper itself.
    """
    return Worker(Scope(catalog, snapshot, source, options, base)).packed


def _operations(scope: Scope, tally: Tally, ahead: Ahead) -> Iterator[Operation | Encoded]:
    batches = Batches(scope, tally)
    held: dict[Binding, list[Pending]] = {}
    sections = _ordered(scope.catalog, scope.source.sections)
    for n, section in enumerate(sections):
        if section.view is None:
            _pass_over(scope, tally, section)
            continue
        binding = Binding(scope.catalog, section.view)
        coming = frozenset(later.view.entity for later in sections[n:] if later.view)
        for done in _sorted(scope, tally, binding, section, ahead):
            if isinstance(done, Encoded):
                yield done
            else:
                operations, waiting = batches.compile(binding, done, coming)
                yield from operations
                held.setdefault(binding, []).extend(waiting)
            yield from tally.full_skips()
    for binding, waiting in held.items():
        yield from batches.finish(binding, waiting)
    if scope.options.mode == "mirror":
        present = {section.view.entity for section in sections if section.view}
        for entity in scope.catalog.order:
            if entity in present:
                yield from batches.deletes(entity)
    yield from tally.skips()


def _sorted(scope: Scope, tally: Tally, binding: Binding, section: Section, ahead: Ahead) -> Iterator[Encoded | Sorted]:
    """The records of a section, batch by batch: told apart, or already the operations that a helper made of them."""
    recognition, arrivals = Recognition(scope, binding), Arrivals(scope, binding)
    for batch, done in _done(scope, section, ahead):
        scope.trim()
        if isinstance(done, Part) and (whole := taken_up(scope, tally, done)):
            batch.passed()
            yield whole
        else:
            yield arrivals.sort(done if isinstance(done, Sorted) else recognition.sort(batch))


def _done(scope: Scope, section: Section, ahead: Ahead) -> Iterator[tuple[Batch, Part | Sorted | None]]:
    """The batches of a section, and what somebody has done of each."""
    batches = scope.source.batches(section, scope.options.batch)
    if not can_be_shared(scope.catalog, scope.source, section) or not isinstance(batches, Sequence):
        return zip(batches, repeat(None))
    place = scope.source.sections.index(section)
    done = ahead([(place, n) for n in range(len(batches))], Worker(scope).do)
    return zip(batches, map(received, done), strict=True)


def _ordered(catalog: Catalog, sections: Iterable[Section]) -> list[Section]:
    rank = {name: n for n, name in enumerate(catalog.order)}
    return sorted(sections, key=lambda section: rank.get(section.view.entity, -1) if section.view else -1)


def _pass_over(scope: Scope, tally: Tally, section: Section) -> None:
    last = section.first + section.records - 1
    tally.skip_span(section.name, "unknown entity", section.first, last)
    records = "1 record" if section.records == 1 else f"{section.records} records"
    message = f"{records} of {section.name}, which the catalog does not know, were left out"
    scope.notices.add("unknown_entity", message)
