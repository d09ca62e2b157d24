"""Answers that are given without asking: remembered ones, and new rows for what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.memory import MILL

from bake.app.answering.remembered_answers import ORIGIN, forget_answers, memory_path, remember, remembered_answers
from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.resolve import resolve, resolve_with_options
from bake.changeset.file import Changeset, read
from bake.database.schema import create_tables
from bake.errors import UsageError
from bake.renderer.document import document
from bake.renderer.text import text
from bake.resolution.remembered import Remembered

UUID = "00000000-0000-4000-8000-00000000000{}"
SHOPS = [{"uuid": UUID.format(1), "slug": "costco", "name": "Costco", "city": "Waltham", "open": True}]
BAGS = [{"uuid": UUID.format(3), "slug": "rye_bag", "grain_id": 1, "brand": "Mill", "weight": 5}]
GRAINS = [{"uuid": UUID.format(2), "slug": "rye", "name": "Rye"}]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A mill with a shop and a bag of rye."""
    project = Project(f"sqlite:///{tmp_path / 'mill.db'}", "support.memory:MILL", folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
        for name, rows in (("shops", SHOPS), ("grains", GRAINS), ("bags", BAGS)):
            connection.execute(sa.insert(MILL.entities[name].table), rows)
    return project


def built(project: Project, name: str = "a", auto_create: tuple[str, ...] = (), **sale: Any) -> Changeset:
    """The changeset of a sale; what is not given is in order."""
    record = {"bag_slug": "rye_bag", "shop_name": "Costco", "price": 3, **sale}
    source = project.folder / f"{name}.json"
    source.write_text(json.dumps({"sales": [record]}))
    return build(project, source, auto_create=auto_create)


def notices(file: Changeset) -> list[str]:
    """The codes of a changeset's notices."""
    assert file.built
    return [notice.code for notice in file.built.notices]


def test_the_second_import_of_a_spelling_asks_nothing(project: Project) -> None:
    """The answer is in the changeset, with where it came from; it is for people to see in review."""
    first = built(project, shop_name="Kostco Inc")
    result = resolve_with_options(project, first.path, map_=["shops:Kostco Inc=costco"], remember=True)
    assert result.remembered == 1
    second = built(project, "b", shop_name="KOSTCO  Inc")
    assert second.intact().decisions.open == []
    [answer] = second.decisions.answers.values()
    assert (answer.choice, answer.key, answer.origin) == ("map", {"slug": "costco"}, ORIGIN)
    assert ORIGIN in " ".join(text(document(second), width=300).split())
    assert apply(project, second.path).state == "applied"


def test_a_value_is_remembered_for_its_field(project: Project) -> None:
    """What somebody wrote instead of a number."""
    first = built(project, price="three")
    resolve_with_options(project, first.path, value=["q1=3"], remember=True)
    second = built(project, "b", price="three")
    assert second.decisions.open == []
    assert [answer.value for answer in second.decisions.answers.values()] == [3]


def test_nothing_is_remembered_unasked(project: Project) -> None:
    """An answer of this once leaves no file."""
    resolve_with_options(project, built(project, shop_name="Kostco").path, map_=["q1=costco"])
    assert not memory_path(project).exists()


def test_a_file_of_answers_can_be_remembered_too(project: Project) -> None:
    """Bulk and single answers alike; what does not fit is not remembered."""
    file = built(project, shop_name="Kostco Inc", bag_slug="nothing")
    answers = project.folder / "answers.json"
    given = [
        {"question": question.id, "answer": {"choice": "map", "key": {"slug": "costco"}}}
        for question in file.decisions.open
        if question.entity == "shops"
    ]
    answers.write_text(json.dumps({"questions": given}))
    assert resolve(project, file.path, answers, remember=True).remembered == 1
    assert [entry.written for entry in remembered_answers(project).ordered()] == [{"name": "Kostco Inc"}]


def test_what_is_meant_and_gone_is_noticed_and_asked_again(project: Project) -> None:
    """The memory says something that no longer holds: the changeset says so, and nobody is guessed instead."""
    remember(project, [Remembered(entity="shops", written={"name": "Kostco Inc"}, means={"slug": "gone"})])
    file = built(project, shop_name="Kostco Inc")
    assert [question.id for question in file.decisions.open] == ["q1"]
    assert notices(file) == ["remembered_gone"]


@pytest.mark.parametrize(
    ("uuid", "asked"), [(UUID.format(1), True), (UUID.format(8), False)], ids=["moved", "elsewhere"]
)
def test_another_row_under_the_key_is_not_what_was_meant(project: Project, uuid: str, asked: bool) -> None:
    """The row that was meant has another key by now: it is asked again; where nobody has its uuid, the key counts."""
    remember(project, [Remembered(entity="shops", written={"name": "Kostco"}, means={"slug": "costco"}, uuid=uuid)])
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET slug = 'former' WHERE slug = 'costco'"))
        other = {"uuid": UUID.format(9), "slug": "costco", "name": "Other", "city": "Bern", "open": True}
        connection.execute(sa.insert(MILL.entities["shops"].table), [other])
    file = built(project, shop_name="Kostco")
    assert notices(file) == (["remembered_gone"] if asked else [])
    assert bool(file.decisions.open) is asked


def test_the_uuid_of_what_is_meant_is_remembered(project: Project) -> None:
    """A row that was chosen is remembered by its key, and by what tells it from a later one of that key."""
    file = built(project, shop_name="Kostco")
    resolve_with_options(project, file.path, map_=["q1=costco"], remember=True)
    [entry] = remembered_answers(project).ordered()
    assert (entry.means, entry.uuid) == ({"slug": "costco"}, UUID.format(1))


def test_a_memory_of_what_the_catalog_does_not_have_is_noticed(project: Project) -> None:
    """A key with an unknown field names no row."""
    remember(project, [Remembered(entity="shops", written={"name": "Kostco Inc"}, means={"colour": "red"})])
    assert notices(built(project, shop_name="Kostco Inc")) == ["remembered_gone"]


def test_a_row_of_the_same_document_can_be_meant(project: Project) -> None:
    """It is not in the database yet, and still there to be meant."""
    remember(project, [Remembered(entity="shops", written={"name": "Kostco Inc"}, means={"slug": "aldi"})])
    source = project.folder / "both.json"
    sale = {"bag_slug": "rye_bag", "shop_name": "Kostco Inc", "price": 3}
    source.write_text(json.dumps({"shops": [{"slug": "aldi", "name": "Aldi"}], "sales": [sale]}))
    file = build(project, source)
    assert (file.decisions.open, notices(file)) == ([], [])
    assert apply(project, file.path).counts == {"shops": {"create": 1}, "sales": {"create": 1}}


def test_what_is_never_meant_is_not_taken_silently(project: Project) -> None:
    """A name that looks like a row's is taken for it with a notice, until somebody says that it never is."""
    assert built(project, shop_name="COSTCO").decisions.open == []
    first = built(project, "b", shop_name="Costko Ltd")
    assert "costco" in [c.key["slug"] for c in first.questions[0].candidates]
    assert resolve_with_options(project, first.path, distinct=["shops:Costko Ltd=costco"]).remembered == 1
    again = built(project, "c", shop_name="Costko Ltd")
    assert again.questions[0].candidates == ()


def test_forgetting_is_by_name_or_entity(project: Project) -> None:
    """What is forgotten is said; a name of which nothing is remembered forgets nothing."""
    names = ["A", "B", "C"]
    remember(project, [Remembered(entity="shops", written={"name": n}, means={"slug": n}) for n in names])
    with pytest.raises(UsageError, match="shops:X"):
        forget_answers(project, ["shops:A", "shops:X"])
    assert len(remembered_answers(project).entries) == 3
    assert [entry.written_text for entry in forget_answers(project, ["shops:A"]).ordered()] == ["A"]
    forget_answers(project, ["shops"])
    assert remembered_answers(project).entries == {}


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b'[[answer]]\nentity = "shops"\nwritten = "x"\n\n[[answer]]\nentity = 7\nwritten = "y"\n', 5),
        (b'[[answer]]\nentity = "shops"\nwritten = "caf\xe9"\n', 3),
        (b"[[answer]]\nentity = \n", 2),
    ],
    ids=["another type", "no UTF-8", "no TOML"],
)
def test_a_memory_that_cannot_be_read_stops_only_the_remembering(project: Project, raw: bytes, line: int) -> None:
    """Builds and answers go on, and say which line is wrong; the file stays as somebody left it."""
    memory_path(project).parent.mkdir()
    memory_path(project).write_bytes(raw)
    file = built(project, shop_name="Kostco Inc")
    assert notices(file) == ["memory_unread"]
    assert file.built
    assert f"answers.toml:{line}" in file.built.notices[0].message
    result = resolve_with_options(project, file.path, map_=["shops:Kostco Inc=costco"], remember=True)
    assert (result.answered, result.remembered) == (1, 0)
    assert f"answers.toml:{line}" in result.warnings[-1]
    assert apply(project, file.path).state == "applied"
    with pytest.raises(UsageError) as caught:
        forget_answers(project, ["shops"])
    assert caught.value.location
    assert caught.value.location.line == line
    assert memory_path(project).read_bytes() == raw


def test_what_could_not_be_read_again_is_not_remembered(project: Project) -> None:
    """A text that is no UTF-8, as an argument of a command can be, leaves what was remembered as it was."""
    remember(project, [Remembered(entity="shops", written={"name": "A"}, means={"slug": "costco"})])
    before = memory_path(project).read_bytes()
    with pytest.raises(UsageError, match="no text"):
        remember(project, [Remembered(entity="shops", written={"name": "B\udce9"}, means={"slug": "costco"})])
    assert memory_path(project).read_bytes() == before
    assert [path.name for path in memory_path(project).parent.iterdir()] == ["answers.toml"]


_REMEMBERING = """
import sys
from bake.app.project import Project
from bake.app.answering.remembered_answers import remember
from bake.resolution.remembered import Remembered

folder, name, without_locks = sys.argv[1:]
if without_locks == "True":
    sys.modules["fcntl"] = None
project = Project("sqlite://", "support.memory:MILL", folder=folder, wait=30)
print("ready", flush=True)
sys.stdin.readline()
for n in range(5):
    remember(project, [Remembered(entity="shops", written={"name": f"{name} {n}"}, means={"slug": "costco"})])
"""


@pytest.mark.parametrize("without_locks", [False, True], ids=["locks of the system", "lock files"])
def test_all_that_several_processes_remember_at_once_is_kept(tmp_path: Path, without_locks: bool) -> None:
    """Eight processes that begin together keep five entries each: forty are there, and nothing else is left."""
    arguments = [sys.executable, "-c", _REMEMBERING, str(tmp_path)]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [*arguments, f"P{n}", str(without_locks)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for n in range(8)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
    assert [process.returncode for process in processes] == [0] * 8
    project = Project("sqlite://", "support.memory:MILL", folder=tmp_path)
    assert len(remembered_answers(project).entries) == 40
    assert [path.name for path in memory_path(project).parent.iterdir()] == ["answers.toml"]


def test_what_is_missing_is_created_without_asking(project: Project) -> None:
    """With what the source says and the catalog derives; the answer says that nobody was asked."""
    file = built(project, auto_create=("shops",), shop_name="Corner Shop")
    [answer] = file.intact().decisions.answers.values()
    assert (answer.choice, answer.origin, file.decisions.open) == ("create", "auto-create", [])
    assert "auto-create" in " ".join(text(document(file), width=300).split())
    assert apply(project, file.path).counts == {"shops": {"create": 1}, "sales": {"create": 1}}


def test_what_needs_more_than_is_known_is_asked_about(project: Project) -> None:
    """A bag needs a grain and a weight; nothing is made up."""
    file = built(project, auto_create=("shops,bags",), bag_slug="spelt_bag", shop_name="Corner Shop")
    assert [question.entity for question in file.decisions.open] == ["bags"]


def several(project: Project, *names: str) -> tuple[Changeset, list[str]]:
    """The changeset of sales in these shops, and what is told of those that were not created."""
    sales = [{"bag_slug": "rye_bag", "shop_name": name, "price": n} for n, name in enumerate(names, 1)]
    source = project.folder / "several.json"
    source.write_text(json.dumps({"sales": sales}))
    told: list[str] = []
    return build(project, source, auto_create=("shops",), tell=told.append), told


def test_one_row_is_made_for_all_spellings_of_a_name(project: Project) -> None:
    """Case, blanks and the kind of apostrophe make no other shop."""
    file, told = several(project, "Joe's Corner", "JOE\u2019S  CORNER", "joe's corner ")
    assert (file.decisions.open, told) == ([], [])
    assert apply(project, file.path).counts == {"shops": {"create": 1}, "sales": {"create": 3}}


def test_nothing_is_made_where_rows_are_alike_and_why_is_told(project: Project) -> None:
    """Neither for what resembles a shop that is here, nor for what only punctuation tells from a new one."""
    file, told = several(project, "Costco Inc", "Joe's Corner", "Joes-Corner", "%")
    asked = [(question.lookup or {})["name"] for question in file.decisions.open]
    assert asked == ["Costco Inc", "Joes-Corner", "%"]
    assert told == [
        "auto-create: shops: 3 not created: 2 because there are similar rows, 1 because the source gives no name"
    ]


def test_entities_that_were_not_named_are_asked_about(project: Project) -> None:
    """Only what is asked for is created."""
    file = built(project, auto_create=("grains",), shop_name="Corner Shop")
    assert [question.entity for question in file.decisions.open] == ["shops"]


def test_what_a_new_row_refers_to_is_created_with_it(project: Project) -> None:
    """A bag of a new grain, if grains may be created as well; else the bag is asked about."""
    new = {"slug": "spelt_bag", "grain": {"name": "Spelt"}, "weight": 2, "brand": "Hofpfisterei"}
    bag: dict[str, Any] = {"bag": new, "bag_slug": None}
    both = built(project, auto_create=("bags", "grains"), **bag)
    assert both.decisions.open == []
    assert apply(project, both.path).counts["grains"] == {"create": 1}


def test_names_that_are_none_are_asked_about(project: Project) -> None:
    """White space, marks and emoji alone make no shop."""
    for n, name in enumerate((" ", "%", "🍞")):
        file = built(project, f"n{n}", ("shops",), shop_name=name)
        assert [question.entity for question in read(file.path).decisions.open] == ["shops"]


def test_an_unknown_entity_is_a_usage_error(project: Project) -> None:
    """With the nearest name, and before anything is built."""
    with pytest.raises(UsageError) as caught:
        built(project, auto_create=("shop",))
    assert caught.value.hint == "did you mean shops?"
