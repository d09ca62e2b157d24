"""How times and values are shown on the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import UNSET

from bake.changeset.model import Json
from bake.web.rendering import ago, sides

NOON, LATER = "2025-12-24T12:00:00Z", "2025-12-24T12:00:00.25Z"


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "just now"), (61, "1 minute ago"), (7300, "2 hours ago"), (90_000, "UTC"), (9e7, "UTC")]
)
def test_a_time_is_told_from_now_for_a_day(seconds: float, said: str) -> None:
    """What was longer ago is told by date and time, and what is no time as it stands."""
    at = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds").replace("+00:00", "Z")
    shown = ago(at)
    assert shown.endswith(said)
    assert said != "UTC" or shown == f"{at[:10]} {at[11:16]} UTC"
    assert ago("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (UNSET, LATER, ("", "2025-12-24 12:00:00 UTC")),
        (NOON, "2026-01-01T00:00:00Z", ("2025-12-24 12:00:00 UTC", "2026-01-01 00:00:00 UTC")),
        (NOON, LATER, (NOON, LATER)),
        (UNSET, "at 2025-12-24T12:00:00Z", ("", "at 2025-12-24T12:00:00Z")),
        (None, True, ("nothing", "true")),
    ],
)
def test_times_among_values_are_shown_as_people_write_them(before: Json, after: Json, shown: tuple[str, str]) -> None:
    """To the second, unless that would hide the difference; a text that holds a time among other words stays."""
    assert tuple("".join(text for text, _ in side) for side in sides(before, after)) == shown
