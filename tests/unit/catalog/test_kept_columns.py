"""What triggers say of the columns that they keep."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.kept_columns import kept_columns, read_triggers
from bake.catalog.reflect import reflect, reflection


def _kept(*triggers: str) -> set[str]:
    with sa.create_engine("sqlite://").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (code TEXT NOT NULL PRIMARY KEY, a TEXT, b TEXT, changed TEXT)")
        for n, body in enumerate(triggers):
            connection.exec_driver_sql(f"CREATE TRIGGER t{n} AFTER UPDATE ON notes BEGIN {body} END")
        return {column for _, column in kept_columns(connection, read_triggers(connection))}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("UPDATE notes SET changed = datetime('now') WHERE rowid = new.rowid;", {"changed"}),
        ("UPDATE notes SET a = 'x', changed = strftime('%s', 'now', '-1 day') WHERE rowid = 1;", {"a", "changed"}),
        ("UPDATE notes SET b = NEW.a WHERE code = NEW.code;", {"b"}),
        ("UPDATE notes SET a = lower(NEW.a) WHERE code = NEW.code;", set()),
        ("UPDATE notes SET a = coalesce(b, 'x') WHERE code = NEW.code;", set()),
        ("UPDATE other SET a = datetime('now') WHERE code = NEW.code;", set()),
    ],
)
def test_what_a_trigger_of_sqlite_keeps(body: str, kept: set[str]) -> None:
    """A column is kept that is set whatever was given, and none that is made of what was given for it."""
    assert _kept(body) == kept


def test_a_table_that_a_trigger_of_another_one_fills_is_left_out() -> None:
    """Its rows come by themselves: written once more, they would be there twice, or not be accepted."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE films (code TEXT PRIMARY KEY, title TEXT)")
        connection.exec_driver_sql("CREATE TABLE texts (code TEXT PRIMARY KEY, title TEXT)")
        connection.exec_driver_sql(
            "CREATE TRIGGER t AFTER INSERT ON films BEGIN "
            'INSERT OR IGNORE INTO "texts" VALUES (NEW.code, NEW.title); END'
        )
    assert reflection(engine).left_out == {"texts": "a trigger of films writes its rows"}


def test_a_kept_column_is_neither_edited_nor_compared() -> None:
    """The entity says so: it is no field to edit, none by which equal rows are found, and a create may lack it."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, a TEXT, changed TEXT NOT NULL)")
        connection.exec_driver_sql(
            "CREATE TRIGGER t AFTER INSERT ON notes BEGIN UPDATE notes SET changed = datetime('now') WHERE id = 1; END"
        )
    notes: Entity = reflect(engine).entities["notes"]
    assert (set(notes.kept), notes.compared) == ({"changed"}, ("a",))
    assert not notes.fields["changed"].editable
    assert not notes.fields["changed"].required
