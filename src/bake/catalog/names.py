"""Names as people write them: when two are the same, and how a key is made of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from string import Formatter

from slugify import slugify

from bake.catalog.values import Json

_APOSTROPHES = re.compile(r"['’ʼ`´]")
_OTHER_MARKS = re.compile(r"[\W_]+")
_LONGEST_SLUG = 180
#: Longer ones are not compared whole: no field is called like that.
_LONGEST_NAME = 100


def normalised(name: str) -> str:
    """A name without what people vary: Unicode NFKC, no case, no apostrophes, other punctuation as one space.

    Two names that are equal after this are taken for the same (rule 2). A name of marks only, such as "%", becomes
    empty, and an empty name is the same as no other.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return _OTHER_MARKS.sub(" ", _APOSTROPHES.sub("", text)).strip()


def slug(parts: list[str]) -> str:
    """A key made of parts: lower-case ASCII letters, digits and underscores. Empty if nothing is left of them."""
    return slugify(_APOSTROPHES.sub("", " ".join(parts)), separator="_", max_length=_LONGEST_SLUG, word_boundary=True)


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
    plain = normalised(name[:_LONGEST_NAME])
    by_plain = {normalised(one.replace("_", " ")): one for one in known}
    begin = [one for one in by_plain if plain and one.startswith(f"{plain} ")]
    close = get_close_matches(plain, by_plain, n=1) or (begin if len(begin) == 1 else [])
    return by_plain[close[0]] if close else None


def _shown(value: Json) -> str:
    match value:
        case None:
            return ""
        case dict():
            return ", ".join(filter(None, map(_shown, value.values())))
        case _:
            return str(value)
