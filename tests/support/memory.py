"""A database that is a dictionary, and a small catalog: all that pure tests need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog import declaring
from bake.catalog.checked import checked
from bake.catalog.entity import ID, Entity
from bake.catalog.field import Derivation
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Catalog
from bake.catalog.row import Page, Row
from bake.catalog.values import Json
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.rules import Rule

_METADATA = sa.MetaData()


class MemorySnapshot:
    """Rows by entity, each a dictionary of canonical values with its `id` (`bake.compiler.snapshot.Snapshot`).

    Fields that a row does not give are null.
    """

    def __init__(self, catalog: Catalog, rows: Mapping[str, Sequence[Mapping[str, Json]]]) -> None:
        self._rows = {
            name: [_row(item, values) for values in rows.get(name, ())] for name, item in catalog.entities.items()
        }
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[Frozen, list[Row]]] = {}

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        """The rows whose fields equal each key."""
        index = self._index(entity, by)
        found = {key: index.get(frozen(dict(zip(by, key, strict=True)))) for key in dict.fromkeys(keys)}
        return {key: list(rows) for key, rows in found.items() if rows}

    def _index(self, entity: str, by: tuple[str, ...]) -> dict[Frozen, list[Row]]:
        """The rows by what these fields hold."""
        if (entity, by) not in self._indexes:
            index = self._indexes[entity, by] = {}
            for row in self._rows[entity]:
                index.setdefault(frozen(dict(zip(by, _values(row, by), strict=True))), []).append(row)
        return self._indexes[entity, by]

    def tuples(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]], fields: tuple[str, ...]
    ) -> dict[tuple[Json, ...], list[tuple[Json, ...]]]:
        """The same rows as tuples: the id, then these fields."""
        return {
            key: [(row.id, *_values(row, fields)) for row in rows] for key, rows in self.find(entity, by, keys).items()
        }

    def columns(
        self, entity: str, by: str, keys: Sequence[str], fields: tuple[str, ...]
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """The places of the keys that one row alone has, and the columns of these rows."""
        found = self.tuples(entity, (by,), [(key,) for key in keys], fields)
        rows = {n: found[key,][0] for n, key in enumerate(keys) if len(found.get((key,), ())) == 1}
        return list(rows), list(zip(*rows.values(), strict=True)) or [()] * (len(fields) + 1)

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:
        """All rows, with these fields only, two at a time."""
        found = [(row.id, *_values(row, tuple(fields))) for row in self._rows[entity]]
        yield from (list(zip(*found[n : n + 2], strict=True)) for n in range(0, len(found), 2))

    def greatest(self, entity: str, name: str) -> int:
        """The greatest whole number in a field; 0 if there is none."""
        return max((row.values[name] or 0 for row in self._rows[entity]), default=0)

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:
        """For each id that `by` refers to: `field` of the row with the greatest `order`."""
        ranked = sorted((row for row in self._rows[entity] if row.values[order] is not None), key=_rank(order, field))
        return {row.values[by]: row.values[field] for row in ranked if row.values[by] in ids}

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to these rows; None for all."""
        for row in self._rows[entity]:
            if (parent := row.values[field]) is not None and (ids is None or parent in ids):
                yield row.id, parent

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:  # noqa: ARG002
        """Nothing is outside."""
        return iter(())

    def rules(self, entity: str) -> Sequence[Rule]:  # noqa: ARG002
        """Dictionaries require nothing."""
        return ()

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:  # noqa: ARG002
        """Nothing is broken."""
        return [[] for _ in rows]

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:  # noqa: ARG002
        """Only if they are the same."""
        return one == other


def _rank(order: str, field: str) -> Any:
    return lambda row: (row.values[order], row.values[field] is not None, row.values[field])


def _row(item: Entity, values: Mapping[str, Json]) -> Row:
    return Row(values[ID], {name: values.get(name) for name in item.fields})


def _values(row: Row, fields: tuple[str, ...]) -> list[Json]:
    return [row.id if name == ID else row.values[name] for name in fields]


def _long_enough(value: str) -> str | None:
    return None if len(value) >= 3 else f"{value!r} is short for a name"


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    uuid = sa.Column("uuid", sa.String(36), nullable=False, unique=True, default="", info={"uuid": True})
    return sa.Table(name, _METADATA, sa.Column("id", sa.Integer, primary_key=True), uuid, *columns)


_SHOPS = declaring.entity(
    _table(
        "shops",
        sa.Column("slug", sa.String(50), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("city", sa.String(40)),
        sa.Column("open", sa.Boolean, nullable=False, default=True),
        sa.Column("rating", sa.Integer, info={"minimum": 1, "maximum": 5}),
    ),
    keys=(("slug",), ("name", "city")),
    alternates=("name",),
    label="{name} ({city})",
    derived={"slug": Derivation(((("name",),), (("city",),)))},
    checks={"name": (_long_enough,)},
)

_GRAINS = declaring.entity(
    _table(
        "grains",
        sa.Column("slug", sa.String(50), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("family_id", sa.ForeignKey("grains.id")),
    ),
    keys=(("slug",),),
    alternates=("name",),
    label="{name}",
    derived={"slug": Derivation(((("name",),),))},
)

_BAGS = declaring.entity(
    _table(
        "bags",
        sa.Column("slug", sa.String(50), nullable=False),
        sa.Column("grain_id", sa.ForeignKey("grains.id"), nullable=False),
        sa.Column("brand", sa.String(40)),
        sa.Column("weight", sa.Numeric(8, 2), nullable=False, info={"above": 0}),
        sa.Column("note", sa.String(100)),
    ),
    keys=(("slug",), ("grain", "brand", "weight")),
    label="{brand} {weight}",
    derived={"slug": Derivation(((("brand",),), (("grain", "slug"),), (("weight",),)))},
)

_SALES = declaring.entity(
    _table(
        "sales",
        sa.Column("bag_id", sa.ForeignKey("bags.id"), nullable=False),
        sa.Column("shop_id", sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("price", sa.Numeric(8, 2), nullable=False, info={"minimum": 0}),
        sa.Column("day", sa.Date),
    ),
    label="{price}",
)

#: Shops sell bags of grain; grains have families. Names and shapes that the built-in catalog does not have.
MILL = checked(Catalog("mill", _METADATA, {entity.name: entity for entity in (_SHOPS, _GRAINS, _BAGS, _SALES)}))
