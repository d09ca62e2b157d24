"""A changeset file to a document: what every format shows, in its order, with no more of it held than is shown.

The operations stream past once; the first `limit` are kept, the rest only counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TypeVar

from bake.changeset.file import Changeset
from bake.changeset.model import Question
from bake.renderer.document_builder import Gathering, noticed
from bake.renderer.document_parts import Document, Heading, Inquiry, Later, Listing, Offer, Standing
from bake.renderer.proposals import offer
from bake.renderer.sentences import answer_text, commands, options, sentence
from bake.renderer.state import comparison, state

DEFAULT_LIMIT = 50

#: How many of the answers for one operation each are held of a decision.
_EXCEPTIONS = 6
_T = TypeVar("_T")


def document(file: Changeset, limit: int | None = DEFAULT_LIMIT) -> Document:
    """What is to be shown of a changeset.

    Args:
        file: as it was read, damaged or not.
        limit: how many operations, and of everything else that is listed, to hold at most; None for all of them.
    """
    gathering = Gathering(limit)
    for operation in file.effective():
        gathering.add(operation)
    return Document(
        heading=_heading(file),
        state=state(file, gathering.operations.total, limit),
        summary=gathering.summary(),
        warnings=gathering.warnings.listing(),
        questions=_questions(file, limit),
        later=_later(file, limit),
        proposals=_proposals(file, limit),
        operations=gathering.operations.listing(),
        skips=_listing(gathering.skips(), limit),
        notices=noticed(file, limit),
    )


def _heading(file: Changeset) -> Heading:
    path = str(file.path).encode("utf-8", "backslashreplace").decode()  # a path may be no text at all
    return Heading(path=path, header=file.header, digest=file.digest, comparison=comparison(file.header))


def _questions(file: Changeset, limit: int | None) -> Listing[Inquiry]:
    """Open ones first, then those that were answered, then those that need no answer any more."""
    decisions = file.decisions
    ranks: dict[Standing, int] = {"open": 0, "answered": 1, "moot": 2}
    standings: dict[str, Standing] = dict.fromkeys(decisions.questions, "moot")
    standings |= dict.fromkeys(decisions.answers.keys() | decisions.exceptions.keys(), "answered")
    standings |= {question.id: "open" for question in decisions.open}
    listed = [question for question in decisions.questions.values() if question.id not in decisions.later]
    ordered = sorted(listed, key=lambda question: ranks[standings[question.id]])
    shown = (_inquiry(file, question, standings[question.id]) for question in islice(ordered, limit))
    return Listing(items=tuple(shown), total=len(ordered))


def _later(file: Changeset, limit: int | None) -> Listing[Later]:
    """What is asked once other questions are answered."""
    decisions = file.decisions
    shown = (
        Later(question=decisions.questions[id_], after=first) for id_, first in islice(decisions.later.items(), limit)
    )
    return Listing(items=tuple(shown), total=len(decisions.later))


def _proposals(file: Changeset, limit: int | None) -> Listing[Offer]:
    """What waits for somebody first, then the others, each in the order of the file."""
    waiting = {one.digest for one in file.decisions.proposed}
    ordered = sorted(file.decisions.proposals.made, key=lambda one: one.digest not in waiting)
    return Listing(items=tuple(offer(one, file) for one in islice(ordered, limit)), total=len(ordered))


def _inquiry(file: Changeset, question: Question, standing: Standing) -> Inquiry:
    waiting = sum(1 for _ in file.decisions.undecided(question)) if standing == "open" else 0
    answer, contradicting = file.decisions.answers.get(question.id), file.decisions.contradicting(question.id)
    return Inquiry(
        standing=standing,
        text=sentence(question, waiting, contradicting),
        waiting=waiting,
        question=question,
        options=tuple(options(question)) if standing == "open" else (),
        commands=tuple(commands(question, file.path)) if standing == "open" else (),
        answer=answer,
        answer_text=answer_text(answer) if answer else None,
        contradicting=contradicting,
        exceptions=_listing(list(file.decisions.exceptions.get(question.id, {}).values()), _EXCEPTIONS),
    )


def _listing(items: Sequence[_T], limit: int | None) -> Listing[_T]:
    return Listing(items=tuple(items[:limit]), total=len(items))
