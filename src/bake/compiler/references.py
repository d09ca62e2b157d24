"""Which row a reference names (rule 2), among the rows of the database and those that this changeset creates (rule 3).

A lookup (`bake.catalog.lookups`) is tried in this order:

    1  uuid, then each natural key that it holds             exact; by a natural key, if the row has no other code
    2  the id, inside a document whose rows carry ids        exact, if that row agrees with the rest of the lookup
    3  the parts of natural keys and the names that it gives exact, if a single row has them all; of several the one
                                                             whose id it gives, in a view, which came from a database
       a text alone, in whatever field it names a row        exact, if it names a single row
    4  names in the normal form of their field               noted, if a single row has one

Steps 3 and 4 pass over rows that contradict the rest of what is said:

    of a row, the record says                                the row
    a value that is the row's, in its normal form            is a hit
    a value of a part of a natural key; the row has another, or none       is none
    any other value; the row has another                     is none
    any other value, where the row has none                  is a hit
    of a row that this one refers to, what that is not       is none

A row of the database that a record of this source gives another key, name or code is found by that, too (`renamed`):

    the lookup names, as above                               and by its new key or name       comes to
    a row by its uuid                                        any                              that row
    a row, or a created row, by a key                        another row                      `Unclear`, with both
    none by a key                                            a row by its new key             the row that has it new
    none                                                     a row by parts or names          the row that has it new

A record may create a row, or be about another one that it resembles: which, is asked of that record itself. Its row
counts like a created one, but for this (`_with_doubtful`):

    a lookup names by a whole key             that row
    it spells exactly the name of one row     that row; if it is that of such a record, the reference waits: `Awaited`
    it spells exactly several, or none        all that it names, as above

So a natural key that nobody has is not overruled by a name, nor a brand by a product's name; and of several rows of one
name the rest may choose. At each step rows of the database and created rows count alike, the database's first where
both match by key. Several rows, or none: `Unclear`. The first of several is never taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field_types import Uuid
from bake.catalog.lookups import (
    Frozen,
    complete,
    contradicts,
    frozen,
    given,
    naming_fields,
    parts,
    plain_names,
    spelled_out,
    stored,
)
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, only_blanks_added, parse, same
from bake.changeset.model import Key
from bake.compiler.agreeing_rows import AgreeingRows
from bake.compiler.created_rows import CreatedRow, CreatedRows
from bake.compiler.row_keys import RowKeys, Shape
from bake.compiler.snapshot import Snapshot, scan


class Found(msgspec.Struct, frozen=True):
    """A row of the database. `by` is the name that led to it although its key, or the name as it stands, did not."""

    row: Row
    key: Key
    by: str | None = None


class Unclear(msgspec.Struct, frozen=True):
    """No row, or several: of the database, and created ones."""

    rows: tuple[Row, ...] = ()
    made: tuple[CreatedRow, ...] = ()


class Awaited(Unclear, frozen=True):
    """No row that there is; but the record that says all this (`made`) may create it, or be about one that is here."""


Resolved: TypeAlias = Found | CreatedRow | Unclear


def may_come(resolved: Resolved) -> bool:
    """Whether a reference names one row, even if that is still to be created, or may be."""
    return isinstance(resolved, Awaited) or not isinstance(resolved, Unclear)


#: How many look-ups are remembered from one batch to the next.
REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class _Hits:
    """What the database has for a lookup: rows by a whole key, or else by parts, or else by a name's normal form."""

    exact: tuple[Row, ...] = ()
    by_parts: tuple[Row, ...] = ()
    by_name: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        return self.exact or self.by_parts or self.by_name


class References:
    """Resolves lookups, a batch at a time: queries grow with batches and kinds of key, never with lookups."""

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
            keys: those by id.
            created_rows: the created ones.
            doubtful_rows: those that may be created, or turn out to be rows of the database.
            distinct: of an entity and a lookup, the keys of rows that it does not mean.
            ids_choose: whether an id may choose among several rows.
            fixed: entities of which nothing is created, nor of any that they refer to.
            rekeyed: entities whose rows may get other keys (`rename`).
        """
        self._catalog = catalog
        self._snapshot = snapshot
        self._keys = keys
        self._created_rows = created_rows
        self._doubtful_rows = doubtful_rows
        self._distinct = distinct
        self._ids_choose = ids_choose
        self._fixed = fixed
        self._rekeyed = rekeyed
        self._renamed: dict[str, CreatedRows] = {}
        self._now: dict[tuple[str, int], Key] = {}
        self._known: dict[tuple[str, Frozen], _Hits] = {}
        self._certain: dict[tuple[str, Frozen], Resolved] = {}
        self._names: dict[str, dict[str, list[int]]] = {}
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
            found = list(self._look_up(item, [lookup for _, lookup in unknown]))
            self._known.update(((entity, key), hits) for (key, _), hits in zip(unknown, found, strict=True))
            rows = [row for hits in found for row in hits.rows]
            self._keys.fetch_for_keys(entity, rows)
            self._fetch_parents(item, [lookup for _, lookup in unknown], rows)
            self._resolve_parents(
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

    def _resolve_parents(self, item: Entity, lookups: Sequence[Key]) -> None:
        """Resolve what lookups say of the rows that theirs refers to, so that `pinned` finds it known."""
        for name, target in item.references.items():
            parts = [part for lookup in lookups if isinstance(part := lookup.get(name), dict) and given(lookup, name)]
            self.resolve(target, parts)

    def settled(self, entity: str, lookup: Key) -> bool:
        """Whether no record that is still to come can change what a resolved lookup names.

        It names a created row by its key; or one of the database by its uuid, or by a key that no other row can get.
        """
        item = self._catalog.entities[entity]
        hits = self._known.get((entity, frozen(lookup)))
        if hits is not None and hits.exact and (entity not in self._rekeyed or given(lookup, "uuid")):
            return True
        return hits is not None and bool(self._created_rows.by_key(item, self.pinned(item, lookup)))

    def trim(self) -> None:
        """Forget look-ups, if there are many. Only between batches: within one, what is known has to stay so."""
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

    def exact(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows of the database that have its uuid, or else its first natural key that any has."""
        result: list[list[Row]] = [[] for _ in lookups]
        for key in item.identities:
            positions = [n for n, lookup in enumerate(lookups) if not result[n] and complete(item, key, lookup)]
            for n, rows in zip(positions, self.having(item, key, [lookups[n] for n in positions]), strict=True):
                result[n] = rows
        return result

    def by_parts(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that have all the parts of keys and the names which it gives."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for n, lookup in enumerate(lookups):
            groups.setdefault(parts(item, lookup), []).append(n)
        result: list[list[Row]] = [[] for _ in lookups]
        for fields, positions in groups.items():
            found = self.having(item, fields, [lookups[n] for n in positions]) if fields else [[] for _ in positions]
            for n, rows in zip(positions, found, strict=True):
                result[n] = rows
        return result

    def agrees(self, entity: str, values: Key, lookup: Key) -> bool:
        """Whether a row (its references as ids) is all that a lookup says, its own id left out of account."""
        return next(self.differing(entity, values, lookup), None) is None

    def differing(self, entity: str, values: Key, lookup: Key) -> Iterator[tuple[str, ...]]:
        """The paths of a lookup in which a row is not what it says; null says nothing, nor do surrogate ids."""
        item = self._catalog.entities[entity]
        for name, part in lookup.items():
            if part is None or name == ID:
                continue
            if name == TEXT:
                if not set(plain_names(item, {TEXT: part})) & set(plain_names(item, values)):
                    yield ()
                continue
            target = item.references.get(name)
            if target is None:
                if not same(has := values.get(name), said := stored(part)) and not only_blanks_added(has, said):
                    yield (name,)
                continue
            parent = self._keys.row(target, values[name]) if values.get(name) is not None else None
            if parent is not None:
                yield from ((name, *path) for path in self.differing(target, parent.values, part))
            elif given(lookup, name):
                yield (name,)

    def contradicted(self, entity: str, lookup: Key, row: Row) -> Sequence[str]:
        """In what a row that a key has named is not what else is said of it, in words; null says nothing."""
        key = entity, self._frozen_once(lookup), row.id
        if key not in self._contradicted:
            paths = self.differing(entity, row.values, lookup)
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

    def _look_up(self, item: Entity, lookups: list[Key]) -> Iterator[_Hits]:
        exact = [
            [row for row in rows if not _has_another_code(item, lookup, row)]
            for lookup, rows in zip(lookups, self.exact(item, lookups), strict=True)
        ]
        rest = [n for n, rows in enumerate(exact) if not rows]
        unkeyed = [lookups[n] for n in rest]
        self._resolve_parents(item, unkeyed)
        named = [
            by_text or by_parts
            for by_text, by_parts in zip(self._by_text(item, unkeyed), self.by_parts(item, unkeyed), strict=True)
        ]
        self._fetch_parents(item, unkeyed, [row for rows in named for row in rows])
        agreeing = AgreeingRows(item)
        alike = {n: self._agreeing_rows(agreeing, item, lookups[n], rows) for n, rows in zip(rest, named, strict=True)}
        by_name = self._fetch_by_name(item, [lookups[n] for n in rest if not alike[n]])
        for n, lookup in enumerate(lookups):
            if exact[n]:
                yield _Hits(exact=tuple(exact[n]))
            elif alike[n]:
                yield _Hits(by_parts=alike[n])
            else:
                rows = by_name[tuple(plain_names(item, lookup))]
                yield _Hits(by_name=self._by_name(agreeing, item, lookup, rows))

    def rename(self, item: Entity, row: Row, values: Mapping[str, Json]) -> None:
        """Let lookups find a row of the database by what a record makes of its keys, names and codes, too.

        Args:
            item: its entity.
            row: the row.
            values: what the record changes.
        """
        identifying = {*naming_fields(item), *item.codes, *(name for key in item.identities for name in key)}
        if identifying.isdisjoint(values):
            return
        has = {name: {"row": id_} for name in item.references if (id_ := row.values.get(name)) is not None}
        scalars = {name: value for name, value in row.values.items() if name not in item.references}
        now = {**scalars, **has, **values}
        self._now[item.name, row.id] = {**scalars, **values}
        made = CreatedRow(row.id, {}, self._now[item.name, row.id])
        self._renamed.setdefault(item.name, CreatedRows()).add(item, made, now)
        self._certain = {known: hit for known, hit in self._certain.items() if known[0] != item.name}

    def _decide(self, item: Entity, lookup: Key, hits: _Hits) -> Resolved:
        found = self._among(item, lookup, hits, self._created_rows)
        if renamed := self._renamed.get(item.name):
            found = self._with_renamed(item, lookup, hits, found, renamed)
        if hits.exact or not self._doubtful_rows.has_any(item.name):
            return found
        return self._with_doubtful(item, lookup, found)

    def _with_doubtful(self, item: Entity, lookup: Key, found: Resolved) -> Resolved:
        """What a lookup names, where records may create further rows (see above)."""
        may_be = self._among(item, lookup, _Hits(), self._doubtful_rows)
        doubtful = (may_be,) if isinstance(may_be, CreatedRow) else may_be.made if isinstance(may_be, Unclear) else ()
        rows = (found.row,) if isinstance(found, Found) else found.rows if isinstance(found, Unclear) else ()
        made = (found,) if isinstance(found, CreatedRow) else found.made if isinstance(found, Unclear) else ()
        if not doubtful or (self._created_rows.by_key(item, self.pinned(item, lookup)) in made):
            return found
        now = ((row, self._now.get((item.name, row.id), row.values)) for row in rows)
        all_ = [*now, *((one, one.values) for one in (*made, *doubtful))]
        exact = [one for one, values in all_ if _is_spelled_as(item, lookup, values)] or [one for one, _ in all_]
        match exact:
            case [Row()] if isinstance(found, Found):
                return found
            case [CreatedRow() as one] if one in made:
                return one
            case [CreatedRow() as one]:
                return Unclear() if self._doubtful_rows.is_contested(one) else Awaited(made=(one,))
            case _:
                return Unclear(
                    tuple(one for one in exact if isinstance(one, Row)),
                    tuple(one for one in exact if isinstance(one, CreatedRow)),
                )

    def _with_renamed(self, item: Entity, lookup: Key, hits: _Hits, found: Resolved, renamed: CreatedRows) -> Resolved:
        """What a lookup names, where records give rows of the database other keys and names (see above)."""
        pinned = self.pinned(item, lookup)
        made = renamed.by_key(item, pinned)
        if made is None and found == Unclear():
            by_name = self._among(item, lookup, _Hits(), renamed)
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

    def _among(self, item: Entity, lookup: Key, hits: _Hits, created: CreatedRows) -> Resolved:
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
            case int(id_) if (row := self._keys.row(item.name, id_)) and self.agrees(item.name, row.values, lookup):
                return Found(row, self._keys.key(item.name, row))
            case _:
                return None

    def having(self, item: Entity, fields: tuple[str, ...], lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that equal it in these fields; references in it are resolved first."""
        columns = [
            self._parents(item, name, lookups) if name in item.references else
            [stored(lookup.get(name)) for lookup in lookups]
            for name in fields
        ]  # fmt: skip
        keys = list(zip(*columns, strict=True))
        known = dict.fromkeys(key for key in keys if _MISSING not in key)
        rows = self._snapshot.find(item.name, fields, list(known)) if known else {}
        return [rows.get(key, []) for key in keys]

    def _parents(self, item: Entity, name: str, lookups: Sequence[Key]) -> list[Json]:
        """The ids of the rows that a reference within lookups names; null for none, `_MISSING` if it is unclear."""
        hits = self.resolve_field(item, name, lookups)
        return [hit.row.id if isinstance(hit, Found) else _MISSING if hit else None for hit in hits]

    def _fetch_by_name(self, item: Entity, lookups: Sequence[Key]) -> dict[tuple[str, ...], list[Row]]:
        """The rows that have one of the names of these lookups in its normal form, in one query for all of them."""
        if not lookups:
            return {}
        index = self._index(item)
        ids = {
            names: list(dict.fromkeys(id_ for plain in names for id_ in index.get(plain, [])))
            for names in {tuple(plain_names(item, lookup)) for lookup in lookups}
        }
        self._keys.fetch(item.name, sorted(set().union(*ids.values())))
        found = {
            names: [row for id_ in those if (row := self._keys.known(item.name, id_))] for names, those in ids.items()
        }
        rows = list({row.id: row for those in found.values() for row in those}.values())
        self._keys.fetch_for_keys(item.name, rows)
        self._fetch_parents(item, lookups, rows)
        return found

    def _by_name(self, agreeing: AgreeingRows, item: Entity, lookup: Key, rows: list[Row]) -> tuple[Row, ...]:
        never = self._distinct(item.name, spelled_out(item, lookup))
        agreed = self._agreeing_rows(agreeing, item, lookup, rows)
        if not never:
            return agreed
        return tuple(row for row in agreed if repr(self._keys.key(item.name, row)) not in never)

    def _by_text(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that have its text as a key of one field or as another name, as it stands."""
        result: list[dict[int, Row]] = [{} for _ in lookups]
        texts = {n: text for n, lookup in enumerate(lookups) if isinstance(text := lookup.get(TEXT), str)}
        for name in (*naming_fields(item), *(["uuid"] if "uuid" in item.fields else [])):
            said = {n: part for n, text in texts.items() if (part := _as_field(name, text))}
            found = self.having(item, (name,), [{name: part} for part in said.values()]) if said else []
            for n, rows in zip(said, found, strict=True):
                result[n] |= {row.id: row for row in rows}
        return [list(rows.values()) for rows in result]

    def _fetch_parents(self, item: Entity, lookups: Sequence[Key], rows: Sequence[Row]) -> None:
        """Fetch the rows that these refer to and that lookups say something of, for `_agreeing_rows`."""
        said: Shape = {name: {} for name in item.references if any(given(lookup, name) for lookup in lookups)}
        self._keys.fetch_parents(item.name, rows, said)

    def _agreeing_rows(self, agreeing: AgreeingRows, item: Entity, lookup: Key, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows that contradict nothing of what a lookup says, nor do those that they refer to."""
        rows = agreeing.of(lookup, rows)
        if not any(isinstance(lookup.get(name), dict) for name in item.references):
            return rows
        return tuple(row for row in rows if self._has_parents(item, lookup, row))

    def _has_parents(self, item: Entity, lookup: Key, row: Row) -> bool:
        for name, target in item.references.items():
            part = lookup.get(name)
            if not isinstance(part, dict) or not any(given(part, one) for one in part if one != ID):
                continue
            match self.resolve(target, [part])[frozen(part)]:
                case Found(parent):
                    fits = parent.id == row.values[name]
                case CreatedRow():
                    fits = False
                case _:
                    fits = self.agrees(item.name, row.values, {name: part})
            if not fits:
                return False
        return True

    def _index(self, item: Entity) -> dict[str, list[int]]:
        """The ids of rows by their names in normal form; read once, when a name is first not found as it stands."""
        if item.name not in self._names:
            index: dict[str, list[int]] = {}
            for row in scan(self._snapshot, item.name, naming_fields(item)):
                for plain in set(plain_names(item, row.values)):
                    index.setdefault(plain, []).append(row.id)
            self._names[item.name] = index
        return self._names[item.name]


def _is_spelled_as(item: Entity, lookup: Key, values: Mapping[str, Json]) -> bool:
    """Whether the texts that name a row in a lookup stand in a row just as they are."""
    if TEXT in lookup:
        return lookup[TEXT] in (values.get(name) for name in naming_fields(item))
    naming = {*naming_fields(item), *(name for key in item.keys for name in key)} - item.references.keys()
    return all(lookup[name] == values.get(name) for name in naming if isinstance(lookup.get(name), str))


def _name_of(item: Entity, lookup: Key, row: Row) -> str | None:
    """The name in a lookup that led to a row: the first one that the row has, in its normal form."""
    names = [name for name in (TEXT, *naming_fields(item)) if given(lookup, name)]
    common = set(plain_names(item, row.values))
    led = [name for name in names if not common.isdisjoint(plain_names(item, {name: lookup[name]}))]
    return next((str(lookup[name]) for name in (*led, *names)), None)


def _has_another_code(item: Entity, lookup: Key, row: Row) -> bool:
    """Whether a row that is named by a natural key has another code, such as a barcode, than is said of it."""
    codes = {name: lookup[name] for name in item.codes if given(lookup, name) and row.values.get(name) is not None}
    return bool(codes) and not given(lookup, "uuid") and contradicts(item, codes, row.values)


def _agreeing(item: Entity, pinned: Key, made: Iterable[CreatedRow], created: CreatedRows) -> tuple[CreatedRow, ...]:
    """The created rows that contradict nothing of what a lookup says, nor do those that they refer to."""
    return tuple(
        row for row in made if not contradicts(item, pinned, row.values) and created.has_parents(item, row, pinned)
    )


def pin(named: Found | CreatedRow) -> Key:
    """What stands for a row in a lookup that is pinned: its id, or the number of the operation that creates it."""
    return {"row": named.row.id} if isinstance(named, Found) else {"made": named.n}


def _as_field(name: str, text: str) -> Json:
    """A text as the value of a field that may name a row; None if it can be none."""
    if name != "uuid":
        return text
    try:
        return parse(Uuid(), text)
    except Misfit:
        return None


class _Missing:
    """Stands for the id of a parent that is not a row of the database: equal to no id."""


_MISSING = _Missing()
