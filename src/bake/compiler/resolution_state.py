"""What a changeset stands at while its questions are answered: its decisions, its rows, and who waits for what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bake.catalog.lookups import given
from bake.catalog.model import Catalog, Entity
from bake.changeset.decisions import Decisions
from bake.changeset.effects import created_number
from bake.changeset.model import Answered, Asked, Change, Create, Key, Operation, Question, Skip
from bake.changeset.pointers import pointer
from bake.changeset.runs import numbers
from bake.compiler.context import RowResolver
from bake.compiler.created_rows import CreatedRow
from bake.compiler.ranking import Ranking
from bake.compiler.snapshot import Snapshot

#: How many of the operations that wait for one answer are kept to be looked at.
_EXAMPLES = 20


@dataclass(slots=True)
class BlockedOperations:
    """What waits for one answer: some of the operations, and whether one of any number of them makes a row."""

    examples: list[Change] = field(default_factory=list)
    creates: bool = False

    def add(self, operation: Change) -> None:
        """Count one more."""
        self.creates = self.creates or isinstance(operation, Create)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(operation)


@dataclass(frozen=True)
class ResolutionState:
    """A changeset as it is now, prepared for any number of answers.

    Attributes:
        known: the rows of the database, and of the created ones those that a question may lead to.
        digest: the changeset's identity, from which uuids of new rows are derived.
        decisions: its questions and answers.
        waiting: by question id, what waits for the answer.
    """

    known: RowResolver
    digest: str
    decisions: Decisions
    waiting: dict[str, BlockedOperations]

    @property
    def catalog(self) -> Catalog:
        """The catalog."""
        return self.known.catalog

    @cached_property
    def ranking(self) -> Ranking:
        """Ranks rows by likeness."""
        return Ranking(self.known)

    @property
    def questions(self) -> dict[str, Question]:
        """All questions, by id."""
        return dict(self.decisions.questions)

    def ordered(self) -> list[Question]:
        """The open questions, about what is referred to before about what refers to it."""
        rank = {name: n for n, name in enumerate(self.catalog.order)}
        return sorted(self.decisions.open, key=lambda question: rank.get(question.entity, len(rank)))

    def made_by(self, question: str) -> int:
        """The number of the row that the answer to a question creates."""
        return created_number(self.decisions.total, question)

    def after(self, events: Sequence[Asked | Answered]) -> ResolutionState:
        """The standing after these events; what a skip takes out is not followed."""
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
        catalog: what its rows may be.
        snapshot: the rows of the database.
        digest: the changeset's.
        decisions: its questions and answers.
        operations: as they are now, without the rows that answers create.
        revising: the questions that may be answered again: the rows that their answers create are left out.
        about: entities besides those of the questions whose rows something may be decided about.
    """
    known = RowResolver(catalog, snapshot)
    relevant = _with_referred(catalog, [*about, *(question.entity for question in decisions.questions.values())])
    revised = {created_number(decisions.total, question) for question in revising}
    waiting: dict[str, BlockedOperations] = {}
    rivalries = _rivalries(decisions)
    made = [row for row in decisions.created() if row.n not in revised]
    created_rows = [row for row in made if row.entity in relevant]
    for operation in (*made, *operations):
        if isinstance(operation, Skip):
            continue
        _note_waiting(waiting, operation, rivalries.get(operation.n))
        if isinstance(operation, Create) and operation.entity in relevant and operation.n <= decisions.total:
            created_rows.append(operation)
    _remember(known, created_rows)
    return ResolutionState(known, digest, decisions, waiting)


def _note_waiting(waiting: dict[str, BlockedOperations], operation: Change, rivalry: str | None) -> None:
    asked = {need for need in operation.needs.values() if isinstance(need, str)}
    for question in (*sorted(asked), *([rivalry] if rivalry and rivalry not in asked else ())):
        waiting.setdefault(question, BlockedOperations()).add(operation)


def _rivalries(decisions: Decisions) -> dict[int, str]:
    """The operations that are rivals, to the question that asks which one counts; not all of them need its answer."""
    rivals = [question for question in decisions.questions.values() if question.kind == "duplicate"]
    return {n: question.id for question in rivals for n in numbers(question.asked_by)}


def _with_referred(catalog: Catalog, queue: list[str]) -> set[str]:
    """These entities, and all that their rows refer to."""
    reached: set[str] = set()
    while queue:
        entity = queue.pop()
        if entity not in reached and entity in catalog.entities:
            reached.add(entity)
            queue.extend(catalog.entities[entity].references.values())
    return reached


def _remember(known: RowResolver, rows: Sequence[Create]) -> None:
    """Let created rows be found by lookups."""
    by_entity: dict[str, list[Create]] = {}
    for row in rows:
        by_entity.setdefault(row.entity, []).append(row)
    for entity in (name for name in known.catalog.order if name in by_entity):
        item = known.catalog.entities[entity]
        _look_up_parents(known, item, by_entity[entity])
        for row in by_entity[entity]:
            scalars = {name: value for name, value in row.values.items() if name not in item.references}
            known.created_rows.add(item, CreatedRow(row.n, row.key, scalars), _pinned(known, item, row))


def _look_up_parents(known: RowResolver, item: Entity, rows: Sequence[Create]) -> None:
    """Ask for the parents of all rows at once, so that each is remembered when it is asked for alone."""
    for name, target in item.references.items():
        keys = [row.values[name] for row in rows if given(row.values, name) and pointer(name) not in row.needs]
        if keys:
            known.references.resolve(target, keys)


def _pinned(known: RowResolver, item: Entity, row: Create) -> Key:
    """The values of a created row, references as what they name (`References.pinned`)."""
    decided = {name: need for name in item.references if isinstance(need := row.needs.get(pointer(name)), int)}
    values = {name: value for name, value in row.values.items() if name not in decided}
    return {**known.references.pinned(item, values), **{name: {"made": n} for name, n in decided.items()}}
