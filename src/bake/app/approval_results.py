"""What approving a changeset, and looking at its approvals, come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bake.renderer.words import moment

if TYPE_CHECKING:
    from bake.changeset.file import Changeset


@dataclass(frozen=True, slots=True)
class ApproveResult:
    """The result of `bake.approve`.

    Attributes:
        changeset: the changeset with the approval.
        content: the digest of what was approved.
    """

    changeset: Changeset
    content: str


@dataclass(frozen=True, slots=True)
class CheckedApproval:
    """An approval of a changeset, as far as it could be checked.

    Attributes:
        by: who says to have approved it.
        at: when.
        counts: whether what was approved is what the changeset does now.
        verified: whether it is known whose keys count, so that its signature was looked at.
        signer: whose key has signed it, as the file of allowed signers calls them; None if that is nobody in it.
    """

    by: str
    at: str
    counts: bool
    verified: bool
    signer: str | None

    @property
    def text(self) -> str:
        """What is to be said of it."""
        made = f"approved {moment(self.at)} by {self.by}"
        if not self.counts:
            return f"{made}, and changed since: that approval does not count any more"
        if self.signer:
            return f"{made}, signed by {self.signer}"
        if self.verified:
            return f"{made}, but by no key of the allowed signers: that approval does not count"
        return f"{made}; whose signatures count is not known"
