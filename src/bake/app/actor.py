"""Who acts, and when: what every event says."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bake.app.versions.git import git_setting


def actor() -> str:
    """Who is at work: `BAKE_ACTOR`, or else the name that git gives to commits here, or else the login name."""
    given = (os.environ.get(name, "").strip() for name in ("BAKE_ACTOR", "GIT_AUTHOR_NAME"))
    named = next(filter(None, given), "") or _git_name() or _login()
    return os.fsencode(named).decode("utf-8", "replace")


def _git_name() -> str:
    try:
        return _name_in(Path.cwd())
    except OSError:  # the folder is gone
        return ""


@cache
def _name_in(folder: Path) -> str:
    return git_setting(folder, "user.name").strip()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def now() -> str:
    """The present instant, in UTC, to the second (RFC 3339)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
