"""The shell blocks of pages, typed as they stand.

In a block of `sh` every command has to succeed. In a block of `console` commands follow `$ `, and what they say is
compared with what is shown: `…` stands for the rest of a line, or for lines if it is one by itself. A status other
than 0 has to be asked for, with `echo $?` as the next command. A block whose first line is `# not tested: WHY` is not
run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.shell import Said, Shell, command

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_UNTESTED = re.compile(r"# not tested: (.+)")
_HEREDOC = re.compile(r"<<\s*'(\w+)'")
_SHELL_SIGNS = re.compile(r"[|<>&;$`(){}\\]")
_QUOTED = re.compile(r"'[^']*'")

#: What a shell has to know: the `bake` and the Python of these tests.
_KNOWN = f"""
bake() {{ {shlex.join(command())} "$@"; }}
python3() {{ {shlex.quote(sys.executable)} "$@"; }}
export -f bake python3
"""


@dataclass(frozen=True)
class Block:
    """A shell block of a page.

    Attributes:
        line: where it begins in the page.
        shows: whether it shows what its commands say.
        text: what stands in it.
    """

    line: int
    shows: bool
    text: str

    @property
    def untested(self) -> str | None:
        """Why it is not run."""
        found = _UNTESTED.match(self.text)
        return found[1] if found else None

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command, and what is shown of what it says."""
        lines = iter(self.text.splitlines())
        if not self.shows:
            yield from ((whole, "") for whole in _joined(lines))
            return
        for shown in self.text.removeprefix("$ ").split("\n$ "):
            typed, _, said = shown.partition("\n")
            yield typed, said


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Commands from lines: what a backslash, a here-document or `do … done` holds together is one."""
    for first in lines:
        whole = first
        while whole.endswith("\\") or ("; do\n" in f"{whole}\n" and not whole.endswith("\ndone")):
            whole = f"{whole}\n{next(lines)}"
        for end in _HEREDOC.findall(whole):
            while not whole.endswith(f"\n{end}"):
                whole = f"{whole}\n{next(lines)}"
        if whole.strip() and not whole.startswith("#"):
            yield whole


def shell_blocks(page: Path) -> list[Block]:
    """The shell blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(text.count("\n", 0, m.start()) + 1, m[1] == "console", m[2]) for m in _BLOCK.finditer(text)]


@dataclass
class Typist:
    """Somebody who types what a page says, in a folder."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    status: int = 0

    def type(self, block: Block, page: str) -> None:
        """Type a block.

        Raises:
            AssertionError: a command fails, or says something else than is shown.
        """
        for typed, shown in block.commands():
            place = f"{page}:{block.line}: {typed}"
            asked = self.status if typed.strip() == "echo $?" else None
            assert asked is not None or self.status == 0, f"{page}:{block.line}: the command before {typed!r} failed"
            said = Said(0, f"{asked}\n", "") if asked is not None else self._run(typed)
            self.status = said.status
            if block.shows:
                heard = said.out + said.err
                assert _pattern(shown).fullmatch(_stripped(heard) + "\n"), f"{place}\nshown:\n{shown}\nsaid:\n{heard}"
            else:
                assert said.status == 0, f"{place}\n{said}"
        assert self.status == 0, f"{page}:{block.line}: the last command failed"

    def _run(self, typed: str) -> Said:
        plain, _, file = typed.rpartition(" > ")
        if plain.startswith("bake ") and not {*file} & {*"'\""} and not _SHELL_SIGNS.search(plain + file):
            said = self._run(plain)
            (self.folder / file.strip()).write_text(said.out, encoding="utf-8")
            return Said(said.status, "", said.err)
        words = [] if _SHELL_SIGNS.search(_QUOTED.sub("", typed)) else shlex.split(typed, comments=True)
        match words:
            case ["cd", folder]:
                self.folder = (self.folder / folder).resolve()
                return Said(0, "", "")
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                self.variables[name] = value
                return Said(0, "", "")
            case ["unset", name]:
                self.variables.pop(name, None)
                return Said(0, "", "")
            case ["bake", *arguments]:
                return self._bake(arguments)
            case _:
                return self._in_a_shell(typed)

    def _bake(self, arguments: list[str]) -> Said:
        """`bake` within this process, which forgets what was found by the page's PYTHONPATH."""
        before = sys.path.copy(), set(sys.modules)
        if "PYTHONPATH" in self.variables:
            sys.path.insert(0, str(self.folder / self.variables["PYTHONPATH"]))
        try:
            return Shell(self.folder, self.variables).bake(*self._found(arguments))
        finally:
            sys.path[:] = before[0]
            for name in set(sys.modules) - before[1]:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.folder)):
                    del sys.modules[name]

    def _found(self, arguments: list[str]) -> Iterator[str]:
        """The arguments, those with `*` replaced by the files that they name."""
        for argument in arguments:
            files = (
                [str(path.relative_to(self.folder)) for path in self.folder.glob(argument)] if "*" in argument else []
            )
            yield from sorted(files) or [argument]

    def _in_a_shell(self, typed: str) -> Said:
        environment = Shell(self.folder, self.variables).environment()
        paths = [environment["PYTHONPATH"], self.variables.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        script = f"{_KNOWN}\nset -o pipefail\n{typed}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def _pattern(shown: str) -> re.Pattern[str]:
    lines = ["(?:.*\n)*" if line.strip() == "…" else _line(line) + "\n" for line in _stripped(shown).split("\n")]
    return re.compile("".join(lines))


def _line(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))
