"""Which questions of a changeset can wait, because the answer to another one may make them pointless.

An operation may ask which row it is about, and also what its fields are to be. For one operation that asks a question,
the first line that applies decides:

    the question                                          is asked
    asks which row it is …
      a decision about rows that equal it but for a field after the question about that field, if there is one
      any other                                           at once
    asks which operation counts (`duplicate`)             at once
    the operation does not ask which row it is            at once
    asks about a field that the operation would also
    change in every row that it may be about              at once
    asks about any other field                            after the row: an existing row keeps that field as it is
    asks about a field of what may be left out as no
    record (`LEFT_OUT`)                                   after that

A question waits if it can wait for all operations that still ask it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bake.changeset.model import Candidate, Patch, Question
from bake.changeset.pointers import pointer

#: The option by which what looks like no record, such as a total, is left out.
LEFT_OUT = "left_out"


class RowQuestion(NamedTuple):
    """A question that asks which row an operation is about.

    Attributes:
        id: the id of the question.
        rows: the rows that the operation may be.
        after: the question about the only field in which it is not known to equal those rows; "" if there is none.
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
    """The question about a field that keeps an operation from being compared with rows; "" if there is none.

    Args:
        question: which row an operation is about: a decision that names the field in which the rows are not equal.
        rows: those rows, each with what the operation would change in it.
        needs: what the operation waits for.
    """
    need = needs.get(pointer(question.field)) if question.field else None
    patches = [row.patch for row in rows]
    return need if isinstance(need, str) and patches and not any(touches(one, question) for one in patches) else ""


def asked_later(
    questions: Sequence[Question],
    asking: Callable[[Question], Iterable[int]],
    row_questions: Mapping[int, RowQuestion],
) -> dict[str, str]:
    """The questions that can wait, each with the id of the question that its first operation waits for.

    Args:
        questions: the undecided questions.
        asking: gives the operations that still ask a question.
        row_questions: by operation, the one of these questions that asks which row it is about.
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
    """The question that one operation needs answered before this one; "" if there is none."""
    if row is None or question.kind == "duplicate" or question.id == row.after:
        return ""
    if question.id == row.id:
        return row.after
    return row.id if row.may_be_left_out or any(not touches(one.patch, question) for one in row.rows) else ""
