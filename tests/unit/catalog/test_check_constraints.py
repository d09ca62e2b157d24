"""What simple CHECK constraints say of columns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from bake.catalog.check_constraints import narrow


@pytest.mark.parametrize(
    ("sql", "column", "said"),
    [
        ("state IN ('new', 'it''s done')", "state", {"options": ("new", "it's done")}),
        ("(\"state\" in ('a'))", "state", {"options": ("a",)}),
        ("state = ANY (ARRAY['x'::text, 'y'::text])", "state", {"options": ("x", "y")}),
        (
            "(state)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])",
            "state",
            {"options": ("x", "y")},
        ),
        ("price > 0", "price", {"above": Decimal(0)}),
        ("price >= 0::numeric", "price", {"minimum": Decimal(0)}),
        ("price >= (0)::numeric AND price <= 9.5", "price", {"minimum": Decimal(0), "maximum": Decimal("9.5")}),
        ("`n` between 1 and 5", "n", {"minimum": Decimal(1), "maximum": Decimal(5)}),
        ("n BETWEEN -1 AND 5 AND n > 0", "n", {"minimum": Decimal(-1), "maximum": Decimal(5), "above": Decimal(0)}),
        ("n >= 0 and n < 10", "n", {"minimum": Decimal(0), "maximum": Decimal(9)}),
        ("price < 10", "price", {}),
        ("price > 0 OR state IN ('new')", "price", {}),
        ("price > n", "price", {}),
        ("length(state) > 3", "state", {}),
        ("n IN ('1')", "n", {}),
        ("state <> 'x'", "state", {}),
    ],
)
def test_simple_constraints(sql: str, column: str, said: dict[str, Any]) -> None:
    """Words and bounds are taken; of anything else, nothing is: the database is asked about it."""
    columns = sa.Column("state", sa.String), sa.Column("price", sa.Numeric(8, 2)), sa.Column("n", sa.Integer)
    table = sa.Table("things", sa.MetaData(), *columns)
    narrow(table, [sql])
    assert {name: one.info for name, one in table.c.items() if one.info} == ({column: said} if said else {})
