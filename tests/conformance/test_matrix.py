"""The tables of docs/reference/conformance.md: each row happens, and what it comes to is what the row says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.kitchen import Kitchen
from support.situations.again import AGAIN
from support.situations.applying import ONCE_TWICE_ELSEWHERE, OTHERS_EDITED
from support.situations.breaking import DAMAGED, KILLED
from support.situations.elsewhere import WRITTEN_ELSEWHERE
from support.situations.engines import BY_ITSELF, HELD_EQUAL
from support.situations.importing import NAMED_COLUMNS, SHEETS
from support.situations.matching import IDENTITY
from support.situations.meeting import AT_THE_SAME_TIME
from support.situations.reading import KINDS, TEXTS
from support.situations.undoing import UNDOING
from support.situations.warned import DELETES, WARNED, WRAPPED
from support.situations.watching import Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reference" / "conformance.md").read_text(encoding="utf-8")
SITUATIONS = (
    (KINDS | WRAPPED | TEXTS | NAMED_COLUMNS | WRITTEN_ELSEWHERE)
    | (IDENTITY | SHEETS | AGAIN | DELETES)
    | (WARNED | HELD_EQUAL)
    | (OTHERS_EDITED | ONCE_TWICE_ELSEWHERE | BY_ITSELF | AT_THE_SAME_TIME | KILLED | DAMAGED)
    | UNDOING
)
_DATABASES = {"SQLite": "sqlite", "PostgreSQL": "postgresql", "MariaDB": "mysql"}
_COLUMNS = f"| situation | command | exit | reports | database | file gets | {' | '.join(_DATABASES)} |"


class Row(NamedTuple):
    """A row of the document.

    Attributes:
        situation: its name.
        command: what is typed.
        outcome: what comes of it.
        runs_on: for each database whether this can happen there: `✓` or `–`.
    """

    situation: str
    command: str
    outcome: Outcome
    runs_on: dict[str, str]


def _rows() -> list[Row]:
    """The rows of all tables."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOCUMENT.splitlines() if line[:1] == "|"]
    kept = [row for row in cells if row[0] != "situation" and not row[0].startswith("--")]
    return [Row(row[0], row[1], Outcome(*row[2:6]), dict(zip(_DATABASES, row[6:], strict=True))) for row in kept]


ROWS = _rows()


def test_the_document_and_the_tests_agree() -> None:
    """Each situation that is tested is documented, once, in the same order, and the other way round."""
    assert [row.situation for row in ROWS] == list(SITUATIONS)
    assert {mark for row in ROWS for mark in row.runs_on.values()} <= {"✓", "–"}
    assert all(line == _COLUMNS for line in DOCUMENT.splitlines() if line.startswith("| situation"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation)
def test_situation(row: Row, kitchen: Kitchen, twin: Kitchen) -> None:
    """Exit status, report, every table of the database and the events of the file are what the document says."""
    [on] = (name for name, backend in _DATABASES.items() if backend == kitchen.backend)
    if row.runs_on[on] == "–":
        pytest.skip(f"this cannot happen on {on}")
    assert SITUATIONS[row.situation](kitchen, twin) == row.outcome
