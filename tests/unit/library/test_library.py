"""Sources, places, progress, cancelling and logging, as a program that imports Bake has them."""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.market import MARKET

import bake
from bake.app.workers import source_workers
from bake.app.workers.worker_pool import has_threads
from bake.errors import Interrupted, InvalidSource, UsageError

_RECORDS = [{"slug": "rye", "name": "Rye"}, {"slug": "oat", "name": "Oat"}]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An empty market."""
    made = f"sqlite:///{tmp_path / 'bake.db'}"
    bake.initialise(bake.Project(made, MARKET))
    return made


@pytest.fixture
def project(url: str) -> bake.Project:
    """The market, without a folder."""
    return bake.Project(url, MARKET)


def created(changeset: bake.Changeset) -> list[dict[str, Any]]:
    """The keys of what is created."""
    return [operation.key for operation in changeset.effective() if hasattr(operation, "key")]


def test_every_kind_of_source_says_the_same(project: bake.Project, tmp_path: Path) -> None:
    """Records, a generator of them, bytes, a stream, a path as text or object."""
    content = json.dumps(_RECORDS).encode()
    (tmp_path / "grains.json").write_bytes(content)
    sources: list[bake.SourceLike] = [
        _RECORDS,
        (record for record in _RECORDS),
        content,
        io.BytesIO(content),
        str(tmp_path / "grains.json"),
        tmp_path / "grains.json",
    ]
    keys = [created(bake.build(project, source, view="grains")) for source in sources]
    assert keys == [[{"slug": "rye"}, {"slug": "oat"}]] * len(sources)


def test_values_of_records_stay_exact(project: bake.Project) -> None:
    """Decimals keep their digits, dates become what JSON has of them."""
    shop = {"slug": "mill", "name": "Mill", "founded": date(2020, 2, 29), "tags": {"share": Decimal("0.10")}}
    [create] = [o for o in bake.build(project, [shop], view="shops").effective() if hasattr(o, "values")]
    assert create.values["founded"] == "2020-02-29"
    assert str(create.values["tags"]["share"]) in ("0.10", "0.1")


def test_an_upload_keeps_its_name(project: bake.Project, tmp_path: Path) -> None:
    """A stream that has a name gives it to the source, without its folder."""
    (tmp_path / "monday.csv").write_text("slug,name\nrye,Rye\n")
    with (tmp_path / "monday.csv").open("rb") as stream:
        assert bake.build(project, stream, view="grains").header.source.name == "monday.csv"


@pytest.mark.parametrize("source", [{"slug": "rye"}, 7, io.StringIO("[]")])
def test_what_is_no_source(project: bake.Project, source: Any) -> None:
    """One dictionary, a number, a stream of text: said so, with what would do."""
    with pytest.raises(UsageError) as refused:
        bake.build(project, source, view="grains")
    assert refused.value.hint


def test_records_that_are_none(project: bake.Project) -> None:
    """The record is named by its number."""
    with pytest.raises(InvalidSource, match="record 1 is no dictionary but list"):
        bake.build(project, [{"slug": "rye"}, ["oat"]], view="grains")  # type: ignore[list-item]
    with pytest.raises(InvalidSource, match="record 0 has a value"):
        bake.build(project, [{"slug": object()}], view="grains")


def test_a_changeset_without_a_place_goes_with_its_object(project: bake.Project, tmp_path: Path) -> None:
    """Its file is there while anything that came of it is held: a result, the changeset of it; and then it is not."""
    result = bake.apply(project, bake.build(project, _RECORDS, view="grains"))
    gc.collect()
    path = Path(os.fspath(result.changeset.path))
    kept = result.changeset.save(tmp_path / "kept.changeset.jsonl")
    assert path.exists()
    assert bake.check(project, result.changeset).state == "applied"
    folder = str(path.parent)
    del result, path
    gc.collect()
    assert not Path(folder).exists()
    assert bake.check(project, kept).state == "applied"
    with pytest.raises(UsageError, match="is there already"):
        kept.save(tmp_path / "kept.changeset.jsonl")


def test_questions_are_answered_with_objects(project: bake.Project) -> None:
    """An answer names its question, and a second time it is refused with the problem."""
    changeset = bake.build(project, [{"slug": "rye_bag", "grain": "Ryee", "brand": "A"}], view="bags")
    asked = changeset.open_questions
    result = bake.resolve(project, changeset, [bake.Answer(question.id, "skip") for question in asked])
    assert (result.answered, result.changeset.open_questions) == (len(asked), ())
    with pytest.raises(bake.errors.InvalidAnswers):
        bake.resolve(project, changeset, [bake.Answer("q99", "skip")])


def test_without_a_folder_nothing_is_remembered(project: bake.Project) -> None:
    """It is said that there is no place for it, instead of a file somewhere."""
    changeset = bake.build(project, [{"slug": "rye_bag", "grain": "Ryee", "brand": "A"}], view="bags")
    with pytest.raises(UsageError, match="where to write to"):
        bake.export_complete(project)
    with pytest.raises(UsageError, match="where to write to"):
        bake.apply(project, changeset, skip_on_error=True)
    assert not bake.remembered_answers(project).entries


def test_progress_is_told_in_typed_events(url: str) -> None:
    """Steps in order; what is done never exceeds what there is."""
    events: list[bake.Progress] = []
    project = bake.Project(url, MARKET, progress=events.append)
    bake.apply(project, bake.build(project, _RECORDS, view="grains"))
    assert list(dict.fromkeys(event.step.split()[0] for event in events if event.step)) == [
        "reading",
        "comparing",
        "applying",
    ]
    assert all(event.total is None or event.done <= event.total for event in events)


@pytest.mark.parametrize("step", ["reading", "comparing", "applying"])
def test_cancelling_takes_back_what_was_unfinished(url: str, step: str) -> None:
    """Wherever it is noticed, nothing is in the database, and the error says what is so."""
    token = threading.Event()

    def stop(at: bake.Progress) -> None:
        if at.step.startswith(step):
            token.set()

    project = bake.Project(url, MARKET, progress=stop, cancel=token)
    changeset = bake.build(bake.Project(url, MARKET), _RECORDS, view="grains")
    with pytest.raises(Interrupted, match=r"^cancelled; nothing was written"):
        bake.apply(project, bake.build(project, _RECORDS, view="grains") if step == "comparing" else changeset)
    assert bake.history(bake.Project(url, MARKET)) == []


def test_a_signal_stays_one(url: str) -> None:
    """A program that is interrupted gets its KeyboardInterrupt, with a note of what is so."""

    def interrupt(_: bake.Progress) -> None:
        raise KeyboardInterrupt

    project = bake.Project(url, MARKET, progress=interrupt)
    with pytest.raises(KeyboardInterrupt) as stopped:
        bake.build(project, _RECORDS, view="grains")
    assert stopped.value.__notes__ == ["interrupted; nothing was written"]


def test_what_is_done_is_logged(project: bake.Project, caplog: pytest.LogCaptureFixture) -> None:
    """By the logger `bake`, a line each."""
    with caplog.at_level(logging.INFO, "bake"):
        bake.apply(project, bake.build(project, _RECORDS, view="grains"))
    assert [record.name for record in caplog.records] == ["bake", "bake"]
    assert "built from records, 0 questions open" in caplog.messages[0]
    assert "applied on sqlite" in caplog.messages[1]


def test_a_process_with_threads_is_never_forked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where helpers were asked for and would be of use; without another thread, they are."""
    asked: list[int] = []
    monkeypatch.setattr(source_workers, "WorkerPool", lambda _start, size: asked.append(size))
    monkeypatch.setattr(source_workers, "usable_cpus", lambda: 2)
    monkeypatch.setattr(source_workers, "can_run_in_parallel", lambda *_: True)

    def helpers() -> list[int]:
        project = bake.Project(url, MARKET, helpers=2)
        with project.connect() as database:
            from bake.compiler.context import Options
            from bake.resolution.remembered import Memory
            from bake.sources.detect import open_source

            source = open_source(Path(project.connect().path or "").with_name("in.json"), MARKET, "grains")
            source_workers.workers_for_source(project, database, source, Options(), Memory())
        return asked

    Path(url.removeprefix("sqlite:///")).with_name("in.json").write_text(json.dumps(_RECORDS))
    alone = has_threads()
    assert helpers() == ([] if alone else [2])
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert has_threads()
        assert helpers() == ([] if alone else [2])
    finally:
        stop.set()
        thread.join()


def test_results_are_json(project: bake.Project) -> None:
    """Whatever comes back, and whatever is raised, has a dictionary; of anything else it is said that it has none."""
    changeset = bake.build(project, _RECORDS, view="grains")
    assert bake.to_dict(changeset)["planned"]["grains"]["create"] == 2
    result = bake.apply(project, changeset)
    assert bake.to_dict(result)["state"] == "applied"
    assert bake.to_dict(bake.history(project)[0])["digest"] == changeset.digest
    assert bake.to_dict(UsageError("no", hint="yes"))["hint"] == "yes"
    assert bake.to_dict(bake.check(project, result.changeset))["exit_status"] == 0
    with pytest.raises(TypeError, match="int is no result"):
        bake.to_dict(7)
