"""A key that moved on: a row is renamed, and another one gets the key that it had, on each database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid
from support.tables import contents, seed

from bake.app.amend import amend
from bake.app.apply import apply
from bake.app.build import build
from bake.app.history import drift, row_history
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.app.resolve import resolve_with_options
from bake.app.revert import revert
from bake.changeset.file import Changeset
from bake.changeset.model import Mode, Skip
from bake.cli.history_output import row_text
from bake.database.engine import Database
from bake.database.schema import create_tables
from bake.errors import Conflicts, InvalidAnswers

ROWS: dict[str, list[dict[str, Any]]] = {
    "shops": [
        {"id": 1, "uuid": uid(1), "slug": "s1", "name": "First", "city": "Basel"},
        {"id": 2, "uuid": uid(2), "slug": "s2", "name": "Second", "city": "Bern"},
    ],
    "people": [{"id": 1, "uuid": uid(11), "slug": "zoe", "name": "Zoë", "shop": 2}],
}


@pytest.fixture
def project(database: Database, database_url: str, tmp_path: Path) -> Project:
    """A project with two shops."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(database_url, "support.market:MARKET", folder=folder, wait=1)


def built(project: Project, document: dict[str, list[dict[str, Any]]], mode: Mode = "merge") -> Changeset:
    """The changeset of a document."""
    source = project.folder / "in.json"
    source.write_bytes(written(document))
    return build(project, source, mode=mode)


def move_on(project: Project) -> None:
    """The first shop is renamed, and a new one gets the slug that it had."""
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET slug = 's9' WHERE slug = 's1'"))
        seed(connection, {"shops": [{"id": 3, "uuid": uid(3), "slug": "s1", "name": "Third", "city": "Bonn"}]})


CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], str]] = {
    "of a new row": ({"people": [{"slug": "ann", "name": "Ann", "shop_slug": "s1"}]}, "reference"),
    "of a change": ({"people": [{"slug": "zoe", "shop_slug": "s1"}]}, "reference"),
    "of the row itself": ({"shops": [{"slug": "s1", "rating": 3}]}, "missing"),
    "of the row itself, renamed": ({"shops": [{"uuid": uid(1), "slug": "s7", "rating": 3}]}, "missing"),
}


@pytest.mark.parametrize(("document", "kind"), CASES.values(), ids=CASES)
def test_another_row_under_the_key_is_a_conflict(
    project: Project, document: dict[str, list[dict[str, Any]]], kind: str
) -> None:
    """Applying never takes the new row of a key for the one that was meant; it names both by uuid."""
    file = built(project, document)
    move_on(project)
    with pytest.raises(Conflicts) as raised:
        apply(project, file.path)
    [conflict] = raised.value.conflicts
    assert conflict.kind == kind
    assert uid(1) in conflict.detail
    assert uid(3) in conflict.detail


@pytest.mark.parametrize(("document", "kind"), CASES.values(), ids=CASES)
def test_rebasing_never_says_that_everything_holds(
    project: Project, document: dict[str, list[dict[str, Any]]], kind: str
) -> None:
    """What a reference names is asked again; an update whose row has another key is not made of the new row."""
    file = built(project, document)
    move_on(project)
    result = rebase(project, file.path)
    assert not result.unchanged
    assert [question.kind for question in result.changeset.decisions.open] == (
        ["missing"] if kind == "reference" else []
    )
    assert result.dropped == ({} if kind == "reference" else {"the row has another key by now": 1})


@pytest.mark.parametrize(
    ("name", "uuids"),
    [
        ("of a new row", {"/shop": uid(1)}),
        ("of a change", {"": uid(11), "/shop": uid(1)}),
        ("of the row itself", {"": uid(1)}),
        ("of the row itself, renamed", {"": uid(1)}),
    ],
)
def test_operations_say_which_rows_their_keys_mean(project: Project, name: str, uuids: dict[str, str]) -> None:
    """The uuid of the row and of each reference stands beside the keys, and where nothing has moved, they hold."""
    file = built(project, CASES[name][0])
    [operation] = file.operations()
    assert not isinstance(operation, Skip)
    assert operation.uuids == uuids
    assert apply(project, file.path).state == "applied"


Answering: TypeAlias = Callable[[Project, Path], object]

#: Rows that are chosen or named only after the build: a document, who names the row, and the conflict.
CHOSEN: dict[str, tuple[dict[str, list[dict[str, Any]]], Answering, str]] = {
    "for a reference": (
        {"people": [{"slug": "ann", "name": "Ann", "shop_name": "Firrst"}]},
        lambda project, path: resolve_with_options(project, path, map_=["q1=s1"]),
        "reference",
    ),
    "for a record": (
        {"shops": [{"name": "First", "rating": 3}]},
        lambda project, path: resolve_with_options(project, path, map_=["q1=s1"]),
        "missing",
    ),
    "by the patch of a record": (
        {"people": [{"slug": "zoe2", "name": "Zoë", "shop_slug": "s1"}]},
        lambda project, path: resolve_with_options(project, path, map_=["q1=zoe"]),
        "reference",
    ),
    "by a new row": (
        {"shops": [{"slug": "s2", "owner_slug": "bob"}]},
        lambda project, path: resolve_with_options(project, path, create=['q1={"name": "Bob", "shop": "s1"}']),
        "reference",
    ),
    "by an amendment": (
        {"people": [{"slug": "ann", "name": "Ann"}]},
        lambda project, path: amend(project, path, set_=["1/shop=s1"]),
        "reference",
    ),
}


@pytest.mark.parametrize(("document", "answer", "kind"), CHOSEN.values(), ids=CHOSEN)
def test_a_row_that_was_chosen_is_expected_to_be_that_row(
    project: Project, document: dict[str, list[dict[str, Any]]], answer: Answering, kind: str
) -> None:
    """Between the answer and applying, the key may go to another row: that is a conflict, and rebasing finds it."""
    path = built(project, document).path
    answer(project, path)
    move_on(project)
    with pytest.raises(Conflicts) as raised:
        apply(project, path)
    [conflict] = [one for one in raised.value.conflicts if uid(3) in one.detail]
    assert conflict.kind == kind
    assert uid(1) in conflict.detail
    result = rebase(project, path)
    assert [question.kind for question in result.changeset.decisions.open] == (
        ["missing"] if kind == "reference" else []
    )
    assert result.dropped == ({} if kind == "reference" else {"the row has another key by now": 1})


@pytest.mark.parametrize(("document", "answer", "kind"), CHOSEN.values(), ids=CHOSEN)
def test_a_row_that_was_chosen_is_found_where_nothing_has_moved(
    project: Project, document: dict[str, list[dict[str, Any]]], answer: Answering, kind: str
) -> None:
    """What is expected of a row that was chosen holds of that row."""
    path = built(project, document).path
    answer(project, path)
    assert apply(project, path).state == "applied", kind


def test_a_row_that_was_offered_and_is_another_one_by_now_is_not_taken(project: Project) -> None:
    """Who answers has read what was offered when the changeset was built; another row under its key is not that."""
    path = built(project, CHOSEN["for a reference"][0]).path
    move_on(project)
    with pytest.raises(InvalidAnswers) as raised:
        resolve_with_options(project, path, map_=["q1=s1"])
    assert "s1 is another row by now" in raised.value.problems[0].message
    resolve_with_options(project, path, map_=["q1=s9"])
    assert apply(project, path).state == "applied"
    assert dict(shops_of_people(project))["ann"] == uid(1)


def shops_of_people(project: Project) -> list[tuple[str, str]]:
    """Who lives next to which shop: slugs of people, uuids of shops."""
    query = "SELECT people.slug, shops.uuid FROM people JOIN shops ON shops.id = people.shop_id ORDER BY people.slug"
    with project.connect() as database, database.reading() as connection:
        return [(slug, str(uuid)) for slug, uuid in connection.execute(sa.text(query))]


@pytest.mark.parametrize("mode", ["merge", "mirror"])
def test_a_revert_gives_back_the_row_that_was_meant(project: Project, mode: Mode) -> None:
    """Undoing a change or a delete leads to the row that was referred to, under whatever key that is found now."""
    apply(project, built(project, {"people": [{"slug": "zoe", "shop_slug": "s1"}]}).path)
    document = {"people": [{"slug": "zoe", "shop_slug": "s2"} if mode == "merge" else {"slug": "ann", "name": "Ann"}]}
    file = built(project, document, mode)
    apply(project, file.path)
    move_on(project)
    undo = revert(project, str(file.path)).changeset
    apply(project, undo.path)
    assert shops_of_people(project) == [("zoe", uid(1))]


WRITTEN: dict[str, list[dict[str, Any]]] = {
    "of a change": [{"slug": "zoe", "shop_slug": "s1"}],
    "of a new row": [{"slug": "ann", "name": "Ann", "shop_slug": "s1"}],
}


@pytest.mark.parametrize("people", WRITTEN.values(), ids=WRITTEN)
def test_a_parent_that_was_renamed_by_hand_is_the_same_row(project: Project, people: list[dict[str, Any]]) -> None:
    """What was written leads to the row of the recorded uuid still: that is no drift, and all of it is undone."""
    file = built(project, {"people": people})
    apply(project, file.path)
    move_on(project)
    assert [one.entity for one in drift(project)] == []
    result = revert(project, str(file.path))
    assert result.left == ()
    apply(project, result.changeset.path)
    assert shops_of_people(project) == [("zoe", uid(2))]


@pytest.mark.parametrize("people", WRITTEN.values(), ids=WRITTEN)
def test_another_row_under_the_recorded_key_is_an_edit(project: Project, people: list[dict[str, Any]]) -> None:
    """Who led a reference to the new row of the key has edited it: that is drift, and a revert keeps it."""
    file = built(project, {"people": people})
    apply(project, file.path)
    move_on(project)
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("UPDATE people SET shop_id = 3"))
    assert [(one.kind, one.field) for one in drift(project)] == [("changed", "shop")]
    assert [(left.why, left.field) for left in revert(project, str(file.path)).left] == [("kept", "shop")]


@pytest.mark.parametrize("mode", ["merge", "mirror"])
def test_a_revert_is_blocked_where_the_row_that_was_meant_is_gone(project: Project, mode: Mode) -> None:
    """The new row of its key is never taken for it: what is blocked is said when the revert is written."""
    apply(project, built(project, {"people": [{"slug": "zoe", "shop_slug": "s1"}]}).path)
    document = {"people": [{"slug": "zoe", "shop_slug": "s2"} if mode == "merge" else {"slug": "ann", "name": "Ann"}]}
    file = built(project, document, mode)
    apply(project, file.path)
    move_on(project)
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("DELETE FROM shops WHERE slug = 's9'"))
    result = revert(project, str(file.path))
    assert "blocked" in [left.why for left in result.left]
    apply(project, result.changeset.path)
    assert uid(3) not in [shop for _, shop in shops_of_people(project)]


def test_a_revert_whose_rename_is_blocked_says_so_when_it_is_written_and_applies(project: Project) -> None:
    """The key is another row's now: the row keeps the one that it has, and what else was changed is undone."""
    file = built(project, {"shops": [{"uuid": uid(1), "slug": "s9", "rating": 3}]})
    apply(project, file.path)
    with project.connect() as database, database.writing() as connection:
        seed(connection, {"shops": [{"id": 3, "uuid": uid(3), "slug": "s1", "name": "Third", "city": "Bonn"}]})
    result = revert(project, str(file.path))
    assert [(left.why, left.field, left.found) for left in result.left] == [("blocked", "slug", "s9")]
    assert apply(project, result.changeset.path).state == "applied"
    with project.connect() as database, database.reading() as connection:
        rows = connection.execute(sa.text("SELECT slug, rating FROM shops ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("s9", None), ("s2", None), ("s1", None)]


def test_a_revert_says_what_only_the_collation_of_the_database_holds_equal(project: Project) -> None:
    """Another row with almost the key: who compares without regard to case and accents blocks it, and says so."""
    file = built(project, {"shops": [{"uuid": uid(1), "slug": "s9", "rating": 3}]})
    apply(project, file.path)
    with project.connect() as database, database.writing() as connection:
        seed(connection, {"shops": [{"id": 3, "uuid": uid(3), "slug": "\u015a1", "name": "Third", "city": "Bonn"}]})
        is_the_same = connection.execute(sa.text("SELECT count(*) FROM shops WHERE slug = 's1'")).scalar() == 1
    result = revert(project, str(file.path))
    assert [(left.why, left.field) for left in result.left] == ([("blocked", "slug")] if is_the_same else [])
    assert apply(project, result.changeset.path).state == "applied"


def _swap_keys(project: Project) -> None:
    with project.connect() as database, database.writing() as connection:
        for old, new in (("s1", "s9"), ("s2", "s1"), ("s9", "s2")):
            connection.execute(sa.text(f"UPDATE shops SET slug = '{new}' WHERE slug = '{old}'"))


@pytest.mark.parametrize("person", ["zoe", "ann"])
def test_a_row_that_refers_to_another_one_of_the_same_key_is_not_already_so(project: Project, person: str) -> None:
    """Two shops swapped their keys since: what refers to the wanted key by now does not refer to the wanted shop."""
    name = {"zoe": "Zoë", "ann": "Ann"}[person]
    file = built(project, {"people": [{"slug": person, "name": name, "shop_slug": "s1"}]})
    _swap_keys(project)
    if person == "ann":
        with project.connect() as database, database.writing() as connection:
            seed(connection, {"people": [{"id": 2, "uuid": uid(12), "slug": "ann", "name": name, "shop": 2}]})
    result = rebase(project, file.path)
    assert result.dropped == {}
    [question] = result.changeset.decisions.open
    assert [(c.key, c.uuids) for c in question.candidates] == [({"slug": "s2"}, {"": uid(1)})]
    resolve_with_options(project, file.path, map_=["q1=s2"])
    if person == "ann":
        [question] = rebase(project, file.path).changeset.decisions.open
        assert (question.kind, [c.key for c in question.candidates]) == ("identity", [{"slug": "ann"}])
        resolve_with_options(project, file.path, map_=["q2=ann"])
    assert apply(project, file.path).state == "applied"
    with project.connect() as database, database.reading() as connection:
        assert connection.scalar(sa.text(f"SELECT shop_id FROM people WHERE slug = '{person}'")) == 1


def test_rows_beside_parents_that_swapped_their_keys_are_undone(project: Project) -> None:
    """What came with a swap refers to the row that it was made for, whatever that is called: undone, and redone."""
    with project.connect() as database, database.writing() as connection:
        seed(
            connection,
            {"grains": [{"id": n, "uuid": uid(20 + n), "slug": f"g{n}", "name": f"Grain {n}"} for n in (1, 2)]},
        )
    document: dict[str, list[dict[str, Any]]] = {
        "shops": [{"uuid": uid(1), "slug": "s2", "rating": 1}, {"uuid": uid(2), "slug": "s1", "rating": 2}],
        "grains": [{"uuid": uid(21), "slug": "g2"}, {"uuid": uid(22), "slug": "g1"}],
        "people": [{"slug": "zoe", "shop_slug": "s1"}, {"slug": "ann", "name": "Ann", "shop_slug": "s2"}],
        "bags": [{"grain_slug": "g1", "brand": "Own", "weight": 5}, {"grain_slug": "g2", "brand": "Own", "weight": 5}],
    }
    file = built(project, document)
    path, asked = file.path, file.decisions.open
    resolve_with_options(project, path, map_=[f"{one.id}={one.candidates[0].key['slug']}" for one in asked])
    with project.connect() as database, database.reading() as connection:
        before = contents(connection, MARKET)
    assert apply(project, path).state == "applied"
    with project.connect() as database, database.reading() as connection:
        after = contents(connection, MARKET)
    assert [len(after[name]) for name in ("people", "bags")] == [2, 2]
    for expected in (before, after, before):
        path = revert(project, str(path)).changeset.path
        assert apply(project, path).state == "applied"
        with project.connect() as database, database.reading() as connection:
            assert contents(connection, MARKET) == expected


def test_rows_that_came_with_their_parents_know_them_after_these_have_swapped_keys(project: Project) -> None:
    """What refers to a row of the same changeset is no drift by that, and nothing of it is kept by a revert."""
    document: dict[str, list[dict[str, Any]]] = {
        "shops": [{"slug": f"n{n}", "name": f"New {n}", "city": "Bern"} for n in (1, 2)],
        "grains": [{"slug": "g1", "name": "Rye"}, {"slug": "g2", "name": "Oat", "parent_slug": "g1"}],
        "people": [{"slug": "zoe", "shop_slug": "n1"}, {"slug": "ann", "name": "Ann", "shop_slug": "n2"}],
        "bags": [{"grain_slug": f"g{n}", "brand": "Own", "weight": 5} for n in (1, 2)],
    }
    file = built(project, document)
    apply(project, file.path)
    with project.connect() as database, database.writing() as connection:
        for table, one, other in (("shops", "n1", "n2"), ("grains", "g1", "g2")):
            for before, after in ((one, "x"), (other, one), ("x", other)):
                connection.execute(sa.text(f"UPDATE {table} SET slug = '{after}' WHERE slug = '{before}'"))
    assert {(found.entity, found.field) for found in drift(project)} == {("shops", "slug"), ("grains", "slug")}
    left = revert(project, str(file.path)).left
    assert {(one.entity, one.why, one.field) for one in left} == {
        ("shops", "kept", "slug"),
        ("grains", "kept", "slug"),
    }


def test_the_history_of_a_key_tells_its_rows_apart(project: Project) -> None:
    """Of a key that was given to another row, each row's changes are told by themselves, the former one's first."""
    apply(project, built(project, {"shops": [{"slug": "s1", "rating": 3}]}).path)
    move_on(project)
    apply(project, built(project, {"shops": [{"slug": "s1", "rating": 4}]}).path)
    events = row_history(project, "shops", "s1")
    assert [(event.uuid, event.fields[0].after) for event in events] == [(uid(1), 3), (uid(3), 4)]
    text = row_text(events)
    assert text.index(f"the row {uid(1)}, changed ") < text.index(f"the row {uid(3)}, changed ")
    assert "the row" not in row_text(row_history(project, "shops", "s9"))


def test_a_new_row_that_refers_to_another_one_finds_its_key_taken(project: Project) -> None:
    """It is a conflict, and nothing is applied, where the key was taken since the build."""
    file = built(
        project, {"grains": [{"slug": "g2", "name": "Rye", "parent_slug": "g1"}, {"slug": "g1", "name": "All"}]}
    )
    with project.connect() as database, database.writing() as connection:
        seed(connection, {"grains": [{"id": 9, "uuid": uid(39), "slug": "g2", "name": "Rye"}]})
    with pytest.raises(Conflicts) as raised:
        apply(project, file.path)
    assert [(one.kind, one.key) for one in raised.value.conflicts] == [("exists", {"slug": "g2"})]
