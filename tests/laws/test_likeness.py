"""No record whose keys or names are a row's in the normal form makes a row unasked, however it is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiling import compiled
from support.market import uid

from bake.catalog.bakery import BAKERY
from bake.catalog.entity import Entity
from bake.catalog.field_types import Text
from bake.catalog.names import name_forms
from bake.compiler.likeness.traits import ComparedColumns, Form, Traits, is_number

NAMES = ("Rye Flour", "Café Crème", "Nº 5", "ライ麦", "Мука", "C#")
ROWS: dict[str, list[dict[str, Any]]] = {
    "grains": [{"id": n, "uuid": uid(n), "slug": f"grain_{n}", "name": name} for n, name in enumerate(NAMES, 1)],
    "shops": [
        {"id": n, "uuid": uid(20 + n), "slug": f"shop_{n}", "name": name, "city": "Bath", "state": None}
        for n, name in enumerate(NAMES, 1)
    ],
}
#: Ways to write a text that mean the same.
SPELLINGS: st.SearchStrategy[Any] = st.sampled_from(
    [str.upper, str.lower, lambda t: f"  {t} ", lambda t: t.replace(" ", "\u00a0"), lambda t: t.replace(" ", "  ")]
)


@st.composite
def respelled(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Records of rows that are here, by name or by key, each text spelled in some way."""
    records: dict[str, list[dict[str, Any]]] = {}
    for entity, fields in (("grains", ["slug", "name"]), ("shops", ["name", "city"])):
        rows = draw(st.lists(st.sampled_from(ROWS[entity]), max_size=4, unique_by=lambda row: row["id"]))
        said = [draw(st.sampled_from(fields)) if entity == "grains" else None for _ in rows]
        records[entity] = [
            {name: draw(SPELLINGS)(row[name]) for name in ([one] if one else fields)}
            for row, one in zip(rows, said, strict=True)
        ]
    return records


@settings(max_examples=100)
@given(respelled(), st.sampled_from([1, 2, 3, 2000]))
def test_another_spelling_makes_no_row_unasked(records: dict[str, Any], batch: int) -> None:
    """Each create waits for a question, and the size of a batch decides nothing."""
    result = compiled(records, ROWS, batch=batch)
    assert all("" in create.needs for create in result.creates)
    assert not result.updates
    whole = compiled(records, ROWS)
    assert sorted(map(repr, result.creates)) == sorted(map(repr, whole.creates))
    assert result.skips == whole.skips


#: Ways to write a name that may mean the same, as far as a record does not say which row it is about.
MAYBE: st.SearchStrategy[Any] = st.sampled_from(
    [lambda t: " ".join(reversed(t.split())), lambda t: ", ".join(reversed(t.split())), lambda t: f"The {t}"]
)


@given(st.sampled_from(["Rye Flour", "Café Crème"]), MAYBE, SPELLINGS, st.booleans())
def test_words_in_another_order_are_asked_about(
    name: str, maybe: Callable[[str], str], spelling: Callable[[str], str], keyed: bool
) -> None:
    """A name of the same words makes no row unasked, also where the record gives a key that no row has."""
    record = {"name": spelling(maybe(name)), **({"slug": "its_own"} if keyed else {})}
    [create] = compiled({"grains": [record]}, ROWS).creates
    assert "" in create.needs


@st.composite
def slips(draw: st.DrawFn, name: str) -> str:
    """A name of which one letter, not the first of its word, is left out, doubled, changed, or after the next one."""
    at = draw(st.sampled_from([n for n in range(1, len(name)) if name[n].isalpha() and name[n - 1].isalpha()]))
    ways = [name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], f"{name[:at]}x{name[at + 1 :]}"]
    if name[at + 1 : at + 2].isalpha():
        ways.append(name[:at] + name[at + 1] + name[at] + name[at + 2 :])
    return draw(st.sampled_from([way for way in ways if name_forms(way).loose != name_forms(name).loose]))


LONG = ("Buckwheat", "Roggenmühle", "Пшеница", "Αλεύρι", "アーモンドバター")
MILLS: dict[str, list[dict[str, Any]]] = {
    "grains": [{"id": n, "uuid": uid(n), "slug": f"grain_{n}", "name": name} for n, name in enumerate(LONG, 1)],
    "shops": [
        {"id": n, "uuid": uid(20 + n), "slug": f"shop_{n}", "name": "Mill", "city": name, "state": "N"}
        for n, name in enumerate(LONG, 1)
    ],
}


@settings(max_examples=100)
@given(st.data(), st.booleans(), st.booleans(), st.sampled_from([1, 2, 2000]))
def test_a_slip_makes_no_row_unasked(data: st.DataObject, here: bool, keyed: bool, batch: int) -> None:
    """Neither in a name nor in a part of a key, whether the row is here or an earlier record makes it.

    Nor does a key that says no more than the name, or any key where the row is here.

    All that are like rows of the database are one question.
    """
    said = data.draw(st.lists(st.sampled_from(LONG), min_size=1, unique=True))
    names = [data.draw(slips(name)) for name in said]
    all_ = names if here else [*said, *names]
    records = {
        "grains": [{"name": name, **({"slug": f"its_{n}"} if keyed and here else {})} for n, name in enumerate(all_)],
        "shops": [{"name": "Mill", "city": name, "state": "N"} for name in all_],
    }
    result = compiled(records, MILLS if here else {}, batch=batch)
    creates = [one for one in result.creates if (one.values.get("city") or one.values["name"]) in names]
    assert len(creates) == 2 * len(names)
    assert all("" in create.needs for create in creates)
    assert len(result.questions) == 2


VALUES = {
    "texts": st.none() | st.sampled_from(["", " ", "?", "Rye Flour", "rye-flour", "C#", "c", "00042", "42", "Ñandú"]),
    "numbers": st.none() | st.sampled_from([Decimal(1), Decimal("1.50"), Decimal(100)]),
    "references": st.none() | st.sampled_from([("row", 1), ("row", 2)]),
}


@st.composite
def rows_of(draw: st.DrawFn, item: Entity) -> list[dict[str, Any]]:
    """Rows of an entity with few different values, many of them null."""
    kinds = {
        name: "references" if field.target else "texts" if isinstance(field.type, Text) else "numbers"
        for name, field in item.fields.items()
    }
    return draw(st.lists(st.fixed_dictionaries({name: VALUES[kind] for name, kind in kinds.items()}), max_size=4))


@given(st.data(), st.sampled_from(["products", "recipes", "recipients", "suppliers"]))
def test_rows_have_the_traits_that_records_with_their_values_have(data: st.DataObject, entity: str) -> None:
    """Those of a row are the ones that a record has which says the same; of a sort the record has each once.

    The record alone has that of a code which may be typed as its title.
    """
    item = BAKERY.entities[entity]
    traits = Traits(item)
    rows = data.draw(rows_of(BAKERY.entities[entity]))
    said = {name: [row[name] for row in rows] for name in traits.fields}
    columns = list(traits.of_rows(ComparedColumns(BAKERY.entities[entity], said)))
    for n, record in enumerate(traits.of_records(said, (), Form)):
        found = [mark for some in record for mark in some]
        assert all(len({*some}) == len(some) for some in record)
        title = rows[n].get(item.title or "")
        typed = {traits.code(name, title) for name in item.codes if title and is_number(title)}
        assert {*found} - {column[n] for column in columns} <= typed
        assert {*found} >= {column[n] for column in columns} - {None} | typed - {None}
