"""Names as people write them: when two are the same, which may be meant, and how a key is made of one.

Two forms of a name. What is equal in the *normal form* is taken for the same without asking, with a notice (rule 2).
What is equal in the *loose form* is at most a candidate of a question.

    what differs                                            normal form    loose form     examples
    Unicode compatibility forms (NFKC)                      equal          equal          Ａ = A, ﬁ = fi, ½ = 1⁄2
    case (Unicode case folding, of no language)             equal          equal          É = é, ς = σ, ß = ss
    blanks: no-break, doubled, before and after             equal          equal          King  Arthur = King Arthur
    which apostrophe, which quotation mark, which hyphen    equal          equal          ' = ’, " = “ = «, - = –
    accents of Latin, Greek, Cyrillic; vowel points         not equal      equal          café, cafe
    apostrophes, quotation marks; hyphens between words     not equal      equal          Wilsons = Wilson's
    full stops, commas, brackets … that separate words      not equal      equal          St. Louis = St Louis
    signs and what stands between digits                    not equal      not equal      C# and C++, 1/2 and 1 2
    what cannot be seen, as soft hyphens, byte order        not equal      equal          Alpha, Al\u00adpha
      marks, marks of direction, joiners of Latin letters
    joiners of scripts in which they tell words apart       not equal      not equal      می\u200cخواهم, میخواهم
    a hyphen before or after a word                         not equal      not equal      A- and A+, -5 and 5
    marks of other scripts, any other character             not equal      not equal      किला and काला, ตู and ตี

Case folding knows no language: ß is the same as ss, since both are SS in capitals, but the Turkish İ and ı are not the
same as i.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from string import Formatter, ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from slugify import slugify

from bake.catalog.values import Json

_APOSTROPHES = re.compile(r"['’ʼ`´]")
_ACUTE = " \u0301"  # NFKC takes the acute accent that people type for an apostrophe apart into these
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‘’‛ʻʼ`", "'"),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‐‒–—―−", "-"),
    }
)
#: Accents, and the vowel points of Hebrew and Arabic, which are written or left out; other scripts' marks are letters.
_ACCENTS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
#: What is written, and not seen; joiners only beside what they say nothing of: Latin, Greek, Cyrillic, digits, signs.
_UNSEEN = re.compile(
    r"""
    [\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]+
    | (?<=[\u0000-\u052f])[\u200c\u200d]+ | ^[\u200c\u200d]+ | [\u200c\u200d]+(?=[\u0000-\u052f]|$)
    """,
    re.VERBOSE,
)
_WORD = r"[^\W_]"
#: What parts words, but says nothing that is not said without it.
_PARTING = re.compile(
    rf"""
    [-_.,:/;!?()\[\]{{}}¡¿·…、。・]
    (?<! \d[.,:/](?=\d) )                       # 1.5, 1/2 and 12:30 are each one thing
    (?: (?<!-)
      | (?<!\S-)(?!\S)                          # a hyphen alone,
      | (?<={_WORD}-)(?={_WORD})(?<! \d-(?=\d) )  # or between words, not numbers
    )
    """,
    re.VERBOSE,
)
#: The same for ASCII, where a sign alone decides; and the signs of which their neighbours decide.
_IN_ASCII = bytes.maketrans(f"{ascii_uppercase}_;!?()[]{{}}".encode(), ascii_lowercase.encode() + b" " * 10)
_DEPENDS = re.compile(r"[-.,:/]")
_JOINING = frozenset({"&", "and", "the"})
#: An `s` at the end of a word of so many letters is a part of it: gas, is.
_SHORT = 3
_LONGEST_SLUG = 180
#: Longer ones are not compared whole: no field is called like that,
_LONGEST_NAME = 100
#: and no column of a source.
LONGEST_TITLE = 1_000


def normal_form(name: str) -> str:
    """The form in which two names that are taken for the same are equal (see the table above).

    A name of nothing but blanks becomes empty, and an empty name is the same as no other.
    """
    if name.isascii():  # most are, and look-ups by name read every row
        return " ".join(name.lower().replace("`", "'").split())
    folded = unicodedata.normalize("NFD", name).casefold()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    blank = re.sub(r"\s", " ", folded).replace(_ACUTE, "'").translate(_SIGNS)
    return " ".join(blank.split())


def loose_form(name: str) -> str:
    """The form in which a name is compared to find out which rows it may mean (see the table above)."""
    if name.isascii():
        bare = " ".join(name.encode().translate(_IN_ASCII, b"'`\"").decode().split())
        if not _DEPENDS.search(bare):
            return bare
    else:
        bare = _without_accents(re.sub("['\"]", "", normal_form(name)))
    while (parted := " ".join(_PARTING.sub(" ", bare).split())) != bare:
        bare = parted  # what has lost its neighbour may part words now
    return bare


class NameForms(NamedTuple):
    """The forms in which a name is compared to find out which rows it may mean: names that are equal in one may be one.

    All of them are empty for a blank name, and for no other.

    Attributes:
        loose: the loose form, or, where nothing is left in that, the normal form.
        by_words: its words in the order of the alphabet, without those that join others, and without an `s` at the end:
            "All-Purpose Flour" = "Flour, all purpose", "Stop & Shop" = "Stop and Shop". OpenRefine's fingerprint, but
            that numbers keep their order, so that "Grain 1, 2" is not "Grain 2, 1".
        by_letters: the same words put together instead, but for numbers: "Corn Starch" = "Cornstarch".
    """

    loose: str
    by_words: str
    by_letters: str


@lru_cache(4_000)
def name_forms(name: str) -> NameForms:
    """The forms of a name; where two are equal, they are the same object."""
    loose = loose_form(name) or normal_form(name)
    words = [singular(word) for word in loose.split() if word not in _JOINING]
    by_words, by_letters = (
        " ".join(sorted(words, key=_number_or_word)) or loose,
        " ".join(_put_together(words)) or loose,
    )
    return NameForms(loose, loose if by_words == loose else by_words, loose if by_letters == loose else by_letters)


def _number_or_word(word: str) -> str:
    """What words are sorted by: all numbers are equal, so that they keep their order, and come first."""
    return word if word.isalpha() or not any(map(str.isdigit, word)) else ""


def _put_together(words: Iterable[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if joined and word.isalpha() and joined[-1].isalpha():
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def singular(word: str) -> str:
    """A word without the `s` at its end, if it is long enough to have lost one."""
    return word[:-1] if len(word) > _SHORT and word[-1] == "s" != word[-2] else word


def _without_accents(name: str) -> str:
    """A name without accents, and without what cannot be seen."""
    apart = unicodedata.normalize("NFKD", name)
    while (seen := _UNSEEN.sub("", apart)) != apart:
        apart = seen  # what has lost its neighbour may say nothing now
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", apart))


def letters(name: str) -> str:
    """Only the letters and digits of a name: how columns are compared, and empty for what names nothing."""
    return "".join(filter(str.isalnum, loose_form(name[:LONGEST_TITLE])))


def slug(parts: list[str]) -> str:
    """A key made of parts: lower-case ASCII letters, digits and underscores. Empty if nothing is left of them."""
    return slugify(_APOSTROPHES.sub("", " ".join(parts)), separator="_", max_length=_LONGEST_SLUG, word_boundary=True)


def enumerated(names: Sequence[str]) -> str:
    """Names in a sentence: `brand, package_unit and notes`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def label(template: str, values: Mapping[str, Json], fallback: str) -> str:
    """A row's name for people, without the pieces of the template whose fields are null.

    `"{name} ({city}, {state})"` gives "Wilson's Farm" where city and state are null.

    Args:
        template: a format string over field names.
        values: canonical values; a reference as the key of the row that it names, of which the parts are shown.
        fallback: what a row of which nothing is left is called.
    """
    named = {name: _shown(value) for name, value in values.items()}
    text = "".join(before + value for before, value in _pieces(template, named))
    for gap, filled in ((r"\(\s*,\s*", "("), (r"\s*,\s*\)", ")"), (r"\(\s*\)", "")):
        text = re.sub(gap, filled, text)
    return " ".join(text.split()) or fallback


def _pieces(template: str, named: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What stands before each field, and its value. A word before a field, as in `on {date}`, goes where that goes."""
    for before, name, _, _ in Formatter().parse(template):
        value = named.get(name, "") if name else ""
        yield (" " if name and not value and any(map(str.isalpha, before)) else before), value


def near(name: str, known: Iterable[str]) -> str | None:
    """The name among those known that was probably meant: one much like it, or that goes on where it ends.

    Neither case nor what stands between words matters: `UPC` is near `upc_code`.
    """
    plain = loose_form(name[:_LONGEST_NAME])
    by_plain = {loose_form(one.replace("_", " ")): one for one in known}
    begin = [one for one in by_plain if plain and one.startswith(f"{plain} ")]
    close = get_close_matches(plain, by_plain, n=1) or (begin if len(begin) == 1 else [])
    return by_plain[close[0]] if close else None


def no_such(what: str, name: str, known: Sequence[str]) -> str:
    """A sentence that there is no field, column or entity of a name, with the one that was probably meant."""
    meant = near(name, known)
    instead = f"did you mean {meant!r}?" if meant else f"there are {', '.join(known)}"
    return f"there is no {what} {name!r}; {instead}"


def _shown(value: Json) -> str:
    match value:
        case None:
            return ""
        case dict():
            return ", ".join(filter(None, map(_shown, value.values())))
        case _:
            return str(value)


def key_words(key: Mapping[str, Json]) -> str:
    """A key in words: its values, those of keys within it too."""
    parts = (key_words(part) if isinstance(part, dict) else str(part) for part in key.values() if part is not None)
    return ", ".join(parts)
