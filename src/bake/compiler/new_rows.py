"""Records about rows that are certainly new, told apart early and many at once.

A record is one of these if all that it says fits, each reference names a row of the database whatever is still to come
(`References.certain`), no row here has its uuid or any of its natural keys, one of which is a single field, and none
has anything else in common with it (`bake.compiler.likeness`). That is what the long way would find
(`bake.compiler.identity`, `bake.compiler.references`), which gets all others; a law in tests/laws holds the two ways
together. Doubles among the new rows themselves are looked for later, in the same way for both (`bake.compiler.batch`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bake.catalog.base_digest import BASE
from bake.catalog.lookups import holders
from bake.catalog.values import Json
from bake.compiler.binding import Binding
from bake.compiler.column_reader import ColumnReader
from bake.compiler.comparison_plan import UnsupportedColumns
from bake.compiler.context import Context
from bake.compiler.identity import lookup_of
from bake.compiler.new_keys import derived_uuid
from bake.compiler.pending_record import PendingRecord
from bake.compiler.references import Found
from bake.compiler.row_matching import ClassifiedBatch
from bake.sources.model import Record

#: How many forms of records are remembered.
_REMEMBERED = 1000


class NewRows:
    """Tells new rows of one section apart, batch by batch."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._context = context
        self._binding = binding
        self._forms: dict[tuple[str, ...], ColumnReader | None] = {}

    def sort(self, records: ClassifiedBatch) -> ClassifiedBatch:
        """Take the records about new rows out of the rest of a batch."""
        if not records.rest:
            return records
        alike: defaultdict[tuple[str, ...], list[Record]] = defaultdict(list)
        for record in records.rest:
            if self._binding.base is None or record.value.get(BASE) is None:  # else its row may be gone
                alike[tuple(record.value)].append(record)
        for names, some in alike.items():
            if form := self._form(names):
                records.new += self._new(form.read(self._context, some))
        numbers = {pending.reading.number for pending in records.new}
        records.rest = [record for record in records.rest if record.number not in numbers]
        return records

    def _form(self, names: tuple[str, ...]) -> ColumnReader | None:
        """How records with these columns are read, if they can be."""
        if names not in self._forms:
            if len(self._forms) == _REMEMBERED:
                self._forms.clear()
            try:
                self._forms[names] = ColumnReader(self._binding, names)
            except UnsupportedColumns:
                self._forms[names] = None
        return self._forms[names]

    def _new(self, pendings: list[PendingRecord]) -> Iterator[PendingRecord]:
        """Those of which nothing here has a key."""
        item = self._binding.entity
        keys = {key: self._keys(key, pendings) for key in item.identities}
        named = [keys[key] for key in item.keys if len(key) == 1]
        known: set[int] = set()
        for key, theirs in keys.items():
            asked = list(dict.fromkeys(one for one in theirs if one is not None))
            there = self._context.snapshot.tuples(item.name, key, asked, key) if asked else {}
            known.update(n for n, one in enumerate(theirs) if one in there)
        for n, pending in enumerate(pendings):
            if n not in known and self._id_says_nothing(pending) and any(those[n] is not None for those in named):
                lookup = lookup_of(pending.reading)
                said = self._context.resembling.said_with(item, lookup, pending.resolved)
                if not self._context.resembling.any(item, said):
                    yield pending

    def _id_says_nothing(self, pending: PendingRecord) -> bool:
        """Whether no id could name the row: a set that gives a uuid says by it which row is meant."""
        reading = pending.reading
        return reading.id is None or (self._binding.view.kind == "entity" and reading.fields.get("uuid") is not None)

    def _keys(self, key: tuple[str, ...], pendings: Sequence[PendingRecord]) -> list[tuple[Json, ...] | None]:
        """For each record its values of a key, references as ids; None if it does not give the key."""
        if key == ("uuid",):
            return [(self._uuid(pending),) for pending in pendings]
        columns = [self._values(name, pendings) for name in key]
        held = holders(self._binding.entity, key, columns)
        return [values if gives else None for values, gives in zip(zip(*columns, strict=True), held, strict=True)]

    def _uuid(self, pending: PendingRecord) -> Json:
        """The uuid that the row has, or would have if an earlier import of this very file had created it (rule 4)."""
        given = pending.reading.fields.get("uuid")
        return derived_uuid(*self._context.source.origin(pending.reading.number)) if given is None else given

    def _values(self, name: str, pendings: Sequence[PendingRecord]) -> list[Json]:
        if name not in self._binding.entity.references:
            return [pending.reading.fields.get(name) for pending in pendings]
        named = [pending.resolved.get(name) for pending in pendings]
        return [hit.row.id if isinstance(hit, Found) else None for hit in named]
