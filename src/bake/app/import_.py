"""Build, resolve and apply in one go; the changeset stays as the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bake.app.apply import ApplyResult, apply, open_questions
from bake.app.build import build
from bake.app.project import Project
from bake.changeset.file import ChangesetFile, read
from bake.compiler.scope import Options


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to: the changeset, and what applying it did; None if there was nothing to apply."""

    file: ChangesetFile
    applied: ApplyResult | None


def import_source(
    project: Project,
    path: Path,
    options: Options,
    *,
    resolve: Callable[[ChangesetFile], object] | None = None,
    skip_on_error: bool = False,
    dry_run: bool = False,
) -> ImportResult:
    """Import a source.

    Args:
        project: where to.
        path: the source.
        options: mode, strictness.
        resolve: asks somebody the open questions of a changeset, and appends their answers to it.
        skip_on_error: leave out what open questions hold up.
        dry_run: do all of it, then roll back.

    Raises:
        OpenQuestions: questions stay open; nothing was written, and the changeset is there to be resolved.
        BakeError: as `build` and `apply` do.
    """
    file = build(project, path, options)
    if resolve and file.decisions.open:
        resolve(file)
        file = read(file.path)
    if file.decisions.open and not skip_on_error:
        raise open_questions(file)
    if not changes(file):
        return ImportResult(file, None)
    result = apply(project, file.path, dry_run=dry_run, skip_on_error=skip_on_error, source=path)
    return ImportResult(result.file, result)


def changes(file: ChangesetFile) -> int:
    """How many operations of a changeset, as built, are not skips."""
    counts = file.built.counts if file.built else {}
    return sum(n for actions in counts.values() for action, n in actions.items() if action != "skip")
