"""The unique constraints of a table whose texts the database compares more loosely than Bake does.

A collation may hold texts equal that differ in case, accents or trailing blanks. A row may then be refused although no
row has its key. Constraints whose fields are compared as Bake compares them need no such look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from bake.catalog.entity import ID
from bake.catalog.field_types import Text
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.database.constraints.rules import Rule, Rules
from bake.database.constraints.uniqueness import unique_fields
from bake.database.reading.key_lookup import KeyValues

#: From an entity, fields and keys to the ids of the rows that SQL holds equal to each key.
Holders: TypeAlias = Callable[[str, tuple[str, ...], Iterable[KeyValues]], Mapping[KeyValues, Sequence[int]]]


class UniqueRules:
    """These constraints of the tables of a catalog.

    Args:
        catalog: says which tables there are.
        rules: asks the database how it compares.
        holders: finds the rows that have a key, as the database compares.
    """

    def __init__(self, catalog: Catalog, rules: Rules, holders: Holders) -> None:
        self._catalog = catalog
        self._rules = rules
        self._holders = holders
        self._known: dict[str, list[Rule]] = {}

    def of(self, entity: str) -> Sequence[Rule]:
        """The constraints of an entity's table."""
        if entity not in self._known:
            item = self._catalog.entities[entity]
            texts = [name for name, declared in item.fields.items() if isinstance(declared.type, Text)]
            unique = [fields for fields in unique_fields(item) if not set(texts).isdisjoint(fields)]
            asked = dict.fromkeys(name for fields in unique for name in fields if name in texts)
            loose = {name for name in asked if self._rules.is_loose(entity, name)}
            self._known[entity] = [
                Rule(None, f"UNIQUE ({', '.join(fields)})", fields, is_unique=True)
                for fields in unique
                if not loose.isdisjoint(fields)
            ]
        return self._known[entity]

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row the constraints that it would break, each with the id of a row that has its values.

        Args:
            entity: its name.
            rows: canonical values, references as ids, and the row's id if it has one. A constraint of which a row lacks
                a field is not asked about, nor one of which a field is null.
        """
        result: list[list[Rule]] = [[] for _ in rows]
        for rule in self.of(entity):
            asked = {n: key for n, row in enumerate(rows) if None not in (key := tuple(map(row.get, rule.fields)))}
            found = self._holders(entity, rule.fields, asked.values()) if asked else {}
            for n, key in asked.items():
                others = [id_ for id_ in found.get(key, ()) if id_ != rows[n].get(ID)]
                result[n] += [replace(rule, holder=id_) for id_ in others[:1]]
        return result
