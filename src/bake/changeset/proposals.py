"""What was proposed in a changeset, and what became of each proposal.

    a proposal                                  is
    that an answer or an amendment names        accepted
    that a `rejected` event names               rejected
    on a question or an operation that nobody   moot
    has to decide any more
    other than these                            waiting

A proposal decides nothing. Which of them wait is said by `bake.changeset.decisions.Decisions.proposed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bake.changeset.events import Amended, Answered, Event, Proposed, Rejected

#: By what a proposal was settled.
Settlement: TypeAlias = Answered | Amended | Rejected

_SHORT = 8


@dataclass(frozen=True)
class Proposals:
    """The proposals so far.

    Attributes:
        made: all of them, in the order of the file.
        settled: by the digest of a proposal, the first event that accepts or rejects it.
    """

    made: tuple[Proposed, ...] = ()
    settled: Mapping[str, Settlement] = field(default_factory=dict)

    def after(self, event: Event) -> Proposals:
        """These with one more event."""
        match event:
            case Proposed():
                return replace(self, made=(*self.made, event))
            case Answered(proposal=str() as name) | Amended(proposal=str() as name) | Rejected(proposal=name):
                return replace(self, settled={name: event, **self.settled})
            case _:
                return self

    @property
    def unsettled(self) -> tuple[Proposed, ...]:
        """The proposals that were neither accepted nor rejected."""
        return tuple(one for one in self.made if one.digest not in self.settled)

    def named(self, name: str) -> tuple[Proposed, ...]:
        """Those that a name means: `p` and the first digits of the digest."""
        digits = name.removeprefix("p")
        known = [one for one in self.made if one.digest.removeprefix("sha256:").startswith(digits)]
        return tuple(known) if len(digits) >= _LEAST else ()


#: How many digits of a digest name a proposal at least.
_LEAST = 4


def proposal_id(proposal: Proposed) -> str:
    """The name by which people call a proposal; it follows from what it says, and stays when versions are merged."""
    return "p" + proposal.digest.removeprefix("sha256:")[:_SHORT]
