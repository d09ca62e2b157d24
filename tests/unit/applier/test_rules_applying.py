"""Rules 3, 11 and 12: all or nothing, every conflict reported, what is written is read again. On SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from support.market import MARKET, uid
from support.tables import contents

from bake.applier import apply
from bake.applier.apply import carry_out
from bake.applier.report import Outcome
from bake.changeset.model import Create, Delete, Operation, Replace, Skip, Test, Update
from bake.database.engine import Database
from bake.errors import NotProven


@pytest.fixture
def connection(market: Database) -> Iterator[sa.Connection]:
    """In a transaction that writes, and is rolled back in the end."""
    with market.writing(keep=False) as opened:
        yield opened


@pytest.fixture(params=[1, 2, 2000])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many operations are carried out together."""
    monkeypatch.setattr(apply, "BATCH", request.param)
    size: int = request.param
    return size


def done(connection: sa.Connection, *operations: Operation) -> Outcome:
    """Carry out operations, which must all be fine."""
    outcome = carry_out(operations, connection, MARKET)
    assert outcome.conflicts == ()
    return outcome


def conflicts(connection: sa.Connection, *operations: Operation) -> list[tuple[int, str, str | None]]:
    """The conflicts of operations: number, kind, field."""
    found = carry_out(operations, connection, MARKET).conflicts
    return [(conflict.operation, conflict.kind, conflict.field) for conflict in found]


def edit(n: int, entity: str, key: dict[str, Any], needs: dict[str, Any] | None = None, **fields: Any) -> Update:
    """An update: each field with its value before and after."""
    steps: list[Test | Replace] = []
    for name, (before, after) in fields.items():
        steps += [Test(path=f"/{name}", value=before), Replace(path=f"/{name}", value=after)]
    return Update(n=n, entity=entity, key=key, patch=tuple(steps), needs=needs or {})


def new(n: int, entity: str, needs: dict[str, Any] | None = None, **values: Any) -> Create:
    """A create, named by its slug or uuid."""
    values = {"uuid": uid(9000 + n), **values}
    key = {"slug": values["slug"]} if "slug" in values else {"uuid": values["uuid"]}
    return Create(n=n, entity=entity, key=key, values=values, needs=needs or {})


def sale(n: int, **values: Any) -> Create:
    """A new sale of the bag in the mill."""
    bag = {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": Decimal("2.5")}
    return new(n, "sales", **{"bag": bag, "shop": {"slug": "mill"}, "day": "2025-12-24", "price": 4, **values})


MILL, BARN, RYE = {"slug": "mill"}, {"slug": "barn"}, {"slug": "rye"}


@pytest.mark.usefixtures("batch")
def test_rule_03_any_order(connection: sa.Connection) -> None:
    """Children may stand before their parents, within an entity and between them."""
    outcome = done(
        connection,
        sale(1, bag={"uuid": uid(9002)}, needs={"/bag": 2}),
        Create(
            n=2,
            entity="bags",
            key={"uuid": uid(9002)},
            values={"uuid": uid(9002), "grain": {"slug": "dark"}, "weight": 1},
            needs={"/grain": 3},
        ),
        new(3, "grains", slug="dark", name="Dark", parent={"slug": "malt"}, needs={"/parent": 4}),
        new(4, "grains", slug="malt", name="Malt", parent={"slug": "flour"}),
        Skip(n=5, entity="grains", reason="unchanged"),
    )
    now = contents(connection)
    assert now["sales"][uid(9001)]["bag"] == uid(9002)
    assert now["bags"][uid(9002)]["grain"] == uid(9003)
    assert (now["grains"][uid(9003)]["parent"], now["grains"][uid(9004)]["parent"]) == (uid(9004), uid(301))
    assert outcome.counts == {"sales": {"create": 1}, "bags": {"create": 1}, "grains": {"create": 2}}


@pytest.mark.usefixtures("batch")
def test_rule_03_cycles_in_two_phases(connection: sa.Connection) -> None:
    """Rows that refer to each other, or to themselves, are inserted and then filled in."""
    done(
        connection,
        new(1, "people", slug="bob", name="Bob", shop={"slug": "new"}, needs={"/shop": 2}),
        new(2, "shops", slug="new", name="New", owner={"slug": "bob"}, needs={"/owner": 1}),
        new(3, "grains", slug="a", name="A", parent={"slug": "b"}, needs={"/parent": 4}),
        new(4, "grains", slug="b", name="B", parent={"slug": "a"}, needs={"/parent": 3}),
        new(5, "grains", slug="self", name="Self", parent={"slug": "self"}, needs={"/parent": 5}),
        new(6, "people", slug="cid", name="Cid", shop={"slug": "new"}, needs={"/shop": 2}),
    )
    now = contents(connection)
    assert now["people"][uid(9001)]["shop"] == uid(9002)
    assert now["shops"][uid(9002)]["owner"] == uid(9001)
    assert now["grains"][uid(9003)]["parent"] == uid(9004)
    assert now["grains"][uid(9004)]["parent"] == uid(9003)
    assert now["grains"][uid(9005)]["parent"] == uid(9005)
    assert now["people"][uid(9006)]["shop"] == uid(9002)


@pytest.mark.usefixtures("batch")
def test_rule_03_an_update_may_refer_to_a_row_that_comes_later(connection: sa.Connection) -> None:
    """A row that is there gets a parent that the changeset creates."""
    done(
        connection,
        edit(1, "grains", RYE, parent=({"slug": "flour"}, {"slug": "malt"}), needs={"/parent": 2}),
        new(2, "grains", slug="malt", name="Malt"),
    )
    assert contents(connection)["grains"][uid(302)]["parent"] == uid(9002)


@pytest.mark.usefixtures("batch")
def test_rule_03_keys_are_those_before_whatever_else_changes(connection: sa.Connection) -> None:
    """A row that the changeset renames is named by its key before in all of it: by creates, updates and test values."""
    bag = {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": Decimal("2.5")}
    done(
        connection,
        edit(1, "grains", RYE, slug=("rye", "rye_flour")),
        edit(2, "shops", MILL, slug=("mill", "old_mill")),
        edit(3, "bags", bag, note=(None, "x")),
        edit(4, "sales", {"uuid": uid(501)}, shop=(MILL, BARN)),
        sale(5),
        edit(6, "people", {"slug": "ada"}, shop=(None, MILL)),
    )
    now = contents(connection)
    assert now["grains"][uid(302)]["slug"] == "rye_flour"
    assert now["bags"][uid(401)]["note"] == "x"
    assert (now["sales"][uid(501)]["shop"], now["sales"][uid(9005)]["shop"]) == (uid(202), uid(201))
    assert now["people"][uid(101)]["shop"] == uid(201)


def test_rule_11_all_five_kinds_of_conflict_at_once(connection: sa.Connection) -> None:
    """Each precondition is checked, and every one that fails is reported with its operation and field."""
    before = {"uuid": uid(202), "slug": "barn", "name": "Byre", "rating": 1}
    found = conflicts(
        connection,
        edit(1, "shops", MILL, rating=(4, 5), name=("Mill", "Mühle"), city=("Leeds", "York")),
        edit(2, "shops", {"slug": "nowhere"}, rating=(1, 2)),
        new(3, "shops", slug="mill", name="Mill again"),
        new(4, "grains", slug="wheat", name="Wheat", uuid=uid(302)),
        sale(5, shop={"slug": "nowhere"}),
        sale(6, price=None),
        Delete(n=7, entity="shops", key=BARN, before=before),
        Delete(n=8, entity="grains", key={"slug": "oats"}, before={"slug": "oats"}),
        edit(9, "sales", {"uuid": uid(501)}, shop=(MILL, {"slug": "nowhere"})),
        Delete(n=10, entity="grains", key=RYE, before={"slug": "rye"}),
    )
    assert sorted(found, key=str) == sorted(
        [
            (1, "changed", "city"),
            (1, "changed", "rating"),
            (2, "missing", None),
            (3, "exists", None),
            (4, "exists", None),
            (5, "reference", "shop"),
            (6, "constraint", None),
            (7, "changed", "name"),
            (7, "changed", "rating"),
            (8, "missing", None),
            (9, "reference", "shop"),
            (10, "constraint", None),
        ],
        key=str,
    )


def test_rule_11_a_conflict_says_what_was_expected_and_found(connection: sa.Connection) -> None:
    """Both values are there as a changeset writes them; a reference is a key, not a surrogate id."""
    outcome = carry_out([edit(1, "sales", {"uuid": uid(501)}, price=(4, 5), shop=(BARN, MILL))], connection, MARKET)
    said = {conflict.field: (conflict.expected, conflict.found) for conflict in outcome.conflicts}
    assert said == {"price": (4, Decimal("3.99")), "shop": (BARN, MILL)}


def test_rule_11_a_value_that_no_longer_fits_is_a_conflict(connection: sa.Connection) -> None:
    """What the catalog does not take (any more) is refused by name, never handed to the database."""
    assert conflicts(
        connection,
        new(1, "shops", slug="x", name="X", colour="red"),
        edit(2, "shops", MILL, rating=(3, 99)),
        edit(3, "shops", BARN, rating=("many", 3)),
    ) == [(1, "constraint", "colour"), (2, "constraint", "rating"), (3, "constraint", "rating")]


@pytest.mark.usefixtures("batch")
def test_rule_11_a_conflict_takes_its_dependents_with_it(connection: sa.Connection) -> None:
    """What needs a row that cannot be created is a conflict too, with the reference that leads nowhere."""
    assert conflicts(
        connection,
        new(1, "grains", slug="rye", name="Rye again"),
        new(2, "grains", slug="x", name="X", parent={"slug": "y"}, needs={"/parent": 3}),
        new(3, "grains", slug="y", name="Y", uuid=uid(302)),
    ) == [(1, "exists", None), (3, "exists", None), (2, "reference", "parent")]


def test_rule_11_only_what_the_changeset_touches_makes_it_stale(connection: sa.Connection) -> None:
    """Somebody else's edit of another field of the same row, of its parent, or of another row stops nothing."""
    operation = edit(1, "sales", {"uuid": uid(501)}, price=(Decimal("3.99"), 5))
    connection.execute(sa.text("UPDATE sales SET note = 'mine'"))
    connection.execute(sa.text("UPDATE shops SET name = 'Renamed', rating = 1"))
    connection.execute(sa.text("UPDATE grains SET name = 'Renamed'"))
    done(connection, operation)
    row = contents(connection)["sales"][uid(501)]
    assert (row["price"], row["note"]) == (Decimal(5), "mine")


def test_rule_11_zero_and_false_and_null_are_no_match(connection: sa.Connection) -> None:
    """A precondition is about values, not truth: null is not zero, false is not null."""
    assert conflicts(
        connection,
        edit(1, "shops", BARN, rating=(None, 1), open=(None, True)),
        edit(2, "shops", MILL, owner=({"slug": "ada"}, None)),
    ) == [(1, "changed", "rating"), (1, "changed", "open"), (2, "changed", "owner")]
    done(connection, edit(3, "shops", BARN, rating=(0, None), open=(False, None)))
    row = contents(connection)["shops"][uid(202)]
    assert (row["rating"], row["open"]) == (None, None)


@pytest.mark.parametrize("value", [6.99, Decimal("6.9900"), "6.99"])
def test_rule_11_numbers_compare_as_the_field_does(connection: sa.Connection, value: Any) -> None:
    """A before-value written in another way is the same value."""
    done(connection, edit(1, "sales", {"uuid": uid(501)}, price=(Decimal("3.990"), value)))
    assert contents(connection)["sales"][uid(501)]["price"] == Decimal("6.99")


def test_rule_11_two_creates_of_one_key_conflict(connection: sa.Connection) -> None:
    """The second of two operations that make the same row fails, though neither is there before."""
    assert conflicts(connection, new(1, "shops", slug="x", name="X"), new(2, "shops", slug="x", name="Y")) == [
        (2, "exists", None)
    ]


def test_rule_11_rows_that_share_a_key_are_not_chosen_between(connection: sa.Connection) -> None:
    """Where two rows have the key that an operation names, it is neither of them."""
    connection.execute(
        sa.text("INSERT INTO bags (uuid, grain_id, brand, weight) SELECT :uuid, grain_id, brand, weight FROM bags"),
        {"uuid": uid(402)},
    )
    bag = {"grain": {"slug": "rye"}, "brand": "Hovis", "weight": Decimal("2.5")}
    assert conflicts(connection, edit(1, "bags", bag, note=(None, "x")), sale(2, bag=bag)) == [
        (2, "reference", "bag"),
        (1, "missing", None),
    ]


#: Updates of two rows, one of which is named in two ways.
CHAIN = [(1, MILL, 3, 4), (2, BARN, 0, 2), (3, {"uuid": uid(201)}, 4, 5), (4, MILL, 5, 1)]

SPOILING = {
    "insert": "CREATE TRIGGER spoil AFTER INSERT ON shops BEGIN UPDATE shops SET rating = 1 WHERE id = NEW.id; END",
    "update": "CREATE TRIGGER spoil AFTER UPDATE ON shops BEGIN UPDATE shops SET name = 'Bad' WHERE id = NEW.id; END",
    "ignored": "CREATE TRIGGER spoil BEFORE UPDATE ON shops BEGIN SELECT RAISE(IGNORE); END",
    "gone": "CREATE TRIGGER spoil AFTER INSERT ON shops BEGIN DELETE FROM shops WHERE id = NEW.id; END",
    "kept": "CREATE TRIGGER spoil BEFORE DELETE ON shops BEGIN SELECT RAISE(IGNORE); END",
}


@pytest.mark.parametrize("how", SPOILING)
def test_rule_12_what_does_not_read_back_is_not_proven(market: Database, how: str) -> None:
    """A trigger that changes, drops or prevents what is written is noticed, and everything is rolled back."""
    with market.writing() as connection:
        connection.exec_driver_sql(SPOILING[how])
        before = contents(connection)
    operations: dict[str, Operation] = {
        "insert": new(2, "shops", slug="x", name="Xaver", rating=5),
        "gone": new(2, "shops", slug="x", name="Xaver", rating=5),
        "kept": Delete(n=2, entity="shops", key=BARN, before={"slug": "barn"}),
    }
    operation = operations.get(how, edit(2, "shops", MILL, name=("Mill", "Mühle")))
    with pytest.raises(NotProven) as caught, market.writing() as connection:
        carry_out([new(1, "grains", slug="malt", name="Malt"), operation], connection, MARKET)
    assert caught.value.exit_status == 6
    with market.reading() as connection:
        assert contents(connection) == before


def test_rule_12_a_trigger_elsewhere_is_nobodys_business(market: Database) -> None:
    """What the changeset does not touch may change in consequence."""
    with market.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER other AFTER UPDATE OF rating ON shops BEGIN UPDATE shops SET city = 'Bath'; END"
        )
    with market.writing() as connection:
        done(connection, edit(1, "shops", MILL, rating=(3, 4)))


def test_receipt_is_of_what_was_written(market: Database) -> None:
    """Equal work gives equal receipts, other values give others; surrogate ids have no part in it."""

    def receipt(*operations: Operation, shift: bool = False) -> str:
        with market.writing(keep=False) as connection:
            if shift:
                connection.execute(sa.text("INSERT INTO grains (id, uuid, slug, name) VALUES (77, 'u', 's', 'n')"))
            return done(connection, *operations).receipt

    operations: list[Operation] = [
        new(1, "grains", slug="malt", name="Malt", parent=RYE),
        edit(2, "shops", MILL, rating=(3, 4)),
    ]
    assert receipt(*operations) == receipt(*operations) == receipt(*operations, shift=True)
    assert receipt(*operations) != receipt(operations[0], edit(2, "shops", MILL, rating=(3, 5)))
    assert receipt() != receipt(operations[1])


@pytest.mark.usefixtures("batch")
def test_rule_11_two_updates_of_one_field(connection: sa.Connection) -> None:
    """The second finds what the first has written, also within a batch: a conflict, not a row without proof."""
    first, second = edit(1, "shops", MILL, rating=(3, 4)), edit(2, "shops", MILL, rating=(3, 5))
    [conflict] = carry_out([first, second], connection, MARKET).conflicts
    assert (conflict.operation, conflict.kind, conflict.field) == (2, "changed", "rating")
    assert (conflict.expected, conflict.found) == (3, 4)


@pytest.mark.usefixtures("batch")
def test_rule_11_an_update_may_go_on_where_another_ended(connection: sa.Connection) -> None:
    """The second expects what the first has written: both are carried out, in whatever blocks they come."""
    steps = [edit(n, "shops", key, rating=(was, becomes)) for n, key, was, becomes in CHAIN]
    outcome = done(connection, *steps)
    assert contents(connection)["shops"][uid(201)]["rating"] == 1
    assert outcome.counts == {"shops": {"update": 4}}


@pytest.mark.usefixtures("batch")
def test_rule_11_two_updates_of_one_row(connection: sa.Connection) -> None:
    """Updates of different fields of a row do not stand in each other's way."""
    done(connection, edit(1, "shops", MILL, rating=(3, 4)), edit(2, "shops", MILL, city=("York", "Leeds")))


def test_rule_11_a_reference_that_is_no_key(connection: sa.Connection) -> None:
    """What an edited file has in the place of a key is a conflict, and no exception."""
    assert conflicts(connection, new(1, "people", slug="bob", name="Bob", shop="mill")) == [(1, "constraint", "shop")]


def test_statements_grow_with_batches_not_with_operations(
    market: Database, connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Creating and changing forty rows that refer to others takes as many statements as four do, a batch each."""
    monkeypatch.setattr(apply, "BATCH", 100)
    counts = []
    for start, many in ((0, 4), (100, 40)):
        seen: list[str] = []
        note = lambda *arguments, seen=seen: seen.append(arguments[2])  # noqa: E731
        numbers = range(start, start + many)
        sa.event.listen(market.engine, "before_cursor_execute", note)
        done(connection, *(sale(n, uuid=uid(n)) for n in numbers))
        done(connection, *(edit(n, "sales", {"uuid": uid(n)}, price=(4, 5), shop=(MILL, BARN)) for n in numbers))
        sa.event.remove(market.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 24
