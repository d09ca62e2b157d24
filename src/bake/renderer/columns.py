"""The columns of a source in words: what is proposed for each of them, and how they were matched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bake.changeset.header import Source
from bake.changeset.model import Question, SourceColumn
from bake.commands import quoted
from bake.renderer.printable import printable
from bake.renderer.words import value_text

#: The titles of the table.
TITLES = ("column", "holds", "is")


class ColumnRow(NamedTuple):
    """A column in a table: its name, some of its values, what it is proposed to be and why. All printable."""

    name: str
    samples: str
    proposed: str


def column_rows(question: Question) -> list[ColumnRow]:
    """The table of the columns that a question `columns` asks about."""
    return [
        ColumnRow(
            printable(column.name) + (" (for all)" if column.value else ""),
            ", ".join(map(printable, column.samples)) or "nothing",
            _proposed(column),
        )
        for column in question.columns
    ]


def _proposed(column: SourceColumn) -> str:
    others = f"perhaps {', '.join(map(printable, column.others))}" if column.others else ""
    if column.field is None:
        return others or "left out"
    why = f": {printable(column.why)}" if column.why else ""
    return f"{printable(column.field)}{why}" + (f"; {others}" if others else "")


def lacking_lines(question: Question) -> list[str]:
    """A line for each value that new rows need and no column gives, with the columns of the view that could."""
    return [
        f"no column says the {printable(name)}: {', '.join(map(printable, fields))}"
        for name, fields in question.lacking.items()
    ]


def column_options(question: Question) -> Iterator[str]:
    """The options of `bake changeset resolve` that answer a question `columns`."""
    if question.options:
        yield f"--choose {quoted(f'{question.id}={question.options[0].name}')}"
    for fields in question.lacking.values():
        likely = next((column.name for column in question.columns if fields[0] in column.others), "COLUMN")
        yield f"--column {quoted(f'{likely}={fields[0]}')}"
        yield f"--value {quoted(f'{fields[0]}=…')}"
    offered = {fields[0] for fields in question.lacking.values()}
    unknown = next((c for c in question.columns if c.others and not c.value and not offered & {*c.others}), None)
    if unknown is not None:
        yield f"--column {quoted(f'{unknown.name}={unknown.others[0]}')}"
    yield f"--skip {question.id}"


def mapping_text(source: Source) -> str:
    """How the columns of a source were matched, if they have other names than the view's; else empty."""
    names = (f"{printable(n)} {f'as {printable(f)}' if f else 'left out'}" for n, f in source.columns.items())
    values = (f"{printable(field)} {value_text(value)} for all" for field, value in source.values.items())
    return ", ".join([*names, *values])
