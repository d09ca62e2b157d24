"""Answer questions right after a build without asking: with remembered answers, or by creating missing rows.

A question for a missing row of an entity that may be created, by the first line that applies:

the source gives no name                                          stays open (`NO_NAME`)
its lookup equals, in the normal form, one that created a row     answered with that row
the question has candidates                                       stays open (`CANDIDATES`)
its lookup equals, in the loose form, one that created a row      stays open (`CANDIDATES`)
a new row needs values that the source does not have              stays open (`INCOMPLETE`)
otherwise                                                         answered with a new row
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from enum import Enum

from bake.app.answering.answer_session import AnswerSession
from bake.app.answering.state import state_of
from bake.app.project import Project
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Catalog
from bake.catalog.names import letters, loose_form, normal_form
from bake.catalog.values import Json
from bake.changeset.events import Asked
from bake.changeset.file import Changeset
from bake.changeset.model import Key, Question
from bake.compiler.answers.answer_prefetch import prefetch
from bake.compiler.answers.check_answer import Accepted, check_answer
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.snapshot import Snapshot
from bake.errors import InvalidAnswers, UsageError
from bake.resolution.answers import Answer
from bake.resolution.selectors import texts

#: The origin noted with answers that create rows without asking.
AUTO_CREATE = "auto-create"
#: The kinds of questions that a new row can answer.
_OF_ROWS = ("missing", "ambiguous")


class Reason(Enum):
    """Why no row was created for a question."""

    NO_NAME = "the source gives no name"
    CANDIDATES = "there are similar rows"
    INCOMPLETE = "a new row needs more than the source says"


def entities_of(catalog: Catalog, names: Sequence[str]) -> frozenset[str]:
    """Parse the names of the entities whose rows may be created without asking.

    Args:
        catalog: describes the entities.
        names: texts as typed, each one name or several separated by commas.

    Raises:
        UsageError: the catalog has no entity of a name.
    """
    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in catalog.entities:
            near = get_close_matches(name, catalog.entities, n=1)
            expected = f"did you mean {near[0]}?" if near else f"expected of {', '.join(catalog.entities)}"
            raise UsageError(f"the catalog {catalog.name} has no {name!r} to create", hint=expected)
    return frozenset(wanted)


def auto_resolved(
    project: Project,
    snapshot: Snapshot,
    file: Changeset,
    answers: Sequence[Answer],
    auto_create: Collection[str],
    tell: Callable[[str], None],
) -> Changeset:
    """Record remembered answers in a changeset, and answers that create the missing rows of some entities.

    Args:
        project: the project with the catalog and the actor.
        snapshot: the rows of the database.
        file: the changeset, just built.
        answers: remembered answers; those that are not valid for their question are ignored.
        auto_create: the entities whose missing rows are created.
        tell: called for each entity with a line that says for how many questions no row was created, and why.

    Returns:
        The changeset with the answers that were recorded.
    """
    pending = {question.id for question in file.decisions.pending}
    wanted = [answer for answer in answers if answer.question in pending]
    if not wanted and not (auto_create and pending):
        return file
    session = AnswerSession(state_of(project, CachingSnapshot(snapshot), file))
    session.take(wanted)
    creation = _Creation(session, auto_create)
    while creation.go():
        pass
    for line in creation.left():
        tell(line)
    return session.written(file, project.actor)


class _Creation:
    """Answers questions for missing rows, with one new row for all spellings of a name (see the table above)."""

    def __init__(self, session: AnswerSession, entities: Collection[str]) -> None:
        self._session = session
        self._entities = entities
        self._created: dict[tuple[str, Frozen], Key] = {}
        self._alike: set[tuple[str, Frozen]] = set()
        self._left: dict[str, tuple[str, Reason]] = {}

    def go(self) -> bool:
        """Go through the questions that are not decided once, those that are asked later included.

        Returns:
            Whether any was answered. That may have opened further questions, so the caller should call this again.
        """
        before = self._session.taken
        asked = [q for q in self._session.state.pending() if q.entity in self._entities and q.kind in _OF_ROWS]
        prefetch(self._session.state, [_new(question) for question in asked if not question.candidates])
        for question in asked:
            reason = self._one(question)
            self._left.pop(question.id, None)
            if reason:
                self._left[question.id] = (question.entity, reason)
        return self._session.taken > before

    def left(self) -> list[str]:
        """For each entity, a line that says for how many questions no row was created, and why."""
        lines = []
        for entity in dict.fromkeys(entity for entity, _ in self._left.values()):
            counts = Counter(reason for one, reason in self._left.values() if one == entity)
            several = ": " + ", ".join(f"{count:,} because {reason.value}" for reason, count in counts.items())
            why = several if len(counts) > 1 else f", because {next(iter(counts)).value}"
            lines.append(f"{AUTO_CREATE}: {entity}: {counts.total():,} not created{why}")
        return lines

    def _one(self, question: Question) -> Reason | None:
        """Answer one question, or return the reason why it stays open."""
        lookup = question.lookup or {}
        if not any(letters(text) for text in texts(lookup)):
            return Reason.NO_NAME
        same, alike = ((question.entity, frozen(_in_form(lookup, form))) for form in (normal_form, loose_form))
        if key := self._created.get(same):
            self._session.take([Answer(question.id, "map", key=key, origin=AUTO_CREATE)])
            return None
        if question.candidates or alike in self._alike:
            return Reason.CANDIDATES
        accepted = _creation(question, self._session.state, self._entities)
        if accepted is None:
            return Reason.INCOMPLETE
        self._session.accept(question.id, accepted)
        answered = self._session.state.decisions.answers[question.id]
        self._created[same] = answered.key or {}
        self._alike.add(alike)
        return None


def _in_form(lookup: Key, form: Callable[[str], str]) -> Key:
    """Apply a function such as `normal_form` to all texts of a lookup, nested ones included."""
    return {name: _part_in_form(part, form) for name, part in lookup.items()}


def _part_in_form(part: Json, form: Callable[[str], str]) -> Json:
    match part:
        case dict():
            return _in_form(part, form)
        case str():
            return form(part)
        case _:
            return part


def _creation(question: Question, state: ResolutionState, entities: Collection[str]) -> Accepted | None:
    """Check the answer that creates a row from the source's values.

    Returns:
        The accepted answer; None if it is not valid, or would open questions other than for missing rows of `entities`.
    """
    try:
        accepted = check_answer(_new(question), state)
    except InvalidAnswers:
        return None
    asked = [event.question for event in accepted.events if isinstance(event, Asked)]
    return accepted if all(further.entity in entities and further.kind == "missing" for further in asked) else None


def _new(question: Question) -> Answer:
    """The answer that creates a missing row from the source's values."""
    return Answer(question.id, "create", origin=AUTO_CREATE)
