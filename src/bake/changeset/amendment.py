"""Amending an operation: an RFC 6902 patch on it, as it was then. jsonpatch applies it; what is equal, we say.

`amended(before, steps(before, after)) == after`. What an amendment must leave as it is: the operation's number, its
entity, and the records that it is from, so that a changeset stays complete whatever is amended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from bake.changeset.events import Amended
from bake.changeset.model import Add, Amendment, Create, Delete, Json, Operation, Remove, Replace, Skip, Test, Update
from bake.changeset.pointers import pointer

_STAYS = ("n", "entity", "from")
_OBJECTS = ("key", "values", "before", "needs", "uuids")

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
    before, after = document(operation), _patched(document(operation), patch)
    if not isinstance(after, dict):
        raise Unfit("it leaves no operation")
    if any(not _same(before.get(name), after.get(name)) for name in _STAYS):
        raise Unfit(f"it changes one of {', '.join(_STAYS)}")
    try:
        result: Operation = msgspec.convert(after, Create | Update | Delete | Skip)
    except msgspec.ValidationError as error:
        raise Unfit(f"it leaves no operation: {error}") from None
    if document(result) != after:
        raise Unfit(f"it leaves what is not part of an operation that {after.get('action')}s")
    return _renamed(operation, result)


def _renamed(before: Operation, after: Operation) -> Operation:
    """An amended operation without the uuids of rows that it does not name any more."""
    if isinstance(before, Skip) or isinstance(after, Skip) or not after.uuids:
        return after
    was, becomes = _named(before), _named(after)
    kept = {
        path: uuid
        for path, uuid in after.uuids.items()
        if before.uuids.get(path) != uuid or _same(was.get(path), becomes.get(path))
    }
    return msgspec.structs.replace(after, uuids=kept)


def _named(operation: Create | Update | Delete) -> dict[str, Json]:
    """The values that an operation writes, and its key, by their places."""
    match operation:
        case Create(values=values):
            return {"": operation.key, **{pointer(name): value for name, value in values.items()}}
        case Update(patch=patch):
            return {"": operation.key, **{step.path: step.value for step in patch if isinstance(step, Replace)}}
        case Delete():
            return {"": operation.key}


def steps(before: Operation, after: Operation) -> Amendment:
    """The patch that makes one operation of another: each step that takes something away is tested for first."""
    return tuple(_between("", document(before), document(after)))


def same_operation(one: Operation, other: Operation) -> bool:
    """Whether two operations are the same in a file, where `1` and `true` differ."""
    return _same(document(one), document(other))


def document(operation: Operation) -> Document:
    """An operation as the file has it, to be changed at will; numbers stay exact."""
    plain: Document = _plain(operation)
    return plain


def _plain(value: msgspec.Struct) -> Json:
    return _copied(msgspec.to_builtins(value, builtin_types=(Decimal,)))


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


def _patched(operation: Document, patch: Amendment) -> Json:
    """What a patch makes of an operation, which it may change in place.

    jsonpatch is loaded here, so that commands without amendments start without it.
    """
    from jsonpatch import JsonPatch, JsonPatchException
    from jsonpointer import JsonPointerException

    result: Json = operation
    for step in patch:
        try:
            if isinstance(step, Test):
                _test(result, step)
            else:
                result = JsonPatch([_plain(step)]).apply(result, in_place=True)
        except (JsonPatchException, JsonPointerException):
            raise Unfit(_no_place(step)) from None
        except RecursionError:
            raise Unfit(f"{step.path} is nested too deeply") from None
    return result


def _test(operation: Json, step: Test) -> None:
    """Check one value. Not by jsonpatch, to which `1` and `1.0` are the same."""
    from jsonpointer import EndOfList, JsonPointer

    found = JsonPointer(step.path).resolve(operation)
    if isinstance(found, EndOfList):
        raise Unfit(_no_place(step))
    if not _same(found, step.value):
        raise Unfit(f"{step.path} is not what it was")


def _no_place(step: Test | Add | Replace | Remove) -> str:
    if not step.path:
        return "it leaves no operation"
    return f"there is no place for {step.path}" if isinstance(step, Add) else f"there is no {step.path}"


def _same(one: Json, other: Json) -> bool:
    """Whether two values are the same in a file, where `1` and `true` differ."""
    return _exact.encode(one) == _exact.encode(other)


def amended_operations(replaced: Mapping[int, Operation], events: Iterable[Amended]) -> dict[int, Operation]:
    """The operations that were amended, as they are now."""
    return {n: replaced[n] for event in events if (n := event.operation) is not None and n in replaced}
