"""Deriving operations again against the database as it is today.

    operation   today                                              becomes
    update      a field is as the changeset saw it                 stays
                a field already is what it asks for                that field is dropped
                a field is neither                                 a question `conflict`; the test is today's value
                nothing of it is left                              skip: already so
                the row is gone                                    skip: the row is gone
    create      nobody has its keys                                stays
                a row has one, and all that it says                skip: already there
                a row has one, and differs                         a question `identity`, with what would change
    delete      the row is as the changeset saw it                 stays
                the row is gone                                    skip: already gone
                the row has changed                                a question `conflict` about the whole row
    answers     that create what is there by now                   are taken back, and the question asked again

What has not changed is not touched, so rebasing twice does nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias, assert_never

from msgspec import structs

from bake.catalog.lookups import complete
from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, Reference, parse, same
from bake.changeset.effects import field_of
from bake.changeset.model import (
    Change,
    Create,
    Delete,
    Key,
    Operation,
    Patch,
    Question,
    Replace,
    Skip,
    Test,
    Update,
)
from bake.compiler.scope import Known

#: What came of one operation: another one in its place, or a question with it.
Rebased: TypeAlias = Operation | Question

_BATCH = 1000
_Pair: TypeAlias = tuple[Test, Replace]


class Rebase:
    """Rebases operations; gives only what has to change.

    Args:
        known: the catalog, and the rows as they are today.
        last_question: the greatest number of a question so far.
    """

    def __init__(self, known: Known, last_question: int) -> None:
        self._known = known
        self._last = last_question

    def run(self, operations: Iterable[Operation]) -> Iterator[Rebased]:
        """The operations that change, as they are from now on, and the questions that they ask.

        Args:
            operations: as they are now, answers folded in. Those that wait for an open question stay as they are.
        """
        stream = iter(operations)
        while batch := list(islice(stream, _BATCH)):
            decided = [op for op in batch if not isinstance(op, Skip) and not _waits(op)]
            for entity in dict.fromkeys(op.entity for op in decided):
                if entity in self._known.catalog.entities:
                    yield from self._entity(entity, [op for op in decided if op.entity == entity])

    def _entity(self, entity: str, changes: Sequence[Change]) -> Iterator[Rebased]:
        item = self._known.catalog.entities[entity]
        keys = [self._document(item, change.key) for change in changes]
        for change, rows in zip(changes, self._known.references.exact(item, keys), strict=True):
            row = rows[0] if len(rows) == 1 else None
            match change:
                case Update():
                    yield from self._update(item, change, row)
                case Create():
                    yield from self._create(item, change, row)
                case Delete():
                    yield from self._delete(item, change, row)
                case _:
                    assert_never(change)

    def _update(self, item: Entity, update: Update, row: Row | None) -> Iterator[Rebased]:
        if row is None:
            yield _skip(update, "the row is gone")
            return
        kept: list[Test | Replace] = []
        needs = dict(update.needs)
        questions: list[Question] = []
        for test, replace in zip(update.patch[::2], update.patch[1::2], strict=True):
            name = field_of(test.path)
            if self._is(item, row, name, replace.value):
                needs.pop(test.path, None)
                continue
            if not self._is(item, row, name, test.value):
                question = self._conflict(item, update, row, name, test.value, replace.value)
                questions.append(question)
                needs[test.path] = question.id
                kept += [Test(path=test.path, value=question.current), replace]
            else:
                kept += [test, replace]
        patch: Patch = tuple(kept)
        if patch != update.patch or questions:
            yield structs.replace(update, patch=patch, needs=needs) if patch else _skip(update, "already so")
            yield from questions

    def _create(self, item: Entity, create: Create, row: Row | None) -> Iterator[Rebased]:
        taken = row or self._by_other_key(item, create)
        if taken is None:
            return
        patch = self._towards(item, taken, create)
        if not patch:
            yield _skip(create, "already there")
            return
        candidate = self._known.candidate(item, taken, patch=patch)
        question = self._ask(
            Question(
                id="",
                kind="identity",
                entity=item.name,
                lookup=create.key,
                problem="a row with this key is there by now",
                asked_by=(create.n,),
                candidates=(candidate,),
            )
        )
        yield structs.replace(create, needs={**create.needs, "": question.id})
        yield question

    def _delete(self, item: Entity, delete: Delete, row: Row | None) -> Iterator[Rebased]:
        if row is None:
            yield _skip(delete, "already gone")
            return
        changed = [name for name, value in delete.before.items() if not self._is(item, row, name, value)]
        if changed:
            before = {name: self._today(item, row, name) for name in delete.before}
            question = self._ask(
                Question(
                    id="",
                    kind="conflict",
                    entity=item.name,
                    key=delete.key,
                    problem=f"{', '.join(changed)} changed since; delete it all the same?",
                    value=None,
                    base=delete.before,
                    current=before,
                    asked_by=(delete.n,),
                )
            )
            yield structs.replace(delete, before=before, needs={**delete.needs, "": question.id})
            yield question

    def _conflict(self, item: Entity, update: Update, row: Row, name: str, base: Json, incoming: Json) -> Question:
        return self._ask(
            Question(
                id="",
                kind="conflict",
                entity=item.name,
                field=name,
                key=update.key,
                value=incoming,
                base=base,
                current=self._today(item, row, name),
                asked_by=(update.n,),
            )
        )

    def _ask(self, question: Question) -> Question:
        self._last += 1
        return structs.replace(question, id=f"q{self._last}")

    def _by_other_key(self, item: Entity, create: Create) -> Row | None:
        document = self._document(item, create.values)
        for key in item.identities:
            if complete(item, key, document):
                [rows] = self._known.references.having(item, key, [document])
                if rows:
                    return rows[0]
        return None

    def _towards(self, item: Entity, row: Row, create: Create) -> Patch:
        """What a create would change on a row that is there; its uuid is the row's own affair."""
        steps: list[Test | Replace] = []
        for name, value in create.values.items():
            if name in item.fields and name != "uuid" and not self._is(item, row, name, value):
                path = "/" + name.replace("~", "~0").replace("/", "~1")
                steps += [Test(path=path, value=self._today(item, row, name)), Replace(path=path, value=value)]
        return tuple(steps)

    def _today(self, item: Entity, row: Row, name: str) -> Json:
        return self._known.keys.reference(item.references.get(name), row.values.get(name))

    def _is(self, item: Entity, row: Row, name: str, written: Json) -> bool:
        """Whether a field of a row is what a changeset writes for it."""
        if name not in item.fields:
            return False
        if name in item.references and written is not None:
            lookup = self._document(self._known.catalog.entities[item.references[name]], written)
            return self._known.references.agrees(item.name, row.values, {name: lookup})
        return same(row.values.get(name), _parsed(item, name, written))

    def _document(self, item: Entity, values: Key) -> Key:
        """Values in canonical form; keys of references as lookups."""
        result: Key = {}
        for name, value in values.items():
            target = item.references.get(name)
            if target and isinstance(value, dict):
                result[name] = self._document(self._known.catalog.entities[target], value)
            elif name in item.fields:
                result[name] = _parsed(item, name, value)
        return result


def _parsed(item: Entity, name: str, raw: Json) -> Json:
    """The canonical value; a value that no longer fits stays what it is, and is the same as none."""
    type_ = item.fields[name].type
    if isinstance(type_, Reference):
        return raw
    try:
        return parse(type_, raw)
    except Misfit:
        return raw


def _waits(change: Change) -> bool:
    return any(isinstance(need, str) for need in change.needs.values())


def _skip(change: Change, reason: str) -> Skip:
    return Skip(n=change.n, entity=change.entity, reason=reason, from_=change.from_)
