"""Known mistakes of whoever fills in a file, people and programs alike: values that fit their fields and look wrong.

Each function is given values, before and after, and says what looks wrong in a sentence. Nothing here knows a database
or an entity; which fields hold codes, names and texts, the catalog says. Checks of one value by itself stand with the
field (`Field.checks`), those of a whole row with the entity (`Entity.row_checks`).

    of one value                                   of a change                       of many records together
    a placeholder: `N/A`, `TBD`, `lorem ipsum`     a text is cut off                 one text pasted into many rows
    a code of one digit, or of digits in a row     two values changed places         codes that count up
                                                   a number leaps                    values of the record before
                                                   a text is in another script
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from bake.catalog.readings import says_nothing
from bake.catalog.values import Json, shown

#: A field, and what looks wrong with what is written there.
Finding: TypeAlias = tuple[str, str]

#: From how many records on a text that all of them are given looks pasted, and from how many on codes count up.
PASTED = 5
COUNTING = 3
#: How many times larger or smaller a number has to be than the one that it replaces.
LEAP = 10

#: What stands in forms and examples where a value belongs.
_FORMS = frozenset(
    ("placeholder", "string", "todo", "fixme", "changeme", "xxx", "xxxx", "to be determined", "lorem ipsum")
)
_REMARKS = re.compile(
    r"lorem ipsum|as an ai\b|i (?:could ?n[o']t|cannot|can't) (?:find|verify|determine|access)|"
    r"insert \w+ here|\[(?:your|insert|product|brand|value)\b[^\]]*\]|<(?:your|insert|value|unknown)\b[^>]*>",
    re.IGNORECASE,
)
_CUT = ("…", "...")
_LEAST_LOST = 8
_LONG = 12
_COUNTED = "0123456789012345678901234567890"


def placeholder(text: str) -> str | None:
    """Say that a text stands for one that is lacking, or that it is a remark about it; None if it is neither."""
    bare = text.strip()
    if says_nothing(bare.strip("[]<>{}\"' ")) or bare.casefold() in _FORMS:
        return f"{shown(text)} stands for a value that is lacking; leave the field out instead"
    if _REMARKS.search(bare):
        return f"{shown(text)} is a remark about the value, and not the value"
    return None


def invented_code(code: str) -> str | None:
    """Say that a code of digits is one that nobody was given: one digit only, or digits that count up or down."""
    digits = code.strip()
    if len(digits) < COUNTING * 2 or not (digits.isascii() and digits.isdigit()):
        return None
    body = digits[:-1]  # the last one may have been computed
    if len(set(body.lstrip("0") or "0")) == 1 and len(set(body)) <= 2:
        return f"{digits} is one digit again and again; it looks invented"
    if body in _COUNTED or body in _COUNTED[::-1]:
        return f"{digits} counts through the digits; it looks invented"
    return None


def cut_off(before: str, after: str) -> str | None:
    """Say that a text was cut off: it is the beginning of the one before, or ends with an ellipsis as that did not."""
    was, becomes = before.strip(), after.strip()
    for mark in _CUT:
        if becomes.endswith(mark) and not was.endswith(_CUT):
            return f"it ends with {shown(mark)}: the text looks cut off"
    if len(was) - len(becomes) >= _LEAST_LOST and len(becomes) >= _LONG and was.startswith(becomes):
        return f"only the first {len(becomes)} of {len(was)} characters are left: the text looks cut off"
    return None


def leap(before: Json, after: Json) -> tuple[int, str] | None:
    """How many times larger or smaller a number is than the one that it replaces, and that in words; None if less."""
    if not (_is_number(before) and _is_number(after)) or not before or not after:
        return None
    was, becomes = abs(Decimal(before)), abs(Decimal(after))
    factor = max(was / becomes, becomes / was)
    if factor < LEAP:
        return None
    return round(factor), f"{after} is {factor:.0f} times {'more' if becomes > was else 'less'} than before, {before}"


def other_script(before: str, after: str) -> str | None:
    """Say that a text is in another script than the one that it replaces."""
    was, becomes = _script(before), _script(after)
    if was and becomes and was != becomes:
        return f"the text before was in {was.title()} letters, this one is in {becomes.title()}"
    return None


def exchanged(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Finding]:
    """The fields of a row that were given each other's values: columns that look swapped.

    Args:
        before: the row.
        after: the values that are written, by field.
    """
    changed = [name for name, value in after.items() if not _is_empty(value) and value != before.get(name)]
    for place, one in enumerate(changed):
        for other in changed[place + 1 :]:
            if after[one] == before.get(other) and after[other] == before.get(one):
                yield one, f"it got the value of {other}, and {other} got its: these look swapped"


def pasted(edits: Sequence[Mapping[str, Json]], texts: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """One long text that many records write over what was there: their positions, the field, and that in words.

    New rows may well have a remark in common; that many rows which are there get one is no accident.

    Args:
        edits: of each record, the values that it changes.
        texts: the fields that hold texts of their own, and neither codes nor names.
    """
    for name in texts:
        held = Counter(value for values in edits if isinstance(value := values.get(name), str) and _is_own(value))
        for place, values in enumerate(edits):
            value = values.get(name)
            if isinstance(value, str) and held[value] >= PASTED:
                yield place, name, f"{held[value]:,} records write the same text; it looks pasted"


def counting(written: Sequence[Mapping[str, Json]], codes: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Codes of records that follow each other and count up, check digits left out: they look invented."""
    for name in codes:
        places = [place for place, values in enumerate(written) if _digits(values.get(name))]
        run: list[int] = []
        for here, there in pairwise(places):
            step = _body(written[there][name]) - _body(written[here][name])
            if step == 1:
                run = [*(run or [here]), there]
            else:
                yield from _run(written, run, name)
                run = []
        yield from _run(written, run, name)


def _run(written: Sequence[Mapping[str, Json]], run: Sequence[int], name: str) -> Iterator[tuple[int, str, str]]:
    if len(run) < COUNTING:
        return
    first, last = written[run[0]][name], written[run[-1]][name]
    for place in run:
        yield place, name, f"{len(run):,} records after each other count from {first} to {last}; these look invented"


def copied(written: Sequence[Mapping[str, Json]], fields: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Values that a record has from the one before it: several fields at once, of which each is new to its row.

    Args:
        written: of each record, in the order of the source, the values that it writes.
        fields: those that tell rows apart, such as names and codes.
    """
    names = list(fields)
    for place in range(1, len(written)):
        before, here = written[place - 1], written[place]
        same = [name for name in names if not _is_empty(here.get(name)) and here.get(name) == before.get(name)]
        if len(same) >= _COPIED:
            yield place, same[0], f"{' and '.join(same)} are those of the record before; they look copied"


#: How many values have to be those of the record before.
_COPIED = 2


def _digits(value: Json) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) >= COUNTING * 2


def _body(value: Json) -> int:
    """A code as a number, without its check digit."""
    return int(str(value)[:-1])


def _is_own(text: str) -> bool:
    return len(text.split()) >= COUNTING and len(text) >= _LONG


def _is_empty(value: Json) -> bool:
    return value is None or value == ""


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _script(text: str) -> str | None:
    """The script of all letters of a text; None if there are few, or of several."""
    letters = [char for char in text if char.isalpha()]
    scripts = {unicodedata.name(char, "?").split()[0] for char in letters}
    return scripts.pop() if len(letters) >= COUNTING and len(scripts) == 1 else None
