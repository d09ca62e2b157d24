"""Amending an operation: an RFC 6902 patch on it, as it was then.

`amended(before, steps(before, after)) == after`. What an amendment must leave as it is: the operation's number, its
entity, and the records that it is from, so that a changeset stays complete whatever is amended.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, assert_never

import msgspec

from bake.changeset.model import Add, Amendment, Create, Delete, Json, Operation, Remove, Replace, Skip, Test, Update
from bake.changeset.pointers import pointer

_STAYS = ("n", "entity", "from")
_OBJECTS = ("key", "values", "before", "needs")

_exact = msgspec.json.Encoder(decimal_format="number", order="sorted")

#: An operation as the file has it.
Document = dict[str, Any]


class Unfit(ValueError):
    """An amendment does not fit its operation: it tests for something else, or makes no operation of it."""


def amended(operation: Operation, patch: Amendment) -> Operation:
    """An operation with an amendment.

    Raises:
        Unfit: the patch does not fit.
    """
    before, after = document(operation), document(operation)
    for step in patch:
        _apply(after, step)
    if any(not _same(before.get(name), after.get(name)) for name in _STAYS):
        raise Unfit(f"it changes one of {', '.join(_STAYS)}")
    try:
        result: Operation = msgspec.convert(after, Create | Update | Delete | Skip)
    except msgspec.ValidationError as error:
        raise Unfit(f"it leaves no operation: {error}") from None
    if document(result) != after:
        raise Unfit(f"it leaves what is not part of an operation that {after.get('action')}s")
    return result


def steps(before: Operation, after: Operation) -> Amendment:
    """The patch that makes one operation of another: each step that takes something away is tested for first."""
    return tuple(_between("", document(before), document(after)))


def document(operation: Operation) -> Document:
    """An operation as the file has it, to be changed at will; numbers stay exact."""
    plain: Document = msgspec.to_builtins(operation, builtin_types=(Decimal,))
    return _copied(plain)  # type: ignore[no-any-return]


def _copied(value: Json) -> Json:
    match value:
        case dict():
            return {name: _copied(part) for name, part in value.items()}
        case list() | tuple():
            return [_copied(part) for part in value]
        case _:
            return value


def _between(path: str, before: Json, after: Json) -> Iterator[Test | Add | Replace | Remove]:
    for name, part in before.items():
        here = path + pointer(name)
        if name not in after:
            yield Test(path=here, value=part)
            yield Remove(path=here)
        elif not path and name in _OBJECTS:
            yield from _between(here, part, after[name])
        elif here == "/patch":
            yield from _patch(part, after[name])
        elif not _same(part, after[name]):
            yield Test(path=here, value=part)
            yield Replace(path=here, value=after[name])
    yield from (Add(path=path + pointer(name), value=part) for name, part in after.items() if name not in before)


def _patch(before: list[Json], after: list[Json]) -> Iterator[Test | Add | Replace | Remove]:
    """Values exchanged where the steps stay the same, further ones added at the end, or else all of them."""
    if any((one["op"], one["path"]) != (other["op"], other["path"]) for one, other in zip(before, after, strict=False)):
        yield Test(path="/patch", value=before)
        yield Replace(path="/patch", value=after)
        return
    for n, (one, other) in enumerate(zip(before, after, strict=False)):
        if not _same(one["value"], other["value"]):
            yield Test(path=f"/patch/{n}/value", value=one["value"])
            yield Replace(path=f"/patch/{n}/value", value=other["value"])
    for n in range(len(before) - 1, len(after) - 1, -1):
        yield Test(path=f"/patch/{n}", value=before[n])
        yield Remove(path=f"/patch/{n}")
    yield from (Add(path="/patch/-", value=step) for step in after[len(before) :])


def _apply(operation: Document, step: Test | Add | Replace | Remove) -> None:
    parent, name = _place(operation, step.path)
    match step:
        case Add(value=value) if isinstance(parent, list):
            place = len(parent) if name == "-" else name
            if not isinstance(place, int) or place > len(parent):
                raise Unfit(f"there is no place for {step.path}")
            parent.insert(place, _copied(value))
        case Add(value=value):
            parent[name] = _copied(value)
        case Test() | Replace() | Remove():
            _change(parent, name, step)
        case _:
            assert_never(step)


def _change(parent: Json, name: str | int, step: Test | Replace | Remove) -> None:
    if (name not in parent) if isinstance(parent, dict) else not (isinstance(name, int) and name < len(parent)):
        raise Unfit(f"there is no {step.path}")
    match step:
        case Test(value=value):
            if not _same(parent[name], value):
                raise Unfit(f"{step.path} is not what it was")
        case Replace(value=value):
            parent[name] = _copied(value)
        case Remove():
            del parent[name]
        case _:
            assert_never(step)


def _place(operation: Document, path: str) -> tuple[Any, Any]:
    """What a pointer leads into, and the last step of the way."""
    *way, last = path.split("/")[1:] or [""]
    here: Json = operation
    for part in way:
        name = _step(here, part)
        try:
            here = here[name]
        except (LookupError, TypeError):
            raise Unfit(f"there is no {path}") from None
    if not isinstance(here, (dict, list)):
        raise Unfit(f"there is no {path}")
    return here, _step(here, last)


def _step(here: Json, part: str) -> str | int:
    if isinstance(here, list):
        return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else part
    return part.replace("~1", "/").replace("~0", "~")


def _same(one: Json, other: Json) -> bool:
    """Whether two values are the same in a file, where `1` and `true` differ."""
    return _exact.encode(one) == _exact.encode(other)
