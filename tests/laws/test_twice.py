"""A file of rows with keys that is imported twice changes nothing the second time, however it is written then."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiling import Compiled, compiled
from support.market import uid

Document = dict[str, list[dict[str, Any]]]

#: Names that differ in more than the ways to write them, and whose slugs do.
_NAMES = ("Rye Flour", "Bob's Mill", "Мука", "Ambient 25")
_CITIES = st.sampled_from(["Waltham", "New York", None])
#: Ways to write a text that mean the same.
_SPELLINGS: st.SearchStrategy[Any] = st.sampled_from(
    [str, str.upper, str.lower, lambda t: f"  {t} ", lambda t: t.replace(" ", "\u00a0"), lambda t: t.replace(" ", "  ")]
)
#: What rows are found by, by entity; of a row that is found by its slug, a name in other letters is an edit.
_SPELLED = {"shops": ("name", "city", "state"), "grains": ("slug", "parent_slug")}
_BATCHES = st.sampled_from([1, 2, 1000])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Shops, known by name, city and state, whose slug is derived; and grains, known by slug, one below the other."""
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True))
    shops = [{"name": name, "city": draw(_CITIES), "state": "MA", "rating": draw(st.integers(0, 5))} for name in names]
    slugs = [f"grain_{letter}" for letter in "abc"[: draw(st.integers(0, 3))]]
    parents = [draw(st.sampled_from([None, *slugs[:n]])) for n in range(len(slugs))]
    grains = [
        {"slug": slug, "name": name, "parent_slug": parent}
        for slug, name, parent in zip(slugs, ("Wheat", "Barley", "Oats"), parents, strict=False)
    ]
    return {"shops": shops, "grains": grains}


@st.composite
def rewritten(draw: st.DrawFn, document: Document) -> Document:
    """The same records, in any order, their keys and names in any letters and with any blanks around."""
    return {
        entity: [
            {
                name: draw(_SPELLINGS)(value) if name in _SPELLED[entity] and isinstance(value, str) else value
                for name, value in record.items()
            }
            for record in draw(st.permutations(records))
        ]
        for entity, records in document.items()
    }


def _after(result: Compiled) -> Document:
    """The rows of an empty database after what was compiled for it: its creates, references as ids."""
    ids = {(create.entity, create.key["slug"]): n for n, create in enumerate(result.creates, 1)}
    rows: Document = {"shops": [], "grains": []}
    for create in result.creates:
        id_ = ids[create.entity, create.key["slug"]]
        values = {
            name: ids[create.entity, value["slug"]] if isinstance(value, dict) else value
            for name, value in create.values.items()
        }
        rows[create.entity].append({"uuid": uid(id_), **values, "id": id_})
    return rows


@settings(max_examples=60)
@given(documents(), st.data(), _BATCHES, _BATCHES)
def test_a_file_imported_twice_changes_nothing_the_second_time(
    document: Document, data: st.DataObject, first: int, second: int
) -> None:
    """Each record creates its row; then it finds it: as it was written, and written otherwise."""
    made = compiled(document, batch=first)
    assert len(made.creates) == sum(map(len, document.values()))
    assert not made.questions
    rows = _after(made)
    for again in (document, data.draw(rewritten(document))):
        result = compiled(again, rows, batch=second)
        assert not result.creates
        assert not result.updates
        assert not result.questions
