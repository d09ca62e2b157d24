"""Applications take turns: what one of them has looked at, no other one changes before it commits.

The schema need not hold a natural key unique. Two applications that both see that nobody has a key would both create
the row. So each one first writes the one row of `bake_database`, and keeps that lock until its transaction ends: the
next one begins to look when the first has committed. The lock is the database's own: it is waited for as long as for
any other lock, and it ends with the transaction or the connection, in a transaction of a caller too.
"""

from __future__ import annotations

import sqlalchemy as sa

from bake.database import ledger
from bake.database.ledger import DATABASE

_TAKE = sa.update(DATABASE).where(DATABASE.c.id == 1).values(uuid=DATABASE.c.uuid)


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other transaction that has taken its turn is open; to be called before anything is read.

    Raises:
        sqlalchemy.exc.OperationalError: another one was open for too long (`DatabaseLocked` outside of the block).
    """
    if connection.execute(_TAKE).rowcount:
        return
    try:
        with connection.begin_nested():
            ledger.identify(connection)
    except sa.exc.IntegrityError:  # another one has done so meanwhile
        connection.execute(_TAKE)
