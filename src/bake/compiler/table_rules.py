"""What an operation would break of the rules that the table itself has (`bake.database.rules`): asked when it is built.

    operation    the row that the database is asked about
    create       its values; null for what it leaves out and nothing fills in
    update       the row, with what the patch makes of it; only rules of fields that it changes

A field that waits for an answer is not known yet, nor is one that gets a default: the rules that mention it are left to
the application. A row that another operation creates has no id yet: a number that no row has stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.names import enumerated
from bake.catalog.values import Json
from bake.changeset.model import Create, Delete, Needs, Operation, Replace, Row, Skip, Update
from bake.changeset.pointers import field_of, pointer
from bake.changeset.runs import numbers
from bake.compiler.context import Context
from bake.database.rules import Rule


class TableRules:
    """Asks about what operations write that the database would refuse."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hold(self, item: Entity, operations: Iterator[Operation]) -> Iterator[Operation]:
        """The operations of a batch, all of one entity; those that break a rule with a question where they do."""
        rules = self._context.snapshot.rules(item.name)
        return self._asking(item, rules, list(operations)) if rules else operations

    def _asking(self, item: Entity, rules: Sequence[Rule], operations: Sequence[Operation]) -> Iterator[Operation]:
        mentioned = {name for rule in rules for name in rule.fields}
        written = [_written(item, operation, mentioned) for operation in operations]
        rows = self._with_ids(item, operations, written)
        self._complete(item, rules, operations, written, rows)
        broken = self._context.snapshot.broken(item.name, rows)
        for operation, values, those in zip(operations, written, broken, strict=True):
            touched = [rule for rule in those if not values.keys().isdisjoint(rule.fields)]
            yield self._asked(item, operation, values, touched)

    def _with_ids(
        self, item: Entity, operations: Sequence[Operation], written: Sequence[Mapping[str, Json]]
    ) -> list[dict[str, Json]]:
        """What operations write, references as ids; a reference that names no row is left out."""
        result = [dict(values) for values in written]
        for name, target in item.references.items():
            naming = [n for n, values in enumerate(result) if values.get(name) is not None]
            keys = [result[n].pop(name) for n in naming]
            found = self._context.references.exact(self._context.catalog.entities[target], keys) if keys else []
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
        """Add to the rows that are updated what they have in the other fields of the rules that the update touches."""
        touched = [
            {name for rule in rules if values.keys() & set(rule.fields) for name in rule.fields} for values in written
        ]
        partly = {
            n: operation.key
            for n, operation in enumerate(operations)
            if isinstance(operation, Update) and not touched[n] <= written[n].keys()
        }
        found = self._context.references.exact(item, list(partly.values())) if partly else []
        for n, there in zip(partly, found, strict=True):
            waiting = {field_of(path) for path, need in _needs(operations[n]).items() if isinstance(need, str)}
            others = touched[n] - written[n].keys() - waiting
            rows[n].update({name: there[0].values[name] for name in others} if there else {})

    def _asked(self, item: Entity, operation: Operation, values: Row, broken: Sequence[Rule]) -> Operation:
        """An operation that waits for an answer about each rule that it breaks, at one of the fields it mentions."""
        by_field: dict[str, list[Rule]] = {}
        for rule in broken:
            by_field.setdefault(_about(item, rule, values), []).append(rule)
        for name, rules in by_field.items():
            assert isinstance(operation, (Create, Update))
            problem = "; ".join(map(_refused, rules))
            alone = any(len(rule.fields) > 1 for rule in rules)
            where = self._context.where(next(numbers(operation.from_)))
            question = self._context.questions.invalid(
                item.name, name, values[name], problem, operation.n, where, alone=alone
            )
            operation = structs.replace(operation, needs={**operation.needs, pointer(name): question})
            if isinstance(operation, Create):
                operation = structs.replace(operation, values={name: values[name], **operation.values})
        return operation


def _refused(rule: Rule) -> str:
    """That the database would refuse a row, because of which of its fields together, and by what rule of its own."""
    together = " together" if len(rule.fields) > 1 else ""
    return f"the database would refuse what {enumerated(rule.fields)} would be{together}: CHECK {rule}"


def _needs(operation: Operation) -> Needs:
    return {} if isinstance(operation, Skip) else operation.needs


def _written(item: Entity, operation: Operation, mentioned: set[str]) -> Row:
    """What an operation certainly makes of the fields that rules mention; references as keys."""
    waiting = {field_of(path) for path, need in _needs(operation).items() if path and isinstance(need, str)}
    match operation:
        case Create():
            left = {name: None for name in item.fields if name in mentioned and _stays_null(item, name)}
            values = {**left, **operation.values}
        case Update():
            values = {field_of(step.path): step.value for step in operation.patch if isinstance(step, Replace)}
        case Delete() | Skip():
            values = {}
    return {name: value for name, value in values.items() if name in mentioned - waiting}


def _stays_null(item: Entity, name: str) -> bool:
    """Whether a field is null in a new row that does not give it."""
    column = item.table.c[item.fields[name].column]
    return bool(column.nullable) and column.default is None and column.server_default is None


def _about(item: Entity, rule: Rule, values: Row) -> str:
    """The field at which it is asked about a rule: best one that has a value of its own, and can be edited."""
    written = [name for name in rule.fields if name in values]
    return min(
        written, key=lambda name: (values[name] is None, not item.fields[name].editable, name in item.references)
    )
