"""What an approval is about, and whether it still counts.

What is approved is what a changeset does: the operations as they are with all answers and amendments. An approval
counts as long as that is what it was, whatever else is appended; what changes it makes the approval void.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bake.changeset.codec import encode
from bake.changeset.events import Approved
from bake.changeset.file import Changeset

#: What signatures are for, as `ssh-keygen -n` takes it: a signature for anything else is none of an approval.
NAMESPACE = "bake"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval of a changeset.

    Attributes:
        event: as the file has it.
        counts: whether what was approved is what the changeset does; otherwise it is void.
    """

    event: Approved
    counts: bool


def content_digest(file: Changeset) -> str:
    """The digest of what a changeset does: its identity, its operations as they are now, and what is still open.

    The rows that answers create come first, by their numbers, then the operations as built, in their order.
    """
    sha = hashlib.sha256(file.digest.encode() + b"\n")
    for created in sorted(file.decisions.created(), key=lambda one: one.n):
        sha.update(encode(created))
    for operation in file.operations():
        sha.update(encode(file.decisions.effective(operation)))
    sha.update(" ".join(sorted(question.id for question in file.decisions.pending)).encode())
    return f"sha256:{sha.hexdigest()}"


def signed_text(content: str) -> bytes:
    """What is signed for a digest of `content_digest`."""
    return f"approval of {content}\n".encode()


def approvals(file: Changeset) -> tuple[Approval, ...]:
    """The approvals of a changeset, in their order; its operations are read only if there are any."""
    events = [event for event in file.events if isinstance(event, Approved)]
    now = content_digest(file) if events else ""
    return tuple(Approval(event, event.content == now) for event in events)
