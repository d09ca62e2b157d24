"""The error for a changeset with open questions: what they ask, and the commands that answer them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bake.changeset.file import Changeset
from bake.changeset.model import Question
from bake.commands import command
from bake.errors import OpenQuestion, OpenQuestions
from bake.renderer.sentences import sentence


def open_questions(file: Changeset) -> OpenQuestions:
    """The error for a changeset with open questions: each of them, and the commands that answer them."""
    questions = [_open_question(file, question) for question in file.decisions.open]
    return OpenQuestions(
        f"{len(questions)} {'question is' if len(questions) == 1 else 'questions are'} open; nothing was written",
        questions=questions,
        hint="\n".join((command("changeset", "resolve", file.path, "--interactive"), *_for_all_conflicts(file))),
    )


def _for_all_conflicts(file: Changeset) -> Iterator[str]:
    """For each entity with several conflicts, a hint with the command that answers all of them at once."""
    contested = Counter(question.entity for question in file.decisions.open if question.kind == "conflict")
    for entity in (entity for entity, n in contested.items() if n > 1):
        resolve = command("changeset", "resolve", file.path, "--take", f"{entity}=database")
        yield f"or, to keep all {contested[entity]} values of {entity} that are here: {resolve} (or {entity}=file)"


def _open_question(file: Changeset, question: Question) -> OpenQuestion:
    waiting = sum(1 for _ in file.decisions.undecided(question))
    labels = tuple(candidate.label for candidate in question.candidates)
    labels += tuple(option.label for option in question.options)
    return OpenQuestion(
        question.id,
        sentence(question, waiting, file.decisions.contradicting(question.id)),
        waiting,
        labels,
        question.where,
    )
