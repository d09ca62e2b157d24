"""Rows of a sheet that look like a total below its records, and not like a record.

Such a row lacks something that a new row needs, and has a cell that says so (`Total`), or nothing but numbers. It is
asked once for all of them whether they are left out; what they lack is asked after that, if they are records.
"""

from __future__ import annotations

from decimal import Decimal

from bake.catalog.names import normal_form
from bake.catalog.values import Json
from bake.changeset.asked_later import LEFT_OUT
from bake.changeset.model import Create, Option, Outcome
from bake.changeset.pointers import undecided_fields
from bake.compiler.context import Context
from bake.compiler.matching.row_decisions import deciding
from bake.compiler.pending_record import PendingRecord

_WORDS = frozenset(
    (
        *("total", "totals", "grand total", "sub total", "subtotal", "sum", "total sum", "balance"),
        *("summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "somme", "total general", "sous-total"),
        *("totale", "totaal", "subtotaal", "suma", "razem", "итого", "всего", "合計", "总计", "小計"),
    )
)
#: How many fields that a new row needs a row with nothing but numbers lacks.
_LACKING = 2


def looks_like_total(pending: PendingRecord, create: Create) -> bool:
    """Whether a record that would create a row looks like a total."""
    asked = undecided_fields(create.needs) - {""}
    said = [raw for raw in pending.reading.value.values() if raw is not None]
    if "" in create.needs or not asked or not said:
        return False
    return any(map(_is_word, said)) or (len(asked) >= _LACKING and all(map(_is_number, said)))


def ask_total(context: Context, pending: PendingRecord, create: Create) -> Create:
    """Ask, once for the entity, whether rows that look like totals are left out."""
    number = pending.reading.number
    question = context.questions.decision(
        ("total", create.entity),
        entity=create.entity,
        problem="this looks like a total, and not like a record",
        origin=context.origin(pending.reading),
        options=[
            Option(name=LEFT_OUT, label="it is a total, and is left out", example=f"record {number}"),
            Option(name="record", label="it is a record"),
        ],
        n=create.n,
    )
    return deciding(create, question, {LEFT_OUT: Outcome(skip="a total"), "record": Outcome()})


def _is_word(raw: Json) -> bool:
    return isinstance(raw, str) and len(raw) < 30 and (normal_form(raw) or "").rstrip(" :=") in _WORDS


def _is_number(raw: Json) -> bool:
    return isinstance(raw, int | Decimal) and not isinstance(raw, bool)
