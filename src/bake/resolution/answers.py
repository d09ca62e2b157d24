"""An answer as somebody gave it, before anything is known of whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from bake.changeset.model import Json, Key, Row


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision on one question, unchecked. `bake.compiler.answers.check_answer` checks it and makes an event of it.

    Attributes:
        question: the question's id.
        choice: how it is answered (`bake.changeset.effects.CHOICES`).
        key: for `map`: what names the row.
        values: for `create`: fields of the new row, besides what the question's lookup already says. Null takes a
            field of the lookup away. For columns: by a column of the view, the value of all records.
        columns: for columns: what is otherwise than proposed, by a column of the source: a column of the view, or None
            if it is left out.
        value: for `value`: what is to stand in the field.
        option: for `choose`: the name of the option.
        operation: for `take`: the number of the operation that stays. Else: the only one that it is for.
        origin: where the answer came from, for the changeset's record.
        alike: it is meant for all questions that are like this one, too (`bake.resolution.similar_questions`).
        proposal: the digest of the proposal that it accepts.
        typed: texts in it are as a person typed them, so that `5` may be a number and `yes` a truth value.
    """

    question: str
    choice: str
    key: Key | None = None
    values: Row | None = None
    value: Json | UnsetType = UNSET
    option: str | None = None
    operation: int | None = None
    origin: str | None = None
    proposal: str | None = None
    typed: bool = False
    alike: bool = False
    columns: Mapping[str, str | None] | None = None
