"""The command line as people meet it: typed in a folder, with what it says, its exit status, and what it leaves."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from typer import testing
from typer.main import get_command
from typer.testing import CliRunner

import bake
from bake.cli import main

#: What a terminal writes to change its colours or its cursor.
ESCAPES = re.compile(r"\x1b")
SUFFIX = ".changeset.jsonl"

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it said with `--format json`."""
        return json.loads(self.out, parse_float=Decimal)


@dataclass(frozen=True)
class Shell:
    """A folder in which commands are typed.

    Attributes:
        folder: the working directory.
        variables: environment variables besides those of this process; None takes one away.
    """

    folder: Path
    variables: Mapping[str, str | None] = field(default_factory=dict)

    def bake(self, *arguments: object) -> Said:
        """Run `bake` within this process. An exception that a user would see as a traceback is raised."""
        runner = CliRunner()
        with contextlib.chdir(self.folder), _collecting(), mock.patch.object(testing, "_get_command", _typed):
            result = runner.invoke(
                main.bake,
                [str(argument) for argument in arguments],
                env=self._environment(),
                prog_name="bake",
                catch_exceptions=False,
            )
        return Said(result.exit_code, result.stdout, result.stderr)

    def done(self, *arguments: object) -> str:
        """Run `bake` and expect that it succeeds; its output."""
        said = self.bake(*arguments)
        assert said.status == 0, f"bake {' '.join(map(str, arguments))}: {said}"
        return said.out

    def process(self, *arguments: object, text: str | None = None) -> Said:
        """Run `bake` in a process of its own."""
        run = subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Said(run.returncode, run.stdout, run.stderr)

    def environment(self) -> dict[str, str]:
        """The variables of a process of its own."""
        merged = {**os.environ, **self._environment(), "PYTHONPATH": str(Path(bake.__file__).parents[1])}
        return {name: value for name, value in merged.items() if value is not None}

    def _environment(self) -> dict[str, str | None]:
        unset = dict.fromkeys(("BAKE_DATABASE_URL", "NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS"))
        return {**unset, "BAKE_ACTOR": "ada", "COLUMNS": "80", **self.variables}

    def write(self, name: str, content: object) -> Path:
        """Write a file: bytes and text as they are, anything else as JSON."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def built(self, source: object, *options: object) -> Path:
        """Build a changeset; its file."""
        said = self.bake("changeset", "build", source, "--format", "json", *options)
        assert said.status == 0, said
        return self.folder / str(said.document["changeset"])

    @property
    def database(self) -> Path:
        """The file of the database that commands use when told nothing else."""
        return self.folder / "bake.db"

    @property
    def changesets(self) -> list[Path]:
        """The changesets that are kept here."""
        return sorted((self.folder / "changesets").glob(f"*{SUFFIX}"))


#: What is typed is read by the same commands, however many are typed.
_typed = cache(get_command)


@contextlib.contextmanager
def _collecting() -> Iterator[None]:
    """Keep commands from freezing what is there (`bake.cli.progress`).

    That puts off full collections of garbage, in a process of many commands for ever: it would grow to gigabytes.
    """
    with mock.patch.multiple(gc, freeze=lambda: None, unfreeze=lambda: None):
        yield


def command(*arguments: object) -> list[str]:
    """`bake` as a command of its own process."""
    return [sys.executable, "-m", "bake", *map(str, arguments)]


def tables(database: Path) -> dict[str, Rows]:
    """Every row of every table."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY id')] for name in names
        }


def contents(database: Path) -> dict[str, Rows]:
    """Every row of the catalog's tables, without the time of its creation."""
    return {
        name: [{key: value for key, value in row.items() if key != "created_at"} for row in rows]
        for name, rows in tables(database).items()
        if not name.startswith("bake_")
    }


def query(database: Path, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """The rows that an SQL statement gives; what it changes is kept."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def lines(changeset: Path, type_: str | None = None) -> list[dict[str, Any]]:
    """The lines of a changeset, or those of one type."""
    texts = changeset.read_text(encoding="utf-8").splitlines()
    decoded = [json.loads(text, parse_float=Decimal) for text in texts]
    return [line for line in decoded if type_ in (None, line["type"])]


def changes(changeset: Path) -> list[dict[str, Any]]:
    """The operations of a changeset that would change something."""
    return [line for line in lines(changeset, "operation") if line["action"] != "skip"]


def notices(changeset: Path) -> dict[str, list[str]]:
    """The messages of a changeset's notices by their code."""
    [built] = lines(changeset, "built")
    found: dict[str, list[str]] = {}
    for notice in built.get("notices", []):
        found.setdefault(notice["code"], []).append(notice["message"])
    return found
