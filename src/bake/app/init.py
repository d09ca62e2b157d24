"""Making the tables of the catalog, and Bake's own."""

from __future__ import annotations

from dataclasses import dataclass

from bake.app.project import Project
from bake.database.schema import create_tables, missing_tables


@dataclass(frozen=True, slots=True)
class InitResult:
    """Which database was prepared, and the tables that it lacked."""

    database: str
    created: tuple[str, ...]


def initialise(project: Project) -> InitResult:
    """Create the tables that the project's database lacks; those that are there stay as they are.

    Raises:
        DatabaseUnavailable: the database cannot be created or written to.
    """
    with project.database(create=True) as database:
        with database.reading() as connection:
            missing = missing_tables(connection, project.catalog)
        with database.writing() as connection:
            create_tables(connection, project.catalog)
        return InitResult(database.label, tuple(missing))
