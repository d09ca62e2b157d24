"""Checks that the lines of a changeset fit a catalog.

The digests of a file prove that nobody has edited it, but not that the catalog has what its lines name. That is checked
once, when the file is read (`bake.changeset.file.read`), and what does not fit is damage. So of an intact file:

- entities are those of the catalog, and so are the fields in keys and in what questions ask about;
- a key is an object that is not empty, and its values are of the kinds of its fields (a text, a whole number, a date),
  so that a database can be asked for them; a reference is the key of a row, or null;
- a path in a patch, in `needs` or in `uuids` is the pointer of one field; in the latter two also "", for the whole row.

Other values are not checked, since the catalog may have changed since the build: a value that no longer fits is a
conflict when the changeset is applied, and `bake changeset rebase` resolves it. Every value is checked only when a file
that was edited by hand is sealed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import assert_never

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field_types import Date, Document, FieldType, Reference, Timestamp
from bake.catalog.model import Catalog
from bake.catalog.values import Json, Misfit, parse, shown
from bake.changeset.events import Answered, Asked, Derived, Line, Rebased
from bake.changeset.header import Header
from bake.changeset.model import Candidate, Create, Delete, Key, Operation, Outcomes, Patch, Question, Row, Skip, Update
from bake.changeset.pointers import field_of, pointer, undecided_fields
from bake.resolution.certain_fit import CertainFit, kinds

#: How many keys may stand within each other: a tree of that depth needs no key of its own for each level.
_DEEPEST = 50


class CatalogFit:
    """Finds what does not fit a catalog in the lines of one file; it is called with each line, in their order.

    Args:
        catalog: the catalog. A file that was built for another catalog is not checked.
        every_value: check the values of all fields, too.
    """

    def __init__(self, catalog: Catalog, *, every_value: bool = False) -> None:
        self._catalog = catalog
        self._entities = catalog.entities
        self._name = catalog.name
        self._every_value = every_value
        self._certainly_fits = CertainFit(catalog)
        self._is_for_another = False
        self._asked: dict[str, Question] = {}

    def is_for(self, catalog: Catalog) -> bool:
        """Whether it compares with this very catalog, and leaves values that do not fit to the applier."""
        return self._catalog is catalog and not self._every_value

    def __call__(self, line: Line) -> list[str]:
        """A message for each thing in a line that does not fit."""
        if isinstance(line, Header):
            self._is_for_another = line.catalog.name != self._name
        return [] if self._is_for_another else list(self._line(line))

    def _line(self, line: Line) -> Iterator[str]:
        match line:
            case Create() | Update() | Delete() | Skip():
                if self._certainly_fits(line) and not self._every_value:
                    return
                yield from (f"operation {line.n}: {fault}" for fault in self._operation(line))
            case Question():
                self._asked[line.id] = line
                yield from (f"question {line.id}: {fault}" for fault in self._question(line))
            case Asked():
                yield from self._line(line.question)
            case Answered() if line.question in self._asked:
                answer = self._answer(self._asked[line.question], line)
                yield from (f"the answer to {line.question}: {fault}" for fault in answer)
            case Derived():
                yield from self._derived(line)
            case Rebased():
                for part in (*line.operations, *line.questions):
                    yield from self._line(part)
            case _:
                return

    def _operation(self, operation: Operation) -> Iterator[str]:
        if isinstance(operation, Skip):
            return  # parts of a source that the catalog does not know are left out, and counted under their own names
        item = self._entities.get(operation.entity)
        if item is None:
            yield f"the catalog has no {shown(operation.entity)}"
            return
        waiting = undecided_fields(operation.needs)
        yield from self._key(item, operation.key, waiting)
        match operation:
            case Create():
                yield from self._values(item, operation.values, waiting)
            case Update():
                yield from self._patch(item, operation.patch, waiting)
            case Delete():
                yield from self._values(item, operation.before, waiting)
            case _:
                assert_never(operation)
        if operation.needs or operation.uuids or operation.outcomes:
            yield from _not_pointers((*operation.needs, *operation.uuids), whole=True)
            yield from self._outcomes(item, operation.outcomes)

    def _derived(self, event: Derived) -> Iterator[str]:
        for question in event.questions:
            yield from self._line(question)
        for n, entailed in event.operations.items():
            for name in {*entailed.values, *(warning.field for warning in entailed.warnings)}:
                if all(name not in item.fields for item in self._entities.values()):
                    yield f"operation {n}: the catalog has no field {shown(name)}"

    def _outcomes(self, item: Entity, outcomes: Outcomes) -> Iterator[str]:
        for options in outcomes.values():
            for outcome in options.values():
                waiting = undecided_fields(outcome.needs)
                yield from self._values(item, outcome.values, waiting)
                yield from _not_pointers(outcome.needs, whole=True)
                if outcome.same_as is not None:
                    yield from self._candidate(item, outcome.same_as)
                yield from self._outcomes(item, outcome.outcomes)

    def _candidate(self, item: Entity, candidate: Candidate) -> Iterator[str]:
        yield from self._key(item, candidate.key)
        yield from self._patch(item, candidate.patch, ())
        yield from _not_pointers(candidate.uuids, whole=True)

    def _question(self, question: Question) -> Iterator[str]:
        item = self._entities.get(question.entity)
        if item is None:
            yield f"the catalog has no {shown(question.entity)}"
            return
        if question.field is not None and question.field not in item.fields:
            yield _no_field(item, question.field)
        if question.key is not None:
            yield from self._key(item, question.key)
        if question.lookup is not None:
            yield from self._lookup(item, question.lookup)
        for candidate in question.candidates:
            yield from self._candidate(item, candidate)

    def _answer(self, question: Question, answer: Answered) -> Iterator[str]:
        item = self._entities.get(question.entity)
        if item is None:
            return  # which was said of the question
        yield from _not_pointers((*answer.needs, *answer.uuids), whole=True)
        if answer.key is not None:
            yield from self._key(item, answer.key)
        if answer.values is not None:
            waiting = undecided_fields(answer.needs)
            yield from self._values(item, answer.values, waiting)
        if question.field is not None and answer.choice == "value":
            yield from self._values(item, {question.field: answer.value}, ())

    def _patch(self, item: Entity, patch: Patch, waiting: Collection[str]) -> Iterator[str]:
        yield from _not_pointers(step.path for step in patch)
        for step in patch:
            yield from self._values(item, {field_of(step.path): step.value}, waiting)

    def _values(self, item: Entity, values: Row, waiting: Collection[str]) -> Iterator[str]:
        """What is wrong with values; those of fields that wait for an answer are not used, and not checked."""
        for name, target in item.references.items():
            value = values.get(name)
            if value is not None and name not in waiting:
                yield from self._reference(name, target, value)
        for name, value in values.items():
            field = item.fields.get(name) if isinstance(value, dict | list) and name not in waiting else None
            if field is not None and not isinstance(field.type, Reference | Document):
                yield f"{name}: {shown(value)} is no value of {item.name}"
        if self._every_value:
            yield from self._unfit(item, {name: part for name, part in values.items() if name not in waiting})

    def _unfit(self, item: Entity, values: Row) -> Iterator[str]:
        """What is not a value of its field, references aside."""
        for name, value in values.items():
            if name == ID and item.has_surrogate and type(value) is int:
                continue
            if name not in item.fields:
                yield _no_field(item, name)
            elif not isinstance(type_ := item.fields[name].type, Reference):
                try:
                    parse(type_, value)
                except Misfit as misfit:
                    yield f"{name}: {misfit}"

    def _reference(self, name: str, target: str, value: Json, depth: int = 0) -> Iterator[str]:
        item = self._entities[target]
        if not isinstance(value, dict):
            yield f"{name}: {shown(value)} is no key of {target}; expected an object of fields that name a row"
        elif depth == _DEEPEST:
            yield f"{name}: a key is nested in more than {_DEEPEST} others"
        else:
            yield from (f"{name}: {fault}" for fault in self._key(item, value, (), depth + 1))

    def _key(self, item: Entity, key: Key, waiting: Collection[str] = (), depth: int = 0) -> Iterator[str]:
        if not key:
            yield f"an empty object is no key of {item.name}; expected fields that name a row"
        for name, part in key.items():
            if name == ID and type(part) is int:
                continue
            field = item.fields.get(name)
            if field is None:
                yield _no_field(item, name)
            elif isinstance(field.type, Reference):
                if part is not None and name not in waiting:
                    yield from self._reference(name, field.type.entity, part, depth)
            elif part is not None and name not in waiting and not _is_of_kind(field.type, part):
                yield f"{name}: {shown(part)} is no value of a key of {item.name}"
            elif self._every_value:
                yield from self._unfit(item, {name: part})

    def _lookup(self, item: Entity, lookup: Row, depth: int = 0) -> Iterator[str]:
        """What is wrong with what a record says of a row."""
        if depth == _DEEPEST:
            yield f"a lookup is nested in more than {_DEEPEST} others"
            return
        for name, part in lookup.items():
            field = item.fields.get(name)
            if field is None:
                if name not in (ID, TEXT) or isinstance(part, dict | list):
                    yield _no_field(item, name)
            elif isinstance(field.type, Reference):
                if isinstance(part, dict):
                    yield from self._lookup(self._entities[field.type.entity], part, depth + 1)
                elif part is not None:
                    yield f"{name}: {shown(part)} says nothing of a row of {field.type.entity}"
            elif isinstance(part, dict | list):
                yield f"{name}: {shown(part)} is no value of {item.name}"


def _is_of_kind(type_: FieldType, value: Json) -> bool:
    """Whether a value that is not null is one that a column of this type could hold, were its limits wide enough."""
    match type_:
        case Date() | Timestamp():
            return isinstance(value, str) and _is_canonical(type_, value)
        case Document() | Reference():
            return True
        case _:
            return type(value) in kinds(type_)


def _is_canonical(type_: Date | Timestamp, value: str) -> bool:
    try:
        return bool(parse(type_, value) == value)
    except Misfit:
        return False


def _not_pointers(paths: Iterable[str], *, whole: bool = False) -> Iterator[str]:
    """A message for each path that is not the pointer of a field nor, if `whole`, of the whole row."""
    for path in paths:
        if pointer(field_of(path)) != path and not (whole and not path):
            yield f"{shown(path)} is not the pointer of a field"


def _no_field(item: Entity, name: str) -> str:
    return f"{item.name} have no field {shown(name)}"
