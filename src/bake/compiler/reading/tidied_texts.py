"""Texts are written as they are meant (`bake.catalog.texts`), and what was tidied is noted, once for a field.

A value that is in the row already stays, however it is written: only what is to be written is tidied. A set is a copy
of a database, and new rows of an export are such copies, too; they are left as they are, and so is all with `--as-is`.
"""

from __future__ import annotations

from bake.catalog.entity import Entity
from bake.catalog.names import enumerated
from bake.catalog.texts import MOJIBAKE, oddities, tidied, unmangled
from bake.catalog.values import Json
from bake.changeset.model import Row
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn


def tidy_row(context: Context, item: Entity, document: Row, record: int) -> Row:
    """The values of a new row, tidied."""
    if context.source.is_export:
        return document
    return {name: tidy(context, item, name, value, record) for name, value in document.items()}


def tidy(context: Context, item: Entity, name: str, value: Json, record: int | None = None) -> Json:
    """A value of a field as it is meant.

    Args:
        context: the compilation, which notes it.
        item: the entity.
        name: of the field.
        value: any value; those that are no texts stay.
        record: that it is to be noted for; None if it is not to be noted.
    """
    if name not in item.texts or not isinstance(value, str) or not context.tidies:
        return value
    text, done = tidied(value, is_name=name in item.naming)
    if done and record is not None:
        message = f"{name}: {enumerated(done)} tidied; --as-is keeps texts as they are"
        context.notices.add("tidied", message, record)
    return text


def warn_of_oddities(context: Context, item: Entity, draft: OperationDraft) -> None:
    """Warn of texts that are not what they seem; how a whole file is mended is noted once."""
    for name in item.texts & draft.values.keys():
        if isinstance(value := draft.values[name], str):
            for message in oddities(value):
                warn(draft, name, message)
            if not value.isascii() and unmangled(value) != value and context.source.kind != "set":
                context.notices.add("mojibake", _MENDING, draft.reading.number)


_MENDING = (
    "there are texts that look like UTF-8 that was read as Windows-1252; if all of the file is to be mended, "
    f"build it again with --encoding {MOJIBAKE}"
)
