"""Others edit before a changeset is applied; it is applied more than once, or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from support.kitchen import Edit, Kitchen, stocked, uid
from support.shell import Said
from support.situations.watching import Outcome, Situation, Watch, applied, forget, whole

from bake.changeset.events import Answered
from bake.changeset.file import read
from bake.changeset.writing import append

_SPELT = ("ingredients", {"uuid": uid(91), "slug": "spelt", "display_name": "Another spelt"})
_RYE = sa.text("(SELECT id FROM ingredients WHERE slug = 'rye_flour')")
_BAG = {"uuid": uid(91), "slug": "spelt_bag", "ingredient_id": _RYE}
_SPELT_BAG = ("products", {**_BAG, "package_unit": "kg", "package_unit_quantity": 2})
_THEIRS = "UPDATE products SET upc_code = '1' WHERE slug = 'king'"


def _after(*edits: Edit) -> Situation:
    """Others edit; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        watch = Watch(kitchen)
        return watch.outcome(kitchen.apply(), whole(twin, *edits))

    return act


def _without_uuids(document: Mapping[str, list[dict[str, Any]]], *edits: Edit) -> Situation:
    """Others edit a table whose rows may have no uuid; then what names a row of it is applied."""

    def act(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        rows = [{"id": 1, "uuid": uid(1), "slug": "s1", "rating": 1}, {"id": 2, "uuid": uid(2), "slug": "s2"}]
        depot = kitchen.of("depot", {"shops": rows})
        depot.shell.built(depot.shell.write("in.json", document), "--output", depot.changeset.name)
        depot.edit(*edits)
        watch, before = Watch(depot), depot.contents()
        shops = before["shops"]
        meant = {
            **before,
            "shops": {n: {**row, "rating": 3 if row["slug"] == "s1" else None} for n, row in shops.items()},
        }
        return watch.outcome(depot.apply(), {"all of it": lambda: meant})

    return act


_RATED: dict[str, list[dict[str, Any]]] = {"shops": [{"slug": "s1", "rating": 3}]}
_NEXT_TO_IT: dict[str, list[dict[str, Any]]] = {"people": [{"slug": "ann", "shop_slug": "s1"}]}
_NULLED: Edit = "UPDATE shops SET uuid = NULL WHERE id = 1"
_MOVED_ON: tuple[Edit, ...] = (
    "UPDATE shops SET slug = 's9' WHERE id = 1",
    "INSERT INTO shops (id, slug, rating) VALUES (3, 's1', 1)",
)


def _unique_value_taken(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    flour = "(SELECT ingredient_id FROM products WHERE slug = 'king')"
    kitchen.edit(
        "INSERT INTO products (uuid, slug, ingredient_id, package_unit, package_unit_quantity, preferred, is_hidden, "
        f"created_at) SELECT '{uid(91)}', 'bobs_dark_rye', {flour}, 'kg', package_unit_quantity, preferred, is_hidden, "
        "created_at FROM products WHERE slug = 'king'"
    )
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), whole(twin))


def _done_by_others(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    costco = "(SELECT id FROM suppliers WHERE slug = 'costco')"
    kitchen.edit(f"UPDATE products SET upc_code = '071012010103', preferred_supplier_id = {costco} WHERE slug = 'king'")
    watch = Watch(kitchen)
    kitchen.shell.done("changeset", "rebase", kitchen.changeset)
    return watch.outcome(kitchen.apply(), whole(twin))


def _checked(*edits: Edit) -> Situation:
    """Others edit; then it is checked."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        watch = Watch(kitchen)
        outcome = watch.outcome(_check(kitchen), whole(twin))
        assert kitchen.entries() == []
        return outcome

    return act


def _check(kitchen: Kitchen) -> Said:
    return kitchen.shell.bake("changeset", "check", kitchen.changeset, "--format", "json")


def _checked_meanwhile(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """Another program has edited the row, and not committed; a check waits for nobody."""
    kitchen.shell.write("bake.toml", "wait = 0.2")
    watch = Watch(kitchen)
    with kitchen.editing("UPDATE products SET notes = 'theirs' WHERE slug = 'king'", keep=False):
        said = _check(kitchen)
    return watch.outcome(said, whole(twin))


def _of_catalog(name: str) -> Situation:
    """The catalog of the project is another one by now."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.shell.write("bake.toml", f'catalog = "support.situations.declared:{name}"')
        watch = Watch(kitchen)
        said = kitchen.apply()
        assert len(said.document.get("remarks", ())) == (said.status == 0)
        return watch.outcome(said, whole(twin))

    return act


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
    elsewhere = stocked(kitchen.folder / "elsewhere", reverse=True)
    elsewhere.changeset.write_bytes(kitchen.changeset.read_bytes())
    assert elsewhere.ids() != kitchen.ids()
    assert elsewhere.contents() == kitchen.contents()
    watch = Watch(elsewhere)
    said = elsewhere.apply()
    assert said.document["receipt"] == kitchen.apply().document["receipt"]
    return watch.outcome(said, whole(twin))


OTHERS_EDITED: dict[str, Situation] = {
    "nothing has happened": _after(),
    "the same field was edited": _after(_THEIRS),
    "another field of the same row was edited": _after("UPDATE products SET notes = 'theirs' WHERE slug = 'king'"),
    "other rows were added and deleted": _after(
        ("suppliers", {"uuid": uid(91), "slug": "aldi", "name": "Aldi"}),
        f"DELETE FROM purchases WHERE uuid = '{uid(31)}'",
        "UPDATE ingredients SET display_name = 'All flours' WHERE slug = 'flours'",
    ),
    "a row that it updates is gone": _after("DELETE FROM products WHERE slug = 'bobs'"),
    "a key that it creates is taken": _after(_SPELT),
    "a key is taken of a new row that refers to another new one": _after(_SPELT_BAG),
    "a unique value that it writes is taken": _unique_value_taken,
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
    "a row that it updates has lost its uuid": _without_uuids(_RATED, _NULLED),
    "a row that it updates was renamed, and one without a uuid has its key": _without_uuids(_RATED, *_MOVED_ON),
    "a row that it refers to was renamed, and one without a uuid has its key": _without_uuids(_NEXT_TO_IT, *_MOVED_ON),
    "a row that it refers to was deleted": _after("DELETE FROM suppliers WHERE slug = 'costco'"),
    "several of these at once": _after(_THEIRS, "DELETE FROM products WHERE slug = 'bobs'", _SPELT),
    "what it does was done by others already": _done_by_others,
}

ONCE_TWICE_ELSEWHERE: dict[str, Situation] = {
    "it is only checked": _checked(),
    "it is only checked, and the same field was edited": _checked(
        "UPDATE products SET upc_code = '1' WHERE slug = 'king'"
    ),
    "it is only checked, and another program is writing": _checked_meanwhile,
    "it is only tried": _only_tried,
    "it was tried before": _tried_before,
    "a question is open": _open,
    "two answers to a question contradict each other": _contradicted,
    "it was applied before": _twice,
    "a copy of its file was applied": _as_a_copy,
    "the rows have other ids in this database": _other_ids,
    "the catalog has other declarations since the build": _of_catalog("STRICTER"),
    "the project has another catalog": _of_catalog("ANOTHER"),
}
