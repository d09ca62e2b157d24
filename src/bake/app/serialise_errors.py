"""The JSON of errors, and of what results and errors have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bake.changeset.file import Changeset
from bake.errors import BakeError, Conflicts, OpenQuestions, Problem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _error(error: BakeError) -> dict[str, Any]:
    document: dict[str, Any] = {"error": error.code, "exit_status": error.exit_status, "message": error.message}
    if error.location:
        document["location"] = asdict(error.location)
    if error.hint:
        document["hint"] = error.hint
    if error.problems:
        document["problems"] = [problem_dict(problem) for problem in error.problems]
    if isinstance(error, OpenQuestions):
        document["questions"] = [asdict(question) for question in error.questions]
    if isinstance(error, Conflicts):
        document["conflicts"] = [asdict(conflict) for conflict in error.conflicts]
    return document


def open_ids(file: Changeset) -> list[str]:
    """The ids of the open questions."""
    return [question.id for question in file.decisions.open]


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem, with its location or null."""
    return {"message": problem.message, "location": optional_dict(problem.location)}


def optional_dict(value: DataclassInstance | None) -> dict[str, Any] | None:
    """The fields of a dataclass; None for None."""
    return None if value is None else asdict(value)


#: The functions that `to_dict` dispatches to, by the type of their argument.
DOCUMENTS: tuple[Callable[..., dict[str, Any]], ...] = (_error,)
