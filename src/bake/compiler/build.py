"""Records in, operations and questions out.

Sections are compiled in the order of the catalog's references, records in batches. For each batch:

    recognise ▶ bind ▶ identify ▶ number new rows and remember their keys ▶ resolve references ▶ differ or create

A record whose reference may still turn up further on in the document is held, and resolved when all rows are known;
so references work in any order, to the record's own entity, and in cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.changeset.model import Built, Operation, Question
from bake.compiler.arrivals import Arrivals
from bake.compiler.base import Base
from bake.compiler.batch import Batches
from bake.compiler.binding import Binding
from bake.compiler.pending import Pending
from bake.compiler.ranking import Ranking
from bake.compiler.recognition import Recognition
from bake.compiler.scope import Options, Scope
from bake.compiler.snapshot import Snapshot
from bake.compiler.tally import Tally
from bake.sources.model import Section, SourceFile


def compile_source(
    source: SourceFile,
    catalog: Catalog,
    snapshot: Snapshot,
    options: Options,
    *,
    base: Base | None = None,
    applied_before: str | None = None,
) -> Iterator[Operation | Question | Built]:
    """Compile a source against a state of the database.

    The same source, catalog, state and options give the same lines.

    Args:
        source: the records.
        catalog: what they may change, and how.
        snapshot: the rows as they are.
        options: mode, strictness.
        base: the records as the export wrote them; without it, null changes nothing (rule 8).
        applied_before: when this very source was applied to the database before, in words.

    Yields:
        The operations, then the questions, then `Built` with counts and notices (its digest is the writer's to fill).

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
    for operation in _operations(scope, tally):
        tally.count(operation)
        yield operation
    yield from scope.questions.lines(Ranking(scope).candidates)
    yield Built(counts=tally.counts, notices=tuple(scope.notices.lines()), digest="")


def _operations(scope: Scope, tally: Tally) -> Iterator[Operation]:
    batches = Batches(scope, tally)
    held: dict[Binding, list[Pending]] = {}
    sections = _ordered(scope.catalog, scope.source.sections)
    for n, section in enumerate(sections):
        if section.view is None:
            _pass_over(scope, tally, section)
            continue
        binding = Binding(scope.catalog, section.view)
        coming = frozenset(later.view.entity for later in sections[n:] if later.view)
        recognition, arrivals = Recognition(scope, binding), Arrivals(scope, binding)
        for batch in scope.source.batches(section, scope.options.batch):
            scope.trim()
            operations, waiting = batches.compile(binding, arrivals.sort(recognition.sort(batch)), coming)
            yield from operations
            yield from tally.full_skips()
            held.setdefault(binding, []).extend(waiting)
    for binding, waiting in held.items():
        yield from batches.finish(binding, waiting)
    if scope.options.mode == "mirror":
        present = {section.view.entity for section in sections if section.view}
        for entity in scope.catalog.order:
            if entity in present:
                yield from batches.deletes(entity)
    yield from tally.skips()


def _ordered(catalog: Catalog, sections: Iterable[Section]) -> list[Section]:
    rank = {name: n for n, name in enumerate(catalog.order)}
    return sorted(sections, key=lambda section: rank.get(section.view.entity, -1) if section.view else -1)


def _pass_over(scope: Scope, tally: Tally, section: Section) -> None:
    last = section.first + section.records - 1
    tally.skip_span(section.name, "unknown entity", section.first, last)
    records = "1 record" if section.records == 1 else f"{section.records} records"
    message = f"{records} of {section.name}, which the catalog does not know, were left out"
    scope.notices.add("unknown_entity", message)
