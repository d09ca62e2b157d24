"""A lock by which applications to one database run one after the other.

The schema need not make a natural key unique. Two applications that both find no row with a key would both create it.
So each one first writes the only row of `bake_database`, and holds the lock on that row until its transaction ends. It
is a lock of the database: the time to wait for it is that for any other lock, and it ends with the transaction or the
connection, in a transaction of the caller too.
"""

from __future__ import annotations

import sqlalchemy as sa

from bake.database.ledger import ledger
from bake.database.ledger.ledger import DATABASE
from bake.database.savepoint import savepoint

_TAKE = sa.update(DATABASE).where(DATABASE.c.id == 1).values(uuid=DATABASE.c.uuid)


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other transaction that has taken its turn is open; to be called before anything is read.

    Raises:
        sqlalchemy.exc.OperationalError: another one was open for too long (`DatabaseLocked` outside of the block).
    """
    if connection.execute(_TAKE).rowcount:
        return
    try:
        with savepoint(connection):
            ledger.identify(connection)
    except sa.exc.IntegrityError:  # another one has done so meanwhile
        connection.execute(_TAKE)
