"""A command in a real pseudo-terminal, answered key by key."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pexpect

import bake

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")


class Session:
    """`bake` in a pseudo-terminal.

    Args:
        folder: where it is typed.
        arguments: what is typed after `bake`.
        columns: how wide the terminal is.
        term: what it calls itself; one that is "dumb" can only print.
        start: what Python is told to run.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: object,
        columns: int = 80,
        term: str = "xterm",
        start: Sequence[str] = ("-m", "bake"),
    ) -> None:
        places = [str(Path(bake.__file__).parents[1]), str(Path(__file__).parents[1])]
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = pexpect.spawn(
            sys.executable,
            [*start, *map(str, arguments)],
            cwd=folder,
            env=inherited
            | {"PYTHONPATH": os.pathsep.join(places), "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1", "TERM": term},
            dimensions=(50, columns),
            encoding="utf-8",
            timeout=15,
        )
        self.seen = ""

    def type(self, after: str, *keys: str) -> None:
        """Wait for a text, then type."""
        self.process.expect_exact(after)
        self.seen += self.process.before + self.process.after
        for key in keys:
            self.process.send(key)

    def script(self, steps: Sequence[tuple[str, str]]) -> None:
        """Wait and type, step by step; each ends with Enter."""
        for after, text in steps:
            self.type(after, text + "\r")

    def end(self) -> str:
        """Everything that was on the screen, without what moves the cursor, once the session has ended."""
        self.process.expect(pexpect.EOF)
        self.seen += self.process.before
        self.process.close()
        return _CONTROLS.sub("", self.seen)
