"""Who acts, and when: what every event says."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime


def actor() -> str:
    """Who is at work: `BAKE_ACTOR`, or else the login name."""
    named = os.environ.get("BAKE_ACTOR", "").strip() or _login()
    return os.fsencode(named).decode("utf-8", "replace")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def now() -> str:
    """The present instant, in UTC, to the second (RFC 3339)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
