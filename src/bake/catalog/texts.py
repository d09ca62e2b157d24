"""Texts as people mean them: tidied of what nobody typed on purpose, and what about them looks wrong.

    what is tidied before a text is written                     example
    blanks around it                                            "Costco " becomes "Costco"
    no-break and other fixed blanks within it                   become plain blanks
    doubled blanks, where the field names rows                  "King  Arthur" becomes "King Arthur"
    its Unicode form, NFC                                       e and U+0301 become é

    what is warned of, with code points
    what cannot be seen: zero-width characters, signs of direction, soft hyphens
    letters of several scripts in one word, such as a Cyrillic one that looks like C in Costco
    UTF-8 that somebody read as Windows-1252: "CrÃ¨me", mended "Crème"

Nothing that is warned of is changed. A whole source is mended where somebody says that this is its encoding, so that
names in it find their rows: a single column could only be mended after the rows were looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bake.catalog.values import shown

#: The name of the encoding of texts that are UTF-8, read as Windows-1252, and written as UTF-8 again.
MOJIBAKE = "utf-8-as-windows-1252"

_FIXED_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_DOUBLED = re.compile(r"[ \t]{2,}|\t")
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
#: Scripts whose letters look like those of the others.
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def tidied(text: str, *, is_name: bool) -> tuple[str, tuple[str, ...]]:
    """A text as it is meant, and what was tidied; one of nothing but blanks stays as it is.

    Args:
        text: as a source has it.
        is_name: whether it names something, so that doubled blanks within it say nothing.
    """
    done = []
    if not text.isascii():
        if (composed := unicodedata.normalize("NFC", text)) != text:
            text = composed
            done.append("its Unicode form")
        if (plain := _FIXED_BLANKS.sub(" ", text)) != text:
            text = plain
            done.append("no-break spaces")
    if (bare := text.strip()) != text and bare:
        text = bare
        done.append("blanks around it")
    if is_name and (single := _DOUBLED.sub(" ", text)) != text and text.strip():
        text = single
        done.append("doubled blanks")
    return text, tuple(done)


def oddities(text: str) -> Iterator[str]:
    """What looks wrong about a text, a sentence each."""
    if text.isascii():
        return
    if unseen := dict.fromkeys(_UNSEEN.findall(text)):
        yield f"{shown(text)} has what cannot be seen: {', '.join(map(_named, unseen))}"
    for word in _WORD.findall(text):
        scripts = {script: letter for letter in reversed(word) if (script := _script(letter))}
        if len(scripts) > 1:
            odd = next(letter for letter in word if not letter.isascii() and _script(letter))
            names = " and ".join(name.capitalize() for name in sorted(scripts))
            yield f"{shown(word)} has letters of several scripts ({names}): {_named(odd)}"
            break
    if (mended := unmangled(text)) != text:
        yield f"{shown(text)} looks like UTF-8 that was read as Windows-1252; mended, it is {shown(mended)}"


def unmangled(text: str) -> str:
    """A text whose UTF-8 was read as Windows-1252, mended; any other one as it is."""
    return _BEYOND_ASCII.sub(lambda found: _decoded(found.group()), text)


def _decoded(run: str) -> str:
    try:
        decoded = b"".join(map(_byte, run)).decode()
    except UnicodeError:
        return run
    return run if any(_RARE[0] <= char <= _RARE[1] for char in decoded) else decoded


#: Letters of phonetics and rare alphabets: `É®`, which names of products have, is none of these, decoded wrongly.
_RARE = ("\u0180", "\u036f")


def _byte(char: str) -> bytes:
    """The byte that Windows-1252 shows so; the five that it leaves undefined are shown as control characters."""
    return char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252")


def _script(letter: str) -> str | None:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name in _SCRIPTS else None


def _named(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}"


def only_blanks_added(before: object, after: object) -> bool:
    """Whether a text is another one with blanks added around it, as spreadsheets and copying add them."""
    return isinstance(before, str) and isinstance(after, str) and len(after) > len(before) and after.strip() == before
