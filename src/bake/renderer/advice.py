"""What to do next with a changeset: when it has conflicts, and when nothing in its source was edited."""

from __future__ import annotations

from collections.abc import Sequence

from bake.changeset.file import Changeset
from bake.changeset.runs import count
from bake.commands import command
from bake.errors import Conflict
from bake.renderer.printable import printable
from bake.renderer.words import json_text

#: By the code of a notice, what is said of the rows of its records: of one, and of several.
_STALE = {
    "not_here": ("is not here", "are not here"),
    "gone": ("was deleted here since", "were deleted here since"),
    "changed_here": ("has other values here now", "have other values here now"),
}


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


def not_edited(file: Changeset) -> list[str]:
    """Say that no record of an export was edited, how many of its rows differ in the database, and what to do.

    Returns:
        Lines of text; none if no row differs.
    """
    source = printable(file.header.source.name)
    records: dict[str, int] = {}
    for notice in file.built.notices if file.built else ():
        records[notice.code] = records.get(notice.code, 0) + count(notice.from_)
    stale = [_of_rows(records[code], *words) for code, words in _STALE.items() if code in records]
    if not stale:
        return []
    lines = [f"nothing was edited in {source} since it was exported; {'; '.join(stale)}"]
    again = command("import", file.header.source.path or file.header.source.name, "--two-way")
    hint = f"it was exported from another database; to take all that it says for new here: {again}"
    return [*lines, hint] if "not_here" in records else lines


def _of_rows(n: int, one: str, several: str) -> str:
    return f"1 of its rows {one}" if n == 1 else f"{n} of its rows {several}"


def conflict_line(conflict: Conflict) -> str:
    """A conflict in one line."""
    named = ", ".join(str(part) for part in conflict.key.values())
    subject = f"{conflict.entity} {named}" + (f", {conflict.field}" if conflict.field else "")
    values = ""
    if conflict.kind == "changed":
        values = f"expected {json_text(conflict.expected)}, found {json_text(conflict.found)}"
    detail = " · ".join(filter(None, (values, conflict.detail)))
    return f"{conflict.kind}: {subject} (operation {conflict.operation}): {detail}"
