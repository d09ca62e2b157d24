"""Which row a record is about that has no key, where a decision says so: the outcomes of its options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import structs

from bake.catalog.lookups import given
from bake.catalog.row import Row
from bake.changeset.model import OTHERWISE, Create, Option, Outcome, Patch
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft
from bake.compiler.drafting.row_difference import edits, patch_of
from bake.compiler.identity import Equal, Identity, Near, Varied, lookup_of
from bake.compiler.matching.equal_rows import ALREADY_HERE
from bake.compiler.pending_record import PendingRecord
from bake.compiler.reading.binding import Reading
from bake.compiler.reading.column_decisions import ColumnDecision
from bake.compiler.rows.resolved import Found, Resolved

#: The decision whether records are the rows that they are near to: the fields in which they differ, and whether these
#: are unclear.
_Nearness = tuple[tuple[str, ...], bool]

#: Of several rows that a record is near to so many are offered, the last ones.
_OFFERED = 9


class RowDecisions:
    """Writes outcomes of decisions that say which rows records are about."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decided(self, pending: PendingRecord, draft: OperationDraft, create: Create) -> Create:
        """A new row that may turn out to be one that is here, with all that this hangs on.

        Args:
            pending: the record, near rows or by some option about one.
            draft: of the new row.
            create: the same as an operation.
        """
        writing = _Writing(self._context, pending, draft)
        match pending.identity:
            case Near() as near:
                return writing.added(create, writing.outcome(pending.reading, near))
            case Varied() as varied:
                own = {draft.needs[pointer(one.field)] for one in varied.own}
                left = {question: options for question, options in create.outcomes.items() if question not in own}
                create = structs.replace(create, outcomes=left)
                return writing.added(create, writing.branches(varied))
            case _:
                return create


class _Writing:
    """Writes the outcomes of one operation; each question is asked once, in however many branches it comes up."""

    def __init__(self, context: Context, pending: PendingRecord, draft: OperationDraft) -> None:
        self._context, self._pending, self._draft = context, pending, draft
        self._item = pending.binding.entity
        self._asked = self._ask_near(_identities(pending.identity))

    def added(self, create: Create, outcome: Outcome) -> Create:
        """The new row, waiting for what an outcome waits for."""
        needs, outcomes = {**outcome.needs, **create.needs}, {**create.outcomes, **outcome.outcomes}
        return structs.replace(create, needs=needs, outcomes=outcomes)

    def outcome(self, reading: Reading, identity: Identity) -> Outcome:
        """What the operation is, if the record is read like this and about that."""
        match identity:
            case Equal(row, sole=sole):
                return self._same(reading, row, edited=sole)
            case Near() as near:
                question = self._asked[near.fields, near.gap]
                return Outcome(needs={"": question}, outcomes={question: self._near(reading, near)})
            case _:
                return Outcome()

    def branches(self, varied: Varied) -> Outcome:
        """What the operation is by all options of the decisions on which that hangs, one within the other."""
        shared = {one.subject: n for n, one in enumerate(varied.decisions)}
        own = {one.subject: one for one in varied.own}
        only_own = [one for one in varied.own if one.subject not in shared]
        return self._branch(varied, own, [*varied.decisions, *only_own], {})

    def _branch(
        self,
        varied: Varied,
        own: Mapping[tuple[str, str, str], ColumnDecision],
        decisions: Sequence[ColumnDecision],
        chosen: Mapping[tuple[str, str, str], str],
    ) -> Outcome:
        """What is left to decide once these options are chosen."""
        if not decisions:
            return self.outcome(*varied.ways[tuple(chosen[one.subject] for one in varied.decisions)])
        (decision, *further), mine = decisions, own.get(decisions[0].subject)
        if mine is None:
            position = varied.decisions.index(decision)
            names = list(dict.fromkeys(way[position] for way in varied.ways))
            ways = {name: self._branch(varied, own, further, {**chosen, decision.subject: name}) for name in names}
            if all(way == ways[names[0]] for way in ways.values()):
                return ways[names[0]]
            question = decision.ask(self._context, self._draft.n)
            outcomes = {name: structs.replace(way, for_all=True) for name, way in ways.items()}
            return Outcome(needs={"": question}, outcomes={question: outcomes})
        found = {
            one.name: _with_value(
                self._branch(varied, own, further, {**chosen, decision.subject: one.name}),
                decision.field,
                one.value,
                for_all=varied.for_all,
            )
            for one in mine.meanings
        }
        if varied.for_all:
            return Outcome(outcomes={self._question(mine): found})
        otherwise = self._otherwise(varied, [own[one.subject] for one in further if one.subject in own])
        if otherwise != Outcome():
            found[OTHERWISE] = otherwise
        return Outcome(outcomes={self._question(mine): found})

    def _otherwise(self, varied: Varied, further: Iterable[ColumnDecision]) -> Outcome:
        """What the operation waits for where a value was given to it by itself."""
        outcome = self.outcome(*varied.otherwise)
        plain = {
            self._question(one): {way.name: Outcome(values={one.field: way.value}) for way in one.meanings}
            for one in further
        }
        if outcome.same_as is not None or outcome.skip is not None:
            return Outcome(outcomes=plain)
        return structs.replace(outcome, outcomes={**plain, **outcome.outcomes})

    def _question(self, decision: ColumnDecision) -> str:
        return str(self._draft.needs[pointer(decision.field)])

    def _ask_near(self, identities: Iterable[Identity]) -> dict[_Nearness, str]:
        """Ask, once for all branches, whether the record is a row that it is near to."""
        options: dict[_Nearness, dict[str, Option]] = {}
        problems: dict[_Nearness, str] = {}
        is_left = self._context.options.mode == "skip-existing"
        for near in (one for one in identities if isinstance(one, Near)):
            about = near.fields, near.gap
            problems[about] = near.problem
            offered = options.setdefault(about, {"new": Option(name="new", label="new rows")})
            if near.is_clear and "same" not in offered:
                left = "the rows that are here, left as they are"
                example = self._context.label(self._item, near.rows[0])
                label = left if near.gap or is_left else "the same rows, corrected"
                options[about] = {"same": Option(name="same", label=label, example=example), **offered}
        return {
            (fields, gap): self._context.questions.decision(
                ("near", self._item.name, fields, gap),
                entity=self._item.name,
                field=fields[0] if len(fields) == 1 else None,
                problem=problems[fields, gap],
                origin=self._context.origin(self._pending.reading, fields[0]),
                options=offered.values(),
                n=self._draft.n,
            )
            for (fields, gap), offered in options.items()
        }

    def _near(self, reading: Reading, near: Near) -> dict[str, Outcome]:
        self._context.claims.possible(self._item.name, near.rows)
        unknown = frozenset(map(pointer, near.fields)) if near.gap else frozenset()
        ways = [self._same(reading, row, edited=True, unknown=unknown) for row in near.rows[-_OFFERED:]]
        if near.is_clear:
            return {"new": Outcome(), "same": ways[0]}
        rows = {str(next(iter(way.same_as.key.values()))): way for way in ways if way.same_as is not None}
        return {"new": Outcome(), **rows}

    def _same(self, reading: Reading, row: Row, *, edited: bool, unknown: Set[str] = frozenset()) -> Outcome:
        self._context.claims.possible(self._item.name, (row,))
        if self._context.options.mode == "skip-existing":
            return Outcome(skip=ALREADY_HERE)
        pending = structs.replace(self._pending, reading=reading)
        patch = alternative(self._context, pending, self._draft, row) if edited else ()
        patch = tuple(step for step in patch if step.path not in unknown)
        return Outcome(same_as=self._context.candidate(self._item, row, patch, named=self._draft.uuids))


def _identities(identity: Identity) -> list[Identity]:
    """What a record may be about, in whatever way it is read."""
    if isinstance(identity, Varied):
        return [*(one for _, one in identity.ways.values()), *([] if identity.for_all else [identity.otherwise[1]])]
    return [identity]


def _with_value(outcome: Outcome, field: str, value: object, *, for_all: bool) -> Outcome:
    if outcome.same_as is None and outcome.skip is None:
        outcome = structs.replace(outcome, values={field: value})
    return structs.replace(outcome, for_all=for_all)


def deciding(create: Create, question: str, outcomes: dict[str, Outcome]) -> Create:
    """A new row of which a decision says as a whole what it is, beside those that its fields wait for."""
    return structs.replace(
        create, needs={"": question, **create.needs}, outcomes={**create.outcomes, question: outcomes}
    )


def alternative(context: Context, pending: PendingRecord, new: OperationDraft, row: Row) -> Patch:
    """What the record would change on a row, if it is about that row.

    What the row is called by stays as it is, unless the record has the row's uuid: then another name is an edit. A
    value that does not fit its field has a step, too, so that what is asked of a new row is also asked of this one.
    """
    found = edits(context, pending.binding, pending.reading, row, noted=False)
    item = pending.binding.entity
    lookup = lookup_of(pending.reading)
    proven = given(lookup, "uuid") and lookup["uuid"] == row.values.get("uuid")
    kept = set() if proven else set(context.resembling.of(item).recognised_by(pending.reading.fields, row.values))
    fit = {name: v for name, v in found.values.items() if name not in kept and not item.fields[name].mangled(v)}
    named = [name for name in found.references if not names_row(pending.resolved.get(name), row.values.get(name))]
    misfits = {*pending.reading.bad.keys() & pending.binding.editable, *(found.values.keys() - fit.keys())} - kept
    asked = [name for name in item.fields if name in misfits and pointer(name) in new.needs]
    values = {name: new.values[name] for name in (*named, *asked) if name in new.values} | fit
    return patch_of(context, item, row, OperationDraft(new.n, pending.reading, values))


def names_row(resolved: Resolved | None, current: object) -> bool:
    """Whether a reference names the row that the field refers to already."""
    return isinstance(resolved, Found) and resolved.row.id == current
