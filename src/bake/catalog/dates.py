"""Gives the dates that a text in another format than Bake's may stand for.

text                                     readings, by the name of the option
1/2/2025, 1.2.25, 1-2-25                 month/day/year, day/month/year; year/month/day, if it can be
2025/1/13                                year/month/day
13 Jan 2025, Jan 13, 2025, 3. März 2025  named month, in English, German, French, Spanish or Italian
Mon 3 Feb 2025, Di, 4.2.2025             the same; the day of the week must be that of the date
45678                                    Excel number
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

_NUMERIC = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er)?[ .\-]*(?:de )?([a-z]{3,10})(?: de )?[ .,\-]*(\d{4}|\d{2})", re.ASCII
)
_MONTH_FIRST = re.compile(r"([a-z]{3,10})[ .\-]*(\d{1,2})(?:st|nd|rd|th)?[ ,\-]+(\d{4}|\d{2})", re.ASCII)
#: By language, the months; without accents, as the texts are that are compared with them.
_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january february march april may june july august september october november december",
        "januar februar marz april mai juni juli august september oktober november dezember",
        "janner feber maerz april mai juni juli august sept oktober november dezember",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    )
)
#: How the months are shortened otherwise than to their first letters.
_SHORT = {"mrz": 3}
#: By language, the days of the week, from Monday, each with how it is shortened.
_WEEKDAYS = tuple(
    tuple(names.split())
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "mon tue wed thu fri sat sun",
        "mon tues weds thur fri sat sun",
        "mon tue wed thurs fri sat sun",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "mo di mi do fr sa so",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lun mar mer jeu ven sam dim",
        "lunes martes miercoles jueves viernes sabado domingo",
        "lun mar mie jue vie sab dom",
        "lunedi martedi mercoledi giovedi venerdi sabato domenica",
        "lun mar mer gio ven sab dom",
    )
)
_WEEKDAY = re.compile(r"([a-z]{2,10})(?:[.,]+ *| +)(?=\S)", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]+(?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM)$", re.IGNORECASE)
#: The numbers that are taken for dates of Excel (days since 1899-12-30): from 1954 to 2119.
_SERIALS = range(20_000, 80_000)


def dates(raw: str) -> Iterator[tuple[str, str]]:
    """The dates that a text may mean: the name of the reading, and the date."""
    text = _plain(_MIDNIGHT.sub("", raw.strip()))
    begin = _WEEKDAY.match(text)
    days = {days.index(begin.group(1)) for days in _WEEKDAYS if begin.group(1) in days} if begin else set()
    if begin is None or not days:
        yield from _read(text)
        return
    yield from (one for one in _read(text[begin.end() :]) if date.fromisoformat(one[1]).weekday() in days)


def numbered(number: Decimal) -> Iterator[tuple[str, str]]:
    """The date that a number may mean."""
    if number == number.to_integral_value() and 0 < number < 10**8:
        yield from _read(str(int(number)))


def _serial(number: Decimal) -> Iterator[tuple[str, str]]:
    """The date that a number of days means in spreadsheets."""
    if number == number.to_integral_value() and int(number) in _SERIALS:
        yield "Excel number", (date(1899, 12, 30) + timedelta(days=int(number))).isoformat()


def _plain(text: str) -> str:
    """A text in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


def _read(text: str) -> Iterator[tuple[str, str]]:
    if found := _NUMERIC.fullmatch(text):
        first, _, second, third = found.groups()
        if len(first) <= 2 and len(third) in (2, 4):
            yield from _day("month/day/year", third, first, second)
            yield from _day("day/month/year", third, second, first)
        if len(first) == 4 or len(third) <= 2:
            yield from _day("year/month/day", first, second, third)
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        yield from _named(year, month, day)
    elif found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found.groups()
        yield from _named(year, month, day)
    elif found := _COMPACT.fullmatch(text):
        yield from _day("year/month/day", *found.groups())
    elif text.isascii() and text.isdigit() and len(text) == 5:
        yield from _serial(Decimal(text))


def _named(year: str, month: str, day: str) -> Iterator[tuple[str, str]]:
    """The date with a month that is named in full or shortened, if that is one month only in all languages."""
    fit = {n for names in _MONTHS for n, name in enumerate(names, 1) if name.startswith(month)}
    fit |= {_SHORT[month]} if month in _SHORT else set()
    if len(fit) == 1:
        yield from _day("named month", year, str(fit.pop()), day)


def _day(name: str, year: str, month: str, day: str) -> Iterator[tuple[str, str]]:
    if len(year) in (2, 4) and len(day) <= 2:
        try:
            yield name, date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)).isoformat()
        except ValueError:
            return
