"""Cells of a spreadsheet: writes texts so that no spreadsheet changes them, and reads cells as values of fields.

An apostrophe is written before a text (it is *escaped*)
- that a spreadsheet would calculate, since it begins with `=`, `+`, `-`, `@`, a tab or a line break,
- that it would change into a number, a date or a truth value (`071012010103` would lose its zero),
- that is empty, since an empty cell is null,
- that is one of these after some apostrophes.

So every text reads back as it was written, even if blanks were added around it:

    null      empty cell        "=1+1"    '=1+1        "'=1"            ''=1
    ""        '                 "007"     '007         "'twas night"    'twas night
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias, assert_never

from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Real,
    Reference,
    Sensitive,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.readings import DOUBT, MONEY, numbers
from bake.catalog.values import TOKEN, Json, exact
from bake.sources.sheets.decimal_marks import DecimalMarks

#: Converts the text of a cell to a value; a text that does not fit stays as it is, and the compiler asks about it.
Convert: TypeAlias = Callable[[str], Json]

_BLANKS = "[ \u00a0]"
_END = rf"{_BLANKS}*$"
_MISREAD = (
    r"(?:[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]"  # a formula, also in the wide letters of East Asian keyboards
    rf"|{_END}"  # empty
    rf"|0[0-9]+{_END}|[0-9]{{12,}}{_END}"  # zeros or digits would be lost
    rf"|[0-9]+[./:\- ][0-9./:\- ]*[0-9]{_END}|[0-9.]+[eE][+-]?[0-9]+{_END}"  # dates, times, powers
    rf"|(?i:true|false){_END})"
)
#: Blanks before an escaped text are ignored when it is read; so a text of blanks and an apostrophe is escaped, too.
_TO_ESCAPE = re.compile(rf"({_BLANKS}+(?=')|)(?='*{_MISREAD})")
_ESCAPED = re.compile(rf"({_BLANKS}*)'(?='*{_MISREAD})")

_WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
#: A plain number in which the point may be one between thousands.
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_POINT_ZERO = re.compile(r"\s*[0-9]+\.0\s*", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(:00(\.0+)?)?", re.ASCII)


def escaped(text: str) -> str:
    """Escape a text, if it has to be."""
    return _TO_ESCAPE.sub(r"\1'", text, count=1) if _TO_ESCAPE.match(text) else text


def is_blank(cell: str) -> bool:
    """Whether nothing but blanks stands in a cell: it looks empty, and no text is written so."""
    return not cell.strip(" \u00a0")


def unescaped(cell: str) -> str:
    """The text of a cell that may be escaped."""
    return _ESCAPED.sub(r"\1", cell, count=1) if _ESCAPED.match(cell) else cell


def converter(type_: FieldType, marks: DecimalMarks | None = None) -> Convert:
    """The function that reads a cell of a column that is not empty.

    Args:
        type_: the type of the column.
        marks: the decimal mark of the column, if its cells prove it.
    """
    marks = marks or DecimalMarks()
    match type_:
        case Text(code=True):
            return lambda cell: without_point(unescaped(cell))
        case Text():
            return unescaped
        case Integer():
            return lambda cell: _number(cell, 0, marks, money=False)
        case Exact():
            return lambda cell: _number(cell, type_.scale, marks, money=True)
        case Real():
            return lambda cell: _number(cell, None, marks, money=True)
        case Boolean():
            return _boolean
        case Date():
            return _date
        case Timestamp() | Choice() | Uuid() | Bytes():
            return lambda cell: unescaped(cell.strip())
        case Document():
            return _document
        case Sensitive():
            return _token_or(converter(type_.inner, marks))
        case Reference():
            return lambda cell: _document(cell) if cell.lstrip().startswith("{") else cell
        case _:
            assert_never(type_)


def without_point(code: str) -> str:
    """A code without the `.0` that programs add to whole numbers where some are missing."""
    return code.strip()[:-2] if _POINT_ZERO.fullmatch(code) else code


def _token_or(convert: Convert) -> Convert:
    """Read the cells of a sensitive field: a token as it is, any other cell as its values are read."""
    return lambda cell: cell if cell.startswith(TOKEN) else convert(cell)


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


def _number(cell: str, scale: int | None, marks: DecimalMarks, *, money: bool) -> Json:
    """The number that a cell means.

    Args:
        cell: the text of the cell.
        scale: how many decimal places the column has at most; None for any number.
        marks: the decimal mark of the column, if its cells prove it (`bake.sources.sheets.decimal_marks`).
        money: whether the number may have a currency sign.

    Returns:
        The cell as it is if it is no number, or may be several. A plain number that may be several gets the suffix
        `DOUBT`, so that the compiler asks about it.
    """
    text = unescaped(cell.strip())
    if _PLAIN_NUMBER.fullmatch(text) and not (marks.commas and _THOUSANDS.fullmatch(text)):
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 100 else Decimal(text)
    match = MONEY.fullmatch(text)
    if not match:
        return cell
    before, sign, after, body, other = match.groups()
    if (before and after) or (sign and other) or ((sign or other) and not money):
        return cell
    number = _only_meaning(body, scale, marks)
    if number is None:
        return f"{text}{DOUBT}" if _PLAIN_NUMBER.fullmatch(text) else cell
    return -number if "-" in (before, after) else number


def _only_meaning(body: str, scale: int | None, marks: DecimalMarks) -> Decimal | None:
    """The number that digits with separators mean; None if they are none, or may be several and `marks` proves none."""
    meant = {number for _, number in numbers(body) if scale is None or _decimals(number) <= scale}
    if len(meant) > 1 and marks.proven:
        proven = marks.number(body)
        return proven if proven in meant else None
    return meant.pop() if len(meant) == 1 else None


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
