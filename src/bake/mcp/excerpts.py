"""What is told of a changeset, kept small: of long lists the first part, and how much more there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

import msgspec

from bake import Changeset
from bake.renderer.document import document
from bake.renderer.document_parts import Document
from bake.renderer.patch_steps import step
from bake.renderer.selection import Selection

Item = TypeVar("Item")

#: How much of a list is told that nobody asked for a page of.
_MOST = 20


def page(name: str, items: Iterable[Item], offset: int, limit: int, said: Callable[[Item], Any]) -> dict[str, Any]:
    """A page of some items, and where the next one begins.

    Args:
        name: what they are called.
        items: all of them.
        offset: how many come before.
        limit: how many there are on a page.
        said: what is told of each.
    """
    found = list(islice(items, offset, offset + limit + 1))
    more = {"next_offset": offset + limit} if len(found) > limit else {}
    return {name: [said(one) for one in found[:limit]], **more}


def short(told: dict[str, Any]) -> dict[str, Any]:
    """What is told, of long lists only the beginning, and under `left_out` how many are not told of each."""
    long = {name: len(value) - _MOST for name, value in told.items() if isinstance(value, list | tuple)}
    left_out = {name: more for name, more in long.items() if more > 0}
    kept = {name: value[:_MOST] if name in left_out else value for name, value in told.items()}
    return {**kept, "left_out": left_out} if left_out else kept


def summary(file: Changeset) -> dict[str, Any]:
    """What matters of a changeset before its operations."""
    shown = document(file, Selection(limit=_MOST))
    more = {"questions": shown.questions.more, "warnings": shown.warnings.more, "notices": shown.notices.more}
    left_out = {name: number for name, number in more.items() if number}
    return {
        "status": shown.state.status,
        **({"damage": shown.state.sentences} if shown.state.status == "damaged" else {}),
        "planned": [
            {"entity": one.entity, **{name: n for name, n in one.counts.items() if n}} for one in shown.summary
        ],
        "open_questions": [f"{one.question.id}: {one.text}" for one in shown.questions.items if one.standing == "open"],
        "warnings": [
            {"operation": one.n, "field": one.warning.field, "message": one.warning.message}
            for one in shown.warnings.items
        ],
        "notices": [one.message for one in shown.notices.items],
        "proposals": proposals(shown),
        **({"left_out": left_out} if left_out else {}),
    }


def proposals(shown: Document) -> list[dict[str, Any]]:
    """The proposals of a document."""
    return [
        {"name": one.name, "standing": one.standing, "text": one.text, "source": one.source, "evidence": one.evidence}
        for one in shown.proposals.items
    ]


def changes(file: Changeset) -> Iterator[Any]:
    """The operations that change something."""
    return (one for one in file.effective() if one.__struct_config__.tag != "skip")


def operation(one: Any) -> Any:
    """An operation, field by field."""
    return msgspec.to_builtins(step(one), builtin_types=(Decimal,))
