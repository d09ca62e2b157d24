"""What answers entail, as an event (`bake.compiler.answers.entailment`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bake.changeset.decisions import Decisions
from bake.changeset.events import Answered, Asked, Derived, Entailed, Merged, Withdrawn
from bake.changeset.file import Changeset
from bake.changeset.fold import decide
from bake.changeset.model import Create, Skip, Update
from bake.changeset.pointers import is_undecided
from bake.changeset.runs import numbers
from bake.compiler.answers.entailment import Decided, Entailment
from bake.compiler.answers.resolution_state import ResolutionState
from bake.renderer.words import warned_of

#: How many warnings are told one by one.
_TOLD = 10


def entailed_by(
    file: Changeset, state: ResolutionState, events: Sequence[Asked | Answered | Withdrawn]
) -> Derived | None:
    """What answers entail for the operations that wait for nothing any more because of them; None if nothing.

    Args:
        file: the changeset without these answers.
        state: its resolution state, to read the database by.
        events: the answers, which are to be written after those of the file.
    """
    answered = {event.question for event in events if isinstance(event, Answered) and event.choice != "skip"}
    asking = _asking(state.decisions, answered)
    if not asking:
        return None
    decisions = decide(file.total, file.questions, (*file.events, *events), file.operations)
    return _entailed(file, state, decisions, asking)


def entailed_by_merge(file: Changeset, state: ResolutionState) -> Derived | None:
    """What the answers of two versions that were merged entail together, and neither did alone; None if nothing."""
    decisions = file.decisions
    return _entailed(file, state, decisions, _asking(decisions, {*decisions.answers, *decisions.exceptions}))


def was_merged(file: Changeset) -> bool:
    """Whether a changeset has answers of several versions."""
    return any(isinstance(event, Merged) for event in file.events)


def _asking(decisions: Decisions, questions: Iterable[str]) -> set[int]:
    """The operations that ask any of these questions."""
    known = (decisions.questions[id_] for id_ in questions if id_ in decisions.questions)
    return {n for question in known for n in numbers(question.asked_by)}


def _entailed(file: Changeset, state: ResolutionState, decisions: Decisions, asking: set[int]) -> Derived | None:
    decided: dict[str, list[Decided]] = {}
    for operation in file.numbered(sorted(asking)):
        if not isinstance(bare := decisions.bare(operation), Skip):
            now = decisions.effective(operation)
            if isinstance(now, Create | Update) and not is_undecided(now.needs):
                decided.setdefault(now.entity, []).append(Decided(bare, now, now.n in decisions.derived))
    entailment = Entailment(state.known, strict=file.header.strict, taken=_asked_otherwise(decisions))
    rivalries = {id_ for id_ in decisions.derived_questions if decisions.questions[id_].kind == "duplicate"}
    found: dict[int, Entailed] = {}
    for entity, those in decided.items():
        item, nested = state.catalog.entities[entity], state.catalog.numbered.get(entity)
        others = state.claims.compared_with(item, nested, [one.now for one in those], decisions)
        changes = (now for now in map(decisions.effective, others) if not isinstance(now, Skip))
        found |= entailment.of(item, those, (now for now in changes if not is_undecided(now.needs, rivalries)))
    asked = entailment.questions
    if asked:
        open_ = {(question.id, question.asked_by) for question in decisions.open}
        asked = [question for question in asked if (question.id, question.asked_by) not in open_]
    found = {n: decisions.derived.get(n, Entailed()) for question in asked for n in numbers(question.asked_by)} | found
    return Derived(by="", at="", prev="", operations=found, questions=tuple(asked)) if found else None


def _asked_otherwise(decisions: Decisions) -> Iterator[str]:
    """The questions whose ids are taken: all but those that answers entailed and that are moot, or ask rivals."""
    open_ = {question.id for question in decisions.open if question.kind == "duplicate"}
    for id_ in decisions.questions:
        asking = decisions.derived_questions.get(id_, ())
        if not asking or (id_ not in open_ and all(n in decisions.derived for n in asking)):
            yield id_


def entailed_warnings(event: Derived | None) -> list[str]:
    """What is warned of now, in sentences."""
    return [warned_of(n, one) for n, entailed in event.operations.items() for one in entailed.warnings] if event else []


def entailed_remarks(file: Changeset) -> tuple[str, ...]:
    """Sentences on what looks wrong only since questions were answered: the first few, and how many more there are."""
    derived = file.decisions.derived
    told = [
        warned_of(now.n, warning)
        for now in (file.decisions.effective(one) for one in (file.operations() if derived else ()) if one.n in derived)
        if not isinstance(now, Skip)
        for warning in derived[now.n].warnings
        if warning in now.warnings
    ]
    more = (f"{len(told) - _TOLD:,} more operations look wrong",) if len(told) > _TOLD else ()
    return (*told[:_TOLD], *more)
