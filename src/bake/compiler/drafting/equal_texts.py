"""Unique texts that several operations write in spellings which only the database holds equal.

    the collation holds equal                          found
    texts that differ in case, accents, blanks, signs  by their rough form; then the database is asked
    texts that differ otherwise                        when the changeset is applied

An operation is asked about when all were made, so that it does not matter how far apart they are in the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import structs

from bake.catalog.names import enumerated
from bake.catalog.values import Json, same, shown
from bake.changeset.model import Create, Operation, Update
from bake.changeset.patch import written
from bake.changeset.pointers import pointer
from bake.changeset.runs import numbers
from bake.compiler.questions.question_records import Origin
from bake.compiler.rows.first_seen import FirstSeen
from bake.compiler.rows.mark_index import mark_of

if TYPE_CHECKING:
    from bake.compiler.context import Context

#: The values that an operation gives to the fields of a unique constraint.
_Values: TypeAlias = Mapping[str, Json]


class UniqueText(NamedTuple):
    """The values of a unique constraint that an operation writes, by a mark of their rough form."""

    fields: tuple[str, ...]
    n: int
    mark: int


class EqualTexts:
    """Gathers the unique texts of a compilation, and asks about operations that the database would refuse."""

    def __init__(self) -> None:
        self._first = FirstSeen()
        self._earlier: dict[tuple[tuple[str, ...], int], int] = {}
        self._values: dict[tuple[tuple[str, ...], int], _Values] = {}

    def __bool__(self) -> bool:
        """Whether there is an operation to be looked at again."""
        return bool(self._earlier)

    def add(self, one: UniqueText) -> None:
        """Note what an operation writes; it comes after those that were noted before."""
        first = self._first.first(one.mark, one.n)
        if first is not None:
            self._earlier[one.fields, one.n] = first
            self._values[one.fields, first] = {}
        self._first.trim()

    def asked(self, context: Context, operation: Operation) -> Operation:
        """An operation, which waits for an answer if an earlier one writes what the database holds equal.

        All operations have to be given, one after the other.
        """
        if not isinstance(operation, Create | Update):
            return operation
        for rule in context.snapshot.rules(operation.entity):
            place = rule.fields, operation.n
            if not rule.is_unique or (values := unique_values(written(operation), rule.fields)) is None:
                continue
            if place in self._values:
                self._values[place] = values
            earlier = self._earlier.get(place)
            before = None if earlier is None else self._values[rule.fields, earlier]
            if before and _are_equal(context, operation.entity, before, values):
                problem = _refused(rule.fields, before, f"operation {earlier}", rule.sql)
                operation = _asking(context, operation, values, problem)
        return operation


def unique_values(document: _Values, fields: tuple[str, ...]) -> _Values | None:
    """What an operation writes to the fields of a unique constraint; None if it does not give all of them."""
    values = {name: document.get(name) for name in fields}
    return None if None in values.values() else values


def unique_texts(operation: Operation, document: _Values, unique: Iterator[tuple[str, ...]]) -> Iterator[UniqueText]:
    """What an operation writes of each of these constraints, of all that it writes."""
    for fields in unique:
        if (values := unique_values(document, fields)) is not None:
            rough = (rough_form(value) if isinstance(value, str) else repr(value) for value in values.values())
            mark = mark_of("\0".join((operation.entity, *fields, *rough)).encode(errors="surrogatepass"))
            yield UniqueText(fields, operation.n, mark)


def rough_form(text: str) -> str:
    """A text in the form that collations hold equal at most: letters and digits, none of them doubled."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return re.sub(r"(.)\1+", r"\1", "".join(filter(str.isalnum, plain))) or text.strip()


def _are_equal(context: Context, entity: str, before: _Values, values: _Values) -> bool:
    """Whether the database holds these equal, and we do not."""
    others = [name for name in values if not same(before[name], values[name])]
    pairs = [(before[name], values[name]) for name in others]
    return bool(others) and all(
        isinstance(a, str) and isinstance(b, str) and context.snapshot.holds_equal(entity, name, a, b)
        for name, (a, b) in zip(others, pairs, strict=True)
    )


def _refused(fields: tuple[str, ...], before: _Values, whose: str, rule: str) -> str:
    together = " together" if len(fields) > 1 else ""
    has = ", ".join(shown(before[name]) for name in fields)
    return (
        f"the database would refuse what {enumerated(fields)} would be{together}, since it holds that equal to {has} "
        f"of {whose}: {rule}"
    )


def _asking(context: Context, operation: Create | Update, values: _Values, problem: str) -> Create | Update:
    """An operation that waits for an answer about a text that it writes, unless it waits for one already."""
    name = next(name for name, value in values.items() if isinstance(value, str))
    path = pointer(name)
    if path in operation.needs:
        return operation
    origin = Origin(str(context.source.locate(next(numbers(operation.from_)))))
    question = context.questions.invalid(
        operation.entity, name, values[name], problem, operation.n, origin, "duplicate", alone=len(values) > 1
    )
    return structs.replace(operation, needs={**operation.needs, path: question})
