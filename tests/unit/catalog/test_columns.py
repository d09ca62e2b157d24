from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bake.catalog.columns import ExactDecimal


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    """Everything that fits NUMERIC(precision, scale)."""
    digits = st.integers(-(10**precision) + 1, 10**precision - 1)
    return digits.map(lambda number: Decimal((number < 0, tuple(map(int, str(abs(number)))), -scale)))


@pytest.fixture(scope="module")
def numbers() -> sa.Table:
    """The widest decimal that is stored as a double, and one that is stored as text."""
    return sa.Table("numbers", sa.MetaData(), sa.Column("a", ExactDecimal(15, 4)), sa.Column("b", ExactDecimal(38, 19)))


@pytest.fixture(scope="module")
def engine(numbers: sa.Table) -> sa.Engine:
    """An SQLite database in memory."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    numbers.metadata.create_all(engine)
    return engine


@settings(max_examples=300)
@given(a=decimals(15, 4), b=decimals(38, 19))
def test_decimals_are_exact_on_sqlite(engine: sa.Engine, numbers: sa.Table, a: Decimal, b: Decimal) -> None:
    """Any decimal within precision and scale comes back equal, and is found by itself, as a double and as text."""
    with engine.connect() as connection:
        connection.execute(numbers.insert(), [{"a": a, "b": b}])
        found = connection.execute(sa.select(numbers).where(numbers.c.a == a, numbers.c.b == b)).all()
        assert found == [(a, b)]


def test_null_stays_null(engine: sa.Engine, numbers: sa.Table) -> None:
    """Null is no number, and no text either."""
    with engine.connect() as connection:
        connection.execute(numbers.insert(), [{"a": None, "b": None}])
        assert connection.execute(sa.select(numbers)).all() == [(None, None)]


def test_short_decimals_sort_as_numbers(engine: sa.Engine, numbers: sa.Table) -> None:
    """What is stored as a double is a number to SQL."""
    with engine.connect() as connection:
        connection.execute(numbers.insert(), [{"a": Decimal(10)}, {"a": Decimal(9)}])
        assert list(connection.scalars(sa.select(numbers.c.a).order_by(numbers.c.a))) == [9, 10]


def test_a_column_that_another_program_filled_is_read_by_what_stands_there(engine: sa.Engine) -> None:
    """SQLite keeps whole numbers and doubles as such in a NUMERIC column; both are decimals to us."""
    with engine.connect() as connection:
        for stored, decimal in ((7, Decimal(7)), (0.1, Decimal("0.1")), ("0.10", Decimal("0.10"))):
            value = connection.scalar(sa.text("SELECT :n AS n").columns(n=ExactDecimal(38, 2)), {"n": stored})
            assert value == decimal
