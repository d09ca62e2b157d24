"""Which rows records are about, by how the columns of their source are read.

A date that can be two is asked about once for its column. The record is compared all the same: by each option of the
decision as it reads then, together with all other records read so. What comes of it is what would come of the source
if its texts were clear:

    by every option the same                        that, whatever is chosen
    it differs                                      the outcome of each option; also of a record whose own texts are
                                                    clear, where another one is about its row by one of the options
    an option does not fit the record               it is taken to be read in the one way that does
    a value is given to it by itself                as if it were not known, so that it is asked

Two records may be about one row, each by another option. Such an outcome counts only where the option is chosen for
all that ask (`Outcome.for_all`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from msgspec import structs

from bake.compiler.identity import DeferredRecord, Equal, Identity, Near, New, Varied
from bake.compiler.matching.near_rows import LeftOver, problem_of
from bake.compiler.reading.alternative_readings import MOST, Alternative
from bake.compiler.reading.column_decisions import ColumnDecision

#: What is chosen for all columns of a source: the name of an option for each decision.
_World = tuple[str, ...]
_Subject = tuple[str, str, str]


def identified_left_over(
    left: Sequence[LeftOver], match: Callable[[Sequence[LeftOver]], Sequence[Identity]]
) -> list[DeferredRecord]:
    """Identify the records that were left over when records were matched with equal rows.

    Args:
        left: the records.
        match: which rows they are about, if each is read in one way.
    """
    shared = _shared(left)
    worlds = list(product(*shared.values()))
    if not any(one.ways for one in left):
        identities = _with_problems([match(left)])[0]
        return [DeferredRecord(one.binding, one.reading, found) for one, found in zip(left, identities, strict=True)]
    read = [[_read(one, shared, world) for one in left] for world in worlds]
    unknown = [_as(one, one.ways.unknown) if one.ways else one for one in left]
    *by_world, otherwise = _with_problems([match(some) for some in (*read, unknown)])
    joint = _entangled(read, by_world)
    decisions = _decisions(left, shared)
    result = []
    for n, one in enumerate(left):
        ways = {world: (read[m][n].reading, by_world[m][n]) for m, world in enumerate(worlds)}
        decided = Varied(
            decisions=decisions,
            own=one.ways.decisions if one.ways else (),
            ways=ways,
            otherwise=(unknown[n].reading, otherwise[n]),
            for_all=n in joint,
        )
        result.append(DeferredRecord(one.binding, one.reading, _simplest(decided)))
    return result


def _shared(left: Sequence[LeftOver]) -> dict[_Subject, tuple[str, ...]]:
    """The decisions by which whole columns are read in several ways, with the names of their options."""
    options: defaultdict[_Subject, dict[str, None]] = defaultdict(dict)
    for one in left:
        for decision in one.ways.decisions if one.ways else ():
            options[decision.subject].update(dict.fromkeys(meaning.name for meaning in decision.meanings))
    shared: dict[_Subject, tuple[str, ...]] = {}
    count = 1
    for subject, names in options.items():
        if len(names) > 1 and count * len(names) <= MOST:
            count *= len(names)
            shared[subject] = tuple(names)
    return shared


def _decisions(left: Sequence[LeftOver], shared: Mapping[_Subject, object]) -> tuple[ColumnDecision, ...]:
    first: dict[_Subject, ColumnDecision] = {}
    for one in left:
        for decision in one.ways.decisions if one.ways else ():
            first.setdefault(decision.subject, decision)
    return tuple(first[subject] for subject in shared)


def _read(one: LeftOver, shared: Mapping[_Subject, object], world: _World) -> LeftOver:
    """A record as it reads where these options are chosen."""
    if one.ways is None:
        return one
    chosen = dict(zip(shared, world, strict=True))
    return _as(one, one.ways.ways[tuple(_option(decision, chosen) for decision in one.ways.decisions)])


def _option(decision: ColumnDecision, chosen: Mapping[_Subject, str]) -> str | None:
    names = [meaning.name for meaning in decision.meanings]
    wanted = chosen.get(decision.subject)
    return wanted if wanted in names else names[0] if len(names) == 1 else None


def _as(one: LeftOver, way: Alternative) -> LeftOver:
    return structs.replace(one, reading=way.reading, said=way.said)


def _with_problems(found: Sequence[Sequence[Identity]]) -> list[list[Identity]]:
    """The identities by each way of reading, each question with the number of records that may ask it."""
    asking: Counter[tuple[tuple[str, ...], bool]] = Counter()
    for identities in zip(*found, strict=True):
        asking.update({(one.fields, one.gap) for one in identities if isinstance(one, Near)})
    return [
        [
            structs.replace(one, problem=problem_of(asking[one.fields, one.gap], one.fields, one.gap))
            if isinstance(one, Near)
            else one
            for one in identities
        ]
        for identities in found
    ]


def _entangled(read: Sequence[Sequence[LeftOver]], by_world: Sequence[Sequence[Identity]]) -> set[int]:
    """The records about a row of which others may be, by another option: those near it, and those that say the same."""
    saying: defaultdict[int, set[int]] = defaultdict(set)
    near: defaultdict[int, set[int]] = defaultdict(set)
    about: defaultdict[int, set[int]] = defaultdict(set)
    for n, one, identity in _every(read, by_world):
        if one.said is not None:
            saying[one.said.mark].add(n)
        if isinstance(identity, Near):
            for row in identity.rows:
                near[row.id].add(n)
    for n, one, identity in _every(read, by_world):
        said = saying[one.said.mark] if one.said is not None else {n}
        match identity:
            case Equal(row):
                about[row.id] |= said | near[row.id]
            case Near(rows=rows, is_clear=True):
                about[rows[0].id] |= said
            case _:
                pass
    return {n for records in about.values() if len(records) > 1 for n in records}


def _every(
    read: Sequence[Sequence[LeftOver]], by_world: Sequence[Sequence[Identity]]
) -> Iterator[tuple[int, LeftOver, Identity]]:
    for left, identities in zip(read, by_world, strict=True):
        yield from ((n, one, identity) for n, (one, identity) in enumerate(zip(left, identities, strict=True)))


def _simplest(varied: Varied) -> Identity:
    """What does not differ by how columns are read is said without that."""
    identities = [identity for _, identity in varied.ways.values()]
    is_one = all(identity == identities[0] for identity in identities)
    is_new = identities[0] == New() == varied.otherwise[1] and not varied.for_all
    if is_one and (not varied.own or is_new):
        return identities[0]
    return varied
