"""A digest of a catalog, which shows whether two changesets were built with the same declarations."""

from __future__ import annotations

import hashlib
import json

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.view import View


def fingerprint(catalog: Catalog) -> str:
    """The first sixteen hexadecimal digits of the SHA-256 over the entities and views of a catalog, as sorted JSON."""
    declared = {
        "entities": [_entity(catalog.entities[name]) for name in sorted(catalog.entities)],
        "views": [_view(view) for view in catalog.views],
    }
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:16]


def _entity(entity: Entity) -> list[object]:
    fields = [[f.name, repr(f.type), f.required, f.nullable, f.editable] for f in entity.fields.values()]
    derived = {name: repr(how) for name, how in entity.derived.items()}
    nested = {name: repr(nested) for name, nested in entity.nested.items()}
    return [
        entity.name, fields, entity.keys, entity.alternates, entity.title, entity.leaves, derived,
        entity.likeness, entity.codes, dict(entity.aliases), nested,
    ]  # fmt: skip


def _view(view: View) -> list[object]:
    columns = [[c.name, c.path, c.role.value, repr(c.parts)] for c in view.columns]
    return [view.kind, view.envelope, view.entity, columns]
