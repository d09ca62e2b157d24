"""Reads the changesets that a project works with, and compares them with its catalog.

What in a changeset does not fit the catalog is damage, too. Of the catalog that it was built with, it holds the name
and the fingerprint:

name        fingerprint    the changeset
another     any            belongs to another catalog: it is neither applied nor rebased
the same    another        is used, and the result remarks on it
the same    the same       is used
"""

from __future__ import annotations

from bake.app.project import Project
from bake.changeset.file import Changeset, read
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.writing import is_unchanged
from bake.commands import command
from bake.errors import UsageError
from bake.resolution.catalog_fit import CatalogFit


def read_for(project: Project, changeset: ChangesetLike, *, every_value: bool = False) -> Changeset:
    """A changeset, damaged or not; of one that was built for another catalog, nothing is compared with this one.

    Args:
        project: whose catalog.
        changeset: the changeset, or its path.
        every_value: whether values that do not fit their fields are damage; else they are conflicts for the applier.

    Raises:
        UsageError: there is no such changeset.
        DamagedChangeset: it is none.
    """
    return read(path_of(changeset), CatalogFit(project.catalog, every_value=every_value))


def intact_for(project: Project, changeset: ChangesetLike) -> Changeset:
    """A changeset that is whole, and that the project's catalog knows everything of.

    An object that was read for this catalog is not read again, as long as its file is what was read.

    Raises:
        UsageError: there is no such changeset, or it was built for another catalog.
        DamagedChangeset: it is damaged.
    """
    if isinstance(changeset, Changeset) and _is_current(project, changeset):
        file = changeset.intact()
    else:
        file = read_for(project, changeset).intact()
    require_catalog(project, file)
    return file


def _is_current(project: Project, file: Changeset) -> bool:
    """Whether a changeset was read for the catalog of a project, and nothing was written to it since."""
    fit = file.scan.fit
    return isinstance(fit, CatalogFit) and fit.is_for(project.catalog) and is_unchanged(file)


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
