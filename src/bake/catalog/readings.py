"""Gives the values that a text in another format than Bake's may stand for: dates, decimals, fractions.

A text has one such reading or several. Which one is meant is not decided here; it is asked once for the column. So are
words for nothing, such as `N/A`: all of a column are one question.

    type        text                       readings, by the name of the option
    Date        (bake.catalog.dates)       month/day/year, day/month/year, year/month/day, named month, Excel number
    Exact,      1,234   1.234 €            decimal comma, decimal point
    Real        $6.49   6.49 USD           number
                1/2   1 1/2   ½            fraction; rounded to the decimals of the column, if it has more
                50 %                       percentage of one
                3 cups, about 5, 1/2 lb    number alone, asked for each word
                2-3, 2 to 3                lower, upper, middle
    Exact       0.3333333333333333         rounded to the decimals of the column, unless nothing but zero is left
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from bake.catalog.dates import dates, numbered
from bake.catalog.field_types import Choice, Date, Exact, FieldType, Real
from bake.catalog.values import Json, Misfit, exact, parse, shown

COMMA, POINT = "decimal comma", "decimal point"
AMOUNT = "number"
#: The readings that are certain where they are the only ones that fit all texts of a column.
CERTAIN = frozenset(("month/day/year", "day/month/year", "year/month/day", "named month", AMOUNT))
ROUNDED = "rounded"
PERCENT = "percentage of one"
ALONE = "number alone"
LOWER, UPPER, MIDDLE = "lower", "upper", "middle"
#: A suffix of a text that is a number, but may be another one in the format of other cells in its column.
DOUBT = " ?"
_CURRENCY = "$£¥" + "".join(map(chr, range(0x20A0, 0x20C2)))
#: Codes of currencies (ISO 4217) that are read as their signs are.
_CODES = (
    "AUD|BGN|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|"
    "JPY|KRW|MXN|MYR|NOK|NZD|PHP|PLN|RON|SEK|SGD|THB|TRY|USD|ZAR"
)
_MONEY_SIGN = rf"(?:[{_CURRENCY}]|(?:{_CODES})\b|\b(?:{_CODES}))"
#: A number as people write amounts of money; the groups are sign, currency, sign, digits with marks, currency.
MONEY = re.compile(rf"([+-]?)\s*({_MONEY_SIGN}?)\s*([+-]?)\s*([0-9.,'’\s]*[0-9])\s*({_MONEY_SIGN}?)")
#: Formats of numbers: (the mark between groups of thousands, the decimal mark).
_MARKS = ((",", r"\."), (r"\.", ","), (r"\s", r"\."), (r"\s", ","), ("['’]", r"\."), ("['’]", ","))
_STYLES = tuple(
    (
        re.compile(rf"([0-9]+|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)(?:{point}([0-9]+))?"),
        COMMA if point == "," else POINT,
    )
    for group, point in _MARKS
)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", re.ASCII)
#: A number with a word before or after it; the groups are word, number, word.
_DIGITS = "0-9\u00bc-\u00be\u2150-\u215e"
_WORDED = re.compile(
    r"((?:[^\W\d_][^\d]{0,18}|~|\u2248)\s*)?"
    rf"([{_DIGITS}][{_DIGITS}.,'’/ \u2044]{{0,24}}?)"
    r"(\s*[^\W\d_][^\d]{0,18})?"
)
_RANGE = re.compile(r"([0-9][0-9.,]{0,12})\s*(?:-|–|—|\bto\b|\bbis\b)\s*([0-9][0-9.,]{0,12})")
_FRACTION = re.compile(r"(?:(\d{1,6})[ \-]+)?(\d{1,6})\s*[/\u2044]\s*(\d{1,6})", re.ASCII)
_LABELS = {
    "month/day/year": "the month first, then the day (two-digit years are of this century)",
    "day/month/year": "the day first, then the month (two-digit years are of this century)",
    "year/month/day": "the year first, then month and day",
    "named month": "the month is named",
    "Excel number": "days as Excel counts them",
    COMMA: "the comma is before the decimals, the point between thousands",
    POINT: "the point is before the decimals, the comma between thousands",
    AMOUNT: "the number that stands there with a currency",
    "fraction": "the value of the fraction, rounded where it has too many decimals",
    ROUNDED: "rounded to as many decimals as fit",
    PERCENT: "a part of one, such as of one package",
    ALONE: "the number, without the word beside it",
    LOWER: "the lower one of the two numbers",
    UPPER: "the upper one of the two numbers",
    MIDDLE: "the number in the middle between the two",
}
#: What people and programs write where there is nothing to say, in lower case and without a full stop at the end.
_NOTHINGS = frozenset(
    (
        *("n/a", "na", "n.a", "not available", "not applicable", "null", "nil", "none", "nothing", "nan", "<na>"),
        *("unknown", "not known", "tbd", "tba", "-", "--", "---", "\u2013", "\u2014", "?", "??", "???"),
        *(
            "(none)",
            "(null)",
            "(blank)",
            "(unknown)",
            "#n/a",
            "#null!",
            "#value!",
            "#ref!",
            "#div/0!",
            "#name?",
            "#num!",
        ),
    )
)
#: Readings with a question of their own, apart from the others of the column.
_APART = ("fraction", ROUNDED, AMOUNT, PERCENT, LOWER)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reading of a text: the name of the option, its label for people, and the canonical value."""

    name: str
    label: str
    value: Json


NOTHING = Meaning("nothing", "nothing, as if the cell were empty", None)


def says_nothing(raw: Json) -> bool:
    """Whether a value is one of the words by which people and programs say nothing."""
    return isinstance(raw, str) and len(raw) < 20 and raw.strip().casefold().removesuffix(".") in _NOTHINGS


def kind_of_text(type_: FieldType, raw: Json, found: Sequence[Meaning]) -> str:
    """Which texts of a column share a question with this one: those with the same kind."""
    if isinstance(type_, Choice):
        return str(raw)
    name = found[0].name
    if name == ALONE and isinstance(raw, str) and (word := _worded(raw)):
        return f"{name}: {word[1]}"
    return name if name in _APART else ""


def quoted(raw: Json) -> str:
    """A value as it stood in the source, for messages."""
    return shown(raw.removesuffix(DOUBT) if isinstance(raw, str) else raw)


def subject(type_: FieldType, raw: Json) -> str | None:
    """The sentence of the question about texts like this one; None for types whose texts have one reading."""
    match type_:
        case Date():
            return (
                f"{quoted(raw)} and the like are no dates as Bake writes them, such as 2025-12-20: which format is it?"
            )
        case Exact() | Real() if isinstance(raw, str) and _fraction(raw) is not None:
            return f"{quoted(raw)} and the like are fractions; say whether their values are meant"
        case Exact() | Real() if isinstance(raw, str) and _PERCENT.fullmatch(raw.strip()):
            return f"{quoted(raw)} and the like are percentages; say whether they are parts of one"
        case Exact(scale=scale) if _rounded(type_, raw) is not None:
            return f"{quoted(raw)} and the like have more than {scale} decimals; say whether they are meant rounded"
        case Exact() | Real() if isinstance(raw, str) and _RANGE.fullmatch(raw.strip()):
            return f"{quoted(raw)} and the like are ranges; say which number of them is meant"
        case Exact() | Real() if isinstance(raw, str) and (word := _worded(raw)):
            return f"{quoted(raw)} has {shown(word[1])} beside the number; say whether the number alone is meant"
        case Exact() | Real() if [one.name for one in meanings(type_, raw)] == [AMOUNT]:
            return f"{quoted(raw)} and the like are no plain numbers; say whether the number in them is meant"
        case Exact() | Real():
            return f"{quoted(raw)} and the like can be two numbers; say which sign is before the decimals"
        case Choice():
            return f"{quoted(raw)} is not known here; say what it means"
        case _:
            return None


def meanings(type_: FieldType, raw: Json) -> list[Meaning]:
    """The readings of a value that cannot be parsed whose values fit the type; empty if there are none."""
    if isinstance(type_, Choice):
        return [Meaning(option, f"{quoted(raw)} means {option}", option) for option in _options(type_, raw)]
    found: list[Meaning] = []
    for name, value in _readings(type_, raw):
        try:
            fit = parse(type_, value) if isinstance(type_, Date | Exact | Real) else None
        except Misfit:
            continue
        if fit is not None and not any(one.name == name for one in found):
            found.append(Meaning(name, _LABELS[name], fit))
    return found


def numbers(body: str) -> Iterator[tuple[str, Decimal]]:
    """The numbers that digits with marks may stand for: (`COMMA` or `POINT` as the decimal mark, number)."""
    for style, convention in _STYLES:
        if found := style.fullmatch(body):
            whole = re.sub(r"\D", "", found.group(1))
            yield convention, exact(Decimal(f"{whole}.{found.group(2) or '0'}"))


def _readings(type_: FieldType, raw: Json) -> Iterator[tuple[str, Json]]:
    match type_, raw:
        case Date(), str():
            yield from dates(raw)
        case Date(), int() | Decimal() if not isinstance(raw, bool):
            yield from numbered(Decimal(raw))
        case ((Exact() | Real()), str()) if (value := _fraction(raw)) is not None:
            scale = type_.scale if isinstance(type_, Exact) else 15
            yield "fraction", _decimal(value, scale)
        case ((Exact() | Real()), str()) if found := _PERCENT.fullmatch(raw.strip()):
            yield PERCENT, exact(Decimal(found.group(1)) / 100)
        case ((Exact() | Real()), str()) if found := _RANGE.fullmatch(raw.strip()):
            yield from _in_range(*found.groups())
        case Exact(), _ if (rounded := _rounded(type_, raw)) is not None:
            yield ROUNDED, rounded
        case ((Exact() | Real()), str()) if money := MONEY.fullmatch(raw.removesuffix(DOUBT).strip()):
            before, _, after, body, _ = money.groups()
            several = list(numbers(body))
            if len({number for _, number in several}) == 1:
                several = [(AMOUNT, several[0][1])]
            yield from ((name, -number if "-" in (before, after) else number) for name, number in several)
        case ((Exact() | Real()), str()) if worded := _worded(raw):
            yield ALONE, worded[0]
        case _:
            return


def _rounded(type_: Exact, raw: Json) -> Decimal | None:
    """A number with too many decimals, rounded; None if it has not too many, or if the text may be several numbers."""
    money = MONEY.fullmatch(raw.strip()) if isinstance(raw, str) else None
    several = list(dict.fromkeys(number for _, number in numbers(money.group(4)))) if money else [raw]
    number = several[0] if len(several) == 1 else None
    if not isinstance(number, Decimal) or not number.is_finite() or number.adjusted() >= type_.precision - type_.scale:
        return None
    rounded = exact(number.quantize(Decimal(1).scaleb(-type_.scale), context=Context(prec=type_.precision + 1)))
    is_negative = money is not None and "-" in (money.group(1), money.group(3))
    if not rounded or rounded == number:
        return None
    return -rounded if is_negative else rounded


def _options(type_: Choice, raw: Json) -> list[str]:
    """The options that a text may mean, as another spelling of them, or without its full stops and blanks."""
    if not isinstance(raw, str):
        return []
    text = " ".join(raw.casefold().replace(".", " ").split())
    known = [type_.named(text), type_.named(text.replace(" ", "")), dict(type_.spellings).get(text)]
    return list(dict.fromkeys(option for option in known if option is not None))


def _in_range(first: str, last: str) -> Iterator[tuple[str, Decimal]]:
    """The numbers that a range may stand for, if it goes upwards."""
    lower, upper = _only_number(first), _only_number(last)
    if lower is not None and upper is not None and lower < upper:
        yield from ((LOWER, lower), (UPPER, upper), (MIDDLE, exact((lower + upper) / 2)))


def _worded(raw: str) -> tuple[Decimal, str] | None:
    """The only number in a text such as `3 cups` or `about 1 1/2`, and the word beside it; None in any other text."""
    found = _WORDED.fullmatch(raw.strip())
    before, digits, after = found.groups() if found else (None, "", None)
    if found is None or (before is None) == (after is None):
        return None
    number, part = _only_number(digits.strip()), _fraction(digits)
    if part is not None:
        number = _decimal(part, 4)
    return None if number is None else (number, " ".join((before or after or "").split()).casefold())


def amount_and_unit(units: Choice, raw: Json) -> tuple[str, str] | None:
    """The two parts of a text such as `2 1/2 cups`; None if it is no number with one of these units behind it."""
    found = _WORDED.fullmatch(raw.strip()) if isinstance(raw, str) else None
    before, digits, unit = found.groups() if found else (None, "", None)
    if before is not None or unit is None or len(_options(units, unit.strip())) != 1:
        return None
    return digits.strip(), unit.strip()


def _only_number(body: str) -> Decimal | None:
    """The number that digits with marks mean, if they can mean one only."""
    several = {number for _, number in numbers(body)}
    return several.pop() if len(several) == 1 else None


def _decimal(value: Fraction, places: int) -> Decimal:
    return exact(round(Decimal(value.numerator) / Decimal(value.denominator), places))


def _fraction(raw: str) -> Fraction | None:
    """The value of a text such as `1/2`, `1 1/2` or `½`; None if it is no fraction."""
    text = raw.strip()
    if text and unicodedata.decomposition(text[-1]).startswith("<fraction>"):
        text = f"{text[:-1].strip()} {unicodedata.normalize('NFKC', text[-1])}".strip()
    found = _FRACTION.fullmatch(text)
    if found is None or int(found.group(3)) == 0:
        return None
    return int(found.group(1) or 0) + Fraction(int(found.group(2)), int(found.group(3)))
