"""The options that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

import bake


class Format(StrEnum):
    """How results are written."""

    text = "text"
    json = "json"


class Mode(StrEnum):
    """What an import may do."""

    merge = "merge"
    skip_existing = "skip-existing"
    mirror = "mirror"


DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Database URL. Default: BAKE_DATABASE_URL, then bake.toml, then sqlite:///bake.db.",
    ),
]
CatalogName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="NAME",
        help="A file, or package.module:NAME. Default: bake.toml, then catalog.toml, then the bakery.",
    ),
]
OutputFormat: TypeAlias = Annotated[Format, typer.Option("--format", help="Output format.")]
SourceFile: TypeAlias = Annotated[Path, typer.Argument(metavar="SOURCE", help="The file to read; - is standard input.")]
ViewName: TypeAlias = Annotated[
    str | None,
    typer.Option("--view", metavar="NAME", help="The view or entity of the records, if the file does not name it."),
]
Encoding: TypeAlias = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="The encoding of a text file, such as windows-1252."),
]
Sheet: TypeAlias = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook, if it has several.")
]
HeaderLine: TypeAlias = Annotated[
    int | None,
    typer.Option("--header", metavar="N", min=1, help="The line of the header, or its row in a workbook."),
]
AsIs: TypeAlias = Annotated[
    bool, typer.Option("--as-is", help="Do not tidy texts: keep extra blanks, and their Unicode form.")
]
FillDown: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--fill-down", metavar="COLUMN", help="Blank cells of this column of a sheet say what stands above."),
]
ChangesetPath: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The changeset.")]
ImportMode: TypeAlias = Annotated[
    Mode,
    typer.Option(
        "--mode", help="merge: create, update. skip-existing: only create. mirror: also delete what SOURCE lacks."
    ),
]
Strict: TypeAlias = Annotated[bool, typer.Option("--strict", help="Treat warnings as questions.")]
TwoWay: TypeAlias = Annotated[
    bool,
    typer.Option("--two-way", help="Ignore the bases of an export: all that differs from the database is an edit."),
]
KeepIds: TypeAlias = Annotated[
    bool,
    typer.Option("--keep-ids", help="Keep the primary keys of a set; the tables must be empty."),
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Do everything, then roll back.")]
SkipOnError: TypeAlias = Annotated[
    bool, typer.Option("--skip-on-error", help="Skip records that wait for open questions, and log them to a file.")
]
Interactive: TypeAlias = Annotated[bool, typer.Option("--interactive", help="Ask the open questions, one by one.")]
AutoCreate: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--auto-create",
        metavar="ENTITY[,…]",
        help="Create missing rows of these entities without asking, if nothing else is unclear.",
    ),
]
Columns: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="COLUMN=FIELD",
        help="Read this column of the source as this one of the view; COLUMN= leaves it out.",
    ),
]
Values: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--value", metavar="FIELD=VALUE", help="The value of all records that have none."),
]
Remember: TypeAlias = Annotated[
    bool, typer.Option("--remember", help="Remember these answers (changesets/answers.toml).")
]
RequireApproval: TypeAlias = Annotated[
    int,
    typer.Option(
        "--require-approval",
        min=0,
        metavar="N",
        help="How many people must have approved its present content (bake changeset approve).",
    ),
]
AllowedSigners: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--allowed-signers",
        metavar="FILE",
        help="The file of signers that count. Default: git's gpg.ssh.allowedSignersFile.",
    ),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Apply without asking.")]


def read_as(
    encoding: str | None, sheet: str | None, header: int | None, as_is: bool, fill_down: list[str] | None
) -> bake.ReadAs:
    """How a source is to be read, as the options say."""
    return bake.ReadAs(
        encoding=encoding, sheet=sheet, header=header, as_is=as_is, fill_down=tuple(dict.fromkeys(fill_down or ()))
    )
