"""What people say of the columns of a source, as names that they typed, and as an answer to a question `columns`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bake.catalog.column_types import column_type
from bake.catalog.field_types import FieldType, Sensitive
from bake.catalog.model import Catalog
from bake.catalog.names import letters, near
from bake.catalog.values import Json, Misfit, shown
from bake.catalog.view import View
from bake.changeset.effects import CHOICES
from bake.changeset.model import Question
from bake.compiler.reading.column_claims import targets
from bake.compiler.reading.column_proposal import listed
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer
from bake.resolution.column_options import PROPOSED
from bake.resolution.resolver import Blank, Prompt
from bake.sources.sheets.column_mapping import ColumnMapping


def named_field(view: View, text: str) -> str:
    """The column of a view that a text names: by its name, but for case, blanks and marks, or by a synonym.

    Raises:
        Misfit: none is meant, or several are.
    """
    names = [column.name for column in targets(view)]
    plain = letters(text)
    by_name = [text] if text in names else [name for name in names if plain and letters(name) == plain]
    synonyms = [c.name for c in targets(view) if plain and plain in map(letters, c.synonyms)]
    meant = by_name or list(dict.fromkeys(synonyms))
    if len(meant) == 1:
        return meant[0]
    close = near(text, names)
    what = "means several columns" if meant else "is no column"
    hint = f"did you mean {close}? " if close and not meant else ""
    raise Misfit(f"{shown(text)} {what} of {view.name}", f"{hint}one of {', '.join(meant or names)}")


def named_column(names: Iterable[str], text: str) -> str:
    """The column of a source that a text names: as it stands, or but for case, blanks and marks.

    Raises:
        Misfit: none is meant, or several are.
    """
    known = list(names)
    meant = [text] if text in known else [name for name in known if letters(name) == letters(text)]
    if len(meant) == 1:
        return meant[0]
    what = "means several columns" if meant else "is no column of the source"
    raise Misfit(f"{shown(text)} {what}", f"one of {', '.join(map(shown, meant or known))}")


def named_mapping(
    catalog: Catalog, view: View, names: Iterable[str], columns: Mapping[str, str | None], values: Mapping[str, Json]
) -> tuple[ColumnMapping, list[str]]:
    """What somebody said of columns, with the names that the source and the view have; and what is wrong with it.

    Args:
        catalog: knows what is sensitive: such a value for all records would be shown in the header of the changeset.
        view: as which the records are read.
        names: the columns of the source.
        columns: by a name of a column of the source, one of the view's; None or "" if it is left out.
        values: by a name of a column of the view, the value of all records.
    """
    known, problems = list(names), []
    meant: dict[str, str | None] = {}
    given: dict[str, Json] = {}
    for text, field in columns.items():
        try:
            meant[named_column(known, text)] = named_field(view, field) if field else None
        except Misfit as misfit:
            problems.append(str(misfit))
    for text, value in values.items():
        try:
            field = named_field(view, text)
            given[field] = _value(text, value, column_type(catalog, view, view.by_name[field]))
        except Misfit as misfit:
            problems.append(str(misfit))
    return ColumnMapping(meant, given), [*problems, *doubles(meant)]


def _value(name: str, value: Json, type_: FieldType) -> Json:
    if isinstance(type_, Sensitive):
        raise Misfit(f"{name} is sensitive, and would be shown as a value for all records", "it in the source")
    if value is None or value == "":
        raise Misfit(f"{shown(name)} has no value", "a value for all records")
    return value


def doubles(names: Mapping[str, str | None]) -> list[str]:
    """What is wrong with a mapping in which several columns are one of the view's, in sentences."""
    problems = []
    for field in dict.fromkeys(filter(None, names.values())):
        claiming = [shown(name) for name, meant in names.items() if meant == field]
        if len(claiming) > 1:
            problems.append(f"{listed(claiming)} cannot all be {field}; leave out all but one")
    return problems


def assigned(question: Question, catalog: Catalog, view: View, answer: Answer) -> ColumnMapping:
    """The columns that an answer `choose` to a question `columns` says: the proposal, with what it changes.

    Args:
        question: the question.
        catalog: the catalog.
        view: as which the records are read.
        answer: its `columns` are by a column of the source, its `values` by one of the view.

    Raises:
        InvalidAnswers: it names what is not there, two columns are one, or what new rows need is still lacking.
    """
    if answer.option not in (None, PROPOSED):
        raise _refused(question, [f"{shown(answer.option)} does not fit; expected {PROPOSED}"])
    own = {column.name: column.field for column in question.columns if not column.value}
    changed, problems = named_mapping(catalog, view, own, answer.columns or {}, answer.values or {})
    names = {**own, **changed.names}
    proposed = {c.field: c.samples[0] for c in question.columns if c.value and c.field not in names.values()}
    values = {**{str(field): value for field, value in proposed.items()}, **changed.values}
    problems += [problem for problem in doubles(names) if problem not in problems]
    said = {*names.values(), *values}
    for name, fields in question.lacking.items():
        if said.isdisjoint(fields):
            problems.append(f"no column says the {name}: choose one, or give one value for all ({', '.join(fields)})")
    if problems:
        raise _refused(question, problems)
    doubtful = {column.name for column in question.columns if column.others or column.field}
    return ColumnMapping({n: f for n, f in names.items() if f or n in changed.names or n in doubtful}, values)


def columns_prompt(question: Question, catalog: Catalog, view: View, sentence: str) -> Prompt:
    """A question `columns` as it is put to somebody; its `blanks` are the columns of the view."""
    lacking = {field for fields in question.lacking.values() for field in fields}
    blanks = (Blank(column.name, column_type(catalog, view, column)) for column in targets(view))
    ordered = tuple(sorted(blanks, key=lambda blank: blank.name not in lacking))
    return Prompt(question, sentence, CHOICES["columns"], blanks=ordered, options=question.options)


def _refused(question: Question, problems: list[str]) -> InvalidAnswers:
    return InvalidAnswers(
        f"{question.id} is not answered", problems=[Problem(f"{question.id}: {problem}") for problem in problems]
    )
