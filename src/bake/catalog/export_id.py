"""The ids of exports: UUIDs of version 7 (RFC 9562), which tell when the export was made."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from uuid import UUID

_VERSION, _VARIANT = 0x7, 0b10


def new_export_id() -> str:
    """The id of an export that is made now."""
    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | _VERSION << 76
    number = number & ~(0b11 << 62) | _VARIANT << 62
    return str(UUID(int=number))


def exported_at(export_id: str | None) -> str | None:
    """When an export was made, to the second, in UTC (RFC 3339); None if its id does not tell.

    Args:
        export_id: what a file gives as the id of its export; None if it gives none.
    """
    try:
        uuid = UUID(export_id or "")
        moment = datetime.fromtimestamp((uuid.int >> 80) // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if uuid.version == _VERSION else None
