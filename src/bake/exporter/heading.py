"""The members of a view file that precede its records: the export's id and time, and documentation for editors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bake.catalog.view import Role, View
from bake.exporter.records import exported

VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Heading:
    """Identifies the export of a view.

    Attributes:
        export_id: a UUID; None for a file that was not exported from a database.
        exported_at: the time of the export (RFC 3339, UTC).
        count: the number of records.
        database: the id of the database that was exported.
        left_out: how many rows are lacking because they, or rows that they need, could not be read.
        part: which of the records there are, in words; empty if there are all.
    """

    export_id: str | None
    exported_at: str
    count: int
    database: str | None = None
    left_out: int = 0
    part: str = ""

    @property
    def incomplete(self) -> bool:
        """Whether rows are lacking, so that the file does not tell which rows were deleted."""
        return bool(self.part or self.left_out)


def envelope(view: View, heading: Heading) -> dict[str, Any]:
    """The members of a view file before its records, in order."""
    origin = {"export_id": heading.export_id, "database": heading.database} if heading.export_id else {}
    return {
        "export_type": "denormalized_view",
        "view_name": view.envelope,
        "view_version": VERSION,
        "exported_at": heading.exported_at,
        **origin,
        **({"part": heading.part} if heading.part else {"record_count": heading.count}),
        **({"left_out": heading.left_out} if heading.left_out else {}),
        "documentation": documentation(view),
    }


def documentation(view: View) -> dict[str, Any]:
    """The `documentation` member: tells people who edit the file what it is for, and which fields may be edited."""
    columns = exported(view)
    return {
        "purpose": view.purpose,
        "editable_fields": [column.name for column in columns if column.role is Role.EDITABLE],
        "readonly_fields": [column.name for column in columns if column.role is not Role.EDITABLE],
        "import_instructions": _instructions(view),
    }


def _instructions(view: View) -> str:
    identity = ", ".join(column.name for column in exported(view) if column.role is Role.IDENTITY)
    lists = "".join(
        f" {name}: a list of lines, each a record as in the view {line}; one that is added needs no id and no _base."
        for name, line in view.lines.items()
    )
    return (
        f"On import, only editable_fields are applied, to {view.entity}. {identity}: says which row is meant; leave "
        "as it is, and leave out in a new record. The other readonly_fields are context and are ignored, but for a new "
        "record, which names by them what it refers to. A field or a record that is left out stays as it is; null "
        "clears a value. Keep export_id, and _base in each record, so "
        "that edits can be told from old values; leave _base out in a new record."
        f"{lists}"
    )
