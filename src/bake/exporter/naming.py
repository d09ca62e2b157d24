"""The portable names of rows by their surrogate ids, a page of references at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bake.catalog.entity import ID, Entity
from bake.catalog.values import Json
from bake.database.reading.selection import Values, check_parents
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.exporter.shape import Link, naming_key

#: How many names of one entity are remembered before the memory is cleared.
_REMEMBERED = 50_000


@dataclass(frozen=True)
class Names:
    """What rows are called, read in batches and remembered for a while.

    Attributes:
        snapshot: the rows, and the catalog that knows their keys.
    """

    snapshot: DatabaseSnapshot
    _known: dict[str, dict[int, tuple[Json, ...]]] = field(default_factory=dict, init=False, repr=False)

    def of(self, link: Link, ids: Values) -> Values:
        """For each id the name as the link writes it: a value, an object of key fields, or null for null."""
        known = self._fetched(link.target, ids)
        if len(link.key) == 1 and not link.whole:
            plain = {id_: known[id_][0] for id_ in set(ids) if id_ in known}
            return [plain.get(id_) for id_ in ids]
        return [self._object(link.target, known[id_]) if id_ in known else None for id_ in ids]

    def check(self, entity: Entity, link: Link, ids: Sequence[int], references: Values) -> None:
        """Check that the rows exist to which rows of an entity refer (`reading.selection.check_parents`)."""
        check_parents(entity, link.field, ids, references, self._fetched(link.target, references))

    def _fetched(self, entity: str, ids: Iterable[int | None]) -> dict[int, tuple[Json, ...]]:
        known = self._known.setdefault(entity, {})
        wanted = {id_ for id_ in ids if id_ is not None}
        missing = sorted(wanted - known.keys())
        if missing and len(known) > _REMEMBERED:
            known.clear()
            missing = sorted(wanted)
        if missing:
            item = self.snapshot.catalog.entities[entity]
            key = naming_key(item)
            found = self.snapshot.tuples(entity, (ID,), [(id_,) for id_ in missing], key)
            known.update((row[0], row[1:]) for [row] in found.values())
            for name, target in item.references.items():
                if name in key:
                    those = [id_ for id_ in missing if id_ in known]
                    parents = [known[id_][key.index(name)] for id_ in those]
                    check_parents(item, name, those, parents, self._fetched(target, parents))
        return known

    def _object(self, entity: str, values: tuple[Json, ...]) -> Json:
        """A key as an object; references in it are objects themselves."""
        item = self.snapshot.catalog.entities[entity]
        named = dict(zip(naming_key(item), values, strict=True))
        for name, id_ in named.items():
            target = item.references.get(name)
            if target is not None and id_ in (parents := self._fetched(target, [id_])):
                named[name] = self._object(target, parents[id_])
        return named
