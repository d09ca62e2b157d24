"""Everything that is done in pieces, done in the smallest, so that what goes wrong between two of them does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, signature
from typing import Any

import pytest

from bake.applier import apply, drift
from bake.compiler.context import Options
from bake.compiler.matching import column_batch, row_claims
from bake.compiler.references import references
from bake.compiler.rows import mark_index, row_keys
from bake.database.constraints import dependents, outside
from bake.database.ledger import applied_changes, history, row_changes
from bake.database.reading import aggregates, pages, referring
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing import reference_columns
from bake.sources.texts import text

#: Two of everything, so that a piece has a first and a last.
_FEW = 2
_CONSTANTS = {
    apply: ("BATCH",),
    dependents: ("_CHUNK",),
    drift: ("_BATCH",),
    aggregates: ("_CHUNK",),
    history: ("_CHUNK",),
    row_changes: ("_BUFFERED",),
    applied_changes: ("_BATCH", "_PAGE"),
    reference_columns: ("_CHUNK",),
    referring: ("_CHUNK",),
    outside: ("_CHUNK",),
    mark_index: ("REMEMBERED",),
    row_claims: ("REMEMBERED",),
    row_keys: ("REMEMBERED",),
    column_batch: ("_PIECE",),
    references: ("REMEMBERED",),
}
_DEFAULTS: tuple[tuple[Callable[..., Any], str, int], ...] = (
    (Options.__init__, "batch", _FEW),
    (DatabaseSnapshot.__init__, "chunk", _FEW),
    (pages.pages, "size", _FEW),
    (pages.raw_pages, "size", _FEW),
    (text.scan, "block", 16),
    (text.text_of, "block", 16),
)


@contextmanager
def small_pieces() -> Iterator[None]:
    """Within this process, and until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        for module, names in _CONSTANTS.items():
            for name in names:
                patch.setattr(module, name, _FEW)
        for function, name, value in _DEFAULTS:
            patch.setattr(function, "__defaults__", _with_default(function, name, value))
        yield


def _with_default(function: Callable[..., Any], name: str, value: object) -> tuple[Any, ...]:
    parameters = signature(function).parameters.values()
    assert any(parameter.name == name for parameter in parameters), f"{function} has no {name}"
    given = [p for p in parameters if p.default is not Parameter.empty and p.kind is not Parameter.KEYWORD_ONLY]
    return tuple(value if parameter.name == name else parameter.default for parameter in given)
