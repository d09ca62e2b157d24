"""What records ask for that carry what they were exported with: many at a time, a column after the other.

Records that equal their rows have been passed over before, and cost nothing here but for columns that are computed. Of
the others, each column that differs is judged by the table of `bake.compiler.row_difference`:

    the exported value is the file's                nothing; the record is noted as stale if the column can be edited
    … the row's, and the value fits and is none     a closer look: null clears what can be cleared
    … the row's, and the value fits                 an edit
    anything else                                   a closer look (`bake.compiler.batch`), which asks or notes

So do all other records of an export that differ, because their base is lacking or unusable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bake.catalog.base_digest import BASE, RecordBase
from bake.catalog.model import ID
from bake.catalog.values import Json, Misfit, parse
from bake.compiler.binding import Binding
from bake.compiler.column_batch import ColumnBatch
from bake.compiler.comparison_plan import Columns, Differing, OwnColumn
from bake.compiler.context import Context


@dataclass(slots=True)
class Judged:
    """The positions of records that may ask for something.

    Attributes:
        own: by position, the columns that are edited, if any.
        elsewhere: of those that may say something else of rows that their row refers to.
        closer: of those among these of which only a closer look can tell what they ask for.
        stale: of those whose row others have changed since the export, in fields that the record left alone.
    """

    own: dict[int, list[OwnColumn]]
    elsewhere: set[int]
    closer: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)


class BaseComparison:
    """Judges records of one section."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._binding = binding
        self._format = binding.base
        self._is_export = context.source.export_id is not None

    def judge(self, alike: ColumnBatch, said: Columns, rows: Columns, differing: Differing) -> Judged:
        """What records ask for, as far as their columns tell.

        Args:
            alike: the records.
            said: their columns.
            rows: the columns of their rows.
            differing: where the two differ.
        """
        if self._format is None or (BASE not in alike.names and not self._is_export):
            return Judged(differing.own, differing.elsewhere)
        if BASE not in alike.names:
            closer = {*differing.own, *differing.elsewhere}
            return Judged({}, closer, closer)
        closer = differing.elsewhere | self._with_edited_computed(alike, said)
        result = Judged({}, closer, closer)
        for n in differing.own.keys() - closer:
            self._judge_own(result, alike, rows, n, differing.own[n])
        return result

    def _with_edited_computed(self, alike: ColumnBatch, said: Columns) -> set[int]:
        """The records with a value in a computed column that was not exported, as far as their base can be told."""
        assert self._format is not None
        edited: set[int] = set()
        bases = said[alike.names.index(BASE)]
        for name in self._binding.computed:
            if name in alike.names:
                values = said[alike.names.index(name)]
                edited.update(self._format.differing(name, bases, values))
        return edited

    def _judge_own(self, result: Judged, alike: ColumnBatch, rows: Columns, n: int, columns: list[OwnColumn]) -> None:
        assert self._format is not None
        record = dict(zip(alike.names, alike.said[n], strict=True))
        base = self._format.read(record[BASE], record)
        if not isinstance(base, RecordBase):
            result.closer.add(n)
            return
        edited, stale = [], False
        for own in dict.fromkeys(columns):
            match self._judged(base, own, record[alike.names[own.position]], rows[own.at][n]):
                case None:
                    result.closer.add(n)
                    return
                case "stale":
                    stale = stale or own.name in self._binding.editable
                case "edit":
                    edited.append(own)
                case "same":
                    pass
        result.own[n] = edited
        if stale:
            result.stale.add(n)

    def _judged(
        self, base: RecordBase, own: OwnColumn, raw: Json, current: Json
    ) -> Literal["same", "stale", "edit"] | None:
        """What a value is; None if that takes a closer look, as does any id or uuid of another row."""
        name = self._binding.exported.get((own.name,))
        try:
            value = parse(own.type, raw)
        except Misfit:
            return None
        if own.unchanged(current, value):
            return "same"
        if name is None or own.name in (ID, "uuid"):
            return None
        if base.wrote(name, value):
            return "stale"
        return "edit" if value is not None and own.editable and base.wrote(name, current) else None
