"""Whether two changesets can both be applied, and in which order: what the one expects, and the other changes.

    the one                             the other                                 then
    gives a row a key                   gives the same key to a row               only one of them can be applied
    gives a row a key                   changes, deletes or refers to that row    the one first
    deletes a row                       changes, deletes or refers to it          only one of them can be applied
    takes a key from a row              gives it to another row                   the one first
    takes a key from a row              changes or refers to the row by it        the other first
    changes a field                     expects the new value of it               the one first
    changes a field                     expects another value of it               only one of them can be applied
    anything else                       anything else                             they commute

A key is each set of fields that names one row: the natural keys, uuids and whatever else the catalog says is unique.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

import msgspec

from bake.app.project import Project
from bake.app.reading import intact_for
from bake.app.versions.comparison import Collision, Collisions, First
from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.changeset.file import Changeset
from bake.changeset.model import Change, Create, Delete, Json, Key, Row, Skip, Update
from bake.changeset.patch import before_after
from bake.changeset.place import ChangesetLike
from bake.database.constraints.uniqueness import unique_fields
from bake.renderer.words import value_text

_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")
_decoder: msgspec.json.Decoder[Key] = msgspec.json.Decoder(Key, float_hook=Decimal)


def collisions(project: Project, before: ChangesetLike, after: ChangesetLike) -> Collisions:
    """Whether two changesets can both be applied, and in which order. The database is not needed.

    Args:
        project: whose catalog says what is unique, and what refers to what.
        before: the one changeset, or its path.
        after: the other one, or its path.

    Raises:
        UsageError: one of them is not there, or is for another catalog.
        DamagedChangeset: one of them is damaged.
    """
    files = intact_for(project, before), intact_for(project, after)
    one, other = (_footprint(project.catalog, file) for file in files)
    return _found(*files, one, other)


def collisions_among(project: Project, files: Sequence[Changeset]) -> Iterator[Collisions]:
    """The pairs of changesets that do not commute, each file being read once.

    Args:
        project: as of `collisions`.
        files: intact changesets.
    """
    marked = [(file, _footprint(project.catalog, file)) for file in files]
    for (file, one), (another, other) in combinations(marked, 2):
        found = _found(file, another, one, other)
        if found.items:
            yield found


def _found(before: Changeset, after: Changeset, one: _Footprint, other: _Footprint) -> Collisions:
    found = (
        *_between_fields(one, other),
        *_between_keys(one, other, "before", "after"),
        *_between_keys(other, one, "after", "before"),
    )
    items = {(item.entity, _encoder.encode(item.key), item.fields, item.why): item for item in found}
    return Collisions(before, after, tuple(items.values()), len(before.decisions.open) + len(after.decisions.open))


class _Token(NamedTuple):
    """A key of a row: the entity, and the fields with their values as canonical JSON."""

    entity: str
    key: bytes


@dataclass(frozen=True, slots=True)
class _Footprint:
    """What a changeset expects and does, by keys.

    Attributes:
        changed: by the key of an updated row, its fields with their values before and after.
        given: the keys that rows get.
        expected: the keys of rows that have to be there, with the fields in which they are written, if by reference.
        deleted: the keys that are gone with their rows.
        taken: the keys that rows lose while they stay.
    """

    changed: dict[_Token, Mapping[str, tuple[Json, Json]]] = field(default_factory=dict)
    given: dict[_Token, None] = field(default_factory=dict)
    expected: dict[_Token, tuple[str, ...]] = field(default_factory=dict)
    deleted: dict[_Token, None] = field(default_factory=dict)
    taken: dict[_Token, None] = field(default_factory=dict)


def _token(entity: str, key: Row) -> _Token:
    return _Token(entity, _encoder.encode(key))


def _footprint(catalog: Catalog, file: Changeset) -> _Footprint:
    result = _Footprint()
    for operation in file.effective():
        item = catalog.entities.get(operation.entity)
        if not isinstance(operation, Skip) and item is not None:
            _add(result, item, operation)
    for token in result.given:
        result.expected.pop(token, None)
    return result


def _add(result: _Footprint, item: Entity, change: Change) -> None:
    match change:
        case Create():
            result.given[_token(item.name, change.key)] = None
            result.given.update((token, None) for token in _keys(item, change.values))
            _refer(result, item, change.values)
        case Update():
            before, after = before_after(change.patch)
            here = _token(item.name, change.key)
            result.expected.setdefault(here, ())
            result.changed[here] = {name: (before.get(name), value) for name, value in after.items()}
            had, has = (set(_keys(item, {**change.key, **values})) for values in (before, after))
            result.taken.update((token, None) for token in had - has)
            result.given.update((token, None) for token in has - had)
            _refer(result, item, after)
        case Delete():
            here = _token(item.name, change.key)
            result.expected.setdefault(here, ())
            result.deleted.update((token, None) for token in (here, *_keys(item, change.before)))


def _keys(item: Entity, values: Row) -> Iterator[_Token]:
    """The keys that a row with these values has, as far as they are known."""
    for names in {*item.identities, *unique_fields(item)}:
        if all(values.get(name) is not None for name in names):
            yield _token(item.name, {name: values[name] for name in names})


def _refer(result: _Footprint, item: Entity, values: Row) -> None:
    for name, target in item.references.items():
        if isinstance(key := values.get(name), dict):
            token = _token(target, key)
            result.expected[token] = (*result.expected.get(token, ()), f"{item.name}.{name}")


def _between_fields(one: _Footprint, other: _Footprint) -> Iterator[Collision]:
    """Rows of which both change the same fields."""
    for row in one.changed.keys() & other.changed.keys():
        mine, theirs = one.changed[row], other.changed[row]
        for name in sorted(mine.keys() & theirs.keys()):
            (had, has), (expects, sets) = mine[name], theirs[name]
            first: First = "before" if _same(has, expects) else "after" if _same(sets, had) else "neither"
            texts = (value_text(value) for value in (had, has, expects, sets))
            why = "{} → {} in the one, {} → {} in the other".format(*texts)
            yield Collision(row.entity, _key(row), (name,), first, why)


def _between_keys(one: _Footprint, other: _Footprint, this: First, that: First) -> Iterator[Collision]:
    """What the one does with keys that the other gives, or expects rows to have."""
    staying = {token: None for token in other.expected if token not in other.deleted and token not in other.taken}
    rules: tuple[tuple[Mapping[_Token, object], Mapping[_Token, object], First, str], ...] = (
        (one.given, other.given, "neither", "both give it to a row"),
        (one.given, staying, this, "one gives it to a row, which the other expects to be there"),
        (one.deleted, other.expected, "neither", "one deletes the row, which the other expects to be there"),
        (one.deleted, other.given, this, "one deletes the row that has it, and the other gives it to a row"),
        (one.taken, other.given, this, "one takes it from its row, and the other gives it to a row"),
        (one.taken, other.expected, that, "one takes it from its row, which the other names by it"),
    )
    for mine, theirs, first, why in rules:
        for token in mine.keys() & theirs.keys():
            fields = tuple(dict.fromkeys(other.expected.get(token, ())))
            yield Collision(token.entity, _key(token), fields, first, why)


def _key(token: _Token) -> Key:
    return _decoder.decode(token.key)


def _same(one: Json, other: Json) -> bool:
    """Whether two values are the same in a file, where `1` and `true` differ."""
    return _encoder.encode(one) == _encoder.encode(other)
