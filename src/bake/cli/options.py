"""The options that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


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
        "--database", metavar="URL", help="The database; else BAKE_DATABASE_URL, bake.toml, or sqlite:///bake.db."
    ),
]
OutputFormat: TypeAlias = Annotated[Format, typer.Option("--format", help="How to write the result.")]
SourceFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="The file to bring in; - is standard input.")
]
ViewName: TypeAlias = Annotated[
    str | None, typer.Option("--view", metavar="NAME", help="What the rows of a sheet are that was made elsewhere.")
]
Changeset: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The changeset.")]
ImportMode: TypeAlias = Annotated[
    Mode,
    typer.Option(
        "--mode", help="merge: create, update. skip-existing: only create. mirror: also delete what SOURCE lacks."
    ),
]
Strict: TypeAlias = Annotated[bool, typer.Option("--strict", help="Ask about what only looks wrong, too.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Do all of it, then roll back.")]
SkipOnError: TypeAlias = Annotated[
    bool, typer.Option("--skip-on-error", help="Leave out what open questions hold up, and log those records.")
]
Interactive: TypeAlias = Annotated[bool, typer.Option("--interactive", help="Ask the open questions, one by one.")]
AutoCreate: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--auto-create", metavar="ENTITY[,…]", help="Create what is missing of these, where nothing need be asked."
    ),
]
Remember: TypeAlias = Annotated[
    bool, typer.Option("--remember", help="Keep these answers in changesets/answers.toml for the next time.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Apply without asking.")]
