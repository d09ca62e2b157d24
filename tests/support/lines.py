"""Strategies for changesets: every type of line, with canonical values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bake.catalog.values import exact
from bake.changeset import events
from bake.changeset import model as m
from bake.changeset.header import CatalogStamp, Header, Section, Source

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text('abcdeÄ/~ "\\\n', min_size=1, max_size=6)
SMALL = st.integers(0, 20)
NUMBERS: SearchStrategy[m.Json] = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(exact)
SCALARS: SearchStrategy[m.Json] = st.none() | st.booleans() | NUMBERS | TEXTS
#: Canonical values, nested ones among them.
VALUES: SearchStrategy[m.Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=5
)
ROWS: SearchStrategy[m.Row] = st.dictionaries(NAMES, VALUES, max_size=4)
KEYS: SearchStrategy[m.Key] = st.dictionaries(NAMES, SCALARS, min_size=1, max_size=3)
RUNS: SearchStrategy[m.Runs] = st.lists(
    st.integers(0, 999) | st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda p: f"{p[0]}-{p[0] + p[1]}"),
    max_size=3,
).map(tuple)
NEEDS: SearchStrategy[m.Needs] = st.dictionaries(
    st.just("") | NAMES.map(lambda name: f"/{name}"),
    st.integers(1, 99) | st.integers(1, 9).map(lambda n: f"q{n}"),
    max_size=2,
)
WARNINGS = st.lists(st.builds(m.Warn, field=NAMES, message=TEXTS), max_size=2).map(tuple)
COUNTS = st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["create", "update"]), st.integers(0, 9)), max_size=2)
LABELS = st.none() | TEXTS
UNSET_OR_VALUES = st.just(msgspec.UNSET) | VALUES


def pointer(name: str) -> str:
    """The JSON pointer of a field."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


@st.composite
def patches(draw: st.DrawFn, fields: SearchStrategy[m.Row] = ROWS) -> m.Patch:
    """Pairs of test and replace, a field at most once."""
    steps: list[m.Test | m.Replace] = []
    for name, before in draw(fields).items():
        steps += [m.Test(path=pointer(name), value=before), m.Replace(path=pointer(name), value=draw(VALUES))]
    return tuple(steps)


@st.composite
def updates(draw: st.DrawFn) -> m.Update:
    """Updates; one that changes its own key tests for the key that it names."""
    key = draw(KEYS)
    changed = {name: part for name, part in key.items() if draw(st.booleans())}
    others = {name: value for name, value in draw(ROWS).items() if name not in key}
    return m.Update(key=key, patch=draw(patches(st.just({**others, **changed}))), **draw(_COMMON))


CANDIDATES = st.builds(
    m.Candidate,
    key=KEYS,
    label=TEXTS,
    score=st.none() | st.integers(0, 100).map(lambda n: exact(Decimal(n) / 100)),
    why=LABELS,
    patch=patches(),
)
#: What an option of a decision makes of an operation: mostly one thing, as compilers write it.
OUTCOMES = (
    st.builds(m.Outcome, skip=TEXTS, taken=st.none() | st.integers(1, 5))
    | st.builds(m.Outcome, same_as=CANDIDATES)
    | st.builds(m.Outcome, omit=st.lists(NAMES, max_size=2).map(tuple), values=ROWS)
)

_COMMON: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "n": st.integers(1, 99),
        "entity": NAMES,
        "label": LABELS,
        "from_": RUNS,
        "needs": NEEDS,
        "outcomes": st.dictionaries(
            st.sampled_from(["q1", "q2"]), st.dictionaries(NAMES, OUTCOMES, max_size=2), max_size=1
        ),
        "warnings": WARNINGS,
    }
)
EVIDENCE = st.lists(
    st.builds(m.Evidence, field=st.none() | NAMES, url=LABELS, confidence=st.none() | st.decimals(0, 1, places=2)),
    max_size=2,
).map(tuple)
CREATES = st.builds(
    lambda common, key, values, derived, evidence: m.Create(
        key=key, values=values, derived=derived, evidence=evidence, **common
    ),
    _COMMON,
    KEYS,
    ROWS,
    st.lists(NAMES, max_size=1).map(tuple),
    EVIDENCE,
)
DELETES = st.builds(lambda common, key, before: m.Delete(key=key, before=before, **common), _COMMON, KEYS, ROWS)
SKIPS = st.builds(m.Skip, n=st.integers(1, 99), entity=NAMES, reason=TEXTS, from_=RUNS)
OPERATIONS: SearchStrategy[m.Operation] = CREATES | updates() | DELETES | SKIPS

QUESTIONS = st.builds(
    m.Question,
    id=st.integers(1, 9).map(lambda n: f"q{n}"),
    kind=st.sampled_from(get_args(m.QuestionKind)),
    entity=NAMES,
    field=st.none() | NAMES,
    key=st.none() | KEYS,
    lookup=st.none() | KEYS,
    value=UNSET_OR_VALUES,
    problem=LABELS,
    base=UNSET_OR_VALUES,
    current=UNSET_OR_VALUES,
    where=LABELS,
    asked_by=RUNS,
    candidates=st.lists(CANDIDATES, max_size=2).map(tuple),
    options=st.lists(
        st.builds(m.Option, name=NAMES, label=TEXTS, records=SMALL, example=st.none() | TEXTS), max_size=2
    ).map(tuple),
)
SECTIONS = st.builds(Section, name=TEXTS, records=SMALL, entity=st.none() | NAMES)
SOURCES = st.builds(
    Source,
    name=TEXTS,
    path=LABELS,
    sha256=TEXTS,
    kind=TEXTS,
    view=LABELS,
    records=SMALL,
    sections=st.lists(SECTIONS, max_size=2).map(tuple),
    export_id=LABELS,
)
HEADERS = st.builds(
    Header,
    format=TEXTS,
    source=SOURCES,
    catalog=st.builds(CatalogStamp, name=TEXTS, fingerprint=TEXTS),
    mode=st.sampled_from(get_args(m.Mode)),
    strict=st.booleans(),
    base=LABELS,
    built_at=TEXTS,
    built_by=TEXTS,
)
NOTICES = st.builds(m.Notice, code=TEXTS, message=TEXTS, from_=RUNS)
BUILTS = st.builds(m.Built, counts=COUNTS, notices=st.lists(NOTICES, max_size=2).map(tuple), digest=TEXTS)
_PATHS = NAMES.map(lambda name: pointer(f"values/{name}"))
AMENDMENTS = st.lists(
    st.builds(m.Test, path=_PATHS, value=VALUES)
    | st.builds(m.Add, path=_PATHS, value=VALUES)
    | st.builds(m.Replace, path=_PATHS, value=VALUES)
    | st.builds(m.Remove, path=_PATHS),
    max_size=3,
).map(tuple)
_WHO: dict[str, Any] = {"by": TEXTS, "at": TEXTS, "prev": TEXTS, "digest": TEXTS}
EVENTS: dict[type[events.Line], SearchStrategy[Any]] = {
    events.Asked: st.builds(events.Asked, question=QUESTIONS, **_WHO),
    events.Answered: st.builds(
        events.Answered,
        question=TEXTS,
        choice=st.sampled_from(get_args(m.Choice)),
        key=st.none() | KEYS,
        values=st.none() | ROWS,
        value=UNSET_OR_VALUES,
        option=st.none() | NAMES,
        operation=st.none() | SMALL,
        needs=NEEDS,
        origin=LABELS,
        revises=st.lists(TEXTS, max_size=2).map(tuple),
        **_WHO,
    ),
    events.Withdrawn: st.builds(
        events.Withdrawn, question=TEXTS, answers=st.lists(TEXTS, max_size=2).map(tuple), **_WHO
    ),
    events.Derived: st.builds(
        events.Derived,
        operations=st.dictionaries(
            SMALL,
            st.builds(
                events.Entailed,
                warnings=WARNINGS,
                values=ROWS,
                key=st.none() | KEYS,
            ),
            max_size=2,
        ),
        questions=st.lists(QUESTIONS, max_size=1).map(tuple),
        **_WHO,
    ),
    events.Rebased: st.builds(
        events.Rebased,
        database=TEXTS,
        operations=st.lists(OPERATIONS, max_size=2).map(tuple),
        questions=st.lists(QUESTIONS, max_size=1).map(tuple),
        reopened=st.lists(TEXTS, max_size=2).map(tuple),
        **_WHO,
    ),
    events.Amended: st.builds(events.Amended, operation=st.none() | SMALL, patch=AMENDMENTS, reason=LABELS, **_WHO),
    events.Proposed: st.builds(
        events.Proposed,
        model=NAMES,
        answer=st.none()
        | st.builds(
            events.ProposedAnswer, question=TEXTS, choice=st.sampled_from(get_args(m.Choice)), value=UNSET_OR_VALUES
        ),
        amendment=st.none() | st.builds(events.ProposedAmendment, operation=SMALL, patch=AMENDMENTS),
        confidence=st.none() | st.decimals(0, 1, places=2),
        evidence=EVIDENCE,
        **_WHO,
    ),
    events.Rejected: st.builds(events.Rejected, proposal=TEXTS, reason=LABELS, **_WHO),
    events.Sealed: st.builds(events.Sealed, content=TEXTS, reason=LABELS, **_WHO),
    events.Approved: st.builds(events.Approved, content=TEXTS, signature=TEXTS, **_WHO),
    events.Applied: st.builds(events.Applied, database=TEXTS, counts=COUNTS, receipt=TEXTS, **_WHO),
    events.Failed: st.builds(events.Failed, database=TEXTS, code=TEXTS, message=TEXTS, **_WHO),
    events.Merged: st.builds(events.Merged, prev=TEXTS, other=TEXTS, digest=TEXTS),
}
#: By type of line.
BY_TYPE: dict[type[events.Line], SearchStrategy[Any]] = {
    Header: HEADERS,
    m.Create: CREATES,
    m.Update: updates(),
    m.Delete: DELETES,
    m.Skip: SKIPS,
    m.Question: QUESTIONS,
    m.Built: BUILTS,
    **EVENTS,
}
LINES: SearchStrategy[events.Line] = st.one_of(*BY_TYPE.values())
