"""Where the records of a base stand: they are found in any order, however the lines are cut into blocks."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.sources import base_records
from bake.sources.base_records import BaseRecords, index

KEYS = st.integers(0, 30) | st.text(max_size=3) | st.just("\U0001f35e")
#: What may be asked for besides: values that name nothing, or that nothing can hold.
OTHERS = st.none() | st.booleans() | st.just(2**63) | st.just("\ud800") | st.just(1.0) | st.text(max_size=2)


@contextmanager
def kept(records: Sequence[Mapping[str, Any]], block: int, many: int = 16) -> Iterator[BaseRecords]:
    """Records that were taken in, in blocks of so many bytes."""
    lines = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())
    with (
        TemporaryDirectory() as folder,
        patch.object(base_records, "_BLOCK", block),
        patch.object(base_records, "_MANY", many),
        patch.object(base_records, "_CHUNK", 2),
    ):
        there = index(["key"], lines, Path(folder, "index.db"))
        assert there.count == len(records)
        with closing(BaseRecords(there)) as found:
            yield found


@given(
    keys=st.lists(KEYS, unique=True, max_size=30),
    asked=st.lists(st.lists(KEYS | OTHERS, max_size=12), max_size=5),
    block=st.integers(1, 200),
    many=st.integers(1, 4),
    data=st.data(),
)
def test_records_are_found_in_any_order(
    keys: list[Any], asked: list[list[Any]], block: int, many: int, data: st.DataObject
) -> None:
    """Whatever is asked, and after whatever else: each record that has one of the values, and no other."""
    records = [{"key": key, "n": n} for n, key in enumerate(keys)]
    there = {(type(key), key): record for key, record in zip(keys, records, strict=True)}
    with kept(records, block, many) as base:
        for values in (*asked, keys, data.draw(st.permutations(keys))):
            found = base.find("key", values)
            assert {(type(key), key): record for key, record in found.items()} == {
                (type(value), value): there[type(value), value] for value in values if (type(value), value) in there
            }
        assert base.find("n", [0]) == {}


@pytest.mark.parametrize("lines", ['{"key":1}\n\n{"key":2}\n', '{"key":1}{"key":2}\n', '{"key":1}\n[]\n', "1\n"])
def test_lines_are_records(lines: str, tmp_path: Path) -> None:
    """Nothing else is taken in: lines that are empty, hold two records, or something else."""
    with pytest.raises(ValueError, match=r"empty|Expected|malformed"):
        index(["key"], io.BytesIO(lines.encode()), tmp_path / "index.db")
