"""Warns of values that fit their fields but look wrong: numbers far from the last ones, changed keys (rule 7)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bake.catalog.entity import Entity
from bake.catalog.field import Outlier
from bake.catalog.mistakes import times_apart
from bake.catalog.values import Json, shown
from bake.changeset.model import Key, Warn
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.rows.resolved import Found, Resolved


def warn_of_outliers(
    context: Context, item: Entity, drafts: Sequence[OperationDraft], parents: Sequence[dict[str, Resolved]]
) -> None:
    """Compare numbers of new rows with the last ones of the same parent; one query for each declared outlier."""
    for outlier in item.outliers:
        found = [p.get(outlier.by) for p in parents]
        ids = {hit.row.id for hit in found if isinstance(hit, Found)}
        last = context.snapshot.latest(item.name, outlier.field, outlier.by, outlier.order, sorted(ids)) if ids else {}
        for draft, hit in zip(drafts, found, strict=True):
            if isinstance(hit, Found):
                warn_of_jump(outlier, draft, last.get(hit.row.id))


def warn_of_jump(outlier: Outlier, draft: OperationDraft, last: Json) -> None:
    """Warn if a number that is to be written is many times larger or smaller than the last one."""
    if (warning := jump(outlier, draft.values.get(outlier.field), last)) is not None:
        draft.warnings.append(warning)


def jump(outlier: Outlier, value: Json, last: Json) -> Warn | None:
    """The warning about a number that is many times larger or smaller than the last one, if it is."""
    if not isinstance(value, (int, Decimal)) or not isinstance(last, (int, Decimal)) or not last or not value:
        return None
    now, then = abs(Decimal(value)), abs(Decimal(last))
    factor = times_apart(now, then)
    if factor < outlier.factor:
        return None
    message = f"{value} is {factor:.0f} times {'more' if now > then else 'less'} than the last, {last}"
    return Warn(field=outlier.field, message=message, code="outlier", factor=round(factor))


def warn_of_new_key(draft: OperationDraft, key: Key) -> None:
    """Warn if an update changes the key of its row, by which other files may still refer to it."""
    for name, before in key.items():
        if name in draft.values and not isinstance(before, dict):
            message = f"the row would no longer be called {shown(before)}, but {shown(draft.values[name])}"
            warn(draft, name, message, code="key_change")
