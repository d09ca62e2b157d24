"""Reads rows again after writing, and raises an error if they are not what was written (rule 12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bake.applier.apply_context import ApplyContext
from bake.applier.blocks import Block, Columns
from bake.applier.rows_by_key import FoundRows
from bake.catalog.entity import ID
from bake.changeset.model import Change, Key
from bake.errors import NotProven, Problem


def read_back(
    context: ApplyContext, changes: Sequence[Change], keys: Sequence[Key], written: Block, fields: Collection[str]
) -> Columns:
    """The rows of changes of one entity as they are after writing.

    Args:
        context: the application; its report and its final proof are told of the rows.
        changes: the operations that were carried out.
        keys: the key of each row now.
        written: the values that were written to each row, references as ids; what the database keeps is not compared.
        fields: further fields that the result has.

    Raises:
        NotProven: a row is not what was written, or is not there, or not alone; the first of them.
    """
    entity = context.catalog.entities[changes[0].entity]
    found = context.rows.columns(entity.name, keys, {*fields, *written.names}, current=True)
    written = written.without(entity.kept)
    there = written if not found.counts else written.only(found.positions)
    columns = {**found.columns, ID: found.ids}
    wrong = there.differing(columns)
    if wrong or found.counts:
        _refuse(changes, there, found._replace(columns=columns), wrong)
    context.report.written.add(changes, found.ids)
    context.proof.wrote(changes, keys, found.ids, written.without({ID}))
    return found.columns


def _refuse(changes: Sequence[Change], written: Block, found: FoundRows, wrong: dict[int, list[str]]) -> None:
    """Raise an error for the first row that is wrong."""
    lines = {n: [f"{count} rows have its key after writing"] for n, count in found.counts.items()}
    for n, fields in wrong.items():
        is_there = {name: found.columns[name][n] for name in fields}
        lines[found.positions[n]] = [
            f"{name} is {value!r} after writing; expected {written.column(name)[n]!r}"
            for name, value in is_there.items()
        ]
    first = min(lines)
    change = changes[first]
    name = ", ".join(map(str, change.key.values()))
    raise NotProven(
        f"operation {change.n}: {change.entity} {name} did not read back as it was written; nothing was kept",
        problems=[Problem(line) for line in lines[first]],
        hint="a trigger or a default of the database may change these fields, or a column keep fewer digits than the "
        "file gives (FLOAT, timestamps without fractions of a second); look for one, or give the value that is kept",
    )
