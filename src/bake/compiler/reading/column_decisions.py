"""Decisions how the texts of a column are read, if there are several ways; each is asked once for the column."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.field import Mangled
from bake.catalog.field_types import Text
from bake.catalog.readings import NOTHING, Meaning, kind_of_text, meanings, quoted, says_nothing, subject
from bake.catalog.values import Json
from bake.changeset.model import Option
from bake.compiler.context import Context
from bake.compiler.questions.question_records import Origin
from bake.compiler.reading.binding import BadValue, Reading


class ColumnDecision(msgspec.Struct, frozen=True):
    """Such a decision, as one record asks it.

    Attributes:
        subject: (entity, field, kind of text); records with the same subject share one question.
        field: the name of the field.
        problem: the sentence of the question.
        origin: the record.
        meanings: the readings of the record's text.
    """

    subject: tuple[str, str, str]
    field: str
    problem: str
    origin: Origin
    meanings: tuple[Meaning, ...]

    def ask(self, context: Context, n: int, options: Iterable[Option] = ()) -> str:
        """Ask the question for operation `n`, adding these options to it; return its id."""
        return context.questions.decision(
            self.subject,
            entity=self.subject[0],
            field=self.field,
            problem=self.problem,
            origin=self.origin,
            options=options,
            n=n,
        )


def column_decision(
    context: Context, item: Entity, name: str, bad: BadValue, reading: Reading
) -> ColumnDecision | None:
    """The decision for a value that cannot be parsed; None if it has no possible reading.

    Args:
        context: the compilation.
        item: the entity.
        name: the name of the field.
        bad: the value.
        reading: the record.
    """
    declared = item.fields.get(name)
    origin = context.origin(reading, name, bad.column)
    if declared is not None and says_nothing(bad.raw) and not declared.required:
        problem = f"{quoted(bad.raw)} and the like: is nothing meant?"
        as_text = [Meaning("text", "text, as it stands", bad.raw)] if isinstance(declared.type, Text) else []
        return ColumnDecision((item.name, name, NOTHING.name), name, problem, origin, (NOTHING, *as_text))
    if declared is not None and isinstance(bad.misfit, Mangled):
        problem = f"{bad.misfit.problem}; say for each record with such a code which is meant"
        left_out = () if declared.required else (NOTHING,)
        return ColumnDecision((item.name, name, "scientific notation"), name, problem, origin, left_out)
    found = meanings(declared.type, bad.raw) if declared is not None else []
    if declared is None or not found:
        return None
    kind = kind_of_text(declared.type, bad.raw, found)
    problem = subject(declared.type, bad.raw) or str(bad.misfit)
    return ColumnDecision((item.name, name, kind), name, problem, origin, tuple(found))


def options_of(decision: ColumnDecision, bad: BadValue) -> list[Option]:
    """The options for the record that asks, with its own text as example."""

    def example(value: Json) -> str:
        said = "left empty" if value is None else f"kept as {quoted(value)}" if value == bad.raw else value
        return f"{quoted(bad.raw)} is {said}"

    return [Option(name=one.name, label=one.label, records=1, example=example(one.value)) for one in decision.meanings]
