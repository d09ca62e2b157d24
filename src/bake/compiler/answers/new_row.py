"""The new row that an answer describes: what the question's lookup says of it, and what the answer adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import assert_never

from msgspec import structs

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field_types import Reference, ScalarType
from bake.catalog.lookups import frozen, given, spelled_out
from bake.catalog.sensitive import known
from bake.catalog.type_words import describe
from bake.catalog.values import Json, Misfit, parse, shown
from bake.changeset.further_id import further_id
from bake.changeset.model import Key, Needs, Question, QuestionKind, Row, Uuids
from bake.changeset.pointers import pointer
from bake.changeset.runs import numbers, runs
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.drafting.new_keys import Completion, key_of
from bake.compiler.questions.questions import Asking
from bake.compiler.references.lookup_readings import parse_lookup
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found, Resolved, Unclear
from bake.compiler.rows.row_keys import uuids_of
from bake.resolution.answers import Answer
from bake.resolution.typed_value import from_text


@dataclass(slots=True)
class NewRow:
    """A row while it is being put together.

    Attributes:
        key: its key.
        values: its row document.
        needs: what it waits for, by JSON pointer.
        uuids: those of the rows of the database that it refers to, by JSON pointer.
        asked: the questions that it opens, or joins.
        problems: why it cannot be made.
        warnings: what fits but looks wrong, and names that were taken for rows.
    """

    key: Key = field(default_factory=dict)
    values: Row = field(default_factory=dict)
    needs: Needs = field(default_factory=dict)
    uuids: Uuids = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def new_row(state: ResolutionState, question: Question, answer: Answer) -> NewRow:
    """The row that an answer creates for a reference; its problems say whether it can be."""
    return _Maker(state, question, answer.typed).make(answer.values or {})


def said_of(item: Entity, question: Question) -> Row:
    """What the source says of the row that a question names; ids say nothing about a new row."""
    lookup = {**question.told, **(question.lookup or {})}
    return {name: lookup[name] for name in item.fields if given(lookup, name)}


def resolve_named(state: ResolutionState, entity: str, raw: Json) -> tuple[Key, Resolved]:
    """The row that a key, or a name alone, means: its lookup, and what the lookup finds.

    Args:
        state: the changeset.
        entity: whose row.
        raw: an object of fields, or a text: a key of one field, or another name.

    Raises:
        Misfit: it can name no row of this entity.
    """
    lookup = lookup_of(state, entity, raw)
    hit = state.known.references.resolve(entity, [lookup])[frozen(lookup)]
    return spelled_out(state.catalog.entities[entity], lookup), hit


def lookup_of(state: ResolutionState, entity: str, raw: Json) -> Key:
    """The lookup that a key, or a name alone, stands for.

    Raises:
        Misfit: it can name no row of this entity.
    """
    item = state.catalog.entities[entity]
    lookup = parse_lookup(state.catalog, entity, raw) or {}
    lookup = {name: part for name, part in lookup.items() if name != ID and given(lookup, name)}
    if TEXT not in lookup and not state.known.references.identifies(entity, lookup):
        named = " or ".join("+".join(key) for key in item.portable_keys)
        raise Misfit("this names no row", f"one of the {entity} by its {named}")
    return lookup


class _Maker:
    def __init__(self, state: ResolutionState, question: Question, typed: bool) -> None:
        self._state = state
        self._question = question
        self._typed = typed
        self._item = state.catalog.entities[question.entity]
        self._n = state.made_by(question.id)
        self._row = NewRow()

    def make(self, values: Row) -> NewRow:
        self._unknown(values)
        said = {**said_of(self._item, self._question), **values}
        for name in self._item.fields:
            if given(said, name):
                self._field(name, said[name])
        self._name()
        if not self._row.problems:
            self._unique()
        self._check()
        return self._row

    def _unknown(self, values: Row) -> None:
        for name in sorted(values.keys() - self._item.fields.keys()):
            near = get_close_matches(name, self._item.fields, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; expected {', '.join(self._item.fields)}"
            self._row.problems.append(f"{self._item.name} have no field {shown(name)}{hint}")

    def _field(self, name: str, raw: Json) -> None:
        type_ = self._item.fields[name].type
        try:
            if isinstance(type_, Reference):
                self._reference(name, *resolve_named(self._state, type_.entity, raw))
            else:
                self._row.values[name] = read_value(type_, raw, typed=self._typed)
        except Misfit as misfit:
            self._row.problems.append(f"{name}: {misfit}")

    def _reference(self, name: str, lookup: Key, hit: Resolved) -> None:
        row = self._row
        match hit:
            case Found(there, key, by):
                row.values[name] = key
                row.uuids |= uuids_of(pointer(name), key, there)
                if by is not None:
                    row.warnings.append(f"{name}: {shown(by)} was taken for {', '.join(map(str, key.values()))}")
            case CreatedRow(n, key):
                row.values[name], row.needs[pointer(name)] = key, n
            case Unclear():
                row.values[name] = lookup
                row.needs[pointer(name)] = self._ask(name, self._item.references[name], lookup, hit)
            case _:
                assert_never(hit)

    def _ask(self, name: str, target: str, lookup: Key, hit: Unclear) -> str:
        """The question which row is meant: one that is asked already, or a further one."""
        questions = self._state.questions | {question.id: question for question in self._row.asked}
        for question in questions.values():
            if question.entity == target and question.lookup is not None and frozen(question.lookup) == frozen(lookup):
                return self._join(name, question)
        question = self._further(further_id(target, lookup, questions), name, lookup, hit)
        self._row.asked.append(question)
        return question.id

    def _join(self, name: str, question: Question) -> str:
        if question.id == self._question.id:
            self._row.problems.append(f"{name}: the new row would refer to itself")
        asking = set(numbers(question.asked_by))
        if self._n not in asking:
            self._row.asked.append(structs.replace(question, asked_by=runs(sorted(asking | {self._n}))))
        return question.id

    def _further(self, id_: str, name: str, lookup: Key, hit: Unclear) -> Question:
        target = self._item.references[name]
        known, item = self._state.known, self._state.catalog.entities[target]
        several = known.offered(item, hit.rows, hit.made)
        kind: QuestionKind = "ambiguous" if several else "missing"
        question = Question(
            id=id_,
            kind=kind,
            entity=target,
            lookup=lookup,
            where=self._question.where,
            asked_by=(self._n,),
            candidates=several,
            more=len(hit.rows) + len(hit.made) - len(several),
        )
        if several:
            return question
        asking = Asking(self._item.name, self._row.values, name)
        return structs.replace(question, candidates=self._state.ranking.candidates(question, asking))

    def _name(self) -> None:
        """Complete the keys, and see that nothing is lacking."""
        document = dict(self._row.values)
        completion = Completion(self._state.known, self._item, [document])
        completion.complete(document, (self._state.digest, self._question.id))
        self._row.values = {name: document[name] for name in self._item.fields if name in document}
        self._row.key = key_of(self._item, self._row.values)
        spoken_of = {problem.partition(":")[0] for problem in self._row.problems}
        lacking = [
            declared
            for name, declared in self._item.fields.items()
            if declared.required and name not in document and name not in spoken_of
        ]
        asked = [declared for declared in lacking if declared.name not in self._item.derived]
        for declared in asked or lacking:  # what is derived is there once the rest is
            expected = describe(declared.type)
            self._row.problems.append(f"a new row of {self._item.name} needs {declared.name}; expected {expected}")

    def _unique(self) -> None:
        known, item = self._state.known, self._item
        rows = known.references.stored.exact(item, [self._row.values])[0]
        made = known.created_rows.by_key(item, known.references.pinned(item, self._row.values))
        taken = [known.candidate(item, row) for row in rows[:1]]
        taken += [known.created_candidate(item, made)] if made and made.n != self._n else []
        for candidate in taken:
            where = candidate.why or "there already"
            self._row.problems.append(f"{candidate.label} is {where} under this key; map to it, or give another key")

    def _check(self) -> None:
        for name, value in self._row.values.items():
            for check in self._item.fields[name].checks:
                if message := check(value):
                    self._row.warnings.append(f"{name}: {message}")


def read_value(type_: ScalarType, raw: Json, *, typed: bool) -> Json:
    """The canonical value of what an answer gives.

    Raises:
        Misfit: it is not one of the type's.
    """
    return from_text(type_, raw) if typed and isinstance(raw, str) else known(type_, parse(type_, raw))
