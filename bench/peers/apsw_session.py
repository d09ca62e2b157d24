"""SQLite's session extension through apsw: the changeset in C.

    python bench/peers/apsw_session.py prepare|run FOLDER

The view is upserted in a copy of the database while a session records it; its changeset is applied to the database,
inverted, and applied again, which undoes it; then it is applied for good, so that the result can be compared.

A changeset says what happened, so it can only be made by writing somewhere first: here into a copy, which `prepare`
makes. Its rows are named by surrogate ids, and it is binary, so nobody reads it. It checks what it changes, and tells a
callback of conflicts, one by one.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path

import apsw
from bakery import GIVEN, INSERT, rows

_SETS = ", ".join(f"{name} = excluded.{name}" for name in GIVEN)


def record(path: Path, folder: Path) -> bytes:
    """The changeset of an upsert."""
    database = _opened(path)
    session = apsw.Session(database, "main")
    session.attach("products")
    with database:
        database.executemany(f"{INSERT} ON CONFLICT (slug) DO UPDATE SET {_SETS}", rows(folder))
    changes = session.changeset()
    session.close()
    database.close()
    return changes


def apply(path: Path, changes: bytes) -> None:
    """Apply a changeset, whole or not at all; what is not as it expects ends it."""
    database = _opened(path)
    with database:
        apsw.Changeset.apply(changes, database, conflict=lambda *_: apsw.SQLITE_CHANGESET_ABORT)
    database.close()


def _opened(path: Path) -> apsw.Connection:
    database = apsw.Connection(str(path))
    database.execute("PRAGMA cache_size = -65536")
    database.execute("PRAGMA foreign_keys = ON")
    return database


def main(folder: Path) -> None:
    """Record, apply, undo, apply for good; say how long each took."""
    began = [time.perf_counter()]
    changes = record(folder / "copy.db", folder)
    began.append(time.perf_counter())
    apply(folder / "bake.db", changes)
    began.append(time.perf_counter())
    apply(folder / "bake.db", apsw.Changeset.invert(changes))
    began.append(time.perf_counter())
    apply(folder / "bake.db", changes)
    seconds = (f"{b - a:.2f} s" for a, b in pairwise(began))
    took = dict(zip(("record", "apply", "invert and apply"), seconds, strict=True))
    print(json.dumps(took | {"bytes": len(changes)}))


if __name__ == "__main__":
    what, place = sys.argv[1:3]
    if what == "prepare":
        shutil.copyfile(Path(place) / "bake.db", Path(place) / "copy.db")
    else:
        main(Path(place))
