"""Finds which row a record is about, one record at a time (rule 1).

    what is found                                          the record is about
    the composite text in the place of its key names a
    row, or several (`matching.own_composites`)            that row, noted; or ask
    its uuid is that of a row                              that row
      … but its natural key is that of another row         ask
    its natural key is that of a row                       that row; an id that names another row is noted
      … which has another id, and is not what the rest
      of the record says                                   ask: the key may have moved on since it was exported
    an earlier import of this very file created a row
    from it                                                that row
    only parts of its natural key, or names, are those
    of rows, and none of these has its id                  ask
    its id names a row, but a set gives another uuid       a new row
    its id names a row that agrees with it, and the id
    may have been reused (`matching.agreement`)            ask, if the record would change that row: one question
                                                           for all such records
      … and nothing says that the id was reused            that row, noted
    its id names a row that does not agree with it         a new row, noted, if it has a natural key; a new row in a
                                                           document, which has ids of its own; else ask
    its id names no row                                    a new row; ask if it has no key and comes from a view,
                                                           whose ids are those of a database
    a view gives an id or uuid that no row has, and rows
    are similar                                            ask
    a whole key in normal form, or a code, is that of one
    row that nothing in the record contradicts             that row, noted (`bake.compiler.likeness.likeness`)
    rows resemble it in another way, or several do         ask
    a row has its name but for a slip                      ask: one question for all such records
    nothing                                                a new row

A null or blank part of a key matches only a null part, so parts of a key are never enough. Where a row is found by the
normal form of a text, the text of the row is kept.

`bake.compiler.matching.agreement` says when a row agrees with a record, and what an id is worth beside that.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence, Sequence
from types import MappingProxyType

from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import complete, given, parts
from bake.catalog.names import enumerated
from bake.catalog.row import Row
from bake.catalog.values import same, shown
from bake.changeset.model import Key
from bake.compiler.context import Context
from bake.compiler.drafting.new_keys import derived_uuid
from bake.compiler.identity import Doubtful, Existing, Identity, New, SharedDoubt, lookup_of
from bake.compiler.likeness.likeness import Resemblance
from bake.compiler.likeness.resembling import ResemblingRow
from bake.compiler.matching.agreement import agrees, changes_nothing, fetch_by_id, is_of, may_be_reused, resolve_parents
from bake.compiler.matching.own_composites import by_own_composites
from bake.compiler.matching.two_rows import doubts_by_id, doubts_by_natural_key
from bake.compiler.reading.binding import Binding, Reading

_NONE: Mapping[int, Row] = MappingProxyType({})

_REUSED = "these records give no uuid, and an id alone does not prove which row is meant: a deleted row's id is reused"
_DISAGREES = "the rows here that have the ids of these records do not agree with them"
_NOBODY = "no row here has the ids of these records, and nothing else in them identifies one"


def identify(
    context: Context, binding: Binding, readings: Sequence[Reading], known: Mapping[int, Row] = _NONE
) -> list[Identity]:
    """Find which row each of these records is about. The number of queries grows with the kinds of keys, not records.

    Args:
        context: the compilation.
        binding: the view of all the records.
        readings: the records.
        known: the rows of records whose key was looked up already, by the number of the record.
    """
    open_ = [reading for reading in readings if reading.number not in known] if known else readings
    found = iter(_identify(context, binding, open_)) if open_ else iter(())
    return [Existing(row) if (row := known.get(one.number)) else next(found) for one in readings]


def _identify(context: Context, binding: Binding, readings: Sequence[Reading]) -> list[Identity]:
    """Identify records: by key or uuid, else by parts of a key, else by id, else by likeness to a row.

    Records of entities without keys come here if they equal no row (`equal_rows`).
    """
    item = binding.entity
    lookups = [lookup_of(reading) for reading in readings]
    rows = context.references.stored.exact(item, lookups)
    unknown = (n for n, found in enumerate(rows) if not found)
    named = by_own_composites(context, binding, readings, lookups, unknown)
    rivals = doubts_by_natural_key(context, item, lookups, rows)
    rivals |= doubts_by_id(context, binding, readings, rows)
    result: list[Identity | None] = [
        named.get(n) or _by_key(context, binding, reading, lookup, found, rivals.get(n))
        for n, (reading, lookup, found) in enumerate(zip(readings, lookups, rows, strict=True))
    ]
    _own_rows(context, item, readings, lookups, result)
    rest = [n for n, identity in enumerate(result) if identity is None]
    _add_by_parts_or_id(context, binding, readings, lookups, rest, result)
    _add_similar(context, binding, readings, result)
    if item.keys:
        add_resembling(context, item, readings, result)
    _add_alike(context, item, lookups, result)
    for n in rest:
        _note_other_id(context, binding, readings[n], result[n])
    return [identity or New() for identity in result]


def _add_by_parts_or_id(
    context: Context,
    binding: Binding,
    readings: Sequence[Reading],
    lookups: Sequence[Key],
    rest: Sequence[int],
    result: MutableSequence[Identity | None],
) -> None:
    """Identify the records at the positions in `rest` by parts of a key, or by their id, as far as that is possible."""
    item = binding.entity
    fetch_by_id(context, binding, [id_ for n in rest if (id_ := readings[n].id) is not None])
    unnamed = [n for n in rest if not _gives_whole_key(item, lookups[n])] if item.keys else []
    parts = [{name: part for name, part in lookups[n].items() if name not in item.codes} for n in unnamed]
    found = context.references.stored.by_parts(item, parts)
    shared = {id(rows): tuple(rows) for rows in found}
    similar = {n: shared[id(rows)] for n, rows in zip(unnamed, found, strict=True)}
    resolve_parents(context, binding, [(readings[n], rows) for n in rest if (rows := similar.get(n))])
    resolve_parents(context, binding, _with_rows_by_id(context, item, [readings[n] for n in rest]))
    for n in rest:
        by_parts = _by_parts(context, binding, readings[n], similar.get(n, ()))
        result[n] = by_parts or _by_id(context, binding, readings[n])


def _with_rows_by_id(context: Context, item: Entity, readings: Sequence[Reading]) -> list[tuple[Reading, list[Row]]]:
    """The records that give the id of a row, each with a list of that row alone; rows have to be fetched before."""
    rows = [(one, context.keys.known(item.name, one.id)) for one in readings if one.id is not None]
    return [(one, [row]) for one, row in rows if row is not None]


def _own_rows(
    context: Context, item: Entity, readings: Sequence[Reading], lookups: list[Key], result: list[Identity | None]
) -> None:
    """Identify records by the rows that they created when the same source was applied before (rule 4)."""
    if "uuid" not in item.fields:
        return
    rest = [n for n, found in enumerate(result) if found is None and not given(lookups[n], "uuid")]
    uuids = [(derived_uuid(*context.source.origin(readings[n].number)),) for n in rest]
    rows = context.snapshot.find(item.name, ("uuid",), uuids) if uuids else {}
    for n, uuid in zip(rest, uuids, strict=True):
        if uuid in rows:
            result[n] = Existing(rows[uuid][0])


def _by_key(
    context: Context, binding: Binding, reading: Reading, lookup: Key, rows: list[Row], other: Doubtful | None
) -> Identity | None:
    if len(rows) > 1:
        return Doubtful(tuple(rows), f"{len(rows)} rows have this key")
    if not rows:
        return None
    if other is not None:
        return other
    by_uuid = given(lookup, "uuid") and lookup["uuid"] == rows[0].values.get("uuid")
    if reading.id not in (None, rows[0].id) and binding.view.kind != "entity":
        used = "uuid" if by_uuid else "natural key"
        message = f"the {ID} is not that of the row which the {used} names here; the {used} was used"
        context.notices.add("id_differs", message, reading.number)
    if given(lookup, "uuid") and not by_uuid:
        context.notices.add("uuid_unknown", "the uuid is not known here; the natural key was used", reading.number)
    return Existing(rows[0])


def _by_parts(context: Context, binding: Binding, reading: Reading, rows: tuple[Row, ...]) -> Identity | None:
    item, lookup = binding.entity, lookup_of(reading)
    if not rows:
        return None
    if reading.id is not None and any(row.id == reading.id and is_of(context, binding, reading, row) for row in rows):
        return None
    named = [name for name in parts(item, lookup) if name not in item.codes]
    return Doubtful(rows, f"only its {enumerated(named)} {'is' if len(named) == 1 else 'are'} that of a row here")


def _gives_whole_key(item: Entity, lookup: Key) -> bool:
    """Whether a record gives a whole key of one field; then parts of other keys do not count."""
    return any(complete(item, key, lookup) for key in item.identities if len(key) == 1 and key != ("uuid",))


def _by_id(context: Context, binding: Binding, reading: Reading) -> Identity | None:
    """Identify a record by its id; None if it gives none, or may be a new row."""
    item = binding.entity
    if reading.id is None:
        return None
    row = context.keys.known(item.name, reading.id)
    keyed = any(complete(item, key, lookup_of(reading)) for key in item.identities)
    if row is None:
        if keyed or binding.view.kind == "entity":
            return None
        return SharedDoubt((), _NOBODY)
    if binding.view.kind == "entity" and given(lookup_of(reading), "uuid"):
        return None  # a set says which rows there are: another uuid is another row, however alike the two may be
    if is_of(context, binding, reading, row):
        if may_be_reused(context, binding, reading, row) and not changes_nothing(context, binding, reading, row):
            return SharedDoubt((row,), _REUSED)
        context.notices.add("matched_by_id", "matched by id, with which the rest of the record agrees", reading.number)
        return Existing(row)
    if keyed or context.ids_are_of_source:
        return None
    return SharedDoubt((row,), _DISAGREES)


def _note_other_id(context: Context, binding: Binding, reading: Reading, identity: Identity | None) -> None:
    """Note that a record with a key gives the id of a row that it is not about."""
    row = None if reading.id is None else context.keys.known(binding.entity.name, reading.id)
    if row is None or isinstance(identity, Existing) or (isinstance(identity, Doubtful) and row in identity.rows):
        return
    is_set = binding.view.kind == "entity" and given(lookup_of(reading), "uuid")
    keyed = any(complete(binding.entity, key, lookup_of(reading)) for key in binding.entity.identities)
    if keyed and not is_set and not is_of(context, binding, reading, row):
        message = f"the row that has the {ID} here is not what the record says; it was not taken for it"
        context.notices.add("id_differs", message, reading.number)


def _add_similar(
    context: Context, binding: Binding, readings: Sequence[Reading], result: list[Identity | None]
) -> None:
    """Make records doubtful that give an id or uuid which no row has, but that agree with rows of the same parents.

    The fields that would identify such a record may be those that were edited.
    """
    item = binding.entity
    keys = [tuple(name for name in key if name not in binding.editable) for key in item.keys if len(key) > 1]
    claiming = [n for n, reading in enumerate(readings) if result[n] is None and _claims_a_row(binding, reading)]
    for fixed in filter(None, keys):
        alike = context.references.stored.having(item, fixed, [lookup_of(readings[n]) for n in claiming])
        resolve_parents(context, binding, [(readings[n], rows) for n, rows in zip(claiming, alike, strict=True)])
        for n, rows in zip(claiming, alike, strict=True):
            similar = tuple(row for row in rows if agrees(context, binding, readings[n], row))
            if similar and result[n] is None:
                problem = "nobody has its id or uuid here, and its key is new, but much is like this row"
                result[n] = Doubtful(similar, problem)


def _claims_a_row(binding: Binding, reading: Reading) -> bool:
    """Whether a record of a view gives an id or uuid, and no key of one field."""
    lookup = lookup_of(reading)
    named = any(given(lookup, key[0]) for key in binding.entity.keys if len(key) == 1)
    return binding.view.kind != "entity" and not named and (reading.id is not None or given(lookup, "uuid"))


def _add_alike(context: Context, item: Entity, lookups: list[Key], result: list[Identity | None]) -> None:
    """Add to doubtful records the rows that equal the record in all fields of the entity's likeness."""
    if not item.likeness:
        return
    doubtful = [(n, identity) for n, identity in enumerate(result) if isinstance(identity, Doubtful)]
    alike = context.references.stored.having(item, item.likeness, [lookups[n] for n, _ in doubtful])
    for (n, doubt), rows in zip(doubtful, alike, strict=True):
        known = {row.id for row in rows}
        if isinstance(doubt, SharedDoubt) and known.issubset(row.id for row in doubt.rows):
            continue
        result[n] = Doubtful((*rows, *(row for row in doubt.rows if row.id not in known)), doubt.problem)


def add_resembling(
    context: Context, item: Entity, readings: Sequence[Reading], result: MutableSequence[Identity | None]
) -> None:
    """Find rows that resemble records which would otherwise create new rows.

    Args:
        context: the compilation.
        item: the entity of the records.
        readings: the records.
        result: the identity of each record, as far as it is known; the others are set if a row resembles the record.
    """
    new = [n for n, one in enumerate(result) if one is None or (isinstance(one, Doubtful) and not one.rows)]
    lookups = [lookup_of(readings[n]) for n in new]
    for n, rows in zip(new, context.resembling.rows(item, lookups), strict=True):
        same_rows = [one for one in rows if one.comparison.result is Resemblance.SAME]
        if len(same_rows) == 1 and not isinstance(result[n], Doubtful):
            result[n] = Existing(same_rows[0].row)
            _take_for(context, item, readings[n], same_rows[0])
        elif rows:
            result[n] = _doubt(rows)


def _doubt(rows: Sequence[ResemblingRow]) -> Doubtful:
    """The doubt about a record that resembles these rows; shared with other records if a name is only misspelt."""
    rows = [one for one in rows if one.comparison.result is not Resemblance.MISSPELT] or rows
    alike, first = tuple(one.row for one in rows), rows[0].comparison
    if len(rows) > 1:
        return Doubtful(alike, f"{len(rows)} rows here are much like it")
    return (SharedDoubt if first.result is Resemblance.MISSPELT else Doubtful)(alike, first.problem)


def _take_for(context: Context, item: Entity, reading: Reading, alike: ResemblingRow) -> None:
    """Keep the texts of the row by which a record was recognised, with a notice of each."""
    for name in alike.comparison.common:
        said, has = reading.fields.get(name), alike.row.values[name]
        if not isinstance(said, str) or same(said, has):
            continue
        message = f"{name}: {shown(said)} was taken for {shown(has)}"
        context.notices.add("normalised", message, reading.number)
        reading.fields[name] = has
    if not any(complete(item, key, lookup_of(reading)) for key in item.keys):
        codes = " and ".join(name for name in item.codes if name in alike.comparison.common)
        if codes:
            context.notices.add("matched_by_code", f"matched by {codes}", reading.number)
