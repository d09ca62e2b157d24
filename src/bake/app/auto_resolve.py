"""What is answered right after a build without anybody being asked: by memory, or by creating what is lacking."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from bake.app.answer_session import AnswerSession
from bake.app.project import Project
from bake.app.resolve import standing_of
from bake.catalog.model import Catalog
from bake.catalog.names import letters
from bake.changeset.file import ChangesetFile
from bake.changeset.model import Asked, Question
from bake.compiler.answer_prefetch import prefetch
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.check_answer import Accepted, check_answer
from bake.compiler.resolution_state import ResolutionState
from bake.compiler.snapshot import Snapshot
from bake.errors import InvalidAnswers, UsageError
from bake.resolution.answers import Answer
from bake.resolution.selectors import texts

AUTO_CREATE = "auto-create"


def entities_of(catalog: Catalog, names: Sequence[str]) -> frozenset[str]:
    """The entities whose rows may be created without asking.

    Args:
        catalog: the entities.
        names: as typed; each may be several, with commas between.

    Raises:
        UsageError: the catalog does not have one of them.
    """
    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in catalog.entities:
            near = get_close_matches(name, catalog.entities, n=1)
            expected = f"did you mean {near[0]}?" if near else f"expected of {', '.join(catalog.entities)}"
            raise UsageError(f"the catalog {catalog.name} has no {name!r} to create", hint=expected)
    return frozenset(wanted)


def auto_resolved(
    project: Project, snapshot: Snapshot, file: ChangesetFile, answers: Sequence[Answer], auto_create: Collection[str]
) -> ChangesetFile:
    """The changeset with these answers, as far as they fit, and with new rows for what is missing of some entities.

    Args:
        project: whose catalog.
        snapshot: the rows of the database.
        file: the changeset, just built.
        answers: those that are remembered.
        auto_create: the entities whose rows are created; only where all that they need is known.
    """
    open_ = {question.id for question in file.decisions.open}
    wanted = [answer for answer in answers if answer.question in open_]
    if not wanted and not (auto_create and open_):
        return file
    session = AnswerSession(standing_of(project, CachingSnapshot(snapshot), file))
    session.take(wanted)
    while _create_missing(session, auto_create):
        pass
    return session.written(file)


def _create_missing(session: AnswerSession, entities: Collection[str]) -> bool:
    """Go once through what is open, and say whether anything was created: that may have opened further questions."""
    before = session.taken
    wanted = [
        question
        for question in session.state.ordered()
        if question.entity in entities and question.kind == "missing" and _names_something(question)
    ]
    prefetch(session.state, [_new(question) for question in wanted])
    for question in wanted:
        accepted = _creation(question, session.state, entities)
        if accepted:
            session.accept(question.id, accepted)
    return session.taken > before


def _creation(question: Question, state: ResolutionState, entities: Collection[str]) -> Accepted | None:
    """A new row of what the source says, if it needs nothing else; what it refers to is created too, or is there."""
    try:
        accepted = check_answer(_new(question), state)
    except InvalidAnswers:
        return None
    asked = [event.question for event in accepted.events if isinstance(event, Asked)]
    return accepted if all(further.entity in entities and further.kind == "missing" for further in asked) else None


def _new(question: Question) -> Answer:
    """The answer that what is missing be created, of what the source says."""
    return Answer(question.id, "create", origin=AUTO_CREATE)


def _names_something(question: Question) -> bool:
    """Whether the source gives a name; white space, marks and emoji alone are none."""
    return any(letters(text) for text in texts(question.lookup or {}))
