"""Answers by options and by files, recorded in the changeset."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from support.changesets import written
from support.memory import MILL

from bake.app.answering import answers_from_file
from bake.app.check import check
from bake.app.project import Project
from bake.app.resolve import answer_template, resolve, resolve_with_options
from bake.changeset.events import Applied
from bake.changeset.file import Changeset, read
from bake.changeset.further_id import further_id
from bake.changeset.model import Candidate, Create, Needs, Question
from bake.changeset.writing import append
from bake.database.schema import create_tables
from bake.errors import InvalidAnswers, UsageError
from bake.renderer.document import document
from bake.renderer.json_output import write_json
from bake.renderer.text import text


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty mill."""
    project = Project(f"sqlite:///{tmp_path / 'mill.db'}", "support.memory:MILL", folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
    return project


@pytest.fixture
def file(tmp_path: Path) -> Changeset:
    """A sale of an unknown bag in an unknown shop."""
    sale = Create(
        n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/bag": "q1", "/shop": "q2"}
    )
    questions = [
        Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,)),
        Question(id="q2", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(1,)),
    ]
    return written(tmp_path / "x.changeset.jsonl", [sale], questions)


BAG = {"choice": "create", "values": {"grain": {"name": "Spelt"}, "weight": 5}}
#: The id of the question that this answer opens.
SPELT = further_id("grains", {"name": "Spelt"}, ())


def answers(tmp_path: Path, changeset: str | None = None, **given: object) -> Path:
    """A file that answers these questions."""
    path = tmp_path / "answers.json"
    entries = [{"question": question, "answer": answer} for question, answer in given.items()]
    path.write_text(json.dumps({"questions": entries} | ({"changeset": changeset} if changeset else {})))
    return path


def test_options_are_recorded_with_their_origin(project: Project, file: Changeset) -> None:
    """The event says who, when and where from."""
    result = resolve_with_options(project, file.path, create=["shops:Corner"], skip=["q1"])
    assert result.answered == 2
    shop = read(file.path).intact().decisions.answers["q2"]
    assert (shop.origin, shop.key, bool(shop.by), shop.at[-1]) == ("command line", {"slug": "corner"}, True, "Z")


def test_a_file_may_answer_what_its_own_answers_open(project: Project, file: Changeset, tmp_path: Path) -> None:
    """The grain's question is opened by the bag's answer, wherever in the file it stands."""
    given = answers(tmp_path, file.digest, **{SPELT: "create"}, q1=BAG, q2="create")
    assert resolve(project, file.path, given).answered == 3
    assert read(file.path).intact().decisions.open == []


def test_what_fits_is_recorded_and_what_does_not_is_listed(project: Project, file: Changeset, tmp_path: Path) -> None:
    """A partly wrong file loses nothing."""
    given = answers(tmp_path, q1="take", q2="create", q9="skip", q8=7)
    with pytest.raises(InvalidAnswers) as caught:
        resolve(project, file.path, given)
    assert len(caught.value.problems) == 3
    assert "1 of 4" in caught.value.message
    assert list(read(file.path).decisions.answers) == ["q2"]


def test_answers_for_another_changeset_are_refused(project: Project, file: Changeset, tmp_path: Path) -> None:
    """The ids of questions mean something else there; nothing is recorded."""
    with pytest.raises(InvalidAnswers, match="another changeset"):
        resolve(project, file.path, answers(tmp_path, "sha256:other", q2="create"))
    assert read(file.path).events == ()


def test_an_answer_is_taken_back_by_a_later_one(project: Project, file: Changeset) -> None:
    """Named by its id; the row that the first answer made is not in the way of the second."""
    resolve_with_options(project, file.path, create=["q2"])
    result = resolve_with_options(project, file.path, create=['q2={"city": "Boston"}'])
    assert result.changeset.decisions.answers["q2"].key == {"slug": "corner_boston"}


def _template(project: Project, path: Path) -> bytes:
    output = BytesIO()
    answer_template(project, path, output)
    return output.getvalue()


def test_a_template_is_written_in_pieces(project: Project, file: Changeset) -> None:
    """No piece of it is larger than one question, so that its size takes no memory."""
    pieces: list[bytes] = []

    class Pieces(BytesIO):
        def writelines(self, lines: Iterable[Any]) -> None:
            pieces.extend(map(bytes, lines))

    answer_template(project, file.path, Pieces())
    assert [piece.count(b'"answer": null') for piece in pieces] == [0, 1, 1, 0]


def test_a_template_leads_to_the_same_changeset(project: Project, file: Changeset, tmp_path: Path) -> None:
    """Filled in, it gives the decisions that options give."""
    document = json.loads(_template(project, file.path))
    assert [entry["question"] for entry in document["questions"]] == ["q2", "q1"]
    for entry in document["questions"]:
        entry["answer"] = {"q1": "skip", "q2": "create"}[entry["question"]]
    filled = tmp_path / "filled.json"
    filled.write_text(json.dumps(document))
    copy = tmp_path / "copy.changeset.jsonl"
    copy.write_bytes(file.path.read_bytes())
    resolve(project, file.path, filled)
    resolve_with_options(project, copy, create=["q2"], skip=["q1"])
    assert list(read(file.path).effective()) == list(read(copy).effective())


def test_an_applied_changeset_is_not_answered_again(project: Project, file: Changeset) -> None:
    """What was written to a database stays what was decided."""
    append(file, Applied(by="ada", at="2025-12-24T10:00:00Z", prev="", database="x", counts={}, receipt="sha256:0"))
    with pytest.raises(UsageError, match="has been applied"):
        resolve_with_options(project, file.path, skip=["q1"])


def test_a_missing_file_of_answers_is_a_usage_error(project: Project, file: Changeset, tmp_path: Path) -> None:
    """It says which file."""
    with pytest.raises(UsageError, match=r"nowhere\.json"):
        resolve(project, file.path, tmp_path / "nowhere.json")


@pytest.mark.parametrize("begin", ["", '{"questions": "'])
def test_a_file_of_answers_of_any_size_takes_little_memory(
    project: Project, file: Changeset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    """More than any file of answers has is refused by name; blanks and one text alike."""
    monkeypatch.setattr(answers_from_file, "_LARGEST", 1024**2)
    path = tmp_path / "answers.json"
    path.write_text(begin + " " * 8 * 1024**2, encoding="utf-8")
    resolve(project, file.path, [])  # what is loaded once counts for nothing
    tracemalloc.start()
    try:
        with pytest.raises(InvalidAnswers, match="at most 1 MB"):
            resolve(project, file.path, path)
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024**2
    finally:
        tracemalloc.stop()


def test_what_only_a_new_row_needs_is_asked_nowhere_until_it_is_new(project: Project, tmp_path: Path) -> None:
    """The template, the terminal, the page, its JSON and `check` ask the same: first which row it is, then the rest."""
    sale = Create(
        n=1,
        entity="sales",
        key={"uuid": "a"},
        values={"uuid": "a"},
        from_=(0,),
        needs={"": "q2", "/bag": "q1", "/day": "q3"},
    )
    questions = [
        Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,)),
        Question(
            id="q2",
            kind="identity",
            entity="sales",
            asked_by=(1,),
            candidates=(Candidate(key={"uuid": "b"}, label="it"),),
        ),
        Question(id="q3", kind="invalid", entity="sales", field="day", problem="a day is needed", asked_by=(1,)),
    ]
    for answered, expected in (((), {"q2"}), (("create",), {"q1", "q3"}), (("map",), set())):
        path = tmp_path / f"{'_'.join(('x', *answered))}.changeset.jsonl"
        file = written(path, [sale], questions)
        if answered == ("create",):
            resolve_with_options(project, path, create=["q2"])
        elif answered:
            resolve_with_options(project, path, map_=['q2={"uuid": "b"}'])
        file = read(path).intact()
        assert {question.id for question in file.decisions.open} == expected
        template = json.loads(_template(project, path))
        assert {entry["question"] for entry in template["questions"]} == expected
        assert {question.id for question in check(project, path, offline=True).questions} == expected
        as_json = BytesIO()
        write_json(file, as_json)
        shown = json.loads(as_json.getvalue())
        listed = shown["questions"]["items"]
        assert {one["question"]["id"] for one in listed if one["standing"] == "open"} == expected
        assert shown["state"]["open_questions"] == len(expected)
        later = {one["question"]["id"]: one["after"] for one in shown["later"]["items"]}
        assert later == ({} if answered else {"q1": "q2", "q3": "q2"})
        said = text(document(file), 200)
        assert ("1 open question, and up to 2 more once this is answered" in said) == (not answered)


def test_what_is_asked_later_can_be_answered_before(project: Project, tmp_path: Path) -> None:
    """Its id is in the operation; an answer that is already there is not asked for again."""
    needs: Needs = {"": "q2", "/bag": "q1"}
    sale = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs=needs)
    near = (Candidate(key={"uuid": "b"}, label="it"),)
    questions = [
        Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,)),
        Question(id="q2", kind="identity", entity="sales", asked_by=(1,), candidates=near),
    ]
    file = written(tmp_path / "x.changeset.jsonl", [sale], questions)
    resolve_with_options(project, file.path, skip=["bags:spelt_bag"])
    assert read(file.path).intact().decisions.open == []
