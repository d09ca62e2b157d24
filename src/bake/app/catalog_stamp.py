"""Whether a changeset was built with the catalog that a project has now.

the catalog's name    its fingerprint    the changeset
is another            whatever           belongs to another catalog: it is neither applied nor rebased
is the same           is another         is used, and the result remarks on it
is the same           is the same        is used
"""

from __future__ import annotations

from bake.app.project import Project
from bake.changeset.file import Changeset
from bake.commands import command
from bake.errors import UsageError


def require_catalog(project: Project, file: Changeset) -> None:
    """Raise UsageError if a changeset was built for another catalog."""
    if file.header.catalog.name != project.catalog.name:
        raise UsageError(
            f"{file.path.name} was built for the catalog {file.header.catalog.name!r}, not {project.catalog.name!r}",
            hint="choose the catalog in bake.toml",
        )


def catalog_remarks(project: Project, file: Changeset) -> tuple[str, ...]:
    """One sentence if the declarations of the catalog have changed since a changeset was built; else none."""
    built, now = file.header.catalog.fingerprint, project.catalog.fingerprint
    if built == now:
        return ()
    source = file.header.source
    again = f"; to see, build it again: {command('changeset', 'build', source.path)}" if source.path else ""
    other = f"it was built when the catalog {project.catalog.name} had other declarations ({built}, now {now})"
    return (f"{other}: what is asked, warned of and taken for the same may differ{again}",)
