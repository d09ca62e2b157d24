from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from support.cupboard import CUPBOARD

from bake.database.reading.snapshot import DatabaseSnapshot
from bake.exporter.entity_file import Stamp, Written, write_entity
from bake.exporter.naming import Names
from bake.exporter.shape import shape_of

STAMP = Stamp("550e8400-e29b-41d4-a716-446655440000", "2025-12-24T12:00:00Z")


def written(connection: sa.Connection, folder: Path, name: str) -> tuple[Written, Path]:
    """Write the file of one entity of a set of all of them."""
    shape = shape_of(CUPBOARD, CUPBOARD.entities[name], tuple(CUPBOARD.entities))
    path = folder / f"{name}.json"
    return write_entity(path, Names(DatabaseSnapshot(connection, CUPBOARD)), shape, STAMP), path


def document(path: Path) -> Any:
    """A file's JSON, with exact numbers."""
    return json.loads(path.read_bytes(), parse_float=Decimal)


def test_envelope(connection: sa.Connection, tmp_path: Path) -> None:
    """The envelope says what the file is, and by which columns its references can be followed."""
    _, path = written(connection, tmp_path, "jars")
    whole = document(path)
    whole.pop("records")
    assert whole == {
        "file_version": "1.0",
        "entity_type": "jars",
        "export_id": STAMP.export_id,
        "exported_at": STAMP.exported_at,
        "record_count": 2,
        "schema": {
            "primary_key": "id",
            "slug_field": "label",
            "foreign_keys": {"shelf_id": {"references": "shelves.id", "lookup_field": "shelf"}},
        },
    }


def test_records(connection: sa.Connection, tmp_path: Path) -> None:
    """Every column is there: nulls, empty text, JSON, decimals of many digits, and a key of several parts as object."""
    _, path = written(connection, tmp_path, "jars")
    empty, honey = document(path)["records"]
    assert honey == {
        "id": 1,
        "label": "honey",
        "shelf_id": 1,
        "shelf": {"room": "kitchen", "place": 2},
        "lid": None,
        "weight": Decimal("12345678901234567890.5"),
        "volume": Decimal("0.1"),
        "origin": {"farm": ["é", Decimal("1.5"), None]},
        "filled_at": "2025-12-20T10:00:00Z",
    }
    assert (empty["lid"], empty["shelf_id"], empty["shelf"], empty["weight"]) == ("", None, None, None)


def test_order_is_that_of_keys(connection: sa.Connection, tmp_path: Path) -> None:
    """Records come in the order of their keys, not of their ids, one a line."""
    _, path = written(connection, tmp_path, "shelves")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith('{"id":')]
    assert [json.loads(line.rstrip(","))["id"] for line in lines] == [2, 1]


def test_checksum_is_of_the_bytes(connection: sa.Connection, tmp_path: Path) -> None:
    """What is returned describes the file that was written."""
    told, path = written(connection, tmp_path, "jars")
    assert told == Written(2, hashlib.sha256(path.read_bytes()).hexdigest())


def test_empty_table(connection: sa.Connection, tmp_path: Path) -> None:
    """A file without records is JSON, too."""
    connection.exec_driver_sql("PRAGMA query_only = OFF")
    connection.exec_driver_sql("DELETE FROM spoons")
    _, path = written(connection, tmp_path, "spoons")
    assert document(path)["records"] == []
