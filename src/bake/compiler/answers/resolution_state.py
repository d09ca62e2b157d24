"""The state of a changeset while its questions are answered: decisions, created rows, and what each question blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Catalog
from bake.changeset.decisions import Decisions
from bake.changeset.effects import created_number
from bake.changeset.events import Answered, Asked
from bake.changeset.model import Change, Create, Delete, Key, Operation, Question, Skip, Update
from bake.changeset.operation_index import OperationLookup
from bake.changeset.pointers import field_of, pointer
from bake.changeset.runs import numbers
from bake.compiler.answers.claim_index import ClaimIndex
from bake.compiler.references.ranking import Ranking
from bake.compiler.rows.created_candidates import CreatedCandidates
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.snapshot import Snapshot

#: How many of the operations that one question blocks are examples to check an answer against.
_EXAMPLES = 20


@dataclass(frozen=True)
class ResolutionState:
    """The state of a changeset at one moment; `after` gives the next one.

    Attributes:
        known: resolves lookups among the rows of the database and the created rows that answers may refer to.
        digest: the digest of the changeset; the uuids of new rows are derived from it.
        decisions: its questions and answers.
        operations: as built.
        revised: the numbers of rows that answers create which may be given again; they count as not created.
        doubted: by entity and key, the questions which row the new rows with that key are.
        created: searches the rows that answers create.
        claims: finds the operations to compare decided ones with.
    """

    known: RowResolver
    digest: str
    decisions: Decisions
    operations: OperationLookup
    revised: frozenset[int]
    doubted: Mapping[tuple[str, Frozen], list[Question]]
    created: CreatedCandidates
    claims: ClaimIndex

    @property
    def catalog(self) -> Catalog:
        """The catalog of the database."""
        return self.known.catalog

    @cached_property
    def freed(self) -> Collection[tuple[str, Frozen]]:
        """The entities and keys of rows that are deleted or get another key; found by a pass over all operations."""
        now = map(self.decisions.effective, self.operations.operations())
        return {(one.entity, frozen(one.key)) for one in now if _frees_its_key(one) and not isinstance(one, Skip)}

    @cached_property
    def ranking(self) -> Ranking:
        """Ranks the candidates of questions."""
        return Ranking(self.known)

    @property
    def questions(self) -> dict[str, Question]:
        """All questions, by id."""
        return dict(self.decisions.questions)

    def ordered(self) -> list[Question]:
        """The open questions, in the order in which they are asked (`in_order`)."""
        return self.in_order(self.decisions.open)

    def pending(self) -> list[Question]:
        """The open questions and those that are asked later (`Decisions.later`), in the same order."""
        return self.in_order(self.decisions.pending)

    def in_order(self, questions: Iterable[Question]) -> list[Question]:
        """Questions in the order of `Catalog.order`: about an entity after those that it refers to."""
        rank = {name: n for n, name in enumerate(self.catalog.order)}
        return sorted(questions, key=lambda question: rank.get(question.entity, len(rank)))

    def blocked(self, question: Question) -> Iterator[Change]:
        """The operations that wait for the answer to a question, as they are now; rows that answers create come first.

        All operations of a `duplicate` question wait for it, also those among whose `needs` it is not.
        """
        decisions = self.decisions
        asking = partial(numbers, question.asked_by)
        made = (decisions.created_row(n) for n in asking() if n > decisions.total and n not in self.revised)
        built = self.operations.numbered(n for n in asking() if n <= decisions.total)
        yield from (row for row in made if row is not None and question.id in row.needs.values())
        for now in map(decisions.effective, built):
            if not isinstance(now, Skip) and (question.kind == "duplicate" or question.id in now.needs.values()):
                yield now

    def examples(self, question: Question) -> list[Change]:
        """The first of the operations that a question blocks: to be shown, and to check an answer against."""
        return list(islice(self.blocked(question), _EXAMPLES))

    def made_by(self, question: str) -> int:
        """The operation number of the row that a `create` answer to this question creates."""
        return created_number(self.decisions.total, question)

    def after(self, events: Sequence[Asked | Answered]) -> ResolutionState:
        """The state after these events; a skip is not yet passed on to operations that need the skipped row."""
        decisions = self.decisions.after(events)
        for event in events:
            if isinstance(event, Answered):
                self._remember(decisions.questions[event.question], event)
        return replace(self, decisions=decisions)

    def _remember(self, question: Question, answer: Answered) -> None:
        if question.kind in ("missing", "ambiguous") and answer.choice == "create":
            row = Create(
                n=self.made_by(question.id),
                entity=question.entity,
                key=answer.key or {},
                values=answer.values or {},
                needs=answer.needs,
            )
            _remember(self.known, [row])


def resolution_state(
    catalog: Catalog,
    snapshot: Snapshot,
    digest: str,
    decisions: Decisions,
    operations: OperationLookup,
    *,
    revising: Collection[str] = (),
    about: Collection[str] = (),
) -> ResolutionState:
    """Prepare a changeset for answers.

    Args:
        catalog: the catalog of the database.
        snapshot: the rows of the database.
        digest: the digest of the changeset.
        decisions: its questions and answers.
        operations: its operations as built.
        revising: the ids of questions that may be answered again; rows that their answers create are left out.
        about: the names of further entities, besides those of the questions, whose rows are to be found.
    """
    known = RowResolver(catalog, snapshot)
    relevant = _with_referred(catalog, [*about, *(question.entity for question in decisions.questions.values())])
    revised = frozenset(created_number(decisions.total, question) for question in revising)
    _remember(known, [*_made(decisions, relevant, revised), *_built(decisions, relevant, operations)])
    doubted: defaultdict[tuple[str, Frozen], list[Question]] = defaultdict(list)
    for question in decisions.questions.values():
        if question.kind == "identity":
            doubted[question.entity, frozen(question.lookup or {})].append(question)
    created, claims = CreatedCandidates(known), ClaimIndex(operations)
    return ResolutionState(known, digest, decisions, operations, revised, doubted, created, claims)


def _frees_its_key(operation: Operation) -> bool:
    match operation:
        case Delete():
            return True
        case Update():
            return any(field_of(step.path) in operation.key for step in operation.patch)
        case _:
            return False


def _made(decisions: Decisions, entities: Collection[str], revised: Collection[int]) -> Iterator[Create]:
    """The rows of some entities that answers create, but for those of answers that may be given again."""
    return (row for row in decisions.created() if row.n not in revised and row.entity in entities)


def _built(decisions: Decisions, entities: Collection[str], operations: OperationLookup) -> Iterator[Create]:
    """The rows of some entities that operations of the build create now; those that were no creates come last."""
    replaced = {n: one for n, one in decisions.replaced.items() if one.entity in entities and n <= decisions.total}
    for one in operations.creates(entities):
        replaced.pop(one.n, None)
        if isinstance(now := decisions.effective(one), Create):
            yield now
    yield from (now for one in replaced.values() if isinstance(now := decisions.effective(one), Create))


def _with_referred(catalog: Catalog, queue: list[str]) -> set[str]:
    """The names of these entities, and of all that they refer to, directly or through others."""
    reached: set[str] = set()
    while queue:
        entity = queue.pop()
        if entity not in reached and entity in catalog.entities:
            reached.add(entity)
            queue.extend(catalog.entities[entity].references.values())
    return reached


def _remember(known: RowResolver, rows: Sequence[Create]) -> None:
    """Add created rows to those that lookups find."""
    by_entity: dict[str, list[Create]] = {}
    for row in rows:
        by_entity.setdefault(row.entity, []).append(row)
    for entity in (name for name in known.catalog.order if name in by_entity):
        item = known.catalog.entities[entity]
        _look_up_parents(known, item, by_entity[entity])
        for row in by_entity[entity]:
            scalars = {name: value for name, value in row.values.items() if name not in item.references}
            known.created_rows.add(item, CreatedRow(row.n, row.key, scalars), pinned_values(known, item, row))


def _look_up_parents(known: RowResolver, item: Entity, rows: Sequence[Create]) -> None:
    """Resolve the references of all rows together: the results are cached, and rows are resolved one by one later."""
    for name, target in item.references.items():
        keys = [row.values[name] for row in rows if given(row.values, name) and pointer(name) not in row.needs]
        if keys:
            known.references.resolve(target, keys)


def pinned_values(known: RowResolver, item: Entity, row: Create) -> Key:
    """The values of a created row with resolved references, in the form of `References.pinned`.

    What stands in a reference that waits for an answer names no row yet, and may be anything; it stays as it is.
    """
    waiting = {name: need for name in item.references if (need := row.needs.get(pointer(name))) is not None}
    values = {name: value for name, value in row.values.items() if name not in waiting}
    undecided = {
        name: row.values[name] for name, need in waiting.items() if isinstance(need, str) and name in row.values
    }
    decided = {name: {"made": need} for name, need in waiting.items() if isinstance(need, int)}
    return {**known.references.pinned(item, values), **undecided, **decided}
