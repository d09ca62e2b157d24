"""The built-in catalog says what its documentation promises, and its tables can be made."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from bake.catalog.bakery import BAKERY
from bake.catalog.bakery.checks import check_digit
from bake.catalog.bakery.tables import METADATA
from bake.catalog.bakery.tables.pantry import INGREDIENTS, INVENTORY_ITEMS, PRODUCTS, PURCHASES, SUPPLIERS
from bake.catalog.checked import checked
from bake.catalog.field import Derivation
from bake.catalog.field_types import Exact, Reference, Text, Uuid
from bake.catalog.model import Catalog
from bake.catalog.values import Misfit, parse
from bake.catalog.view import Role

VIEWS = {view.name: view for view in BAKERY.views}


def named(view: str, *roles: Role) -> list[str]:
    """The columns of a view that have one of these roles and are exported."""
    return [column.name for column in VIEWS[view].columns if column.role in roles and column.exported]


def test_it_is_well_declared() -> None:
    """Every path of every view, alias and derivation leads somewhere."""
    assert checked(BAKERY) is BAKERY


def test_order_follows_the_references() -> None:
    """Whatever a row refers to comes before it, suppliers first."""
    assert BAKERY.order[:5] == ("suppliers", "ingredients", "products", "purchases", "inventory_items")
    assert set(BAKERY.order) == set(BAKERY.entities)
    for place, name in enumerate(BAKERY.order):
        assert set(BAKERY.entities[name].references.values()) <= set(BAKERY.order[: place + 1])


def test_every_table_is_an_entity_with_an_identity() -> None:
    """No table is left out, and each has a uuid and the time of its creation, which no update changes."""
    assert set(BAKERY.entities) == set(METADATA.tables)
    for entity in BAKERY.entities.values():
        assert entity.fields["uuid"].type == Uuid()
        assert not entity.fields["uuid"].editable
        assert not entity.fields["created_at"].editable
        assert "updated_at" not in entity.fields


@pytest.mark.parametrize(
    ("entity", "asked"),
    [
        ("suppliers", {"name"}),
        ("ingredients", {"display_name"}),
        ("products", {"ingredient", "package_unit", "package_unit_quantity"}),
        ("purchases", {"product", "supplier", "purchase_date", "unit_price", "quantity_purchased"}),
        ("inventory_items", {"product", "quantity"}),
        ("recipes", {"name"}),
        ("recipe_ingredients", {"recipe", "ingredient", "occurrence", "quantity", "unit"}),
        ("recipe_components", {"recipe", "component_recipe", "quantity"}),
        ("finished_units", {"display_name", "recipe"}),
        ("finished_goods", {"display_name"}),
        ("compositions", {"assembly", "component_quantity"}),
        ("packages", {"name"}),
        ("package_finished_goods", {"package", "finished_good", "quantity"}),
        ("recipients", {"name"}),
        ("events", {"name", "event_date", "year"}),
        ("event_recipient_packages", {"event", "recipient", "package"}),
        ("event_production_targets", {"event", "recipe", "target_batches"}),
        ("event_assembly_targets", {"event", "finished_good", "target_quantity"}),
        ("production_runs", {"recipe", "produced_at", "num_batches", "actual_yield"}),
    ],
)
def test_a_new_row_asks_little(entity: str, asked: set[str]) -> None:
    """Only what can neither be derived nor left out must be given."""
    fields = BAKERY.entities[entity].fields.values()
    assert {field.name for field in fields if field.required} - set(BAKERY.entities[entity].derived) == asked


def test_references_are_known() -> None:
    """Ingredients are a tree, recipes hold recipes, goods hold goods; all other references are what their names say."""
    references = {name: entity.references for name, entity in BAKERY.entities.items()}
    assert references == {
        "suppliers": {},
        "ingredients": {"parent": "ingredients"},
        "products": {"ingredient": "ingredients", "preferred_supplier": "suppliers"},
        "purchases": {"product": "products", "supplier": "suppliers"},
        "inventory_items": {"product": "products", "purchase": "purchases"},
        "recipes": {"base_recipe": "recipes"},
        "recipe_ingredients": {"recipe": "recipes", "ingredient": "ingredients"},
        "recipe_components": {"recipe": "recipes", "component_recipe": "recipes"},
        "finished_units": {"recipe": "recipes"},
        "finished_goods": {},
        "compositions": {
            "assembly": "finished_goods",
            "finished_unit": "finished_units",
            "finished_good": "finished_goods",
            "packaging_product": "products",
        },
        "packages": {},
        "package_finished_goods": {"package": "packages", "finished_good": "finished_goods"},
        "recipients": {},
        "events": {},
        "event_recipient_packages": {"event": "events", "recipient": "recipients", "package": "packages"},
        "event_production_targets": {"event": "events", "recipe": "recipes"},
        "event_assembly_targets": {"event": "events", "finished_good": "finished_goods"},
        "production_runs": {"recipe": "recipes", "finished_unit": "finished_units", "event": "events"},
    }


def test_keys_name_rows_best_first() -> None:
    """A product has two natural keys; what is bought and stocked has none but its uuid."""
    products = BAKERY.entities["products"]
    assert products.identities[:2] == (("uuid",), ("slug",))
    assert "product_name" in products.identities[2]
    assert BAKERY.entities["purchases"].identities == (("uuid",),)
    assert BAKERY.entities["inventory_items"].identities == (("uuid",),)


def test_slugs_are_derived_from_what_people_enter() -> None:
    """A product's slug falls back to its ingredient where the product has no name."""
    assert BAKERY.entities["products"].derived["slug"] == Derivation(
        (
            (("brand",),),
            (("product_name",), ("ingredient", "slug")),
            (("package_unit_quantity",),),
            (("package_unit",),),
        )
    )
    assert BAKERY.entities["suppliers"].derived["slug"].parts == ((("name",),), (("city",),), (("state",),))


@pytest.mark.parametrize(
    ("entity", "field", "good", "bad"),
    [
        ("products", "package_unit_quantity", ["0.67", "12.8", 750], [0, -1, "0.00001", "$6.99"]),
        ("purchases", "unit_price", [0, "6.9900", "3.99"], ["-0.01", "6.99999", "1e7"]),
        ("purchases", "quantity_purchased", [2, "0.5"], [0, -2]),
        ("inventory_items", "quantity", [0, "5.15"], ["-0.1"]),
        ("ingredients", "density_weight_value", ["7.93"], [0]),
        ("ingredients", "hierarchy_level", [0, 1, 2], [-1, 3, "1.5"]),
        ("ingredients", "density_volume_unit", ["cup"], ["oz", "Cup"]),
        ("products", "package_unit", ["fl oz", "qt", "each"], ["ounces", ""]),
        ("products", "notes", ["x" * 4000], ["x" * 4001]),
        ("suppliers", "supplier_type", ["physical", "online"], ["market"]),
        ("suppliers", "is_active", [True, False], [1, "yes"]),
        ("purchases", "purchase_date", ["2025-12-20"], ["2025-13-01", "20.12.2025"]),
    ],
)
def test_what_fits(entity: str, field: str, good: list[object], bad: list[object]) -> None:
    """Bounds, options, lengths and decimals are known before any database is asked."""
    type_ = BAKERY.entities[entity].fields[field].type
    assert not isinstance(type_, Reference)
    for value in good:
        assert parse(type_, value) is not None
    for value in bad:
        with pytest.raises(Misfit):
            parse(type_, value)


def test_texts_have_lengths_and_money_is_exact() -> None:
    """No database is left to cut a text short or to round a price."""
    for entity in BAKERY.entities.values():
        assert all(field.type != Text(None) for field in entity.fields.values())
    price = BAKERY.entities["purchases"].fields["unit_price"].type
    assert isinstance(price, Exact)
    assert (price.precision, price.scale) == (10, 4)


def test_codes_of_products_are_checked() -> None:
    """Both places in which a product's barcode may stand are looked at."""
    fields = BAKERY.entities["products"].fields
    assert {name for name, field in fields.items() if check_digit in field.checks} == {"upc_code", "gtin"}


def test_products_view() -> None:
    """The columns of the view of products, in their order and by what they are for."""
    view = BAKERY.view("view", "products_complete")
    assert view is VIEWS["products"]
    assert named("products", Role.EDITABLE) == [
        "brand", "product_name", "package_size", "package_unit", "package_unit_quantity", "upc_code", "gtin", "notes",
    ]  # fmt: skip
    assert named("products", Role.IDENTITY, Role.CONTEXT, Role.COMPUTED) == [
        "product_id", "product_slug", "ingredient_name", "ingredient_slug", "ingredient_category",
        "preferred_supplier_name", "last_purchase_price", "last_purchase_date", "current_inventory_qty",
    ]  # fmt: skip


def test_inventory_view() -> None:
    """The columns of the view of the inventory; the name of a product is brand and name together, so it is computed."""
    view = BAKERY.view("view", "inventory_complete")
    assert view is VIEWS["inventory"]
    assert view.entity == "inventory_items"
    assert named("inventory", Role.EDITABLE) == ["quantity", "addition_date", "location", "notes"]
    assert named("inventory", Role.IDENTITY, Role.CONTEXT, Role.COMPUTED) == [
        "inventory_id", "uuid", "product_id", "product_slug", "product_name", "upc_code", "gtin", "ingredient_name",
        "ingredient_category", "purchase_date", "purchase_unit_price", "supplier_name",
    ]  # fmt: skip
    assert view.by_name["product_name"].role is Role.COMPUTED
    assert view.by_name["purchase_date"].path == ("purchase", "purchase_date")


def test_purchases_view() -> None:
    """The columns of the view of purchases; the supplier can be changed by writing another name."""
    view = BAKERY.view("view", "purchases_complete")
    assert view is VIEWS["purchases"]
    assert named("purchases", Role.EDITABLE) == [
        "supplier_name", "purchase_date", "unit_price", "quantity_purchased", "notes",
    ]  # fmt: skip
    assert named("purchases", Role.IDENTITY, Role.CONTEXT, Role.COMPUTED) == [
        "purchase_id", "uuid", "product_id", "product_slug", "product_name", "upc_code", "gtin",
        "ingredient_name", "inventory_quantity",
    ]  # fmt: skip
    assert view.by_name["supplier_name"].path == ("supplier", "name")


def test_bake_tracker_view() -> None:
    """The other application's view: its id and uuid identify, its references are only context."""
    assert BAKERY.view("bake-tracker-view", "products") is VIEWS["bake-tracker-products"]
    assert named("bake-tracker-products", Role.IDENTITY) == ["id", "uuid"]
    assert named("bake-tracker-products", Role.EDITABLE) == [
        "brand", "product_name", "package_size", "package_type", "package_unit", "package_unit_quantity",
        "upc_code", "gtin", "notes", "preferred", "is_hidden",
    ]  # fmt: skip
    assert {"preferred_supplier_id", "ingredient_id"} <= set(named("bake-tracker-products", Role.CONTEXT))


def test_bake_tracker_views_of_purchases_and_stock() -> None:
    """The other application's views name a product by its slug or composite and its name, and never by its id."""
    composite = BAKERY.entities["products"].composite
    assert composite is not None
    assert composite.split("rye:Mill: Lane:2.0:lb") == ["rye", "Mill: Lane", "2.0", "lb"]
    for name in ("purchases", "inventory"):
        view = BAKERY.view("bake-tracker-view", name)
        assert view is VIEWS[f"bake-tracker-{name}"]
        assert view.by_name["product_slug"].path == ("product", "slug")
        assert view.by_name["product_name"].path == ("product", "product_name")
        assert view.by_name["product_id"].role is Role.COMPUTED
        assert named(view.name, Role.IDENTITY) == ["id", "uuid"]


def test_plain_files_name_products_in_any_way() -> None:
    """A record of the inventory may give its product by slug, by id, or by its parts."""
    columns = BAKERY.plain_view("inventory_items").by_name
    assert columns["product_slug"].path == ("product", "slug")
    assert columns["product_id"].path == ("product", "id")
    assert columns["ingredient_slug"].path == ("product", "ingredient", "slug")
    assert columns["product_brand"].path == ("product", "brand")
    assert columns["product_name"].path == ("product", "product_name")
    assert columns["package_unit_quantity"].path == ("product", "package_unit_quantity")
    assert columns["purchase_date"].path == ("purchase_date",)


def test_plain_files_name_parents_and_suppliers() -> None:
    """The names under which normalized files refer to other rows."""
    assert BAKERY.plain_view("ingredients").by_name["parent_slug"].path == ("parent", "slug")
    products = BAKERY.plain_view("products").by_name
    assert products["supplier_name"].path == products["preferred_supplier_name"].path == ("preferred_supplier", "name")
    assert BAKERY.plain_view("purchases").by_name["supplier_name"].path == ("supplier", "name")


def test_tables_can_be_made_and_keep_what_they_are_given() -> None:
    """On SQLite the tables are created, rows get their defaults, and decimals come back exact."""
    engine = sa.create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:

        def inserted(table: sa.Table, **values: object) -> Any:
            """The row as it comes back."""
            key = connection.execute(sa.insert(table).values(values)).inserted_primary_key
            assert key is not None
            return connection.execute(sa.select(table).where(table.c.id == key[0])).one()

        flour = inserted(INGREDIENTS, slug="flour", display_name="Flour", density_weight_value=Decimal("7.93"))
        supplier = inserted(SUPPLIERS, slug="wilson_s_farm", name="Wilson's Farm")
        package = {"package_unit": "lb", "package_unit_quantity": Decimal("0.67")}
        product = inserted(PRODUCTS, slug="flour_5lb", ingredient_id=flour.id, **package)
        bought = {
            "purchase_date": date(2025, 12, 20),
            "unit_price": Decimal("6.9900"),
            "quantity_purchased": Decimal(2),
        }
        purchase = inserted(PURCHASES, product_id=product.id, supplier_id=supplier.id, **bought)
        inserted(INVENTORY_ITEMS, product_id=product.id, purchase_id=purchase.id, quantity=Decimal("0.33"))
    assert (flour.hierarchy_level, flour.is_packaging, flour.density_weight_value) == (2, False, Decimal("7.93"))
    assert (supplier.supplier_type, supplier.is_active, supplier.city) == ("physical", True, None)
    assert (product.preferred, product.is_hidden, product.package_unit_quantity) == (False, False, Decimal("0.67"))
    assert purchase.unit_price == Decimal("6.99")
    assert str(UUID(purchase.uuid)) == purchase.uuid
    assert purchase.created_at.tzinfo is None
    engine.dispose()


def test_constraints_have_names() -> None:
    """A conflict can say which constraint failed, on every database."""
    for table in METADATA.tables.values():
        for constraint in table.constraints:
            assert re.fullmatch(rf"(pk|uq|fk|ck)_{table.name}\w*", str(constraint.name))


def test_the_fingerprint_is_one_of_declarations() -> None:
    """The same declarations in another order have the same fingerprint; one alias less is another catalog."""
    backwards = {name: BAKERY.entities[name] for name in reversed(BAKERY.order)}
    assert replace(BAKERY, entities=backwards).fingerprint == BAKERY.fingerprint
    poorer = {**BAKERY.entities, "suppliers": replace(BAKERY.entities["suppliers"], aliases={})}
    assert replace(BAKERY, entities=poorer).fingerprint != BAKERY.fingerprint


def len_is(length: int, value: str) -> str | None:
    """A check with a parameter."""
    return None if len(value) == length else "its length is another"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"is_code": False}, id="is a code"),
        pytest.param({"normal": str.lower}, id="normal form"),
        pytest.param({"checks": ()}, id="checks"),
        pytest.param({"checks": (partial(len_is, 12),)}, id="a check that is bound to something"),
    ],
)
def test_the_fingerprint_tells_rules_of_a_field_apart(change: dict[str, Any]) -> None:
    """What decides which texts are the same, and what is warned of, makes another catalog."""
    assert with_code(**change).fingerprint != BAKERY.fingerprint
    bound = {with_code(checks=(partial(len_is, length),)).fingerprint for length in (12, 13, 12)}
    assert len(bound) == 2


def test_the_fingerprint_tells_outliers_apart() -> None:
    """A price that is warned of by another factor makes another catalog."""
    purchases = BAKERY.entities["purchases"]
    outliers = tuple(replace(outlier, factor=99) for outlier in purchases.outliers)
    laxer = {**BAKERY.entities, "purchases": replace(purchases, outliers=outliers)}
    assert replace(BAKERY, entities=laxer).fingerprint != BAKERY.fingerprint


def with_code(**change: Any) -> Catalog:
    """The bakery, with something else declared of its products' barcodes."""
    products = BAKERY.entities["products"]
    fields = {**products.fields, "upc_code": replace(products.fields["upc_code"], **change)}
    return replace(BAKERY, entities={**BAKERY.entities, "products": replace(products, fields=fields)})
