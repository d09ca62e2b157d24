"""One question at a time, with nothing kept between two; and answers that somebody else was faster with."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.web import CATALOG, bakery

import bake
from bake.errors import InvalidAnswers, UsageError


@pytest.fixture
def project(tmp_path: Path) -> bake.Project:
    """The bakery."""
    bakery(tmp_path)
    return bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", CATALOG, folder=tmp_path, actor="ada")


@pytest.fixture
def file(project: bake.Project) -> bake.Changeset:
    """The demonstration's view with its three questions."""
    return bake.build(project, project.folder / "demo" / "view_purchases.json", strict=True)


def test_the_first_open_question_is_asked(project: bake.Project, file: bake.Changeset) -> None:
    """With its place among all, what waits, candidates, a search, and what a skip would cost."""
    with bake.asking(project, file) as asked:
        assert asked is not None
        assert asked.order == asked.open == ("q1", "q2", "q3")
        assert str(asked.prompt.progress) == "1 of 3, 3 operations waiting"
        assert asked.prompt.falls() == 2
        assert [found.label for found in asked.prompt.search("suppliers", "wegm")][:1] == ["Wegmans (Burlington, MA)"]
        assert asked.prompt.earlier is None


def test_an_answered_question_can_be_asked_again(project: bake.Project, file: bake.Changeset) -> None:
    """Its answer comes with it; without a name, what is still open is asked; at the end, nothing is."""
    bake.resolve(project, file, [bake.Answer("q3", "value", value="4.79")])
    with bake.asking(project, file, "q3") as asked:
        assert asked is not None
        assert asked.prompt.earlier is not None
        assert str(asked.prompt.earlier.value) == "4.79"
        assert asked.open == ("q1", "q2")
    bake.resolve(project, file, [bake.Answer("q1", "skip"), bake.Answer("q2", "skip")])
    with bake.asking(project, file) as asked:
        assert asked is None


def test_asking_passes_over_nothing(
    project: bake.Project, file: bake.Changeset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a changeset that was read, only the operations that the question blocks are looked up."""
    given = bake.resolve(project, file, [bake.Answer("q3", "keep")]).changeset
    monkeypatch.delattr(bake.Changeset, "operations")
    with bake.asking(project, given) as asked:
        assert asked is not None
        assert [one.n for one in asked.prompt.examples] == [1, 2]


def test_an_unknown_question_is_refused(project: bake.Project, file: bake.Changeset) -> None:
    """It says so."""
    with pytest.raises(UsageError, match="asks no question q9"), bake.asking(project, file, "q9"):
        pass


def test_columns_are_asked_first(project: bake.Project) -> None:
    """The question has the columns of the view as its blanks."""
    sheet = project.folder / "mine.csv"
    sheet.write_text("Wot,Town\nCorner,Boston\nBridge,Boston\n")
    file = bake.build(project, sheet, view="suppliers")
    with bake.asking(project, file) as asked:
        assert asked is not None
        assert asked.prompt.question.kind == "columns"
        assert "city" in [blank.name for blank in asked.prompt.blanks]


def test_who_was_faster_is_not_overruled(project: bake.Project, file: bake.Changeset) -> None:
    """An answer to a question that was answered since is refused in words; one to another question is recorded."""
    bake.resolve(project.acting("bob"), file, [bake.Answer("q3", "value", value="4.79")])
    late = [bake.Answer("q3", "keep"), bake.Answer("q2", "skip")]
    with pytest.raises(InvalidAnswers, match="1 of 2 answers were recorded") as refused:
        bake.resolve(project, file, late, since=file.head)
    assert [str(one) for one in refused.value.problems] == ["q3 was answered in the meantime by bob: write 4.79"]
    now = bake.read(file.path)
    assert now.decisions.answers["q3"].by == "bob"
    assert now.decisions.answers["q2"].by == "ada"
    bake.resolve(project, file, [bake.Answer("q3", "keep")], since=now.head)
    assert bake.read(file.path).decisions.answers["q3"].choice == "keep"


def test_a_source_is_recognised_before_it_is_built(project: bake.Project) -> None:
    """Its kind, its parts and its first records; nothing is written."""
    found = bake.recognise(project, project.folder / "demo" / "bakery.json", records=2)
    assert (found.kind, found.view, found.is_export) == ("document", None, False)
    assert [part.entity for part in found.parts][:2] == ["suppliers", "ingredients"]
    assert [record.number for record in found.records] == [0, 1]
    assert found.total == sum(part.records for part in found.parts)
