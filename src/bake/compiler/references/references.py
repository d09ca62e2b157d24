"""Which row a reference names (rule 2), among the rows of the database and those that this changeset creates (rule 3).

A lookup (`bake.catalog.lookups`) is tried in this order:

    1  uuid, then each natural key that it holds             exact; by a natural key, if the row has no other code
    2  the id, inside a document whose rows carry ids        exact, if that row agrees with the rest of the lookup
    3  the parts of natural keys and the names that it gives exact, if a single row has them all; of several the one
                                                             whose id it gives, in a view, which came from a database
       a text alone, in whatever field it names a row        exact, if it names a single row
    4  names in the normal form of their field               noted, if a single row has one

Steps 3 and 4 pass over rows that contradict the rest of what is said:

    a value in the lookup                                    the row
    equals that of the row, in normal form                   stays
    is of a natural key, and the row has another or null     is passed over
    is of another field, and the row has another value       is passed over
    is of another field, and the row has null                stays
    is of a row that this one refers to, and differs         is passed over

A row of the database to which a record of this source gives another key, name or code is found by that, too (`rename`):

    the lookup names, as above                               and by its new key or name       comes to
    a row by its uuid                                        any                              that row
    a row, or a created row, by a key                        another row                      `Unclear`, with both
    none by a key                                            a row by its new key             the row that has it new
    none                                                     a row by parts or names          the row that has it new

A doubtful record may create a row, or be about another row that it resembles, which is asked. Until then its row counts
like a created one, with these exceptions (`_with_doubtful`):

    the lookup                                comes to
    names a row by a whole key or by its id   that row
    spells exactly the name of one row        that row; if it is that of a doubtful record, the reference is `Awaited`
    spells exactly the names of several, or   the same for the names that it spells exactly except for blanks, else for
    of none                                   all of these rows

At each step, rows of the database and created rows count alike; if both have a key, that of the database counts. If
there are several rows, or none, the reference is `Unclear`: the first of several is never taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.lookups import (
    Frozen,
    complete,
    contradicts,
    frozen,
    given,
    naming_fields,
    plain_names,
)
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Key
from bake.compiler.references.lookup_hits import Hits, LookupHits
from bake.compiler.references.spelling import by_spelling
from bake.compiler.rows.created_rows import CreatedRow, CreatedRows
from bake.compiler.rows.renamed_rows import RenamedRows
from bake.compiler.rows.resolved import Awaited, Found, Resolved, Unclear, pin
from bake.compiler.rows.row_keys import RowKeys
from bake.compiler.rows.stored_rows import StoredRows
from bake.compiler.snapshot import Snapshot

#: How many look-ups are remembered from one batch to the next.
REMEMBERED = 5_000


class References:
    """Resolves lookups in batches; the number of queries grows with batches and kinds of keys, not with lookups.

    Attributes:
        stored: finds the rows of the database.
    """

    def __init__(
        self,
        catalog: Catalog,
        snapshot: Snapshot,
        keys: RowKeys,
        created_rows: CreatedRows,
        doubtful_rows: CreatedRows,
        distinct: Callable[[str, Key], frozenset[str]],
        *,
        ids_choose: bool = False,
        fixed: frozenset[str] = frozenset(),
        rekeyed: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare.

        Args:
            catalog: the entities.
            snapshot: the rows of the database.
            keys: the keys of rows, by id.
            created_rows: the rows that this changeset creates.
            doubtful_rows: the rows of doubtful records.
            distinct: gives the keys of the rows that a lookup does not mean, by entity and lookup.
            ids_choose: whether an id may choose among several rows.
            fixed: the entities of which no row is created, nor of those that they refer to.
            rekeyed: the entities whose rows may get other keys (`rename`).
        """
        self._catalog = catalog
        self.stored = StoredRows(catalog, snapshot, keys, self.resolve_field)
        self._hits = LookupHits(self.stored, keys, self.resolve, distinct)
        self._keys = keys
        self._created_rows = created_rows
        self._doubtful_rows = doubtful_rows
        self._ids_choose = ids_choose
        self._fixed = fixed
        self._rekeyed = rekeyed
        self._renamed = RenamedRows()
        self._known: dict[tuple[str, Frozen], Hits] = {}
        self._certain: dict[tuple[str, Frozen], Resolved] = {}
        self._frozen: dict[int, tuple[Key, Frozen]] = {}
        self._contradicted: dict[tuple[str, Frozen, int], Sequence[str]] = {}

    def resolve(self, entity: str, lookups: Iterable[Key]) -> dict[Frozen, Resolved]:
        """What each lookup names, keyed by its frozen form."""
        return self._resolved(entity, {frozen(lookup): lookup for lookup in lookups})

    def _resolved(self, entity: str, wanted: dict[Frozen, Key]) -> dict[Frozen, Resolved]:
        certain = {key: hit for key in wanted if (hit := self._certain.get((entity, key)))}
        return certain | self._resolve(entity, {key: wanted[key] for key in wanted.keys() - certain.keys()})

    def resolve_each(self, entity: str, lookups: Sequence[Key]) -> list[Resolved]:
        """What each lookup names, in their order."""
        keys = list(map(self._frozen_once, lookups))
        hits = self._resolved(entity, dict(zip(keys, lookups, strict=True)))
        return [hits[key] for key in keys]

    def resolve_field(self, item: Entity, name: str, lookups: Sequence[Key]) -> list[Resolved | None]:
        """What the reference of each record names, in their order; None where it gives none.

        Args:
            item: the entity of the records.
            name: the reference field.
            lookups: what each record says of its own row.
        """
        parts = [lookup[name] if given(lookup, name) else None for lookup in lookups]
        hits = iter(self.resolve_each(item.references[name], [part for part in parts if part is not None]))
        return [None if part is None else next(hits) for part in parts]

    def _frozen_once(self, lookup: Key) -> Frozen:
        """The frozen form of a lookup; records share lookups, and each is frozen only once."""
        known = self._frozen.get(id(lookup))
        if known is None:
            known = self._frozen[id(lookup)] = lookup, frozen(lookup)
        return known[1]

    def _resolve(self, entity: str, wanted: dict[Frozen, Key]) -> dict[Frozen, Resolved]:
        if not wanted:
            return {}
        item = self._catalog.entities[entity]
        unknown = [(key, lookup) for key, lookup in wanted.items() if (entity, key) not in self._known]
        if unknown:
            found = list(self._hits.of(item, [lookup for _, lookup in unknown]))
            self._known.update(((entity, key), hits) for (key, _), hits in zip(unknown, found, strict=True))
            rows = [row for hits in found for row in hits.rows]
            self._keys.fetch_for_keys(entity, rows)
            self.stored.fetch_parents(item, [lookup for _, lookup in unknown], rows)
            self._hits.resolve_parents(
                item, [lookup for (_, lookup), hits in zip(unknown, found, strict=True) if not hits.exact]
            )
        carried = (self._created_rows.in_document(entity, lookup.get(ID)) for lookup in wanted.values())
        self._keys.fetch(entity, (id_ for id_ in carried if isinstance(id_, int)))
        decided = {key: self._decide(item, lookup, self._known[entity, key]) for key, lookup in wanted.items()}
        fixed = entity in self._fixed
        self._certain.update(
            ((entity, key), hit) for key, hit in decided.items() if fixed or self._known[entity, key].exact
        )
        return decided

    def is_final(self, entity: str, lookup: Key) -> bool:
        """Whether no later record can change what a resolved lookup names.

        That is so if it names a created row by key, or a row of the database by uuid or by a key that no other row can
        get.
        """
        item = self._catalog.entities[entity]
        hits = self._known.get((entity, frozen(lookup)))
        if hits is not None and hits.exact and (entity not in self._rekeyed or given(lookup, "uuid")):
            return True
        return hits is not None and bool(self._created_rows.by_key(item, self.pinned(item, lookup)))

    def trim(self) -> None:
        """Empty the caches if they are large; only called between batches, since results must not change within one."""
        if len(self._frozen) > REMEMBERED:
            self._frozen.clear()
            self._contradicted.clear()
        if len(self._known) > REMEMBERED:
            self._known.clear()
            self._certain.clear()

    def identifies(self, entity: str, lookup: Key) -> bool:
        """Whether a lookup says anything by which a row could be found; context such as a date alone does not."""
        item = self._catalog.entities[entity]
        naming = {ID, TEXT, *naming_fields(item), *item.alternates, *(name for key in item.identities for name in key)}
        return any(name in naming and given(lookup, name) for name in lookup)

    def contradicted(self, entity: str, lookup: Key, row: Row) -> Sequence[str]:
        """In what a row that a key has named is not what else is said of it, in words; null says nothing."""
        key = entity, self._frozen_once(lookup), row.id
        if key not in self._contradicted:
            paths = self.stored.differing(entity, row.values, lookup)
            self._contradicted[key] = tuple(dict.fromkeys(" ".join(path) for path in paths))
        return self._contradicted[key]

    def pinned(self, item: Entity, lookup: Key) -> Key:
        """A lookup whose references are the identity of what they name: a row's id, or a created row's number."""
        result = dict(lookup)
        for name, target in item.references.items():
            part = lookup.get(name)
            if isinstance(part, dict) and given(lookup, name):
                hit = self.resolve(target, [part])[frozen(part)]
                result[name] = part if isinstance(hit, Unclear) else pin(hit)
        return result

    def rename(self, item: Entity, row: Row, values: Mapping[str, Json]) -> None:
        """Let lookups find a row of the database by what a record makes of its keys, names and codes, too.

        Args:
            item: its entity.
            row: the row.
            values: what the record changes.
        """
        if self._renamed.add(item, row, values):
            self._certain = {known: hit for known, hit in self._certain.items() if known[0] != item.name}

    def _decide(self, item: Entity, lookup: Key, hits: Hits) -> Resolved:
        found = self._among(item, lookup, hits, self._created_rows)
        if renamed := self._renamed.of(item.name):
            found = self._with_renamed(item, lookup, hits, found, renamed)
        if hits.exact or not self._doubtful_rows.has_any(item.name):
            return found
        return self._with_doubtful(item, lookup, found)

    def _with_doubtful(self, item: Entity, lookup: Key, found: Resolved) -> Resolved:
        """What a lookup names, where records may create further rows (see above)."""
        may_be = self._among(item, lookup, Hits(), self._doubtful_rows)
        doubtful = (may_be,) if isinstance(may_be, CreatedRow) else may_be.made if isinstance(may_be, Unclear) else ()
        made = (found,) if isinstance(found, CreatedRow) else found.made if isinstance(found, Unclear) else ()
        pinned = self.pinned(item, lookup)
        if not doubtful or self._created_rows.by_key(item, pinned) in made:
            return found
        if self._in_document(item, lookup, pinned, self._created_rows) is not None:
            return found
        if isinstance(own := self._in_document(item, lookup, pinned, self._doubtful_rows), CreatedRow):
            return Awaited(made=(own,))
        named = by_spelling(item, lookup, found, doubtful, partial(self._renamed.values, item.name))
        contested = isinstance(named, Awaited) and self._doubtful_rows.is_contested(named.made[0])
        return Unclear() if contested else named

    def _with_renamed(self, item: Entity, lookup: Key, hits: Hits, found: Resolved, renamed: CreatedRows) -> Resolved:
        """What a lookup names, where records give rows of the database other keys and names (see above)."""
        pinned = self.pinned(item, lookup)
        made = renamed.by_key(item, pinned)
        if made is None and found == Unclear():
            by_name = self._among(item, lookup, Hits(), renamed)
            made = by_name if isinstance(by_name, CreatedRow) else None
        row = self._keys.row(item.name, made.n) if made is not None and not renamed.is_contested(made) else None
        if row is None or (hits.exact and given(lookup, "uuid")) or any(one.id == row.id for one in hits.exact):
            return found
        if hits.exact:
            return Unclear((*hits.exact, row))
        if created := self._created_rows.by_key(item, pinned):
            return Unclear((row,), (created,))
        by = next((str(lookup[name]) for name in (TEXT, *naming_fields(item)) if given(lookup, name)), None)
        return Found(row, self._keys.key(item.name, row), by)

    def _among(self, item: Entity, lookup: Key, hits: Hits, created: CreatedRows) -> Resolved:
        """What a lookup names among rows of the database and created ones."""
        if hits.exact:
            return self._single(item, lookup, hits.exact, ())
        pinned = self.pinned(item, lookup)
        if made := created.by_key(item, pinned) or self._in_document(item, lookup, pinned, created):
            return made
        text = lookup.get(TEXT)
        named = created.by_text(item, text) if text else created.by_parts(item, pinned)
        made_by_parts = _agreeing(item, pinned, named, created)
        if hits.by_parts or made_by_parts:
            overruled = any(complete(item, key, lookup) for key in item.identities)
            return self._single(item, lookup, hits.by_parts, made_by_parts, noted=overruled)
        made_by_name = _agreeing(item, pinned, created.by_name(item, lookup), created)
        return self._single(item, lookup, hits.by_name, made_by_name, noted=True)

    def _single(
        self, item: Entity, lookup: Key, rows: tuple[Row, ...], made: tuple[CreatedRow, ...], noted: bool = False
    ) -> Resolved:
        if len(rows) > 1 and self._ids_choose and (id_ := lookup.get(ID)) is not None:
            rows = tuple(row for row in rows if row.id == id_) or rows
        match rows, made:
            case (row,), ():
                return Found(row, self._keys.key(item.name, row), _name_of(item, lookup, row) if noted else None)
            case (), (only,):
                return only
            case _:
                return Unclear(rows, made)

    def _in_document(self, item: Entity, lookup: Key, pinned: Key, created: CreatedRows) -> Resolved | None:
        match created.in_document(item.name, lookup.get(ID)):
            case CreatedRow() as made if created.agrees(item, made, pinned):
                return made
            case int(id_) if (row := self._keys.row(item.name, id_)) and self.stored.agrees(
                item.name, row.values, lookup
            ):
                return Found(row, self._keys.key(item.name, row))
            case _:
                return None


def _name_of(item: Entity, lookup: Key, row: Row) -> str | None:
    """The name in a lookup that led to a row: the first one that the row has, in its normal form."""
    names = [name for name in (TEXT, *naming_fields(item)) if given(lookup, name)]
    common = set(plain_names(item, row.values))
    led = [name for name in names if not common.isdisjoint(plain_names(item, {name: lookup[name]}))]
    return next((str(lookup[name]) for name in (*led, *names)), None)


def _agreeing(item: Entity, pinned: Key, made: Iterable[CreatedRow], created: CreatedRows) -> tuple[CreatedRow, ...]:
    """The created rows that contradict nothing of what a lookup says, nor do those that they refer to."""
    return tuple(
        row for row in made if not contradicts(item, pinned, row.values) and created.has_parents(item, row, pinned)
    )
