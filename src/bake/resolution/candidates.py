"""Which rows a name may mean: ranked by likeness, for a question and for search-as-you-type.

The likeness of the names comes first. What else is known moves it, and is said as the reason:

    what is known                                    if the row says the same    if it says something else
    the rest of the lookup (its city, its brand)     nearer                      farther
    the record that asks                             nearer                      nothing
    an amount in the name (5 lb)                     nearer                      farther, less if near (1 qt, 1 l)

A score of 1 is for a row that is called what is looked for, in its loose form, and of which nothing known says
otherwise. Codes (barcodes, slugs of digits, uuids) are equal or not; how alike their digits are says nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import nlargest

from bake.catalog.names import loose_form
from bake.changeset.model import Candidate, Key, Uuids
from bake.resolution.quantities import Comparison, Likeness, compared, quantities
from bake.resolution.shortlist import Shortlists

_LEAST_LIKENESS = 65.0
#: What no likeness that is less than whole comes to, whatever else fits.
_MOST_IF_INEXACT = 0.99
#: How much like what is looked for a row is that has the same code.
_SAME_CODE = 90.0
#: How many of the likeliest rows are looked at more closely, for each that is wanted.
_JUDGED_PER_RESULT = 4
_LEAST_FOR_MISSPELLING = 75.0
_NEARER, _FARTHER = 0.25, 0.85
_SIZES = {Likeness.NEAR: 0.9, Likeness.OTHER: 0.8}

#: What is known of a row, by the name of a field, in a form in which equal things are equal.
Facts = Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Named:
    """A row by its key, what people call it, all names under which it may be looked for, and what tells it apart.

    `why` is a reason to offer it that does not depend on what is asked, `codes` are barcodes and the like, it
    `has_children` if other rows of a tree stand below it, and `uuids` say which row its key means.
    """

    key: Key
    label: str
    names: tuple[str, ...]
    facts: Facts = field(default_factory=dict)
    why: str | None = None
    codes: frozenset[Hashable] = frozenset()
    has_children: bool = False
    uuids: Uuids = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        texts: names for it, as somebody wrote them.
        said: what is said of the row itself.
        around: what is known of the record that asks.
        never: keys of rows that it certainly is not, in their `repr`.
        codes: codes of it.
        leaf: whether no row of a tree is meant that others stand below.
    """

    texts: tuple[str, ...]
    said: Facts = field(default_factory=dict)
    around: Facts = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    codes: frozenset[Hashable] = frozenset()
    leaf: bool = False


class CandidateIndex:
    """Rows of one entity, prepared once for any number of searches."""

    def __init__(self, rows: Iterable[Named]) -> None:
        self._rows = list(rows)
        self._names = [_loose_names(row) for row in self._rows]
        self._shortlists = Shortlists(self._names)

    def search(self, wanted: str | Wanted, limit: int = 5, least: float = _LEAST_LIKENESS) -> tuple[Candidate, ...]:
        """The rows most like what is wanted, best first.

        Args:
            wanted: a name as somebody wrote it, or all that is known.
            limit: how many at most.
            least: the likeness of names from which on a row counts, of 100.
        """
        asked = Wanted((wanted,)) if isinstance(wanted, str) else wanted
        likely = nlargest(limit * _JUDGED_PER_RESULT, self._alike(asked, least), key=lambda pair: pair[0])
        judged = [_candidate(asked, row, likeness / 100) for likeness, row in likely]
        best = sorted(judged, key=lambda candidate: -(candidate.score or 0))
        best = [candidate for candidate in best if (candidate.score or 0) * 100 >= least]
        return tuple(best[:limit])

    def _alike(self, wanted: Wanted, least: float) -> Iterator[tuple[float, Named]]:
        """The rows whose names are alike, each with the likeness of the name that is most so."""
        from rapidfuzz import process  # takes long to load, and only questions need it
        from rapidfuzz.fuzz import WRatio

        found: dict[int, float] = {}
        for text in filter(None, dict.fromkeys(map(loose_form, wanted.texts))):
            names = [(name, position) for position in self._shortlists.near(text) for name in self._names[position]]
            hits = process.extract(text, [name for name, _ in names], scorer=WRatio, score_cutoff=least, limit=None)
            for _, likeness, n in hits:
                position = names[n][1]
                found[position] = max(likeness, found.get(position, 0.0))
        if wanted.codes:
            same = (n for n, row in enumerate(self._rows) if not row.codes.isdisjoint(wanted.codes))
            found |= {position: max(_SAME_CODE, found.get(position, 0.0)) for position in same}
        for position in sorted(found):
            row = self._rows[position]
            if not (wanted.never and repr(row.key) in wanted.never) and not (wanted.leaf and row.has_children):
                yield found[position], row


def _candidate(wanted: Wanted, row: Named, likeness: float) -> Candidate:
    """A row as a candidate: its likeness, moved by what else is known of it, and why."""
    reasons = [row.why] if row.why else []
    score = likeness
    if not row.codes.isdisjoint(wanted.codes):
        reasons.append("same code")
    for name, fact in row.facts.items():
        if fact in (wanted.said.get(name), wanted.around.get(name)):
            score += (1 - score) * _NEARER
            reasons.append(f"same {_in_words(name)}")
        elif name in wanted.said and not _may_be_misspelling(fact, wanted.said[name]):
            score *= _FARTHER
            reasons.append(f"other {_in_words(name)}")
    size = _size(wanted, row)
    match size.likeness:
        case Likeness.SAME:
            score += (1 - score) * _NEARER
        case Likeness.NEAR | Likeness.OTHER:
            score *= _SIZES[size.likeness]
        case Likeness.UNRELATED:
            pass
    reasons += [size.words] if size.words else []
    rounded = Decimal(round((score if likeness >= 1 else min(score, _MOST_IF_INEXACT)) * 100)) / 100
    why = ", ".join(reasons) or None
    return Candidate(key=row.key, label=row.label, score=rounded, why=why, uuids=row.uuids)


def _may_be_misspelling(fact: Hashable, said: Hashable) -> bool:
    """Whether two texts may be one, misspelt."""
    from rapidfuzz.fuzz import ratio

    return isinstance(fact, str) and isinstance(said, str) and ratio(fact, said) >= _LEAST_FOR_MISSPELLING


def _loose_names(row: Named) -> tuple[str, ...]:
    """All that a row may be called, each once, without what people vary."""
    return tuple(filter(None, dict.fromkeys(map(loose_form, (row.label, *row.names)))))


def _size(wanted: Wanted, row: Named) -> Comparison:
    asked = next(filter(None, map(quantities, wanted.texts)), ())
    offered = next(filter(None, map(quantities, (row.label, *row.names))), ()) if asked else ()
    return compared(asked, offered)


def _in_words(name: str) -> str:
    return name.replace("_", " ")
