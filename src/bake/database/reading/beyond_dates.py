"""Dates and times of PostgreSQL that are none in Python's calendar: infinity, before Christ, after the year 9999.

Its driver refuses them without saying which row has one. With these loaders it gives their texts instead, which then
are named as what they are: no values of their columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

_TYPES = "date", "timestamp", "timestamptz"


@contextmanager
def texts_for_no_dates(connection: sa.Connection) -> Iterator[None]:
    """Let psycopg give texts for what is in no calendar, within the block."""
    from psycopg.pq import Format

    driver: Any = connection.connection.driver_connection
    oids = [driver.adapters.types[name].oid for name in _TYPES]
    usual = {oid: driver.adapters.get_loader(oid, Format.TEXT) for oid in oids}
    for oid, loader in usual.items():
        driver.adapters.register_loader(oid, _lenient(loader))
    try:
        yield
    finally:
        for oid, loader in usual.items():
            driver.adapters.register_loader(oid, loader)


def _lenient(usual: Any) -> Any:
    """A loader that gives the text where the usual one raises."""
    from psycopg import DataError
    from psycopg.adapt import Loader

    class Lenient(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._usual = usual(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._usual.load(data)
            except DataError:
                return bytes(data).decode()

    return Lenient
