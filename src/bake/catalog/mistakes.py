"""Known mistakes of whoever fills in a file, people and programs alike: values that fit their fields and look wrong.

Each function is given values, before and after, and says what looks wrong in a sentence. Nothing here knows a database
or an entity; which fields hold codes, names and texts, the catalog says. Checks of one value by itself stand with the
field (`Field.checks`), those of a whole row with the entity (`Entity.row_checks`).

    of one value                                   of a change
    a placeholder: `N/A`, `TBD`, `lorem ipsum`     a text is cut off, gone, or moved to another field
    a code of one digit, or of digits in a row     two values changed places, or one stands twice
    what is left of a page (`leftovers`)           a number leaps
                                                   a text is in another script, or language

What only many records together show is found by `bake.compiler.drafting.whole_source`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from bake.catalog.readings import says_nothing
from bake.catalog.values import Json, shown

#: A field, and what looks wrong with what is written there.
Finding: TypeAlias = tuple[str, str]

#: From how many records on a text that all of them are given looks pasted, and from how many on codes count up.
PASTED = 5
COUNTING = 3
#: How many names of a row have to be those of the record before to look copied.
COPIED = 2
#: How many times larger or smaller a number has to be than the one that it replaces.
LEAP = 10
#: How far two numbers are told to be apart at most.
FARTHEST = Decimal(10**9)

#: What stands in forms and examples where a value belongs.
_FORMS = frozenset(
    {"placeholder", "string", "todo", "fixme", "changeme", "xxx", "xxxx", "to be determined", "lorem ipsum"}
    | {"undefined", "ditto", "unchanged", "no change", "see above"}
)
_MARKS = frozenset(".\"'`-–—_/\\*?!,;:~…")
_REMARKS = re.compile(
    r"lorem ipsum|as an ai\b|i (?:could ?n[o']t|cannot|can't) (?:find|verify|determine|access)|"
    r"\d ?% (?:confiden|sure\b|certain)|\b(?:not|un)[ -]?verified\b|\bsame as (?:above|before)\b|"
    r"\bas a language model\b|\b(?:by|from) an? (?:AI|language model)\b|"
    r"insert \w+ here|\[(?:your|insert|product|brand|value)\b[^\]]*\]|<(?:your|insert|value|unknown)\b[^>]*>",
    re.IGNORECASE,
)
_CUT = ("…", "...")
_LEAST_LOST = 8
_LONG = 12
_CODE = range(6, 40)
_REPEATED = (2, 3)
_COUNTED = "0123456789012345678901234567890"


def placeholder(text: str) -> str | None:
    """Say that a text stands for one that is lacking, or that it is a remark about it; None if it is neither."""
    bare = text.strip()
    word = bare.strip("[]()<>{}\"' ").casefold()
    if says_nothing(word) or {word, bare.casefold()} & _FORMS or (bare and _MARKS.issuperset(bare)):
        return f"{shown(text)} stands for a value that is lacking; leave the field out instead"
    if _REMARKS.search(bare):
        return f"{shown(text)} is a remark about the value, and not the value"
    return None


def invented_code(code: str) -> str | None:
    """Say that a code of digits looks invented: one digit repeated, or digits that count up or down."""
    digits = code.strip()
    if len(digits) < COUNTING * 2 or not (digits.isascii() and digits.isdigit()):
        return None
    body = digits[:-1]  # the last one may have been computed
    if len(set(body.lstrip("0") or "0")) == 1 and len(set(body)) <= 2:
        return f"{digits} is one digit again and again; it looks invented"
    if body in _COUNTED or body in _COUNTED[::-1]:
        return f"{digits} counts through the digits; it looks invented"
    if any(body == (body[:size] * len(body))[: len(body)] for size in _REPEATED):
        return f"{digits} has the same digits again and again; it looks invented"
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


def gone(before: str, after: Json) -> str | None:
    """Say that a text of its own is taken away, and nothing comes in its place."""
    if _is_empty(after) and is_sentence(before):
        return f"a text of {len(before.split())} words is taken away, and nothing comes in its place"
    return None


def times_apart(one: Decimal, other: Decimal) -> Decimal:
    """How many times the greater of two positive numbers the smaller one is, but no more than `FARTHEST`."""
    if abs(one.adjusted() - other.adjusted()) >= FARTHEST.adjusted():  # of which the quotient may be no number
        return FARTHEST
    return max(one / other, other / one)


def leap(before: Json, after: Json) -> tuple[int, str] | None:
    """How many times larger or smaller a number is than the one that it replaces, and that in words; None if less."""
    if not (_is_number(before) and _is_number(after)) or not before or not after:
        return None
    was, becomes = abs(Decimal(before)), abs(Decimal(after))
    factor = times_apart(was, becomes)
    if factor < LEAP:
        return None
    return round(factor), f"{after} is {factor:.0f} times {'more' if becomes > was else 'less'} than before, {before}"


def other_script(before: str, after: str) -> str | None:
    """Say that a text is in another script than the one that it replaces."""
    if before.isascii() and after.isascii():
        return None
    was, becomes = _script(before), _script(after)
    if was and becomes and was != becomes:
        return f"the text before was in {was.title()} letters, this one is in {becomes.title()}"
    return None


def other_language(before: str, after: str) -> str | None:
    """Say that a text is in another language than the one that it replaces, as far as small words tell."""
    was, becomes = _language(before), _language(after)
    if was and becomes and was != becomes:
        return f"the text before was {was}, this one looks {becomes}"
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


def moved(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Finding]:
    """The fields of a row whose text was taken away, and stands in another field of it now.

    Args:
        before: the row.
        after: the values that are written, by field.
    """
    texts = {name: value for name, value in after.items() if isinstance(value, str)}
    for name, value in after.items():
        was = before.get(name)
        if not (_is_empty(value) and isinstance(was, str) and was):
            continue
        for other, text in texts.items():
            if was in text and was not in str(before.get(other) or ""):
                yield name, f"{shown(was)} is taken away here, and stands in {other} now"
                break


def repeats(said: Json, others: Iterable[tuple[str, Json]]) -> str | None:
    """Say that a text of its own is what another field of its row says; None if it is not.

    Args:
        said: the text.
        others: the names and values of the other fields.
    """
    if not isinstance(said, str) or len(said) < _LONG:
        return None
    other = next((name for name, value in others if value == said), None)
    return f"it says the same as {other}" if other is not None else None


def code_body(code: str) -> int:
    """A code of digits as a number, without its check digit; -1 for any other code."""
    return int(code[:-1]) if code.isascii() and code.isdigit() and len(code) in _CODE else -1


def is_sentence(text: str) -> bool:
    """Whether a text says something of its own, as a category or a name does not."""
    return len(text.split()) >= COUNTING and len(text) >= _LONG


#: Words that a language has, and the others here have not; what two of them share says nothing.
_SMALL_WORDS = {
    "English": "the and of with for in is are it to from this that use keep or not at on by as but you your be has",
    "German": "und der die das mit für von ist nicht auf dem den ein eine im zum zur oder sind wird sehr bei",
    "French": "le la les et des du avec pour dans une sur est au aux ou pas très ce cette qui",
    "Spanish": "el los las y del con para por una es muy o al su que se lo",
    "Italian": "il gli e della di con una è molto nel dal alla sono che",
    "Dutch": "het een en van met voor niet op zijn of te uit wordt bij",
    "Portuguese": "os as com uma um não muito da do em para é ou ao",
}


def _language(text: str) -> str | None:
    """The language of which a text has small words; None if it has none, or some of several."""
    words = _WORDS.findall(text.casefold())
    found = {_LANGUAGES[word] for word in words if word in _LANGUAGES}
    return found.pop() if len(found) == 1 else None


def _is_empty(value: Json) -> bool:
    return value is None or value == ""


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _script(text: str) -> str | None:
    """The script of all letters of a text; None if there are few, or of several."""
    letters = [char for char in text if char.isalpha()]
    scripts = {unicodedata.name(char, "?").split()[0] for char in letters}
    return scripts.pop() if len(letters) >= COUNTING and len(scripts) == 1 else None


_WORDS = re.compile(r"[^\W\d_]+")
#: By a word that only one language has, that language.
_LANGUAGES = {
    word: name
    for name, listed in _SMALL_WORDS.items()
    for word in listed.split()
    if not any(word in rest.split() for other, rest in _SMALL_WORDS.items() if other != name)
}
