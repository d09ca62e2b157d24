"""Rows as arrays, as PostgreSQL is given them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bake.catalog.columns import ExactDecimal
from bake.database.arrays import unbounded, unnested


@pytest.mark.parametrize(
    ("type_", "array"),
    [
        (sa.String(3), "TEXT[]"),
        (sa.CHAR(3), "TEXT[]"),
        (ExactDecimal(6, 2), "NUMERIC[]"),
        (sa.Numeric(6, 2), "NUMERIC[]"),
        (sa.BigInteger(), "BIGINT[]"),
        (sa.Enum("a", "b", name="mood"), "mood[]"),
    ],
)
def test_no_array_cuts_off_what_is_in_it(type_: sa.types.TypeEngine[Any], array: str) -> None:
    """PostgreSQL shortens a text, and rounds a number, that is told to be of a type with a length or a precision."""
    given = unbounded(type_)
    rows = unnested([sa.bindparam("p0", type_=sa.ARRAY(given))], [given])
    dialect: sa.Dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
    assert f"unnest(%(p0)s::{array})" in str(sa.select(*rows.c).compile(dialect=dialect))
