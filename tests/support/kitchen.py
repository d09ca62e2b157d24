"""A bakery on a database of any kind, worked on from the command line, by others at the same time, and compared."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from support import killed
from support.copies import copied
from support.shell import Said, Shell, command
from support.tables import Contents, contents, seed

from bake.catalog.bakery import BAKERY
from bake.catalog.model import Catalog
from bake.changeset.file import read
from bake.database.engine import Database, connect
from bake.database.ledger import ledger
from bake.database.schema import create_tables

#: What others do: a statement; or a new row of a table, whose other columns get their defaults.
Edit = str | tuple[str, Mapping[str, Any]]


def uid(number: int) -> str:
    """A uuid that is easy to tell from others."""
    return f"00000000-0000-4000-8000-{number:012d}"


#: Two shops, a tree of three ingredients, two products, and a purchase.
STOCK: dict[str, list[dict[str, Any]]] = {
    "suppliers": [
        {"uuid": uid(1), "slug": "costco", "name": "Costco", "city": "Waltham", "state": "MA"},
        {"uuid": uid(2), "slug": "wegmans", "name": "Wegmans", "city": "Burlington", "state": "MA"},
    ],
    "ingredients": [
        {"uuid": uid(11), "slug": "flours", "display_name": "Flours", "hierarchy_level": 0},
        {"uuid": uid(12), "slug": "bread_flour", "display_name": "Bread Flour", "parent_slug": "flours"},
        {"uuid": uid(13), "slug": "rye_flour", "display_name": "Rye Flour", "parent_slug": "flours"},
    ],
    "products": [
        {
            "uuid": uid(21),
            "slug": "king",
            "ingredient_slug": "bread_flour",
            "brand": "King Arthur",
            "package_unit": "lb",
            "package_unit_quantity": 5,
            "preferred_supplier_slug": "wegmans",
        },
        {
            "uuid": uid(22),
            "slug": "bobs",
            "ingredient_slug": "rye_flour",
            "brand": "Bob's",
            "package_unit": "oz",
            "package_unit_quantity": 20,
        },
    ],
    "purchases": [
        {
            "uuid": uid(31),
            "product_slug": "king",
            "supplier_slug": "wegmans",
            "purchase_date": "2025-11-15",
            "unit_price": 5.49,
            "quantity_purchased": 2,
        }
    ],
}


def another_purchase(n: int) -> Edit:
    """A purchase that differs from the one that is here in its price."""
    columns = "product_id, supplier_id, purchase_date, quantity_purchased, created_at"
    return (
        f"INSERT INTO purchases (uuid, unit_price, {columns}) SELECT '{uid(n)}', 7.25, {columns} "
        f"FROM purchases WHERE uuid = '{uid(31)}'"
    )


#: Updates of a field and a reference, and of a row's own key; creates of which one needs the other; and a question.
DELIVERY: dict[str, list[dict[str, Any]]] = {
    "ingredients": [{"slug": "spelt", "display_name": "Spelt", "parent_slug": "flours"}],
    "products": [
        {"slug": "king", "upc_code": "071012010103", "preferred_supplier_slug": "costco"},
        {"uuid": uid(22), "slug": "bobs_dark_rye"},
        {"slug": "spelt_bag", "ingredient_slug": "spelt", "package_unit": "kg", "package_unit_quantity": 1},
    ],
    "purchases": [
        {
            "product_slug": "king",
            "supplier_name": "Wilson's Farm",
            "purchase_date": "2025-12-20",
            "unit_price": 6.99,
            "quantity_purchased": 1,
        }
    ],
}


@dataclass(frozen=True)
class Kitchen:
    """A project folder and its database, with `c.changeset.jsonl` in it: the delivery, its question answered.

    Attributes:
        folder: the folder.
        url: the database.
        catalog: the catalog of the project.
    """

    folder: Path
    url: str
    catalog: Catalog = BAKERY

    @cached_property
    def shell(self) -> Shell:
        """Where commands are typed."""
        return Shell(self.folder, {"BAKE_DATABASE_URL": self.url})

    @property
    def changeset(self) -> Path:
        """The changeset."""
        return self.folder / "c.changeset.jsonl"

    def stock(self, *, reverse: bool = False) -> Kitchen:
        """Fill an empty database; in reverse, its rows get other ids."""
        self.shell.done("init")
        rows = {entity: rows[::-1] if reverse else rows for entity, rows in STOCK.items()}
        self.shell.write("stock.json", rows)
        self.shell.done("import", "stock.json", "--yes")
        return self

    def of(self, name: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Kitchen:
        """A project in a folder of its own on the same database, with the tables of `support.NAME`, filled."""
        catalog = getattr(import_module(f"support.{name}"), name.upper())
        (self.folder / name).mkdir()
        made = Kitchen(self.folder / name, self.url, catalog)
        made.shell.write("bake.toml", f'catalog = "support.{name}:{name.upper()}"')
        with made._database() as database, database.writing() as connection:
            create_tables(connection, catalog)
            seed(connection, rows, catalog)
        return made

    @property
    def backend(self) -> str:
        """`sqlite`, `postgresql` or `mysql`."""
        return sa.make_url(self.url).get_backend_name()

    def deliver(self, *answer: str) -> Kitchen:
        """Build the changeset, and answer its question."""
        source = self.shell.write("delivery.json", DELIVERY)
        self.shell.built(source, "--output", self.changeset.name)
        if answer:
            self.shell.done("changeset", "resolve", self.changeset, *answer)
        return self

    def apply(self, *options: str, file: Path | None = None) -> Said:
        """Apply the changeset, or another one."""
        return self.shell.bake("changeset", "apply", file or self.changeset, *options, "--format", "json")

    def brought(self, *source: object, answers: Sequence[str] = ()) -> Said:
        """Build another changeset, answer its questions, and apply it."""
        file = self.folder / "brought.changeset.jsonl"
        self.shell.bake("changeset", "build", *source, "--output", file.name)
        if answers:
            self.shell.done("changeset", "resolve", file.name, *answers)
        return self.apply(file=file)

    def revert(self) -> Path:
        """Write the changeset that undoes the changeset."""
        self.shell.done("changeset", "revert", self.changeset, "--output", "undo.changeset.jsonl")
        return self.folder / "undo.changeset.jsonl"

    def started(self, *arguments: object) -> subprocess.Popen[str]:
        """A command in a process of its own."""
        return self._process(command(*arguments))

    def killed(self, point: str, n: int | Path, *arguments: object) -> int:
        """A command in a process of its own that is killed at a point (`support.killed`); how it ended."""
        process = self._process([sys.executable, killed.__file__, point, str(n), *map(str, arguments)])
        process.communicate(timeout=60)
        return process.returncode

    def _process(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            arguments,
            cwd=self.folder,
            env=self.shell.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def edit(self, *edits: Edit) -> None:
        """What somebody else does to the database in the meantime."""
        with self.editing(*edits):
            pass

    @contextmanager
    def editing(self, *edits: Edit, keep: bool = True) -> Iterator[None]:
        """The same in a transaction that ends with the block; False takes it back then."""
        with self._database() as database, database.writing(keep=keep) as connection:
            for edit in edits:
                if isinstance(edit, str):
                    connection.execute(sa.text(edit))
                else:
                    table, values = edit
                    connection.execute(sa.insert(self.catalog.entities[table].table).values(values))
            yield

    def contents(self) -> Contents:
        """Every row of the catalog by its uuid, without ids and without the time of its creation."""
        with self._database() as database, database.reading() as connection:
            found = contents(connection, self.catalog)
        for rows in found.values():
            for row in rows.values():
                row.pop("created_at", None)
        return found

    def ids(self) -> list[tuple[str, int]]:
        """The ids of the products by uuid."""
        with self._database() as database, database.reading() as connection:
            return [(u, i) for u, i in connection.execute(sa.text("SELECT uuid, id FROM products ORDER BY uuid"))]

    def entries(self) -> list[ledger.LedgerEntry]:
        """What the ledger says of the changeset."""
        digest = read(self.changeset).digest
        with self._database() as database, database.reading() as connection:
            return [entry for entry in ledger.entries(connection) if entry.digest == digest]

    def _database(self) -> Database:
        return connect(self.url)


def stocked(folder: Path, *, reverse: bool = False) -> Kitchen:
    """A kitchen on SQLite, filled."""
    return _on_sqlite(copied(("stock", reverse), folder, lambda made: _on_sqlite(made).stock(reverse=reverse)))


def delivered(folder: Path, *answer: str) -> Kitchen:
    """The same with its changeset."""
    return _on_sqlite(copied(("delivery", answer), folder, lambda made: stocked(made).deliver(*answer)))


def _on_sqlite(folder: Path) -> Kitchen:
    return Kitchen(folder, f"sqlite:///{folder / 'bake.db'}")
