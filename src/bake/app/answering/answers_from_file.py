"""Reads the answers to questions of a changeset from a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bake.changeset.file import Changeset
from bake.commands import command
from bake.errors import InvalidAnswers, Location, Problem, UsageError
from bake.resolution.answer_file import ACCEPT, AnswerFile, parse_answers
from bake.resolution.proposal import accepted_answer

#: The size of the largest file of answers, in bytes: it is held in memory.
_LARGEST = 64 * 1024**2


def answers_from_file(file: Changeset, path: Path) -> AnswerFile:
    """The answers of a file; those that accept a proposal are replaced by what it says.

    Args:
        file: the changeset.
        path: of the file of answers.

    Raises:
        UsageError: it cannot be read.
        InvalidAnswers: its content is no file of answers, or too much, or is for another changeset.
    """
    given = parse_answers(_bytes(path), path.name)
    if given.changeset not in (None, file.digest):
        raise InvalidAnswers(
            f"these are answers for another changeset than {file.path.name}",
            location=Location(path.name, "/changeset"),
            hint=command("changeset", "resolve", file.path, "--template"),
        )
    return _accepting(file, given)


def _accepting(file: Changeset, given: AnswerFile) -> AnswerFile:
    """The answers of a file, those that accept a proposal made into what it says."""
    answers, problems = [], [*given.problems]
    for answer in given.answers:
        if answer.choice != ACCEPT:
            answers.append(answer)
            continue
        named = file.decisions.proposals.named(answer.proposal or "")
        offered = {one.digest: one.answer for one in named if one in file.decisions.proposed and one.answer}
        meant = [(digest, one) for digest, one in offered.items() if one.question == answer.question]
        if len(meant) == 1:
            answers.append(accepted_answer(meant[0][1], meant[0][0], answer.origin or ""))
        else:
            problems.append(Problem(f"{answer.question}: no proposal that waits there is named {answer.proposal!r}"))
    return replace(given, answers=tuple(answers), problems=tuple(problems))


def _bytes(path: Path) -> bytes:
    """The content of a file of answers.

    Raises:
        UsageError: it cannot be read.
        InvalidAnswers: it is larger than any file of answers.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > _LARGEST:
        raise InvalidAnswers(
            f"a file of answers has at most {_LARGEST // 1024**2} MB",
            location=Location(path.name),
            hint="questions without an answer can be left out, and the others given in several files",
        )
    return raw
