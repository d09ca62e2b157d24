"""Changesets changed after they were built: amended operations, and lines edited by hand."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from support.changesets import written
from support.memory import MILL

from bake.app.amend import amend
from bake.app.apply import apply
from bake.app.project import Project
from bake.app.resolve import resolve_with_options
from bake.app.seal import seal
from bake.changeset.events import Amended, Answered, Applied, Sealed
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Delete, Operation, Question, Replace, Skip, Test, Update
from bake.changeset.writing import append
from bake.cli.results import seal_text
from bake.database.schema import create_tables
from bake.errors import DamagedChangeset, OpenQuestions, UsageError
from bake.renderer.document import document
from bake.renderer.text import text

UUID = "00000000-0000-4000-8000-00000000000{}"
SHOPS = [
    {"uuid": UUID.format(1), "slug": "costco", "name": "Costco", "city": "Waltham", "open": True},
    {"uuid": UUID.format(2), "slug": "old", "name": "Old Mill", "city": "Salem", "open": True},
]
OPERATIONS: list[Operation] = [
    Create(n=1, entity="shops", key={"slug": "coop"}, values={"slug": "coop", "name": "Coop"}, from_=(0,)),
    Create(
        n=2,
        entity="sales",
        key={"uuid": UUID.format(5)},
        values={"uuid": UUID.format(5), "shop": {"slug": "coop"}, "price": Decimal("3.99")},
        from_=(1,),
        needs={"/bag": "q1", "/shop": 1},
    ),
    Update(
        n=3,
        entity="shops",
        key={"slug": "costco"},
        patch=(Test(path="/city", value="Waltham"), Replace(path="/city", value="Bostn")),
        from_=(2,),
    ),
    Delete(n=4, entity="shops", key={"slug": "old"}, before={"slug": "old", "name": "Old Mill"}, from_=(3,)),
    Skip(n=5, entity="shops", reason="unchanged", from_=(4,)),
]
QUESTIONS = [Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(2,))]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A mill with two shops."""
    project = Project(f"sqlite:///{tmp_path / 'mill.db'}", "support.memory:MILL", folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
        connection.execute(sa.insert(MILL.entities["shops"].table), SHOPS)
    return project


@pytest.fixture
def file(tmp_path: Path) -> Changeset:
    """Each kind of operation; a sale waits for a bag, and is in a shop that is created."""
    return written(tmp_path / "x.changeset.jsonl", OPERATIONS, QUESTIONS)


def now(file: Changeset, n: int) -> Operation:
    """What an operation is now."""
    return next(operation for operation in read(file.path).intact().effective() if operation.n == n)


def refused(project: Project, file: Changeset, **asked: Any) -> str:
    """Why something cannot be amended; nothing was recorded."""
    with pytest.raises(UsageError) as caught:
        amend(project, file.path, **asked)
    assert read(file.path).events == ()
    return "\n".join([caught.value.message, *(problem.message for problem in caught.value.problems)])


def test_a_field_of_a_new_row_is_set(project: Project, file: Changeset) -> None:
    """In the catalog's order, typed as the field is; the event says who and why."""
    amend(project, file.path, set_=["1/rating=5", "1/city=Boston", "2/price=4.50"], note="told by phone")
    shop, sale = now(file, 1), now(file, 2)
    assert isinstance(shop, Create)
    assert isinstance(sale, Create)
    assert list(shop.values.items()) == [("slug", "coop"), ("name", "Coop"), ("city", "Boston"), ("rating", 5)]
    assert sale.values["price"] == Decimal("4.5")
    events = read(file.path).events
    assert [getattr(event, "reason", None) for event in events] == ["told by phone"] * 2
    assert all(isinstance(event, Amended) and event.by and event.at for event in events)


def test_null_takes_a_value_away(project: Project, file: Changeset) -> None:
    """Of a new row the field is left out; of a row that is there it is cleared."""
    amend(project, file.path, set_=["1/city=x", "3/city=null"])
    amend(project, file.path, set_=["1/city=null"])
    shop, edit = now(file, 1), now(file, 3)
    assert isinstance(shop, Create)
    assert isinstance(edit, Update)
    assert "city" not in shop.values
    assert edit.patch[1] == Replace(path="/city", value=None)


def test_a_further_field_of_an_update_tests_for_what_the_database_has(project: Project, file: Changeset) -> None:
    """So that it is stale if that changes; a value set back to the before-value leaves the patch."""
    amend(project, file.path, set_=["3/name=Costco Wholesale"])
    amend(project, file.path, set_=["3/city=Waltham"])
    edit = now(file, 3)
    assert isinstance(edit, Update)
    assert edit.patch == (Test(path="/name", value="Costco"), Replace(path="/name", value="Costco Wholesale"))


def test_a_reference_is_set_by_name_or_key(project: Project, file: Changeset) -> None:
    """To a row of the database, or to one that the changeset creates, and then it needs that."""
    amend(project, file.path, set_=["2/shop=costco"])
    sale = now(file, 2)
    assert isinstance(sale, Create)
    assert (sale.values["shop"], sale.needs) == ({"slug": "costco"}, {"/bag": "q1"})
    amend(project, file.path, set_=['2/shop={"slug": "coop"}'])
    sale = now(file, 2)
    assert isinstance(sale, Create)
    assert (sale.values["shop"], sale.needs) == ({"slug": "coop"}, {"/bag": "q1", "/shop": 1})


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("1/ctiy=Boston", "did you mean city?"),
        ("1/rating=9", "out of range"),
        ("1/rating=lots", "is not a number"),
        ("1/name=null", "takes no null"),
        ("1/slug=corner", "by which other operations name the row"),
        ("2/shop=nowhere", "none of the shops is"),
        (f"3/uuid={UUID.format(9)}", "cannot be edited"),
        ("4/name=x", "it can be dropped"),
        ("5/name=x", "leaves records out"),
        ("9/name=x", "there is no operation 9"),
        ("name=x", "expected OPERATION/FIELD=VALUE"),
        ("1/name", "expected OPERATION/FIELD=VALUE"),
        ("²/name=x", "expected OPERATION/FIELD=VALUE"),
    ],
)
def test_what_cannot_be_set_is_refused(project: Project, file: Changeset, asked: str, why: str) -> None:
    """Together with what could be: all of it is recorded, or nothing."""
    assert why in refused(project, file, set_=["1/city=Boston", asked])


def test_all_that_is_wrong_is_said_at_once(project: Project, file: Changeset) -> None:
    """Each with the number of its operation."""
    said = refused(project, file, set_=["1/rating=9", "3/uuid=x"], drop=[5, 9])
    assert [f"operation {n}" in said for n in (1, 3, 5, 9)] == [True] * 4


def test_a_key_that_is_taken_is_refused(project: Project, tmp_path: Path) -> None:
    """A new row cannot be given the key of one that is there."""
    alone = written(tmp_path / "y.changeset.jsonl", OPERATIONS[:1], [])
    assert "Costco (Waltham) is there already" in refused(project, alone, set_=["1/slug=costco"])


def test_a_drop_takes_dependents_along(project: Project, file: Changeset) -> None:
    """The sale needs the shop; its question is moot, and what is left can be applied."""
    result = amend(project, file.path, drop=[1, 4], note="not ours")
    assert (result.amended, result.fallen) == ((1, 4), 1)
    assert now(file, 4) == Skip(n=4, entity="shops", reason="not ours", from_=(3,))
    assert now(file, 2) == Skip(n=2, entity="sales", reason="operation 1 was dropped", from_=(1,))
    applied = apply(project, file.path)
    assert (applied.state, applied.counts) == ("applied", {"shops": {"update": 1}})


def test_what_is_left_out_already_is_not_amended(project: Project, file: Changeset) -> None:
    """The answer to a question took it out, and an amendment would do nothing."""
    resolve_with_options(project, file.path, skip=["q1"])
    with pytest.raises(UsageError) as caught:
        amend(project, file.path, set_=["2/price=1"])
    assert "because of q1" in caught.value.problems[0].message


def test_a_value_that_looks_wrong_is_taken_and_said(project: Project, file: Changeset) -> None:
    """The operation carries the warning until the value is another."""
    assert amend(project, file.path, set_=["1/name=C"]).warnings == ("operation 1, name: 'C' is short for a name",)
    shop = now(file, 1)
    assert isinstance(shop, Create)
    assert len(shop.warnings) == 1
    amend(project, file.path, set_=["1/name=Coop"])
    shop = now(file, 1)
    assert isinstance(shop, Create)
    assert shop.warnings == ()


def test_nothing_to_amend_is_a_usage_error(project: Project, file: Changeset) -> None:
    """A note alone is something."""
    assert "nothing to amend" in refused(project, file)
    assert amend(project, file.path, note="checked").amended == ()


def test_what_was_applied_is_not_amended(project: Project, file: Changeset) -> None:
    """What was written to a database stays what was decided; an edit of it is not sealed either."""
    append(file, Applied(by="a", at="2025-12-24T10:00:00Z", prev="", database="x", counts={}, receipt="sha256:0"))
    with pytest.raises(UsageError, match="has been applied"):
        amend(project, file.path, drop=[1])
    edited(file, "Bostn", "Boston")
    with pytest.raises(UsageError, match="has been applied"):
        seal(project, file.path)


def test_amendments_and_seals_are_shown(project: Project, file: Changeset) -> None:
    """Who, when, which operation, both values, and why."""
    amend(project, file.path, set_=["3/city=Boston"], drop=[4], note="told by phone")
    edited(file, "3.99", "4.99")
    seal(project, file.path, reason="a typing error")
    shown = " ".join(text(document(read(file.path)), width=200).split())
    assert 'operation 3: told by phone (patch/1/value: "Bostn" → "Boston")' in shown
    assert "operation 4: told by phone (dropped)" in shown
    assert "Edited by hand, and accepted" in shown
    assert "a typing error" in shown


def edited(file: Changeset, before: str, after: str) -> None:
    """Change the file as an editor does."""
    content = file.path.read_text()
    assert before in content
    file.path.write_text(content.replace(before, after))


def test_an_edited_file_is_noticed_and_can_be_sealed(project: Project, file: Changeset) -> None:
    """The error says how; from then on it is intact, another changeset than before, and can be applied."""
    resolve_with_options(project, file.path, skip=["q1"])
    edited(file, "Bostn", "Boston")
    with pytest.raises(DamagedChangeset) as caught:
        read(file.path).intact()
    assert f"bake changeset seal {file.path}" in str(caught.value.hint)
    assert caught.value.problems[0].message.startswith("one of the lines 1 to 7 was edited")
    result = seal(project, file.path, reason="a slip")
    assert result.changeset.digest != file.digest
    assert [type(event) for event in result.changeset.intact().events][-1] is Sealed
    edit = now(file, 3)
    assert isinstance(edit, Update)
    assert edit.patch[1].value == "Boston"
    assert apply(project, file.path).state == "applied"


def test_answers_of_two_branches_that_were_merged_by_hand_reopen_the_question(
    project: Project, file: Changeset
) -> None:
    """Once it is sealed, both are shown with who gave them; an answer that settles it takes the place of both."""
    before = file.path.read_bytes()
    mine = Answered(by="ada", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip")
    append(file, mine)
    ours = file.path.read_bytes()
    file.path.write_bytes(before)
    append(read(file.path), msgspec.structs.replace(mine, by="bob", choice="map", key={"slug": "rye_bag"}))
    file.path.write_bytes(ours + file.path.read_bytes().removeprefix(before))
    result = seal(project, file.path)
    both = "q1 has two answers: skip what asks this (ada), map to rye_bag (bob); answer it again"
    assert both in seal_text(result)
    assert both in " ".join(text(document(result.changeset), width=200).split())
    with pytest.raises(OpenQuestions) as caught:
        apply(project, file.path)
    assert both in caught.value.questions[0].text
    assert resolve_with_options(project, file.path, skip=["q1"]).changeset.decisions.open == []
    assert apply(project, file.path).state == "applied"


def test_an_edit_after_the_seal_is_noticed_again(project: Project, file: Changeset) -> None:
    """Above the seal or in it: only what was there when it was sealed was accepted."""
    edited(file, "Bostn", "Boston")
    seal(project, file.path)
    sealed = file.path.read_bytes()
    for before, after in (("Boston", "Salem"), ('"by":"', '"by":"x'), ("Coop", "Koop")):
        file.path.write_bytes(sealed)
        resolve_with_options(project, file.path, skip=["q1"])
        edited(file, before, after)
        with pytest.raises(DamagedChangeset):
            read(file.path).intact()


def test_a_seal_of_other_lines_is_none(project: Project, file: Changeset) -> None:
    """Its digest must be that of the lines before `built`."""
    edited(file, "Bostn", "Boston")
    digest = seal(project, file.path).changeset.digest
    edited(file, digest, "sha256:" + "0" * 64)
    assert any("this seal is of other lines" in problem.message for problem in read(file.path).damage)


def test_git_tells_which_line_was_edited(project: Project, file: Changeset) -> None:
    """With what it was and what it is."""
    git(file.path.parent, "init", "-q")
    git(file.path.parent, "add", file.path.name)
    git(file.path.parent, "-c", "user.name=ada", "-c", "user.email=ada@example.org", "commit", "-qm", "x")
    edited(file, "Bostn", "Boston")
    [problem] = seal(project, file.path).edits
    assert problem.message.startswith("line 4 was")
    assert "Bostn" in problem.message
    assert "Boston" in problem.message


def git(folder: Path, *arguments: str) -> None:
    """Run git, or skip the test where there is none."""
    try:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no git")


def test_without_git_a_line_shows_by_its_form(project: Project, file: Changeset) -> None:
    """An editor that puts a space where Bake writes none gives the line away."""
    edited(file, '"value":"Bostn"', '"value": "Boston"')
    assert [p.message for p in seal(project, file.path).edits] == ["line 4 is not written as Bake writes lines"]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('"price":3.99', '"price":"lots"', "operation 2: price: "),
        ('"name":"Coop"', '"nmae":"Coop"', "shops have no field"),
        ('"n":3', '"n":2', "2 is not the number of one operation alone"),
        ('"/bag":"q1"', '"/bag":"q7"', "needs q7, which is not there"),
        ('"/shop":1', '"/shop":8', "needs 8, which is not there"),
        ('"from":[0]', '"from":[1]', "not every one of the 5 records"),
        ('{"type":"operation","action":"skip"', '{"type":"operation",,', "this line cannot be read"),
    ],
)
def test_an_edit_that_makes_no_changeset_is_not_sealed(
    project: Project, file: Changeset, before: str, after: str, why: str
) -> None:
    """The catalog does not take it, or the file would not be complete; the file stays as it is."""
    edited(file, before, after)
    content = file.path.read_bytes()
    with pytest.raises(DamagedChangeset) as caught:
        seal(project, file.path)
    assert any(why in problem.message for problem in caught.value.problems)
    assert file.path.read_bytes() == content


def test_a_file_that_nobody_edited_is_not_sealed(project: Project, file: Changeset) -> None:
    """There is nothing to accept."""
    with pytest.raises(UsageError, match="was edited by hand"):
        seal(project, file.path)
