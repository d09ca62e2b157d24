"""Build, resolve and apply in one go; the changeset stays as the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from bake.app.apply import apply, open_questions
from bake.app.build import build
from bake.app.interruption import stoppable
from bake.app.ledger_sync import reconcile_last
from bake.app.project import LOG, Project
from bake.app.results import ImportResult
from bake.changeset.file import Changeset, read
from bake.changeset.model import Mode
from bake.changeset.warnings import STOPPING
from bake.commands import command
from bake.database.transactions import require_transactions
from bake.errors import NotConfirmed
from bake.renderer.plan import Plan, plan_of
from bake.renderer.words import counted
from bake.sources.streams import SourceLike, as_file

#: Asks whether a changeset is to be applied: given its plan, and what in it needs somebody's yes.
Confirm: TypeAlias = Callable[[Changeset, Plan, Sequence[str]], bool]


def import_source(
    project: Project,
    source: SourceLike,
    *,
    view: str | None = None,
    name: str | None = None,
    mode: Mode = "merge",
    strict: bool = False,
    two_way: bool = False,
    auto_create: Sequence[str] = (),
    tell: Callable[[str], None] = LOG.info,
    resolve: Callable[[Changeset], object] | None = None,
    confirm: Confirm | None = None,
    skip_on_error: bool = False,
    dry_run: bool = False,
) -> ImportResult:
    """Build a changeset from a source, answer its questions, and apply it.

    If that is refused, the changeset is in the project's folder, to be read and answered. Without a folder it is
    kept nowhere: call `build`, `resolve` and `apply` one by one then.

    Args:
        project: where to.
        source: what `build` takes.
        view: as of `build`.
        name: as of `build`.
        mode: as of `build`.
        strict: as of `build`.
        two_way: as of `build`.
        auto_create: as of `build`.
        tell: as of `build`.
        resolve: asks somebody the open questions of a changeset, and appends their answers to it.
        confirm: asked before anything is written, with the changeset, its plan, and what in it needs somebody's yes; by
            default, nothing that needs one is applied.
        skip_on_error: leave out what open questions hold up.
        dry_run: do all of it, then roll back.

    Raises:
        Interrupted: it was cancelled; the message says whether anything was applied.
        OpenQuestions: questions stay open; nothing was written, and the changeset is there to be resolved.
        NotConfirmed: the answer was no; nothing was written, and the changeset is there to be read and applied.
        BakeError: as `build` and `apply` do.
    """
    with project.connect() as database:
        require_transactions(database, project.catalog)
    with as_file(source, name) as path:
        file = build(
            project,
            path,
            view=view,
            mode=mode,
            strict=strict,
            two_way=two_way,
            auto_create=auto_create,
            tell=tell,
        ).intact()
        with stoppable(lambda: f"nothing was applied; the changeset is {file.path}"):
            repaired = None if dry_run else reconcile_last(project, file.header.source.sha256)
            if resolve and file.decisions.open:
                resolve(file)
                file = read(file.path)
            if file.decisions.open and not skip_on_error:
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
    """What in a plan is not applied before somebody has agreed to it: deletes, and some warnings.

    A strict build has asked about each warning already, so that its warnings need no second yes.
    """
    reasons = [f"{counted(plan.deletes, 'row')} to delete"] if plan.deletes else []
    if not file.header.strict:
        numbers = {said: plan.codes[code] for code, said in STOPPING.items()}
        reasons += [f"{counted(number, 'warning')} of {said}" for said, number in numbers.items() if number]
    return reasons


def _unconfirmed(file: Changeset, reasons: Sequence[str]) -> NotConfirmed:
    why = f"this needs a yes: {', '.join(reasons)}" if reasons else "not applied"
    show, apply_ = command("changeset", "show", file.path), command("changeset", "apply", file.path)
    return NotConfirmed(
        f"{why}; nothing was written",
        hint=f"{show}\nthen {apply_}, or import with --yes",
    )
