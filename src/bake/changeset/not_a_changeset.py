"""The errors for a file that cannot be read as a changeset at all."""

from __future__ import annotations

import codecs
from pathlib import Path

from bake.changeset.header import FORMAT
from bake.commands import quoted
from bake.errors import DamagedChangeset, Location

#: The beginnings of the lines with which git marks two versions of a part of a file that it could not merge. How long
#: they are can be set (`conflict-marker-size`).
CONFLICT_MARKERS = (b"<<<<", b"||||", b"====", b">>>>")


def not_a_changeset(path: Path, raw: bytes) -> DamagedChangeset:
    """The error for a file whose first line is not the header of a changeset.

    Args:
        path: the file.
        raw: its first line; empty if it has none.
    """
    if raw.startswith(codecs.BOM_UTF8):
        return DamagedChangeset(
            f"{path.name} begins with a byte order mark, which an editor has added",
            location=Location(str(path), line=1),
            hint="save it as UTF-8 without one, or restore it from git",
        )
    what = "is empty" if not raw else "does not begin with the header of a changeset"
    return DamagedChangeset(
        f"{path.name} {what}",
        location=Location(str(path), line=1),
        hint="build one with: bake changeset build SOURCE",
    )


def unknown_format(path: Path, format_: str) -> DamagedChangeset:
    """The error for a changeset of a format that this version cannot read."""
    return DamagedChangeset(
        f"format {format_!r} is unknown here; this version reads {FORMAT}",
        location=Location(str(path), line=1),
        hint="a newer version of Bake may read it",
    )


def not_merged(path: Path, line: int) -> DamagedChangeset:
    """The error for a file with conflict markers of git, the first on this line."""
    name = quoted(str(path))
    return DamagedChangeset(
        f"{path.name} has conflict markers of git: two versions of it were not merged",
        location=Location(str(path), line=line),
        hint=f"to merge them: bake git install, then git checkout --merge -- {name} and git add {name}; "
        f"to keep one of them: git checkout --ours -- {name}, or --theirs",
    )
