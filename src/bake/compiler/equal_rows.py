"""Records without a natural key: rows that equal them are counted (rule 4).

What n equal rows of the database and m equal records of the source come to:

    rows that other records name by uuid or id       do not count
    the first n records                              are about these rows: already here
    the others                                       new
    a record that gives a uuid of its own            new: it says itself which row it means
    a record of a log of skipped records             new: its source was counted when it was first imported
    what it refers to is not known yet               as if that differed; noted where that is so of several fields
    a row is equal but for one field                 asked, once for all records and that field (`near_rows`)
    it says more than what is compared (notes)       an edit, if the row and the record are the only ones of their kind;
                                                     else left as it is, noted

Equal are a record and a row that are the same in all fields by which its entity's rows are told apart
(`Entity.compared`), as far as the record says them: references as the rows they name, values in canonical form. So it
does not matter in which order the lines of a growing sheet come, and importing it again adds what was added to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bake.catalog.lookups import given
from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.changeset.pointers import pointer
from bake.compiler.binding import Binding, Reading
from bake.compiler.compared_values import Compared, compared_values
from bake.compiler.context import Context
from bake.compiler.drafted_values import OperationDraft, warn
from bake.compiler.first_seen import FirstSeen
from bake.compiler.identity import Equal, Identity, New, Settled
from bake.compiler.near_rows import LeftOver, near_rows, nearly_equal, rows_with
from bake.compiler.reading_ahead import read_ahead
from bake.compiler.references import Found, Resolved

#: Why a record is skipped that has an equal row.
ALREADY_HERE = "already here"


class EqualRows:
    """Matches records of entities without a natural key with rows that equal them, a batch at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._taken: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._known: dict[str, _Ahead] = {}
        self._any: dict[str, bool] = {}
        self._left: defaultdict[str, list[LeftOver]] = defaultdict(list)

    def match(
        self, binding: Binding, readings: Sequence[Reading], identities: Sequence[Identity]
    ) -> list[Identity | None]:
        """The identities of these records, those that have an equal row being about that; None: `settle` gives it.

        A query a batch and set of fields; the source is read a second time once any row is equal, or nearly.

        Args:
            binding: the view of the records.
            readings: the records.
            identities: which row each is about, by uuid, key or id.
        """
        item, result = binding.entity, list[Identity | None](identities)
        known = enumerate(zip(readings, identities, strict=True))
        counted = [n for n, (one, identity) in known if one.usable_base is None and is_counted(item, one, identity)]
        is_log = self._context.source.origins is not None
        if not counted or is_log or not self._are_any(item):
            return result
        said = dict(zip(counted, compared_values(self._context, item, [readings[n] for n in counted]), strict=True))
        compared = {n: one for n, one in said.items() if one is not None}
        whole = {n: (one.names, one.values) for n, one in compared.items() if one.gap is None}
        for n, rows in rows_with(self._context, item, whole).items():
            if free := self._free(item, rows):
                self._taken[item.name].add(free[0].id)
                sole = len(rows) == 1 and compared[n].mark not in self._ahead(item).repeated
                result[n] = Equal(free[0], sole=sole)
        left = {n: one for n, one in compared.items() if not isinstance(result[n], Equal)}
        for n, near in nearly_equal(self._context, item, left).items():
            if self._free(item, [row for rows in near.values() for row in rows]):
                self._left[item.name].append(LeftOver(binding, readings[n], left[n]))
                result[n] = None
        return result

    def settle(self, entity: str) -> list[Settled]:
        """The records that nearly equal rows, now that it is known which rows others are about."""
        left, item = self._left.pop(entity, []), self._context.catalog.entities[entity]
        near: list[dict[str, list[Row]]] = []
        for start in range(0, len(left), self._context.options.batch):
            some = left[start : start + self._context.options.batch]
            found = nearly_equal(self._context, item, {n: one.said for n, one in enumerate(some)})
            near += [
                {name: free for name, rows in found.get(n, {}).items() if (free := self._free(item, rows))}
                for n in range(len(some))
            ]
        return near_rows(item, left, near)

    def _are_any(self, item: Entity) -> bool:
        """Whether the database has any row of an entity."""
        if item.name not in self._any:
            self._any[item.name] = next(iter(self._context.snapshot.scan(item.name, ())), None) is not None
        return self._any[item.name]

    def _free(self, item: Entity, rows: Sequence[Row]) -> list[Row]:
        """The rows that no record is about, neither one that came before nor one that names its row itself."""
        if not rows:
            return []
        taken, claimed = self._taken[item.name], self._ahead(item).claimed
        return [row for row in rows if row.id not in taken and row.id not in claimed]

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
            known = zip(batch.readings, batch.identities, strict=True)
            counted = [one for one, identity in known if one.usable_base is None and is_counted(item, one, identity)]
            for said in compared_values(batch.context, item, counted):
                if said is not None and seen.first(said.mark, 0) is not None:
                    self.repeated.add(said.mark)
            seen.trim()


def is_counted(item: Entity, reading: Reading, identity: Identity) -> bool:
    """Whether a record is one of those that are told apart by counting: it has no key, and says no uuid of its own."""
    return bool(item.compared) and isinstance(identity, New) and not given(reading.fields, "uuid")


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
                first = self._first.first(Compared(item.compared, key).mark, draft.reading.number)
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
