"""The hint shown with the conflicts of a changeset: the command that resolves them."""

from __future__ import annotations

from collections.abc import Sequence

from bake.changeset.file import Changeset
from bake.commands import command
from bake.errors import Conflict


def conflict_hint(file: Changeset, conflicts: Sequence[Conflict], *, rebased: bool = False) -> str:
    """Say what to do with a changeset that has conflicts, with the command for it.

        kinds of the conflicts                  cause                               advice
        changed, missing, exists, reference     the database was changed            rebase; if it is a revert, write a
                                                                                    new one
        only constraint                         the database refuses the values     amend
        any, after a rebase                     a rebase does not resolve them      amend

    Args:
        file: the changeset.
        conflicts: its conflicts.
        rebased: whether the changeset has just been rebased.
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
