"""Changeset files to render."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

import pytest

from bake.changeset import model as m
from bake.changeset.file import Changeset, read
from bake.changeset.header import FORMAT, CatalogStamp, Header, Source
from bake.changeset.writing import write

Make = Callable[..., Changeset]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a changeset of these operations and questions to a file of its own, and reads it."""
    numbers = count(1)

    def written(
        operations: Iterable[m.Operation] = (),
        questions: Iterable[m.Question] = (),
        notices: tuple[m.Notice, ...] = (),
        name: str = "view.json",
        records: int = 0,
    ) -> Changeset:
        path = tmp_path / f"{next(numbers)}.changeset.jsonl"
        header = Header(
            format=FORMAT,
            source=Source(name=name, sha256="0" * 64, kind="view", records=records),
            catalog=CatalogStamp(name="bakery", fingerprint="0"),
            mode="merge",
            built_at="2025-12-24T10:00:00Z",
            built_by="ada",
        )
        built = m.Built(counts={}, notices=notices, digest="")
        return read(write([header, *operations, *questions, built], lambda _: path).path)

    return written
