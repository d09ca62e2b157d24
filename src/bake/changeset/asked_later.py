"""Which questions of a changeset can wait, because the answer to another one may make them pointless.

An operation may ask two things: which row it is about (its *row question*), and what the value of a field is. Whether
one question of one operation waits is decided by the first line of this table that applies:

    the question                                          is asked
    is the row question, and one field keeps the
    operation from being equal to a row                   after the question about that field, if there is one
    is the row question otherwise                         at once
    asks which operation counts (`duplicate`)             at once
    the operation has no row question                     at once
    the row question may leave the operation out as no
    record (option `LEFT_OUT`)                            after the row question
    asks about a field that the operation would change
    in every row that it may be about                     at once
    asks about any other field                            after the row question: an update would not touch the field

A question that several operations ask waits only if it waits for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bake.changeset.model import Candidate, Patch, Question
from bake.changeset.pointers import pointer

#: The option that leaves out a record which looks like none, such as a line with a total.
LEFT_OUT = "left_out"


class RowQuestion(NamedTuple):
    """A question that asks which row an operation is about.

    Attributes:
        id: the id of the question.
        rows: the rows that the operation may be.
        after: the id of the question about the one field that keeps the operation from being equal to these rows; ""
            if there is none.
        may_be_left_out: whether the operation may be left out as no record.
    """

    id: str
    rows: tuple[Candidate, ...]
    after: str = ""
    may_be_left_out: bool = False


def touches(patch: Patch, question: Question) -> bool:
    """Whether an update of a row changes the field that a question asks about."""
    path = pointer(question.field) if question.field else None
    return any(step.path == path or (path is None and step.value == question.lookup) for step in patch)


def unclear_field(question: Question, rows: Iterable[Candidate], needs: Mapping[str, str | int]) -> str:
    """The id of the question about the one field that keeps an operation from being equal to rows; "" if there is none.

    Args:
        question: the row question of the operation, which names that field.
        rows: the rows that it may be about, each with the patch that the operation would make in it.
        needs: the needs of the operation.
    """
    need = needs.get(pointer(question.field)) if question.field else None
    patches = [row.patch for row in rows]
    return need if isinstance(need, str) and patches and not any(touches(one, question) for one in patches) else ""


def asked_later(
    questions: Sequence[Question],
    asking: Callable[[Question], Iterable[int]],
    row_questions: Mapping[int, RowQuestion],
) -> dict[str, str]:
    """The ids of the questions that can wait, each with the id of the question that one of its operations waits for.

    Args:
        questions: the undecided questions.
        asking: gives the operations that still ask a question.
        row_questions: by operation number, its row question.
    """
    later: dict[str, str] = {}
    if not row_questions:
        return later
    for question in questions:
        prerequisites = [_prerequisite(question, row_questions.get(n)) for n in asking(question)]
        if prerequisites and all(prerequisites):
            later[question.id] = prerequisites[0]
    return later


def _prerequisite(question: Question, row: RowQuestion | None) -> str:
    """The id of the question that one operation needs answered before this one; "" if there is none."""
    if row is None or question.kind == "duplicate" or question.id == row.after:
        return ""
    if question.id == row.id:
        return row.after
    return row.id if row.may_be_left_out or any(not touches(one.patch, question) for one in row.rows) else ""
