"""What the record that asks a question says: shown with the question, and taken over into a row that is made for it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from bake.catalog.base_digest import BASE
from bake.catalog.entity import Entity
from bake.catalog.field_types import Choice, Document, Reference
from bake.catalog.names import letters
from bake.catalog.values import Json, Misfit, parse
from bake.catalog.view import Joined, Role, View
from bake.changeset.model import Key, Row
from bake.sources.evidence import EVIDENCE
from bake.sources.json.json_document import EXPORT_ID
from bake.sources.model import Position

#: How much of a text is shown, and how many columns.
_CLIPPED, _COLUMNS = 120, 40


class Origin(msgspec.Struct, frozen=True, eq=False):
    """Where a question came up.

    Attributes:
        where: the place in the source, as text.
        record: the record, column names to values.
        doubt: the columns that the question is about; some may not be in the record.
    """

    where: str
    record: Mapping[str, Json] = {}
    doubt: tuple[str, ...] = ()

    def shown(self, titles: Mapping[str, str]) -> tuple[Row, tuple[str, ...]]:
        """What the record says, by the titles that its columns have in the source; and the titles in doubt."""
        own = (BASE, EXPORT_ID, EVIDENCE)
        stated = ((name, value) for name, value in self.record.items() if name not in own)
        said = [(name, value) for name, value in stated if value is not None and not isinstance(value, Position)]
        record = {titles.get(name, name): _clipped(value) for name, value in said[:_COLUMNS]}
        doubt = (titles.get(name, name) for name in self.doubt)
        return record, tuple(title for title in doubt if title in record)


def _clipped(value: Json) -> Json:
    match value:
        case str():
            text = value if len(value) <= _CLIPPED else f"{value[:_CLIPPED]}…"
            return text.encode("utf-8", "replace").decode()
        case dict() if value and all(isinstance(part, str | int | Decimal) for part in value.values()):
            return _clipped(", ".join(map(str, value.values())))
        case list() | dict():
            return f"({len(value)} {'item' if len(value) == 1 else 'items'})"
        case int() if abs(value) >= 2**63:
            return str(value)[:_CLIPPED]
        case _:
            return value


def columns_of(view: View, field: str) -> tuple[str, ...]:
    """The columns of a view that say something of a field of its entity."""
    return tuple(column.name for column in view.columns if column.path[:1] == (field,))


def joined_columns(view: View, reference: str) -> list[tuple[str, tuple[str, ...]]]:
    """The computed columns of a view that are made of fields of the row of a reference alone, with these fields."""
    return [
        (column.name, tuple(path[1] for path in column.computed.paths))
        for column in view.columns
        if isinstance(column.computed, Joined)
        and all(len(path) == 2 and path[0] == reference for path in column.computed.paths)
    ]


def told_of_new_row(item: Entity, view: View, record: Mapping[str, Json], lookup: Key) -> Row:
    """What a record says of a row that it refers to, beside the lookup: in columns that are nothing else of its view.

    Args:
        item: the entity of the row.
        view: that of the record; a column of its own, such as `notes`, says nothing of another row.
        record: column names to values.
        lookup: what is looked up.

    Returns:
        Values of fields, as they fit; a reference as the text that names its row.
    """
    wanted = {letters(word): name for name in item.fields for word in (name, *item.synonyms.get(name, ()))}
    told: Row = {}
    for column, raw in record.items():
        own = view.by_name.get(column)
        name = wanted.get(letters(column)) if own is None or own.role is Role.COMPUTED else None
        if name is None or name in lookup or name in told or not item.fields[name].editable:
            continue
        if (value := _fitting(item, name, raw)) is not None:
            told[name] = value
    return told


def _fitting(item: Entity, name: str, raw: Json) -> Json:
    """A value that fits a field; None if it does not."""
    match item.fields[name].type:
        case Document():
            return None
        case Reference():
            return raw.strip() or None if isinstance(raw, str) else None
        case Choice() as type_ if isinstance(raw, str):
            return type_.named(raw)
        case type_:
            try:
                return parse(type_, raw)
            except Misfit:
                return None
