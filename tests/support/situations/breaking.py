"""A run is killed, or a file is damaged."""

from __future__ import annotations

import json
from collections.abc import Callable

from support.databases import let_go
from support.kitchen import Kitchen
from support.shell import Said, lines
from support.situations.watching import (
    BROUGHT_IN_LINE,
    Outcome,
    Situation,
    Watch,
    applied,
    forget,
    is_told_once,
    reverted,
    whole,
)

from bake.changeset.events import Answered
from bake.changeset.file import read
from bake.changeset.writing import append


def _kill(kitchen: Kitchen, point: str, n: int, command: str = "apply", *options: str) -> None:
    status = kitchen.killed(point, n, "changeset", command, kitchen.changeset.name, *options)
    assert status == -9, "the run came to its end without passing this point"


def _after_kill(point: str, n: int) -> Situation:
    """It is applied, and killed; then it is applied again."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        _kill(kitchen, point, n)
        watch = Watch(kitchen)
        outcome = watch.outcome(kitchen.apply(), whole(twin))
        is_told_once(kitchen, twin)
        return outcome

    return act


def _in_the_commit(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """Whether it was before or after is a matter of luck; what is said must be in line with what is there."""
    _kill(kitchen, "within", 100)
    let_go(kitchen.url)
    before, recorded = kitchen.contents(), bool(lines(kitchen.changeset, "applied"))
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    is_told_once(kitchen, twin)
    match before == twin.contents(), recorded:
        case True, True:  # the signal came when all was done
            meant = ("already applied", "as it was", "nothing")
        case True, False:
            meant = (BROUGHT_IN_LINE, "as it was", "applied")
        case _:
            assert not recorded
            meant = ("applied", "all of it", "applied")
    assert (outcome.reports, outcome.database, outcome.file) == meant, outcome
    return outcome._replace(reports="applied, or already applied", database="all of it", file="applied")


def _second_application(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    reverted(kitchen)
    _kill(kitchen, "committed", 1)
    assert len(lines(kitchen.changeset, "applied")) == 1
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert twin.apply().status == 0
    assert kitchen.contents() == twin.contents()
    assert [entry.state for entry in kitchen.entries()] == ["reverted", "applied"]
    return outcome


def _then_answered(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _kill(kitchen, "committed", 1)
    watch = Watch(kitchen)
    said = kitchen.shell.bake("changeset", "resolve", kitchen.changeset, "--skip", "q1", "--format", "json")
    outcome = watch.outcome(said, whole(twin))
    assert "cut off" in said.out
    is_told_once(kitchen, twin)
    return outcome


def _while_reverting(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    _kill(kitchen, "torn", 1, "revert", "--output", "undo.changeset.jsonl")
    assert not (kitchen.folder / "undo.changeset.jsonl").exists()
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), {"undone": lambda: before})


def _damaged(damage: Callable[[bytes], bytes]) -> Situation:
    """Something happens to the file; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        text = damage(kitchen.changeset.read_bytes())
        kitchen.changeset.write_bytes(text)
        watch = Watch(kitchen)
        outcome = watch.outcome(kitchen.apply(), whole(twin))
        assert kitchen.changeset.read_bytes() == text
        assert kitchen.entries() == []
        return outcome

    return act


def _without_a_line(text: bytes) -> bytes:
    kept = text.splitlines(keepends=True)
    del kept[2]
    return b"".join(kept)


def _merged(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    before = kitchen.changeset.read_bytes()
    answer = Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip")
    forget(kitchen.changeset, "answered")
    there = kitchen.changeset.read_bytes()
    append(read(kitchen.changeset), answer)
    kitchen.changeset.write_bytes(before + kitchen.changeset.read_bytes().removeprefix(there))
    watch = Watch(kitchen)
    kitchen.shell.done("changeset", "seal", kitchen.changeset)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert kitchen.entries() == []
    return outcome


def _merged_branches(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """Which branch comes first in the merged file depends on their digests: the file is watched from the fork on."""
    mine, theirs = kitchen.changeset, kitchen.changeset.with_name("theirs.jsonl")
    answered = mine.read_bytes()
    forget(mine, "answered")
    theirs.write_bytes(mine.read_bytes())
    append(read(theirs), Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip"))
    watch = Watch(kitchen)
    mine.write_bytes(answered)
    kitchen.shell.done("changeset", "merge", mine, theirs)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert kitchen.entries() == []
    return outcome


def _torn_application(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    applied(kitchen)
    last = forget(kitchen.changeset, "applied")
    with kitchen.changeset.open("ab") as stream:
        stream.write(last[:-20])
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    is_told_once(kitchen, twin)
    return outcome


def _answer_taken_away(command: str) -> Situation:
    """It is applied; then the line of its last answer, and all after it, is taken away."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        applied(kitchen)
        forget(kitchen.changeset, "applied")
        forget(kitchen.changeset, "answered")
        watch = Watch(kitchen)
        said = kitchen.shell.bake("changeset", command, kitchen.changeset, "--format", "json")
        assert "lines at its end are gone" in said.out
        return watch.outcome(said, whole(twin))

    return act


def _shown_without_an_answer(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """The same; it is shown, for which no database is asked."""
    applied(kitchen)
    forget(kitchen.changeset, "applied")
    forget(kitchen.changeset, "answered")
    watch = Watch(kitchen)
    said = kitchen.shell.bake("changeset", "show", kitchen.changeset, "--format", "json")
    state = {"state": said.document["state"]["status"]}
    return watch.outcome(Said(said.status, json.dumps(state), said.err), whole(twin))


KILLED: dict[str, Situation] = {
    "killed in the transaction": _after_kill("executed", 9),
    "killed before the commit": _after_kill("commit", 1),
    "killed in the commit": _in_the_commit,
    "killed after the commit": _after_kill("committed", 1),
    "killed while it writes the event": _after_kill("torn", 1),
    "killed after the commit of a second application, the first reverted": _second_application,
    "killed after the commit, and then an answer is given": _then_answered,
    "killed while it wrote the revert": _while_reverting,
}

DAMAGED: dict[str, Situation] = {
    "a line was edited by hand": _damaged(lambda text: text.replace(b"071012010103", b"071012010110")),
    "a line in the middle is gone": _damaged(_without_a_line),
    "answers of two branches were merged by hand": _merged,
    "answers of two branches were merged": _merged_branches,
    "the line of an answer is torn": _damaged(lambda text: text[:-40]),
    "the line of an answer is taken away whole, and it was applied": _answer_taken_away("apply"),
    "the line of an answer is taken away whole, and it was applied; it is checked": _answer_taken_away("check"),
    "the line of an answer is taken away whole, and it was applied; it is shown": _shown_without_an_answer,
    "the line of the application is torn": _torn_application,
}
