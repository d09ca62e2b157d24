"""Deriving operations again against the database as it is today.

    operation   today                                              becomes
    update      a field is as the changeset saw it                 stays
                a field already is what it asks for                that field is dropped
                a field is neither                                 a question `conflict`; the test is today's value
                nothing of it is left                              skip: already so
                the row is gone                                    skip: the row is gone
                another row has its key                            skip: its key is that of another row
                the row has another key                            skip: the row has another key by now
                what a field is to refer to is gone, or another    a question `missing`; the test is today's value if
                row has its key                                    that is what has the key now
    create      nobody has its keys                                stays
                what it refers to is gone                          a question `missing`
                a row has one, and all that it says                skip: already there
                a row has one, and differs                         a question `identity`, with what would change
    delete      the row is as the changeset saw it                 stays
                the row is gone                                    skip: already gone; else as for an update
                the row has changed                                a question `conflict` about the whole row
    answers     that create what is there by now                   are taken back, and the question asked again

What has not changed is not touched, so rebasing twice does nothing more. Where several rows have the key, nobody can
say which of them is meant: such an operation is left alone. Operations are changed as they are without the answers that
they have, and keep waiting for these: so an answer that is given later counts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import (
    Candidate,
    Change,
    Create,
    Delete,
    Key,
    Needs,
    Operation,
    Patch,
    Question,
    Replace,
    Skip,
    Test,
    Update,
)
from bake.changeset.pointers import field_of, is_undecided
from bake.changeset.runs import numbers, runs
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.rows.rows_today import ComparedOperation, RowsToday, of_one_kind

#: What came of one operation: another one in its place, or a question with it.
Rebased: TypeAlias = Operation | Question

_BATCH = 1000


class Rebase:
    """Rebases operations; gives only what has to change.

    Args:
        known: the catalog, and the rows as they are today.
        last_question: the greatest number of a question so far.
    """

    def __init__(self, known: RowResolver, last_question: int) -> None:
        self._known = known
        self._today = RowsToday(known)
        self._last = last_question
        self._missing: dict[tuple[str, Frozen], Question] = {}
        self._meant: dict[tuple[str, Frozen], str] = {}

    def run(self, operations: Iterable[tuple[Operation, Operation]]) -> Iterator[Rebased]:
        """The operations that change, as they are from now on, and the questions that they ask.

        Args:
            operations: as they are now, each without and with the answers that it has. Those that wait for an open
                question stay as they are.
        """
        stream = iter(operations)
        while batch := list(islice(stream, _BATCH)):
            decided = [
                of_one_kind(bare, now)
                for bare, now in batch
                if not isinstance(now, Skip) and not is_undecided(now.needs)
            ]
            self._known.trim()
            for entity in dict.fromkeys(now.entity for _, now in decided):
                if entity in self._known.catalog.entities:
                    yield from self._entity(entity, [pair for pair in decided if pair[1].entity == entity])
        renamed = self._renamed()
        yield from (structs.replace(one, candidates=renamed.get(at, ())) for at, one in self._missing.items())

    def _entity(self, entity: str, pairs: Sequence[tuple[Change, Change]]) -> Iterator[Rebased]:
        item = self._known.catalog.entities[entity]
        for one in self._today.compared(item, pairs):
            match one.bare, one.now:
                case Update() as bare, Update() as now:
                    yield from self._update(item, bare, now, one)
                case Create() as bare, Create() as now:
                    yield from self._create(item, bare, now, one)
                case _, Delete() as now:
                    yield from self._delete(item, now, one)
                case _:
                    continue  # `run` pairs operations of one kind only

    def _update(self, item: Entity, bare: Update, update: Update, one: ComparedOperation) -> Iterator[Rebased]:
        if one.row is None:
            yield _skip(update, one.moved or "the row is gone")
            return
        row = one.row
        wanted = {step.path: step.value for step in update.patch if isinstance(step, Replace)}
        equal = {path for path, value in wanted.items() if self._today.equals(item, row, field_of(path), value)}
        so = equal - one.lost.keys()  # the key may be that of another row by now
        changed = {
            step.path: self._conflict(item, update, row, step, wanted[step.path])
            for step in bare.patch
            if isinstance(step, Test) and step.path in wanted.keys() - equal
            if not self._today.equals(item, row, field_of(step.path), step.value)
        }
        needs: Needs = {path: need for path, need in bare.needs.items() if path not in so}
        needs |= {path: question.id for path, question in changed.items()}
        needs |= self._ask_missing(item, update, {path: key for path, key in one.lost.items() if path not in changed})
        today = {path: wanted[path] for path in equal} | {path: one.current for path, one in changed.items()}
        patch: Patch = tuple(_renewed(step, today, changed) for step in bare.patch if step.path not in so)
        if patch != bare.patch or needs != bare.needs:
            left = wanted.keys() - so
            yield structs.replace(bare, patch=patch, needs=needs) if left else _skip(update, "already so")
            yield from changed.values()

    def _create(self, item: Entity, bare: Create, create: Create, one: ComparedOperation) -> Iterator[Rebased]:
        if one.lost:
            yield structs.replace(bare, needs=bare.needs | self._ask_missing(item, create, one.lost))
            return
        if one.row is None:
            return
        patch = self._today.towards(item, one.row, create)
        if not patch:
            yield _skip(create, "already there")
            return
        candidate = self._known.candidate(item, one.row, patch, named=create.uuids)
        question = self._ask(
            Question(
                id="",
                kind="identity",
                entity=item.name,
                label=create.label,
                lookup=create.key,
                problem="a row with this key is there by now",
                asked_by=(create.n,),
                candidates=(candidate,),
            )
        )
        yield structs.replace(bare, needs={**bare.needs, "": question.id})
        yield question

    def _delete(self, item: Entity, delete: Delete, one: ComparedOperation) -> Iterator[Rebased]:
        if one.row is None:
            yield _skip(delete, one.moved or "already gone")
            return
        row = one.row
        changed = [name for name, value in delete.before.items() if not self._today.equals(item, row, name, value)]
        if changed:
            before = {name: self._today.value(item, row, name) for name in delete.before}
            question = self._ask(
                Question(
                    id="",
                    kind="conflict",
                    entity=item.name,
                    key=delete.key,
                    label=delete.label,
                    problem=f"{', '.join(changed)} changed since; delete it all the same?",
                    value=None,
                    base=delete.before,
                    current=before,
                    asked_by=(delete.n,),
                )
            )
            yield structs.replace(delete, before=before, needs={**delete.needs, "": question.id})
            yield question

    def _conflict(self, item: Entity, update: Update, row: Row, test: Test, incoming: Json) -> Question:
        name = field_of(test.path)
        return self._ask(
            Question(
                id="",
                kind="conflict",
                entity=item.name,
                field=name,
                key=update.key,
                label=update.label,
                value=incoming,
                base=test.value,
                current=self._today.value(item, row, name),
                asked_by=(update.n,),
            )
        )

    def _ask(self, question: Question) -> Question:
        self._last += 1
        return structs.replace(question, id=f"q{self._last}")

    def _ask_missing(self, item: Entity, change: Change, lost: dict[str, Key]) -> Needs:
        """Ask what these places are to refer to now; those that name the same row ask together."""
        needs: Needs = {}
        for path, key in lost.items():
            at = target, _ = item.references[field_of(path)], frozen(key)
            problem = "the row that this names is gone"
            asked = self._missing.get(at) or self._ask(
                Question(id="", kind="missing", entity=target, lookup=key, problem=problem)
            )
            asking = runs([*numbers(asked.asked_by), change.n])
            self._missing[at] = structs.replace(asked, asked_by=asking)
            if (uuid := change.uuids.get(path)) is not None:
                self._meant.setdefault(at, uuid)
            needs[path] = asked.id
        return needs

    def _renamed(self) -> dict[tuple[str, Frozen], tuple[Candidate, ...]]:
        """The row that each question about a missing one meant, if it is here with another key."""
        found: dict[tuple[str, Frozen], tuple[Candidate, ...]] = {}
        meant = list(self._meant.items())
        for start in range(0, len(meant), _BATCH):
            some = meant[start : start + _BATCH]
            for target in dict.fromkeys(target for (target, _), _ in some):
                item = self._known.catalog.entities[target]
                uuids = {uuid: at for at, uuid in some if at[0] == target}
                rows = self._known.snapshot.find(target, ("uuid",), [(uuid,) for uuid in uuids])
                self._known.fetch_names(item, [row for those in rows.values() for row in those])
                for (uuid,), those in rows.items():
                    candidates = [self._known.candidate(item, row) for row in those]
                    found[uuids[uuid]] = tuple(structs.replace(c, why="it has another key now") for c in candidates)
        return found


def _renewed(step: Test | Replace, today: Mapping[str, Json], changed: Mapping[str, Question]) -> Test | Replace:
    """A step of a patch: a test with today's value, where that is another one, and what a question is about."""
    if isinstance(step, Test):
        return structs.replace(step, value=today.get(step.path, step.value))
    question = changed.get(step.path)
    return step if question is None else structs.replace(step, value=question.value)


def _skip(change: Change, reason: str) -> Skip:
    return Skip(n=change.n, entity=change.entity, reason=reason, from_=change.from_)
