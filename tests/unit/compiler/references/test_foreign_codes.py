"""A reference that names a row by its key or name, and gives the code of another row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.compiling import Compiled, compiled
from support.market import uid

from bake.catalog.bakery import BAKERY

CODE = "071012010103"


def product(id_: int, slug: str, name: str, **more: Any) -> dict[str, Any]:
    """A product of an ingredient of its own."""
    size = {"package_unit": "lb", "package_unit_quantity": Decimal(id_)}
    return {"id": id_, "uuid": uid(10 + id_), "slug": slug, "ingredient": id_, "product_name": name, **size, **more}


ROWS: dict[str, list[dict[str, Any]]] = {
    "ingredients": [
        {"id": 1, "uuid": uid(1), "slug": "flour", "display_name": "Flour"},
        {"id": 2, "uuid": uid(2), "slug": "rye", "display_name": "Rye"},
    ],
    "products": [product(1, "p_flour", "Bread", upc_code=CODE), product(2, "p_rye", "Rye")],
    "suppliers": [{"id": 1, "uuid": uid(21), "slug": "costco", "name": "Costco"}],
}
NEW = {"slug": "p_new", "ingredient": "rye", "product_name": "Dark", "package_unit": "lb", "package_unit_quantity": 7}


def bought(product: dict[str, Any], *new: dict[str, Any], strict: bool = False) -> Compiled:
    """A purchase of a product, compiled together with new products."""
    purchase = {"supplier": "costco", "purchase_date": "2025-12-20", "unit_price": 4, "quantity_purchased": 1}
    document = {"products": list(new), "purchases": [{**purchase, "product": product}]}
    return compiled(document, ROWS, catalog=BAKERY, strict=strict)


@pytest.mark.parametrize(
    ("said", "new", "owner", "named"),
    [
        pytest.param({"slug": "p_rye"}, (), "Bread (1 lb)", "p_rye", id="by key"),
        pytest.param({"product_name": "rye"}, (), "Bread (1 lb)", "p_rye", id="by name"),
        pytest.param({"slug": "p_new"}, (NEW,), "Bread (1 lb)", "p_new", id="of a new row"),
    ],
)
def test_rule_02_the_code_of_another_row_is_warned_of(
    said: dict[str, Any], new: tuple[dict[str, Any], ...], owner: str, named: str
) -> None:
    """The key or name decides, and the warning says whose code it is; under `strict` it is a question."""
    purchase = bought({**said, "upc_code": CODE}, *new).creates[-1]
    assert purchase.values["product"] == {"slug": named}
    [warning] = purchase.warnings
    assert (warning.field, warning.code) == ("product", "duplicate")
    assert warning.message == f'"{CODE}" is the upc_code of {owner}, not of {named}'
    asked = bought({**said, "upc_code": CODE}, *new, strict=True)
    assert (asked.question.problem, asked.question.warning) == (warning.message, "duplicate")
    assert asked.creates[-1].needs["/product"] == asked.question.id


def test_rule_02_the_code_of_a_created_row_is_warned_of() -> None:
    """Also where the changeset itself creates the row that has the code."""
    purchase = bought({"slug": "p_rye", "upc_code": "4006381333931"}, {**NEW, "upc_code": "4006381333931"}).creates[-1]
    [warning] = purchase.warnings
    assert warning.message == '"4006381333931" is the upc_code of p_new, which is created here, not of p_rye'


@pytest.mark.parametrize("said", [{"slug": "p_rye"}, {"slug": "p_flour", "upc_code": CODE}, {"upc_code": CODE}])
def test_rule_02_a_code_of_its_own_or_none_is_not_warned_of(said: dict[str, Any]) -> None:
    """A reference that gives no code, or that of the row which it names, is as it should be."""
    assert bought(said).creates[-1].warnings == ()


def test_rule_02_a_code_that_nobody_has_is_noted() -> None:
    """What the row of the key lacks, and no other row has, is said, and not warned of."""
    result = bought({"slug": "p_rye", "upc_code": "4006381333931"})
    assert result.creates[-1].warnings == ()
    [notice] = result.notices["reference_differs"]
    assert "upc_code of that row is not what the record says" in notice.message


def test_rule_02_what_is_said_of_the_row_behind_a_reference_is_noted() -> None:
    """A product that is named by its slug, and whose ingredient is said to be another one: the notice names that."""
    result = bought({"slug": "p_rye", "ingredient": {"display_name": "Flour"}})
    assert result.creates[-1].values["product"] == {"slug": "p_rye"}
    [notice] = result.notices["reference_differs"]
    assert "ingredient display_name of that row is not what the record says" in notice.message


def test_rule_02_the_notice_names_what_led_to_the_row() -> None:
    """Of several names that a reference gives, the notice quotes the one that the row has."""
    result = bought({"product_name": "rye", "upc_code": CODE})
    [notice] = result.notices["normalised"]
    assert notice.message == "product: 'rye' was taken for p_rye"
