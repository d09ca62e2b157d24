"""Which operations of an application create rows, and which of these rows are there by now.

A reference to a row that the same application creates says the number of that operation. Its key alone does not do:
until another operation has renamed or deleted it, another row may have the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bake.changeset.coverage import Coverage
from bake.changeset.model import Create, Update


class CreatedNumbers:
    """The numbers of creates: those that were read so far, and those that were carried out."""

    def __init__(self) -> None:
        self._read = Coverage()
        self._there = Coverage()
        self._possible: Coverage | None = None

    def read(self, creates: Iterable[Create]) -> None:
        """These are to be carried out."""
        self._read.add_all([create.n for create in creates])

    def carried_out(self, creates: Iterable[Create]) -> None:
        """Their rows are there."""
        self._there.add_all([create.n for create in creates])

    def all_are_read(self) -> None:
        """No more creates will come: what none of those read creates is no new row."""
        self._possible = self._read

    def no_more_will_be(self) -> None:
        """What is not there by now will not be."""
        self._possible = Coverage()

    def is_there(self, need: int | str | None) -> bool:
        """Whether what a reference needs is a row that was created."""
        return isinstance(need, int) and need in self._there

    def awaits(self, need: int | str | None) -> bool:
        """Whether what a reference needs may still be created."""
        if not isinstance(need, int) or need in self._there:
            return False
        return self._possible is None or need in self._possible

    def absent(self, changes: Sequence[Create | Update]) -> set[int]:
        """The positions of those that need a row which may still be created."""
        return {n for n, one in enumerate(changes) if one.needs and any(map(self.awaits, one.needs.values()))}
