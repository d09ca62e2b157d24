"""The rows that answers create, as candidates: gathered once for the same answers, however many questions are asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.market import MARKET
from support.memory import MemorySnapshot

from bake.changeset.decisions import Decisions
from bake.changeset.model import Create
from bake.compiler.rows.created_candidates import CreatedCandidates
from bake.compiler.rows.row_resolver import RowResolver
from bake.resolution.candidates import Wanted


def test_rows_are_gathered_once_for_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many questions asks for candidates; only another answer may have created another row."""
    gathered: list[Decisions] = []

    def created(decisions: Decisions) -> Iterator[Create]:
        gathered.append(decisions)
        yield Create(n=len(gathered), entity="shops", key={"slug": "mill"}, values={"slug": "mill", "name": "Mill"})

    monkeypatch.setattr(Decisions, "created", created)
    candidates = CreatedCandidates(RowResolver(MARKET, MemorySnapshot(MARKET, {})))
    first, second = Decisions(0, {}, {}), Decisions(0, {}, {})
    for decisions in (first, first, second, second):
        [found] = candidates.search(decisions, "shops", Wanted(("Mill",)))
        assert found.key == {"slug": "mill"}
    assert len(gathered) == 2
