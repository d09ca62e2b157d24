"""Records that name their own row by a composite text, such as `cornstarch:Argo:16.0:oz`, where its key stands.

    the rows that the text names     the record is about
    a single one                     that row, noted; it keeps its key
    several                          ask
    none                             a new row, which is what the text says, and gets a key of its own

A row whose key is that text is found by it before. In a set, which is a copy of a database, a key is a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSequence, Sequence

from bake.catalog.entity import Entity
from bake.catalog.lookups import ABSENT, frozen
from bake.catalog.names import enumerated
from bake.changeset.model import Key
from bake.compiler.context import Context
from bake.compiler.identity import Doubtful, Existing, Identity, lookup_of
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.references.lookup_readings import composite_lookup, merge
from bake.compiler.rows.resolved import Found, Unclear


def by_own_composites(
    context: Context,
    binding: Binding,
    readings: Sequence[Reading],
    lookups: MutableSequence[Key],
    unknown: Iterable[int],
) -> Mapping[int, Identity]:
    """The identities of records that name a row so; what the text says goes into those that name none.

    Args:
        context: the compilation.
        binding: the view of the records.
        readings: the records; the texts are taken out of them.
        lookups: what each says of its row; changed where such a text is taken out.
        unknown: the positions of those whose key no row has.
    """
    item = binding.entity
    if item.composite_key is None or context.source.kind == "set":
        return {}
    taken = {n: _taken_out(context, item, readings[n]) for n in unknown}
    said = {n: lookup for n, lookup in taken.items() if lookup is not None}
    hits = context.references.resolve(item.name, said.values()) if said else {}
    result: dict[int, Identity] = {}
    for n, lookup in said.items():
        match hits[frozen(lookup)]:
            case Found(row):
                result[n] = Existing(row)
            case Unclear(rows=rows) if rows:
                result[n] = Doubtful(tuple(rows), f"its {item.composite_key} names {len(rows)} rows")
            case _:
                _say(item, readings[n], lookup)
        lookups[n] = lookup_of(readings[n])
    return result


def _taken_out(context: Context, item: Entity, reading: Reading) -> Key | None:
    """What the composite text of a record says of its row; it no longer stands in the record then."""
    key = item.composite_key or ""
    text = reading.fields.get(key)
    lookup = composite_lookup(context.catalog, item, text)
    if lookup is not None:
        parts = enumerated([path[0] for path in item.composite.paths]) if item.composite else ""
        message = f"{key}: texts of {parts} were taken for what they say of the row, not for keys"
        context.notices.add("composite", message, reading.number)
        del reading.fields[key]
    return lookup


def _say(item: Entity, reading: Reading, lookup: Key) -> None:
    """Let a record say what its composite text does; what its columns say stays."""
    for name, part in lookup.items():
        if name in item.references:
            merge(reading.lookups.setdefault(name, {}), part)
        elif part is not ABSENT and reading.fields.get(name) is None and name not in reading.bad:
            reading.fields[name] = part
