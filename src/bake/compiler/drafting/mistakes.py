"""Warns of known mistakes (`bake.catalog.mistakes`) in one value, and in a change of a row."""

from __future__ import annotations

from collections.abc import Mapping

from bake.catalog.entity import Entity
from bake.catalog.leftovers import address, leftover, said_twice, shouted
from bake.catalog.mistakes import (
    cut_off,
    exchanged,
    gone,
    invented_code,
    leap,
    moved,
    other_language,
    other_script,
    placeholder,
    repeats,
)
from bake.catalog.values import Json
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.drafting.whole_source import own_texts


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
        _warn_of_change(item, draft, before, decided)
    for check in item.row_checks:
        if not check.fields.isdisjoint(decided) and (found := check.find({**(before or {}), **decided}, before)):
            name, message = found
            if name in decided or before is None:
                warn(draft, name, message, code="mistake")


def _warn_of_change(
    item: Entity, draft: OperationDraft, before: Mapping[str, Json], decided: Mapping[str, Json]
) -> None:
    """Warn of what the fields of a row together show."""
    texts = {name: value for name, value in decided.items() if name in item.texts}
    row = {name: value for name, value in {**before, **decided}.items() if name in item.texts}
    for name in sorted(decided.keys() & own_texts(item)):
        was = before.get(name)
        message = (gone(was, decided[name]) if isinstance(was, str) else None) or repeats(name, row)
        if message:
            warn(draft, name, message, code="mistake")
    for name, message in (*exchanged(before, decided), *moved(before, texts)):
        warn(draft, name, message, code="mistake")
    _warn_of_leaps(item, draft, before, decided)


def _warn_of_text(
    item: Entity, draft: OperationDraft, name: str, value: str, before: Mapping[str, Json] | None
) -> None:
    was = before.get(name) if before is not None else None
    found = [placeholder(value) or (None if isinstance(was, str) and leftover(was) else leftover(value))]
    if name in item.naming and not (isinstance(was, str) and address(was)):
        found.append(address(value))
    if name in item.coded:
        found.append(invented_code(value))
    elif isinstance(was, str):
        found += [cut_off(was, value), other_script(was, value) or other_language(was, value), shouted(was, value)]
        found.append(None if said_twice(was) else said_twice(value))
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
