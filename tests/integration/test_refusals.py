"""What a database refuses in ways of its own: triggers, generated columns, views, functions that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.kitchen import Kitchen

#: By what refuses, for each database, the statements that make it so.
OBSTACLES: dict[str, dict[str, Sequence[str]]] = {
    "trigger": {
        "sqlite": [
            "CREATE TRIGGER no BEFORE UPDATE ON products BEGIN SELECT RAISE(ABORT, 'nobody edits products'); END",
        ],
        "postgresql": [
            (
                "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'nobody edits products'; END $$"
            ),
            "CREATE TRIGGER no BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION no()",
        ],
        "mysql": [
            (
                "CREATE TRIGGER no BEFORE UPDATE ON products FOR EACH ROW "
                "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'nobody edits products'"
            ),
        ],
    },
    "function": {
        "sqlite": [
            "CREATE TRIGGER no BEFORE UPDATE ON products BEGIN SELECT no_such_function(new.slug); END",
        ],
        "postgresql": [
            (
                "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM no_such_function(new.slug); RETURN new; END $$"
            ),
            "CREATE TRIGGER no BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION no()",
        ],
        "mysql": [
            "CREATE TRIGGER no BEFORE UPDATE ON products FOR EACH ROW SET @x = no_such_function(new.slug)",
        ],
    },
    "generated": {
        "sqlite": [
            "ALTER TABLE products DROP COLUMN upc_code",
            "ALTER TABLE products ADD COLUMN upc_code TEXT GENERATED ALWAYS AS (NULL)",
        ],
        "postgresql": [
            "ALTER TABLE products DROP COLUMN upc_code",
            "ALTER TABLE products ADD COLUMN upc_code text GENERATED ALWAYS AS (NULL) STORED",
        ],
        "mysql": [
            "ALTER TABLE products DROP COLUMN upc_code",
            "ALTER TABLE products ADD COLUMN upc_code varchar(20) GENERATED ALWAYS AS (NULL) VIRTUAL",
        ],
    },
    "view": {
        kind: ["ALTER TABLE products RENAME TO goods", "CREATE VIEW products AS SELECT DISTINCT * FROM goods"]
        for kind in ("sqlite", "postgresql", "mysql")
    },
}
WORDS = {
    "trigger": "nobody edits products",
    "function": "no_such_function",
    "generated": "generated|upc_code",
    "view": "view|products",
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_the_database_refuses_is_a_conflict_in_its_words(tmp_path: Path, database_url: str, obstacle: str) -> None:
    """Apply says so, and nothing is written; check only reads, and does not find it.

    PostgreSQL locks no row of a view that merges rows: that is said, by name, before anything is written.
    """
    kitchen = Kitchen(tmp_path, database_url).stock().deliver("--create", "q1")
    engine = sa.create_engine(database_url)
    kind = engine.dialect.name.replace("mariadb", "mysql")
    with engine.begin() as connection:
        for statement in OBSTACLES[obstacle][kind]:
            connection.exec_driver_sql(statement)
    before = kitchen.contents()
    assert kitchen.shell.bake("changeset", "check", kitchen.changeset).status == 0
    said = kitchen.apply()
    if (obstacle, kind) == ("view", "postgresql"):
        assert said.status == 7
        assert said.document["message"].startswith("rows of products cannot be locked, so nothing can be written there")
    else:
        assert said.status == 4, said
        conflicts = [conflict for conflict in said.document["conflicts"] if conflict["kind"] == "constraint"]
        assert {conflict["entity"] for conflict in conflicts} == {"products"}
        assert any(_says(WORDS[obstacle], conflict["detail"]) for conflict in conflicts)
    assert kitchen.contents() == before
    with engine.begin() as connection:
        if obstacle == "view":
            connection.exec_driver_sql("DROP VIEW products")
    engine.dispose()


def _says(words: str, detail: str) -> bool:
    return any(word in detail for word in words.split("|"))
