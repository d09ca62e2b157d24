"""Checks of a bakery's values that are of the right type and look wrong; each makes a warning, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from stdnum import ean

from bake.catalog.bakery.units import SPELLINGS, VOLUME, WEIGHT
from bake.catalog.names import normal_form
from bake.catalog.values import Json, shown

GTIN_LENGTHS = (8, 12, 13, 14)

#: A shorter number is not a GTIN that lost its leading zeros, but something else.
_SHORTEST = 7


def check_digit(value: str) -> str | None:
    """Say what is wrong with a GTIN (the number under a barcode: UPC, EAN, ITF-14), or None if nothing is.

    The check digit is that of the GS1 General Specifications, section 7.9, for GTIN-8, -12, -13 and -14. Spreadsheets
    take leading zeros for superfluous, so a short number is first filled up to the next valid length; that is
    said, too. A zero-suppressed UPC-E (eight digits, the first 0 or 1) is also judged as the UPC-A it stands for.

    Args:
        value: what was entered, as text.
    """
    if not (value.isascii() and value.isdigit()):
        return f"{shown(value)} is no GTIN: it has other characters than digits"
    length = next((length for length in GTIN_LENGTHS if len(value) <= length), None)
    if length is None or len(value) < _SHORTEST:
        return f"{shown(value)} has {len(value)} digits; a GTIN has 8, 12, 13 or 14"
    if not value.strip("0"):
        return f"{shown(value)} is all zeros, which is nobody's GTIN"
    return _digit_problem(value, value.zfill(length)) or _lost_zeros(value, value.zfill(length))


def _lost_zeros(value: str, gtin: str) -> str | None:
    """Say that a GTIN has lost leading zeros, with the whole number; None if it has not.

    Args:
        value: the number as it was entered.
        gtin: the same with leading zeros, whose check digit is right.
    """
    missing = len(gtin) - len(value)
    return f"{value} has {len(value)} digits: with its zero{'s' * (missing > 1)} it is {gtin}" if missing else None


def nobodys_code(value: str) -> str | None:
    """Say that a GTIN with a right check digit is no product's, or None: an example, or of a range with another use.

    The ranges are those of the GS1 General Specifications, section 1.4.3, which are never given to what a bakery buys.

    Args:
        value: what was entered, as text.
    """
    if not (value.isascii() and value.isdigit()):
        return None
    gtin = value.lstrip("0").zfill(13)
    if gtin in _EXAMPLES:
        return f"{value} is an example in textbooks, and no product's code"
    if len(gtin) == 13 and (use := next((use for starts, use in _SHOPS if gtin.startswith(starts)), None)):
        return f"{value} begins with {gtin[:3].lstrip('0')}: such codes are {use}, and no product's"
    return None


_EXAMPLES = frozenset(("0036000291452", "4006381333931", "5901234123457", "9780201379624", "9783161484100"))
_SHOPS = (
    (("02", "04", "2"), "given by shops to what they weigh and pack themselves"),
    (("977", "978", "979"), "printed on books and magazines"),
    (("05", "981", "982", "983", "984", "99"), "printed on coupons"),
)


def size_in_name(row: Mapping[str, Json], _before: Mapping[str, Json] | None = None) -> tuple[str, str] | None:
    """Say that the size which a product's name has is not that of its package; the field, and that in a sentence.

    Args:
        row: the values of a product.
    """
    amount, unit = row.get("package_unit_quantity"), row.get("package_unit")
    name = row.get("product_name")
    if not isinstance(name, str) or not isinstance(amount, (int, Decimal)) or not isinstance(unit, str):
        return None
    sizes = [(Decimal(number), found) for number, word in _SIZE.findall(name) if (found := _measured(word))]
    if len(sizes) != 1 or not _measured(unit):
        return None
    (number, measured), here = sizes[0], Decimal(amount)
    if (measured, number) == (unit, here):
        return None
    if measured != unit and (measured in WEIGHT) == (unit in WEIGHT):
        return None  # 16 oz and 1 lb may be the same
    said = f"the name says {number.normalize():f} {measured}, and the package {here.normalize():f} {unit}"
    return ("package_unit" if measured != unit else "package_unit_quantity"), said


def unit_alone(row: Mapping[str, Json], before: Mapping[str, Json] | None) -> tuple[str, str] | None:
    """Say that a package got another unit, and kept its amount; the field, and that in a sentence.

    Args:
        row: the values of a product.
        before: those before, if it was there.
    """
    was, now = (before or {}).get("package_unit"), row.get("package_unit")
    amount = row.get("package_unit_quantity")
    if was is None or now is None or was == now or amount is None:
        return None
    if amount != (before or {}).get("package_unit_quantity"):
        return None
    return "package_unit", f"the unit was {was} and becomes {now}, and the amount stays {amount}"


def codes_differ(row: Mapping[str, Json], _before: Mapping[str, Json] | None = None) -> tuple[str, str] | None:
    """Say that the two codes of a product are those of different ones; the field, and that in a sentence.

    A case of a product has its code with another first digit, and so another check digit.

    Args:
        row: the values of a product.
    """
    codes = [str(row.get(name) or "") for name in ("upc_code", "gtin")]
    if not all(code.isascii() and code.isdigit() and len(code) >= _SHORTEST for code in codes):
        return None
    if len({code.zfill(14)[1:-1] for code in codes}) == 1:
        return None
    return "gtin", f"{codes[1]} is the code of another product than {codes[0]}"


#: A number and a word right after it, as in `Flour 5 lb` or `Cider (64 fl oz)`.
_SIZE = re.compile(r"(?<![\w.,])(\d{1,4}(?:\.\d{1,3})?)[ -]?(fl\.? ?oz|[A-Za-z]{1,7})\b\.?", re.ASCII)


def _measured(word: str) -> str | None:
    """The unit of weight or volume that a word stands for."""
    plain = " ".join(word.casefold().replace(".", " ").split())
    unit = SPELLINGS.get(plain, plain)
    return unit if unit in WEIGHT or unit in VOLUME else None


def same_code(value: str) -> str:
    """The form in which two ways of writing one GTIN are equal: its digits, without those zeros that only fill it up.

    So a UPC finds the product that another program keeps as an EAN of 13 digits, or a spreadsheet as a number. What has
    other characters is a name like any other.
    """
    digits = "".join(value.split()).replace("-", "")
    return digits.lstrip("0") if digits.isascii() and digits.isdigit() else normal_form(value)


def _digit_problem(value: str, gtin: str) -> str | None:
    if gtin[-1] in (expected := [ean.calc_check_digit(form) for form in _forms(gtin)]):
        return None
    problem = f"the check digit of {value} should be {' or '.join(expected)}, not {gtin[-1]}"
    if len(value) in (10, 11):
        body = value.zfill(11)
        problem += f"; if it was left off, the whole number is {body}{ean.calc_check_digit(body)}"
    return problem


def _forms(gtin: str) -> list[str]:
    """The digits before the check digit; for a number that may be a UPC-E, also those of its UPC-A."""
    body = gtin[:-1]
    return [body, _upc_a(body)] if len(gtin) == 8 and gtin[0] in "01" else [body]


def _upc_a(body: str) -> str:
    """The eleven digits before the check digit of a UPC-A, from the seven of its UPC-E (which leaves zeros out)."""
    first, middle, last = body[0], body[1:6], body[6]
    match last:
        case "0" | "1" | "2":
            return f"{first}{middle[:2]}{last}0000{middle[2:]}"
        case "3":
            return f"{first}{middle[:3]}00000{middle[3:]}"
        case "4":
            return f"{first}{middle[:4]}00000{middle[4:]}"
        case _:
            return f"{first}{middle}0000{last}"
