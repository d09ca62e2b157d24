"""`bake git …`: changesets in git."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import Format, OutputFormat
from bake.cli.output import note, reporting, say, say_json
from bake.commands import quoted
from bake.errors import BakeError
from bake.renderer.printable import printable

git = group("Let git show and merge changesets.")

#: Wide enough for most lines, so that a change of a value changes one line.
_WIDTH = 120
#: How many characters of a line are held in memory.
_PIECE = 1 << 16
#: The exit status by which git knows that a merge has conflicts.
_CONFLICTS = 1


@git.command()
def install(format_: OutputFormat = Format.text) -> None:
    """Have git show changesets in words and merge them, in this repository. Each clone needs it once."""
    with reporting(format_):
        result = bake.install_git()
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result, "installed already"))


@git.command()
def uninstall(format_: OutputFormat = Format.text) -> None:
    """Take back what `bake git install` has done in this repository."""
    with reporting(format_):
        result = bake.uninstall_git()
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result, "not installed"))


def _text(result: bake.GitSetup, nothing: str) -> str:
    return "\n".join([printable(str(result.folder)), *(f"  {printable(one)}" for one in result.changed or [nothing])])


@git.command(hidden=True)
def textconv(file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to show.")]) -> None:
    """Write a changeset in words, as git shows it; of what is no changeset, its lines, which steer no terminal."""
    try:
        content: Iterable[str] = (_shown(file),)
    except Exception:  # noqa: BLE001 - whatever it is that cannot be shown, `git log` must go on
        content = _lines(file)
    sys.stdout.buffer.writelines(piece.encode("utf-8", "backslashreplace") for piece in content)


def _lines(file: Path) -> Iterator[str]:
    """The lines of a file, of long ones a piece at a time."""
    with file.open(encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        while piece := stream.readline(_PIECE):
            yield printable(piece.removesuffix("\n")) + "\n" * piece.endswith("\n")


def _shown(file: Path) -> str:
    """A changeset in words, of which nothing depends on where it is, or on the terminal."""
    from msgspec.structs import replace

    from bake.renderer.document import document
    from bake.renderer.selection import EVERYTHING
    from bake.renderer.text import text

    with contextlib.chdir(file.parent):
        shown = document(bake.read(file.name), EVERYTHING)
        return text(replace(shown, state=replace(shown.state, commands=())), width=_WIDTH)


@git.command(hidden=True)
def merge_driver(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="The common ancestor (%O).")],
    ours: Annotated[
        Path, typer.Argument(metavar="OURS", help="The version of this branch (%A), which the result replaces.")
    ],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="The version of the other branch (%B).")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The path in the repository (%P), for messages.")],
) -> None:
    """Merge a changeset for git; where it cannot be merged, leave conflict markers."""
    from bake.cli.merge import told_lines

    try:
        result = bake.merge(ours, theirs, base=base, name=path)
    except Exception as error:  # noqa: BLE001 - whatever it is, git must not take our version for the merge
        note(f"bake: {error.message if isinstance(error, BakeError) else error!r}")
        if isinstance(error, BakeError) and error.hint:
            note(f"  {error.hint.replace('FILE', quoted(path))}")
        names = [word for label in ("ours", "base", "theirs") for word in ("-L", label)]
        subprocess.run(["git", "merge-file", "-q", *names, ours, base, theirs], check=False)
        raise typer.Exit(_CONFLICTS) from None
    for line in told_lines(result):
        note(f"bake: {path}:{line}")
