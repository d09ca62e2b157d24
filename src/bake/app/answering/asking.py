"""One question of a changeset with all that is needed to answer it: for whoever asks one at a time, as a web page does.

Nothing is kept between two questions: what was answered stands in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bake.app.answering.question_facts import earlier_answer, falls, operation_now, waiting_operations
from bake.app.answering.short_transaction_snapshot import ShortTransactionSnapshot
from bake.app.answering.state import state_of
from bake.app.columns import view_of
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import unapplied
from bake.app.project import Project
from bake.changeset.file import Changeset
from bake.changeset.place import ChangesetLike
from bake.changeset.runs import count
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.questions.question_prompts import prompt_of
from bake.compiler.reading.column_answers import columns_prompt
from bake.errors import UsageError
from bake.renderer.sentences import sentence
from bake.resolution.resolver import Progress, Prompt
from bake.resolution.similar_questions import similar_questions


@dataclass(frozen=True)
class AskedQuestion:
    """A question that is asked.

    Attributes:
        changeset: as it was read; its `head` says what was known when the question was asked.
        prompt: the question, with all that is needed to answer it.
        order: the ids of all questions that are asked now or have an answer, in the order in which they are asked.
        open: those of them that have no answer yet.
    """

    changeset: Changeset
    prompt: Prompt
    order: tuple[str, ...]
    open: tuple[str, ...]


@contextmanager
def asking(
    project: Project, changeset: ChangesetLike, question: str | None = None, *, operation: int | None = None
) -> Iterator[AskedQuestion | None]:
    """Ask one question; until the end of the block its `search` finds rows. The answer is for `bake.resolve`.

    Args:
        project: whose database and catalog.
        changeset: the changeset, or its path.
        question: the id of the question; by default the first that is open.
        operation: the only operation that is asked about.

    Yields:
        The question; None if none was named and none is open.

    Raises:
        Interrupted: it was cancelled.
        UsageError: there is no such changeset or question, or the changeset has been applied.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    file = unapplied(project, changeset)
    if (columns := file.decisions.asked_columns) is not None and question in (None, columns.id):
        prompt = columns_prompt(columns, project.catalog, view_of(project, file, columns), sentence(columns, 0))
        yield AskedQuestion(file, prompt, (columns.id,), (columns.id,))
        return
    with stoppable(recorded(file)), project.connect() as database:
        snapshot = ShortTransactionSnapshot(database, project.catalog)
        revising = file.decisions.answers.keys() & {question}
        state = state_of(project, snapshot, file, revising=revising)
        yield _asked(file, state, question, operation)


def _asked(
    file: Changeset, state: ResolutionState, question: str | None, operation: int | None
) -> AskedQuestion | None:
    decisions = file.decisions
    first = [one.id for one in state.ordered()]
    if question is None and not first:
        return None
    order = _order(state)
    wanted = question or first[0]
    if wanted not in order:
        raise UsageError(f"{file.path.name} asks no question {wanted}, or not any more")
    item = decisions.questions[wanted]
    waiting = 0 if operation is not None else count(item.asked_by)
    text = sentence(item, waiting, decisions.contradicting(wanted))
    prompt = replace(
        prompt_of(item, state, text, operation_now(file, operation)),
        progress=Progress(order.index(wanted) + 1, len(order), waiting_operations(decisions, decisions.open)),
        alike=tuple(similar_questions(item, state.ordered())),
        falls=lambda: falls(file, wanted, operation),
        earlier=earlier_answer(decisions, wanted, operation),
    )
    return AskedQuestion(file, prompt, order, tuple(first))


def _order(state: ResolutionState) -> tuple[str, ...]:
    """The questions that are open or have an answer, about an entity after those that it refers to."""
    decisions = state.decisions
    asked = {question.id for question in decisions.open} | decisions.answers.keys() | decisions.exceptions.keys()
    return tuple(one.id for one in state.in_order(q for q in decisions.questions.values() if q.id in asked))
