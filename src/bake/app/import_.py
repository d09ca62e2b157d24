"""Build, resolve and apply in one go; the changeset stays as the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bake.app.apply import ApplyResult, apply, open_questions
from bake.app.build import build
from bake.app.interruption import stoppable
from bake.app.ledger_sync import reconcile_last
from bake.app.project import Project
from bake.changeset.file import ChangesetFile, read
from bake.changeset.warnings import STOPPING
from bake.commands import command
from bake.compiler.context import Options
from bake.errors import NotConfirmed
from bake.renderer.plan import Plan, plan_of
from bake.renderer.words import counted
from bake.sources.streams import as_file

#: Asks whether a changeset is to be applied: given its plan, and what in it needs somebody's yes.
Confirm: TypeAlias = Callable[[ChangesetFile, Plan, Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to.

    Attributes:
        file: the changeset.
        applied: what applying it did; None if there was nothing to apply.
        repaired: the changeset of an earlier import of this source, cut off before it could say so; now it does.
    """

    file: ChangesetFile
    applied: ApplyResult | None
    repaired: Path | None = None


def import_source(
    project: Project,
    path: Path,
    options: Options,
    *,
    view: str | None = None,
    auto_create: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _: None,
    resolve: Callable[[ChangesetFile], object] | None = None,
    confirm: Confirm | None = None,
    skip_on_error: bool = False,
    dry_run: bool = False,
) -> ImportResult:
    """Import a source.

    Args:
        project: where to.
        path: the source; `-` is standard input.
        options: mode, strictness.
        view: what the records of a sheet are that does not say so itself.
        auto_create: entities whose missing rows are created without asking (`bake.app.build.build`).
        tell: is told why nothing was created for others of these.
        resolve: asks somebody the open questions of a changeset, and appends their answers to it.
        confirm: asked before anything is written, with the changeset, its plan, and what in it needs somebody's yes; by
            default, nothing that needs one is applied.
        skip_on_error: leave out what open questions hold up.
        dry_run: do all of it, then roll back.

    Raises:
        Interrupted: it was; the message says whether anything was applied.
        OpenQuestions: questions stay open; nothing was written, and the changeset is there to be resolved.
        NotConfirmed: the answer was no; nothing was written, and the changeset is there to be read and applied.
        BakeError: as `build` and `apply` do.
    """
    with as_file(path) as path:
        file = build(project, path, options, view=view, auto_create=auto_create, tell=tell).intact()
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
        return ImportResult(result.file, result, repaired)


def needs_a_yes(file: ChangesetFile, plan: Plan) -> list[str]:
    """What in a plan is not applied before somebody has agreed to it: deletes, and some warnings.

    A strict build has asked about each warning already, so that its warnings need no second yes.
    """
    reasons = [f"{counted(plan.deletes, 'row')} to delete"] if plan.deletes else []
    if not file.header.strict:
        numbers = {said: plan.codes[code] for code, said in STOPPING.items()}
        reasons += [f"{counted(number, 'warning')} of {said}" for said, number in numbers.items() if number]
    return reasons


def _unconfirmed(file: ChangesetFile, reasons: Sequence[str]) -> NotConfirmed:
    why = f"this needs a yes: {', '.join(reasons)}" if reasons else "not applied"
    show, apply_ = command("changeset", "show", file.path), command("changeset", "apply", file.path)
    return NotConfirmed(
        f"{why}; nothing was written",
        hint=f"{show}\nthen {apply_}, or import with --yes",
    )
