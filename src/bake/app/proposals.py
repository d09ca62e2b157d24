"""Decisions on proposals, which have no effect until they are accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from bake.app.actor import now
from bake.app.answering.answer_session import AnswerSession
from bake.app.answering.column_resolution import answer_columns
from bake.app.answering.state import state_of
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import deciding, unapplied
from bake.app.policy import POLICY, is_accepted, policy_of
from bake.app.project import Project
from bake.app.results import SettleResult
from bake.changeset.amendment import Unfit, amended
from bake.changeset.events import Amended, Answered, Event, Proposed, ProposedAmendment, Rejected
from bake.changeset.file import Changeset
from bake.changeset.model import Operation
from bake.changeset.place import ChangesetLike
from bake.changeset.proposals import proposal_id
from bake.changeset.writing import append
from bake.commands import command
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import InvalidAnswers, Problem, UsageError
from bake.renderer.proposals import proposal_lines
from bake.resolution.answers import Answer
from bake.resolution.proposal import Decision, Reviewer, accepted_answer


def settle_proposals(
    project: Project,
    changeset: ChangesetLike,
    *,
    accept: Sequence[str] = (),
    reject: Sequence[str] = (),
    reason: str | None = None,
    source: Path | None = None,
) -> SettleResult:
    """Accept or reject proposals. An accepted one becomes an answer or an amendment of the actor, checked like others.

    A proposal about the columns of the source can only be accepted alone: the changeset is then built again.

    Args:
        project: the project; its actor decides.
        changeset: the changeset, or its path.
        accept: the names of proposals (`p` and digits of their digest), as `show` prints them; `all` for all undecided
            ones.
        reject: as `accept`.
        reason: why they are rejected, for people.
        source: the path of the source, if it was moved; only needed for proposals about its columns.

    Raises:
        Interrupted: it was cancelled; the message says how much was recorded.
        UsageError: there is no such changeset, or it has been applied.
        InvalidAnswers: a name means no undecided proposal, and nothing was recorded; or some accepted proposals do not
            fit any more: the problems list them, and the others were recorded.
        DamagedChangeset: the changeset is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    with deciding(project, changeset) as file:
        taken, left = _named(file, accept), _named(file, reject)
        if both := {one.digest for one in taken} & {one.digest for one in left}:
            names = ", ".join(proposal_id(one) for one in taken if one.digest in both)
            raise InvalidAnswers(f"{names}: both accepted and rejected; nothing was recorded")
        if columns := _column_answer(file, taken):
            return SettleResult(answer_columns(project, file, [columns], source=source).changeset, 1, len(left))
        with stoppable(recorded(file)):
            events, problems = _accepted_events(project, file, taken)
        rejections: list[Event] = [
            Rejected(by="", at="", prev="", proposal=one.digest, reason=reason or None) for one in left
        ]
        stamped = [structs.replace(event, by=project.actor, at=now()) for event in [*rejections, *events]]
        after = append(file, *stamped) if stamped else file
    done = {event.proposal for event in events if isinstance(event, Answered | Amended)}
    if problems:
        raise InvalidAnswers(
            f"{len(done)} of {len(taken)} proposals were accepted; the others do not fit",
            problems=problems,
            hint=f"{command('changeset', 'resolve', after.path)} --proposals lists those that wait",
        )
    return SettleResult(after, len(done), len(left))


def accept_by_policy(project: Project, changeset: ChangesetLike) -> SettleResult:
    """Accept the proposals that rules of the project's policy accept (`accept = true`); the others wait for a person.

    Args:
        project: as of `settle_proposals`; it has a policy.
        changeset: the changeset, or its path.

    Raises:
        UsageError: it has none; or as `settle_proposals`.
        InvalidAnswers, DamagedChangeset, DatabaseUnavailable: as `settle_proposals`.
    """
    policy = policy_of(project)
    if policy is None:
        raise UsageError(f"no {POLICY} says which proposals to accept", hint="docs/reference/policy.md says how to")
    file = unapplied(project, changeset)
    accepted = 0
    for one in file.decisions.proposed:
        if _column_answer(file, [one]):
            continue  # it changes no field
        events, problems = _accepted_events(project, file, [one])
        after = replace(file, events=(*file.events, *events))
        if not problems and is_accepted(policy, file, after, project.actor):
            file = settle_proposals(project, file, accept=[proposal_id(one)]).changeset
            accepted += 1
    return SettleResult(file, accepted, 0)


def review_proposals(project: Project, changeset: ChangesetLike, reviewer: Reviewer) -> SettleResult:
    """Put the proposals that wait to somebody, one at a time; each decision is recorded at once.

    Args:
        project: as of `settle_proposals`.
        changeset: the changeset, or its path.
        reviewer: decides.

    Raises:
        InvalidAnswers: what was accepted does not fit any more.
        UsageError, DamagedChangeset, DatabaseUnavailable: as `settle_proposals`.
    """
    file = unapplied(project, changeset)
    accepted = rejected = 0
    for one in file.decisions.proposed:
        if one.digest not in {other.digest for other in file.decisions.proposed}:
            continue  # another decision has settled it
        match reviewer.decide(list(proposal_lines(one, file))):
            case Decision.ACCEPT:
                file = settle_proposals(project, file, accept=[proposal_id(one)]).changeset
                accepted += 1
            case Decision.REJECT:
                file = settle_proposals(project, file, reject=[proposal_id(one)]).changeset
                rejected += 1
            case Decision.LATER:
                continue
            case Decision.QUIT:
                break
    return SettleResult(file, accepted, rejected)


def _named(file: Changeset, names: Sequence[str]) -> list[Proposed]:
    """The undecided proposals with these names.

    Raises:
        InvalidAnswers: a name means none, or several.
    """
    waiting = file.decisions.proposed
    if list(names) == ["all"]:
        return list(waiting)
    found: dict[str, Proposed] = {}
    problems = []
    for name in names:
        meant = [one for one in file.decisions.proposals.named(name) if one in waiting]
        if len(meant) == 1:
            found[meant[0].digest] = meant[0]
        else:
            number = "several proposals" if meant else "no proposal that waits"
            problems.append(Problem(f"{name!r} means {number}"))
    if problems:
        raise InvalidAnswers(
            "nothing was recorded",
            problems=problems,
            hint=f"{command('changeset', 'resolve', file.path)} --proposals lists those that wait",
        )
    return list(found.values())


def _column_answer(file: Changeset, taken: Sequence[Proposed]) -> Answer | None:
    """The answer about the columns of the source that one of the accepted proposals gives, if one does.

    Raises:
        InvalidAnswers: another proposal is accepted with it.
    """
    asked = file.decisions.asked_columns
    chosen = [one for one in taken if asked and one.answer and one.answer.question == asked.id]
    answers = [accepted_answer(one.answer, one.digest, "") for one in chosen if one.answer]
    if asked is None or not any(answer.choice == "choose" for answer in answers):
        return None
    if len(taken) > 1:
        raise InvalidAnswers(
            f"{asked.id}: of what the columns are, one proposal can be accepted, and nothing beside it"
        )
    return answers[0]


def _accepted_events(project: Project, file: Changeset, taken: Sequence[Proposed]) -> tuple[list[Event], list[Problem]]:
    """The events of the accepted proposals that still fit, and the problems of the others."""
    answers = [accepted_answer(one.answer, one.digest, f"proposal {proposal_id(one)}") for one in taken if one.answer]
    events: list[Event] = []
    problems: list[Problem] = []
    if answers:
        with project.connect() as database, database.reading() as connection, project.finding(connection):
            snapshot = CachingSnapshot(DatabaseSnapshot(connection, project.catalog))
            session = AnswerSession(state_of(project, snapshot, file))
            session.take(answers)
            events += session.with_entailed(file)
        problems += session.problems
    changed: dict[int, Operation] = {}
    for one in taken:
        if one.amendment is not None:
            try:
                events.append(_amended(file, one, one.amendment, changed))
            except Unfit as unfit:
                problems.append(Problem(f"{proposal_id(one)}: operation {one.amendment.operation}: {unfit}"))
    return events, problems


def _amended(file: Changeset, one: Proposed, offered: ProposedAmendment, changed: dict[int, Operation]) -> Amended:
    """The event of an accepted amendment.

    Args:
        file: the changeset.
        one: the proposal.
        offered: its amendment.
        changed: by number, the operations that amendments accepted with it have changed; this one is added.

    Raises:
        Unfit: the amendment does not fit the operation.
    """
    operation = changed.get(offered.operation) or file.bare(offered.operation)
    if operation is None:
        raise Unfit("there is no such operation")
    changed[offered.operation] = amended(operation, offered.patch)
    return Amended(
        by="",
        at="",
        prev="",
        operation=offered.operation,
        patch=offered.patch,
        reason=one.reason,
        proposal=one.digest,
    )
