"""Writing changeset files: whole or not at all, never over another, and appended to only as they were read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bake.changeset import stamp as stamps
from bake.changeset import writing
from bake.changeset.codec import decode
from bake.changeset.events import Amended, Answered, Applied, Asked, Failed, Line, Rebased
from bake.changeset.file import Changeset, read
from bake.changeset.header import CatalogStamp, Header, Source
from bake.changeset.model import Built, Skip
from bake.changeset.writing import append, write
from bake.errors import DamagedChangeset, UsageError


def skipping(question: str = "q1") -> Answered:
    """An event."""
    return Answered(by="bob", at="2025-12-25T10:00:00Z", prev="", question=question, choice="skip")


def other_lines(built_by: str) -> list[Line]:
    """Another changeset."""
    header = Header(
        format="bake.changeset/1",
        source=Source(name="s", sha256="0" * 64, kind="entity", records=1),
        catalog=CatalogStamp(name="c", fingerprint="f"),
        mode="merge",
        built_at="2025-12-24T10:00:00Z",
        built_by=built_by,
    )
    return [header, Skip(n=1, entity="e", reason="r", from_=(0,)), Built(counts={}, digest="")]


def test_a_file_is_never_overwritten(lived: Changeset) -> None:
    """A name that is taken is refused, and the file that has it stays as it is."""
    before = lived.path.read_bytes()
    with pytest.raises(UsageError, match="there already") as caught:
        write(other_lines("bob"), lambda _: lived.path)
    assert "never overwritten" in (caught.value.hint or "")
    assert lived.path.read_bytes() == before
    assert list(lived.path.parent.iterdir()) == [lived.path]


def test_what_is_written_is_as_it_would_be_read(lived: Changeset, tmp_path: Path) -> None:
    """A changeset is not read again after it was written; it can be appended to as if it had been."""
    lines = [decode(raw) for raw in lived.path.read_bytes().splitlines()]
    built = [line for line in lines if not isinstance(line, Answered | Applied | Failed | Asked | Rebased | Amended)]
    written = write(built, lambda _: tmp_path / "it.changeset.jsonl")
    assert written == read(written.path)
    assert written.scan.continued().sha.digest() == read(written.path).scan.sha.digest()
    assert append(written, skipping()) == read(written.path)


def test_the_same_changeset_stays(path: Path) -> None:
    """Writing the very same again leaves what is there, its events included."""
    write(other_lines("ada"), lambda _: path)
    applied = Applied(by="a", at="t", prev="", database="d", counts={}, receipt="r")
    append(read(path), applied)
    assert write(other_lines("ada"), lambda _: path) == read(path)
    assert len(read(path).events) == 1


def test_whole_or_not_at_all(path: Path) -> None:
    """A build that fails half way leaves no file, under any name."""

    def failing() -> Iterator[Line]:
        yield from other_lines("ada")[:2]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(failing(), lambda _: path)
    with pytest.raises(ValueError, match="ends with its `built` line"):
        write(other_lines("ada")[:2], lambda _: path)
    assert list(path.parent.iterdir()) == []


def test_the_name_may_come_from_the_digest(tmp_path: Path) -> None:
    """Where a file goes is known when it is known what it is."""
    written = write(other_lines("ada"), lambda built: tmp_path / built.digest[-4:])
    assert written.path.name == written.digest[-4:] == read(written.path).digest[-4:]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """What cannot be written is an error that says so."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="cannot be"):
        write(other_lines("ada"), lambda _: tmp_path / "taken" / "x")


def test_events_are_chained(lived: Changeset) -> None:
    """Each event names the one before it; what was there stays byte for byte."""
    before = lived.path.read_bytes()
    after = append(lived, skipping(), skipping("q2"))
    data = after.path.read_bytes()
    assert data.startswith(before)
    assert after.events[-2].prev == lived.head == lived.events[-1].digest
    assert not after.damage
    assert [event.prev for event in after.events] == [event.prev for event in read(after.path).events]


def test_what_is_appended_is_what_is_read(built: Changeset, lived: Changeset) -> None:
    """Going on with the scan gives what reading from the beginning gives, and leaves the earlier one."""
    assert lived == read(lived.path)
    assert len(built.events) == built.scan.lines - 7 == 0
    unasked = append(lived, skipping(), skipping("q9"))
    assert unasked == read(lived.path)
    assert unasked.damage
    assert unasked.scan.lines == len(lived.path.read_bytes().splitlines())


def test_a_torn_event_is_replaced(lived: Changeset) -> None:
    """An event whose writing was cut off never happened: the next one takes its place."""
    before = lived.path.read_bytes()
    lived.path.write_bytes(before + b'{"type":"failed","by":"ada","at":"2025')
    torn = read(lived.path)
    assert (len(torn.events), torn.torn, torn.damage) == (4, 38, ())
    after = append(torn, skipping())
    assert after.path.read_bytes().startswith(before)
    assert b"failed" not in after.path.read_bytes()
    assert (len(after.events), after.torn, after.damage) == (5, 0, ())


def test_a_damaged_file_is_not_appended_to(lived: Changeset) -> None:
    """It would look whole after the damage."""
    data = lived.path.read_bytes().replace(b"3.99", b"9.99")
    lived.path.write_bytes(data)
    with pytest.raises(DamagedChangeset):
        append(read(lived.path), skipping())
    assert lived.path.read_bytes() == data


def test_a_file_that_grew_since_it_was_read_is_not_appended_to(lived: Changeset) -> None:
    """Somebody else's event is not lost, nor is ours written over it."""
    append(read(lived.path), skipping())
    before = lived.path.read_bytes()
    with pytest.raises(UsageError, match="changed by somebody else"):
        append(lived, skipping("q2"))
    assert lived.path.read_bytes() == before


def test_a_file_that_changed_in_place_is_not_appended_to(lived: Changeset) -> None:
    """An edit of the same length is noticed too: a new event's digest would vouch for it."""
    data = lived.path.read_bytes().replace(b'"receipt":"sha256:1"', b'"receipt":"sha256:2"')
    lived.path.write_bytes(data)
    with pytest.raises(UsageError, match="changed by somebody else"):
        append(lived, skipping())
    assert lived.path.read_bytes() == data


@pytest.fixture
def resting(lived: Changeset, monkeypatch: pytest.MonkeyPatch) -> Changeset:
    """A file of which the dates tell that nobody has written to it."""
    monkeypatch.setattr(stamps, "_MIN_AGE_NS", -1)
    return read(lived.path)


def test_a_file_at_rest_is_not_read_again(resting: Changeset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its dates vouch for it; for what was appended, they do not yet."""
    with monkeypatch.context() as patch:
        patch.delattr(writing, "_read_through")
        after = append(resting, skipping())
    assert read(resting.path).events == after.events
    assert len(append(after, skipping("q2")).events) == len(resting.events) + 2


def test_a_file_at_rest_that_is_changed_is_noticed(resting: Changeset) -> None:
    """An edit in place, also one that sets the date back, and another file in its place."""
    data = resting.path.read_bytes()
    edited = data.replace(b'"receipt":"sha256:1"', b'"receipt":"sha256:2"')
    before = resting.path.stat()
    time.sleep(0.02)  # a tick of the clock
    for change in (resting.path.write_bytes, _replacing(resting.path)):
        change(edited)
        os.utime(resting.path, ns=(before.st_atime_ns, before.st_mtime_ns))
        with pytest.raises(UsageError, match="changed by somebody else"):
            append(resting, skipping())
        assert resting.path.read_bytes() == edited
        resting.path.write_bytes(data)


def _replacing(path: Path) -> Callable[[bytes], object]:
    def replace(data: bytes) -> None:
        other = path.with_name("other")
        other.write_bytes(data)
        other.replace(path)

    return replace


def test_a_file_that_was_just_written_has_no_stamp(lived: Changeset) -> None:
    """What is written within one tick has one date; so a file has to be at rest for a while."""
    assert read(lived.path).scan.stamp is None
