"""`bake convert`: files of earlier formats, turned into today's."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.options import (
    AsIs,
    CatalogName,
    DatabaseUrl,
    Encoding,
    FillDown,
    Format,
    HeaderLine,
    OutputFormat,
    Sheet,
    SourceFile,
    ViewName,
    read_as,
)
from bake.cli.output import reporting, say, say_json
from bake.commands import command

if TYPE_CHECKING:
    from bake import Conversion


class Target(StrEnum):
    """What a file is turned into."""

    set = "set"
    view = "view"


def convert(
    source: SourceFile,
    to: Annotated[Target, typer.Option("--to", help="set: one file for each entity. view: a file to edit.")],
    view: ViewName = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    header: HeaderLine = None,
    as_is: AsIs = False,
    fill_down: FillDown = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR|FILE",
            help="Write it here. Default: docs/exports/converted_<source>.",
        ),
    ] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Convert SOURCE, such as a backup of an earlier version, to the present formats; list what cannot be kept."""
    with reporting(format_):
        how = read_as(encoding, sheet, header, as_is, fill_down)
        project = bake.open_project(database=database, catalog=catalog)
        result = bake.convert(project, source, to.value, view=view, read_as=how, output=output)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result, to))


def _text(result: Conversion, to: Target) -> str:
    from bake.renderer.printable import printable

    lines = [f"wrote {printable(str(path))}" for path in result.paths]
    lines.append(
        "  " + (", ".join(f"{count:,} {printable(name)}" for name, count in result.records.items()) or "nothing")
    )
    if result.lost:
        lines.append("not carried over, or not as it should be:")
    lines += [f"  - {printable(lost.what)}" + (f" ({lost.records:,})" if lost.records else "") for lost in result.lost]
    following = ("export", "validate") if to is Target.set else ("changeset", "build")
    lines.append(f"next: {command(*following, result.paths[0])}")
    return "\n".join(lines)
