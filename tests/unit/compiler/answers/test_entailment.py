"""What answers entail: warnings that need the row which is meant, and keys made of what was answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import structs
from support.market import MARKET
from support.memory import MemorySnapshot
from support.tables import in_memory, seed

from bake.changeset.events import Entailed
from bake.changeset.model import Create, Json, Replace, Test, Update
from bake.compiler.answers.entailment import Decided, Entailment
from bake.compiler.rows.row_resolver import RowResolver
from bake.database.reading.snapshot import DatabaseSnapshot

_ROWS: dict[str, list[dict[str, Json]]] = {
    "shops": [{"id": 1, "uuid": "s1", "slug": "mill", "name": "Mill", "city": "Troy"}],
    "grains": [{"id": 1, "uuid": "g1", "slug": "rye", "name": "Rye"}],
    "bags": [{"id": 1, "uuid": "b1", "grain": 1, "brand": "Own", "weight": Decimal(5)}],
    "sales": [
        {"id": 1, "uuid": "p1", "bag": 1, "shop": 1, "day": "2025-12-01", "price": Decimal(4)},
        {"id": 2, "uuid": "p2", "bag": 1, "shop": 1, "day": "2025-11-01", "price": Decimal(90)},
    ],
}

_BAG = {"grain": {"slug": "rye"}, "brand": "Own", "weight": Decimal(5)}


def _sale(n: int = 1, **values: Any) -> Create:
    given = {"bag": _BAG, "shop": {"slug": "mill"}, "day": "2025-12-20", "price": Decimal(5), **values}
    return Create(n=n, entity="sales", key={"uuid": f"u{n}"}, values={"uuid": f"u{n}", **given})


def _entailed(
    *now: Create | Update, strict: bool = False, others: tuple[Create, ...] = (), asked: str = "/bag"
) -> tuple[dict[int, Entailed], Entailment]:
    known = RowResolver(MARKET, MemorySnapshot(MARKET, _ROWS))
    entailment = Entailment(known, strict=strict, taken=())
    decided = [Decided(structs.replace(one, needs={asked: "q1"}), one) for one in now]
    creates = [*others, *(one for one in now if isinstance(one, Create))]
    return entailment.of(MARKET.entities[now[0].entity], decided, creates), entailment


def test_a_number_is_compared_with_the_last_of_the_row_that_was_answered() -> None:
    """The price of the last day counts; a usual price entails nothing; under `strict` it is asked, once."""
    found, entailment = _entailed(_sale(1, price=Decimal(40)), _sale(2))
    assert {n: [warning.code for warning in one.warnings] for n, one in found.items()} == {1: ["outlier"]}
    assert not entailment.questions
    _, entailment = _entailed(_sale(1, price=Decimal(40)), strict=True)
    assert [(one.field, one.warning, one.value) for one in entailment.questions] == [("price", "outlier", Decimal(40))]


def test_a_number_is_compared_with_that_of_the_row_that_a_record_turned_out_to_be() -> None:
    """Its value before the patch counts."""
    patch = (Test(path="/price", value=Decimal(4)), Replace(path="/price", value=Decimal(40)))
    found, _ = _entailed(Update(n=1, entity="sales", key={"uuid": "p1"}, patch=patch))
    assert [warning.code for warning in found[1].warnings] == ["outlier"]


def test_what_was_warned_of_before_is_not_warned_of_again() -> None:
    """So an answer that keeps a value does not ask again."""
    [warning] = _entailed(_sale(1, price=Decimal(40)))[0][1].warnings
    assert _entailed(structs.replace(_sale(1, price=Decimal(40)), warnings=(warning,)), strict=True)[0] == {}


def test_a_new_row_that_is_the_same_as_another_one_is_warned_of() -> None:
    """As a row that is here, or another new row of the changeset, in all that is compared."""
    here = _sale(1, day="2025-12-01", price=Decimal(4))
    other = _sale(3)
    found, _ = _entailed(here, _sale(2), others=(other,))
    assert {n: [warning.code for warning in one.warnings] for n, one in found.items()} == {
        1: ["lookalike"],
        2: ["lookalike"],
    }
    assert "operation 3" in found[2].warnings[0].message


def test_a_value_that_is_not_of_its_type_is_the_same_as_nothing() -> None:
    """A changeset may have been edited by hand: what no column can hold is not looked for."""
    with in_memory(MARKET.metadata) as connection:
        seed(connection, _ROWS, MARKET)
        known = RowResolver(MARKET, DatabaseSnapshot(connection, MARKET))
        now = _sale(1, price="many")
        waiting = structs.replace(now, needs={"/bag": "q1"})
        found = Entailment(known, strict=False, taken=()).of(MARKET.entities["sales"], [Decided(waiting, now)], [now])
    assert found == {}


def test_a_key_is_made_again_of_what_was_answered() -> None:
    """With a number only if somebody says that it is another row than the one that has the key."""
    values = {"uuid": "u", "slug": "corner", "name": "Corner", "city": "Troy"}
    shop = Create(n=1, entity="shops", key={"slug": "corner"}, values=values, derived=("slug",))
    found, entailment = _entailed(shop, asked="/city")
    assert found[1] == Entailed(values={"slug": "corner_troy"}, key={"slug": "corner_troy"})
    assert not entailment.questions


def test_a_key_that_is_taken_is_asked_about() -> None:
    """The row that has it is the candidate, with what would change on it."""
    rows = {**_ROWS, "shops": [{"id": 1, "uuid": "s1", "slug": "corner_troy", "name": "Corner", "city": "Troy"}]}
    values = {"uuid": "u", "slug": "corner", "name": "Corner", "city": "Troy"}
    shop = Create(n=1, entity="shops", key={"slug": "corner"}, values=values, derived=("slug",))
    entailment = Entailment(RowResolver(MARKET, MemorySnapshot(MARKET, rows)), strict=False, taken=())
    found = entailment.of(MARKET.entities["shops"], [Decided(structs.replace(shop, needs={"/city": "q1"}), shop)], [])
    [question] = entailment.questions
    assert found[1].key == {"slug": "corner_troy_2"}
    assert (question.kind, question.asked_by) == ("identity", (1,))
    assert [(one.key, one.patch) for one in question.candidates] == [({"slug": "corner_troy"}, ())]
