"""Chooses, among the rows that a lookup may name, those whose texts are spelled exactly as in the lookup."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bake.catalog.entity import TEXT, Entity
from bake.catalog.lookups import naming_fields
from bake.catalog.row import Row
from bake.catalog.texts import tidied
from bake.catalog.values import Json
from bake.changeset.model import Key
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Awaited, Found, Resolved, Unclear


def by_spelling(
    item: Entity,
    lookup: Key,
    found: Resolved,
    doubtful: Sequence[CreatedRow],
    values: Callable[[Row], Mapping[str, Json]],
) -> Resolved:
    """What a lookup names: of all that it may name, what it spells exactly; else, apart from blanks; else all.

    Args:
        item: the entity of the rows.
        lookup: what a record says of the row.
        found: the rows that it names, without those in `doubtful`.
        doubtful: creates that it names, and that may turn out to be about rows that are there already.
        values: gives the values of a row of the database, as they will be.
    """
    rows = (found.row,) if isinstance(found, Found) else found.rows if isinstance(found, Unclear) else ()
    made = (found,) if isinstance(found, CreatedRow) else found.made if isinstance(found, Unclear) else ()
    all_ = [*((row, values(row)) for row in rows), *((one, one.values) for one in (*made, *doubtful))]
    exact = [one for one, has in all_ if _is_spelled_as(item, lookup, has, str)]
    named = exact or [one for one, has in all_ if _is_spelled_as(item, lookup, has, _tidied)]
    match named or [one for one, _ in all_]:
        case [Row()] if isinstance(found, Found):
            return found
        case [CreatedRow() as one]:
            return one if one in made else Awaited(made=(one,))
        case several:
            return Unclear(
                tuple(one for one in several if isinstance(one, Row)),
                tuple(one for one in several if isinstance(one, CreatedRow)),
            )


def _is_spelled_as(item: Entity, lookup: Key, values: Mapping[str, Json], form: Callable[[str], str]) -> bool:
    """Whether the texts by which a lookup names a row are, in this form, those of the row."""
    has = {name: form(value) for name, value in values.items() if isinstance(value, str)}
    if isinstance(text := lookup.get(TEXT), str):
        return form(text) in (has.get(name) for name in naming_fields(item))
    naming = {*naming_fields(item), *(name for key in item.keys for name in key)} - item.references.keys()
    said = {name: form(part) for name in naming if isinstance(part := lookup.get(name), str)}
    return all(part == has.get(name) for name, part in said.items())


def _tidied(text: str) -> str:
    """A name as new rows get it."""
    return tidied(text, is_name=True)[0]
