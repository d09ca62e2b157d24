"""Rules 4 and 11 to 15 as a user meets them: a source built, applied, refused, tried, skipped in part. On SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import uid
from support.tables import Contents, contents

from bake.app.apply import apply
from bake.app.build import build
from bake.app.import_ import import_source
from bake.app.project import Project
from bake.app.results import ApplyResult
from bake.changeset.events import Applied, Failed
from bake.changeset.file import Changeset, read
from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.errors import Conflicts, NotProven, OpenQuestions

BAG = {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": 2.5}
SALE = {"bag": BAG, "shop_slug": "mill", "day": "2025-12-24", "price": 4}
FINE: dict[str, list[dict[str, Any]]] = {
    "shops": [{"slug": "mill", "rating": 4}, {"name": "Aldi"}],
    "grains": [{"slug": "malt", "name": "Malt", "parent_slug": "flour"}],
    "sales": [SALE, {**SALE, "shop_slug": None, "shop_name": "Aldi", "price": 3.5}],
}
#: Record 1 and what depends on it (3, 5), and record 6, cannot be applied; the others can.
DOUBTFUL: dict[str, list[dict[str, Any]]] = {
    "grains": [
        {"slug": "malt", "name": "Malt"},
        {"slug": "spelt", "name": "Spelt", "density": "heavy"},
    ],
    "bags": [
        {"grain_slug": "malt", "weight": 1},
        {"grain_slug": "spelt", "weight": 1, "uuid": uid(77)},
    ],
    "sales": [SALE, {**SALE, "bag": {"uuid": uid(77)}}, {**SALE, "shop_slug": None, "shop_name": "Nobody"}],
}

Make = Callable[[dict[str, Any]], Changeset]


@pytest.fixture
def make(project: Project) -> Make:
    """Builds a changeset from a document."""

    def built(document: dict[str, Any]) -> Changeset:
        source = project.folder / "in.json"
        source.write_bytes(written(document))
        return build(project, source)

    return built


def tables(market: Database) -> Contents:
    """All rows."""
    with market.reading() as connection:
        return contents(connection)


def entries(market: Database) -> list[ledger.LedgerEntry]:
    """The ledger."""
    with market.reading() as connection:
        return ledger.entries(connection)


def said(result: ApplyResult) -> tuple[Any, str]:
    """What a run says that it did."""
    return result.counts, result.receipt


def test_rule_04_importing_a_source_twice_doubles_nothing(project: Project, market: Database, make: Make) -> None:
    """Rows without a natural key are found again by the uuids that the source gave them."""
    apply(project, make(FINE).path)
    before = tables(market)
    again = import_source(project, project.folder / "in.json")
    assert again.applied is None
    assert tables(market) == before
    assert "applied_before" in [
        notice.code for notice in (again.changeset.built.notices if again.changeset.built else ())
    ]


def test_rule_11_a_conflict_writes_nothing_and_is_recorded(project: Project, market: Database, make: Make) -> None:
    """No row, no success in the ledger; the try is an event of the file. Once the reason is gone, the file applies."""
    file = make(FINE)
    with market.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET rating = 5 WHERE slug = 'mill'"))
        connection.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('u', 'malt', 'M')"))
    before = tables(market)
    with pytest.raises(Conflicts) as caught:
        apply(project, file.path)
    assert sorted((conflict.kind, conflict.entity) for conflict in caught.value.conflicts) == [
        ("changed", "shops"),
        ("exists", "grains"),
    ]
    assert tables(market) == before
    assert [entry.state for entry in entries(market)] == ["failed"]
    [event] = read(file.path).events
    assert isinstance(event, Failed)
    assert event.code == "conflicts"
    with market.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET rating = 3 WHERE slug = 'mill'"))
        connection.execute(sa.text("DELETE FROM grains WHERE slug = 'malt'"))
    assert apply(project, file.path).state == "applied"


def test_rule_11_somebody_elses_work_does_not_make_it_stale(project: Project, market: Database, make: Make) -> None:
    """Between build and apply others may edit other fields, add rows and delete rows: it applies, and keeps theirs."""
    file = make(FINE)
    with market.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET city = 'Bath', open = NULL WHERE slug = 'mill'"))
        connection.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('u', 'oats', 'Oats')"))
        connection.execute(sa.text("DELETE FROM shops WHERE slug = 'barn'"))
    assert apply(project, file.path).state == "applied"
    mill = tables(market)["shops"][uid(201)]
    assert (mill["rating"], mill["city"], mill["open"]) == (4, "Bath", None)


def test_rule_12_what_is_not_proven_is_rolled_back_with_its_ledger_row(
    project: Project, market: Database, make: Make
) -> None:
    """A trigger that rounds a price: nothing is kept, and the failure is recorded in ledger and file."""
    with market.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER rounds AFTER INSERT ON sales BEGIN "
            "UPDATE sales SET price = round(NEW.price) WHERE id = NEW.id; END"
        )
    file, before = make(FINE), tables(market)
    with pytest.raises(NotProven, match="did not read back as it was written") as caught:
        apply(project, file.path)
    assert any("price" in problem.message for problem in caught.value.problems)
    assert tables(market) == before
    assert [entry.state for entry in entries(market)] == ["failed"]
    assert [type(event) for event in read(file.path).events] == [Failed]


def test_rule_13_applying_twice_is_nothing(project: Project, market: Database, make: Make) -> None:
    """The second run says when it was applied, and touches neither tables nor ledger nor file."""
    file = make(FINE)
    first = apply(project, file.path)
    before, ledger_before, bytes_before = tables(market), entries(market), file.path.read_bytes()
    for dry_run in (False, True):
        second = apply(project, file.path, dry_run=dry_run)
        assert (second.state, second.repaired) == ("already applied", False)
        assert said(second) == said(first)
    assert (tables(market), entries(market), file.path.read_bytes()) == (before, ledger_before, bytes_before)


def test_rule_13_a_copy_of_the_file_is_the_same_changeset(project: Project, market: Database, make: Make) -> None:
    """Its identity is what was built, not where it lies: a copy under another name is not applied again."""
    file = make(FINE)
    copy = file.path.with_name("copy.changeset.jsonl")
    copy.write_bytes(file.path.read_bytes())
    apply(project, file.path)
    before = tables(market)
    result = apply(project, copy)
    assert (result.state, result.repaired) == ("already applied", True)
    assert tables(market) == before


def test_rule_13_a_file_that_was_not_told_is_brought_in_line(project: Project, market: Database, make: Make) -> None:
    """After a crash between commit and event, the next run tells the file what the ledger knows; a dry run does not."""
    file = make(FINE)
    untold = file.path.read_bytes()
    first = apply(project, file.path)
    file.path.write_bytes(untold)
    before = tables(market)
    assert not apply(project, file.path, dry_run=True).repaired
    assert file.path.read_bytes() == untold
    second = apply(project, file.path)
    assert (second.state, second.repaired) == ("already applied", True)
    [event] = read(file.path).events
    assert isinstance(event, Applied)
    assert event.receipt == first.receipt
    assert tables(market) == before


def test_rule_14_open_questions_refuse(project: Project, market: Database, make: Make) -> None:
    """Each question is listed with how many records wait for it; nothing is written anywhere."""
    file = make(DOUBTFUL)
    before, bytes_before = tables(market), file.path.read_bytes()
    for dry_run in (False, True):
        with pytest.raises(OpenQuestions) as caught:
            apply(project, file.path, dry_run=dry_run)
        assert [(question.id, question.waiting) for question in caught.value.questions] == [("q1", 1), ("q2", 1)]
    assert caught.value.exit_status == 3
    assert (tables(market), entries(market), file.path.read_bytes()) == (before, [], bytes_before)


def skipped(result: ApplyResult) -> list[Any]:
    """The entries of the log."""
    assert result.log
    found: list[Any] = json.loads(result.log.read_text(encoding="utf-8"))["records"]
    return found


def test_rule_14_skipping_takes_dependents_and_nothing_else(project: Project, market: Database, make: Make) -> None:
    """What waits for an answer, and what needs a row that then is not made, is skipped and logged."""
    result = apply(project, make(DOUBTFUL).path, skip_on_error=True)
    assert result.counts == {"grains": {"create": 1}, "bags": {"create": 1}, "sales": {"create": 1}}
    assert [entry["record_index"] for entry in skipped(result)] == [1, 3, 5, 6]
    assert result.skipped == 4
    flat = [record for records in DOUBTFUL.values() for record in records]
    assert [entry["record_data"] for entry in skipped(result)] == [flat[n] for n in (1, 3, 5, 6)]
    assert "density" in skipped(result)[1]["skip_reason"]
    assert len(tables(market)["sales"]) == 2


def test_rule_14_the_log_imports_exactly_those_records(project: Project, market: Database, make: Make) -> None:
    """Corrected and imported, it brings what was left out, and nothing a second time."""
    result = apply(project, make(DOUBTFUL).path, skip_on_error=True)
    assert result.log
    text = result.log.read_text(encoding="utf-8").replace('"heavy"', "0.6").replace("Nobody", "Mill")
    result.log.write_text(text, encoding="utf-8")
    rest = import_source(project, result.log, confirm=lambda *_: True)
    assert rest.applied
    assert rest.applied.counts == {"grains": {"create": 1}, "bags": {"create": 1}, "sales": {"create": 2}}
    now = tables(market)
    assert now["bags"][uid(77)]["grain"] in now["grains"]
    assert (len(now["grains"]), len(now["bags"]), len(now["sales"])) == (4, 3, 4)


def test_rule_14_a_run_that_fails_leaves_no_log(project: Project, market: Database, make: Make) -> None:
    """Where nothing was imported, nothing was skipped."""
    file = make(DOUBTFUL)
    with market.writing() as connection:
        connection.execute(sa.text("INSERT INTO grains (uuid, slug, name) VALUES ('u', 'malt', 'M')"))
    with pytest.raises(Conflicts):
        apply(project, file.path, skip_on_error=True)
    assert logs(project) == []
    assert [question.id for question in read(file.path).decisions.open] == ["q1", "q2"]


def logs(project: Project) -> list[Path]:
    """The logs of skipped records."""
    return sorted(project.folder.glob("import_skipped_*.json"))


@pytest.mark.parametrize(("document", "skip"), [(FINE, False), (DOUBTFUL, True)], ids=["fine", "skipping"])
def test_rule_15_a_dry_run_says_what_the_real_run_does(
    project: Project, market: Database, make: Make, document: dict[str, Any], skip: bool
) -> None:
    """Counts, receipt and skipped records are the same; the dry run leaves tables, ledger, file and folder alone."""
    file = make(document)
    before, bytes_before = tables(market), file.path.read_bytes()
    tried = apply(project, file.path, dry_run=True, skip_on_error=skip)
    assert tried.state == "tried"
    assert (tables(market), entries(market), file.path.read_bytes(), logs(project)) == (before, [], bytes_before, [])
    done = apply(project, file.path, skip_on_error=skip)
    assert (said(tried), tried.skipped) == (said(done), done.skipped)
    assert len(logs(project)) == skip


def test_rule_15_a_dry_run_meets_the_same_conflicts(project: Project, market: Database, make: Make) -> None:
    """All of them, in the same words; and it records no failure."""
    file = make(FINE)
    with market.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET rating = 5, slug = 'x' WHERE slug = 'mill'"))
    found = []
    for dry_run in (True, False):
        with pytest.raises(Conflicts) as caught:
            apply(project, file.path, dry_run=dry_run)
        found.append(caught.value.conflicts)
        assert len(read(file.path).events) == (0 if dry_run else 1)
    assert found[0] == found[1]
    assert len(found[0]) == 2
