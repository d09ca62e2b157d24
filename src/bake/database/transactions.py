"""Tables without transactions, as MariaDB and MySQL have them: what is written there cannot be taken back."""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog.model import Catalog
from bake.database.engine import Database
from bake.database.schema import own_tables
from bake.errors import DatabaseUnavailable, Problem

_SERVERS = ("mysql", "mariadb")

#: Of the given tables, those whose engine has no transactions; and, without a name, the default engine if it has none.
_WITHOUT = sa.text(
    "SELECT t.table_schema, t.table_name, t.engine FROM information_schema.tables t"
    " JOIN information_schema.engines e ON e.engine = t.engine AND COALESCE(e.transactions, '') <> 'YES'"
    " WHERE t.table_schema IN :schemas AND (t.table_schema, t.table_name) IN :tables"
    " UNION ALL SELECT '', '', e.engine FROM information_schema.engines e"
    " WHERE e.engine = @@default_storage_engine AND COALESCE(e.transactions, '') <> 'YES' ORDER BY 1, 2"
).bindparams(sa.bindparam("schemas", expanding=True), sa.bindparam("tables", expanding=True))


def require_transactions(database: Database, catalog: Catalog, *, creating: bool = False) -> None:
    """Refuse a database in which a failed run, or one that only tries, would leave changes behind.

    Args:
        database: the database that is to be written; only MariaDB and MySQL are asked.
        catalog: says which tables are written, besides Bake's own.
        creating: whether tables are to be made.

    Raises:
        DatabaseUnavailable: some of these tables have no transactions, or tables to be made would have none.
    """
    if database.engine.dialect.name not in _SERVERS:
        return
    written = [*(entity.table for entity in catalog.entities.values()), *own_tables(catalog)]
    with database.reading() as connection:
        default = connection.dialect.default_schema_name
        tables = [(table.schema or default, table.name) for table in written]
        schemas = list({schema for schema, _ in tables})
        found = connection.execute(_WITHOUT, {"schemas": schemas, "tables": tables}).all()
    without = [(name if schema == default else f"{schema}.{name}", engine) for schema, name, engine in found if name]
    if without:
        raise _untransactional(database.label, without)
    if creating and found:
        raise DatabaseUnavailable(
            f"{database.label}: tables made now would have no transactions ({found[0][2]}); nothing was made",
            hint="SET SESSION default_storage_engine = InnoDB on the connections that you give, or SET GLOBAL",
        )


def _untransactional(label: str, tables: list[tuple[str, str]]) -> DatabaseUnavailable:
    n = len(tables)
    return DatabaseUnavailable(
        f"{label}: {n} {'table has' if n == 1 else 'tables have'} no transactions, so that nothing written there could "
        "be taken back; nothing was done",
        problems=[Problem(f"{name} is of the engine {engine}") for name, engine in tables],
        hint="\n".join(f"ALTER TABLE {name} ENGINE=InnoDB;" for name, _ in tables),
    )
