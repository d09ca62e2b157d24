"""Writing results to stdout and what went wrong to stderr; the only place that knows how errors look."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import typer

import bake
from bake.cli.options import Format
from bake.destination import STDOUT, is_stream, open_stream
from bake.errors import BakeError, Conflicts, Interrupted, OpenQuestions, UsageError
from bake.renderer.printable import printable

#: How many problems or conflicts a message lists before it counts the rest; JSON always has all.
_LISTED = 20


#: How many bytes of a file are written at a time.
_BLOCK = 1 << 18

#: The most columns that lines are laid out for, whatever `COLUMNS` says.
_WIDEST = 1000


class Unwritten(Exception):
    """A result that stdout does not take, and what of it must be known all the same."""

    def __init__(self, error: OSError, done: str = "") -> None:
        reason = (error.strerror or str(error)).lower()
        super().__init__("; ".join(filter(None, (f"the result cannot be written: {reason}", done))))


def say(text: str, *, done: str = "") -> None:
    """Write a result for people: nothing in it steers a terminal.

    Args:
        text: the result.
        done: what must be known even where this cannot be written.

    Raises:
        Unwritten: stdout does not take it.
    """
    _write(_plain(text.rstrip("\n")), done)


@contextmanager
def output_place(output: Path | None) -> Iterator[tuple[Path | None, Callable[[str], None]]]:
    """Where a command is to write its file, and how it says so: on stderr, if the file itself goes to stdout.

    A file for a stream (`-`, `/dev/stdout`, a pipe) is written whole before any of it is written there.

    Args:
        output: what `--output` names.

    Raises:
        UsageError: the stream cannot be written to.
    """
    if output is None or not (output == STDOUT or is_stream(output)):
        yield output, say
        return
    with TemporaryDirectory(prefix="bake-") as folder:
        whole = Path(folder) / "output"
        said: list[str] = []
        yield whole, said.append
        try:
            with whole.open("rb") as written, open_stream(output) as stream:
                shutil.copyfileobj(written, stream)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise UsageError(f"{output} cannot be written: {reason}") from None
        for text in said:
            note(text.replace(str(whole), str(output)).partition("\nnext: ")[0])


def say_rendered(text: str) -> None:
    """Write what is a document as it is: with its colours, or for a program; otherwise as `say`."""
    _write(text.rstrip("\n"), "")


def say_file(written: IO[bytes]) -> None:
    """Write a document that was made in a file, from the file's beginning, without holding it in memory.

    Raises:
        Unwritten: stdout does not take it.
    """
    written.seek(0)
    while block := written.read(_BLOCK):
        _write(block, "", nl=False)


def say_json(value: object, *, done: str = "") -> None:
    """Write a result for a program; as `say`."""
    from msgspec.json import format as formatted

    _write(formatted(_encoded(value), indent=2).decode(), done)


def _write(text: str | bytes, done: str, *, nl: bool = True) -> None:
    try:
        typer.echo(text, nl=nl)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritten(error, done) from None


def note(text: str) -> None:
    """Write what is not a result: progress, what to type next. Nothing in it steers a terminal."""
    typer.echo(_plain(text), err=True)


def width() -> int:
    """The columns of the terminal; 80 where there is none."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, 1), _WIDEST)


def colour() -> bool:
    """Whether the result goes to somebody who sees colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def reporting(format_: Format) -> Iterator[None]:
    """Turn errors into messages and exit statuses.

    Raises:
        typer.Exit: with the status of the error.
    """
    try:
        with interruptible():
            yield
    except (BakeError, OSError, UnicodeEncodeError) as raised:
        error = _as_error(raised)
        if format_ is Format.json:
            say_json(bake.to_dict(error), done=error.message)
        else:
            note("\n".join(error_lines(error)))
        raise typer.Exit(error.exit_status) from None


def _as_error(raised: BakeError | OSError | UnicodeEncodeError) -> BakeError:
    """What the system refuses wherever it is asked, or an argument that is not UTF-8, as an error of Bake's.

    Raises:
        BrokenPipeError: it is that; whoever reads has enough.
    """
    match raised:
        case BakeError():
            return raised
        case BrokenPipeError():
            raise raised
        case OSError():
            what = f"{raised.filename}: " if raised.filename is not None else ""
            return bake.errors.UsageError(f"{what}{raised.strerror or raised}", hint="choose another file or folder")
        case _:
            wrong = raised.object[raised.start : raised.end].encode("utf-8", "surrogateescape")
            return bake.errors.UsageError(f"what was given holds the bytes {wrong.hex()}, which are not UTF-8")


@contextmanager
def interruptible() -> Iterator[None]:
    """Make of a signal the error that says what is so now, where somebody has noted that.

    Raises:
        Interrupted: work was interrupted that may have done something.
        KeyboardInterrupt: nothing was going on of which anything has to be said.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        if notes := getattr(error, "__notes__", ()):
            raise Interrupted(notes[0]) from None
        raise


def error_lines(error: BakeError) -> list[str]:
    """An error for people: what, where, all that is wrong, what to type next."""
    said = printable(error.message)
    lines = [said if isinstance(error, Interrupted) else f"error: {said}"]
    if error.location:
        lines.append(f"  at {printable(str(error.location))}")
    details = [str(problem) for problem in error.problems]
    if isinstance(error, OpenQuestions):
        details += [f"{q.id}: {q.text}" + (f" ({q.where})" if q.where else "") for q in error.questions]
    if isinstance(error, Conflicts):
        from bake.renderer.advice import conflict_line

        details += [conflict_line(conflict) for conflict in error.conflicts]
    lines += [f"  - {printable(detail)}" for detail in details[:_LISTED]]
    if len(details) > _LISTED:
        lines.append(f"  - and {len(details) - _LISTED} more; --format json lists all")
    if error.hint:
        lines.append("next: " + error.hint.replace("\n", "\n      "))
    return lines


def _encoded(value: object) -> bytes:
    from msgspec.json import Encoder

    return Encoder(decimal_format="number", order="deterministic").encode(value)


def _plain(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))
