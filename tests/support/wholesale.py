"""A schema that nobody made for Bake: keys of every kind, references to other columns than those, names that need care.

what is special                                          tables
a primary key that is a text                             countries, products, details
one of several columns, which others refer to            orders, order_lines, parcels
a part of it that PostgreSQL fills up with blanks        orders.branch
one that is a reference                                  details
one that is a uuid                                       parcels
one that is a number and all that names a row            suppliers, log
a reference to a unique column that is no primary key    products.category_number
a column that is called as a reference would be          products.group, products.group_id
a unique column that takes null                          suppliers.tax_number
rows that refer to each other                            staff
names that have to be quoted                             the last
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


def _key(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True)


COUNTRIES = sa.Table(
    "countries",
    METADATA,
    sa.Column("code", sa.String(2), primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
)
CATEGORIES = sa.Table(
    "categories",
    METADATA,
    _key(),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("title", sa.String(40), nullable=False),
)
GROUPS = sa.Table("groups", METADATA, _key(), sa.Column("name", sa.String(40), nullable=False, unique=True))
SUPPLIERS = sa.Table(
    "suppliers",
    METADATA,
    _key("supplier_number"),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("tax_number", sa.String(20), unique=True),
    sa.Column("country_code", sa.ForeignKey("countries.code")),
)
PRODUCTS = sa.Table(
    "products",
    METADATA,
    sa.Column("sku", sa.String(20), primary_key=True),
    sa.Column("group", sa.String(20)),
    sa.Column("group_id", sa.ForeignKey("groups.id")),
    sa.Column("category_number", sa.ForeignKey("categories.number"), nullable=False),
    sa.Column("supplier_number", sa.ForeignKey("suppliers.supplier_number")),
    sa.Column("price", sa.Numeric(8, 2)),
)
DETAILS = sa.Table(
    "details",
    METADATA,
    sa.Column("sku", sa.ForeignKey("products.sku"), primary_key=True),
    sa.Column("description", sa.Text),
)
ORDERS = sa.Table(
    "orders",
    METADATA,
    sa.Column("branch", sa.CHAR(8), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ordered_on", sa.Date),
)
ORDER_LINES = sa.Table(
    "order_lines",
    METADATA,
    sa.Column("branch", sa.CHAR(8), primary_key=True),
    sa.Column("order_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sku", sa.ForeignKey("products.sku"), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["branch", "order_number"], ["orders.branch", "orders.number"]),
)
PARCELS = sa.Table(
    "parcels",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("branch", sa.CHAR(8)),
    sa.Column("order_number", sa.Integer),
    sa.Column("line", sa.Integer),
    sa.Column("weight", sa.Integer),
    sa.ForeignKeyConstraint(
        ["branch", "order_number", "line"], ["order_lines.branch", "order_lines.order_number", "order_lines.line"]
    ),
)
STAFF = sa.Table(
    "staff",
    METADATA,
    _key(),
    sa.Column("email", sa.String(40), nullable=False, unique=True),
    sa.Column("manager_id", sa.ForeignKey("staff.id")),
)
LOG = sa.Table("log", METADATA, _key(), sa.Column("staff_id", sa.ForeignKey("staff.id")), sa.Column("text", sa.Text))
QUOTED = sa.Table(
    'Order "Total" %',
    METADATA,
    sa.Column("Größe %(x)s", sa.String(20), primary_key=True),
    sa.Column("select", sa.Integer),
    sa.Column("a ' b:c", sa.ForeignKey("staff.id")),
)

_UUIDS = ("0198c5b2-0000-7000-8000-000000000001", "0198c5b2-0000-7000-8000-000000000002")

#: Rows by table, in an order in which they can be written. The numbers of some keys differ from those of others on
#: purpose: a reference that took one for the other would lead to another row.
ROWS: dict[sa.Table, list[dict[str, Any]]] = {
    COUNTRIES: [{"code": "IT", "name": "Italy"}, {"code": "PE", "name": "Peru"}],
    CATEGORIES: [{"id": 1, "number": 2, "title": "Flour"}, {"id": 2, "number": 1, "title": "Cocoa"}],
    GROUPS: [{"id": 7, "name": "dry"}, {"id": 8, "name": "cold"}],
    SUPPLIERS: [
        {"supplier_number": 5, "name": "Mulino", "tax_number": None, "country_code": "IT"},
        {"supplier_number": 6, "name": "Mulino", "tax_number": None, "country_code": None},
        {"supplier_number": 9, "name": "Cacao", "tax_number": "PE-1", "country_code": "PE"},
    ],
    PRODUCTS: [
        {
            "sku": "F-00",
            "group": "A",
            "group_id": 7,
            "category_number": 2,
            "supplier_number": 5,
            "price": Decimal("1.20"),
        },
        {"sku": "C/1", "group": None, "group_id": 8, "category_number": 1, "supplier_number": 9, "price": None},
    ],
    DETAILS: [{"sku": "F-00", "description": "soft"}],
    ORDERS: [{"branch": "1", "number": 2, "ordered_on": None}, {"branch": "2", "number": 1, "ordered_on": None}],
    ORDER_LINES: [
        {"branch": "1", "order_number": 2, "line": 3, "sku": "F-00", "quantity": 10},
        {"branch": "2", "order_number": 1, "line": 3, "sku": "C/1", "quantity": 1},
        {"branch": "2", "order_number": 1, "line": 4, "sku": "F-00", "quantity": 2},
    ],
    PARCELS: [
        {"id": _UUIDS[0], "branch": "2", "order_number": 1, "line": 3, "weight": 5},
        {"id": _UUIDS[1], "branch": None, "order_number": None, "line": None, "weight": None},
    ],
    STAFF: [{"id": 3, "email": "b@x", "manager_id": None}, {"id": 1, "email": "a@x", "manager_id": 3}],
    LOG: [{"id": 4, "staff_id": 1, "text": "in"}, {"id": 5, "staff_id": None, "text": "in"}],
    QUOTED: [{"Größe %(x)s": "ä b", "select": 1, "a ' b:c": 3}],
}


def fill(connection: sa.Connection) -> None:
    """Create the tables and write the rows."""
    METADATA.create_all(connection)
    for table, rows in ROWS.items():
        uuids = [name for name, column in table.columns.items() if isinstance(column.type, sa.Uuid)]
        for row in rows:
            connection.execute(
                table.insert().values({**row, **{name: sa.Uuid().python_type(row[name]) for name in uuids}})
            )
