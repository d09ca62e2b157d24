"""Approving what a changeset does, by a signature, and counting who has."""

from __future__ import annotations

import os
from pathlib import Path

from bake.app.actor import now
from bake.app.answering.open_questions import open_questions
from bake.app.approval_results import ApproveResult, CheckedApproval
from bake.app.ledger_sync import has_been_applied
from bake.app.project import Project
from bake.app.reading import intact_for
from bake.app.versions.signatures import allowed_signers, signed, signer
from bake.changeset.approval import NAMESPACE, approvals, content_digest, signed_text
from bake.changeset.events import Approved
from bake.changeset.file import Changeset
from bake.changeset.place import ChangesetLike
from bake.changeset.writing import append, holding
from bake.commands import command
from bake.errors import NotApproved, Problem, UsageError


def approve(project: Project, changeset: ChangesetLike, *, key: str | os.PathLike[str] | None = None) -> ApproveResult:
    """Approve what a changeset does now: sign its operations, with all answers and amendments. No database is needed.

    Args:
        project: in whose name.
        changeset: the changeset, or its path.
        key: the file of an SSH key; by default the one by which git signs.

    Raises:
        OpenQuestions: questions are open, so that it is not known yet what it does.
        UsageError: it has been applied, or there is no key that can sign.
        DamagedChangeset: it is damaged.
    """
    with holding(intact_for(project, changeset), project.wait) as file:
        if file.decisions.open:
            raise open_questions(file)
        if file.decisions.applied:
            raise has_been_applied(file.path)
        content = content_digest(file)
        signature = signed(signed_text(content), NAMESPACE, Path(key) if key else None, folder_of(file))
        event = Approved(content=content, signature=signature, by=project.actor, at=now(), prev="")
        return ApproveResult(append(file, event), content)


def folder_of(file: Changeset) -> Path:
    """The folder of a changeset, whose settings of git count."""
    return file.path.absolute().parent


def checked_approvals(file: Changeset, allowed: Path | None) -> tuple[CheckedApproval, ...]:
    """The approvals of a changeset, those that count with who has signed them, if it is known whose keys count."""
    made = approvals(file)
    signers = _signers(file, allowed) if any(one.counts for one in made) else None
    found = []
    for one in made:
        text = signed_text(one.event.content)
        who = signer(text, one.event.signature, NAMESPACE, signers) if signers and one.counts else None
        found.append(CheckedApproval(one.event.by, one.event.at, one.counts, signers is not None, who))
    return tuple(found)


def _signers(file: Changeset, given: Path | None) -> Path | None:
    try:
        return allowed_signers(given, folder_of(file))
    except UsageError:
        if given:
            raise
        return None


def lacking_approvals(found: tuple[CheckedApproval, ...], wanted: int) -> str | None:
    """What is lacking of a number of approvals by different people; None if nothing is."""
    people = {one.signer for one in found if one.signer}
    if len(people) >= wanted:
        return None
    return f"{len(people)} of {wanted} approvals{': ' + ', '.join(sorted(people)) if people else ''}"


def require_approvals(file: Changeset, wanted: int, allowed: Path | None) -> None:
    """See that so many different people whose keys count have approved what a changeset does.

    Raises:
        NotApproved: they have not.
        UsageError: it is not known whose keys count.
    """
    if wanted <= 0:
        return
    found = checked_approvals(file, allowed_signers(allowed, folder_of(file)))
    if (lack := lacking_approvals(found, wanted)) is not None:
        raise NotApproved(
            f"{file.path.name} has {lack}; nothing was written",
            problems=[Problem(one.text) for one in found if not one.signer],
            hint=command("changeset", "approve", file.path),
        )
