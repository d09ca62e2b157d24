from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bake.exporter.ordering import in_order

KEYS = st.lists(st.lists(st.binary(max_size=4).map(lambda key: key.hex().encode()), max_size=9), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("run", [1, 40, 10_000])
@given(pages=KEYS)
def test_same_order_however_much_memory(tmp_path: Path, run: int, pages: list[list[bytes]]) -> None:
    """Whether lines are sorted in memory or merged from files, they come in the order of their keys, none lost."""
    keyed = [(keys, [b"line " + key for key in keys]) for keys in pages]
    blocks = in_order(keyed, tmp_path, run)
    assert [line for block in blocks for line in block] == sorted(b"line " + key for keys in pages for key in keys)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_begins_another_comes_first(tmp_path: Path) -> None:
    """What follows a key in its line has no say in the order."""
    [block] = in_order([([b"ab", b"a"], [b"0", b"1"])], tmp_path)
    assert block == [b"1", b"0"]
