"""SQLAlchemy's ORM: `Session.merge` of an object a record, flushed every 1,000.

A session knows what it is about to write, but shows it to nobody; it checks nothing that was not declared as a version
column, and keeps nothing to undo it by. As `merge` finds rows by their primary key alone, ids are looked up first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa
from bakery import GIVEN, rows
from sqlalchemy.orm import Session, registry

from bake.catalog.bakery import BAKERY

_BATCH = 1000
_NEW = ("uuid", "ingredient_id", "preferred_supplier_id", "preferred", "is_hidden")


class Product:
    """A row, mapped to the table as it is."""


registry().map_imperatively(Product, BAKERY.entities["products"].table)


def merge(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    engine = sa.create_engine(f"sqlite:///{folder / 'bake.db'}")
    records = list(rows(folder))
    with Session(engine) as session, session.begin():
        ids = dict(session.execute(sa.select(Product.slug, Product.id)).all())
        for place, row in enumerate(records, 1):
            id_ = ids.get(row["slug"])
            values = {name: row[name] for name in (*GIVEN, *(() if id_ else _NEW))}
            session.merge(Product(id=id_, slug=row["slug"], **values))
            if place % _BATCH == 0:
                session.flush()
                session.expunge_all()
    return len(records)


if __name__ == "__main__":
    print(merge(Path(sys.argv[1])), "records")
