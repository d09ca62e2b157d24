"""Columns that keep fewer digits than a file may give, on the databases that have such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import bake
from bake.database.engine import Database

_TABLES = {
    "postgresql": "CREATE TABLE tins (code varchar(9) PRIMARY KEY, weight real, made timestamp(0))",
    "mysql": "CREATE TABLE tins (code varchar(9) PRIMARY KEY, weight float, made datetime)",
}
_KEPT = {"code": "a", "weight": 0.1, "made": "2026-01-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("field", "value"), [("weight", 16777217), ("weight", 0.30000001), ("made", "2026-01-01T10:00:00.4Z")]
)
def test_a_value_with_more_digits_than_are_kept_is_never_rounded(
    database: Database, database_url: str, tmp_path: Path, field: str, value: Any
) -> None:
    """What is kept as it is comes back as nothing to do; more is refused, with what the column made of it."""
    kind = sa.make_url(database_url).get_backend_name()
    if kind not in _TABLES:
        pytest.skip("SQLite keeps every digit")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(_TABLES[kind])
    project = bake.Project(database_url, bake.reflect(database.engine), folder=tmp_path)
    bake.initialise(project)
    assert bake.import_source(project, [_KEPT], view="tins").applied is not None
    assert bake.import_source(project, [_KEPT], view="tins").applied is None
    with pytest.raises(bake.errors.NotProven, match="did not read back as it was written") as raised:
        bake.import_source(project, [_KEPT | {field: value}], view="tins")
    assert f"{field} is " in str(raised.value.problems[0])
    assert "keep fewer digits" in (raised.value.hint or "")
    assert bake.import_source(project, [_KEPT], view="tins").applied is None
