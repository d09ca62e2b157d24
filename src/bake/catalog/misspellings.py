"""Names that differ as by a slip of the fingers: one of them may be the other, misspelt.

They are compared word by word in their loose form (`bake.catalog.names`). A slip is a letter too many, one too few,
another letter, or two neighbours that changed places.

    what differs                                       a slip?  examples
    a letter of a word of five letters and more        yes      Burlingtn = Burlington, Almnod Butter = Almond Butter,
                                                                Flor = Flour
    two letters, of one word or of two, if there are   yes      Massachusets Tecnology, Confectionners Suggar
      ten in the words that differ
    a letter of a shorter word                         no       Rice and Ride, Anna and Anne, Мак and Лак
    the first letter of a word of five letters         no       Bread and Tread; grated and rated
    the first letter, and another one                  no       Salted and Unsalted
    whatever has a digit                               no       Flour 1 and Flour 2, Type 405 and Type 550, 5lb and 6lb
    a word of one letter, as a size                    no       Shirt M and Shirt L
    a word more, or another order of the words         no       Coarse Sea Salt and Coarse Salt
    an s at the end (the fingerprint compares that)    no       Liquid and Liquids
    words of ideographs, which are short               no       東京 and 東都
    a single word of capitals, if it is short: a code, no       FRANK and FRANS, ANTON and ANTOM
      where that is a key

Where all else says that two rows are the same, two letters of five may differ as well: Flower and Flour.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bake.catalog.names import loose_form, singular

#: So many letters has the longer one of two words that may be one, and the shorter one; so many both, if they begin
#: otherwise.
_LONG, _SHORT, _LONG_FROM_THE_START = 5, 4, 6
#: There may be one slip for so many letters.
_LETTERS_FOR_A_SLIP = 5
#: So many slips there are at most.
SLIPS = 2
#: A single word of capitals with so many letters is a code.
_CODE = 6


def misspelt(one: str, other: str, slips: int | None = None, *, codes: bool = True) -> bool:
    """Whether one of two names may be the other, misspelt (see the table above).

    Args:
        one: a name.
        other: another one.
        slips: how many slips there may be; by default as many as the length of the words allows.
        codes: whether they may be codes.
    """
    ours, theirs = words(one), words(other)
    if len(ours) != len(theirs) or (codes and is_code(one) and is_code(other)):
        return False
    pairs = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    if not pairs or not all(map(_may_be_one, pairs)):
        return False
    letters = sum(max(map(len, pair)) for pair in pairs)
    most = slips or allowed(letters)
    return sum(distance(*pair) for pair in pairs) <= most


def allowed(letters: int) -> int:
    """How many slips there may be in words of so many letters."""
    return min(SLIPS, letters // _LETTERS_FOR_A_SLIP)


def distance(word: str, other: str) -> int:
    """How many slips there are between two words; more than `SLIPS` if they are too many."""
    if abs(len(word) - len(other)) > SLIPS:
        return SLIPS + 1
    from rapidfuzz.distance import OSA  # here, since few need it

    return OSA.distance(word, other, score_cutoff=SLIPS)


def _may_be_one(pair: tuple[str, str]) -> bool:
    """Whether two words are of a kind that may be one word, misspelt."""
    word, other = pair
    if not all(map(may_be_misspelt, pair)) or singular(word) == singular(other) or max(len(word), len(other)) < _LONG:
        return False
    is_long = min(len(word), len(other)) >= _LONG_FROM_THE_START
    return word[0] == other[0] or (is_long and distance(word, other) == 1)


@lru_cache(4_000)
def words(name: str) -> Sequence[str]:
    """The words of a name, as they are compared."""
    return tuple(loose_form(name).split())


def is_code(name: str) -> bool:
    """Whether a name is a single short word of capitals."""
    return len(name) <= _CODE and name.isalpha() and name.isupper()


@lru_cache(4_000)
def may_be_misspelt(word: str) -> bool:
    """Whether a word is one of enough letters, marks of scripts included, and of nothing else."""
    if len(word) < _SHORT:
        return False
    if word.isascii():
        return word.isalpha()
    return all(unicodedata.category(letter)[0] in "LM" and not _is_ideograph(letter) for letter in word)


def stems(word: str) -> Iterator[str]:
    """A word, and what is left of it if letters are left out, as many as may be slips.

    Two words that differ by so many slips have one in common.
    """
    left = {word}
    for _ in range(allowed(len(word))):
        left |= {one[:n] + one[n + 1 :] for one in left for n in range(len(one))}
    yield from left


def _is_ideograph(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("CJK", "TANGUT", "NUSHU"))
