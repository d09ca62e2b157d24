"""A changeset file to a document: what every format shows, in its order, with no more of it held than is shown.

The operations stream past once; those that are shown are kept, the rest only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bake.changeset.events import Proposed
from bake.changeset.file import Changeset
from bake.changeset.model import Question
from bake.renderer.document_builder import Gathering, noticed
from bake.renderer.document_parts import Document, Heading, Inquiry, Later, Listing, Offer, Standing
from bake.renderer.proposals import offer
from bake.renderer.selection import FIRST_PAGE, Selection
from bake.renderer.sentences import answer_text, commands, options, sentence
from bake.renderer.state import comparison, state

#: How many of the answers for one operation each are held of a decision.
_EXCEPTIONS = 6
_T = TypeVar("_T")
_S = TypeVar("_S")


def document(file: Changeset, selected: Selection = FIRST_PAGE) -> Document:
    """What is to be shown of a changeset.

    Args:
        file: as it was read, damaged or not.
        selected: what of it; the counts, and its state, are of all of it.
    """
    gathering = Gathering(selected.end, selected)
    for operation in file.effective():
        gathering.add(operation)
    return gathered(file, gathering, selected)


def gathered(file: Changeset, gathering: Gathering, selected: Selection) -> Document:
    """The document of a changeset whose operations have streamed past."""
    skips = [one for one in gathering.skips() if selected.has("skips") and selected.is_about(one.entity)]
    return Document(
        heading=_heading(file),
        state=state(file, gathering.changes, selected.limit),
        summary=gathering.summary(),
        warnings=gathering.warnings.listing(),
        questions=_questions(file, selected),
        later=_later(file, selected),
        proposals=_proposals(file, selected),
        operations=gathering.operations.listing(),
        skips=_listing(skips, selected, lambda one: one),
        notices=noticed(file, selected),
    )


def _heading(file: Changeset) -> Heading:
    path = str(file.path).encode("utf-8", "backslashreplace").decode()  # a path may be no text at all
    return Heading(path=path, header=file.header, digest=file.digest, comparison=comparison(file.header))


def _questions(file: Changeset, selected: Selection) -> Listing[Inquiry]:
    """Open ones first, then those that were answered, then those that need no answer any more."""
    decisions = file.decisions
    ranks: dict[Standing, int] = {"open": 0, "answered": 1, "moot": 2}
    standings: dict[str, Standing] = dict.fromkeys(decisions.questions, "moot")
    standings |= dict.fromkeys(decisions.answers.keys() | decisions.exceptions.keys(), "answered")
    standings |= {question.id: "open" for question in decisions.open}
    listed = [one for one in _shown(decisions.questions.values(), selected) if one.id not in decisions.later]
    ordered = sorted(listed, key=lambda question: ranks[standings[question.id]])
    return _listing(ordered, selected, lambda question: _inquiry(file, question, standings[question.id]))


def _later(file: Changeset, selected: Selection) -> Listing[Later]:
    """What is asked once other questions are answered."""
    decisions = file.decisions
    listed = _shown((decisions.questions[id_] for id_ in decisions.later), selected)
    return _listing(listed, selected, lambda one: Later(question=one, after=decisions.later[one.id]))


def _shown(questions: Iterable[Question], selected: Selection) -> list[Question]:
    return [one for one in questions if selected.has("questions") and selected.has_question(one)]


def _proposals(file: Changeset, selected: Selection) -> Listing[Offer]:
    """What waits for somebody first, then the others, each in the order of the file."""
    waiting = {one.digest for one in file.decisions.proposed}
    listed = [one for one in file.decisions.proposals.made if _has_proposal(one, file, selected)]
    ordered = sorted(listed, key=lambda one: one.digest not in waiting)
    return _listing(ordered, selected, lambda one: offer(one, file))


def _has_proposal(proposal: Proposed, file: Changeset, selected: Selection) -> bool:
    """Whether a proposal is shown; of an entity or a row are those that answer a question about it."""
    if not selected.has("proposals") or not selected.is_of_rows:
        return selected.has("proposals")
    asked = file.decisions.questions.get(proposal.answer.question) if proposal.answer else None
    return asked is not None and selected.has_question(asked)


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
        exceptions=_first(list(file.decisions.exceptions.get(question.id, {}).values()), _EXCEPTIONS),
    )


def _first(items: Sequence[_T], limit: int) -> Listing[_T]:
    return Listing(items=tuple(items[:limit]), total=len(items))


def _listing(items: Sequence[_T], selected: Selection, shown: Callable[[_T], _S]) -> Listing[_S]:
    """The items on the page, as they are shown."""
    page = items[selected.before : selected.end]
    return Listing(items=tuple(map(shown, page)), before=selected.before, total=len(items))
