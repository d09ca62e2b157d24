"""Counting what passes changes nothing of it, and tells of all of it."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bake.app.progress import counted, silent, watched
from bake.catalog.bakery import BAKERY
from bake.sources.detect import open_source


@given(st.integers(0, 2000))
def test_all_items_pass(size: int) -> None:
    """They come in their order; what is told never goes back, and ends with how many there were."""
    told: list[int] = []
    assert list(counted(iter(range(size)), told.append)) == list(range(size))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, size)
    assert len(told) <= 2 + size // 500


def test_a_source_is_counted_through_its_sections(tmp_path: Path) -> None:
    """Records, numbers and places are the source's own; a section that is read again does not count twice."""
    path = tmp_path / "two.json"
    document = {"suppliers": [{"name": "A"}, {"name": "B"}], "ingredients": [{"display_name": "C"}]}
    path.write_text(json.dumps(document), encoding="utf-8")
    source = open_source(path, BAKERY)
    told: list[tuple[str, int, int | None]] = []
    seen = watched(source, "comparing", lambda step, done, total: told.append((step, done, total)))
    for section in (*source.sections, source.sections[0]):
        assert list(seen.records(section)) == list(source.records(section))
    assert seen.locate(2, "display_name") == source.locate(2, "display_name")
    assert {step for step, _, _ in told} == {"comparing"}
    assert {total for _, _, total in told} == {3}
    assert max(done for _, done, _ in told) == 3
    assert told[-1][1] == 3


def test_batches_count_when_they_are_read_or_passed_over(tmp_path: Path) -> None:
    """Whoever reads a batch is seen to; one that somebody else has read counts once that is said."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"suppliers": [{"name": str(n)} for n in range(5)]}), encoding="utf-8")
    source, told = open_source(path, BAKERY), list[int]()
    (section,) = source.sections
    read, passed, left = watched(source, "comparing", lambda _step, done, _total: told.append(done)).batches(section, 2)
    assert [list(table.rows) for table in read.tables()] == [[("0",), ("1",)]]
    assert told == [2]
    passed.passed()
    assert (passed.first, left.size, told) == (2, 1, [2, 4])


def test_silence() -> None:
    """Nobody need look."""
    assert list(counted([1, 2], lambda done: silent("step", done, None))) == [1, 2]
