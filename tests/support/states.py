"""States of the market, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from hypothesis import strategies as st
from support.market import MARKET, uid

from bake.changeset.model import Create, Delete, Key, Needs, Operation, Replace, Test, Update

#: A state of the market: by entity and number the row's values; references are numbers.
State: TypeAlias = Mapping[str, Mapping[int, Mapping[str, Any]]]

SIZE = 4
NUMBERS = range(SIZE)
BASE = {"people": 100, "shops": 200, "grains": 300, "bags": 400, "sales": 500}
NOTES = st.none() | st.sampled_from(["", "0", "Müller’s", "%_'\";--"])


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any rows whose references lead somewhere, in trees, in cycles, or to themselves; a row's key never changes."""
    there = {name: sorted(draw(st.sets(st.sampled_from(NUMBERS)))) for name in ("people", "shops", "grains")}

    def one_of(name: str) -> Any:
        return draw(st.sampled_from([None, *there[name]]))

    people = {
        n: {"slug": f"p{n}", "name": draw(st.sampled_from(["Ada", "Bob"])), "shop": one_of("shops")}
        for n in there["people"]
    }
    shops = {
        n: {
            "slug": f"s{n}",
            "name": "Shop",
            "city": f"c{n}",
            "owner": one_of("people"),
            "open": draw(st.none() | st.booleans()),
            "rating": draw(st.none() | st.integers(0, 5)),
            "founded": draw(st.none() | st.dates().map(str)),
            "tags": draw(st.none() | st.lists(st.integers() | st.booleans() | st.just("x"), max_size=2)),
        }
        for n in there["shops"]
    }
    grains = {n: {"slug": f"g{n}", "name": "Rye", "parent": one_of("grains")} for n in there["grains"]}
    bags = {
        n: {"grain": n, "brand": [None, "Hovis"][n % 2], "weight": Decimal(n + 1), "note": draw(NOTES)}
        for n in grains
        if draw(st.booleans())
    }
    sold = draw(st.sets(st.sampled_from(NUMBERS))) if bags and shops else set()
    sales = {
        n: {
            "bag": draw(st.sampled_from(list(bags))),
            "shop": draw(st.sampled_from(list(shops))),
            "day": "2025-12-20",
            "price": draw(st.integers(0, 99999).map(lambda cents: Decimal(cents) / 100)).normalize() + 0,
        }
        for n in sorted(sold)
    }
    return {"people": people, "shops": shops, "grains": grains, "bags": bags, "sales": sales}


def as_rows(state: State) -> dict[str, list[dict[str, Any]]]:
    """A state as rows of a database."""
    return {
        name: [{"id": n + 1, "uuid": uid(BASE[name] + n), **_with_ids(name, values)} for n, values in those.items()]
        for name, those in state.items()
    }


def _with_ids(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    references = MARKET.entities[name].references
    return {f: value + 1 if f in references and value is not None else value for f, value in values.items()}


def key(state: State, name: str, n: int) -> Key:
    """The key of a row in a state."""
    row = {"uuid": uid(BASE[name] + n), **state[name][n]}
    references = MARKET.entities[name].references
    for fields in MARKET.entities[name].portable_keys:
        if all(row.get(field) is not None for field in fields):
            return {f: key(state, references[f], row[f]) if f in references else row[f] for f in fields}
    raise AssertionError(name)


def document(state: State, name: str, n: int) -> dict[str, Any]:
    """A row as a document, every field of it."""
    values: dict[str, Any] = {"uuid": uid(BASE[name] + n), **state[name][n]}
    for field, target in MARKET.entities[name].references.items():
        if values[field] is not None:
            values[field] = key(state, target, values[field])
    return {field: values.get(field) for field in MARKET.entities[name].fields}


def difference(before: State, after: State) -> list[Operation]:
    """What leads from one state to another: new rows in any order, edits by field, whole before-images."""
    places = [(name, n) for name in before for n in sorted({*before[name], *after[name]})]
    number = {place: count for count, place in enumerate(places, 1)}
    operations: list[Operation] = []
    for name, n in places:
        made, gone = n not in before[name], n not in after[name]
        state = before if gone else after
        common: dict[str, Any] = {"n": number[name, n], "entity": name, "from_": (number[name, n] - 1,)}
        needs = _needs(state, after if gone else before, name, n, number)
        if made:
            operations.append(Create(key=key(after, name, n), values=document(after, name, n), needs=needs, **common))
        elif gone:
            operations.append(Delete(key=key(before, name, n), before=document(before, name, n), needs=needs, **common))
        elif patch := _patch(before, after, name, n):
            changed = {step.path for step in patch}
            needs = {place: need for place, need in needs.items() if place in changed}
            operations.append(Update(key=key(before, name, n), patch=patch, needs=needs, **common))
    return operations


def _needs(state: State, other: State, name: str, n: int, number: Mapping[tuple[str, int], int]) -> Needs:
    """The references to rows that the other state does not have: those wait for each other."""
    targets = {
        field: (target, state[name][n][field])
        for field, target in MARKET.entities[name].references.items()
        if state[name][n][field] is not None
    }
    return {f"/{field}": number[place] for field, place in targets.items() if place[1] not in other[place[0]]}


def _patch(before: State, after: State, name: str, n: int) -> tuple[Test | Replace, ...]:
    was, becomes = document(before, name, n), document(after, name, n)
    steps: list[Test | Replace] = []
    for field in MARKET.entities[name].fields:
        if repr(was[field]) != repr(becomes[field]):
            steps += [Test(path=f"/{field}", value=was[field]), Replace(path=f"/{field}", value=becomes[field])]
    return tuple(steps)
