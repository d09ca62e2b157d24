"""Deriving operations again against the database as it is today.

    operation   today                                              becomes
    update      a field is as the changeset saw it                 stays
                a field already is what it asks for                that field is dropped
                a field is neither                                 a question `conflict`; the test is today's value
                nothing of it is left                              skip: already so
                the row is gone                                    skip: the row is gone
                another row has its key                            skip: its key is that of another row
                the row has another key                            skip: the row has another key by now
                what a field is to refer to is gone                a question `missing`
    create      nobody has its keys                                stays
                a row has one, and all that it says                skip: already there
                a row has one, and differs                         a question `identity`, with what would change
                what it refers to is gone                          a question `missing`
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
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, assert_never

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.field_types import Reference
from bake.catalog.lookups import Frozen, complete, frozen
from bake.catalog.model import Catalog
from bake.catalog.moved_keys import are_others
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, parse, same
from bake.changeset.model import (
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
from bake.changeset.pointers import field_of, pointer
from bake.changeset.runs import numbers, runs
from bake.compiler.context import RowResolver
from bake.compiler.row_keys import Shape

#: What came of one operation: another one in its place, or a question with it.
Rebased: TypeAlias = Operation | Question

_BATCH = 1000
_ANOTHERS = "its key is that of another row"
_MOVED = "the row has another key by now"


@dataclass(frozen=True, slots=True)
class _Decided:
    """An operation as it is decided.

    Attributes:
        bare: without its answers.
        now: with them.
        row: its row.
        lost: the keys of rows that are gone, by pointer.
        moved: why it has no row, if its row or another one still is there; empty if not.
    """

    bare: Change
    now: Change
    row: Row | None
    lost: dict[str, Key]
    moved: str


class Rebase:
    """Rebases operations; gives only what has to change.

    Args:
        known: the catalog, and the rows as they are today.
        last_question: the greatest number of a question so far.
    """

    def __init__(self, known: RowResolver, last_question: int) -> None:
        self._known = known
        self._last = last_question
        self._missing: dict[tuple[str, Frozen], Question] = {}

    def run(self, operations: Iterable[tuple[Operation, Operation]]) -> Iterator[Rebased]:
        """The operations that change, as they are from now on, and the questions that they ask.

        Args:
            operations: as they are now, each without and with the answers that it has. Those that wait for an open
                question stay as they are.
        """
        stream = iter(operations)
        while batch := list(islice(stream, _BATCH)):
            decided = [_pair(bare, now) for bare, now in batch if not isinstance(now, Skip) and not _waits(now)]
            self._known.trim()
            for entity in dict.fromkeys(now.entity for _, now in decided):
                if entity in self._known.catalog.entities:
                    yield from self._entity(entity, [pair for pair in decided if pair[1].entity == entity])
        yield from self._missing.values()

    def _entity(self, entity: str, pairs: Sequence[tuple[Change, Change]]) -> Iterator[Rebased]:
        item = self._known.catalog.entities[entity]
        changes = [now for _, now in pairs]
        keys = [self._document(item, change.key) for change in changes]
        found = self._known.references.exact(item, keys)
        taken = self._holders(item, [change for change in changes if isinstance(change, Create)])
        lost = self._lost(item, changes)
        meant = self._meant(item, [rows[0] if rows else None for rows in found], [now.uuids.get("") for now in changes])
        theirs = [row or taken.get(now.n) for now, row in zip(changes, meant, strict=True)]
        moved = self._moved(item, [now for now, row in zip(changes, theirs, strict=True) if row is None])
        self._fetch_referred(item, pairs, [row for row in theirs if row])
        for (bare, now), rows, row in zip(pairs, found, theirs, strict=True):
            if len(rows) > 1:
                continue
            one = _Decided(bare, now, row, lost.get(now.n, {}), moved.get(now.n, _ANOTHERS if rows else ""))
            match one.bare, one.now:
                case Update() as bare, Update() as now:
                    yield from self._update(item, bare, now, one)
                case Create() as bare, Create() as now:
                    yield from self._create(item, bare, now, one)
                case _, Delete() as now:
                    yield from self._delete(item, now, one)
                case _:
                    continue  # `_pair` makes them alike

    def _fetch_referred(self, item: Entity, pairs: Iterable[tuple[Change, Change]], rows: Sequence[Row]) -> None:
        """Fetch the rows to which the fields of these operations refer, and what those are named by; all at once."""
        said = [document for pair in pairs for change in pair for document in _documents(change)]
        self._known.keys.fetch_parents(item.name, rows, _shape(self._known.catalog, item, said))
        self._known.fetch_names(item, rows, {name for document in said for name in document})

    def _update(self, item: Entity, bare: Update, update: Update, one: _Decided) -> Iterator[Rebased]:
        if one.row is None:
            yield _skip(update, one.moved or "the row is gone")
            return
        row = one.row
        wanted = {step.path: step.value for step in update.patch if isinstance(step, Replace)}
        so = {path for path, value in wanted.items() if self._is(item, row, field_of(path), value)}
        changed = {
            step.path: self._conflict(item, update, row, step, wanted[step.path])
            for step in bare.patch
            if isinstance(step, Test) and step.path in wanted.keys() - so
            if not self._is(item, row, field_of(step.path), step.value)
        }
        needs: Needs = {path: need for path, need in bare.needs.items() if path not in so}
        needs |= {path: question.id for path, question in changed.items()}
        needs |= self._ask_missing(item, update, {path: key for path, key in one.lost.items() if path not in changed})
        patch: Patch = tuple(_renewed(step, changed) for step in bare.patch if step.path not in so)
        if patch != bare.patch or needs != bare.needs:
            left = wanted.keys() - so
            yield structs.replace(bare, patch=patch, needs=needs) if left else _skip(update, "already so")
            yield from changed.values()

    def _create(self, item: Entity, bare: Create, create: Create, one: _Decided) -> Iterator[Rebased]:
        if one.row is None:
            if one.lost:
                yield structs.replace(bare, needs=bare.needs | self._ask_missing(item, create, one.lost))
            return
        patch = self._towards(item, one.row, create)
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

    def _delete(self, item: Entity, delete: Delete, one: _Decided) -> Iterator[Rebased]:
        if one.row is None:
            yield _skip(delete, one.moved or "already gone")
            return
        row = one.row
        changed = [name for name, value in delete.before.items() if not self._is(item, row, name, value)]
        if changed:
            before = {name: self._today(item, row, name) for name in delete.before}
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
                current=self._today(item, row, name),
                asked_by=(update.n,),
            )
        )

    def _ask(self, question: Question) -> Question:
        self._last += 1
        return structs.replace(question, id=f"q{self._last}")

    def _holders(self, item: Entity, creates: Sequence[Create]) -> dict[int, Row]:
        """The rows that have one of the keys of creates by now, by their operation."""
        documents = {create.n: self._document(item, create.values) for create in creates}
        result: dict[int, Row] = {}
        for key in item.identities:
            those = [n for n, document in documents.items() if complete(item, key, document)]
            found = self._known.references.having(item, key, [documents[n] for n in those])
            for n, rows in zip(those, found, strict=True):
                if rows:
                    result.setdefault(n, rows[0])
        return result

    def _lost(self, item: Entity, changes: Sequence[Change]) -> dict[int, dict[str, Key]]:
        """By operation, the places whose values are keys that no row has and no operation creates."""
        result: dict[int, dict[str, Key]] = {}
        uuids = {change.n: change.uuids for change in changes}
        for name, target in item.references.items():
            path = pointer(name)
            those = [(change.n, value) for change in changes if isinstance(value := _to_be(change, path), dict)]
            parent = self._known.catalog.entities[target]
            found = self._known.references.exact(parent, [self._document(parent, key) for _, key in those])
            rows = [some[0] if some else None for some in found]
            meant = self._meant(parent, rows, [uuids[n].get(path) for n, _ in those])
            for (n, key), row in zip(those, meant, strict=True):
                if row is None:
                    result.setdefault(n, {})[path] = key
        return result

    def _meant(self, item: Entity, rows: Sequence[Row | None], uuids: Sequence[str | None]) -> list[Row | None]:
        """Of rows that have keys, those that were meant by them (`bake.catalog.moved_keys`)."""
        found = [row.values.get("uuid") if row else None for row in rows]
        others = are_others(self._known.snapshot, item, found, uuids)
        return [None if other else row for row, other in zip(rows, others, strict=True)]

    def _moved(self, item: Entity, changes: Iterable[Change]) -> dict[int, str]:
        """Of changes whose key is not that of their row, those whose row has another key by now."""
        uuids = {one.n: (uuid,) for one in changes if (uuid := one.uuids.get("")) is not None}
        there = self._known.snapshot.find(item.name, ("uuid",), list(uuids.values())) if uuids else {}
        return {n: _MOVED for n, uuid in uuids.items() if uuid in there}

    def _ask_missing(self, item: Entity, change: Change, lost: dict[str, Key]) -> Needs:
        """Ask what these places are to refer to now; those that name the same row ask together."""
        needs: Needs = {}
        for path, key in lost.items():
            target = item.references[field_of(path)]
            problem = "the row that this names is gone"
            asked = self._missing.get((target, frozen(key))) or self._ask(
                Question(id="", kind="missing", entity=target, lookup=key, problem=problem)
            )
            asking = runs([*numbers(asked.asked_by), change.n])
            self._missing[target, frozen(key)] = structs.replace(asked, asked_by=asking)
            needs[path] = asked.id
        return needs

    def _towards(self, item: Entity, row: Row, create: Create) -> Patch:
        """What a create would change on a row that is there; its uuid is the row's own affair."""
        steps: list[Test | Replace] = []
        for name, value in create.values.items():
            if name in item.fields and name != "uuid" and not self._is(item, row, name, value):
                path = pointer(name)
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


def _pair(bare: Operation, now: Change) -> tuple[Change, Change]:
    """An operation without and with its answers; where an answer made another one of it, that one twice."""
    alike = not isinstance(bare, Skip) and type(bare) is type(now)
    return (bare, now) if alike else (now, now)  # type: ignore[return-value]


def _renewed(step: Test | Replace, changed: Mapping[str, Question]) -> Test | Replace:
    """A step of a patch, with the values that its question is about."""
    question = changed.get(step.path)
    if question is None:
        return step
    return structs.replace(step, value=question.current if isinstance(step, Test) else question.value)


def _to_be(change: Change, path: str) -> Json:
    """What a field is to be; None where another operation sees to that, or the change does not touch it."""
    match change:
        case Create() if path not in change.needs:
            return change.values.get(field_of(path))
        case Update() if path not in change.needs:
            return next((step.value for step in change.patch if isinstance(step, Replace) and step.path == path), None)
        case _:
            return None


def _documents(change: Change) -> Iterator[Key]:
    """What a change says of its row, before and after."""
    match change:
        case Create():
            yield change.values
        case Update():
            yield from ({field_of(step.path): step.value} for step in change.patch)
        case Delete():
            yield change.before
        case _:
            assert_never(change)


def _shape(catalog: Catalog, item: Entity, documents: Iterable[Key]) -> Shape:
    """The references within row documents, and within the keys that these hold, with all that is nested in them."""
    keys: dict[str, list[Key]] = {}
    for document in documents:
        for name in item.references.keys() & document.keys():
            if isinstance(key := document[name], dict):
                keys.setdefault(name, []).append(key)
    return {name: _shape(catalog, catalog.entities[item.references[name]], those) for name, those in keys.items()}


def _waits(change: Change) -> bool:
    return any(isinstance(need, str) for need in change.needs.values())


def _skip(change: Change, reason: str) -> Skip:
    return Skip(n=change.n, entity=change.entity, reason=reason, from_=change.from_)
