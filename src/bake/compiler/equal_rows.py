"""Records without a natural key: rows that equal them are counted (rule 4).

What n equal rows of the database and m equal records of the source come to:

    rows that other records name by uuid or id       do not count
    the first n records                              are about these rows: already here
    the others                                       new
    a record that gives a uuid of its own            new: it says itself which row it means
    what it refers to is not known yet               new, noted
    it says more than what is compared (notes)       an edit, if the row and the record are the only ones of their kind;
                                                     else left as it is, noted

Equal are a record and a row that are the same in all fields by which its entity's rows are told apart
(`Entity.compared`), as far as the record says them: references as the rows they name, values in canonical form. So it
does not matter in which order the lines of a growing sheet come, and importing it again adds what was added to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.changeset.pointers import pointer
from bake.compiler.binding import Binding, Reading
from bake.compiler.context import Context
from bake.compiler.drafted_values import OperationDraft, warn
from bake.compiler.first_seen import FirstSeen
from bake.compiler.identity import Equal, Identity, New
from bake.compiler.reading_ahead import read_ahead
from bake.compiler.references import Found, Resolved, Unclear
from bake.compiler.spill_store import digest

#: Why a record is skipped that has an equal row.
ALREADY_HERE = "already here"

#: What of a record is compared: the fields, and their values, references as ids.
_Compared = tuple[tuple[str, ...], tuple[Json, ...]]


class EqualRows:
    """Matches records of entities without a natural key with rows that equal them, a batch at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._taken: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._known: dict[str, _Ahead] = {}

    def match(
        self,
        binding: Binding,
        readings: Sequence[Reading],
        bases: Sequence[Reading | None],
        identities: Sequence[Identity],
    ) -> list[Identity]:
        """The identities of these records, those that have an equal row being about that.

        One query a batch and set of fields; the source is read a second time once any row is equal.

        Args:
            binding: the view of the records.
            readings: the records.
            bases: what the export wrote for them.
            identities: which row each is about, by uuid, key or id.
        """
        item, result = binding.entity, list(identities)
        open_ = [n for n, known in enumerate(identities) if bases[n] is None and is_counted(item, readings[n], known)]
        compared = dict(zip(open_, _compared(self._context, item, [readings[n] for n in open_]), strict=True))
        equal = {n: rows for n, rows in self._rows(item, compared).items() if rows}
        if not equal:
            return result
        ahead = self._ahead(item)
        for n, rows in equal.items():
            free = [row for row in rows if row.id not in self._taken[item.name] and row.id not in ahead.claimed]
            if free:
                self._taken[item.name].add(free[0].id)
                sole = len(rows) == 1 and _mark(compared[n]) not in ahead.repeated
                result[n] = Equal(free[0], sole=sole)
        return result

    def _rows(self, item: Entity, compared: dict[int, _Compared | None]) -> dict[int, list[Row]]:
        """By place of a record, the rows that equal it, by id."""
        groups: defaultdict[tuple[str, ...], dict[int, tuple[Json, ...]]] = defaultdict(dict)
        for n, said in compared.items():
            if said is not None:
                groups[said[0]][n] = said[1]
        found: dict[int, list[Row]] = {}
        for names, keys in groups.items():
            rows = self._context.snapshot.find(item.name, names, list(dict.fromkeys(keys.values())))
            found.update((n, rows.get(key, [])) for n, key in keys.items())
        return dict(sorted(found.items()))

    def _ahead(self, item: Entity) -> _Ahead:
        if item.name not in self._known:
            self._known[item.name] = _Ahead(self._context, item)
        return self._known[item.name]


class _Ahead:
    """What all records of an entity, also those still to come, say together.

    Attributes:
        claimed: the rows that records name by uuid or id.
        repeated: the digests of what several records say in the same words.
    """

    def __init__(self, context: Context, item: Entity) -> None:
        self.claimed = Coverage()
        self.repeated: set[bytes] = set()
        seen = FirstSeen()
        for batch in read_ahead(context, item):
            self.claimed.add_all(set(batch.rows))
            known = zip(batch.readings, batch.bases, batch.identities, strict=True)
            counted = [one for one, base, identity in known if base is None and is_counted(item, one, identity)]
            for said in _compared(batch.context, item, counted):
                if said is not None and seen.first(_mark(said), 0) is not None:
                    self.repeated.add(_mark(said))
            seen.trim()


class Doubles:
    """Warns of new rows that equal another: there may be more of them than the source means."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._first = FirstSeen()

    def warn(self, item: Entity, drafts: Sequence[OperationDraft], parents: Sequence[dict[str, Resolved]]) -> None:
        """Warn of new rows that equal an earlier record of this source, or a row that another record is about.

        Args:
            item: their entity.
            drafts: what they would be.
            parents: for each, what its references name.
        """
        if not item.compared:
            return
        keys = [_drafted(item, draft, named) for draft, named in zip(drafts, parents, strict=True)]
        asked = dict.fromkeys(key for key in keys if key is not None)
        rows = self._context.snapshot.find(item.name, item.compared, list(asked)) if asked else {}
        for draft, key in zip(drafts, keys, strict=True):
            if key is not None:
                first = self._first.first(_mark((item.compared, key)), draft.reading.number)
                if first is not None:
                    self._add(item, draft, f"record {first} is the same in " + ", ".join(item.compared))
                elif key in rows:
                    self._add(item, draft, "a row here already is the same in " + ", ".join(item.compared))
        self._first.trim()

    def _add(self, item: Entity, draft: OperationDraft, message: str) -> None:
        warn(draft, item.compared[0], message, code="lookalike")


def _drafted(item: Entity, draft: OperationDraft, parents: dict[str, Resolved]) -> tuple[Json, ...] | None:
    """The values in which new rows are compared, references as ids; None while one waits, or has no parent yet."""
    parts: list[Json] = []
    for name in item.compared:
        parent = parents.get(name)
        if name in item.references and isinstance(parent, Found):
            parts.append(parent.row.id)
        elif pointer(name) in draft.needs or (name in item.references and draft.values.get(name) is not None):
            return None
        else:
            parts.append(draft.values.get(name))
    return tuple(parts)


def is_counted(item: Entity, reading: Reading, identity: Identity) -> bool:
    """Whether a record is one of those that are told apart by counting: it has no key, and says no uuid of its own."""
    return bool(item.compared) and isinstance(identity, New) and not given(reading.fields, "uuid")


def _compared(context: Context, item: Entity, readings: Sequence[Reading]) -> list[_Compared | None]:
    """What of each record is compared; None if something does not fit, is missing, or refers to no row that is here."""
    named = {
        name: context.references.resolve(target, [one.lookups[name] for one in readings if given(one.lookups, name)])
        for name, target in item.references.items()
        if name in item.compared
    }
    return [_one_compared(context, item, reading, named) for reading in readings]


def _one_compared(
    context: Context, item: Entity, reading: Reading, named: dict[str, dict[Frozen, Resolved]]
) -> _Compared | None:
    names: list[str] = []
    values: list[Json] = []
    for name in item.compared:
        value: Json = None
        if name in named and given(reading.lookups, name):
            hit = named[name][frozen(reading.lookups[name])]
            if not isinstance(hit, Found):
                _note_unclear(context, item, reading, name, hit)
                return None
            value = hit.row.id
        elif name not in named:
            value = reading.fields.get(name)
        if name in reading.bad or (value is None and item.fields[name].required):
            return None
        if value is not None or _says_null(item, reading, name):
            names.append(name)
            values.append(value)
    return tuple(names), tuple(values)


def _says_null(item: Entity, reading: Reading, name: str) -> bool:
    """Whether a record says that a row has nothing in a field; one that gets a default then says nothing."""
    column = item.table.c[item.fields[name].column]
    said = name in reading.fields or name in reading.lookups
    return said and column.default is None and column.server_default is None


def _note_unclear(context: Context, item: Entity, reading: Reading, name: str, hit: Resolved) -> None:
    if isinstance(hit, Unclear):
        message = f"{name} is not known yet, so it was not compared with the {item.name} that are here"
        context.notices.add("not_compared", message, reading.number)


def _mark(said: _Compared | None) -> bytes:
    """What stands for what of a record is compared."""
    return digest(repr(said).encode("utf-8", "backslashreplace"))
