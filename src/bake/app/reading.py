"""Reading the changesets that a project works with: what in one does not fit the project's catalog is damage, too."""

from __future__ import annotations

from bake.app.catalog_stamp import require_catalog
from bake.app.project import Project
from bake.changeset.file import Changeset, read
from bake.changeset.place import ChangesetLike, path_of
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

    Raises:
        UsageError: there is no such changeset, or it was built for another catalog.
        DamagedChangeset: it is damaged.
    """
    file = read_for(project, changeset).intact()
    require_catalog(project, file)
    return file
