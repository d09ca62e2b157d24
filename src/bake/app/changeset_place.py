"""Where a changeset goes that is being written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bake.app.project import Project
from bake.changeset.file import SUFFIX
from bake.changeset.header import Header
from bake.changeset.model import Built
from bake.changeset.place import temporary_path
from bake.destination import followed


def changeset_place(
    project: Project, stem: str, header: Header, output: str | os.PathLike[str] | None
) -> Callable[[Built], Path]:
    """What gives the path of a changeset, once it is known what it is.

    Args:
        project: in whose folder it is kept, if it has one.
        stem: what it is called for.
        header: its first line.
        output: the path that somebody asked for.

    Returns:
        A function that always gives the same path object for a changeset that is kept nowhere: its file goes with it.
    """
    if output is not None:
        return lambda _: followed(Path(output))
    if not project.has_folder:
        place = temporary_path(f"{header.built_at[:10]}-{stem}")
        return lambda _: place
    folder = project.changesets
    return lambda built: folder / f"{header.built_at[:10]}-{stem}-{built.digest.removeprefix('sha256:')[:8]}{SUFFIX}"
