"""Warns of known mistakes (`bake.catalog.mistakes`) in one value, and in a change of a row."""

from __future__ import annotations

from collections.abc import Mapping

from bake.catalog.entity import Entity
from bake.catalog.mistakes import (
    cut_off,
    exchanged,
    gone,
    invented_code,
    leap,
    other_language,
    other_script,
    placeholder,
)
from bake.catalog.values import Json
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.drafting.source_mistakes import own_texts


def warn_of_mistakes(
    context: Context, item: Entity, draft: OperationDraft, before: Mapping[str, Json] | None = None
) -> None:
    """Add the warnings about what an operation writes; a set is a copy of a database, and nobody filled it in.

    Args:
        context: the compilation.
        item: the entity.
        draft: the operation.
        before: the row, if it is there.
    """
    if context.source.kind == "set":
        return
    decided = {name: value for name, value in draft.values.items() if pointer(name) not in draft.needs}
    for name, value in decided.items():
        if isinstance(value, str) and name in item.texts:
            _warn_of_text(item, draft, name, value, before)
    if before is not None:
        for name in decided.keys() & own_texts(item):
            if isinstance(was := before.get(name), str) and (message := gone(was, decided[name])):
                warn(draft, name, message, code="mistake")
        for name, message in exchanged(before, decided):
            warn(draft, name, message, code="mistake")
        _warn_of_leaps(item, draft, before, decided)
    for check in item.row_checks:
        if not check.fields.isdisjoint(decided) and (found := check.find({**(before or {}), **decided})):
            name, message = found
            if name in decided or before is None:
                warn(draft, name, message, code="mistake")


def _warn_of_text(
    item: Entity, draft: OperationDraft, name: str, value: str, before: Mapping[str, Json] | None
) -> None:
    found = [placeholder(value)]
    if name in item.coded:
        found.append(invented_code(value))
    elif before is not None and isinstance(was := before.get(name), str):
        found += [cut_off(was, value), other_script(was, value) or other_language(was, value)]
    for message in filter(None, found):
        warn(draft, name, message, code="mistake")


def _warn_of_leaps(
    item: Entity, draft: OperationDraft, before: Mapping[str, Json], decided: Mapping[str, Json]
) -> None:
    """Warn of numbers that leap, but for those that the catalog compares with an earlier row."""
    compared = {outlier.field for outlier in item.outliers}
    for name, value in decided.items():
        if name not in compared and name not in item.references and (found := leap(before.get(name), value)):
            factor, message = found
            warn(draft, name, message, code="outlier", factor=factor)
