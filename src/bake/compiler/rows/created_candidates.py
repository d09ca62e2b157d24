"""The rows that answers create, as candidates of later questions."""

from __future__ import annotations

from collections import defaultdict

from bake.catalog.lookups import naming_fields
from bake.changeset.decisions import Decisions
from bake.changeset.model import Candidate, Create
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.row_resolver import RowResolver
from bake.resolution.candidates import CandidateIndex, Named, Wanted


class CreatedCandidates:
    """Searches the rows that answers create, and takes in those of further answers.

    Args:
        known: resolves lookups.
    """

    def __init__(self, known: RowResolver) -> None:
        self._known = known
        self._start()

        self._of: Decisions | None = None

    def _start(self) -> None:
        self._rows: dict[int, Create] = {}
        self._indexes: defaultdict[str, CandidateIndex] = defaultdict(CandidateIndex)

    def search(self, decisions: Decisions, entity: str, wanted: Wanted) -> tuple[Candidate, ...]:
        """The candidates for a name among the rows of an entity that are created by now, best first."""
        if decisions is not self._of:  # many questions may be asked before the next answer
            self._follow({row.n: row for row in decisions.created()})
            self._of = decisions
        return self._indexes[entity].search(wanted)

    def _follow(self, created: dict[int, Create]) -> None:
        """Take in what is new; begin anew if a row is another one now, or none."""
        if any(created.get(n) != row for n, row in self._rows.items()):
            self._start()
        for row in (row for n, row in created.items() if n not in self._rows):
            self._indexes[row.entity].add(self._named(row))
        self._rows = created

    def _named(self, row: Create) -> Named:
        item = self._known.catalog.entities[row.entity]
        made = self._known.created_candidate(item, CreatedRow(row.n, row.key, row.values))
        names = tuple(str(row.values[name]) for name in naming_fields(item) if row.values.get(name))
        return Named(row.key, made.label, names, why=made.why)
