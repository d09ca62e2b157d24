"""The one definition of what a value is, by the type of its field, and of when two values are the same.

Every value in Bake is a *canonical* JSON value. Input is parsed into it, rows are read into it, and from then on
"the same value" is plain equality of equal types (`same`). The canonical form by type:

    Text        str as it stands: no trimming, no Unicode normalisation
    Integer     int
    Exact       Decimal without trailing zeros or exponent, within precision and scale
    Real        Decimal of the shortest decimal number that denotes the same IEEE 754 double
    Boolean     bool
    Date        "2025-12-20" (ISO 8601)
    Timestamp   "2025-12-20T10:00:00Z" (RFC 3339, in UTC, with microseconds only where there are some)
    Choice      str, one of the options
    Uuid        str, lower case, with hyphens (RFC 9562)
    Bytes       str: base64 with padding (RFC 4648, section 4)
    Document    any JSON value
    Sensitive   the token of a canonical value (`bake.catalog.sensitive`)
    Reference   a lookup of the row it names (an object); parsed by the compiler, not here

So `0`, `0.0`, `false` and `null` are four things wherever the type can hold them apart, and `"6.99"` and `6.9900` in an
Exact field are one.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode, b64encode
from datetime import UTC, date, datetime
from decimal import MAX_PREC, Context, Decimal
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    Range,
    Real,
    ScalarType,
    Sensitive,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.type_words import describe

Json: TypeAlias = Any

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

#: The default context would round what has more than 28 digits, and say nothing.
_UNROUNDED = Context(prec=MAX_PREC)

_DIGITS = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

#: What every token of a sensitive value begins with, and so does what stands for one that has no token.
TOKEN = "sensitive:"

#: What is said of a sensitive value that does not fit.
_HIDDEN = "the value, which is not shown, does not fit"

_TOKEN = re.compile(rf"{TOKEN}[0-9a-f]{{6}}:[0-9a-f]{{24}}")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Misfit(ValueError):
    """A raw value does not fit its field. `expected` says in words what would."""

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.problem}; expected {self.expected}"


class _Unfit(ValueError):
    """What is wrong with a value; what would be right, its type says."""


def same(before: Json, after: Json) -> bool:
    """Whether two canonical values of one field are the same value.

    Python holds `1 == True == 1.0`; JSON does not, and neither does this.
    """
    if type(before) is not type(after):
        return False
    match before:
        case list():
            return len(before) == len(after) and all(map(same, before, after))
        case dict():
            return before.keys() == after.keys() and all(same(before[name], after[name]) for name in before)
        case _:
            return bool(before == after)


def parse(type_: ScalarType, raw: Json) -> Json:
    """The canonical value of what a source holds; `null` stays `null`.

    Args:
        type_: the field's type.
        raw: a decoded JSON value whose fractions are `Decimal`.

    Raises:
        Misfit: the value is not one of the type's. Nothing is rounded or truncated to make it fit, and of texts nothing
            is trimmed; blanks around a number, a date, a time or a UUID say nothing.
    """
    try:
        return None if raw is None else _parsed(type_, raw)
    except _Unfit as unfit:
        raise Misfit(str(unfit), describe(type_)) from None


def _parsed(type_: ScalarType, raw: Json) -> Json:
    """Parse a value that is not null; raises `_Unfit`."""
    match type_:
        case Text():
            return _text(_digits(raw) if type_.code else raw, type_.max_length)
        case Integer():
            return _integer(raw, type_)
        case Exact():
            return _exact(raw, type_)
        case Real():
            return _real(raw, type_)
        case Boolean():
            return _boolean(raw)
        case Date():
            return _date(raw)
        case Timestamp():
            return _timestamp(raw)
        case Choice():
            return _choice(raw, type_)
        case Uuid():
            return _uuid(raw)
        case Bytes():
            return _bytes(raw, type_)
        case Document():
            return _document(raw)
        case Sensitive():
            return _token(raw, type_)
        case _:
            assert_never(type_)


def exact(number: Decimal) -> Decimal:
    """The canonical form of a finite decimal: no trailing zeros after the point, no exponent, no negative zero."""
    if not number:
        return Decimal(0)
    number = number.normalize(_UNROUNDED)
    exponent = number.as_tuple().exponent
    return number.quantize(Decimal(1), context=_UNROUNDED) if isinstance(exponent, int) and exponent > 0 else number


def shown(raw: Json, limit: int = 60) -> str:
    """A raw value as a diagnostic quotes it: one line of printable characters, clipped."""
    text = raw if isinstance(raw, str) else str(raw)
    clipped = text[:limit] + ("…" if len(text) > limit else "")
    printable = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in clipped)
    return f'"{printable}"' if isinstance(raw, str) else printable


def _kind(raw: Json) -> str:
    match raw:
        case bool():
            return "true" if raw else "false"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return shown(raw)


def _digits(raw: Json) -> Json:
    """A whole number as its digits; anything else as it is."""
    match raw:
        case int() if not isinstance(raw, bool) and 0 <= raw < 10**18:
            return str(raw)
        case Decimal() if raw.is_finite() and 0 <= raw < 10**18 and raw == raw.to_integral_value():
            return str(int(raw))
        case _:
            return raw


def _text(raw: Json, max_length: int | None) -> str:
    if not isinstance(raw, str):
        raise _Unfit(f"{_kind(raw)} is not text")
    if max_length is not None and len(raw) > max_length:
        raise _Unfit(f"{shown(raw)} has {len(raw)} characters")
    if _UNSTORABLE.search(raw):
        raise _Unfit(f"{shown(raw)} holds a character that no database stores")
    return raw


def _number(raw: Json) -> Decimal:
    match raw:
        case bool() | list() | dict():
            raise _Unfit(f"{_kind(raw)} is not a number")
        case int() | Decimal():
            number = Decimal(raw)
        case float():
            number = Decimal(repr(raw))
        case str() if _DIGITS.fullmatch(raw.strip()):
            number = Decimal(raw.strip())
        case _:
            raise _Unfit(f"{shown(raw)} is not a number")
    if not number.is_finite() or abs(number.adjusted()) > 400:
        raise _Unfit(f"{shown(raw)} is out of range")
    return number


def _within(number: Decimal, bounds: Range) -> None:
    if not bounds.holds(number):
        raise _Unfit(f"{shown(number)} is out of range")


def _integer(raw: Json, type_: Integer) -> int:
    number = _number(raw)
    if number != number.to_integral_value():
        raise _Unfit(f"{shown(number)} is not a whole number")
    _within(number, type_.range)
    if not INT64_MIN <= number <= INT64_MAX:
        raise _Unfit(f"{shown(number)} does not fit into 64 bits")
    return int(number)


def _exact(raw: Json, type_: Exact) -> Decimal:
    number = _number(raw)
    _within(number, type_.range)
    if number and number.adjusted() >= type_.precision - type_.scale:
        raise _Unfit(f"{shown(number)} has more than {type_.precision - type_.scale} digits before the point")
    canonical = exact(number)
    if canonical != canonical.quantize(Decimal(1).scaleb(-type_.scale), context=_UNROUNDED):
        raise _Unfit(f"{shown(number)} has more than {type_.scale} decimals")
    return canonical


def _real(raw: Json, type_: Real) -> Decimal:
    number = _number(raw)
    double = float(number)
    if not math.isfinite(double):
        raise _Unfit(f"{shown(number)} is out of range")
    _within(number, type_.range)
    return canonical_double(double)


def canonical_double(double: float) -> Decimal:
    """The shortest decimal that denotes a double, in canonical form."""
    return exact(Decimal(repr(double)))


def _boolean(raw: Json) -> bool:
    if isinstance(raw, bool):
        return raw
    raise _Unfit(f"{_kind(raw)} is neither true nor false")


def _date(raw: Json) -> str:
    if isinstance(raw, str) and _DATE.fullmatch(text := raw.strip()):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise _Unfit(f"{shown(raw)} is not in the calendar") from None
    raise _Unfit(f"{_kind(raw)} is not a date")


def _timestamp(raw: Json) -> str:
    if not isinstance(raw, str):
        raise _Unfit(f"{_kind(raw)} is not a time")
    try:
        return canonical_instant(datetime.fromisoformat(raw.strip()))
    except (ValueError, OverflowError):
        raise _Unfit(f"{shown(raw)} is not a time") from None


def canonical_instant(instant: datetime) -> str:
    """The canonical text of an instant; a naive one is in UTC."""
    utc = instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    return utc.isoformat() + "Z"


def _choice(raw: Json, type_: Choice) -> str:
    if isinstance(raw, str) and raw in type_.options:
        return raw
    raise _Unfit(f"{_kind(raw)} is not known here")


def _uuid(raw: Json) -> str:
    if isinstance(raw, str):
        try:
            return str(UUID(raw.strip()))
        except ValueError:
            pass
    raise _Unfit(f"{_kind(raw)} is not a UUID")


def _bytes(raw: Json, type_: Bytes) -> str:
    if not isinstance(raw, str):
        raise _Unfit(f"{_kind(raw)} is not base64")
    try:
        decoded = b64decode("".join(raw.split()), validate=True)
    except ValueError:
        raise _Unfit(f"{shown(raw)} is not base64") from None
    if type_.max_length is not None and len(decoded) > type_.max_length:
        raise _Unfit(f"{shown(raw)} has {len(decoded)} bytes")
    return b64encode(decoded).decode()


def _token(raw: Json, type_: Sensitive) -> str:
    """The token of a raw value; a token itself, whether or not its value is known. No message holds the value."""
    if isinstance(raw, str) and raw.startswith(TOKEN):
        if is_token(raw):
            return raw
        raise _Unfit(_HIDDEN)
    try:
        value = _parsed(type_.inner, raw.strip() if isinstance(raw, str) else raw)
    except _Unfit:
        raise _Unfit(_HIDDEN) from None
    return type_.bound.seal(type_.scope, value)


def is_token(value: Json) -> bool:
    """Whether a value has the form of a token."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _document(raw: Json) -> Json:
    match raw:
        case dict():
            return {_text(name, None): _document(value) for name, value in raw.items()}
        case list():
            return [_document(value) for value in raw]
        case str():
            return _text(raw, None)
        case Decimal() | float():
            return exact(_number(raw))
        case _:
            return raw
