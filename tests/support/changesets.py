"""Small changesets, written to a file the way the builder does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bake.changeset.file import Changeset, read
from bake.changeset.header import FORMAT, CatalogStamp, Header, Source
from bake.changeset.model import Built, Operation, Question
from bake.changeset.writing import write


def written(path: Path, operations: Sequence[Operation], questions: Sequence[Question]) -> Changeset:
    """A changeset file of these operations, each made from the record of its own number, and these questions."""
    source = Source(name="source.json", sha256="0" * 64, kind="entity", records=len(operations))
    header = Header(
        format=FORMAT,
        source=source,
        catalog=CatalogStamp(name="mill", fingerprint="0"),
        mode="merge",
        built_at="2025-12-24T10:00:00Z",
        built_by="ada",
    )
    write([header, *operations, *questions, Built(counts={}, digest="")], lambda _: path)
    return read(path)
