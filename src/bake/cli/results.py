"""Results of commands, in words and for programs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from bake.app.ledger_sync import CUT_OFF
from bake.renderer.document_builder import warned
from bake.renderer.printable import printable
from bake.renderer.words import counted, moment, warned_text

if TYPE_CHECKING:
    from bake.app.amend import AmendResult
    from bake.app.apply import ApplyResult
    from bake.app.import_ import ImportResult
    from bake.app.resolve import ResolveResult
    from bake.app.seal import SealResult
    from bake.changeset.file import ChangesetFile
    from bake.changeset.model import Counts

#: How many warnings an import lists.
_LISTED = 5
_DONE = {"create": "created", "update": "updated", "delete": "deleted", "skip": "left as they are"}


def counts_text(counts: Counts) -> str:
    """Counts in words: `products: 12 updated, 1 created`."""
    parts = []
    for entity, actions in counts.items():
        done = ", ".join(f"{n} {_DONE[action]}" for action, n in sorted(actions.items()))
        parts.append(f"{printable(entity)}: {done}")
    return "; ".join(parts) or "nothing"


def build_text(file: ChangesetFile) -> str:
    """What a build gave, and what to type next."""
    counts = file.built.counts if file.built else {}
    waiting = file.decisions.open
    lines = [f"wrote {file.path}", f"  {counts_text(counts)}"]
    notices = len(file.built.notices) if file.built else 0
    if notices:
        lines.append(f"  {counted(notices, 'notice')}")
    if waiting:
        lines.append(f"  {len(waiting)} open {'question' if len(waiting) == 1 else 'questions'}")
        lines.append(f"next: bake changeset resolve {file.path} --interactive")
    else:
        lines.append(f"next: bake changeset show {file.path}")
    return "\n".join(lines)


def file_document(file: ChangesetFile) -> dict[str, Any]:
    """What a changeset file is, for programs."""
    return {
        "changeset": str(file.path),
        "digest": file.digest,
        "counts": file.built.counts if file.built else {},
        "open_questions": [question.id for question in file.decisions.open],
        "notices": [notice.message for notice in (file.built.notices if file.built else ())],
    }


def apply_text(result: ApplyResult) -> str:
    """What applying came to."""
    match result.state:
        case "already applied":
            lines = [f"{result.file.path.name} was applied to {result.database} already; nothing to do"]
            return "\n".join([*lines, *([CUT_OFF] if result.repaired else [])])
        case "tried":
            lines = [f"dry run: applying to {result.database} would do this, and was rolled back"]
        case _:
            lines = [f"applied to {result.database}"]
    if result.reverted:
        lines.append(f"  it was reverted {moment(result.reverted)}; this applies it again")
    lines += [f"  {counts_text(result.counts)}", *([f"  {CUT_OFF}"] if result.repaired else [])]
    if result.skipped:
        lines.append(f"  {result.skipped} {'record' if result.skipped == 1 else 'records'} skipped")
    if result.log:
        lines.append(f"next: correct {result.log} and import it: bake import {result.log}")
    return "\n".join(lines)


def apply_document(result: ApplyResult) -> dict[str, Any]:
    """What applying came to, for programs."""
    return {
        "changeset": str(result.file.path),
        "digest": result.file.digest,
        "database": result.database,
        "state": result.state,
        "counts": result.counts,
        "receipt": result.receipt,
        "skipped": result.skipped,
        "log": str(result.log) if result.log else None,
        "repaired": result.repaired,
        "reverted": result.reverted,
    }


def applied_note(result: ApplyResult | None) -> str:
    """What must be known even where the result cannot be written: that it was applied; else nothing."""
    return f"it was applied all the same: {result.file.path}" if result and result.state == "applied" else ""


def import_text(result: ImportResult) -> str:
    """What an import came to."""
    source = result.file.header.source.name
    done = apply_text(result.applied) if result.applied else f"nothing to change: everything is as {source} says"
    record = f"the record is {result.file.path}"
    notices = len(result.file.built.notices) if result.file.built else 0
    repaired = [f"{result.repaired}: {CUT_OFF}"] if result.repaired else []
    noticed = [f"{counted(notices, 'notice')}: {_show(result.file)}"] if notices else []
    return "\n".join([done, record, *repaired, *_looks_wrong(result.file), *noticed])


def _looks_wrong(file: ChangesetFile) -> list[str]:
    """The first few warnings of what was imported, and where to see all."""
    warnings = warned(file.effective(), _LISTED)
    if not warnings.total:
        return []
    first = [f"  operation {one.n}: {warned_text(one)}" for one in warnings.items]
    return [f"{counted(warnings.total, 'warning')} (fits, but looks wrong): {_show(file)}", *first]


def _show(file: ChangesetFile) -> str:
    return f"bake changeset show {shlex.quote(str(file.path))}"


def import_document(result: ImportResult) -> dict[str, Any]:
    """What an import came to, for programs."""
    applied = apply_document(result.applied) if result.applied else {"state": "nothing to change"}
    repaired = {"brought_in_line": str(result.repaired)} if result.repaired else {}
    return file_document(result.file) | applied | {"warnings": _warnings(result.file)} | repaired


def _warnings(file: ChangesetFile) -> list[dict[str, Any]]:
    listed = warned(file.effective(), None).items
    return [
        {"operation": one.n, "entity": one.entity, "key": one.key, "field": one.warning.field}
        | {"message": one.warning.message}
        for one in listed
    ]


def resolve_text(result: ResolveResult) -> str:
    """What was answered, what is still open, and what to type next."""
    waiting = len(result.file.decisions.open)
    answers = "answer" if result.answered == 1 else "answers"
    lines = [
        f"{result.answered} {answers} recorded, {waiting or 'no'} {'question' if waiting == 1 else 'questions'} open"
    ]
    lines += [f"  looks wrong: {printable(warning)}" for warning in result.warnings]
    if result.remembered:
        lines.append(f"  {result.remembered} remembered for the next time (bake answers list)")
    if waiting:
        lines.append(f"next: bake changeset resolve {result.file.path} --interactive")
    else:
        lines.append(f"next: bake changeset apply {result.file.path}")
    return "\n".join(lines)


def resolve_document(result: ResolveResult) -> dict[str, Any]:
    """What was answered and what is still open, for programs."""
    return file_document(result.file) | {
        "answered": result.answered,
        "warnings": result.warnings,
        "remembered": result.remembered,
    }


def amend_text(result: AmendResult) -> str:
    """What was amended, and what to type next."""
    numbers = ", ".join(map(str, result.amended))
    lines = [f"amended {'operation' if len(result.amended) == 1 else 'operations'} {numbers}" if numbers else "noted"]
    if result.fallen:
        others = "1 other operation is" if result.fallen == 1 else f"{result.fallen} other operations are"
        lines.append(f"  {others} left out with it")
    lines += [f"  looks wrong: {printable(warning)}" for warning in result.warnings]
    lines.append(f"next: bake changeset show {result.file.path}")
    return "\n".join(lines)


def amend_document(result: AmendResult) -> dict[str, Any]:
    """What was amended, for programs."""
    return file_document(result.file) | {
        "amended": result.amended,
        "fallen": result.fallen,
        "warnings": result.warnings,
    }


def seal_text(result: SealResult) -> str:
    """What was accepted, and what to type next."""
    lines = ["accepted what was edited by hand:", *(f"  - {printable(problem.message)}" for problem in result.edits)]
    return "\n".join([*lines, f"next: bake changeset show {result.file.path}"])


def seal_document(result: SealResult) -> dict[str, Any]:
    """What was accepted, for programs."""
    return file_document(result.file) | {"edits": [problem.message for problem in result.edits]}
