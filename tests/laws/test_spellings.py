"""Records and references of one file that spell the same thing otherwise: nothing is made or linked to unasked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.compiling import Compiled, compiled, described
from support.examples import examples
from support.market import uid

from bake.catalog.names import normal_form
from bake.catalog.texts import tidied
from bake.changeset.decisions import Decisions
from bake.changeset.events import Answered
from bake.changeset.fold import decide
from bake.changeset.model import Create, Question

BATCHES = (1, 2, 3, 2000)
NAMES = ("Bread Flour", "Bob's Mill")
#: Ways to write a name: letter case, doubled and no-break blanks, another apostrophe.
SPELLINGS: st.SearchStrategy[Any] = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        lambda t: t.replace(" ", "  "),
        lambda t: t.replace(" ", "\u00a0"),
        lambda t: t.replace("'", "\u2019"),
    ]
)
spelled = st.builds(lambda name, spell: spell(name), st.sampled_from(NAMES), SPELLINGS)
shops = st.fixed_dictionaries(
    {"name": spelled}, optional={"state": st.sampled_from(["MA", "NY"]), "rating": st.integers(1, 2)}
)
grains = st.lists(st.fixed_dictionaries({"name": spelled}, optional={"parent": spelled}), min_size=1, max_size=5)
#: Rows that are like the records: none, one, or one that has a city, so that a record without one is doubtful.
ROWS: st.SearchStrategy[Any] = st.sampled_from(
    [
        [],
        [{"id": 1, "uuid": uid(1), "slug": "bread_flour", "name": "Bread Flour", "city": None, "state": None}],
        [{"id": 1, "uuid": uid(1), "slug": "mill", "name": "BOB'S MILL", "city": "Bath", "state": "MA"}],
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Shops without keys of their own, and people who name them."""
    people = [
        {"slug": f"p{n}", "name": f"Person {n}", "shop_name": name}
        for n, name in enumerate(draw(st.lists(spelled, max_size=4)))
    ]
    return {"people": people, "shops": draw(st.lists(shops, min_size=1, max_size=4))}


@examples(40)
@given(documents(), ROWS)
def test_the_size_of_batches_cannot_be_seen(document: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """The same operations, questions and notices come of it, whatever batches it is read in."""
    whole = compiled(document, {"shops": rows})
    for batch in BATCHES[:3]:
        assert described(compiled(document, {"shops": rows}, batch=batch)) == described(whole)


@examples(75)
@given(documents(), ROWS, st.sampled_from(BATCHES))
def test_what_resembles_a_row_or_another_record_is_made_only_when_asked(
    document: dict[str, Any], rows: list[dict[str, Any]], batch: int
) -> None:
    """Of records of one name without keys, the first makes its row unasked, and only if no row is like it.

    So no key is counted up unasked.
    """
    result = compiled(document, {"shops": rows}, batch=batch)
    unasked = [made for made in _shops(result.creates) if "" not in made.needs]
    names = [normal_form(str(made.values["name"])) for made in unasked]
    assert len({*names}) == len(names)
    assert {*names}.isdisjoint(normal_form(row["name"]) for row in rows if row["state"] is None)
    assert not [made.key for made in unasked if str(made.key["slug"])[-1].isdigit()]


@examples(150)
@given(documents(), ROWS, st.sampled_from(BATCHES), st.data())
def test_a_reference_never_leads_past_the_row_that_it_spells(
    document: dict[str, Any], rows: list[dict[str, Any]], batch: int, data: st.DataObject
) -> None:
    """Whatever is answered of the records: it leads to the only row of its name, or to the only one spelled like it.

    Else it is asked, or falls with its record. It never leads to a row that is not made.
    """
    result = compiled(document, {"shops": rows}, batch=batch)
    answers = [data.draw(_answers(question)) for question in result.questions if question.kind != "ambiguous"]
    decisions = decide(len(result.operations), result.questions, answers, lambda: result.operations)
    now = [*map(decisions.effective, result.operations)]
    made = {one.key["slug"]: str(one.values["name"]) for one in _shops(now)}
    names = {row["slug"]: row["name"] for row in rows} | made
    for person in now:
        if not isinstance(person, Create) or person.entity != "people" or isinstance(person.needs.get("/shop"), str):
            continue
        said, key = _tidied(document["people"][_record(result, person)]["shop_name"]), person.values["shop"]
        assert isinstance(key, dict)
        assert (key["slug"] in made) == ("/shop" in person.needs)
        assert normal_form(names[key["slug"]]) == normal_form(said)
        assert names[key["slug"]] == said or said not in names.values()
        assert _only(names.values(), said) or _follows(decisions, result, said)


@examples(75)
@given(grains, st.sampled_from(BATCHES), st.data())
def test_nor_does_a_reference_among_rows_of_one_entity(
    records: list[dict[str, Any]], batch: int, data: st.DataObject
) -> None:
    """The same where records refer to earlier and later ones of their own kind, and to themselves."""
    rows = [{"id": 1, "uuid": uid(1), "slug": "bread_flour", "name": "Bread Flour"}] if data.draw(st.booleans()) else []
    result = compiled({"grains": records}, {"grains": rows}, batch=batch)
    assert described(result) == described(compiled({"grains": records}, {"grains": rows}))
    asked = [question for question in result.questions if question.kind not in ("ambiguous", "missing")]
    answers = [data.draw(_answers(question)) for question in asked]
    decisions = decide(len(result.operations), result.questions, answers, lambda: result.operations)
    now = [one for one in map(decisions.effective, result.operations) if isinstance(one, Create)]
    made = {one.key["slug"]: str(one.values["name"]) for one in now}
    names = {str(row["slug"]): str(row["name"]) for row in rows} | made
    for grain in now:
        key = grain.values.get("parent")
        if not isinstance(key, dict) or isinstance(grain.needs.get("/parent"), str):
            continue
        said = _tidied(records[int(str(grain.from_[0]))]["parent"])
        assert (key["slug"] in made) == ("/parent" in grain.needs)
        assert normal_form(names[key["slug"]]) == normal_form(said)
        assert names[key["slug"]] == said or said not in names.values()


def _tidied(text: str) -> str:
    return tidied(text, is_name=True)[0]


def _shops(operations: Iterable[object]) -> list[Create]:
    return [one for one in operations if isinstance(one, Create) and one.entity == "shops"]


def _record(result: Compiled, person: Create) -> int:
    """The place of the record of a person among people."""
    first = min(int(str(one.from_[0])) for one in result.creates if one.entity == "people")
    return int(str(person.from_[0])) - first


def _only(names: Iterable[str], said: str) -> bool:
    """Whether a single row has a name, or a single one as it is spelled."""
    alike = [name for name in names if normal_form(name) == normal_form(said)]
    return len(alike) == 1 or alike.count(said) == 1


def _follows(decisions: Decisions, result: Compiled, said: str) -> bool:
    """Whether a record that spells a name just so turned out to be another row: then what spells it so follows it."""
    return any(
        _tidied(str(made.values["name"])) == said and not isinstance(decisions.effective(made), Create)
        for made in _shops(result.creates)
    )


def _answers(question: Question) -> st.SearchStrategy[Answered]:
    """Any answers to what a record is about."""
    common: dict[str, Any] = {"by": "a", "at": "t", "prev": "p", "digest": f"d{question.id}", "question": question.id}
    if question.kind == "decision":
        options = [one.name for one in question.options]
        return st.sampled_from(options).map(lambda name: Answered(choice="choose", option=name, **common))
    if question.kind != "identity":
        return st.just(Answered(choice="skip", **common))
    rows = [Answered(choice="map", key=one.key, **common) for one in question.candidates]
    return st.sampled_from([*rows, Answered(choice="create", **common), Answered(choice="skip", **common)])
