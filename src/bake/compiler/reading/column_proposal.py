"""What the columns of a foreign sheet may be in a view: a proposal, and what is not certain in it.

    a column                                                         is
    with the name of a column of the view                            that column
    with a declared synonym, which no other column claims as much    that column
    else, with the best claim to a column that is free               proposed to be it, and asked
    with a name of a column that another one is                      asked
    of which nothing is known                                        left out, with a notice

No column of the view is proposed twice. A name of a computed column tells nothing, unless a field that new rows need
has no other column: then its synonyms count. A value that the source gives for all of its records is only proposed for
such a field; it is certain where it has a name of that and names a row, such as a `supplier` beside purchases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bake.catalog.column_types import column_type
from bake.catalog.entity import ID
from bake.catalog.field_types import Sensitive
from bake.catalog.model import Catalog
from bake.catalog.names import letters
from bake.catalog.sensitive import around
from bake.catalog.values import Json, shown
from bake.catalog.view import Role, View
from bake.changeset.model import Option, Question, SourceColumn
from bake.compiler.reading.column_claims import (
    Claim,
    CountKnown,
    Sampled,
    Strength,
    claims,
    distinct,
    may_hold,
    targets,
)
from bake.resolution.column_options import PROPOSED
from bake.sources.sheets.amounts import units_within
from bake.sources.sheets.column_mapping import ColumnMapping

#: How many samples are shown of each column, how long, and how many other columns that it may be.
_SAMPLES, _LONGEST, _OTHERS = 3, 40, 3
#: How long a value for all records may be that is proposed.
_VALUE = 200


@dataclass(frozen=True, slots=True)
class Match:
    """What a column of the source is.

    Attributes:
        column: the column.
        claim: what it is, and why; None if it is left out.
        certain: whether nobody needs to be asked.
        others: what else it may be.
        left_out: whether somebody said so, or has to say what it is.
    """

    column: Sampled
    claim: Claim | None = None
    certain: bool = True
    others: tuple[str, ...] = ()
    left_out: bool = False

    @property
    def field(self) -> str | None:
        """The column of the view that it is."""
        return self.claim.field if self.claim else None


@dataclass(frozen=True)
class Proposal:
    """The columns of a source as those of a view.

    Attributes:
        view: the view.
        matches: of each column, in the order of the source; then of values for all records.
        lacking: the fields that new rows need and no column says, each with the columns of the view that say it.
        fills_lack: whether only a column that is uncertain says what new rows need.
        values: what somebody has said of all records.
    """

    view: View
    matches: tuple[Match, ...]
    lacking: Mapping[str, tuple[str, ...]]
    fills_lack: bool = False
    values: Mapping[str, Json] = field(default_factory=dict)

    @property
    def doubtful(self) -> bool:
        """Whether it is uncertain what a column is."""
        return any(not match.certain for match in self.matches)

    @property
    def mapping(self) -> ColumnMapping:
        """What is certain, as far as it is not so without being said: other names, and columns that are left out.

        Columns of which nothing is known keep their names, and are noticed; so do those about which nobody is asked.
        """
        certain = [match for match in self.matches if match.certain and not match.column.constant]
        names = {m.column.name: m.field for m in certain if m.field != m.column.reads and (m.field or m.left_out)}
        return ColumnMapping(names, {**self.for_all, **self.values})

    @property
    def for_all(self) -> dict[str, Json]:
        """The values that the source certainly gives for all of its records, by column of the view."""
        certain = [match for match in self.matches if match.certain and match.column.constant]
        return {match.field: match.column.values[0] for match in certain if match.field}

    @property
    def synonyms(self) -> dict[str, str]:
        """The columns that are certain by another name, with that of the view."""
        certain = [m for m in self.matches if m.certain and m.claim and m.claim.strength is Strength.SYNONYM]
        return {match.column.name: str(match.field) for match in certain}


def propose(
    columns: Sequence[Sampled],
    catalog: Catalog,
    view: View,
    count_known: CountKnown,
    settled: ColumnMapping | None = None,
) -> Proposal:
    """Propose what the columns of a source are.

    Args:
        columns: of the source; nested records, and what is for Bake itself, left out.
        catalog: the catalog.
        view: as which its records are read.
        count_known: counts the rows that lookups find.
        settled: what somebody has said of some columns already.
    """
    settled = settled or ColumnMapping()
    free = [column for column in columns if column.name not in settled.names]
    found = dict(zip([column.name for column in free], claims(free, catalog, view, count_known), strict=True))
    matches = {name: _settled(column, settled) for column in columns if (name := column.name) in settled.names}
    taken = {field for field in (*settled.names.values(), *settled.values) if field}
    plain = [column for column in free if not column.constant and not _is_computed(view, column.name)]
    matches |= _assigned(plain, found, taken)
    taken.update(match.field for match in matches.values() if match.field)
    late = [column for column in free if column.name not in matches]
    for column in late:  # only for what would be lacking else
        needed = {field for fields in _lacking(catalog, view, matches, settled).values() for field in fields}
        claim = next((one for one in found[column.name] if one.field in needed - taken), None)
        if claim is not None:
            matches[column.name] = Match(column, claim, certain=_holds_for_all(column, claim, catalog, view))
            taken.add(claim.field)
        elif not column.constant:
            matches[column.name] = Match(column)
    lacking = _lacking(catalog, view, matches, settled)
    ordered = tuple(
        _with_lacking(matches[column.name], catalog, view, lacking) for column in columns if column.name in matches
    )
    sure = {name: match for name, match in matches.items() if match.certain}
    fills_lack = _lacking(catalog, view, sure, settled).keys() > lacking.keys()
    return Proposal(view, ordered, lacking, fills_lack, settled.values)


def _holds_for_all(column: Sampled, claim: Claim, catalog: Catalog, view: View) -> bool:
    """Whether a value beside the records certainly is one of all of them: it names a row that they refer to."""
    named = claim.strength >= Strength.SYNONYM
    return column.constant and named and view.by_name[claim.field].path[0] in catalog.entities[view.entity].references


def _with_lacking(match: Match, catalog: Catalog, view: View, lacking: Mapping[str, tuple[str, ...]]) -> Match:
    """A column of which nothing is known, with the fields that are lacking and whose values its own may be."""
    if match.claim is not None or match.others or match.left_out:
        return match
    fields = [view.by_name[field] for those in lacking.values() for field in those]
    return replace(match, others=tuple(f.name for f in fields if may_hold(match.column, catalog, view, f))[:_OTHERS])


def _settled(column: Sampled, settled: ColumnMapping) -> Match:
    field = settled.names[column.name]
    return Match(
        column, Claim(field, Strength.NAME, 100, "somebody said so") if field else None, left_out=field is None
    )


def _is_computed(view: View, name: str) -> bool:
    return any(letters(column.name) == letters(name) for column in view.columns if column.role is Role.COMPUTED)


def _assigned(
    columns: Sequence[Sampled], found: Mapping[str, Sequence[Claim]], taken: Collection[str]
) -> dict[str, Match]:
    """Give each column the best claim that nobody has a better one to."""
    order = sorted(
        ((claim, n) for n, column in enumerate(columns) for claim in found[column.name] if claim.field not in taken),
        key=lambda pair: (-pair[0].strength, -pair[0].score, pair[1]),
    )
    given: dict[int, Claim] = {}
    fields: set[str] = set()
    for claim, n in order:
        if n not in given and claim.field not in fields:
            given[n] = claim
            fields.add(claim.field)
    return {column.name: _match(column, given.get(n), found, columns) for n, column in enumerate(columns)}


def _match(
    column: Sampled, claim: Claim | None, found: Mapping[str, Sequence[Claim]], columns: Sequence[Sampled]
) -> Match:
    own = found[column.name]
    others = tuple(one.field for one in own if claim is None or one.field != claim.field)[:_OTHERS]
    if claim is None:
        claimed = any(one.strength >= Strength.SYNONYM for one in own)
        return Match(column, None, certain=not claimed, others=others, left_out=claimed)
    rivals = [
        theirs
        for other in columns
        if other is not column
        for theirs in found[other.name]
        if theirs.field == claim.field and theirs.strength >= claim.strength
    ]
    also = [one for one in own if one.strength >= claim.strength and one.field != claim.field]
    certain = claim.strength >= Strength.SYNONYM and not rivals and not (also and claim.strength < Strength.NAME)
    return Match(column, claim, certain, others)


def _lacking(
    catalog: Catalog, view: View, matches: Mapping[str, Match], settled: ColumnMapping
) -> dict[str, tuple[str, ...]]:
    """The fields that new rows need and nothing says; none if the records name rows that may be here."""
    said = [match.field for match in matches.values() if match.column.values and match.field]
    names = {*said, *settled.values}
    within = [units_within(catalog, view, m.field, m.column.values, names) for m in matches.values() if m.field]
    paths = [view.by_name[name].path for name in (*said, *settled.values, *within) if name in view.by_name]
    paths = [path for path in paths if path]
    heads = {path[0] for path in paths}
    if _names_rows(catalog, view, paths, heads):
        return {}
    item = catalog.entities[view.entity]
    numbered = catalog.numbered.get(item.name)
    needed = [
        name
        for name, field in item.fields.items()
        if field.required and name not in item.derived and name not in heads
        if numbered is None or name != numbered.numbered
    ]
    said_by = {name: _saying(view, name) for name in needed}
    return {name: fields for name, fields in said_by.items() if fields}


def _saying(view: View, name: str) -> tuple[str, ...]:
    """The columns of a view that say a field, or of which row it is: the most direct ones first, no surrogate ids."""
    saying = [c for c in targets(view) if c.path[:1] == (name,) and c.path[-1] != ID and len(c.path) <= 2]
    return tuple(column.name for column in sorted(saying, key=lambda column: len(column.path)))


def _names_rows(catalog: Catalog, view: View, paths: Sequence[tuple[str, ...]], heads: Collection[str]) -> bool:
    """Whether records say which row of the database they are about: by an id, a uuid, a whole key, or a code."""
    item = catalog.entities[view.entity]
    if any(path in ((ID,), *((code,) for code in item.codes)) for path in paths):
        return True
    return any(set(key) <= set(heads) for key in item.identities)


def columns_question(proposal: Proposal, catalog: Catalog, where: str, records: int) -> Question:
    """The question that asks what the columns are; operation 1 holds all records."""
    return Question(
        id="q1",
        kind="columns",
        entity=proposal.view.entity,
        problem=_problem(proposal, records),
        where=where,
        asked_by=(1,),
        options=(Option(name=PROPOSED, label="the columns as they are proposed"),) if not proposal.lacking else (),
        columns=tuple(_shown(match, hidden=_is_hidden(match, proposal.view, catalog)) for match in proposal.matches),
        lacking=proposal.lacking,
    )


def _problem(proposal: Proposal, records: int) -> str:
    unsure = [shown(match.column.name, _LONGEST) for match in proposal.matches if not match.certain]
    lacking = list(proposal.lacking)
    parts = [f"which columns of {proposal.view.name} are {listed(unsure)}?"] if unsure else []
    parts += (
        [f"no column says the {listed(lacking, 'or the')}: choose one, or give one value for all"] if lacking else []
    )
    return f"{'; '.join(parts)} ({records:,} record{'' if records == 1 else 's'} wait{'s' if records == 1 else ''})"


def listed(names: Sequence[str], link: str = "and") -> str:
    """Names in a sentence."""
    return f" {link} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _is_hidden(match: Match, view: View, catalog: Catalog) -> bool:
    """Whether a column may hold sensitive values, as far as it is known what it is."""
    if not around(catalog, view.entity):
        return False
    certain = match.certain and match.field is not None
    return not certain or isinstance(column_type(catalog, view, view.by_name[match.field or ""]), Sensitive)


def _shown(match: Match, *, hidden: bool) -> SourceColumn:
    column = match.column
    length = _VALUE if column.constant else _LONGEST
    samples = () if hidden else tuple(_clipped(str(value), length) for value in distinct(column.values, _SAMPLES))
    why = match.claim.why if match.claim else None
    return SourceColumn(
        name=column.name, samples=samples, field=match.field, why=why, others=match.others, value=column.constant
    )


def _clipped(text: str, length: int) -> str:
    text = " ".join(text.split())
    clipped = text if len(text) <= length else text[: length - 1] + "…"
    return clipped.encode("utf-8", "replace").decode()
