"""What changesets are rendered to, compared with files that were read by people. `--update-golden` writes them anew."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from bake.changeset.file import Changeset
from bake.cli import git as cli_git
from bake.cli.git import textconv
from bake.renderer.comment import comment
from bake.renderer.document import document
from bake.renderer.json_output import write_json
from bake.renderer.markdown import markdown
from bake.renderer.selection import EVERYTHING, Selection
from bake.renderer.text import text

Compare = Callable[[str, bytes], None]


@pytest.mark.parametrize("case", ["undecided", "columns", "matched", "applied", "damaged", "hostile", "large"])
def test_each_format(case: str, request: pytest.FixtureRequest, compare: Compare) -> None:
    """A changeset in each of these states reads the same as it did, as text at 80 and 40 columns, Markdown and JSON."""
    file: Changeset = request.getfixturevalue(case)
    selected = Selection(limit=5 if case == "large" else 50)
    shown = document(file, selected)
    compare(f"{case}.80.txt", text(shown, width=80, colour=False).encode())
    compare(f"{case}.40.txt", text(shown, width=40, colour=False).encode())
    compare(f"{case}.md", markdown(shown).encode())
    written = BytesIO()
    write_json(file, written, selected)
    compare(f"{case}.json", written.getvalue())


@pytest.mark.parametrize("case", ["undecided", "damaged", "hostile", "large"])
def test_a_comment(case: str, request: pytest.FixtureRequest, compare: Compare) -> None:
    """What a pull request is told of a changeset, in 8 KiB."""
    file: Changeset = request.getfixturevalue(case)
    compare(f"{case}.comment.md", comment(file, 8192, EVERYTHING).encode())


@pytest.mark.parametrize("case", ["undecided", "applied", "damaged", "hostile"])
def test_what_git_shows(
    case: str, request: pytest.FixtureRequest, compare: Compare, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What git compares of two versions, instead of their lines: nothing of it depends on the terminal."""
    file: Changeset = request.getfixturevalue(case)
    textconv(file.path)
    sys.stdout.flush()
    compare(f"{case}.textconv.txt", capfdbinary.readouterr().out)


def test_what_git_shows_of_other_files_is_read_in_pieces(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is no changeset, each line as it is, however long it is, and nothing that steers a terminal."""
    monkeypatch.setattr(cli_git, "_PIECE", 8)
    path = tmp_path / "other.txt"
    path.write_bytes(b"\n1234567\n12345678\nB\xc3\xa4cker\xff und \x1b[31mmehr\r\n\nend")
    textconv(path)
    sys.stdout.flush()
    shown = capfdbinary.readouterr().out.decode()
    assert shown == "\n1234567\n12345678\nBäcker\\xff und ␛[31mmehr␍\n\nend"


def test_colour(undecided: Changeset, compare: Compare) -> None:
    """Colours stay what they were."""
    compare("undecided.ansi", text(document(undecided), width=80, colour=True).encode())
