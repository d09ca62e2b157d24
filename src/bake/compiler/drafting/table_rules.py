"""Asks, when a changeset is built, about operations that break a rule of their table (`constraints.rules`).

    operation    the row that is checked against the rules
    create       its values; null for fields that it leaves out and that have no default
    update       the row with the values of the patch; only by rules that mention a field that it changes

A unique constraint is broken if another row has a value that the database takes for the same, although it differs in
case, accents or trailing blanks. An exactly equal value is checked only when the changeset is applied, since it may
give the other row another value. For the same reason, the value may be kept as an answer to the question.

Rules that mention a field which waits for an answer, or gets a default, are also left to the application. A row that
another operation creates has no id yet: a number that no row has takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from bake.catalog.entity import ID, Entity
from bake.catalog.names import enumerated
from bake.catalog.row import Row as StoredRow
from bake.catalog.values import Json, same, shown
from bake.changeset.model import Create, Needs, Operation, Row, Skip, Update, WarningCode
from bake.changeset.patch import written
from bake.changeset.pointers import pointer, undecided_fields
from bake.changeset.runs import numbers
from bake.compiler.context import Context
from bake.compiler.questions.question_records import Origin
from bake.database.constraints.rules import Rule


class TableRules:
    """Finds operations that the database would refuse, and asks about them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def asked(self, item: Entity, operations: Iterator[Operation]) -> Iterator[Operation]:
        """The operations of a batch, all of one entity; one that breaks a rule waits for the answer to a question."""
        rules = self._context.snapshot.rules(item.name)
        return self._with_questions(item, rules, list(operations)) if rules else operations

    def _with_questions(
        self, item: Entity, rules: Sequence[Rule], operations: Sequence[Operation]
    ) -> Iterator[Operation]:
        mentioned = {name for rule in rules for name in rule.fields}
        written = [_written(item, operation, mentioned) for operation in operations]
        rows = self._with_ids(item, operations, written)
        self._complete(item, rules, operations, written, rows)
        broken = self._context.snapshot.broken(item.name, rows)
        self._context.keys.fetch(item.name, {rule.holder for those in broken for rule in those if rule.holder})
        for operation, values, row, those in zip(operations, written, rows, broken, strict=True):
            touched = [rule for rule in those if not values.keys().isdisjoint(rule.fields)]
            loose = [rule for rule in touched if not (rule.is_unique and self._has_exactly(item, rule, row))]
            yield self._asked(item, operation, values, loose)

    def _has_exactly(self, item: Entity, rule: Rule, row: Mapping[str, Json]) -> bool:
        """Whether the row that holds the values of a unique constraint has exactly these, in the same spelling."""
        holder = self._holder(item, rule)
        return holder is not None and all(same(holder.values.get(name), row.get(name)) for name in rule.fields)

    def _holder(self, item: Entity, rule: Rule) -> StoredRow | None:
        return None if rule.holder is None else self._context.keys.known(item.name, rule.holder)

    def _with_ids(
        self, item: Entity, operations: Sequence[Operation], written: Sequence[Mapping[str, Json]]
    ) -> list[dict[str, Json]]:
        """What operations write, references as ids; a reference that names no row is left out."""
        result = [dict(values) for values in written]
        for name, target in item.references.items():
            naming = [n for n, values in enumerate(result) if values.get(name) is not None]
            keys = [result[n].pop(name) for n in naming]
            found = self._context.references.stored.exact(self._context.catalog.entities[target], keys) if keys else []
            for n, rows in zip(naming, found, strict=True):
                made = _needs(operations[n]).get(pointer(name))
                if isinstance(made, int):
                    result[n][name] = -made
                elif rows:
                    result[n][name] = rows[0].id
        return result

    def _complete(
        self,
        item: Entity,
        rules: Sequence[Rule],
        operations: Sequence[Operation],
        written: Sequence[Row],
        rows: Sequence[dict[str, Json]],
    ) -> None:
        """Add to updated rows the values of the other fields that are mentioned by rules which the update touches."""
        touched = [
            {name for rule in rules if values.keys() & set(rule.fields) for name in rule.fields} for values in written
        ]
        unique = {name for rule in rules if rule.is_unique for name in rule.fields}
        partly = {
            n: operation.key
            for n, operation in enumerate(operations)
            if isinstance(operation, Update) and (unique & touched[n] or not touched[n] <= written[n].keys())
        }
        found = self._context.references.stored.exact(item, list(partly.values())) if partly else []
        for n, there in zip(partly, found, strict=True):
            rows[n].update({ID: there[0].id} if there else {})
            waiting = undecided_fields(_needs(operations[n]))
            others = touched[n] - written[n].keys() - waiting
            rows[n].update({name: there[0].values[name] for name in others} if there else {})

    def _asked(self, item: Entity, operation: Operation, values: Row, broken: Sequence[Rule]) -> Operation:
        """An operation that waits for an answer about each rule that it breaks, at one of the fields it mentions."""
        by_field: dict[str, list[Rule]] = {}
        for rule in broken:
            by_field.setdefault(_about(item, rule, values), []).append(rule)
        for name, rules in by_field.items():
            assert isinstance(operation, (Create, Update))
            problem = "; ".join(self._refused(item, rule) for rule in rules)
            alone = any(len(rule.fields) > 1 for rule in rules)
            place = self._context.source.locate(next(numbers(operation.from_)))
            warning: WarningCode | None = "duplicate" if all(rule.is_unique for rule in rules) else None
            question = self._context.questions.invalid(
                item.name, name, values[name], problem, operation.n, Origin(str(place)), warning, alone=alone
            )
            operation = structs.replace(operation, needs={**operation.needs, pointer(name): question})
            if isinstance(operation, Create):
                operation = structs.replace(operation, values={name: values[name], **operation.values})
        return operation

    def _refused(self, item: Entity, rule: Rule) -> str:
        """A sentence that the database would refuse a row: because of which fields, and by which rule."""
        fields, together = enumerated(rule.fields), " together" if len(rule.fields) > 1 else ""
        if (holder := self._holder(item, rule)) is None:
            return f"the database would refuse what {fields} would be{together}: CHECK {rule}"
        has = ", ".join(shown(holder.values.get(name)) for name in rule.fields)
        return (
            f"the database would refuse what {fields} would be{together}, since it holds that equal to {has} of "
            f"{self._context.label(item, holder)}, unless that row gets another one: {rule.sql}"
        )


def _needs(operation: Operation) -> Needs:
    return {} if isinstance(operation, Skip) else operation.needs


def _written(item: Entity, operation: Operation, mentioned: set[str]) -> Row:
    """The values that an operation certainly writes to fields that rules mention; references as keys."""
    waiting = undecided_fields(_needs(operation))
    values = written(operation)
    if isinstance(operation, Create):
        left = {name: None for name in item.fields if name in mentioned and _stays_null(item, name)}
        values = {**left, **values}
    return {name: value for name, value in values.items() if name in mentioned - waiting}


def _stays_null(item: Entity, name: str) -> bool:
    """Whether a field is null in a new row that does not give it."""
    column = item.table.c[item.fields[name].column]
    return bool(column.nullable) and column.default is None and column.server_default is None


def _about(item: Entity, rule: Rule, values: Row) -> str:
    """The field that waits for the answer about a rule: preferably one that is not null, and can be edited."""
    written = [name for name in rule.fields if name in values]
    return min(
        written, key=lambda name: (values[name] is None, not item.fields[name].editable, name in item.references)
    )
