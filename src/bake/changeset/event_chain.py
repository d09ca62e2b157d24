"""The order of events: each names the one before it by its digest (`prev`), and a merge those before it in both files.

    an event              is written after
    the first one         all bytes before it
    sealed                all bytes before it
    merged                two earlier events: the last ones of two versions
    any other             an earlier event

Exactly one event of a file is followed by none: its last one. So if an event was removed, the `prev` of the one after
it is found nowhere; and if one was inserted, there are two ends that no merge joins.
"""

from __future__ import annotations

from bake.changeset.events import Event, Merged, Sealed


class EventChain:
    """The events of one file so far.

    Args:
        start: the digest of all bytes before the first event.

    Attributes:
        start: as given.
    """

    def __init__(self, start: str) -> None:
        self.start = start
        self._digests = {start}
        self._ends = [start]

    @property
    def head(self) -> str:
        """The digest of the last event, which the next one follows; of all bytes before it, if there is none."""
        return self._ends[-1]

    @property
    def is_joined(self) -> bool:
        """Whether there is one end, so that nothing stands in the file which its last event does not follow."""
        return len(self._ends) == 1

    def __contains__(self, digest: str) -> bool:
        """Whether the file has, or had when it ended there, this event as its last one."""
        return digest in self._digests

    def add(self, event: Event) -> bool:
        """Take in the next event; return whether what it follows is there."""
        match event:
            case Sealed():
                follows, ends = True, []
            case Merged():
                follows = event.prev != event.other and {event.prev, event.other} <= self._digests
                ends = [end for end in self._ends if end not in (event.prev, event.other)]
            case _:
                follows = event.prev in self._digests
                ends = [end for end in self._ends if end != event.prev] if follows else self._ends[:-1]
        self._ends = [*ends, event.digest]
        self._digests.add(event.digest)
        return follows

    def copy(self) -> EventChain:
        """A copy that goes on by itself."""
        other = EventChain(self.start)
        other._digests, other._ends = {*self._digests}, [*self._ends]
        return other
