"""Results of `bake export`, in words and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bake.commands import command
from bake.renderer.printable import printable
from bake.renderer.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bake import ExportResult, Manifest, UnreadableRow, ValidationResult, ViewExport


def export_text(result: ExportResult) -> str:
    """What was written, and what to type next."""
    lines = [f"wrote {printable(str(result.folder))}", f"  {_counts(result.manifest)}", *_left_out(result.left_out)]
    if result.not_in_catalog:
        lines += [
            "not in it, as the catalog leaves it out:",
            *(f"  - {printable(one)}" for one in result.not_in_catalog),
        ]
    if result.archive:
        lines.append(f"wrote {printable(str(result.archive))}")
    lines.append(f"next: {command('export', 'validate', result.archive or result.folder)}")
    return "\n".join(lines)


def validation_text(result: ValidationResult) -> str:
    """That a set is in order, and what is in it."""
    exported = f"exported {result.manifest.exported_at} by {result.manifest.application} {result.manifest.app_version}"
    return f"{printable(result.name)} is in order, {printable(exported)}\n  {_counts(result.manifest)}"


def view_text(result: ViewExport) -> str:
    """What was written, and what to type once it is edited."""
    records = counted(result.heading.count, "record")
    path = printable(str(result.path))
    next_ = f"next: edit it, then {command('changeset', 'build', result.path)}"
    return "\n".join([f"wrote {path}", f"  {records}", *_left_out(result.left_out), next_])


def _left_out(rows: Sequence[UnreadableRow]) -> list[str]:
    """All rows that were left out, each with the reason."""
    reasons = [f"  - {printable(row.reason)}" for row in rows]
    return [f"left out, since not all of it can be read: {counted(len(rows), 'row')}", *reasons] if rows else []


def _counts(manifest: Manifest) -> str:
    counts = [f"{printable(entry.entity_type)} {entry.record_count:,}" for _, entry in manifest.ordered]
    return ", ".join(counts) or "nothing"
