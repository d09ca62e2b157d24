"""Columns and values as they are typed with commands: `--column Shop=supplier`, `--value product=butter`."""

from __future__ import annotations

from collections.abc import Sequence

from bake.changeset.model import Question
from bake.errors import UsageError
from bake.resolution.answers import Answer

_ORIGIN = "command line"
#: What `choose` says of columns that are taken as they are proposed.
PROPOSED = "proposed"


def typed_columns(texts: Sequence[str]) -> dict[str, str | None]:
    """By a column of the source, one of the view; None if it is left out. A column's name may have an equals sign.

    Raises:
        UsageError: a text is no `COLUMN=FIELD`, or a column is named twice.
    """
    return {name: field or None for name, field in _pairs("--column", "COLUMN=FIELD", texts, last=True).items()}


def typed_values(texts: Sequence[str]) -> dict[str, str]:
    """By a column of the view, the value of all records.

    Raises:
        UsageError: a text is no `FIELD=VALUE`, or a column is named twice.
    """
    return _pairs("--value", "FIELD=VALUE", texts, last=False)


def columns_answer(
    question: Question | None, column: Sequence[str], value: Sequence[str], choose: Sequence[str]
) -> Answer | None:
    """The answer to a question `columns` that options give; None if they give none.

    Args:
        question: the open question of that kind, if there is one.
        column: the texts of `--column`.
        value: the texts of `--value`.
        choose: the texts of `--choose`.

    Raises:
        UsageError: no columns are asked for, or a text cannot be read.
    """
    if question is None:
        if column:
            raise UsageError(
                "no columns are asked for", hint="--column answers a question for columns, or goes with build"
            )
        return None
    chosen = f"{question.id}={PROPOSED}" in choose
    if not (column or value or chosen):
        return None
    columns, values = typed_columns(column), typed_values(value)
    return Answer(question.id, "choose", option=PROPOSED, columns=columns, values=dict(values), origin=_ORIGIN)


def _pairs(option: str, form: str, texts: Sequence[str], *, last: bool) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, mark, said = text.rpartition("=") if last else text.partition("=")
        if not mark or not name:
            raise UsageError(f"{option} {text!r} cannot be read", hint=f"expected {option} {form}")
        if name in pairs:
            raise UsageError(f"{option} names {name!r} twice", hint=f"expected {option} {form} once for each")
        pairs[name] = said.strip()
    return pairs
