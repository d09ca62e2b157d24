"""Evidence that a column of a foreign sheet is a certain column of a view: its name, and its values.

    strength    evidence
    NAME        it has the name of the view's column, apart from case, blanks and punctuation
    SYNONYM     it has a name that the catalog declares as a synonym (`Column.synonyms`)
    LIKENESS    its name is similar to one of these, and all its values fit
    VALUES      its values: codes with right check digits, dates, options of a choice, names of existing rows

A synonym does not count if none of the values fits. Numbers and free texts are no evidence: they fit many columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from bake.catalog.column_types import column_type
from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field import Field
from bake.catalog.field_types import Boolean, Choice, Date, Exact, FieldType, Integer, Real, Reference, Text, Timestamp
from bake.catalog.lookups import Lookup, naming_fields
from bake.catalog.model import Catalog
from bake.catalog.names import LONGEST_TITLE, letters, loose_form
from bake.catalog.readings import meanings, says_nothing
from bake.catalog.values import Json, Misfit, parse
from bake.catalog.view import Column, Role, View
from bake.sources.sheets.column_mapping import only_date

#: How similar two names must be (0 to 100), and how many letters a name must have.
_ALIKE, _SHORTEST = 80, 3
#: The similarity (0 to 100) of a name that has all words of another name, and more.
_MORE_WORDS = 90.0
#: Which share of the values must name existing rows; the others may be new.
_KNOWN = 0.5

#: How many columns without a known name are judged by likeness and values, for which rows are looked up.
_JUDGED = 100

#: Counts how many lookups of rows of an entity find one.
CountKnown = Callable[[str, Sequence[Lookup]], int]


class Strength(IntEnum):
    """How strong a claim is."""

    VALUES = 1
    LIKENESS = 2
    SYNONYM = 3
    NAME = 4


@dataclass(frozen=True, slots=True)
class Sampled:
    """A column of a source, or a value that it gives for all of its records (`constant`).

    Attributes:
        name: as the source has it.
        reads: the name that its values have in records.
        values: those of the first records, in order, without nulls.
        constant: whether it is one value for all records.
    """

    name: str
    reads: str
    values: tuple[Json, ...] = ()
    constant: bool = False

    @property
    def said(self) -> tuple[Json, ...]:
        """The values that say something: words for nothing are no evidence of what a column holds, nor against it."""
        return tuple(value for value in self.values if not says_nothing(value))


@dataclass(frozen=True, slots=True)
class Claim:
    """Evidence that a column of the source is one of the view.

    Attributes:
        field: the name of the view's column.
        strength: the kind of evidence.
        score: ranks it among claims of the same strength; the higher, the better.
        why: the reason in words.
    """

    field: str
    strength: Strength
    score: float
    why: str


def claims(columns: Sequence[Sampled], catalog: Catalog, view: View, count_known: CountKnown) -> list[list[Claim]]:
    """For each column of a source, the columns of the view that it may be, the best first.

    Likeness and values are considered only for columns without a known name. A synonym counts if values fit the column;
    and if none do, where nothing else is known of it, so that they are asked about and not left out.

    Args:
        columns: the columns of the source.
        catalog: the catalog.
        view: the view by which its records are read.
        count_known: counts the rows that lookups find.
    """
    found = []
    unnamed = 0
    for column in columns:
        these = [claim for target in targets(view) if (claim := _by_name(column, catalog, view, target))]
        unnamed += not these
        if not these and unnamed <= _JUDGED:
            judged = (_by_values(column, catalog, view, target, count_known) for target in targets(view))
            synonyms = (_by_name(replace(column, values=()), catalog, view, target) for target in targets(view))
            these = [claim for claim in judged if claim] or [claim for claim in synonyms if claim]
        found.append(sorted(these, key=lambda claim: (-claim.strength, -claim.score)))
    return found


def targets(view: View) -> list[Column]:
    """The columns of a view that are read back: all but the computed ones."""
    return [column for column in view.columns if column.role is not Role.COMPUTED]


def _by_name(column: Sampled, catalog: Catalog, view: View, target: Column) -> Claim | None:
    plain = letters(column.name)
    if plain and plain == letters(target.name):
        return Claim(target.name, Strength.NAME, 100, "its name")
    word = next((word for word in target.synonyms if plain and letters(word) == plain), None)
    if word is None or (column.said and not _fitting(column, catalog, view, target)):
        return None
    return Claim(target.name, Strength.SYNONYM, 100, f"{word} is another name of {target.name}")


def _is_only_named(target: Column, catalog: Catalog, view: View) -> bool:
    """Whether a column is a reference as a whole that only records have which call it by its name."""
    is_whole = len(target.path) == 1 and target.path[0] in catalog.entities[view.entity].references
    return is_whole and not target.exported and not target.synonyms


def _by_values(column: Sampled, catalog: Catalog, view: View, target: Column, count_known: CountKnown) -> Claim | None:
    if _is_id(target) or _is_only_named(target, catalog, view):
        return None  # nothing but its name tells that a number is the id of a row
    said = _said_by_values(column, catalog, view, target, count_known)
    alike = _likeness(column.name, target)
    if alike is not None and (said or _fitting(column, catalog, view, target) == len(column.said)):
        why = f"its name is like {alike[1]}" + (f", and {said}" if said else "")
        return Claim(target.name, Strength.LIKENESS, alike[0] + (100 if said else 0), why)
    return Claim(target.name, Strength.VALUES, 100, said) if said else None


def _fitting(column: Sampled, catalog: Catalog, view: View, target: Column) -> int:
    """How many of the values fit a column of the view."""
    type_ = column_type(catalog, view, target)
    return sum(_fits(type_, value) for value in column.said)


def _is_id(target: Column) -> bool:
    return target.path[-1:] in ((ID,), ("uuid",))


def _likeness(name: str, target: Column) -> tuple[float, str] | None:
    """The similarity of a name to that of a column or one of its synonyms, and which; None if it is too low."""
    from rapidfuzz.fuzz import ratio  # here, since it loads slowly and few builds need it

    if len(letters(name)) < _SHORTEST:
        return None
    words = _words(name)
    known = {word: _words(word) for word in (target.name, *target.synonyms)}
    scores = (
        (_MORE_WORDS if {*text.split()} < {*words.split()} else ratio(words, text), w) for w, text in known.items()
    )
    best = max(scores)
    return best if best[0] >= _ALIKE else None


def _words(name: str) -> str:
    return loose_form(name[:LONGEST_TITLE].replace("_", " "))


def _fits(type_: FieldType, value: Json) -> bool:
    """Whether a value can be read as one of this type, in whatever format."""
    if isinstance(type_, Text | Reference):
        return not isinstance(value, dict | list)
    try:
        parse(type_, value)
    except Misfit:
        pass
    else:
        return True
    if isinstance(type_, Date) and only_date(value) != value:
        return True
    if isinstance(type_, Exact | Real | Integer | Boolean) and isinstance(value, str):
        return bool(value.strip()) and _reads_in_a_sheet(type_, value)
    return bool(meanings(type_, value))


def _reads_in_a_sheet(type_: FieldType, text: str) -> bool:
    from bake.sources.sheets.cells import converter

    return not isinstance(converter(type_)(text), str) or bool(meanings(type_, text))


def _said_by_values(
    column: Sampled, catalog: Catalog, view: View, target: Column, count_known: CountKnown
) -> str | None:
    """The evidence of the values in words, with their number; None if they are none."""
    if not column.said:
        return None
    field = _field_at(catalog, catalog.entities[view.entity], target.path)
    match field.type if field else None:
        case Date() | Timestamp() as type_:
            fit = all(not _is_digits(value) and _fits(type_, value) for value in column.said)
            moments = isinstance(type_, Date) and any(only_date(value) != value for value in column.said)
            said = "points in time, of which the date is taken" if moments else "dates"
        case Choice() as type_:
            fit, said = all(_fits(type_, value) for value in column.said), f"words of {target.name}"
        case Text() if field and field.is_code and field.checks:
            fit, said = all(_is_code(field, value) for value in column.said), f"valid as {target.name}"
        case _:
            fit, said = False, ""
    if fit:
        return f"{len(column.said)} of {len(column.said)} values are {said}"
    return _rows_here(column, catalog, view, target, count_known)


def _rows_here(column: Sampled, catalog: Catalog, view: View, target: Column, count_known: CountKnown) -> str | None:
    """A sentence if at least half of the different values name rows of the database; else None."""
    lookups = [
        lookup
        for value in dict.fromkeys(value for value in column.said if isinstance(value, str))
        if (lookup := _lookup(catalog, catalog.entities[view.entity], target, value)) is not None
    ]
    if not lookups:
        return None
    entity = catalog.entities[view.entity].references[target.path[0]]
    known = count_known(entity, lookups)
    if known < _KNOWN * len(lookups):
        return None
    return f"{known} of {len(lookups)} different values name {entity} that are here"


def _lookup(catalog: Catalog, item: Entity, target: Column, value: str) -> Lookup | None:
    """The lookup for a text, if the column names a row to which the records refer; else None."""
    referred = catalog.entities.get(item.references.get(target.path[0], "")) if target.path else None
    if referred is None or not value.strip():
        return None
    match target.path[1:]:
        case ():
            return {TEXT: value} if naming_fields(referred) else None
        case (name,) if name in {*naming_fields(referred), *(key[0] for key in referred.keys if len(key) == 1)}:
            return {name: value}
        case _:
            return None


def may_hold(column: Sampled, catalog: Catalog, view: View, target: Column) -> bool:
    """Whether all values of a column fit a column of the view whose type is neither text nor a reference."""
    type_ = column_type(catalog, view, target)
    telling = bool(column.said) and not isinstance(type_, Text | Reference)
    return telling and _fitting(column, catalog, view, target) == len(column.said)


def _field_at(catalog: Catalog, item: Entity, path: tuple[str, ...]) -> Field | None:
    *steps, last = path
    for step in steps:
        item = catalog.entities[item.references[step]]
    return item.fields.get(last)


def _is_code(field: Field, value: Json) -> bool:
    """Whether a value is a code that passes all checks; a spreadsheet may have taken zeros before it."""
    text = str(value).strip()
    return _is_digits(value) and any(
        not any(check(text.zfill(width)) for check in field.checks) for width in (len(text), 12, 14)
    )


def _is_digits(value: Json) -> bool:
    text = str(value).strip()
    return text.isascii() and text.isdigit()


def distinct(values: Sequence[Json], most: int) -> Iterator[Json]:
    """The first different ones of some values."""
    seen: dict[str, None] = {}
    for value in values:
        if (text := repr(value)) not in seen and len(seen) < most:
            seen[text] = None
            yield value
