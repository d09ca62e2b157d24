"""Describe the state of a changeset: its damage, its history, and the commands that can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bake.changeset.approval import approvals
from bake.changeset.events import Amended, Applied, Approved, Failed, Sealed
from bake.changeset.file import Changeset
from bake.changeset.header import BY_RECORDS, Header
from bake.commands import command
from bake.renderer.document_parts import State, Status
from bake.renderer.printable import printable
from bake.renderer.sentences import resolve
from bake.renderer.words import amendment_text, clipped, counted, moment


def state(file: Changeset, changes: int, limit: int | None) -> State:
    """Describe the state of a changeset.

    Args:
        file: the changeset, as it was read.
        changes: how many operations the answers leave, not counting skips.
        limit: how many problems of a damaged file to list; None for all.
    """
    open_questions = len(file.decisions.open)
    status = _status(file, open_questions, changes)
    return State(
        status=status,
        done=next((event.counts for event in reversed(file.events) if isinstance(event, Applied)), None),
        open_questions=open_questions,
        sentences=tuple(_sentences(file, status, open_questions, limit)),
        commands=tuple(_next(file, status, open_questions)),
    )


def comparison(header: Header) -> str:
    """A sentence on what a changeset's records were compared with to find the changes."""
    if header.source.kind == "revert":
        return "back to what was there before, field by field; what was edited since is left alone"
    if header.base is None:
        return "two-way, with the database alone: null changes nothing"
    named = "of each record" if header.base == BY_RECORDS else f"that the export {printable(header.base)} carries"
    return f"three-way, with the base {named}: an edit is what differs from it, and null clears a field"


def _more(file: Changeset, open_questions: int) -> str:
    """How many questions the answers to the open ones may open."""
    later = len(file.decisions.later)
    these = "this is" if open_questions == 1 else "these are"
    return f", and up to {later:,} more once {these} answered" if later else ""


def _status(file: Changeset, open_questions: int, changes: int) -> Status:
    if file.damage:
        return "damaged"
    if file.decisions.applied:
        return "applied"
    if open_questions:
        return "open"
    return "ready" if changes else "empty"


def _sentences(file: Changeset, status: Status, open_questions: int, limit: int | None) -> Iterator[str]:
    """Sentences on the file's damage, what is still to be done, and what has happened, in this order."""
    yield from _damage(file, limit)
    if file.torn:
        yield (
            f"Its last line was cut off while it was being written ({counted(file.torn, 'byte')}): that event never "
            "happened, and the next one takes its place."
        )
    if open_questions:
        yield (
            f"{counted(open_questions, 'open question')}{_more(file, open_questions)}. Answer in the terminal, in a "
            "file of answers, or with the options shown with each question:"
        )
    if (waiting := len(file.decisions.proposed)) and status in ("open", "ready", "empty"):
        yield f"{counted(waiting, 'proposal')} to accept or reject: {resolve(file.path)} --proposals"
    if status == "ready":
        yield "Ready to apply."
    if status == "empty":
        yield "Nothing to apply: there is no change to make."
    counting = [approval.event for approval in approvals(file) if approval.counts]
    for event in file.events:
        match event:
            case Applied():
                yield _applied(event)
            case Failed():
                yield _failed(event)
            case Approved():
                yield _approved(event, counting)
            case Amended():
                yield _amended(event)
            case Sealed():
                yield _sealed(event)
            case _:
                pass


def _damage(file: Changeset, limit: int | None) -> Iterator[str]:
    if not file.damage:
        return
    yield f"Damaged: {counted(len(file.damage), 'problem')}; it can be viewed, but not applied."
    shown = file.damage[:limit]
    yield from (f"Problem: {printable(str(problem))}" for problem in shown)
    if len(shown) < len(file.damage):
        yield f"And {counted(len(file.damage) - len(shown), 'more problem')}."
    yield f"Restore it from git, or build it again from {printable(file.header.source.name)}."
    if file.edits == file.damage:
        yield f"If the edit is meant, accept it: {command('changeset', 'seal', file.path)}"


def _amended(event: Amended) -> str:
    who = f"{moment(event.at)} by {printable(event.by)}"
    why = f": {printable(clipped(event.reason))}" if event.reason else ""
    if event.operation is None:
        return f"Noted {who}{why}."
    return f"Amended {who}, operation {event.operation}{why} ({amendment_text(event.patch)})."


def _approved(event: Approved, counting: Sequence[Approved]) -> str:
    who = f"{moment(event.at)} by {printable(event.by)}"
    if event in counting:
        return f"Approved {who}; bake changeset check says whose signature that is."
    return f"Approved {who}, and changed since: that approval does not count any more."


def _sealed(event: Sealed) -> str:
    why = f": {printable(clipped(event.reason))}" if event.reason else ""
    return f"Edited by hand, and accepted {moment(event.at)} by {printable(event.by)}{why}."


def _applied(event: Applied) -> str:
    changed = (actions.get(action, 0) for actions in event.counts.values() for action in ("create", "update", "delete"))
    where = f"{moment(event.at)} by {printable(event.by)} to {printable(event.database)}"
    return f"Applied {where}: {counted(sum(changed), 'operation')}."


def _failed(event: Failed) -> str:
    what = f"{printable(event.message)} ({printable(event.code)})"
    where = f"{moment(event.at)} by {printable(event.by)} on {printable(event.database)}"
    return f"Failed {where}, nothing was written: {what}"


def _next(file: Changeset, status: Status, open_questions: int) -> Iterator[str]:
    """The commands that can follow: to answer the open questions, or to apply; none for a damaged file."""
    if status == "damaged":
        return
    if open_questions:
        yield f"{resolve(file.path)} --interactive"
        yield f"{resolve(file.path)} --template"
    elif status == "ready":
        yield command("changeset", "apply", file.path)
