"""Cells of a spreadsheet: text that no spreadsheet takes for something else, and what a cell says of a field.

A text is written with an apostrophe before it if a spreadsheet would calculate it (`=`, `+`, `-`, `@`, a tab or a line
break first), or change it into a number or a date and lose its zeros (`071012010103`), or if it is empty: an empty cell
is null. Apostrophes before such a text get one more. So what was written comes back:

    null      empty cell        "=1+1"    '=1+1        "'=1"            ''=1
    ""        '                 "007"     '007         "'twas night"    'twas night
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TypeAlias, assert_never

from bake.catalog.values import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Json,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
    exact,
)

#: What a cell says, by its text; a text that cannot be read stays as it is, for the compiler to ask about.
Convert: TypeAlias = Callable[[str], Json]

_MISTAKEN = (
    r"(?:[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]"  # a formula, also in the wide letters of East Asian keyboards
    r"|$"  # empty
    r"|0[0-9]+$|[0-9]{12,}$"  # zeros or digits would be lost
    r"|[0-9]+[./:\- ][0-9./:\- ]*[0-9]$|[0-9.]+[eE][+-]?[0-9]+$"  # dates, times, powers
    r"|(?i:true|false)$)"
)
_TO_ESCAPE = re.compile(rf"'*{_MISTAKEN}")
_ESCAPED = re.compile(rf"'+{_MISTAKEN}")

_WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_MACHINE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_CURRENCY = "$£¥" + "".join(map(chr, range(0x20A0, 0x20C2)))
_MONEY = re.compile(rf"([+-]?)\s*([{_CURRENCY}]?)\s*([+-]?)\s*([0-9.,'’\s]*[0-9])\s*([{_CURRENCY}]?)")
#: How people group thousands and mark decimals: (between groups, before decimals).
_MARKS = ((",", r"\."), (r"\.", ","), (r"\s", r"\."), (r"\s", ","), ("['’]", r"\."), ("['’]", ","))
_STYLES = tuple(
    re.compile(rf"([0-9]+|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)(?:{point}([0-9]+))?") for group, point in _MARKS
)
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(:00(\.0+)?)?", re.ASCII)


def escaped(text: str) -> str:
    """A text as a cell that spreadsheets leave alone."""
    return f"'{text}" if _TO_ESCAPE.match(text) else text


def unescaped(cell: str) -> str:
    """The text that a cell was written for."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def converter(type_: FieldType) -> Convert:
    """What reads the cells of a column of this type. Cells that are empty are not for it: they say nothing."""
    match type_:
        case Text():
            return unescaped
        case Integer():
            return lambda cell: _number(cell, 0, money=False)
        case Exact():
            return lambda cell: _number(cell, type_.scale, money=True)
        case Real():
            return lambda cell: _number(cell, None, money=True)
        case Boolean():
            return _boolean
        case Date():
            return _date
        case Timestamp() | Choice() | Uuid():
            return lambda cell: unescaped(cell.strip())
        case Document():
            return _document
        case Reference():
            return lambda cell: _document(cell) if cell.lstrip().startswith("{") else cell
        case _:
            assert_never(type_)


def _boolean(cell: str) -> Json:
    return _WORDS.get(unescaped(cell.strip()).casefold(), cell)


def _date(cell: str) -> Json:
    text = unescaped(cell.strip())
    midnight = _MIDNIGHT.fullmatch(text)
    return midnight.group(1) if midnight else text


def _document(cell: str) -> Json:
    try:
        return json.loads(unescaped(cell), parse_float=lambda digits: exact(Decimal(digits)))
    except (ValueError, ArithmeticError, RecursionError):
        return cell


def _number(cell: str, scale: int | None, *, money: bool) -> Json:
    """The number that a cell means, if it can mean one number only; a point alone always is a decimal point.

    Args:
        cell: its text.
        scale: how many decimals the column has; None for any number of them.
        money: whether a currency sign may stand at the number.
    """
    text = unescaped(cell.strip())
    if _MACHINE.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 100 else Decimal(text)
    match = _MONEY.fullmatch(text)
    if not match:
        return cell
    before, sign, after, body, other = match.groups()
    if (before and after) or (sign and other) or ((sign or other) and not money):
        return cell
    meant = {number for number in _readings(body) if scale is None or _decimals(number) <= scale}
    return cell if len(meant) != 1 else -meant.pop() if "-" in (before, after) else meant.pop()


def _readings(body: str) -> Iterator[Decimal]:
    for style in _STYLES:
        if found := style.fullmatch(body):
            whole = re.sub(r"\D", "", found.group(1))
            yield exact(Decimal(f"{whole}.{found.group(2) or '0'}"))


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
