"""Others edit before a changeset is applied; it is applied more than once, or elsewhere."""

from __future__ import annotations

from support.kitchen import Edit, Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch, applied, forget, whole

from bake.changeset.file import read
from bake.changeset.model import Answered
from bake.changeset.writing import append

_SPELT = ("ingredients", {"uuid": uid(91), "slug": "spelt", "display_name": "Another spelt"})


def _after(*edits: Edit) -> Situation:
    """Others edit; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        watch = Watch(kitchen)
        return watch.outcome(kitchen.apply(), whole(twin, *edits))

    return act


def _unique_value_taken(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    flour = "(SELECT ingredient_id FROM products WHERE slug = 'king')"
    kitchen.edit(
        "INSERT INTO products (uuid, slug, ingredient_id, package_unit, package_unit_quantity, preferred, is_hidden, "
        f"created_at) SELECT '{uid(91)}', 'bobs_dark_rye', {flour}, 'kg', package_unit_quantity, preferred, is_hidden, "
        "created_at FROM products WHERE slug = 'king'"
    )
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), whole(twin))


def _refused_on_commit(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    sets_silo = (
        "ALTER TABLE ingredients ALTER silo SET DEFAULT 9"
        if kitchen.url.startswith("postgresql")
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


def _done_by_others(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    costco = "(SELECT id FROM suppliers WHERE slug = 'costco')"
    kitchen.edit(f"UPDATE products SET upc_code = '071012010103', preferred_supplier_id = {costco} WHERE slug = 'king'")
    watch = Watch(kitchen)
    kitchen.shell.done("changeset", "rebase", kitchen.changeset)
    return watch.outcome(kitchen.apply(), whole(twin))


def _only_tried(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply("--dry-run"), whole(twin))
    assert kitchen.entries() == []
    return outcome


def _tried_before(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = Watch(kitchen)
    tried, said = kitchen.apply("--dry-run"), kitchen.apply()
    for name in ("done", "receipt", "skipped"):
        assert tried.document[name] == said.document[name]
    return watch.outcome(said, whole(twin))


def _open(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    forget(kitchen.changeset, "answered")
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert kitchen.entries() == []
    return outcome


def _contradicted(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    file = read(kitchen.changeset)
    append(file, Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip"))
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert kitchen.entries() == []
    return outcome


def _twice(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    applied(kitchen)
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert [entry.state for entry in kitchen.entries()] == ["applied"]
    return outcome


def _as_a_copy(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    copy = kitchen.folder / "copy.changeset.jsonl"
    copy.write_bytes(kitchen.changeset.read_bytes())
    assert kitchen.apply(file=copy).status == 0
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), whole(twin))


def _other_ids(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    folder = kitchen.folder / "elsewhere"
    folder.mkdir()
    elsewhere = Kitchen(folder, f"sqlite:///{folder / 'bake.db'}").stock(reverse=True)
    elsewhere.changeset.write_bytes(kitchen.changeset.read_bytes())
    assert elsewhere.ids() != kitchen.ids()
    assert elsewhere.contents() == kitchen.contents()
    watch = Watch(elsewhere)
    said = elsewhere.apply()
    assert said.document["receipt"] == kitchen.apply().document["receipt"]
    return watch.outcome(said, whole(twin))


OTHERS_EDITED: dict[str, Situation] = {
    "nothing has happened": _after(),
    "the same field was edited": _after("UPDATE products SET upc_code = '1' WHERE slug = 'king'"),
    "another field of the same row was edited": _after("UPDATE products SET notes = 'theirs' WHERE slug = 'king'"),
    "other rows were added and deleted": _after(
        ("suppliers", {"uuid": uid(91), "slug": "aldi", "name": "Aldi"}),
        f"DELETE FROM purchases WHERE uuid = '{uid(31)}'",
        "UPDATE ingredients SET display_name = 'All flours' WHERE slug = 'flours'",
    ),
    "a row that it updates is gone": _after("DELETE FROM products WHERE slug = 'bobs'"),
    "a key that it creates is taken": _after(_SPELT),
    "a unique value that it writes is taken": _unique_value_taken,
    "a constraint that is deferred to the commit would refuse it": _refused_on_commit,
    "a lookalike of what an answer creates was added": _after(
        ("suppliers", {"uuid": uid(91), "slug": "wilson", "name": "WILSON’S FARM"})
    ),
    "a row that it refers to was renamed": _after("UPDATE suppliers SET slug = 'price_club' WHERE slug = 'costco'"),
    "a row that it refers to was renamed, and another one has its key": _after(
        "UPDATE suppliers SET slug = 'price_club' WHERE slug = 'costco'",
        ("suppliers", {"uuid": uid(91), "slug": "costco", "name": "Another Costco"}),
    ),
    "a row that it updates was renamed, and another one has its key": _after(
        "UPDATE products SET slug = 'baron' WHERE slug = 'king'",
        "UPDATE products SET slug = 'king' WHERE slug = 'bobs'",
    ),
    "a row that it refers to was deleted": _after("DELETE FROM suppliers WHERE slug = 'costco'"),
    "several of these at once": _after(
        "UPDATE products SET upc_code = '1' WHERE slug = 'king'", "DELETE FROM products WHERE slug = 'bobs'", _SPELT
    ),
    "what it does was done by others already": _done_by_others,
}

ONCE_TWICE_ELSEWHERE: dict[str, Situation] = {
    "it is only tried": _only_tried,
    "it was tried before": _tried_before,
    "a question is open": _open,
    "two answers to a question contradict each other": _contradicted,
    "it was applied before": _twice,
    "a copy of its file was applied": _as_a_copy,
    "the rows have other ids in this database": _other_ids,
}
