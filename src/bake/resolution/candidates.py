"""Ranks the rows that a name may mean, as candidates of a question and for search-as-you-type.

The score of a row starts as the similarity of names. Other facts raise or lower it, and are given as reasons (`why`):

    the fact                                            the row has the same    the row has another
    from the rest of the lookup (its city, its brand)   raised                  lowered
    from the record that asks                           raised                  not changed
    an amount in the name (5 lb)                        raised                  lowered, less if near (1 qt, 1 l)

Only a row whose name equals the text in its loose form can reach a score of 1. Codes (barcodes, slugs of digits, uuids)
are compared for equality alone: similar digits mean nothing.
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

#: The least similarity of names, of 100, with which a row is a candidate.
_LEAST_LIKENESS = 65.0
#: The greatest score of a row whose name is not equal to the text, whatever else agrees.
_MOST_IF_INEXACT = 0.99
#: The least similarity, of 100, that a row with the same code counts as having.
_SAME_CODE = 90.0
#: For each candidate that is asked for, how many of the rows with the most similar names are scored by all facts.
_JUDGED_PER_RESULT = 4
#: The least similarity, of 100, with which two texts may be spellings of one.
_LEAST_FOR_MISSPELLING = 75.0
#: A fact that agrees raises a score by this part of what it lacks of 1; one that does not multiplies it.
_NEARER, _FARTHER = 0.25, 0.85
#: By what a score is multiplied if the amounts in the names are near, or other.
_SIZES = {Likeness.NEAR: 0.9, Likeness.OTHER: 0.8}

#: Values by the name of a field, such as `{"brand": "kirkland"}`, in a form in which they can be compared by `==`.
Facts = Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Named:
    """A row that may become a candidate.

    Attributes:
        key: its key, as changesets name rows.
        label: the text by which it is shown.
        names: the texts by which it may be searched for, besides the label.
        facts: values by which it is ranked among rows of similar names.
        why: a reason to offer it that does not depend on what is searched for.
        codes: its codes, such as barcodes.
        has_children: whether it is the parent of other rows in a tree.
        uuids: the uuids of the rows that its key names.
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
    """What is known of the row that is searched for.

    Attributes:
        texts: its names, as written in the source.
        said: the other values of the lookup.
        around: values of the record whose reference is in question.
        never: the `repr` of the keys of rows that are excluded.
        codes: its codes.
        leaf: whether rows of a tree that have children are excluded.
    """

    texts: tuple[str, ...]
    said: Facts = field(default_factory=dict)
    around: Facts = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    codes: frozenset[Hashable] = frozenset()
    leaf: bool = False


class CandidateIndex:
    """Searches the rows of one entity by name. It is made once, for any number of searches."""

    def __init__(self, rows: Iterable[Named] = ()) -> None:
        self._rows = list(rows)
        self._names = [_loose_names(row) for row in self._rows]
        self._shortlists = Shortlists(self._names)

    def add(self, row: Named) -> None:
        """Find a row from now on, too."""
        self._rows.append(row)
        self._names.append(_loose_names(row))

    def search(self, wanted: str | Wanted, limit: int = 5, least: float = _LEAST_LIKENESS) -> tuple[Candidate, ...]:
        """The candidates for a name, best first.

        Args:
            wanted: the name alone, or all that is known.
            limit: how many candidates at most.
            least: the least similarity of names, and the least score, of 100, that a candidate has.
        """
        asked = Wanted((wanted,)) if isinstance(wanted, str) else wanted
        likely = nlargest(limit * _JUDGED_PER_RESULT, self._alike(asked, least), key=lambda pair: pair[0])
        judged = [_candidate(asked, row, likeness / 100) for likeness, row in likely]
        best = sorted(judged, key=lambda candidate: -(candidate.score or 0))
        best = [candidate for candidate in best if (candidate.score or 0) * 100 >= least]
        return tuple(best[:limit])

    def _alike(self, wanted: Wanted, least: float) -> Iterator[tuple[float, Named]]:
        """The rows with a similar name or the same code, each with the similarity (of 100) of its most similar name."""
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
    """The candidate that a row makes: its score by the table above, and the reasons for it.

    Args:
        wanted: what is searched for.
        row: the row.
        likeness: the similarity of names, from 0 to 1.
    """
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
    """Whether two values are texts so similar that one may be a misspelling of the other."""
    from rapidfuzz.fuzz import ratio

    return isinstance(fact, str) and isinstance(said, str) and ratio(fact, said) >= _LEAST_FOR_MISSPELLING


def _loose_names(row: Named) -> tuple[str, ...]:
    """The label and the names of a row in their loose form, each once."""
    return tuple(filter(None, dict.fromkeys(map(loose_form, (row.label, *row.names)))))


def _size(wanted: Wanted, row: Named) -> Comparison:
    asked = next(filter(None, map(quantities, wanted.texts)), ())
    offered = next(filter(None, map(quantities, (row.label, *row.names))), ()) if asked else ()
    return compared(asked, offered)


def _in_words(name: str) -> str:
    return name.replace("_", " ")
