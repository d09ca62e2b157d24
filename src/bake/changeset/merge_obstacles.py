"""What keeps two versions of a changeset from being merged: wherever the order of their events would decide something.

    one version has               the other has                          what comes of it
    answers                       answers to other questions             merged
                                  the same answers                       merged; they are one
                                  other answers to the same questions    merged; the questions are open again
    an application                nothing that changes what was done     merged
                                  anything that does                     refused
    an amendment                  amendments of other operations         merged
                                  an amendment of the same operation     refused
                                  an answer that takes away its row      refused
    a proposal                    anything but a seal                    merged; it decides nothing
    an approval                   anything but a seal                    merged; it counts if it is of what comes of it
    a proposal accepted           the same proposal rejected             refused
    a rebase                      answers to what it does not ask        merged
                                  anything else but notes and failures   refused
    a seal, or another build      anything                               refused

Beside these rules, both orders of the events are folded and must come to the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bake.changeset.codec import encode
from bake.changeset.events import (
    Amended,
    Answered,
    Applied,
    Approved,
    Asked,
    Derived,
    Event,
    Failed,
    Merged,
    Proposed,
    Rebased,
    Rejected,
    Withdrawn,
)
from bake.changeset.file import Changeset
from bake.changeset.model import Question
from bake.errors import UsageError

_KEEP_ONE = "keep one version (in a merge: git checkout --ours FILE, or --theirs)"


@dataclass(frozen=True)
class Versions:
    """Two versions of a changeset.

    Attributes:
        ours: the one.
        theirs: the other.
        name: what the changeset is called in messages.
    """

    ours: Changeset
    theirs: Changeset
    name: str

    @cached_property
    def only_ours(self) -> tuple[Event, ...]:
        """The events that only the first one has."""
        return _without(self.ours.events, self.theirs.events)

    @cached_property
    def only_theirs(self) -> tuple[Event, ...]:
        """The events that only the second one has."""
        return _without(self.theirs.events, self.ours.events)

    def reopened(self, merged: Changeset) -> tuple[str, ...]:
        """The ids of the questions to which each version has another answer, in the order of the questions."""
        before = {id_ for file in (self.ours, self.theirs) for id_, _ in file.decisions.contradictions}
        now = {id_ for id_, _ in merged.decisions.contradictions} - before
        return tuple(id_ for id_ in merged.decisions.questions if id_ in now)

    def refuse(self) -> None:
        """See that their events can stand in one file.

        Raises:
            UsageError: they cannot.
        """
        if self.ours.scan.start != self.theirs.scan.start:
            raise self._refused(*self._builds())
        if not (self.only_ours and self.only_theirs):
            return
        self._check_asked()
        for here, there in ((self.only_ours, self.only_theirs), (self.only_theirs, self.only_ours)):
            for event in here:
                match event:
                    case Rebased():
                        self._check_rebased(event, there)
                    case Amended(operation=int() as n):
                        self._check_amended(event, n, there)
                    case Rejected():
                        self._check_rejected(event, there)
                    case _:
                        pass

    def check(self, merged: Changeset) -> None:
        """See that what was applied stands in the merge, and that the order of the events does not matter.

        Raises:
            UsageError: one of that is not so.
        """
        events = (*self.only_ours, *self.only_theirs)
        if not (self.only_ours and self.only_theirs) or all(map(_is_independent, events)):
            return
        orders = ((*self.ours.events, *self.only_theirs), (*self.theirs.events, *self.only_ours))
        one, other = (replace(merged, events=order) for order in orders)
        now = _outcome(one)
        if one.decisions.unfit or other.decisions.unfit or _outcome(other) != now:
            raise self._refused("what comes of their events depends on the order of these", _KEEP_ONE)
        for file, own in ((self.ours, self.only_ours), (self.theirs, self.only_theirs)):
            applied = [event for event in own if isinstance(event, Applied)]
            if applied and _outcome(file) != now:
                raise self._refused(
                    f"one was applied to {applied[0].database} {_who(applied[0])}, and the other decides otherwise",
                    f"what was applied stands: {_KEEP_ONE}; the rest goes into another changeset",
                )

    def _builds(self) -> tuple[str, str]:
        ours, theirs = self.ours.header, self.theirs.header
        if self.ours.built and self.theirs.built and self.ours.built.digest == self.theirs.built.digest:
            return (
                "lines were edited by hand in one of them, and sealed",
                f"{_KEEP_ONE}, the sealed one if the edit is meant, and answer in it what the other one has answered",
            )
        builds = f"one of {ours.built_at} by {ours.built_by}, one of {theirs.built_at} by {theirs.built_by}"
        return f"they are two builds: {builds}", f"{_KEEP_ONE}, and answer what is open in it"

    def _check_asked(self) -> None:
        """See that two questions of one id ask the same; their ids follow from what they ask, cut to six digits."""
        ours, theirs = _asked(self.only_ours), _asked(self.only_theirs)
        for id_ in ours.keys() & theirs.keys():
            if (ours[id_].entity, ours[id_].lookup) != (theirs[id_].entity, theirs[id_].lookup):
                raise self._refused(
                    f"different questions have the id {id_}",
                    f"{_KEEP_ONE}, and answer in it what the other one has answered",
                )

    def _check_rebased(self, event: Rebased, others: Sequence[Event]) -> None:
        """Refuse to merge a rebase with decisions of the other version that it did not take into account."""
        asked = {*event.reopened, *(question.id for question in event.questions)}
        for other in others:
            match other:
                case Rebased():
                    raise self._refused(
                        f"both were rebased: {_who(event)}, and {_who(other)}",
                        f"{_KEEP_ONE}, and rebase it again: bake changeset rebase FILE",
                    )
                case Answered() if other.question not in asked and not other.revises:
                    continue
                case (
                    Asked()
                    | Derived()
                    | Failed()
                    | Merged()
                    | Approved()
                    | Amended(operation=None)
                    | Proposed()
                    | Rejected()
                ):
                    continue
                case _:
                    raise self._refused(
                        f"one was rebased {_who(event)}, and the other has {_what(other)} that this did not know of",
                        f"{_KEEP_ONE}; of the one without the rebase: bake changeset rebase FILE",
                    )

    def _check_amended(self, event: Amended, n: int, others: Sequence[Event]) -> None:
        maker = f"q{n - self.ours.total}"
        for other in others:
            match other:
                case Amended(operation=m) if m == n:
                    raise self._refused(
                        f"operation {n} is amended in both: {_who(event)}, and {_who(other)}",
                        f"{_KEEP_ONE}, and amend the operation again: bake changeset amend FILE --set {n}/FIELD=VALUE",
                    )
                case Answered(question=id_) | Withdrawn(question=id_) if id_ == maker:
                    raise self._refused(
                        f"the row that an answer to {maker} creates is amended in one ({_who(event)}), and {maker} is "
                        f"answered again in the other ({_who(other)})",
                        _KEEP_ONE,
                    )
                case _:
                    continue

    def _check_rejected(self, event: Rejected, others: Sequence[Event]) -> None:
        for other in others:
            match other:
                case Answered(proposal=name) | Amended(proposal=name) if name == event.proposal:
                    raise self._refused(
                        f"a proposal is rejected in one ({_who(event)}), and accepted in the other ({_who(other)})",
                        _KEEP_ONE,
                    )
                case _:
                    continue

    def _refused(self, why: str, hint: str) -> UsageError:
        return UsageError(f"the two versions of {self.name} cannot be merged: {why}", hint=hint)


def _asked(events: Sequence[Event]) -> dict[str, Question]:
    """The questions that events asked, by id."""
    asked: dict[str, Question] = {}
    for event in events:
        match event:
            case Asked(question=question):
                asked[question.id] = question
            case Rebased(questions=questions) | Derived(questions=questions):
                asked.update((question.id, question) for question in questions)
            case _:
                continue
    return asked


def _is_independent(event: Event) -> bool:
    """Whether an event makes nothing of operations that its place among the others could change."""
    return isinstance(event, Asked | Answered | Withdrawn | Proposed | Rejected | Approved | Failed | Merged) or (
        isinstance(event, Amended) and event.operation is None
    )


def _without(events: Sequence[Event], others: Collection[Event]) -> tuple[Event, ...]:
    known = {event.digest for event in others}
    return tuple(event for event in events if event.digest not in known)


def _who(event: Answered | Withdrawn | Amended | Rejected | Rebased | Applied) -> str:
    return f"{event.at} by {event.by}"


def _what(event: Event) -> str:
    match event:
        case Answered() | Withdrawn():
            return f"an answer to {event.question} ({_who(event)})"
        case Amended():
            return f"an amendment of operation {event.operation} ({_who(event)})"
        case Applied():
            return f"an application to {event.database} ({_who(event)})"
        case _:
            return "an event"


def _outcome(file: Changeset) -> tuple[int, frozenset[str]]:
    """What a changeset does, in whatever order its operations stand, and which questions are open."""
    total = 0
    for operation in file.effective():
        total += int.from_bytes(hashlib.blake2b(encode(operation), digest_size=16).digest(), "big")
    return total % (1 << 128), frozenset(question.id for question in file.decisions.pending)
