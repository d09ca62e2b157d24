"""Whether a database does more than it is told: whether there may be triggers."""

from __future__ import annotations

import sqlalchemy as sa

_ANY = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'trigger' "
    "UNION ALL SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger' LIMIT 1",
    "postgresql": "SELECT 1 WHERE EXISTS (SELECT 1 FROM pg_trigger WHERE NOT tgisinternal) "
    "OR EXISTS (SELECT 1 FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
    "WHERE r.ev_type <> '1' AND c.relnamespace <> 'pg_catalog'::regnamespace)",
}

#: MariaDB shows triggers to those who may make some; of others, it cannot be known.
_MARIADB = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM information_schema.triggers WHERE trigger_schema NOT IN ('sys', 'mysql')) "
    "OR NOT (EXISTS (SELECT 1 FROM information_schema.user_privileges WHERE privilege_type = 'TRIGGER') "
    "OR EXISTS (SELECT 1 FROM information_schema.schema_privileges "
    "WHERE privilege_type = 'TRIGGER' AND DATABASE() LIKE table_schema))"
)


def triggers_exist(connection: sa.Connection) -> bool:
    """Whether there is a trigger or a rule that writes, on whatever table; True also where that cannot be known."""
    return connection.exec_driver_sql(_ANY.get(connection.dialect.name, _MARIADB)).scalar() is not None
