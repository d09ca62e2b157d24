"""The function `propose`: what an assistant suggests is recorded, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from bake.app.actor import now
from bake.app.amend import AmendedOperations
from bake.app.answering.state import state_of
from bake.app.columns import view_of
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import deciding
from bake.app.project import Project
from bake.app.results import ProposeResult
from bake.changeset.events import Proposed, ProposedAmendment
from bake.changeset.file import Changeset
from bake.changeset.model import Evidence
from bake.changeset.place import ChangesetLike
from bake.changeset.writing import append
from bake.commands import command
from bake.compiler.answers.check_answer import check_answer, with_tokens
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.reading.column_answers import assigned
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer
from bake.resolution.proposal import Proposal, proposed_answer


def propose(project: Project, changeset: ChangesetLike, proposals: Iterable[Proposal]) -> ProposeResult:
    """Offer answers and amendments: those that would fit are recorded, and wait until a person accepts them.

    What was offered already by the same program, and still waits, is not recorded again.

    Args:
        project: whose database and catalog they are checked against.
        changeset: the changeset, or its path.
        proposals: what is offered; several may be about one question.

    Raises:
        Interrupted: it was cancelled; the message says how much was recorded.
        UsageError: there is no such changeset, or it has been applied.
        InvalidAnswers: some do not fit: the problems list those, and the others were recorded.
        DamagedChangeset: the changeset is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    offered = list(proposals)
    with deciding(project, changeset) as file:
        with stoppable(recorded(file)):
            offers = _offers(project, file, offered)
        stamped = [structs.replace(event, by=project.actor, at=now()) for event in offers.new]
        after = append(file, *stamped) if stamped else file
    new = after.decisions.proposals.made[len(file.decisions.proposals.made) :]
    if offers.problems:
        raise InvalidAnswers(
            f"{len(offered) - offers.refused} of {len(offered)} proposals were recorded; the others do not fit",
            problems=offers.problems,
            hint=f"{command('changeset', 'show', after.path)} shows the questions, and what fits",
        )
    return ProposeResult(after, new, tuple(offers.warnings))


def _offers(project: Project, file: Changeset, proposals: Sequence[Proposal]) -> _Offers:
    amends = any(proposal.set_ for proposal in proposals)
    about = {operation.entity for operation in file.operations()} & project.catalog.entities.keys() if amends else ()
    with project.connect() as database, database.reading() as connection, project.finding(connection):
        snapshot = CachingSnapshot(DatabaseSnapshot(connection, project.catalog))
        offers = _Offers(project, file, state_of(project, snapshot, file, about=about))
        for proposal in proposals:
            offers.add(proposal)
    return offers


class _Offers:
    """The proposals that fit, and what is wrong with the others."""

    def __init__(self, project: Project, file: Changeset, state: ResolutionState) -> None:
        self._project = project
        self._file = file
        self._state = state
        self._known = {_offered(event) for event in file.decisions.proposed}
        self.new: list[Proposed] = []
        self.warnings: list[str] = []
        self.problems: list[Problem] = []
        self.refused = 0

    def add(self, proposal: Proposal) -> None:
        """Check one."""
        before = len(self.problems)
        confidence, said = proposal.confidence, tuple(one.confidence for one in proposal.evidence)
        if any(one is not None and not 0 <= one <= 1 for one in (confidence, *said)):
            self.problems.append(Problem("a confidence is a number from 0 to 1"))
        if not proposal.model.strip():
            self.problems.append(Problem("a proposal names the model that makes it"))
        blank = Proposed(
            by="",
            at="",
            prev="",
            model=proposal.model,
            reason=proposal.reason or None,
            confidence=confidence,
            evidence=tuple(self._shown(proposal.evidence)),
        )
        events = list(self._events(blank, proposal))
        if len(self.problems) > before:
            self.refused += 1
            return
        for event in events:
            if (mark := _offered(event)) not in self._known:
                self._known.add(mark)
                self.new.append(event)

    def _shown(self, given: Sequence[Evidence]) -> Iterator[Evidence]:
        """The evidence that may stand in a changeset: in a catalog with sensitive fields, without what it quotes."""
        if not self._project.catalog.has_sensitive:
            yield from given
            return
        yield from (structs.replace(one, quote=None) for one in given if one.source or one.url)

    def _events(self, blank: Proposed, proposal: Proposal) -> Iterator[Proposed]:
        if proposal.answer is not None:
            yield from self._answer(blank, proposal.answer)
        work = AmendedOperations(self._file, self._state)
        work.sets(proposal.set_)
        work.drops(proposal.drop, proposal.reason)
        self.problems += work.problems
        self.warnings += work.warnings
        for n, patch in work.patches():
            yield structs.replace(blank, amendment=ProposedAmendment(operation=n, patch=patch))
        if proposal.answer is None and not proposal.set_ and not proposal.drop:
            self.problems.append(Problem("this proposes nothing: neither an answer nor a change of an operation"))

    def _answer(self, blank: Proposed, answer: Answer) -> Iterator[Proposed]:
        if answer.question not in {question.id for question in self._file.decisions.pending}:
            self.problems.append(Problem(f"{answer.question} is no open question of {self._file.path.name}"))
            return
        try:
            self.warnings += [f"{answer.question}: {warning}" for warning in self._checked(answer)]
        except InvalidAnswers as error:
            self.problems += error.problems
            return
        question = self._state.decisions.questions[answer.question]
        yield structs.replace(blank, answer=proposed_answer(with_tokens(answer, question, self._state.catalog)))

    def _checked(self, answer: Answer) -> Sequence[str]:
        """The warnings about an answer that fits.

        Raises:
            InvalidAnswers: it does not fit.
        """
        asked = self._file.decisions.asked_columns
        if asked is not None and answer.question == asked.id and answer.choice == "choose":
            assigned(asked, self._project.catalog, view_of(self._project, self._file, asked), answer)
            return ()
        return check_answer(answer, self._state).warnings


def _offered(event: Proposed) -> str:
    """What tells one proposal from another."""
    return repr((event.model, event.answer, event.amendment))
