"""What all tests share: the options of the test run."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress

import pytest
import sqlalchemy as sa
from hypothesis import settings

# How long an example takes says more of the machine than of the code, so that no test asks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the expected files of tests/golden anew; read the difference before you keep it."""
    parser.addoption("--update-golden", action="store_true", help="write the expected files of tests/golden anew")


def pytest_collection_finish() -> None:
    """Leave the tests themselves, some hundred thousand objects, out of what is looked through for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _nothing_waits_for_the_disk() -> Iterator[None]:
    """What is written need not outlive a power cut, which no test makes: processes that are killed lose nothing of it.

    Processes that tests start are as they are.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        sa.event.listen(sa.Engine, "connect", _without_sync)
        yield
        sa.event.remove(sa.Engine, "connect", _without_sync)


def _without_sync(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        with suppress(sqlite3.Error):  # whoever uses the connection is told
            connection.execute("PRAGMA synchronous = OFF")
