"""Keys that rows cannot get back, since other rows have them now and keep them.

    the row that has the key now                   the field
    gets another one back by the same revert       is restored: the rows take over from each other
    would get another one back, but is blocked     is blocked too
    keeps it                                       is blocked

A key is a natural key of the catalog or a unique constraint of the table; of a constraint, a row has it that the
database holds equal, which may be without regard to case or accents. Of those that share fields, none is restored
where one of them is blocked: half a key may be another row's again. The other fields of the row are restored.
Rows that the changeset created have no such keys: creates come before renames, and a key was not free then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bake.applier.current_rows import MISSING, CurrentRows
from bake.applier.undo.compared import Compared, compared
from bake.catalog.entity import Entity
from bake.catalog.lookups import complete
from bake.catalog.values import Json, same
from bake.changeset.coverage import Coverage
from bake.database.constraints.uniqueness import unique_fields
from bake.database.ledger.applied_changes import AppliedChanges

_Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A row that should get back a key which another row has now."""

    record: int
    row: int
    entity: str
    key: _Key
    group: frozenset[str]
    holder: int


class TakenKeys:
    """Finds them, in batches; only the rows that should get back a key are held, by their numbers.

    Args:
        changes: what is undone.
        present: the rows as they are now.
    """

    def __init__(self, changes: AppliedChanges, present: CurrentRows) -> None:
        self._changes = changes
        self._present = present
        self._letting_go: defaultdict[tuple[str, _Key], Coverage] = defaultdict(Coverage)
        self._waiting: defaultdict[tuple[str, frozenset[str], int], list[_Claim]] = defaultdict(list)
        self._blocked: defaultdict[int, dict[str, int]] = defaultdict(dict)

    def look(self) -> None:
        """Find out which fields are blocked."""
        claims = [claim for entity in self._known() for claim in self._claims(entity)]
        kept = []
        for claim in claims:
            if claim.holder in self._letting_go[claim.entity, claim.key]:
                self._waiting[claim.entity, claim.group, claim.holder].append(claim)
            else:
                kept.append(claim)
        self._block(kept)

    def fields(self, record: int) -> Mapping[str, int]:
        """The fields of an update that are blocked, each with the id of the row that has the key."""
        return self._blocked.get(record, {})

    def _known(self) -> list[Entity]:
        """The entities of which rows were updated."""
        known = self._present.catalog.entities
        return [known[name] for name in self._changes.entities("update") if name in known]

    def _claims(self, entity: Entity) -> Iterator[_Claim]:
        """The rows of an entity whose key another one has, and note who lets go of a key."""
        keys = list(dict.fromkeys((*entity.keys, *unique_fields(entity))))
        fields = {name for key in keys for name in key}
        for batch in self._changes.batches("update", entity.name):
            renaming = [(n, change) for n, change in batch if not fields.isdisjoint(change.after or {})]
            rows = [one for one in compared(self._present, entity, renaming, fields) if one.row] if renaming else []
            for key in keys:
                yield from self._claims_of(entity, key, _group(key, keys), rows)
            self._present.forget()

    def _claims_of(
        self, entity: Entity, key: _Key, group: frozenset[str], rows: Sequence[Compared]
    ) -> Iterator[_Claim]:
        wanted: list[tuple[Compared, int, tuple[Json, ...]]] = []
        for one in rows:
            assert one.row is not None
            then = {name: _then(one, name) for name in key}
            if any(not same(then[name], one.row.values.get(name)) for name in key):
                self._letting_go[entity.name, key].add(one.row.id)
                if None not in then.values() or (key in entity.keys and complete(entity, key, then)):
                    wanted.append((one, one.row.id, tuple(then.values())))
        found = self._holders(entity, key, [parts for *_, parts in wanted])
        for one, id_, parts in wanted:
            for holder in (holder for holder in found.get(parts, ()) if holder != id_):
                yield _Claim(one.record, id_, entity.name, key, group, holder)

    def _holders(self, entity: Entity, key: _Key, wanted: list[tuple[Json, ...]]) -> dict[tuple[Json, ...], list[int]]:
        """The ids of the rows that have each of these values: of a unique constraint, as the database compares them."""
        snapshot = self._present.snapshot
        if key in unique_fields(entity):
            return snapshot.holders(entity.name, key, wanted)
        found = snapshot.find(entity.name, key, wanted, fields=())
        return {parts: [row.id for row in rows] for parts, rows in found.items()}

    def _block(self, queue: list[_Claim]) -> None:
        """Block these, and those that wait for a key which one of them now keeps."""
        while queue:
            claim = queue.pop()
            known = self._blocked[claim.record]
            if claim.group.isdisjoint(known):
                known.update(dict.fromkeys(claim.group, claim.holder))
                queue += self._waiting.pop((claim.entity, claim.group, claim.row), ())


def _then(one: Compared, name: str) -> Json:
    """What the row will have; a value that is not here yet belongs to nobody else, or never comes."""
    assert one.row is not None
    now = one.row.values.get(name)
    value = one.values.get(name, now)
    return now if value is MISSING else value


def _group(key: _Key, keys: Sequence[_Key]) -> frozenset[str]:
    """The fields of a key and of all that share fields with it, directly or by others."""
    group, more = frozenset[str](), frozenset(key)
    while more != group:
        group = more
        more = group.union(*(other for other in keys if not group.isdisjoint(other)))
    return group
