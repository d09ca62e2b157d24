"""The function `import_source`: builds, resolves and applies a changeset in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, Unpack

from bake.app.answering.open_questions import open_questions
from bake.app.apply import apply
from bake.app.build import BuildOptions, build
from bake.app.interruption import stoppable
from bake.app.ledger_sync import reconcile_last
from bake.app.project import Project
from bake.app.results import ImportResult
from bake.changeset.file import Changeset, read
from bake.changeset.warnings import STOPPING
from bake.commands import command
from bake.database.transactions import require_transactions
from bake.errors import NotConfirmed
from bake.renderer.plan import Plan, plan_of
from bake.renderer.words import counted
from bake.sources.texts.streams import SourceLike, as_file

#: Asks whether to apply a changeset; called with it, its plan, and the reasons why it needs a confirmation.
Confirm: TypeAlias = Callable[[Changeset, Plan, Sequence[str]], bool]


def import_source(
    project: Project,
    source: SourceLike,
    *,
    name: str | None = None,
    resolve: Callable[[Changeset, Path], object] | None = None,
    confirm: Confirm | None = None,
    skip_on_error: bool = False,
    dry_run: bool = False,
    **how: Unpack[BuildOptions],
) -> ImportResult:
    """Build a changeset from a source, answer its questions, and apply it.

    If it cannot be applied, the changeset stays in the project's folder, where its questions can be answered. A project
    without a folder keeps no changeset after an error; call `build`, `resolve` and `apply` yourself to keep it.

    Args:
        project: the project whose database is written.
        source: the source, as for `build`.
        name: as for `build`.
        resolve: called with the changeset and the path of its source if questions are open; asks them, and appends the
            answers to the changeset.
        confirm: called before anything is written. By default, a changeset is applied only if nothing in it needs a
            confirmation (deletes and some warnings do).
        skip_on_error: leave out the operations that wait for open questions.
        dry_run: check and write everything, then roll back.
        how: `view`, `mode`, `strict` and the other options of `build`.

    Returns:
        The changeset, and the result of applying it.

    Raises:
        Interrupted: it was cancelled; the message says whether anything was applied.
        OpenQuestions: questions stay open; nothing was written.
        NotConfirmed: `confirm` returned False, or a needed confirmation could not be asked for; nothing was written.
        BakeError: the errors of `build` and `apply`.
    """
    with project.connect() as database:
        require_transactions(database, project.catalog)
    with as_file(source, name) as path:
        file = build(project, path, **how).intact()
        with stoppable(lambda: f"nothing was applied; the changeset is {file.path}"):
            repaired = None if dry_run else reconcile_last(project, file.header.source.sha256)
            if resolve and file.decisions.open:
                resolve(file, path)
                file = read(file.path)
            if file.decisions.open and (file.decisions.asked_columns or not skip_on_error):
                raise open_questions(file)
            plan = plan_of(file)
        if not plan.changes:
            return ImportResult(file, None, repaired)
        if not dry_run:
            reasons = needs_a_yes(file, plan)
            if not (confirm(file, plan, reasons) if confirm else not reasons):
                raise _unconfirmed(file, reasons)
        result = apply(project, file.path, dry_run=dry_run, skip_on_error=skip_on_error, source=path)
        return ImportResult(result.changeset, result, repaired)


def needs_a_yes(file: Changeset, plan: Plan) -> list[str]:
    """The reasons why a changeset needs a confirmation, in words: deletes, some kinds of warnings, and a revert before.

    In a strict build, each warning was a question, so its warnings are no reasons.
    """
    reasons = [f"{counted(plan.deletes, 'row')} to delete"] if plan.deletes else []
    noticed = file.built is not None and any(one.code == "reverted_before" for one in file.built.notices)
    if noticed or file.decisions.applied:  # one that was built in this very second is the changeset that was reverted
        reasons.append("this very file was applied before, and reverted")
    if not file.header.strict:
        numbers = {said: plan.codes[code] for code, said in STOPPING.items()}
        reasons += [f"{counted(number, 'warning')} of {said}" for said, number in numbers.items() if number]
    return reasons


def _unconfirmed(file: Changeset, reasons: Sequence[str]) -> NotConfirmed:
    """The error for a changeset that was not confirmed, with the commands to show and apply it."""
    why = f"this needs a yes: {', '.join(reasons)}" if reasons else "not applied"
    show, apply_ = command("changeset", "show", file.path), command("changeset", "apply", file.path)
    return NotConfirmed(
        f"{why}; nothing was written",
        hint=f"{show}\nthen {apply_}, or import with --yes",
    )
