"""The values that a record would write: references resolved or asked about, misfits asked about, slips warned of."""

from __future__ import annotations

import msgspec

from bake.catalog.lookups import asked
from bake.catalog.model import Entity
from bake.catalog.values import Json, describe
from bake.changeset.model import Needs, Warn
from bake.changeset.pointers import pointer
from bake.compiler.binding import Reading
from bake.compiler.fresh import Made
from bake.compiler.questions import Asking
from bake.compiler.references import Found, Resolved, Unclear
from bake.compiler.scope import Scope


class Writing(msgspec.Struct):
    """What one operation would write, while it is being put together.

    Attributes:
        n: the operation's number.
        reading: the record that it comes from.
        values: after-values by field.
        needs: what has to be decided first, by JSON pointer.
        warnings: what fits but looks wrong.
    """

    n: int
    reading: Reading
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    needs: Needs = msgspec.field(default_factory=dict)
    warnings: list[Warn] = msgspec.field(default_factory=list)

    def ask(self, name: str, question: str | int) -> None:
        """Let a field wait for a question's answer or for another operation."""
        self.needs[pointer(name)] = question


def write_reference(scope: Scope, item: Entity, writing: Writing, name: str, resolved: Resolved) -> None:
    """Write the key of the row that a reference names, or the lookup and the question which row that is."""
    target = item.references[name]
    lookup = writing.reading.lookups[name]
    match resolved:
        case Found(_, key, by):
            writing.values[name] = key
            if by is not None:
                said = ", ".join(map(str, key.values()))
                scope.notices.add("normalised", f"{name}: {by!r} was taken for {said}", writing.reading.number)
        case Made(n, key):
            writing.values[name] = key
            writing.ask(name, n)
        case Unclear():
            wanted = asked(lookup)
            writing.values[name] = wanted
            entity = scope.catalog.entities[target]
            several = [scope.candidate(entity, row) for row in resolved.rows]
            several += [scope.made_candidate(entity, made) for made in resolved.made]
            where = scope.where(writing.reading.number)
            asking = Asking(item.name, {**writing.reading.fields, **writing.reading.lookups})
            writing.ask(name, scope.questions.reference(target, wanted, writing.n, where, several, asking))


def write_misfit(scope: Scope, item: Entity, writing: Writing, name: str) -> None:
    """Write null, and ask what should stand there instead."""
    bad = writing.reading.bad[name]
    where = scope.where(writing.reading.number, *filter(None, [bad.column]))
    writing.values[name] = None
    writing.ask(name, scope.questions.invalid(item.name, name, bad.raw, str(bad.misfit), writing.n, where))


def ask_required(scope: Scope, item: Entity, writing: Writing, name: str) -> None:
    """A new row needs this field, and the record does not give it."""
    problem = f"a new row of {item.name} needs {name}; expected {describe(item.fields[name].type)}"
    where = scope.where(writing.reading.number)
    writing.values[name] = None
    writing.ask(name, scope.questions.invalid(item.name, name, None, problem, writing.n, where))


def warn(scope: Scope, item: Entity, writing: Writing, name: str, message: str) -> None:
    """Warn of a value that fits and looks wrong; under `strict`, ask about it."""
    writing.warnings.append(Warn(field=name, message=message))
    if scope.options.strict:
        value = writing.values[name]
        where = scope.where(writing.reading.number)
        writing.ask(name, scope.questions.invalid(item.name, name, value, message, writing.n, where))


def run_checks(scope: Scope, item: Entity, writing: Writing) -> None:
    """Run the catalog's checks over all values that are to be written."""
    for name in item.checked:
        value = writing.values.get(name)
        if value is None or pointer(name) in writing.needs:
            continue
        for check in item.fields[name].checks:
            message = check(value)
            if message:
                warn(scope, item, writing, name, message)
