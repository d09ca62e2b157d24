"""Notes the rows of lists that a source lacks: a recipe stands there with fewer lines than it has here.

Nothing becomes of them, except in mode `mirror`; whoever took a line out of a list should know. Only records that hold
lists of this kind say so: a sheet of lines need not have all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from bake.catalog.entity import Entity, Nested
from bake.catalog.row import Row
from bake.compiler.context import Context

#: How many of the rows of one list are named.
_LISTED = 20


def lacking_text(count: int, of: str) -> str:
    """A sentence on lines of a list that a source lacks; `of` says which list."""
    some, is_, it = ("1 line", "is", "it stays") if count == 1 else (f"{count} lines", "are", "they stay")
    return f"{some} of {of} {is_} not in the file; {it}"


def note_lacking_lines(context: Context) -> None:
    """Note the rows of lists in the source that no record is about; to be called after all records were compiled."""
    for around, nested in _lists(context):
        ids = context.claims.rows(around.name)
        while some := list(islice(ids, context.options.batch)):
            context.trim()
            _note(context, around, nested, some)


def _lists(context: Context) -> Iterator[tuple[Entity, Nested]]:
    """The lists of which the source has some, with the entity of the records that hold them."""
    there = {(one.name.partition("/")[0], one.view.entity) for one in context.source.sections if one.view}
    for item in context.catalog.entities.values():
        yield from ((item, nested) for nested in item.nested.values() if (item.name, nested.entity) in there)


def _note(context: Context, around: Entity, nested: Nested, ids: Sequence[int]) -> None:
    item = context.catalog.entities[nested.entity]
    found = context.snapshot.find(item.name, (nested.reference,), [(id_,) for id_ in ids])
    lacking = {
        id_: left
        for (id_,), rows in found.items()
        if (left := [row for row in rows if not context.claims.named(item.name, row.id)])
    }
    context.fetch_names(item, [row for rows in lacking.values() for row in rows], item.references)
    for id_, rows in lacking.items():
        row = context.keys.row(around.name, id_)
        assert row is not None, "a transaction sees no row go"
        named = ", ".join(_named(context, item, nested, rows))
        context.notices.add("line_lacking", f"{lacking_text(len(rows), context.label(around, row))}: {named}")


def _named(context: Context, item: Entity, nested: Nested, rows: Sequence[Row]) -> list[str]:
    """What the first of some rows are about, each once, and that there are more."""
    some = list(dict.fromkeys(_about(context, item, nested, row) for row in rows[:_LISTED]))
    return [*some, "…"] if len(rows) > _LISTED else some


def _about(context: Context, item: Entity, nested: Nested, row: Row) -> str:
    """What a row is about, by the rest of its key: `lemon_whole`; if it has no other key, what it is called."""
    names = [name for name in item.keys[0] if name not in (nested.reference, nested.numbered)] if item.keys else []
    keys = [context.keys.reference(item.references.get(name), row.values[name]) for name in names]
    parts = [part for value in keys for part in (value.values() if isinstance(value, dict) else [value])]
    return ", ".join(map(str, parts)) or context.label(item, row)
