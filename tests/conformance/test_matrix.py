"""The tables of docs/reference/conformance.md: each row happens, and what it comes to is what the row says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.kitchen import Kitchen
from support.situations.applying import ONCE_TWICE_ELSEWHERE, OTHERS_EDITED
from support.situations.breaking import DAMAGED, KILLED
from support.situations.importing import AGAIN, IDENTITY, SHEETS
from support.situations.meeting import AT_THE_SAME_TIME
from support.situations.undoing import UNDOING
from support.situations.warned import DELETES, WARNED, WRAPPED
from support.situations.watching import Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reference" / "conformance.md").read_text(encoding="utf-8")
SITUATIONS = (
    (OTHERS_EDITED | ONCE_TWICE_ELSEWHERE)
    | (SHEETS | AGAIN | IDENTITY | WARNED | DELETES | WRAPPED)
    | (UNDOING | KILLED | DAMAGED | AT_THE_SAME_TIME)
)
_COLUMNS = "| situation | command | exit | reports | database | file gets |"


class Row(NamedTuple):
    """A row of the document."""

    situation: str
    command: str
    outcome: Outcome


def _rows() -> list[Row]:
    """The rows of all tables."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOCUMENT.splitlines() if line[:1] == "|"]
    kept = [row for row in cells if row[0] != "situation" and not row[0].startswith("--")]
    return [Row(situation, command, Outcome(*rest)) for situation, command, *rest in kept]


ROWS = _rows()


def test_the_document_and_the_tests_agree() -> None:
    """Each situation that is tested is documented, once, in the same order, and the other way round."""
    assert [row.situation for row in ROWS] == list(SITUATIONS)
    assert all(line == _COLUMNS for line in DOCUMENT.splitlines() if line.startswith("| situation"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation)
def test_situation(row: Row, kitchen: Kitchen, twin: Kitchen) -> None:
    """Exit status, report, every table of the database and the events of the file are what the document says."""
    assert SITUATIONS[row.situation](kitchen, twin) == row.outcome
