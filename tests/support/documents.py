"""The code blocks of the documentation, which tests run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What people read: the pages of the book, and those that lie beside the code.
PAGES = sorted((ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")))
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# ([\w./-]+\.py)\n")


def blocks(page: str, language: str = "python") -> list[str]:
    """The blocks of a page that are of a language, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [code for kind, code in _BLOCK.findall(text) if kind == language]


def programs(page: str) -> dict[str, str]:
    """The Python of a page by the file that the first line of each block names."""
    found = {}
    for code in blocks(page):
        name = _NAME.match(code)
        assert name, f"a block of {page} does not say which file it is: {code[:60]!r}"
        found[name[1]] = code
    return found


def write_programs(page: str, folder: Path) -> dict[str, str]:
    """The same, each written into a folder."""
    found = programs(page)
    for name, code in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code, encoding="utf-8")
    return found


def ran(folder: Path, *arguments: str) -> str:
    """What Python says, in a process of its own that takes warnings for errors."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{folder}"}
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
