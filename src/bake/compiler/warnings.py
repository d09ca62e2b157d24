"""What fits but looks wrong beside other rows: numbers far from the last ones, rows that equal others (rules 4, 7)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bake.catalog.lookups import Frozen, frozen_values
from bake.catalog.model import Entity, Outlier
from bake.catalog.values import Json
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafted_values import OperationDraft, warn
from bake.compiler.references import Found, Resolved


def warn_of_outliers(
    context: Context, item: Entity, drafts: Sequence[OperationDraft], parents: Sequence[dict[str, Resolved]]
) -> None:
    """Compare numbers of new rows with the last ones for the same parent; one query a batch and declared outlier."""
    for outlier in item.outliers:
        found = [p.get(outlier.by) for p in parents]
        ids = {hit.row.id for hit in found if isinstance(hit, Found)}
        last = context.snapshot.latest(item.name, outlier.field, outlier.by, outlier.order, sorted(ids)) if ids else {}
        for draft, hit in zip(drafts, found, strict=True):
            if isinstance(hit, Found):
                warn_of_jump(outlier, draft, last.get(hit.row.id))


def warn_of_jump(outlier: Outlier, draft: OperationDraft, last: Json) -> None:
    """Warn if a number that is to be written is many times larger or smaller than the last one."""
    value = draft.values.get(outlier.field)
    if not isinstance(value, (int, Decimal)) or not isinstance(last, (int, Decimal)) or not last or not value:
        return
    now, then = abs(Decimal(value)), abs(Decimal(last))
    factor = max(now / then, then / now)
    if factor >= outlier.factor:
        message = f"{value} is {factor:.0f} times {'more' if now > then else 'less'} than the last, {last}"
        warn(draft, outlier.field, message, code="outlier", factor=round(factor))


class Lookalikes:
    """Finds new rows without a natural key that equal another in all that describes them. They may be genuine."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, Frozen], int] = {}

    def warn(
        self, context: Context, item: Entity, drafts: Sequence[OperationDraft], parents: Sequence[dict[str, Resolved]]
    ) -> None:
        """Warn of new rows that equal one of the database, or an earlier record of this source."""
        if item.keys or not item.likeness:
            return
        keys = [_described(item, w, p) for w, p in zip(drafts, parents, strict=True)]
        asked = dict.fromkeys(key for key in keys if key is not None)
        rows = context.snapshot.find(item.name, item.likeness, list(asked)) if asked else {}
        for draft, key in zip(drafts, keys, strict=True):
            if key is None:
                continue
            if key in rows:
                self._add(draft, item, "a row here already is the same in " + ", ".join(item.likeness))
            frozen = (item.name, frozen_values(item.likeness, dict(zip(item.likeness, key, strict=True))))
            first = self._first.setdefault(frozen, draft.reading.number)
            if first != draft.reading.number:
                self._add(draft, item, f"record {first} is the same in " + ", ".join(item.likeness))

    @staticmethod
    def _add(draft: OperationDraft, item: Entity, message: str) -> None:
        warn(draft, item.likeness[0], message, code="lookalike")


def _described(item: Entity, draft: OperationDraft, parents: dict[str, Resolved]) -> tuple[Json, ...] | None:
    """The fields in which lookalikes are alike, references as ids; None while one waits, or has no parent yet."""
    parts: list[Json] = []
    for name in item.likeness:
        parent = parents.get(name)
        if name in item.references and isinstance(parent, Found):
            parts.append(parent.row.id)
        elif pointer(name) in draft.needs or (name in item.references and draft.values.get(name) is not None):
            return None
        else:
            parts.append(draft.values.get(name))
    return tuple(parts)
