"""What a database does by itself: triggers, deferred constraints, collations, tables outside the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from support.kitchen import Kitchen, uid
from support.labels import POSTGRESQL
from support.situations.warned import SHELF
from support.situations.watching import Outcome, Situation, Watch, whole

#: A trigger on a table, by the backend: when a row is inserted or updated, it does something.
_TRIGGERS = {
    "sqlite": ("CREATE TRIGGER t AFTER {0} ON {1} BEGIN {2}; END",),
    "mysql": ("CREATE TRIGGER t {3} {0} ON {1} FOR EACH ROW {2}",),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {2}; RETURN NEW; END $$",
        "CREATE TRIGGER t {3} {0} ON {1} FOR EACH ROW EXECUTE FUNCTION f()",
    ),
}
_REFUSES = {
    "sqlite": "SELECT RAISE(ABORT, 'not so')",
    "mysql": "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not so'",
    "postgresql": "RAISE EXCEPTION 'not so'",
}
_CHANGES = {
    "sqlite": "UPDATE products SET upc_code = '1' WHERE id = NEW.id AND upc_code <> '1'",
    "mysql": "SET NEW.upc_code = '1'",
    "postgresql": "NEW.upc_code := '1'",
}
#: The new product refers to the new ingredient, which is written first, in whatever order the others are.
_CHANGES_EARLIER = dict.fromkeys(_TRIGGERS, "UPDATE ingredients SET display_name = 'X' WHERE slug = 'spelt'")


def _trigger(does: Mapping[str, str], event: str, table: str, when: str = "BEFORE") -> Situation:
    """There is a trigger; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        for statement in _TRIGGERS[kitchen.backend]:
            kitchen.edit(statement.format(event, table, does[kitchen.backend], when))
        watch = Watch(kitchen)
        return watch.outcome(kitchen.apply(), whole(twin))

    return act


def _refused_on_commit(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    sets_silo = (
        "ALTER TABLE ingredients ALTER silo SET DEFAULT 9"
        if kitchen.backend == "postgresql"
        else "CREATE TRIGGER in_silo AFTER INSERT ON ingredients "
        "BEGIN UPDATE ingredients SET silo = 9 WHERE id = NEW.id; END"
    )
    kitchen.edit(
        "CREATE TABLE silos (id INTEGER PRIMARY KEY)",
        "ALTER TABLE ingredients ADD COLUMN silo INTEGER REFERENCES silos (id) DEFERRABLE INITIALLY DEFERRED",
        sets_silo,
    )
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), whole(twin))


def _referred_to(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    """A changeset that deletes a row is built; then a table comes that refers to it; then it is applied."""
    kitchen.shell.write("one.json", {"products": [{"slug": "king"}]})
    kitchen.changeset.unlink()
    kitchen.shell.built("one.json", "--mode", "mirror", "--output", kitchen.changeset.name)
    kitchen.edit(*SHELF)
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), {})


#: What is stored that is none of its column's type, by the backend, after what makes the database take it.
_STORED: dict[str, Sequence[str]] = {
    "sqlite": ("UPDATE purchases SET unit_price = 'abc'",),
    "postgresql": ("UPDATE purchases SET unit_price = 'NaN'",),
    "mysql": ("SET SESSION sql_mode = ''", "UPDATE purchases SET purchase_date = '0000-00-00'"),
}


def _stored(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    """A value is stored that is none of its column's type; a file comes that edits it; then it is corrected."""
    record = {"uuid": uid(31), "unit_price": 7, "purchase_date": "2025-11-16"}
    file = kitchen.shell.write("in.json", {"purchases": [record]})
    watch = Watch(kitchen)
    kitchen.edit(*_STORED[kitchen.backend])
    said = kitchen.shell.bake("import", file, "--yes", "--format", "json")
    assert kitchen.shell.bake("export", "view", "purchases", "--output", "view.json").status == said.status
    assert not (kitchen.folder / "view.json").exists()
    kitchen.edit("UPDATE purchases SET unit_price = 5.49, purchase_date = '2025-11-15'")
    return watch.outcome(said, {})


BY_ITSELF: dict[str, Situation] = {
    "a trigger refuses what it writes": _trigger(_REFUSES, "UPDATE", "products"),
    "a trigger changes what it writes": _trigger(_CHANGES, "UPDATE", "products"),
    "a trigger changes a row that it wrote before": _trigger(_CHANGES_EARLIER, "INSERT", "products", "AFTER"),
    "a constraint that is deferred to the commit would refuse it": _refused_on_commit,
    "a table outside the catalog has come to refer to a row that it deletes": _referred_to,
    "a stored value is none of its column's type": _stored,
}


def _held_equal(*answers: str, mails: Sequence[str] = ("ANN@example.org",)) -> Situation:
    """New rows have a text that another row has in other letters, where the database holds that to be the same."""

    def act(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        if kitchen.backend == "postgresql":
            kitchen.edit(POSTGRESQL)
        labels = kitchen.of("labels", {"labels": [{"id": 1, "code": "Red", "mail": "ann@example.org"}]})
        records = [{"code": code, "mail": mail} for code, mail in zip(("green", "gray"), mails, strict=False)]
        source = labels.shell.write("in.json", {"labels": records})
        labels.shell.bake("changeset", "build", source, "--output", labels.changeset.name)
        if answers:
            labels.shell.done("changeset", "resolve", labels.changeset, *answers)
        watch, before = Watch(labels), labels.contents()
        said = labels.apply()
        new = {"code": "green", "mail": "bob@example.org", "shelf": None, "place": None}
        meant = {"labels": {**before["labels"], "id 2": new}}
        return watch.outcome(said, {"what was added": lambda: meant})

    return act


HELD_EQUAL: dict[str, Situation] = {
    "a text is that of another row for the database's collation": _held_equal(),
    "a text is that of another row for the database's collation, and another one is given": _held_equal(
        "--value", "q1=bob@example.org"
    ),
    "two new texts are the same for the database's collation": _held_equal(
        mails=("eve@example.org", "Eve@Example.org")
    ),
}
