"""What to type where a changeset cannot be applied."""

from __future__ import annotations

from collections.abc import Sequence

from bake.changeset.file import Changeset
from bake.commands import command
from bake.errors import Conflict


def way_out(file: Changeset, conflicts: Sequence[Conflict], *, rebased: bool = False) -> str:
    """What to do with a changeset that cannot be applied, and the command for it.

        conflicts                               because                         then
        changed, missing, exists; reference     the database has moved          rebase; of a revert, write a new one
        only constraint                         the database refuses values     amend
        any, after a rebase                     nothing that a rebase changes   amend

    Args:
        file: the changeset.
        conflicts: what stands against it.
        rebased: whether it has just been brought up to date.
    """
    name = file.header.source.name
    if rebased or all(conflict.kind == "constraint" for conflict in conflicts):
        n = next((conflict.operation for conflict in conflicts), 1)
        return (
            "the database refuses this as it is, and a rebase changes nothing about that; write another value "
            f"(--set {n}/FIELD=VALUE) or leave it out: {command('changeset', 'amend', file.path, '--drop', n)}"
        )
    if file.header.reverts:
        return f"what was edited since is left alone by a new one: {command('changeset', 'revert', name)}"
    return f"bring it up to date, its answers kept: {command('changeset', 'rebase', file.path)}"
