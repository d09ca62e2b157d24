"""Writing results to stdout and what went wrong to stderr; the only place that knows how errors look."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from bake.cli.options import Format
from bake.errors import BakeError, Conflict, Conflicts, Interrupted, Location, OpenQuestion, OpenQuestions
from bake.renderer.printable import printable

#: How many problems or conflicts a message lists before it counts the rest; JSON always has all.
_LISTED = 20


class Unwritten(Exception):
    """A result that stdout does not take, and what of it must be known all the same."""

    def __init__(self, error: OSError, done: str = "") -> None:
        reason = (error.strerror or str(error)).lower()
        super().__init__("; ".join(filter(None, (f"the result cannot be written: {reason}", done))))


def say(text: str, *, done: str = "") -> None:
    """Write a result.

    Args:
        text: the result.
        done: what must be known even where this cannot be written.

    Raises:
        Unwritten: stdout does not take it.
    """
    _write(text.rstrip("\n"), done)


def say_json(value: object, *, done: str = "") -> None:
    """Write a result for a program; as `say`."""
    from msgspec.json import format as formatted

    _write(formatted(_encoded(value), indent=2).decode(), done)


def _write(text: str, done: str) -> None:
    try:
        typer.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritten(error, done) from None


def note(text: str) -> None:
    """Write what is not a result: progress, what to type next."""
    typer.echo(text, err=True)


def width() -> int:
    """The columns of the terminal; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


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
        yield
    except BakeError as error:
        if format_ is Format.json:
            say_json(error_document(error), done=error.message)
        else:
            note("\n".join(error_lines(error)))
        raise typer.Exit(error.exit_status) from None


def error_lines(error: BakeError) -> list[str]:
    """An error for people: what, where, all that is wrong, what to type next."""
    said = _plain(error.message)
    lines = [said if isinstance(error, Interrupted) else f"error: {said}"]
    if error.location:
        lines.append(f"  at {_plain(str(error.location))}")
    details = [str(problem) for problem in error.problems]
    if isinstance(error, OpenQuestions):
        details += [f"{q.id}: {q.text}" + (f" ({q.where})" if q.where else "") for q in error.questions]
    if isinstance(error, Conflicts):
        details += [conflict_line(conflict) for conflict in error.conflicts]
    lines += [f"  - {_plain(detail)}" for detail in details[:_LISTED]]
    if len(details) > _LISTED:
        lines.append(f"  - and {len(details) - _LISTED} more; --format json lists all")
    if error.hint:
        lines.append("next: " + _plain(error.hint).replace("\n", "\n      "))
    return lines


def conflict_line(conflict: Conflict) -> str:
    """A conflict in one line."""
    named = ", ".join(str(part) for part in conflict.key.values())
    subject = f"{conflict.entity} {named}" + (f", {conflict.field}" if conflict.field else "")
    values = ""
    if conflict.kind == "changed":
        values = f"expected {_value(conflict.expected)}, found {_value(conflict.found)}"
    detail = " · ".join(filter(None, (values, conflict.detail)))
    return f"{conflict.kind}: {subject} (operation {conflict.operation}): {detail}"


def error_document(error: BakeError) -> dict[str, Any]:
    """An error for programs."""
    document: dict[str, Any] = {"error": error.code, "exit_status": error.exit_status, "message": error.message}
    if error.location:
        document["location"] = _location(error.location)
    if error.hint:
        document["hint"] = error.hint
    if error.problems:
        document["problems"] = [
            {"message": problem.message, "location": _location(problem.location)} for problem in error.problems
        ]
    if isinstance(error, OpenQuestions):
        document["questions"] = [
            {name: getattr(question, name) for name in OpenQuestion.__slots__} for question in error.questions
        ]
    if isinstance(error, Conflicts):
        document["conflicts"] = [
            {name: getattr(conflict, name) for name in Conflict.__slots__} for conflict in error.conflicts
        ]
    return document


def _location(location: Location | None) -> dict[str, Any] | None:
    return None if location is None else {name: getattr(location, name) for name in Location.__slots__}


def _value(value: object) -> str:
    return _encoded(value).decode()


def _encoded(value: object) -> bytes:
    from msgspec.json import Encoder

    return Encoder(decimal_format="number", order="deterministic").encode(value)


def _plain(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))
