"""Column types that a schema needs so that its values stay what they are on every database."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bake.catalog.values import exact

#: Significant decimal digits that an IEEE 754 double keeps whatever they are (C's DBL_DIG).
DOUBLE_DIGITS = 15


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """A decimal that comes back from the database as exactly the one that went in.

    PostgreSQL and MariaDB have NUMERIC. SQLite has not; there the value is stored

    - as REAL, if `precision` is at most 15. No two decimals of 15 significant digits share a double (IEEE 754 binary64;
      DBL_DIG in C's <float.h>), and Python's `repr` of a double is the shortest decimal that denotes it, so
      `Decimal(repr(double))` is the decimal that was stored. It sorts and sums as a number.
    - as canonical text otherwise: equal values are equal texts, but SQL must not sort or add them.

    Args:
        precision: significant digits in all.
        scale: digits after the point.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """NUMERIC where there is one, and on SQLite what the class says."""
        if dialect.name != "sqlite":
            return dialect.type_descriptor(sa.Numeric(self.precision, self.scale))
        if self.precision <= DOUBLE_DIGITS:
            return dialect.type_descriptor(sa.REAL())
        return dialect.type_descriptor(sa.String(self.precision + len("-.")))

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """What the driver is given."""
        if value is None or dialect.name != "sqlite":
            return value
        return float(value) if self.precision <= DOUBLE_DIGITS else format(exact(Decimal(value)), "f")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:  # noqa: ARG002
        """The decimal, whatever the driver gave: SQLite answers with the type that the value has, not the column."""
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(repr(value) if isinstance(value, float) else value)


class Instant(sa.types.TypeDecorator[datetime]):
    """A time that keeps its microseconds: MySQL and MariaDB keep whole seconds unless told otherwise."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """DATETIME(6) on MySQL and MariaDB, and what is usual elsewhere."""
        if dialect.name not in ("mysql", "mariadb"):
            return dialect.type_descriptor(sa.DateTime())
        from sqlalchemy.dialects.mysql import DATETIME

        return dialect.type_descriptor(DATETIME(fsp=6))
