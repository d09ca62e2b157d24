"""What was edited in the database other than by changesets."""

from __future__ import annotations

from bake.app.project import Project
from bake.applier.drift import Drift
from bake.applier.drift import drift as differences


def drift(project: Project) -> list[Drift]:
    """Every row, and every field, that differs from what the ledger last recorded for it.

    Args:
        project: whose database and catalog.

    Raises:
        DatabaseUnavailable: the database cannot be read.
    """
    with project.connect() as database, database.reading() as connection:
        return list(differences(connection, project.catalog))
