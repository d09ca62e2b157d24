"""Operations are looked up where they stand in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bake.changeset.codec import encode
from bake.changeset.events import Answered
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create
from bake.changeset.writing import append
from bake.errors import UsageError


def test_any_operation_is_found_by_its_number(lived: Changeset) -> None:
    """As a pass over all gives it, in the order that was asked for; what is not there is left out."""
    operations = {operation.n: operation for operation in lived.operations()}
    assert [one.n for one in lived.numbered([4, 1, 99, 0, 3])] == [4, 1, 3]
    assert list(lived.numbered(operations)) == list(operations.values())
    creates = [one for one in operations.values() if isinstance(one, Create)]
    assert list(lived.creates({one.entity for one in creates} | {"unknown"})) == creates
    assert list(lived.creates(["unknown"])) == []


def test_what_is_appended_changes_nothing_of_it(built: Changeset) -> None:
    """The operations are found once for a file, and after an answer they still are those."""
    before = list(built.numbered([1, 2]))
    after = append(built, Answered(by="ada", at="t", prev="", question="q1", choice="skip"))
    assert after.scan.index(after.end) is built.scan.index(built.end)
    assert list(after.numbered([1, 2])) == before


def test_another_file_in_its_place_is_noticed(lived: Changeset) -> None:
    """It is refused, and not taken for what was read."""
    list(lived.numbered([1]))
    lived.path.write_bytes(b"x" * lived.end)
    with pytest.raises(UsageError, match="was replaced"):
        list(lived.numbered([2]))


def test_a_damaged_line_is_left_out(lived: Changeset, tmp_path: Path) -> None:
    """The others are found."""
    [second] = lived.numbered([2])
    path = tmp_path / "damaged.changeset.jsonl"
    path.write_bytes(lived.path.read_bytes().replace(encode(second), b'{"type":"operation",\n'))
    assert [one.n for one in read(path).numbered([1, 2, 3, 4])] == [1, 3, 4]
