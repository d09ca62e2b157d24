"""The bar that shows how far long work is: on a terminal that can, while it lasts, and never in the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest
from support.session import Session
from support.shell import Shell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")


#: Runs `bake`; work counts as long at once, and is drawn often.
SOON = (
    "import bake.cli.bar, bake.cli.progress as p; p._LONG, p._PERIOD = 0, 0.01;from bake.__main__ import main; main()"
)


@pytest.fixture
def slow(bakery: Shell) -> Shell:
    """The bakery, and a file that takes a while."""
    records = [{"slug": f"shop_{n}", "name": f"Shop {n}"} for n in range(1000)]
    bakery.write("many.json", {"suppliers": records})
    return bakery


def shown(shell: Shell, *arguments: object, term: str = "xterm", start: Sequence[str] = ("-c", SOON)) -> str:
    """All that a terminal was sent."""
    session = Session(shell.folder, *arguments, term=term, start=start)
    said = session.end()
    assert session.process.exitstatus == 0, said
    return said


def test_building_and_applying(slow: Shell) -> None:
    """The steps, how much is done of how much; at the end the bar is gone, and only the result stays."""
    said = shown(slow, "changeset", "build", "many.json", "--output", "c.changeset.jsonl")
    assert "comparing" in said
    assert " of 1,000" in said
    assert said.rstrip().endswith("next: bake changeset show c.changeset.jsonl")
    said = shown(slow, "changeset", "apply", "c.changeset.jsonl")
    assert "applying" in said
    assert " of 1,000" in said
    assert said.rstrip().endswith("suppliers: 1,000 created")


@pytest.mark.parametrize("arguments", [("complete", "--output", "set"), ("view", "products", "--output", "view.json")])
def test_exporting(slow: Shell, arguments: tuple[str, ...]) -> None:
    """Exports say what they are at."""
    assert "exporting " in shown(slow, "export", *arguments)


def test_a_terminal_that_can_only_print(slow: Shell) -> None:
    """A dumb terminal gets the result alone."""
    said = shown(slow, "changeset", "build", "many.json", term="dumb")
    assert said.startswith("wrote ")


def test_short_work(bakery: Shell) -> None:
    """What does not take long shows no bar."""
    said = shown(bakery, "changeset", "build", "wilson.json", start=("-m", "bake"))
    assert "comparing" not in said


def test_no_terminal(slow: Shell) -> None:
    """Where stderr is no terminal, nothing is written to it."""
    arguments = [sys.executable, "-c", SOON, "changeset", "build", "many.json"]
    run = subprocess.run(arguments, cwd=slow.folder, env=slow.environment(), capture_output=True, check=True)
    assert run.stderr == b""
