"""A changeset is undone, after others have gone on from what it did."""

from __future__ import annotations

from support.kitchen import Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch, applied, reverted, whole


def _untouched(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), {"undone": lambda: before})


def _edited(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    kitchen.edit("UPDATE products SET upc_code = '1', notes = 'theirs' WHERE slug = 'king'")
    before["products"][uid(21)] |= {"upc_code": "1", "notes": "theirs"}
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), {"undone, but for what was edited": lambda: before})


def _with_children(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    parents = "(SELECT id FROM products WHERE slug = 'spelt_bag'), (SELECT id FROM suppliers WHERE slug = 'wegmans')"
    kitchen.edit(
        "INSERT INTO purchases (uuid, product_id, supplier_id, purchase_date, unit_price, quantity_purchased, "
        f"created_at) SELECT '{uid(91)}', {parents}, purchase_date, unit_price, quantity_purchased, created_at "
        f"FROM purchases WHERE uuid = '{uid(31)}'"
    )
    after = kitchen.contents()
    for entity, slug in {"ingredients": "spelt", "products": "spelt_bag"}.items():
        before[entity] |= {uuid: row for uuid, row in after[entity].items() if row["slug"] == slug}
    before["purchases"][uid(91)] = after["purchases"][uid(91)]
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), {"undone, but for what has children": lambda: before})


def _key_taken(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    columns = "ingredient_id, package_unit, package_unit_quantity, preferred, is_hidden, created_at"
    kitchen.edit(
        f"INSERT INTO products (uuid, slug, {columns}) SELECT '{uid(92)}', 'bobs', {columns} "
        f"FROM products WHERE uuid = '{uid(22)}'"
    )
    before["products"][uid(92)] = kitchen.contents()["products"][uid(92)]
    before["products"][uid(22)] |= {"slug": "bobs_dark_rye"}
    watch = Watch(kitchen)
    after = {"undone, but for the keys that others have": lambda: before}
    return watch.outcome(kitchen.apply(file=kitchen.revert()), after)


def _edited_after_the_revert(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = applied(kitchen)
    undo = kitchen.revert()
    kitchen.edit("UPDATE products SET upc_code = '1' WHERE slug = 'king'")
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(file=undo), {"undone": lambda: before})


def _again(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    reverted(kitchen)
    watch = Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), whole(twin))
    assert [entry.state for entry in kitchen.entries()] == ["reverted", "applied"]
    return outcome


UNDOING: dict[str, Situation] = {
    "it was applied": _untouched,
    "what it did was edited since": _edited,
    "what it created has got children since": _with_children,
    "a key that it changed is another row's now": _key_taken,
    "what it did was edited after the revert was written": _edited_after_the_revert,
    "it was applied and reverted": _again,
}
