"""Things by the short pieces that their names are made of: which of them are worth comparing letter by letter."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

#: So few things are compared one and all.
_FEW = 300
_PIECE = 4
#: How many places are looked at for one name, the rarest pieces first, as they tell most; but some pieces in any case,
#: as the rarest of all may be the misspelt ones.
_LOOKED_AT, _PIECES = 6000, 4
_LENGTH = 50


class Shortlists:
    """An index over things by their names, for any number of searches.

    Args:
        things: the names of each; what is appended to them is found from then on.
    """

    def __init__(self, things: Sequence[Iterable[str]]) -> None:
        self._things = things
        self._indexed = 0
        self._positions: dict[str, array[int]] = {}

    def _index(self) -> None:
        for position in range(self._indexed, len(self._things)):
            for piece in set().union(*map(_pieces, self._things[position])):
                self._positions.setdefault(piece, array("L")).append(position)
        self._indexed = len(self._things)

    def near(self, text: str) -> Sequence[int]:
        """The places of things whose names share the most and the rarest pieces with a text; all if there are few."""
        if len(self._things) <= _FEW:
            return range(len(self._things))
        self._index()
        found = sorted((self._positions[piece] for piece in _pieces(text) if piece in self._positions), key=len)
        counts: Counter[int] = Counter()
        looked_at = 0
        for n, positions in enumerate(found):
            looked_at += len(positions)
            if n >= _PIECES and looked_at > _LOOKED_AT:
                break
            counts.update(positions)
        return [position for position, _ in counts.most_common(_LENGTH)]


def _pieces(text: str) -> set[str]:
    """The pieces of a text; a short one is a piece itself, as far as it goes."""
    padded = f" {text} "
    return {padded[n : n + _PIECE] for n in range(max(1, len(padded) - _PIECE + 1))}
