"""Which operations of an application create rows, and which of these rows exist by now.

A reference to a row that the same application creates needs the number of that operation. The key alone is not enough:
another row may have it, until another operation changes its key or deletes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bake.changeset.coverage import Coverage
from bake.changeset.model import Create, Update


class CreatedNumbers:
    """The numbers of the creates that were read so far, and of those that were carried out."""

    def __init__(self) -> None:
        self._read = Coverage()
        self._there = Coverage()
        self._possible: Coverage | None = None

    def read(self, creates: Iterable[Create]) -> None:
        """Add creates that are to be carried out."""
        self._read.add_all([create.n for create in creates])

    def carried_out(self, creates: Iterable[Create]) -> None:
        """Note that creates were carried out."""
        self._there.add_all([create.n for create in creates])

    def all_are_read(self) -> None:
        """Note that all creates were read: no other number can be created."""
        self._possible = self._read

    def no_more_will_come(self) -> None:
        """Note that the creates which were not carried out yet will not be."""
        self._possible = Coverage()

    def is_there(self, need: int | str | None) -> bool:
        """Whether a need is the number of a create that was carried out."""
        return isinstance(need, int) and need in self._there

    def awaits(self, need: int | str | None) -> bool:
        """Whether a need is the number of a create that may still be carried out."""
        if not isinstance(need, int) or need in self._there:
            return False
        return self._possible is None or need in self._possible

    def absent(self, changes: Sequence[Create | Update]) -> set[int]:
        """The positions of the changes with a need that may still be created."""
        return {n for n, one in enumerate(changes) if one.needs and any(map(self.awaits, one.needs.values()))}
