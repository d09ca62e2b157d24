"""What a record of a view was exported with: a short digest of each value, which travels in the record as `_base`.

    b1 VVVVVV DDDDDD IIIIII… EEEEEE… RRR… CCCCCC        (without the blanks)

    b1   the version of this form; it begins with a letter, so that no spreadsheet takes it for a number or a formula
    V    the view: its envelope, and the names and roles of its columns in order
    D    the database that it was exported from
    I    of each identity column, the value
    E    of each editable column, the value
    R    of each read-only column, the value
    C    all before it: shows whether the cell was cut off or altered

All are the first characters of a BLAKE2b digest in the URL-safe alphabet of RFC 4648 (6 bits each): six of them, but
three where nothing but a notice depends on it. Null has a digest like any other value. What a `_base` proves:

    it is not there                                             nothing
    another version, too short, too long, C does not fit        nothing: it was cut off or altered
    V does not fit                                              nothing: it is that of another view or of other columns
    an identity column has another value, or none is left       nothing: it is that of another row
    otherwise                                                   whether each value is the one that was exported

docs/decisions/0009 has the arithmetic of chance agreement.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate

import msgspec

from bake.catalog.column_types import column_type
from bake.catalog.field_types import FieldType, Reference
from bake.catalog.model import Catalog
from bake.catalog.values import Json, Misfit, exact, parse
from bake.catalog.view import Role, View

#: The column of a record that holds it.
BASE = "_base"
VERSION = "b1"

_LONG, _SHORT = 6, 3
#: How many digests are remembered: columns of words, dates and prices repeat themselves.
_REMEMBERED = 50_000
_ENCODER = msgspec.json.Encoder(decimal_format="string", order="deterministic")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A `_base` that cannot be compared with its record; `reason` is the end of a sentence that says why."""

    reason: str


class RecordBase:
    """The base of one record: tells which of its values are those that were exported.

    Args:
        format_: the format of its view.
        text: a usable `_base`.
    """

    __slots__ = ("_format", "_text")

    def __init__(self, format_: BaseFormat, text: str) -> None:
        self._format, self._text = format_, text

    def wrote(self, column: str, value: Json) -> bool:
        """Whether the export wrote this canonical value in this column; blanks around a text do not count."""
        start, width = self._format.positions[column]
        return _is_digest(self._text[start : start + width], width, column, value)

    def is_from(self, database: str) -> bool:
        """Whether the database with this id was exported."""
        start = len(VERSION) + _LONG
        return self._text[start : start + _LONG] == _digest(database.encode())


class BaseFormat:
    """Writes and reads the `_base` of the records of one view.

    Attributes:
        positions: of each exported column, where its digest stands in the text, and how long it is.
    """

    def __init__(self, catalog: Catalog, view: View) -> None:
        shown = [column for column in view.columns if column.exported]
        columns = sorted(shown, key=lambda column: _ORDER[column.role])
        self._types = {column.name: column_type(catalog, view, column) for column in shown}
        widths = [_SHORT if _ORDER[column.role] == _READ else _LONG for column in columns]
        starts = accumulate(widths, initial=len(VERSION) + 2 * _LONG)
        self.positions = {
            column.name: (start, width) for column, start, width in zip(columns, starts, widths, strict=False)
        }
        named = [[column.name, column.role.value] for column in shown]
        self._head = VERSION + _digest(_ENCODER.encode([view.envelope, named]))
        self._identities = [column.name for column in columns if column.role is Role.IDENTITY]

    def write(self, record: Mapping[str, Json], database: str) -> str:
        """The `_base` of a record.

        Args:
            record: canonical values by column.
            database: the id of the database that it comes from.
        """
        values = (value_digest(name, record[name])[:width] for name, (_, width) in self.positions.items())
        text = "".join((self._head, _digest(database.encode()), *values))
        return text + _digest(text.encode())

    def read(self, text: Json, record: Mapping[str, Json]) -> RecordBase | Unusable:
        """The base of a record, or why its `_base` cannot be used (see the table above).

        Args:
            text: the value of the record's `_base`; it may be anything.
            record: the record, as its source has it.
        """
        if not self._is_whole(text):
            return Unusable("it was cut off or altered")
        if not text.startswith(self._head):
            return Unusable("it is that of another view or of other columns")
        base = RecordBase(self, text)
        given = [name for name in self._identities if record.get(name) is not None]
        if not given or not all(base.wrote(name, self.canonical(name, record[name])) for name in given):
            return Unusable("it is that of another row")
        return base

    def _is_whole(self, text: Json) -> bool:
        if not isinstance(text, str) or not text.startswith(VERSION) or not text.isascii():
            return False
        return len(text) > 3 * _LONG and text[-_LONG:] == _digest(text[:-_LONG].encode())

    def differing(self, name: str, bases: Sequence[Json], values: Sequence[Json]) -> Iterator[int]:
        """The positions of records that have another value in a column than their base says.

        Args:
            name: of the column.
            bases: the text of each record's base, usable or not; null for none.
            values: what each record has in the column, as its source has it.
        """
        start, width = self.positions[name]
        for n, (text, raw) in enumerate(zip(bases, values, strict=True)):
            if not isinstance(text, str) or (digest := text[start : start + width]) == value_digest(name, raw)[:width]:
                continue  # most raw values are canonical already
            if not _is_digest(digest, width, name, self.canonical(name, raw)):
                yield n

    def is_unedited(self, record: Mapping[str, Json]) -> bool:
        """Whether a record has a base, and all its values are those that were exported."""
        base = self.read(record.get(BASE), record)
        if isinstance(base, Unusable) or not record.keys() - {BASE} <= self.positions.keys():
            return False
        return all(base.wrote(name, self.canonical(name, raw)) for name, raw in record.items() if name != BASE)

    def canonical(self, name: str, raw: Json) -> Json:
        """A value of a column in canonical form; as it is, if it has none."""
        return canonical(self._types[name], raw)


def canonical(type_: FieldType, raw: Json) -> Json:
    """A raw value in the canonical form of a type; as it is, if it does not fit."""
    if isinstance(type_, Reference):
        return raw
    try:
        return parse(type_, raw)
    except Misfit:
        return raw


def value_digest(column: str, value: Json) -> str:
    """The digest of a canonical value in a column, six characters of it."""
    return _compound(column, value) if isinstance(value, (list, dict)) else _remembered(column, value)


def _is_digest(digest: str, width: int, column: str, value: Json) -> bool:
    """Whether a digest is that of a canonical value; or, of a text, of the same without blanks around it."""
    if digest == value_digest(column, value)[:width]:
        return True
    bare = value.strip() if isinstance(value, str) else value
    return bare != value and digest == value_digest(column, bare)[:width]


@lru_cache(maxsize=_REMEMBERED, typed=True)
def _remembered(column: str, value: Json) -> str:
    return _digest(f"{column}\0{_plain(value)}".encode("utf-8", "surrogatepass"))


def _compound(column: str, value: Json) -> str:
    return _digest(f"{column}\0j".encode() + _ENCODER.encode(value))


def _plain(value: Json) -> str:
    """A text for a scalar, different for different values; equal numbers have the same, whatever their Python type."""
    match value:
        case None:
            return "n"
        case bool():
            return "t" if value else "f"
        case int() | Decimal():
            return f"#{exact(Decimal(value)):f}"
        case float():
            return f"#{exact(Decimal(repr(value))):f}"
        case _:
            return f"s{value}"


def _digest(data: bytes) -> str:
    return urlsafe_b64encode(blake2b(data, digest_size=6).digest())[:_LONG].decode()


_READ = 2
_ORDER = {Role.IDENTITY: 0, Role.EDITABLE: 1, Role.CONTEXT: _READ, Role.COMPUTED: _READ}
