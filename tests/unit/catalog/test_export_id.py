"""The ids of exports tell when the export was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bake.catalog.export_id import exported_at, new_export_id


def test_an_id_tells_when_the_export_was_made() -> None:
    """It is a UUID of version 7, different each time."""
    before = datetime.now(UTC).replace(microsecond=0)
    first, second = new_export_id(), new_export_id()
    assert first != second
    assert (UUID(first).version, UUID(first).variant) == (7, "specified in RFC 4122")
    moment = datetime.fromisoformat(exported_at(first) or "")
    assert before <= moment <= before + timedelta(seconds=5)


@pytest.mark.parametrize("other", [None, "", "x", "00000000-0000-4000-8000-000000000099", "e1"])
def test_other_ids_do_not(other: str | None) -> None:
    """Neither those of other programs, nor what is no UUID."""
    assert exported_at(other) is None
