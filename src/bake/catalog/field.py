"""What a catalog says of one field, and of keys and values that are written as one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bake.catalog.field_types import FieldType, Reference
from bake.catalog.names import normal_form
from bake.catalog.texts import only_blanks_added
from bake.catalog.values import Json, Misfit, same, shown

#: Takes a canonical, non-null value of the field's type. Returns one sentence that says what looks wrong, or None.
Check: TypeAlias = Callable[[Any], str | None]

#: A number in scientific notation, as spreadsheets write long numbers; the first group is the significand.
_POWER = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]+)?)[eE][+-]?[0-9]+", re.ASCII)


class Mangled(Misfit):
    """A code that a spreadsheet has changed into a number, so that its digits are lost."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity: a column of its table, or the columns of a foreign key.

    A field that is a foreign key is named for what it refers to (`supplier`), not for its column (`supplier_id`), and
    has as many columns as the key has.

    Attributes:
        name: the name in row documents and changesets.
        type: the type of its values.
        column: the name of the column in the table; of a reference of several columns, of the first.
        further: the names of the other columns of such a reference.
        refers_to: of a reference, the columns of the target table that its columns hold, in the same order.
        kept: whether the database gives it its value, as the time of the last change: it is read, and shown. A create
            may give it; nothing is said of what becomes of it, and whether that differs does not count.
        required: whether a create must give it, because it is not nullable and has no default.
        nullable: whether null may be stored.
        editable: whether an update may change it. A create may set it in any case.
        checks: functions that find values which are of the type but look wrong; each makes a warning.
        normal: gives the normal form of a value, where the field names rows: two spellings of one name have the same.
            A text whose normal form is empty names no row.
        is_code: whether it holds codes of digits, such as barcodes, which spreadsheets change into numbers.
    """

    name: str
    type: FieldType
    column: str
    required: bool = False
    nullable: bool = True
    editable: bool = True
    checks: tuple[Check, ...] = ()
    normal: Callable[[str], str] = normal_form
    is_code: bool = False
    further: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    kept: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all its columns: one, unless it is a reference of several."""
        return (self.column, *self.further)

    def unchanged(self, before: Json, after: Json) -> bool:
        """Whether writing the canonical value `after` over `before` would be no edit.

        It is none if the values are equal, or if `after` only has blanks added around it. For codes it is also none if
        their normal forms are equal; unless `before` fails a check and `after` does not, which is a correction.
        """
        if same(before, after) or only_blanks_added(before, after):
            return True
        if not (self.is_code and isinstance(before, str) and isinstance(after, str)):
            return False
        alike = self.normal(before) == self.normal(after) != ""
        return alike and not (self._looks_wrong(before) and not self._looks_wrong(after))

    def mangled(self, value: Json) -> str | None:
        """One sentence that says that a spreadsheet has changed a code into a number, if it has; or None."""
        if self.is_code and isinstance(value, str) and (number := _POWER.fullmatch(value.strip())):
            digits = sum(map(str.isdigit, number.group(1)))
            return f"{shown(value)} is a number in scientific notation: of the code only {digits} digits are left"
        return None

    def _looks_wrong(self, value: str) -> bool:
        return any(check(value) for check in self.checks)

    @property
    def target(self) -> str | None:
        """The name of the entity that this field refers to, if it is a reference."""
        return self.type.entity if isinstance(self.type, Reference) else None


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A check of fields of a row that may contradict each other.

    Attributes:
        fields: the fields that it reads; it is called where one of them is written.
        find: takes the values of a row, and those before if it was there; returns the field that looks wrong and why,
            or None.
    """

    fields: frozenset[str]
    find: Callable[[Mapping[str, Json], Mapping[str, Json] | None], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a key field is derived for a new row whose record does not give it.

    The values of the parts are slugified and joined by underscores; a number is added if the result is taken.

    Attributes:
        parts: for each part, the paths at which its value may stand, such as `("brand",)` or `("ingredient", "slug")`;
            the first that is not null is used.
    """

    parts: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """A text that names a row by several of its fields, with a separator between them: `cornstarch:Argo:16.0:oz`.

    It may stand wherever a reference gives the row's key as one text.

    Attributes:
        paths: the paths of its parts from the row on, in order, such as `("ingredient", "slug")`.
        loose: the index of the part that may contain the separator: parts before it are split off from the left, parts
            after it from the right.
        separator: the text between the parts.
        null: the text that stands for a part that is null.
    """

    paths: tuple[tuple[str, ...], ...]
    loose: int
    separator: str = ":"
    null: str = "None"

    def split(self, text: str) -> list[str] | None:
        """The parts of a text, as many as there are paths; None if it has too few."""
        after = len(self.paths) - self.loose - 1
        left = text.split(self.separator, self.loose)
        right = left.pop().rsplit(self.separator, after)
        return [*left, *right] if (len(left), len(right)) == (self.loose, after + 1) else None

    def join(self, parts: Sequence[Json]) -> str | None:
        """The text for these parts; None if it would be read as others."""
        texts = [self.null if part is None else str(part) for part in parts]
        text = self.separator.join(texts)
        unclear = self.null in (str(part) for part in parts if part is not None)
        return text if self.split(text) == texts and not unclear else None


@dataclass(frozen=True, slots=True)
class Dialect:
    """Names of columns that mean something else in the records of another program.

    Attributes:
        marked_by: the column that only such records have.
        columns: the names of columns in such records, with those that they have here; no two become one.
        percent: of these, by their names here, those whose numbers are percentages: 50 is read as the text "50 %", and
            asked about where the field is none of percentages.
    """

    marked_by: str
    columns: Mapping[str, str]
    percent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlier:
    """A check of a number against an earlier row: a value that is `factor` times larger or smaller is warned of.

    Attributes:
        field: the number.
        by: the reference field that must be equal in both rows.
        order: the field by which the latest of the earlier rows is chosen: that with the greatest value.
        factor: from which ratio on a value looks wrong.
    """

    field: str
    by: str
    order: str
    factor: int = 10
