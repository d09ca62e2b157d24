"""Savepoints whose errors are not hidden: MariaDB has none any more once it has taken the whole transaction back.

Going back to it would fail with an error of its own, which looks like a refusal of the row; what is written after that
would be committed without what came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bake.database.failures import is_taken_back


@contextmanager
def savepoint(connection: sa.Connection) -> Iterator[sa.NestedTransaction]:
    """A block whose changes are taken back if an error leaves it, unless the error says that all of them are."""
    nested = connection.begin_nested()
    try:
        yield nested
    except BaseException as error:
        if not (isinstance(error, sa.exc.DBAPIError) and is_taken_back(error)):
            nested.rollback()
        raise
    if nested.is_active:
        nested.commit()
