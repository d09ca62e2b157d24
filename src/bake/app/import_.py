"""Build, resolve and apply in one go; the changeset stays as the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bake.app.apply import ApplyResult, apply, open_questions
from bake.app.build import build
from bake.app.interruption import stoppable
from bake.app.ledger_sync import reconcile_last
from bake.app.project import Project
from bake.changeset.file import ChangesetFile, read
from bake.compiler.context import Options
from bake.errors import UsageError
from bake.sources.streams import as_file


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
    resolve: Callable[[ChangesetFile], object] | None = None,
    confirm: Callable[[ChangesetFile], bool] | None = None,
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
        resolve: asks somebody the open questions of a changeset, and appends their answers to it.
        confirm: asked before anything is deleted; without it, nothing that deletes is applied.
        skip_on_error: leave out what open questions hold up.
        dry_run: do all of it, then roll back.

    Raises:
        Interrupted: it was; the message says whether anything was applied.
        OpenQuestions: questions stay open; nothing was written, and the changeset is there to be resolved.
        UsageError: rows would be deleted, and nobody confirmed it.
        BakeError: as `build` and `apply` do.
    """
    with as_file(path) as path:
        file = build(project, path, options, view=view, auto_create=auto_create).intact()
        with stoppable(lambda: f"nothing was applied; the changeset is {file.path}"):
            repaired = None if dry_run else reconcile_last(project, file.header.source.sha256)
            if resolve and file.decisions.open:
                resolve(file)
                file = read(file.path)
            if file.decisions.open and not skip_on_error:
                raise open_questions(file)
            if not changes(file):
                return ImportResult(file, None, repaired)
            if deletes(file) and not dry_run and not (confirm and confirm(file)):
                raise _unconfirmed(file)
        result = apply(project, file.path, dry_run=dry_run, skip_on_error=skip_on_error, source=path)
        return ImportResult(result.file, result, repaired)


def _unconfirmed(file: ChangesetFile) -> UsageError:
    return UsageError(
        f"this would delete {deletes(file)} rows; nothing was written",
        hint=f"bake changeset show {file.path}, and then bake changeset apply {file.path}, or import with --yes",
    )


def deletes(file: ChangesetFile) -> int:
    """How many rows a changeset would delete."""
    counts = file.built.counts if file.built else {}
    return sum(actions.get("delete", 0) for actions in counts.values())


def changes(file: ChangesetFile) -> int:
    """How many operations of a changeset, as built, are not skips."""
    counts = file.built.counts if file.built else {}
    return sum(n for actions in counts.values() for action, n in actions.items() if action != "skip")
