"""What is to be said of an export that was not edited, where the database is not what it says."""

from __future__ import annotations

from bake.changeset.file import Changeset
from bake.changeset.runs import count
from bake.commands import command
from bake.renderer.printable import printable

#: By the code of a notice, what is said of the rows of its records: of one, and of several.
_STALE = {
    "not_here": ("is not here", "are not here"),
    "gone": ("was deleted here since", "were deleted here since"),
    "changed_here": ("has other values here now", "have other values here now"),
}


def not_edited(file: Changeset) -> list[str]:
    """That nothing of a source was edited, of how many of its rows the database says something else, and what to do.

    Nothing, if no row does.
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
