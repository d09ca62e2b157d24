"""The example by which people see whether a file was read in the right encoding."""

from __future__ import annotations

import pytest

from bake.sources.texts.byte_source import MemoryBytes
from bake.sources.texts.encodings import example


@pytest.mark.parametrize(
    ("line", "shown"),
    [('king,"6,49 €",2', "6,49 €"), ("king;6,49 €;2", "6,49 €"), ("rye,Café Ole,7", "Café Ole"), ("1,Café,7", "Café")],
)
def test_the_example_is_the_cell_in_which_it_stands(line: str, shown: str) -> None:
    """A comma between digits is that of a number, and does not end the cell."""
    assert example(MemoryBytes(f"a,b\n{line}\n".encode("cp1252")), "cp1252") == shown
