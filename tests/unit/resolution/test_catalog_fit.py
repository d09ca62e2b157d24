"""What in the lines of a changeset does not fit a catalog."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from support.market import MARKET

from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Exact,
    FieldType,
    Integer,
    Real,
    Text,
    Timestamp,
    Uuid,
)
from bake.changeset.model import Create, Delete, Needs, Operation, Replace, Skip, Test, Update
from bake.resolution.catalog_fit import CatalogFit


def person(shop: Any, needs: Needs | None = None) -> Create:
    """A new person with a shop."""
    return Create(n=1, entity="people", key={"slug": "a"}, values={"slug": "a", "shop": shop}, needs=needs or {})


def test_a_list_is_no_value_of_a_text() -> None:
    """Also where values are not looked at otherwise: rows are looked up by them."""
    create = Create(n=1, entity="people", key={"slug": "a"}, values={"slug": []})
    assert CatalogFit(MARKET)(create) == ["operation 1: slug: [] is no value of people"]


def faults(operation: Operation) -> list[str]:
    """What does not fit, values included."""
    return CatalogFit(MARKET, every_value=True)(operation)


@pytest.mark.parametrize("shop", ["mill", 7, [], {}, {"colour": "red"}, {"slug": 7}, {"owner": "ada"}], ids=repr)
def test_what_is_no_key_is_a_fault(shop: Any) -> None:
    """A reference holds null or a key of what it refers to, keys within it too, before and after."""
    update = Update(
        n=1,
        entity="people",
        key={"slug": "a"},
        patch=(Test(path="/shop", value=shop), Replace(path="/shop", value=None)),
    )
    delete = Delete(n=1, entity="people", key={"slug": "a"}, before={"shop": shop})
    for operation in (person(shop), person(shop, {"/shop": 2}), update, delete):
        assert [fault.split(": ")[1] for fault in faults(operation)] == ["shop"]


@pytest.mark.parametrize("shop", [None, {"slug": "mill"}, {"name": "Mill", "city": None}, {"owner": {"slug": "ada"}}])
def test_a_key_is_no_fault(shop: Any) -> None:
    """Whether its row is there, applying will tell."""
    assert faults(person(shop)) == []


def test_an_undecided_place_is_no_fault() -> None:
    """What stands there until the answer comes is for people to read."""
    waiting = person("Mill or so", {"/shop": "q1"})
    assert faults(waiting) == []


def test_a_skip_of_what_the_catalog_does_not_know_is_no_fault() -> None:
    """A build leaves out parts of a source that the catalog does not know, and counts them under their own names."""
    assert faults(Skip(n=1, entity="materials", reason="unknown entity", from_=(0,))) == []


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (Text(), ["", "x" * 999], [1, True, Decimal("-1e-400"), []]),
        (Uuid(), ["no uuid"], [1]),
        (Bytes(), ["AP8="], [1]),
        (Choice(("a", "b")), ["c"], [0]),
        (Integer(), [0, 2**64], [True, "1", Decimal("1.0")]),
        (Exact(10, 4), [1, Decimal("1.23456")], [True, "1"]),
        (Real(), [1, 0.5], ["0.5"]),
        (Boolean(), [True], [1]),
        (Date(), ["2025-12-20"], ["2025-13-45", "12/20/2025", 20251220]),
        (Timestamp(), ["2025-12-20T10:00:00Z"], ["2025-12-20 10:00", "soon", 0]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_value_of_a_key_is_of_the_kind_of_its_field(type_: FieldType, good: list[Any], bad: list[Any]) -> None:
    """So a database can be asked for it; a catalog may have narrowed its limits since."""
    people = MARKET.entities["people"]
    fields = {**people.fields, "slug": replace(people.fields["slug"], type=type_)}
    catalog = replace(MARKET, entities={**MARKET.entities, "people": replace(people, fields=fields)})
    for value in good:
        assert CatalogFit(catalog)(Delete(n=1, entity="people", key={"slug": value}, before={})) == []
    for value in bad:
        [fault] = CatalogFit(catalog)(Delete(n=1, entity="people", key={"slug": value}, before={}))
        assert fault.startswith("operation 1: slug: ")
        assert fault.endswith("is no value of a key of people")


def test_a_truth_value_is_no_id() -> None:
    """Python holds it a number."""
    assert faults(person({"id": True})) != []
    assert CatalogFit(MARKET)(person({"id": 7})) == []
