"""The words of names, and which of them are like a word but for a slip (`bake.catalog.misspellings`).

A word is found by its stems, what is left of it without a letter or two: so it takes no more than a look at each stem
of a word, however many words there are. Stems and words are in temporary files once there are many. Most names are made
of few words: each is added once, not once for each name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, combinations, product
from typing import IO

from bake.catalog.misspellings import allowed, distance, may_be_misspelt, stems, words
from bake.catalog.values import Json
from bake.compiler.rows.mark_index import MarkIndex, mark_of
from bake.temporary import temporary_file

#: How many words are known not to be new. What is forgotten is added again, which only takes space.
_KNOWN = 200_000


class Vocabulary:
    """The words of names that may be misspelt."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._near: dict[str, tuple[str, ...]] = {}
        self._index = MarkIndex()
        self._end = 0

    def add(self, names: Iterable[str]) -> None:
        """Add the words of some names, which are in their loose form."""
        said = {word for name in names for word in name.split()}
        new = {word for word in said - self._known if may_be_misspelt(word)}
        if not new:
            return
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known |= new
        self._file.seek(self._end)
        for word in sorted(new):
            marks = [mark_of(stem.encode()) for stem in stems(word)]
            self._index.add(marks, [self._end] * len(marks))
            self._end += self._file.write(f"{word}\n".encode())
        if self._near:
            self._forget(new)

    def _forget(self, new: Iterable[str]) -> None:
        """Forget what is known of the words to which new ones are near."""
        for word in new:
            self._near.pop(word, None)
            for one in self._near_to(word):
                self._near.pop(one, None)

    def variants(self, name: Json) -> Iterator[str]:
        """The names that a name may be, if words of it are misspelt: with other words of the vocabulary instead."""
        said = words(name) if isinstance(name, str) else ()
        near = {n: self._near_to(word) for n, word in enumerate(said) if may_be_misspelt(word)}
        near = {n: others for n, others in near.items() if others}
        places = chain(combinations(near, 1), combinations(near, 2))
        for some in places:
            for others in product(*(near[n] for n in some)):
                instead = dict(zip(some, others, strict=True))
                yield " ".join(instead.get(n, word) for n, word in enumerate(said))

    def _near_to(self, word: str) -> tuple[str, ...]:
        """The other words from which a word differs by as few slips as the longer one may have."""
        if word not in self._near:
            if len(self._near) > _KNOWN:
                self._near.clear()
            places = {place for stem in stems(word) for place in self._index.numbers(mark_of(stem.encode()))}
            found = {self._word(place) for place in places} - {word}
            near = (one for one in found if distance(word, one) <= allowed(max(len(word), len(one))))
            self._near[word] = tuple(sorted(near))
        return self._near[word]

    @cached_property
    def _file(self) -> IO[bytes]:
        """The words, one a line."""
        return temporary_file(self)

    def _word(self, place: int) -> str:
        self._file.seek(place)
        return self._file.readline().decode().rstrip("\n")
