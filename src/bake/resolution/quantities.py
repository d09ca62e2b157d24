"""Amounts in names, so that `5 lb` and `3 lb`, or `1 qt` and `1 l`, are told apart although they look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

#: Of each dimension: its units, and what one of them is in the first. Factors are those of NIST Handbook 44.
_DIMENSIONS: Mapping[str, Mapping[str, str]] = {
    "weight": {"g": "1", "gram": "1", "mg": "0.001", "kg": "1000", "kilo": "1000", "kilogram": "1000"}
    | dict.fromkeys(("oz", "ounce"), "28.349523125")
    | dict.fromkeys(("lb", "pound"), "453.59237"),
    "volume": {"ml": "1", "cl": "10", "dl": "100", "cup": "236.5882365"}
    | dict.fromkeys(("l", "liter", "litre"), "1000")
    | dict.fromkeys(("tsp", "teaspoon"), "4.92892159375")
    | dict.fromkeys(("tbsp", "tablespoon"), "14.78676478125")
    | dict.fromkeys(("fl oz", "floz", "fluid ounce"), "29.5735295625")
    | dict.fromkeys(("pt", "pint"), "473.176473")
    | dict.fromkeys(("qt", "quart"), "946.352946")
    | dict.fromkeys(("gal", "gallon"), "3785.411784"),
    "count": {"ct": "1", "count": "1", "each": "1", "piece": "1", "pack": "1", "pk": "1", "dozen": "12"},
}
_UNITS = {unit: (name, Decimal(factor)) for name, units in _DIMENSIONS.items() for unit, factor in units.items()}
_AMOUNT = re.compile(
    r"(?<![\w.])(?:(?P<whole>\d{1,6})\s+)?(?P<top>\d{1,9}(?:\.\d{1,9})?)(?:\s?/\s?(?P<bottom>\d{1,4}))?"
    r"[\s-]?(?P<unit>fl\.?\s?oz|fluid\sounce|[a-z]+)?(?:\b|$)",
    re.ASCII,
)
#: Two units round differently: 16 oz are sold as 454 g. A quart and a litre are six percent apart.
_ROUNDING = Decimal("0.015")
_NEAR = Decimal("0.15")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount as it was written.

    Attributes:
        text: the amount and its unit.
        dimension: `weight`, `volume`, `count`, or nothing for a number alone.
        amount: how much it is, in the first unit of its dimension.
        unit: what it is counted in, in singular; empty for a number alone.
    """

    text: str
    dimension: str
    amount: Decimal
    unit: str


class Likeness(Enum):
    """What two sets of quantities have to do with each other."""

    UNRELATED = "nothing to compare"
    SAME = "the same"
    NEAR = "nearly the same"
    OTHER = "different"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How quantities compare, and in words."""

    likeness: Likeness
    words: str = ""


UNRELATED = Comparison(Likeness.UNRELATED)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The amounts in a text, in order; a number without a unit counts as itself."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("\N{FRACTION SLASH}", "/")
    return tuple(quantity for match in _AMOUNT.finditer(plain) if (quantity := _quantity(match)))


def compared(wanted: Iterable[Quantity], offered: Iterable[Quantity]) -> Comparison:
    """Compare what is asked for with what a row has, by what both give; the first difference counts."""
    by_dimension: dict[str, list[Quantity]] = {}
    for quantity in offered:
        by_dimension.setdefault(quantity.dimension, []).append(quantity)
    found = UNRELATED
    for one in wanted:
        others = by_dimension.get(one.dimension)
        if not others:
            continue
        if not any(_same(one, other) for other in others):
            return _different(one, others[0])
        found = Comparison(Likeness.SAME, f"also {one.text}")
    return found


def _quantity(match: re.Match[str]) -> Quantity | None:
    whole, top, bottom = (Decimal(match[name] or 0) for name in ("whole", "top", "bottom"))
    if match["bottom"] and not bottom:
        return None
    if match["whole"] and not match["bottom"]:
        # Two numbers in a row are no mixed number: only the second is next to the unit.
        whole = Decimal(0)
    unit, (dimension, factor) = _unit(match["unit"] or "")
    amount = whole + (top / bottom if bottom else top)
    number = " ".join(filter(None, [match["whole"] if bottom else None, match["top"]]))
    number += f"/{match['bottom']}" if bottom else ""
    return Quantity(f"{number} {unit}".strip(), dimension, amount * factor, unit)


def _unit(word: str) -> tuple[str, tuple[str, Decimal]]:
    plain = re.sub(r"fl\.?\s?oz", "fl oz", word)
    for unit in (plain, plain.removesuffix("s"), plain.removesuffix("es")):
        if unit in _UNITS:
            return unit, _UNITS[unit]
    return "", ("", Decimal(1))


def _same(one: Quantity, other: Quantity) -> bool:
    if one.unit == other.unit:
        return one.amount == other.amount
    return _apart(one, other) <= _ROUNDING


def _apart(one: Quantity, other: Quantity) -> Decimal:
    larger = max(one.amount, other.amount)
    return abs(one.amount - other.amount) / larger if larger else Decimal(0)


def _different(wanted: Quantity, offered: Quantity) -> Comparison:
    near = wanted.dimension and wanted.unit != offered.unit and _apart(wanted, offered) <= _NEAR
    words = f"{offered.text}, not {wanted.text}"
    return Comparison(Likeness.NEAR, f"nearly the size: {words}") if near else Comparison(Likeness.OTHER, words)


def measures(text: str) -> bool:
    """Whether a text is all about an amount: a unit alone, or a number with one."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return bool(_unit(plain)[0] or _AMOUNT.fullmatch(plain.replace("\N{FRACTION SLASH}", "/")))
