"""Warns of known mistakes (`bake.catalog.mistakes`) in one value, and in a change of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    for name in [name for name in item.own_texts if name in decided]:
        was, others = before.get(name), [one for one in item.fields if one != name and one in item.texts]
        message = gone(was, decided[name]) if isinstance(was, str) else None
        message = message or repeats(decided[name], ((one, decided.get(one, before.get(one))) for one in others))
        if message:
            warn(draft, name, message, code="mistake")
    found = [*exchanged(before, decided)]
    if any(not value and name in item.texts for name, value in decided.items()):
        found += moved(before, {name: value for name, value in decided.items() if name in item.texts})
    for name, message in found:
        warn(draft, name, message, code="mistake")
    _warn_of_leaps(item, draft, before, decided)


def _warn_of_text(
    item: Entity, draft: OperationDraft, name: str, value: str, before: Mapping[str, Json] | None
) -> None:
    was = before.get(name) if before is not None else None
    found = [placeholder(value) or _new(leftover, was, value)]
    if name in item.naming:
        found.append(_new(address, was, value))
    if name in item.coded:
        found.append(invented_code(value))
    elif isinstance(was, str):
        found += [cut_off(was, value), other_script(was, value) or other_language(was, value), shouted(was, value)]
        found.append(_new(said_twice, was, value))
    for message in filter(None, found):
        warn(draft, name, message, code="mistake")


def _new(look: Callable[[str], str | None], was: Json, value: str) -> str | None:
    """What is wrong with a text; None if the same kind of thing was wrong with the one that it replaces."""
    message = look(value)
    return message if message and not (isinstance(was, str) and look(was)) else None


def _warn_of_leaps(
    item: Entity, draft: OperationDraft, before: Mapping[str, Json], decided: Mapping[str, Json]
) -> None:
    """Warn of numbers that leap, but for those that the catalog compares with an earlier row."""
    compared = {outlier.field for outlier in item.outliers}
    for name, value in decided.items():
        if name not in compared and name not in item.references and (found := leap(before.get(name), value)):
            factor, message = found
            warn(draft, name, message, code="outlier", factor=factor)
