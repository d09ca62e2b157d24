"""The catalog of the bakery, declared otherwise: with a check more, under another name, with a field that is hidden."""

from __future__ import annotations

from dataclasses import replace

from bake.catalog.bakery import BAKERY
from bake.catalog.declaring import hidden


def _short(value: str) -> str | None:
    return None if len(value) > 3 else f"{value!r} is short"


_ITEM = BAKERY.entities["suppliers"]
_FIELDS = {**_ITEM.fields, "slug": replace(_ITEM.fields["slug"], checks=(_short,))}

STRICTER = replace(BAKERY, entities={**BAKERY.entities, "suppliers": replace(_ITEM, fields=_FIELDS)})
_PRODUCTS = BAKERY.entities["products"]
_HIDDEN = {**_PRODUCTS.fields, "notes": hidden(_PRODUCTS.fields["notes"], "products")}

HIDING = replace(BAKERY, entities={**BAKERY.entities, "products": replace(_PRODUCTS, fields=_HIDDEN)})
ANOTHER = replace(BAKERY, name="another")
