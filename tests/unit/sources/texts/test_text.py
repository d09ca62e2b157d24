"""Files become text, and what is no UTF-8 text is said to be that."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NoReturn

import pytest

from bake.errors import InvalidSource, Location, UsageError
from bake.sources.texts.opening import read_text
from bake.sources.texts.text import pointer, text_of


def test_the_text_the_name_and_the_digest_of_the_bytes_are_kept(tmp_path: Path) -> None:
    """The digest is that of the file as it lies on the disk, byte order mark included."""
    data = b'\xef\xbb\xbf{"a": "\xc3\xa9"}'
    path = tmp_path / "in.json"
    path.write_bytes(data)
    source = read_text(path)
    assert ("".join(source.lines()), source.name, source.sha256) == (
        '{"a": "é"}',
        "in.json",
        hashlib.sha256(data).hexdigest(),
    )


def test_a_missing_file_is_a_mistake_in_the_command(tmp_path: Path) -> None:
    """A file that is not there is a usage error (status 2) that repeats its name."""
    with pytest.raises(UsageError, match=r"nowhere\.json: there is no such file") as caught:
        read_text(tmp_path / "nowhere.json")
    assert caught.value.exit_status == 2


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    """A folder is told apart from a file that is not there."""
    with pytest.raises(InvalidSource, match="is a folder") as caught:
        read_text(tmp_path)
    assert caught.value.hint == "Name one of the files in it."


def test_an_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operating system objects to is passed on."""

    def refuse(_: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied", mode)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidSource, match="cannot be read: permission denied"):
        read_text(tmp_path / "in.json")


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        pytest.param(b"", "in.json:1:1", "the file is empty", id="nothing"),
        pytest.param(b" \n\t", "in.json:1:1", "the file is empty", id="only space"),
        pytest.param(b"\xef\xbb\xbf", "in.json:1:1", "the file is empty", id="only a mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), "in.json:1:1", "UTF-16", id="UTF-16"),
        pytest.param('{"a": 1}'.encode("utf-16-be"), "in.json:1:1", "UTF-16", id="UTF-16 without a mark"),
        pytest.param(b"SQLite format 3\0", "in.json:1:1", "binary", id="a database"),
        pytest.param(b'{\n"\xc3\xa9": "\xe9"}', "in.json:2:7", "byte 9 (0xe9) is not valid UTF-8", id="Latin-1"),
        pytest.param(b"\xef\xbb\xbf\n{\xff", "in.json:2:2", "byte 5 (0xff)", id="after a mark"),
    ],
)
def test_what_is_no_text_is_located(data: bytes, where: str, message: str) -> None:
    """Bytes that are no UTF-8 text are refused at their line and column, with a hint."""
    with pytest.raises(InvalidSource) as caught:
        text_of(Path("in.json"), data)
    assert str(caught.value.location) == where
    assert message in caught.value.message
    assert caught.value.hint


def test_lines_and_columns_count_from_one() -> None:
    """Offsets turn into lines and columns, also at line ends and at the end of the text."""
    source = text_of(Path("in.json"), b"ab\n\nc")
    places = [(place.line, place.column) for place in map(source.location, range(6))]
    assert places == [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2)]
    assert source.location(4, "/x") == Location("in.json", "/x", 3, 1)


def test_pointers_are_escaped_and_never_long() -> None:
    """A pointer follows RFC 6901; a name of megabytes does not flood the diagnostics."""
    assert pointer() == ""
    assert pointer("a/b", 0, "c~d", "") == "/a~1b/0/c~0d/"
    assert len(pointer("x" * 10_000_000)) < 200
