"""Checking all changesets of a folder, for a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bake.app.approval_results import CheckedApproval
from bake.app.check import check
from bake.app.check_results import CheckResult, FolderCheck
from bake.app.project import Project
from bake.app.versions.collisions import collisions_among
from bake.changeset.file import SUFFIX, Changeset
from bake.errors import DamagedChangeset, UsageError
from bake.renderer.advice import conflict_line
from bake.renderer.annotations import Finding, Level
from bake.renderer.refusals import refusal_text
from bake.renderer.words import key_text


def check_folder(
    project: Project,
    path: str | os.PathLike[str],
    *,
    offline: bool = False,
    require_approval: int = 0,
    allowed_signers: str | os.PathLike[str] | None = None,
) -> FolderCheck:
    """Check the changesets of a folder, each by itself, and those that are still open against each other.

    Args:
        project: whose catalog, and whose database unless it is offline.
        path: the folder; or one changeset.
        offline: leave the database out.
        require_approval: how many people have to have approved each changeset that is not applied yet.
        allowed_signers: the file that says whose signatures count; by default git's `gpg.ssh.allowedSignersFile`.

    Raises:
        Interrupted: it was cancelled.
        UsageError: there is no such folder.
        DatabaseUnavailable: the database cannot be used.
    """
    place = Path(path)
    if not place.exists():
        hint = "bake changeset build SOURCE makes the first changeset"
        raise UsageError(f"there is no folder or changeset {place}", hint=hint)
    paths = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else [place]
    found: list[Finding] = []
    pending: list[Changeset] = []
    approvals: dict[str, tuple[CheckedApproval, ...]] = {}
    for one in paths:
        try:
            result = check(
                project, one, offline=offline, require_approval=require_approval, allowed_signers=allowed_signers
            )
        except DamagedChangeset as error:
            line = error.location.line if error.location else None
            found.append(Finding(str(one), line, "damaged", "error", error.message))
            continue
        applied = result.state == "applied" or bool(result.changeset.decisions.applied)
        found += _findings(str(one), result, applied=applied)
        if not applied and not result.problems:
            pending.append(result.changeset)
            approvals[str(one)] = result.approvals
    found += _collisions(project, pending)
    order = {str(one): position for position, one in enumerate(paths)}
    return FolderCheck(tuple(order), tuple(sorted(found, key=lambda finding: order[finding.file])), approvals)


def _findings(path: str, result: CheckResult, *, applied: bool) -> Iterator[Finding]:
    for problem in result.problems:
        yield Finding(path, problem.location.line if problem.location else None, "damaged", "error", problem.message)
    if applied:
        return
    for question in result.questions:
        yield Finding(path, None, "open_question", "error", f"{question.id}: {question.text}")
    for conflict in result.conflicts:
        yield Finding(path, None, "conflict", "error", conflict_line(conflict))
    for refusal in result.policy.refusals if result.policy else ():
        yield Finding(path, None, "policy", "error", refusal_text(refusal))
    if result.lacking is not None:
        yield Finding(path, None, "not_approved", "error", result.lacking)
    for approval in result.approvals:
        if not approval.signer and (approval.verified or not approval.counts):
            yield Finding(path, None, "not_approved", "warning", approval.text)


def _collisions(project: Project, files: Sequence[Changeset]) -> Iterator[Finding]:
    """The findings about two changesets of which one cannot be applied after, or before, the other; one for each."""
    for found in collisions_among(project, files):
        level: Level = "error" if found.order == "neither" else "warning"
        for item in found.items:
            first = {"before": found.before.path, "after": found.after.path}.get(item.first)
            then = f"{first.name} has to be applied first" if first else "only one of them can be applied"
            for here, there in ((found.before, found.after), (found.after, found.before)):
                what = f"{item.entity} {key_text(item.key)}: {item.why}"
                yield Finding(str(here.path), None, "collision", level, f"with {there.path.name}: {what}; {then}")
