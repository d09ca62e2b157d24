"""Bases: found by the id of their export, asked by identity, exact, and refused when they are damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bake.errors import DamagedExport
from bake.sources.bases import FORMAT, base_path, open_base

ID = "550e8400-e29b-41d4-a716-446655440000"
HEADER = {
    "format": FORMAT,
    "export_id": ID,
    "view": "shelf_complete",
    "exported_at": "2025-12-24T12:00:00Z",
    "identity": ["book_id", "slug"],
    "records": 2,
}
LINES = ['{"book_id":1,"slug":"emma","price":6.990}', '{"book_id":2,"slug":"1","price":null}']


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Path]:
    """Write a base."""

    def write(*lines: str, **changes: Any) -> Path:
        text = "\n".join([json.dumps(HEADER | changes), *lines]) + "\n"
        path = base_path(tmp_path, ID)
        assert path is not None
        path.write_bytes(gzip.compress(text.encode()))
        return path

    return write


@pytest.fixture(autouse=True)
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bake.sources.base_records._CHUNK", 1)


def test_records_are_found_by_any_identity(keep: Callable[..., Path], tmp_path: Path) -> None:
    """By id and by slug, of which 1 and "1" are two; values keep their digits."""
    keep(*LINES)
    base = open_base(tmp_path, ID)
    assert base is not None
    with closing(base):
        assert base.export_id == ID
        assert base.find("book_id", [1, 3]) == {1: {"book_id": 1, "slug": "emma", "price": Decimal("6.990")}}
        assert set(base.find("slug", ["emma", "1"])) == {"emma", "1"}
        assert base.find("slug", [1]) == {}
        assert base.find("price", [6]) == {}


@pytest.mark.parametrize("export_id", ["11111111-e29b-41d4-a716-446655440000", "../../etc/passwd", ""])
def test_other_ids_have_no_base(keep: Callable[..., Path], tmp_path: Path, export_id: str) -> None:
    """An id without a base, and what is no id at all and might lead out of the folder, find none."""
    keep(*LINES)
    assert open_base(tmp_path, export_id) is None


@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        (LINES[:1], {}),
        ([*LINES, LINES[0]], {"records": 3}),
        (["[]", "[]"], {}),
        (["{", "{"], {}),
        (LINES, {"format": "bake.base/9"}),
        (LINES, {"records": "many"}),
    ],
)
def test_damage_is_noticed(
    keep: Callable[..., Path], tmp_path: Path, lines: list[str], changes: dict[str, Any]
) -> None:
    """Too few records, one twice, lines that are no records, an unknown format: the file and a way out are named."""
    path = keep(*lines, **changes)
    with pytest.raises(DamagedExport) as caught:
        open_base(tmp_path, ID)
    assert caught.value.exit_status == 6
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_base_that_is_cut_off(keep: Callable[..., Path], tmp_path: Path) -> None:
    """Every prefix of a base is damaged, and so is a base with a byte changed in its middle."""
    path = keep(*LINES)
    whole = path.read_bytes()
    middle = len(whole) // 2
    for broken in (
        *(whole[:n] for n in range(len(whole))),
        whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
    ):
        path.write_bytes(broken)
        with pytest.raises(DamagedExport):
            open_base(tmp_path, ID)
