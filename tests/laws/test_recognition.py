"""What is only done for speed changes nothing: the short way for unchanged records, and forgetting."""

from __future__ import annotations

import json
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from support.bases import KeptBase
from support.compiling import compiled, written
from support.states import State, as_rows, document, states

from bake.compiler import duplicates, kept, keys, recognition, references
from bake.compiler.recognition import Recognition

EDITS: st.SearchStrategy[Any] = st.sampled_from([None, "", "x", 0, 1, True, False, [], "0", 2.5])
#: How many records are compared together.
PIECES = st.sampled_from([1, 2, 500])


@st.composite
def edited(draw: st.DrawFn) -> tuple[State, dict[str, list[dict[str, Any]]]]:
    """Rows, and records made of them.

    Some are edited in a field, some are said twice, some have another row's id, and some have other columns.
    """
    state = draw(states())
    records: dict[str, list[dict[str, Any]]] = {}
    for name, those in state.items():
        records[name] = [document(state, name, n) for n in those]
        for record in records[name]:
            edit: bool = draw(st.booleans())
            if record and edit:
                record[draw(st.sampled_from(sorted(record)))] = draw(EDITS)
            if draw(st.booleans()):
                record["id"] = draw(st.integers(1, 5))
            if record and draw(st.integers(0, 4)) == 0:
                del record[draw(st.sampled_from(sorted(record)))]
            if draw(st.integers(0, 4)) == 0:
                record[draw(st.sampled_from(["colour", "size"]))] = "unknown"
        records[name] += draw(st.lists(st.sampled_from(records[name]), max_size=2)) if records[name] else []
    return state, records


def _none(_self: Recognition, _records: list[Any], _column: Any) -> dict[str, Any]:
    return {}


@settings(max_examples=50, deadline=None)
@given(edited(), st.sampled_from([1, 2, 1000]), PIECES, st.sampled_from(["merge", "skip-existing", "mirror"]))
def test_the_short_way_changes_nothing(pair: tuple[State, dict[str, Any]], batch: int, piece: int, mode: Any) -> None:
    """Recognising unchanged records early gives the same operations, questions and notices as looking closely."""
    state, records = pair
    rows = as_rows(state)
    with patch.object(recognition, "_PIECE", piece):
        short = compiled(records, rows, batch=batch, mode=mode)
    with patch.object(Recognition, "_rows", _none):
        long = compiled(records, rows, batch=batch, mode=mode)
    assert short == long


@settings(max_examples=50, deadline=None)
@given(edited(), st.sampled_from([1, 2, 1000]))
def test_forgetting_changes_nothing(pair: tuple[State, dict[str, Any]], batch: int) -> None:
    """How much is remembered from batch to batch decides how often database and disk are asked, and nothing else."""
    state, records = pair
    rows = as_rows(state)
    remembering = compiled(records, rows, batch=batch)
    with ExitStack() as stack:
        for module in (duplicates, kept, keys, references):
            stack.enter_context(patch.object(module, "REMEMBERED", 0))
        forgetting = compiled(records, rows, batch=batch)
    assert remembering == forgetting


@settings(max_examples=50, deadline=None)
@given(edited(), edited(), st.sampled_from([1, 2, 1000]), PIECES)
def test_the_short_way_changes_nothing_with_a_base(
    pair: tuple[State, dict[str, Any]], later: tuple[State, dict[str, Any]], batch: int, piece: int
) -> None:
    """The same where the records are compared with what an export wrote, whatever the rows have become since."""
    (state, records), rows = pair, as_rows(later[0])
    exported = {name: [document(state, name, n) for n in those] for name, those in state.items()}
    for name, those in exported.items():
        base = KeptBase(json.loads(written(those), parse_float=Decimal))
        with patch.object(recognition, "_PIECE", piece):
            short = compiled({name: records[name]}, rows, batch=batch, base=base)
        with patch.object(Recognition, "_rows", _none):
            long = compiled({name: records[name]}, rows, batch=batch, base=base)
        assert short == long
