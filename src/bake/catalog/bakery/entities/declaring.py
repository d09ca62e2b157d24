"""How an entity of the bakery is declared: by its table, and what that does not say."""

from __future__ import annotations

from typing import Any

from bake.catalog import declaring
from bake.catalog.bakery.tables import METADATA
from bake.catalog.entity import Entity
from bake.catalog.field import Derivation

#: What happened, and can be left out of an export: purchases, stock, production.
TRANSACTIONAL = "transactional"
#: Occasions, and all that is planned for them.
PLANNING = "events"


def declare(table: str, **declared: Any) -> Entity:
    """The entity of a table, with what the table does not say (see `bake.catalog.declaring.entity`)."""
    aliases = {"date_added": ("created_at",), **declared.pop("aliases", {})}
    return declaring.entity(METADATA.tables[table], read_only=frozenset({"created_at"}), aliases=aliases, **declared)


def slug_of(*names: str) -> dict[str, Derivation]:
    """A slug made of these fields."""
    return {"slug": Derivation(tuple(((name,),) for name in names))}
