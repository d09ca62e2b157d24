"""The ids of questions that answers open: they follow from what is asked, and so are the same on every branch."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from itertools import count

import msgspec

from bake.changeset.model import Key

#: The ids have six digits: they are typed, and the rows that answers create are numbered by them.
_FIRST, _MANY = 100_000, 900_000

_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")


def further_id(entity: str, lookup: Key, taken: Container[str]) -> str:
    """The id of a question that answers open.

    Args:
        entity: the name of the entity that it is about.
        lookup: what tells it from others: what is said of the row that is asked for, or the operation and its field.
        taken: the ids of the questions that there are, none of which asks this.
    """
    asked = hashlib.sha256(_canonical.encode([entity, lookup])).digest()
    start = int.from_bytes(asked[:8], "big") % _MANY
    return next(id_ for n in count(start) if (id_ := f"q{_FIRST + n}") not in taken)
