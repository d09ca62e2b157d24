"""The state of a changeset while its questions are answered: decisions, created rows, and what each question blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Catalog
from bake.changeset.codec import encode, operations_in
from bake.changeset.decisions import Decisions
from bake.changeset.effects import created_number
from bake.changeset.events import Answered, Asked
from bake.changeset.model import Change, Create, Delete, Key, Operation, Question, Skip, Update
from bake.changeset.pointers import field_of, pointer
from bake.changeset.runs import numbers
from bake.compiler.references.ranking import Ranking
from bake.compiler.rows.created_candidates import CreatedCandidates
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.snapshot import Snapshot

#: How many of the operations that one question blocks are kept, as examples to check an answer against.
_EXAMPLES = 20


class BlockedOperations:
    """The operations that one question blocks.

    Attributes:
        creates: whether any of them, example or not, is a create.
    """

    __slots__ = ("_lines", "creates")

    def __init__(self) -> None:
        self.creates = False
        self._lines = b""

    def add(self, operation: Change) -> None:
        """Add an operation."""
        self.creates = self.creates or isinstance(operation, Create)
        if self._lines.count(b"\n") < _EXAMPLES:
            self._lines += encode(operation)

    @property
    def examples(self) -> list[Change]:
        """The first of them, kept as lines: there may be many questions, and few of them are looked at."""
        return [one for one in operations_in(self._lines) or () if not isinstance(one, Skip)]


@dataclass(frozen=True)
class ResolutionState:
    """The state of a changeset at one moment; `after` gives the next one.

    Attributes:
        known: resolves lookups among the rows of the database and the created rows that answers may refer to.
        digest: the digest of the changeset; the uuids of new rows are derived from it.
        decisions: its questions and answers.
        waiting: by question id, the operations that the question blocks.
        doubted: by entity and key, the questions which row the new rows with that key are.
        created: searches the rows that answers create.
        freed: the entities and keys of rows that are deleted or get another key.
    """

    known: RowResolver
    digest: str
    decisions: Decisions
    waiting: dict[str, BlockedOperations]
    doubted: Mapping[tuple[str, Frozen], list[Question]]
    created: CreatedCandidates
    freed: Collection[tuple[str, Frozen]] = ()

    @property
    def catalog(self) -> Catalog:
        """The catalog of the database."""
        return self.known.catalog

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
            for need in answer.needs.values():
                if isinstance(need, str):
                    self.waiting.setdefault(need, BlockedOperations()).add(row)


def resolution_state(
    catalog: Catalog,
    snapshot: Snapshot,
    digest: str,
    decisions: Decisions,
    operations: Iterable[Operation],
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
        operations: its operations with answers applied, without the creates that answers add.
        revising: the ids of questions that may be answered again; rows that their answers create are left out.
        about: the names of further entities, besides those of the questions, whose rows are to be found.
    """
    known = RowResolver(catalog, snapshot)
    relevant = _with_referred(catalog, [*about, *(question.entity for question in decisions.questions.values())])
    revised = {created_number(decisions.total, question) for question in revising}
    waiting: dict[str, BlockedOperations] = {}
    rivalries = _rivalries(decisions)
    made = [row for row in decisions.created() if row.n not in revised]
    created_rows = [row for row in made if row.entity in relevant]
    freed: set[tuple[str, Frozen]] = set()
    for operation in chain(made, operations):
        if isinstance(operation, Skip):
            continue
        _note_waiting(waiting, operation, rivalries.get(operation.n))
        if _frees_its_key(operation):
            freed.add((operation.entity, frozen(operation.key)))
        if isinstance(operation, Create) and operation.entity in relevant and operation.n <= decisions.total:
            created_rows.append(operation)
    _remember(known, created_rows)
    doubted: defaultdict[tuple[str, Frozen], list[Question]] = defaultdict(list)
    for question in decisions.questions.values():
        if question.kind == "identity":
            doubted[question.entity, frozen(question.lookup or {})].append(question)
    return ResolutionState(known, digest, decisions, waiting, doubted, CreatedCandidates(known), freed)


def _frees_its_key(operation: Change) -> bool:
    match operation:
        case Delete():
            return True
        case Update():
            return any(field_of(step.path) in operation.key for step in operation.patch)
        case _:
            return False


def _note_waiting(waiting: dict[str, BlockedOperations], operation: Change, rivalry: str | None) -> None:
    asked = {need for need in operation.needs.values() if isinstance(need, str)}
    for question in (*sorted(asked), *([rivalry] if rivalry and rivalry not in asked else ())):
        waiting.setdefault(question, BlockedOperations()).add(operation)


def _rivalries(decisions: Decisions) -> dict[int, str]:
    """By operation number, the id of the `duplicate` question between it and its rivals.

    The question is not among the `needs` of all of them, but blocks them all.
    """
    rivals = [question for question in decisions.questions.values() if question.kind == "duplicate"]
    return {n: question.id for question in rivals for n in numbers(question.asked_by)}


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
