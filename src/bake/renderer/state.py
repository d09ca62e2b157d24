"""Where a changeset stands, in words: what is wrong with it, what happened to it, what is to be done next."""

from __future__ import annotations

from collections.abc import Iterator

from bake.changeset.file import ChangesetFile
from bake.changeset.model import Applied, Failed, Header
from bake.renderer.parts import State, Status
from bake.renderer.printable import printable
from bake.renderer.sentence import interactive, quoted
from bake.renderer.words import counted, moment


def state(file: ChangesetFile, open_questions: int, changes: int) -> State:
    """The state of a changeset.

    Args:
        file: as it was read.
        open_questions: how many questions still wait for an answer.
        changes: how many operations there are now, skips left out.
    """
    status = _status(file, open_questions, changes)
    return State(
        status=status,
        open_questions=open_questions,
        sentences=tuple(_sentences(file, status, open_questions)),
        commands=tuple(_next(file, status, open_questions)),
    )


def comparison(header: Header) -> str:
    """How edits were told from what was there before, in words."""
    if header.base is None:
        return "two-way, without a base: null changes nothing"
    return (
        f"three-way, with the base {printable(header.base)}: an edit is what differs from it, and null clears a field"
    )


def _status(file: ChangesetFile, open_questions: int, changes: int) -> Status:
    if file.damage:
        return "damaged"
    if file.decisions.applied:
        return "applied"
    if open_questions:
        return "open"
    return "ready" if changes else "empty"


def _sentences(file: ChangesetFile, status: Status, open_questions: int) -> Iterator[str]:
    if file.damage:
        yield f"Damaged: {counted(len(file.damage), 'problem')}; it can be viewed, but not applied."
        yield from (f"Problem: {printable(str(problem))}" for problem in file.damage)
        yield f"Restore it from git, or build it again from {printable(file.header.source.name)}."
    if file.torn:
        yield (
            f"Its last line was cut off while it was being written ({counted(file.torn, 'byte')}): that event never "
            "happened, and the next one takes its place."
        )
    yield from map(_applied, file.decisions.applied)
    yield from map(_failed, file.decisions.failed)
    if open_questions:
        them = "it" if open_questions == 1 else "them"
        yield f"{counted(open_questions, 'open question')}; answer {them} to apply all of it."
    if status == "ready":
        yield "Ready to apply."
    if status == "empty":
        yield "Nothing to apply: there is no change left to make."


def _applied(event: Applied) -> str:
    changed = (actions.get(action, 0) for actions in event.counts.values() for action in ("create", "update", "delete"))
    where = f"{moment(event.at)} by {printable(event.by)} to {printable(event.database)}"
    return f"Applied {where}: {counted(sum(changed), 'operation')}."


def _failed(event: Failed) -> str:
    what = f"{printable(event.message)} ({printable(event.code)})"
    where = f"{moment(event.at)} by {printable(event.by)} on {printable(event.database)}"
    return f"Failed {where}, nothing was written: {what}"


def _next(file: ChangesetFile, status: Status, open_questions: int) -> Iterator[str]:
    path = quoted(str(file.path))
    if status == "damaged":
        return
    if open_questions:
        yield interactive(file.path)
        yield f"bake changeset resolve {path} --template"
    elif status == "ready":
        yield f"bake changeset apply {path}"
