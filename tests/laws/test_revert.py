"""The law of undoing: apply, then revert, is nothing at all; and a revert of the revert is what was applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from bake.applier.apply import carry_out
from bake.applier.current_rows import renames
from bake.applier.keys_by_id import KeysById
from bake.applier.undo.plan import Undoing
from bake.catalog.checked import checked
from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.lookups import frozen
from bake.catalog.model import Catalog
from bake.changeset.codec import decode, encode
from bake.changeset.model import Change, Create, Delete, Key, Operation, Patch, Replace, Row, Skip, Test, Update
from bake.changeset.runs import numbers
from bake.database.engine import Database, connect
from bake.database.ledger import history, ledger, row_changes
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.ledger import LedgerEntry
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

pytestmark = pytest.mark.usefixtures("pieces")

_METADATA = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any], uuid: bool = True) -> sa.Table:
    common = [
        sa.Column(
            "uuid", sa.String(36), nullable=False, unique=True, default=lambda: str(uuid4()), info={"uuid": True}
        ),
        sa.Column("created_at", sa.DateTime, default=lambda: datetime.now(UTC).replace(tzinfo=None)),
    ]
    return sa.Table(name, _METADATA, sa.Column("id", sa.Integer, primary_key=True), *(common if uuid else ()), *columns)


_BEDS = _table(
    "beds",
    sa.Column("slug", sa.String(20), nullable=False, unique=True),
    sa.Column("within_id", sa.ForeignKey("beds.id")),
    sa.Column("favourite_id", sa.ForeignKey("plants.id")),
    sa.Column("area", ExactDecimal(12, 4)),
)
_PLANTS = _table(
    "plants",
    sa.Column("slug", sa.String(20), nullable=False, unique=True),
    sa.Column("bed_id", sa.ForeignKey("beds.id"), nullable=False),
    sa.Column("note", sa.String(20)),
    sa.Column("edible", sa.Boolean, nullable=False, default=True),
)
_SIGNS = _table(
    "signs",
    sa.Column("plant_id", sa.ForeignKey("plants.id"), nullable=False),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("price", ExactDecimal(30, 10)),
    uuid=False,
)
#: Beds lie within beds and have a favourite plant, which stands in a bed; signs have neither uuid nor key of their own.
GARDEN = checked(
    Catalog(
        "garden",
        _METADATA,
        {
            "beds": entity(_BEDS, keys=(("slug",),)),
            "plants": entity(_PLANTS, keys=(("slug",),)),
            "signs": entity(_SIGNS, keys=(("plant", "name"),)),
        },
    )
)

#: Rows by entity and name; a reference holds the name of a row.
State: TypeAlias = dict[str, dict[str, Row]]

_NAMES = {"beds": ["b0", "b1", "b2", "b3"], "plants": ["p0", "p1", "p2", "p3"], "signs": ["s0", "s1", "s2"]}
_PRICES = st.none() | st.decimals("-9999", "9999", places=4).map(lambda d: Decimal(0) if not d else d.normalize())
_TEXTS = st.none() | st.sampled_from(["", "0", " ", "é", "x" * 20])


def _one_of(rows: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(rows) if rows else st.none()


@st.composite
def states(draw: st.DrawFn) -> State:
    """Some rows of the garden, with references in any direction, to themselves too."""
    names = {name: sorted(draw(st.sets(st.sampled_from(rows)))) for name, rows in _NAMES.items()}
    plants, beds = names["plants"] if names["beds"] else [], names["beds"]
    return {
        "beds": {
            b: {"within": draw(_one_of(beds)), "favourite": draw(_one_of(plants)), "area": draw(_PRICES)} for b in beds
        },
        "plants": {
            p: {"bed": draw(st.sampled_from(beds)), "note": draw(_TEXTS), "edible": draw(st.booleans())} for p in plants
        },
        "signs": {
            s: {
                "plant": draw(st.sampled_from(plants)),
                "name": s + draw(st.sampled_from(["", "_2"])),
                "price": draw(_PRICES),
            }
            for s in names["signs"]
            if plants
        },
    }


def changeset(before: State, after: State) -> list[Change]:
    """The operations that lead from one state to the other, in an order that does not matter."""
    made = {
        (name, row): n
        for n, (name, row) in enumerate(((e, r) for e in after for r in after[e] if r not in before[e]), 1)
    }
    operations: list[Change] = [
        Create(
            n=n,
            entity=name,
            key=_key(name, after, row),
            values=_document(name, after, row),
            needs=_needs(name, after[name][row], made),
        )
        for (name, row), n in made.items()
    ]
    for name in before:
        for row in before[name]:
            n = len(operations) + 1
            if row not in after[name]:
                image = _document(name, before, row)
                operations.append(Delete(n=n, entity=name, key=_key(name, before, row), before=image))
            elif before[name][row] != after[name][row]:
                patch = _patch(_document(name, before, row), _document(name, after, row))
                needs = {
                    place: n for place, n in _needs(name, after[name][row], made).items() if _touches(patch, place)
                }
                operations.append(Update(n=n, entity=name, key=_key(name, before, row), patch=patch, needs=needs))
    return [decode(encode(operation)) for operation in operations]  # type: ignore[misc]


def _touches(patch: Patch, place: str) -> bool:
    return any(step.path == place for step in patch)


def _document(name: str, state: State, row: str) -> Row:
    references = GARDEN.entities[name].references
    values = {
        field: _key(references[field], state, value) if field in references and value is not None else value
        for field, value in state[name][row].items()
    }
    return values if name == "signs" else {"slug": row, **values}


def _key(name: str, state: State, row: str) -> Key:
    if name != "signs":
        return {"slug": row}
    return {"plant": {"slug": state[name][row]["plant"]}, "name": state[name][row]["name"]}


def _needs(name: str, values: Row, made: dict[tuple[str, str], int]) -> dict[str, str | int]:
    references = GARDEN.entities[name].references
    return {f"/{f}": made[t, values[f]] for f, t in references.items() if (t, values[f]) in made}


def _patch(before: Row, after: Row) -> Patch:
    steps: list[Test | Replace] = []
    for name in (name for name in before if before[name] != after[name]):
        steps += [Test(path=f"/{name}", value=before[name]), Replace(path=f"/{name}", value=after[name])]
    return tuple(steps)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """An empty garden, in memory."""
    with connect("sqlite://", create=True) as made:
        with made.writing() as connection:
            create_tables(connection, GARDEN)
        yield made


def apply(connection: sa.Connection, operations: Sequence[Operation], digest: str) -> None:
    """Apply operations, and record what they did."""
    entry = LedgerEntry(
        digest=digest, state="applied", mode="merge", source="", source_sha256="", actor="ada", at="", file=digest
    )
    recorder = row_changes.Recorder(connection, ledger.record(connection, entry))
    outcome = carry_out(operations, connection, GARDEN, recorder.add)
    assert outcome.conflicts == ()
    recorder.flush()


def reverted(connection: sa.Connection, changes: AppliedChanges) -> list[Operation]:
    """The operations that undo these changes, as they come out of a file, every change in one of them."""
    undoing = Undoing(changes, DatabaseSnapshot(connection, GARDEN), GARDEN, history.key_changes(connection))
    operations = list(undoing.operations())
    assert [operation.n for operation in operations] == list(range(1, len(operations) + 1))
    records = [record for operation in operations for record in numbers(operation.from_)]
    assert sorted(records) == list(range(len(changes)))
    return [decode(encode(operation)) for operation in operations]  # type: ignore[misc]


def everything(connection: sa.Connection) -> dict[str, list[Row]]:
    """All rows, every field, references as keys; only the surrogate ids are left out."""
    snapshot = DatabaseSnapshot(connection, GARDEN)
    keys_by_id = KeysById(snapshot, GARDEN)
    tables = {name: list(snapshot.scan(name, tuple(item.fields))) for name, item in GARDEN.entities.items()}
    return {name: sorted(keys_by_id.documents(name, rows), key=repr) for name, rows in tables.items()}


@examples(40)
@given(before=states(), after=states())
def test_reverting_restores_every_table(database: Database, before: State, after: State) -> None:
    """Creates, updates, deletes, cycles, nulls and decimals: all tables are as they were, and then as they became."""
    with database.writing(keep=False) as connection:
        apply(connection, changeset({name: {} for name in _NAMES}, before), "a")
        start = everything(connection)
        apply(connection, changeset(before, after), "b")
        end = everything(connection)
        apply(connection, reverted(connection, AppliedChanges(connection, "b")), "c")
        assert everything(connection) == start
        apply(connection, reverted(connection, AppliedChanges(connection, "c")), "d")
        assert everything(connection) == end


@examples(15)
@given(before=states(), after=states())
def test_what_is_undone_twice_has_nothing_left_to_undo(database: Database, before: State, after: State) -> None:
    """On a database where a changeset has been undone, undoing it again changes nothing."""
    with database.writing(keep=False) as connection:
        apply(connection, changeset({name: {} for name in _NAMES}, before), "a")
        apply(connection, changeset(before, after), "b")
        changes = AppliedChanges(connection, "b")
        apply(connection, reverted(connection, changes), "c")
        assert all(isinstance(operation, Skip) for operation in reverted(connection, changes))


@given(st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=8))
def test_a_key_leads_to_what_became_of_it(changed: list[tuple[str, str, str]]) -> None:
    """Through any number of changes, round in circles too, and whoever else had the key before."""
    expected: dict[tuple[str, str], str] = {}
    for kind, before, after in changed:
        expected[kind, before] = before
        expected |= {place: after for place, key in expected.items() if place[0] == kind and key == before}
    changes = [
        RowChange(n=n, action="update", entity=kind, key={"k": before}, renamed={"k": after})
        for n, (kind, before, after) in enumerate(changed)
    ]
    found = renames(changes)
    assert found == {(kind, frozen({"k": key})): {"k": then} for (kind, key), then in expected.items()}
