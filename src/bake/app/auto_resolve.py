"""What is answered right after a build without anybody being asked: by memory, or by creating what is lacking.

of a row that is missing, and may be created               what is done
the source gives no name                                   asked: no name
rows are like it                                           asked: candidates
its lookup has the normal form of one created here         that row
its lookup has the loose form of one created here          asked: candidates
a new row needs more than the source says                  asked: incomplete
otherwise                                                  a new row
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from enum import Enum

from bake.app.answer_session import AnswerSession
from bake.app.project import Project
from bake.app.resolve import standing_of
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Catalog
from bake.catalog.names import letters, loose_form, normal_form
from bake.catalog.values import Json
from bake.changeset.file import Changeset
from bake.changeset.model import Asked, Key, Question
from bake.compiler.answer_prefetch import prefetch
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.check_answer import Accepted, check_answer
from bake.compiler.resolution_state import ResolutionState
from bake.compiler.snapshot import Snapshot
from bake.errors import InvalidAnswers, UsageError
from bake.resolution.answers import Answer
from bake.resolution.selectors import texts

AUTO_CREATE = "auto-create"
_OF_ROWS = ("missing", "ambiguous")


class Reason(Enum):
    """Why no row was created for a question."""

    NO_NAME = "the source gives no name"
    CANDIDATES = "rows are like it"
    INCOMPLETE = "a new row needs more than the source says"


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
    project: Project,
    snapshot: Snapshot,
    file: Changeset,
    answers: Sequence[Answer],
    auto_create: Collection[str],
    tell: Callable[[str], None],
) -> Changeset:
    """The changeset with these answers, as far as they fit, and with new rows for what is missing of some entities.

    Args:
        project: whose catalog.
        snapshot: the rows of the database.
        file: the changeset, just built.
        answers: those that are remembered.
        auto_create: the entities whose rows are created; only where all that they need is known.
        tell: is told, in a line an entity, for how many questions nothing was created, and why.
    """
    open_ = {question.id for question in file.decisions.open}
    wanted = [answer for answer in answers if answer.question in open_]
    if not wanted and not (auto_create and open_):
        return file
    session = AnswerSession(standing_of(project, CachingSnapshot(snapshot), file))
    session.take(wanted)
    creation = _Creation(session, auto_create)
    while creation.go():
        pass
    for line in creation.left():
        tell(line)
    return session.written(file, project.actor)


class _Creation:
    """Creates what is missing, one row for all spellings that are the same (see the table above)."""

    def __init__(self, session: AnswerSession, entities: Collection[str]) -> None:
        self._session = session
        self._entities = entities
        self._created: dict[tuple[str, Frozen], Key] = {}
        self._alike: set[tuple[str, Frozen]] = set()
        self._left: dict[str, tuple[str, Reason]] = {}

    def go(self) -> bool:
        """Go once through what is open; whether anything was answered, which may have opened further questions."""
        before = self._session.taken
        asked = [q for q in self._session.state.ordered() if q.entity in self._entities and q.kind in _OF_ROWS]
        prefetch(self._session.state, [_new(question) for question in asked if not question.candidates])
        for question in asked:
            reason = self._one(question)
            self._left.pop(question.id, None)
            if reason:
                self._left[question.id] = (question.entity, reason)
        return self._session.taken > before

    def left(self) -> list[str]:
        """For how many questions nothing was created, and why: a line an entity."""
        lines = []
        for entity in dict.fromkeys(entity for entity, _ in self._left.values()):
            counts = Counter(reason for one, reason in self._left.values() if one == entity)
            reasons = ", ".join(f"{count:,} because {reason.value}" for reason, count in counts.items())
            lines.append(f"{AUTO_CREATE}: {entity}: {counts.total():,} not created: {reasons}")
        return lines

    def _one(self, question: Question) -> Reason | None:
        """Answer one question; why not, if nothing is created."""
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
    """A lookup with all its texts in a form."""
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
