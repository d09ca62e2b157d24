"""Natural keys that an application gave to rows: at its end, nobody else may have given them to another row.

Other applications wait for their turn (`ledger.turns`); other programs do not. Where the database does not hold
a key unique, what they have committed since a row was checked is found here. What they commit later cannot be.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bake.catalog.entity import ID
from bake.catalog.identity import IdentityList
from bake.catalog.lookups import holders
from bake.catalog.model import Catalog
from bake.database.bindings import bindings
from bake.database.constraints.uniqueness import keys_not_held
from bake.database.reading.snapshot import DatabaseSnapshot

#: Of more rows, those that share a key with another one are asked for, instead of asking for each key.
_ASKED = 5000
_CHUNK = 1000


class ClaimedKeys:
    """The rows that were created or got another key, with the numbers of their operations: 16 bytes for each."""

    def __init__(self, snapshot: DatabaseSnapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._ids: defaultdict[str, IdentityList] = defaultdict(IdentityList)
        self._numbers: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))

    def add(self, entity: str, ids: Sequence[int], numbers: Sequence[int]) -> None:
        """Note rows of an entity, and which operation wrote each."""
        self._ids[entity].extend(ids)
        self._numbers[entity].extend(numbers)

    def doubled(self) -> Iterator[tuple[int, str, int, tuple[str, ...]]]:
        """The number of each operation whose row has a key that another row has, too; entity, id and that key."""
        connection = self._snapshot.connection
        if connection.dialect.name == "sqlite":  # nobody else can write
            return
        for entity, ids in self._ids.items():
            numbers = dict(zip(ids, self._numbers[entity], strict=True))
            for key in keys_not_held(connection, self._catalog, entity):
                asked = list(numbers) if len(numbers) <= _ASKED else self._alike(entity, key, numbers)
                for start in range(0, len(asked), _CHUNK):
                    for id_ in self._having_others(entity, key, asked[start : start + _CHUNK]):
                        yield numbers[id_], entity, id_, key

    def _alike(self, entity: str, key: tuple[str, ...], known: dict[int, int]) -> list[int]:
        """Those of the known rows with whose key SQL holds that of another row equal."""
        of = bindings(self._catalog.entities[entity])
        count = sa.func.count().over(partition_by=[column for name in key for column in of[name].columns])
        counted = sa.select(of[ID].read.label("id"), count.label("n")).subquery()
        found = self._snapshot.connection.execute(sa.select(counted.c.id).where(counted.c.n > 1)).scalars()
        return [id_ for id_ in map(of[ID].inward or int, found) if id_ in known]

    def _having_others(self, entity: str, key: tuple[str, ...], ids: Sequence[int]) -> Iterator[int]:
        rows = self._snapshot.tuples(entity, (ID,), [(id_,) for id_ in ids], key)
        mine = [some[0] for some in rows.values()]
        columns = list(zip(*(values for _, *values in mine), strict=True))
        held = holders(self._catalog.entities[entity], key, columns) if mine else ()
        wanted = {row[0]: tuple(row[1:]) for row, whole in zip(mine, held, strict=True) if whole}
        found = self._snapshot.tuples(entity, key, dict.fromkeys(wanted.values()), key) if wanted else {}
        yield from (id_ for id_, parts in wanted.items() if len(found.get(parts, ())) > 1)
