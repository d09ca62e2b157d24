"""Changes changesets at random into what no builder writes, and makes their digests right again.

A mutated file reads as if somebody with Bake's own code had written it: so everything that uses its contents is tried,
and not only the comparison of digests.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any
Document: TypeAlias = dict[str, Json]
#: A container and the name or position of one thing in it.
Place: TypeAlias = tuple[Any, Any]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def raw(text: str) -> msgspec.Raw:
    """JSON that Python's values do not express, written as it stands."""
    return msgspec.Raw(text.encode())


#: What takes the place of values: of other types, at the limits of types, and as nothing but JSON can say it.
ODD: Sequence[Json] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, -(10**30)),
    *(Decimal("0.5"), Decimal("1.0"), raw("1e308"), raw("1e400"), raw("-1e-400"), raw("1e99999"), raw("0E+3")),
    *("", " ", "a", "x" * 300, "x" * 70_000, "é", "\u202e", "\x1b[2J", "\0", "a\nb", "q0", "q1", "q999", "q", "null"),
    *("2025-13-45", "0000-00-00", "2025-12-20", "9999-12-31T23:59:59Z", "1e5", "NaN", "inf", "0", "-0", "1-2", "9-1"),
    *("/", "//", "/~", "/~2", "/slug", "/uuid", "/id", "slug", "create", "skip", "map", "value", "products", "id"),
    *(raw(r'"\ud800"'), raw(r'"\u0000"'), raw('{"a":1,"a":2}'), raw("[" * 60 + "]" * 60), raw("[" * 2000 + "]" * 2000)),
    *({}, [], [None], [[]], [0], ["0-99"], {"": ""}, {"slug": None}, {"slug": 1}, {"slug": {}}, {"slug": []}),
    *({"slug": "king"}, {"id": 1}, {"uuid": "x"}, {"no_such_field": 1}, {"slug": {"slug": {"slug": "king"}}}),
    *({"": 1}, {"": "q1"}, {"/slug": 3}, {"/ingredient": "q1"}, {"/ingredient": 10**20}, {"/nope": "x"}),
    *({"op": "test", "path": "", "value": 1}, {"op": "replace", "path": "/brand", "value": {}}, {"op": "move"}),
)
#: Names that lines, operations, questions and rows have, and some that nothing has.
NAMES: Sequence[str] = (
    *("type", "action", "n", "entity", "key", "label", "values", "before", "patch", "from", "needs", "outcomes"),
    *("warnings", "uuids", "id", "kind", "field", "lookup", "value", "problem", "base", "current", "asked_by"),
    *(
        "candidates",
        "options",
        "taken",
        "question",
        "choice",
        "option",
        "operation",
        "revises",
        "reopened",
        "operations",
    ),
    *("counts", "skip", "same_as", "omit", "for_all", "score", "slug", "uuid", "name", "ingredient", "unit_price"),
    *("", "/", "no_such_field", "supplier", "product", "parent", "purchase_date", "created_at", "reason", "code"),
)


def decoded(content: bytes) -> list[Document]:
    """The lines of a changeset."""
    return [_decoder.decode(line) for line in content.splitlines()]


def mutated(content: bytes, random_: random.Random) -> list[Document]:
    """The lines of a changeset with one to three changes."""
    changed = decoded(content)
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        change = random_.choices((_in_a_line, _a_line), (15, 1))[0]
        change(changed, random_)
    return changed


def encoded(lines: Sequence[Document], *, right: bool = True) -> bytes:
    """The bytes of a changeset.

    Args:
        lines: its lines.
        right: whether digests are made right; otherwise they stay as they are.
    """
    sha, chain, written = hashlib.sha256(), _Chain(any(line.get("type") == "merged" for line in lines)), []
    for line in lines:
        above = f"sha256:{sha.hexdigest()}"
        data = _encoder.encode(chain.with_digests(line, above) if right else line) + b"\n"
        sha.update(data)
        written.append(data)
    return b"".join(written)


class _Chain:
    """Makes the digests of lines right, one line after another.

    Args:
        branched: whether events keep the places in which they are; else each follows the one above it.
    """

    def __init__(self, branched: bool) -> None:
        self._branched = branched
        self._content = self._head = ""
        self._renamed: dict[str, str] = {}

    def with_digests(self, line: Document, above: str) -> Document:
        """A line with right digests, of which `above` is that of all bytes before it."""
        match line.get("type"):
            case "built":
                self._content = above
                return {**line, "digest": above}
            case "sealed":
                line = {**line, "content": self._content}
            case _:
                pass
        if "prev" not in line or "digest" not in line:
            return line
        bare = {name: self._named(line, name, above) for name in line if name != "digest"}
        own = "sha256:" + hashlib.sha256(_encoder.encode(bare) + b"\n").hexdigest()
        self._renamed[str(line["digest"])] = self._head = own
        return {name: own if name == "digest" else bare[name] for name in line}

    def _named(self, line: Document, name: str, above: str) -> object:
        if name == "other":
            return self._renamed.get(str(line[name]), line[name])
        if name != "prev":
            return line[name]
        if not self._head:
            self._renamed[str(line[name])] = above  # where versions part, if it is there
        if line.get("type") == "sealed" or not self._head:
            return above
        return self._renamed.get(str(line[name]), above) if self._branched else self._head


def _a_line(lines: list[Document], random_: random.Random) -> None:
    """Take away, double or move a line that is not the first."""
    if len(lines) < 3:
        return
    at = random_.randrange(1, len(lines))
    match random_.choice(("take away", "double", "move", "double")):
        case "take away":
            del lines[at]
        case "double":
            lines.insert(random_.randrange(1, len(lines) + 1), deepcopy(lines[at]))
        case _:
            lines.insert(random_.randrange(1, len(lines)), lines.pop(at))


def _in_a_line(lines: list[Document], random_: random.Random) -> None:
    """Change one place of one line."""
    places = [*_places(random_.choice(lines))]
    if not places:
        return
    container, name = random_.choice(places)
    changes: Sequence[Callable[[Any, Any, Sequence[Document], random.Random], None]] = (
        *(_replace, _replace, _replace, _remove),
        *(_add, _transplant, _transplant, _rename),
    )
    random_.choice(changes)(container, name, lines, random_)


def _places(value: Json) -> Iterator[Place]:
    if isinstance(value, dict | list):
        for name, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, name
            yield from _places(part)


def _replace(container: Any, name: Any, _: Sequence[Document], random_: random.Random) -> None:
    container[name] = deepcopy(random_.choice(ODD))


def _remove(container: Any, name: Any, _: Sequence[Document], __: random.Random) -> None:
    del container[name]


def _add(container: Any, name: Any, _: Sequence[Document], random_: random.Random) -> None:
    """Add something beside a place, or within it."""
    inner = container[name]
    inside = inner if isinstance(inner, dict | list) and random_.random() < 0.5 else container
    odd = deepcopy(random_.choice(ODD))
    if isinstance(inside, dict):
        inside[random_.choice(NAMES)] = odd
    else:
        inside.insert(random_.randrange(len(inside) + 1), odd)


def _transplant(container: Any, name: Any, lines: Sequence[Document], random_: random.Random) -> None:
    """Put something there that stands somewhere else in the file."""
    places = [*_places(random_.choice(lines))]
    if places:
        other, at = random_.choice(places)
        container[name] = deepcopy(other[at])


def _rename(container: Any, name: Any, _: Sequence[Document], random_: random.Random) -> None:
    if isinstance(container, dict):
        container[random_.choice(NAMES)] = container.pop(name)
    else:
        container.append(deepcopy(container[name]))
