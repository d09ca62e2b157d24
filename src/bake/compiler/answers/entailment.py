"""What answers entail for operations that wait for nothing any more.

    by the answers it is known                            entailed is
    which row a new row refers to, or a value of it       a number far from the last one of that row: a warning
                                                          the same as a row here, or as another new one, in all fields
                                                          that are compared: a warning
    a value                                               what a check of its field finds strange: a warning
                                                          a code that another row has: a warning
    that a record is about a row                          a number far from that of the row: a warning
    of what the key of a new row is made                  the key; if a row here has that, the question which row it is
    a part of the key of a new row                        if a row here has that key, the question which row it is;
                                                          the next number, if it is a numbered line
    that several operations change a row in one field,    the question which of them counts
      or make new rows with one key

Under `strict`, a question comes with each field that is warned of. What an operation was warned of before is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.field_types import Reference
from bake.catalog.lookups import Frozen, frozen_values, proposed
from bake.catalog.row import Row as DatabaseRow
from bake.catalog.values import Json, Misfit, parse, shown
from bake.changeset.events import Entailed
from bake.changeset.further_id import further_id
from bake.changeset.model import Change, Create, Key, Patch, Question, Row, Update, Warn
from bake.changeset.patch import before_after, written
from bake.changeset.pointers import pointer, undecided_fields
from bake.changeset.warnings import rank
from bake.compiler.answers.line_numbers import LineNumbers
from bake.compiler.answers.rivals import Rivals
from bake.compiler.drafting.new_keys import Completion, key_of
from bake.compiler.drafting.warnings import jump
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.rows.rows_today import RowsToday

#: How many new rows are compared with those of the database at once: what is read for that takes memory.
_AT_ONCE = 500


class Decided(NamedTuple):
    """An operation that waits for nothing any more: without its answers, and with them.

    Attributes:
        again: what its answers entail is known; only its rivals may be others by now.
    """

    bare: Change
    now: Create | Update
    again: bool = False

    @property
    def answered(self) -> set[str]:
        """The fields that waited for an answer."""
        return undecided_fields(self.bare.needs) - {""}


class Entailment:
    """Finds what answers entail, for the operations of one changeset.

    Args:
        known: the rows of the database, and those that the changeset creates.
        strict: whether warnings are asked about.
        taken: the ids of the questions that there are.
    """

    def __init__(self, known: RowResolver, *, strict: bool, taken: Iterable[str]) -> None:
        self._known = known
        self._strict = strict
        self._taken = taken
        self._warnings: defaultdict[int, list[Warn]] = defaultdict(list)
        self._entailed: dict[int, Entailed] = {}
        self.questions: list[Question] = []

    def of(self, item: Entity, decided: Sequence[Decided], others: Iterable[Change]) -> dict[int, Entailed]:
        """What answers entail for operations of one entity, by number; `questions` gets what that asks.

        Args:
            item: the entity.
            decided: the operations.
            others: all of the entity that wait for nothing, these included, to find what is about the same row.
        """
        nested = self._known.catalog.numbered.get(item.name)
        rivals = Rivals(item, nested, [one.now for one in decided])
        decided = [one for one in decided if not one.again]
        creates = [one.now for one in decided if isinstance(one.now, Create)]
        parents = {name: self._ids_of(item.references[name], name, creates) for name in item.references}
        same, lines = _SameValues(item, creates), LineNumbers(self._known, item, nested)
        for other in others:
            for those in (same, lines, rivals):
                those.add(other)
        self._outliers(item, decided, parents)
        self._doubles(item, creates, parents, same)
        self._values(item, decided)
        for create in creates:
            self._key(item, create)
        self._taken_keys(item, decided, lines)
        self.questions += rivals.questions(self._id)
        return {one.now.n: found for one in decided if (found := self._found(item, one.now)) != Entailed()}

    @cached_property
    def _ids(self) -> dict[str, None]:
        """The ids that are taken by now; most answers need no further one."""
        return dict.fromkeys(self._taken)

    def _id(self, entity: str, subject: Key) -> str:
        id_ = further_id(entity, subject, self._ids)
        self._ids[id_] = None
        return id_

    def _found(self, item: Entity, now: Change) -> Entailed:
        known = {(warning.field, warning.code) for warning in now.warnings}
        fresh = [one for one in self._warnings.pop(now.n, []) if (one.field, one.code) not in known]
        if self._strict:
            self.questions += [self._asking(item, now, name, fresh) for name in {one.field: None for one in fresh}]
        return structs.replace(self._entailed.pop(now.n, Entailed()), warnings=tuple(fresh))

    def _warn(self, n: int, warning: Warn | None) -> None:
        if warning is not None:
            self._warnings[n].append(warning)

    def _ids_of(self, target: str, name: str, creates: Sequence[Create]) -> dict[int, int]:
        """By operation, the id of the row of the database that a reference names."""
        there = [one for one in creates if pointer(name) not in one.needs]
        named = [(one.n, key) for one in there if isinstance(key := one.values.get(name), dict)]
        hits = self._known.references.resolve_each(target, [key for _, key in named])
        return {n: hit.row.id for (n, _), hit in zip(named, hits, strict=True) if isinstance(hit, Found)}

    def _outliers(self, item: Entity, decided: Sequence[Decided], parents: Mapping[str, Mapping[int, int]]) -> None:
        for outlier in item.outliers:
            ids = parents[outlier.by]
            latest = self._known.snapshot.latest
            last = latest(item.name, outlier.field, outlier.by, outlier.order, sorted(set(ids.values()))) if ids else {}
            for one in decided:
                match one.now:
                    case Create(n=n, values=values) if n in ids:
                        self._warn(n, jump(outlier, values.get(outlier.field), last.get(ids[n])))
                    case Update(n=n, patch=patch):
                        before, after = before_after(patch)
                        self._warn(n, jump(outlier, after.get(outlier.field), before.get(outlier.field)))
                    case _:
                        continue

    def _doubles(
        self,
        item: Entity,
        creates: Sequence[Create],
        parents: Mapping[str, Mapping[int, int]],
        same: _SameValues,
    ) -> None:
        if not (item.compared and creates):
            return
        fields = ", ".join(item.compared)
        compared = {one.n: key for one in creates if (key := _compared(item, one, parents)) is not None}
        rows = self._known.snapshot.find(item.name, item.compared, list(dict.fromkeys(compared.values())))
        for one in creates:
            if (twin := same.twin(one)) is not None:
                said = f"operation {twin} is the same in {fields}"
                self._warn(one.n, Warn(field=item.compared[0], message=said, code="lookalike"))
            elif compared.get(one.n) in rows:
                said = f"a row here already is the same in {fields}"
                self._warn(one.n, Warn(field=item.compared[0], message=said, code="lookalike"))

    def _values(self, item: Entity, decided: Sequence[Decided]) -> None:
        """Warn of values that were answered."""
        traits = self._known.resembling.of(item).traits if item.codes else None
        for one in decided:
            for name, value in written(one.now).items():
                if name not in one.answered or value is None or name not in item.fields:
                    continue
                for check in item.fields[name].checks:
                    if message := check(value):
                        self._warn(one.now.n, Warn(field=name, message=message))
                if traits is not None and name in item.codes and isinstance(value, str):
                    ids = self._known.resembling.with_code(item, traits.code(name, value))
                    if ids and not self._is_own(item, one.now, ids):
                        said = f"{shown(value)} belongs to one of the {item.name} only, but {self._label(item, ids[0])}"
                        self._warn(one.now.n, Warn(field=name, message=f"{said} has it, too", code="duplicate"))

    def _is_own(self, item: Entity, now: Change, ids: Sequence[int]) -> bool:
        if isinstance(now, Create):
            return False
        rows = self._known.references.stored.exact(item, [now.key])[0]
        return any(row.id in ids for row in rows)

    def _label(self, item: Entity, id_: int) -> str:
        self._known.keys.fetch(item.name, (id_,))
        row = self._known.keys.row(item.name, id_)
        return self._known.label(item, row) if row is not None else "another one"

    def _key(self, item: Entity, now: Create) -> None:
        """Make the key of a new row again, of which fields were answered that it is made of."""
        if not now.derived:
            return
        document: Row = {name: value for name, value in now.values.items() if name not in now.derived}
        stems = {name: proposed(item.derived[name], document) for name in now.derived if name in item.derived}
        if all(str(now.values.get(name) or "") == stem for name, stem in stems.items()):
            return
        Completion(self._known, item, [dict(document)]).complete(document, ("", now.n))
        values = {name: document[name] for name in stems if document.get(name)}
        self._entailed[now.n] = Entailed(values=values, key=key_of(item, {**now.values, **values}))
        taken = self._known.references.stored.exact(item, [{name: stem} for name, stem in stems.items() if stem])
        rows = [row for some in taken for row in some]
        if rows:
            patch = RowsToday(self._known).towards(item, rows[0], now, but=(*stems, "uuid"))
            self._ask_identity(item, now, key_of(item, {**now.values, **values}), rows[0], patch)

    def _taken_keys(self, item: Entity, decided: Sequence[Decided], lines: LineNumbers) -> None:
        """Ask which row it is of new rows whose keys, of which parts were answered, rows here have; number lines."""
        parts = set(chain.from_iterable(item.keys))
        new = [
            (one.now, one.now)
            for one in decided
            if isinstance(one.now, Create) and not parts.isdisjoint(one.answered) and one.now.n not in self._entailed
        ]
        today = RowsToday(self._known)
        batches = (new[start : start + _AT_ONCE] for start in range(0, len(new), _AT_ONCE))
        for one in chain.from_iterable(today.compared(item, batch) for batch in batches):
            if not isinstance(one.now, Create):
                continue
            if lines and (one.row is not None or lines.is_taken(one.now)):
                self._entailed[one.now.n] = lines.renumbered(one.now)
            if one.row is not None:
                self._ask_identity(item, one.now, one.now.key, one.row, today.towards(item, one.row, one.now))

    def _ask_identity(self, item: Entity, now: Create, key: Key, row: DatabaseRow, patch: Patch) -> None:
        self._entailed.setdefault(now.n, Entailed())
        question = Question(
            id=self._id(item.name, {"operation": now.n}),
            kind="identity",
            entity=item.name,
            label=now.label,
            lookup=key,
            problem="a row that is here has the key which this one would get",
            asked_by=(now.n,),
            candidates=(self._known.candidate(item, row, patch, named=now.uuids),),
        )
        self.questions.append(question)

    def _asking(self, item: Entity, now: Change, name: str, warnings: Iterable[Warn]) -> Question:
        about = sorted((one for one in warnings if one.field == name), key=rank)
        return Question(
            id=self._id(item.name, {"operation": now.n, "field": name}),
            kind="invalid",
            entity=item.name,
            field=name,
            label=now.label,
            value=written(now).get(name),
            problem="; ".join(one.message for one in about),
            warning=about[0].code,
            asked_by=(now.n,),
        )


class _SameValues:
    """New rows that are the same in all compared fields as one of some."""

    def __init__(self, item: Entity, creates: Sequence[Create]) -> None:
        self._item = item
        self._marks = {_mark(item, one) for one in creates} if item.compared else set()
        self._found: defaultdict[Frozen, list[int]] = defaultdict(list)

    def add(self, other: Change) -> None:
        """Note an operation, if it is one of them."""
        if self._marks and isinstance(other, Create) and (mark := _mark(self._item, other)) in self._marks:
            self._found[mark].append(other.n)

    def twin(self, create: Create) -> int | None:
        """The number of another one that is the same."""
        return next((n for n in self._found[_mark(self._item, create)] if n != create.n), None)


def _compared(item: Entity, create: Create, parents: Mapping[str, Mapping[int, int]]) -> tuple[Json, ...] | None:
    """The compared values of a new row, references as ids; None if one leads to no row yet, or is not of its type."""
    parts: list[Json] = []
    for name in item.compared:
        value: Json = create.values.get(name)
        type_ = item.fields[name].type
        if isinstance(type_, Reference) and value is not None:
            value = parents[name].get(create.n)
            if value is None:
                return None
        elif not isinstance(type_, Reference):
            try:
                value = parse(type_, value)
            except Misfit:
                return None
        parts.append(value)
    return tuple(parts)


def _mark(item: Entity, create: Create) -> Frozen:
    """What is equal for new rows that are the same in all compared fields, references as keys."""
    values: Key = {name: create.values.get(name) for name in item.compared}
    return frozen_values(item.compared, values)
