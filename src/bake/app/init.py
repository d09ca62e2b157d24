"""Making the tables of the catalog, and Bake's own."""

from __future__ import annotations

from bake.app.project import Project
from bake.app.results import InitResult
from bake.database.schema import add_columns, create_tables, missing_columns, missing_tables, other_tables
from bake.database.transactions import require_transactions
from bake.errors import UsageError


def initialise(project: Project, *, beside: bool = True) -> InitResult:
    """Create the tables that the project's database lacks; those that are there stay as they are.

    A ledger of an earlier version gets the columns that it lacks.

    Args:
        project: whose database and catalog.
        beside: whether all tables of the catalog may be made in a database that has others already.

    Raises:
        UsageError: it cannot be done within the caller's transaction; there are other tables, and none of these; or
            the ledger is of a version that cannot be read.
        DatabaseUnavailable: the database cannot be created or written to.
    """
    with project.connect(create=True) as database:
        with database.reading() as connection:
            missing = missing_tables(connection, project.catalog)
            if not beside and (others := other_tables(connection, project.catalog)):
                raise UsageError(
                    f"{database.label} has tables of its own, such as {others[0]}, and none of the catalog's",
                    hint="bake catalog reflect writes a catalog of them; bake init --beside makes those of the catalog",
                )
            lacking = missing_columns(connection, project.catalog)
        if older := [f"{column.table.name}.{column.name}" for column in lacking if not column.nullable]:
            raise UsageError(
                f"the ledger of {database.label} is of a version that this one does not read: it lacks {older[0]}",
                hint="drop its tables (bake_…) and run `bake init`; the database then forgets what was applied to it",
            )
        require_transactions(database, project.catalog, creating=bool(missing or lacking))
        with database.writing() as connection:
            if (missing or lacking) and not database.commits and connection.dialect.name in ("mysql", "mariadb"):
                raise UsageError(
                    "this database commits whenever a table is made, and with it the caller's transaction",
                    hint="give the Engine, before the transaction begins",
                )
            create_tables(connection, project.catalog)
            add_columns(connection, lacking)
        return InitResult(
            database.label, tuple(missing), tuple(f"{column.table.name}.{column.name}" for column in lacking)
        )
