"""How the texts of a column are read, where there are several ways: one decision for the column."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bake.catalog.model import Entity
from bake.catalog.readings import APART, Meaning, meanings, quoted, subject
from bake.catalog.values import Choice
from bake.changeset.model import Option
from bake.compiler.binding import BadValue
from bake.compiler.context import Context


class ColumnDecision(msgspec.Struct, frozen=True):
    """A decision how texts are read, as one record asks it.

    Attributes:
        subject: what is decided; the records that have the same share the question.
        field: the field whose texts they are.
        problem: the sentence that is asked.
        where: where the record is.
        meanings: what the text of the record may mean.
    """

    subject: tuple[str, str, str]
    field: str
    problem: str
    where: str
    meanings: tuple[Meaning, ...]

    def ask(self, context: Context, n: int, options: Iterable[Option] = ()) -> str:
        """Let an operation ask it; the id of the question."""
        return context.questions.decision(
            self.subject,
            entity=self.subject[0],
            field=self.field,
            problem=self.problem,
            where=self.where,
            options=options,
            n=n,
        )


def column_decision(context: Context, item: Entity, name: str, bad: BadValue, number: int) -> ColumnDecision | None:
    """The decision how a value that does not fit is read; None if nothing can be meant by it.

    Args:
        context: the compilation.
        item: the entity.
        name: the field.
        bad: the value.
        number: of the record.
    """
    declared = item.fields.get(name)
    found = meanings(declared.type, bad.raw) if declared is not None else []
    if declared is None or not found:
        return None
    is_word = isinstance(declared.type, Choice)
    kind = str(bad.raw) if is_word else found[0].name if found[0].name in APART else ""
    problem = subject(declared.type, bad.raw) or str(bad.misfit)
    where = context.where(number, *filter(None, [bad.column]))
    return ColumnDecision((item.name, name, kind), name, problem, where, tuple(found))


def options_of(decision: ColumnDecision, bad: BadValue) -> list[Option]:
    """The options that fit the record that asks."""
    return [
        Option(name=one.name, label=one.label, records=1, example=f"{quoted(bad.raw)} is {one.value}")
        for one in decision.meanings
    ]
