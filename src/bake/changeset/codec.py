"""One line of a changeset to bytes and back.

The canonical form: UTF-8 JSON, one value a line, no insignificant space, keys in the order of the structs, defaults
left out. `decode(encode(line)) == line`, and `encode(decode(raw)) == raw` for every line that Bake wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import MAX_PREC, Context, InvalidOperation, Overflow, Subnormal
from typing import IO, Any, TypeAlias

import msgspec

from bake.changeset.events import Event, Line
from bake.changeset.header import Header
from bake.changeset.model import Built, Create, Delete, Operation, Question, Skip, Update

OPERATION = b'{"type":"operation",'

#: The line of an operation up to its number, which comes last.
Unnumbered: TypeAlias = bytes

#: Small, so that the operations of one block are made where those of the last one were.
_BLOCK = 32 * 1024
_LONGEST_LINE = 64 * 1024 * 1024

#: Makes the numbers of a line, exactly; those that no database holds make a line that cannot be read, since with these
#: nothing can be calculated.
_number = Context(
    prec=MAX_PREC, Emax=131_072, Emin=-131_072, traps=[InvalidOperation, Overflow, Subnormal]
).create_decimal

_encoder = msgspec.json.Encoder(decimal_format="number")
_operations: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Create | Update | Delete | Skip, float_hook=_number)
_others: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Header | Question | Built | Event,
    float_hook=_number,
)


def encode(line: Line) -> bytes:
    """The canonical bytes of a line, its newline included."""
    match line:
        case Create() | Update() | Delete() | Skip():
            return OPERATION + _encoder.encode(line)[1:] + b"\n"
        case _:
            return _encoder.encode(line) + b"\n"


def encoded(operation: Operation) -> Unnumbered:
    """The line of an operation that names no other one by number, up to its own number."""
    return encode(operation).removesuffix(b"%d}\n" % operation.n)


def numbered(lines: Iterable[Unnumbered], first: int) -> bytes:
    """The lines of operations, with numbers from `first` on."""
    return b"".join([b"%b%d}\n" % (line, n) for n, line in enumerate(lines, first)])


def decode(raw: bytes) -> Line:
    """The line that these bytes (with or without the newline) stand for.

    Raises:
        msgspec.DecodeError: they are no JSON, or none of the known lines.
    """
    try:
        line: Line = (_operations if raw.startswith(OPERATION) else _others).decode(raw)
    except (ArithmeticError, RecursionError, UnicodeDecodeError) as error:
        # An exponent that no decimal has, nesting without end, bytes that are no UTF-8.
        raise msgspec.DecodeError(f"{type(error).__name__}: {error}") from None
    return line


def operations_in(block: bytes) -> list[Operation] | None:
    """The operations of several lines at once; None if there is one among them that is none, or cannot be read."""
    lines = block.count(b"\n")
    if not block.startswith(OPERATION) or block.count(b"\n" + OPERATION) + 1 != lines:
        return None
    try:
        operations = _operations.decode_lines(block)
    except (msgspec.DecodeError, ArithmeticError, RecursionError, UnicodeDecodeError):
        return None
    return operations if len(operations) == lines else None


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in blocks of whole lines; of a line that is longer than any is, only the beginning."""
    while block := stream.read(_BLOCK):
        yield block if block.endswith(b"\n") else block + stream.readline(_LONGEST_LINE)


def without_digest(raw: bytes, digest: str) -> bytes:
    """The line of an event as it is without its own digest, which is the digest of this."""
    return raw.replace(f',"digest":"{digest}"'.encode(), b"", 1)
