"""The JSON of results and errors, as `--format json` prints it and web pages send it.

This is the only place that decides on it: `to_dict` dispatches to the functions in the `serialise_*` modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from functools import singledispatch
from typing import Any

import msgspec

from bake.app import serialise_changesets, serialise_errors, serialise_others


@singledispatch
def to_dict(result: object) -> dict[str, Any]:
    """Convert a result, an error or a changeset to a dictionary of JSON values.

    Args:
        result: what a function of Bake returns or raises; of a list, one of its items.

    Returns:
        The keys and values that `--format json` prints. Decimals stay `Decimal`.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(result, msgspec.Struct):
        return _mapping(msgspec.to_builtins(result, builtin_types=(Decimal,)))
    if is_dataclass(result) and not isinstance(result, type):  # entries of the ledger, drift
        return asdict(result)
    raise TypeError(f"{type(result).__name__} is no result of Bake")


for _document in (*serialise_changesets.DOCUMENTS, *serialise_others.DOCUMENTS, *serialise_errors.DOCUMENTS):
    to_dict.register(_document)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"value": value}
