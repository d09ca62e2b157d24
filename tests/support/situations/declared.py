"""The catalog of the bakery, declared otherwise: with a check more, and under another name."""

from __future__ import annotations

from dataclasses import replace

from bake.catalog.bakery import BAKERY


def _short(value: str) -> str | None:
    return None if len(value) > 3 else f"{value!r} is short"


_ITEM = BAKERY.entities["suppliers"]
_FIELDS = {**_ITEM.fields, "slug": replace(_ITEM.fields["slug"], checks=(_short,))}

STRICTER = replace(BAKERY, entities={**BAKERY.entities, "suppliers": replace(_ITEM, fields=_FIELDS)})
ANOTHER = replace(BAKERY, name="another")
