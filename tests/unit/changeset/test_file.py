"""Reading changeset files, whole, torn and tampered with: viewing always works, what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bake.changeset.codec import decode, encode
from bake.changeset.events import Answered, Asked, Rebased
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Operation, Question, Skip
from bake.changeset.writing import append
from bake.errors import BakeError, DamagedChangeset, Location, UsageError


def viewed(path: Path) -> Changeset | None:
    """All that showing a file does; None if it is no changeset. Any other error is a bug."""
    try:
        file = read(path)
    except DamagedChangeset:
        return None
    list(file.effective())
    assert isinstance(file.decisions.open, list)
    return file


def test_a_whole_file(lived: Changeset) -> None:
    """Header, questions and events are there, operations stream from the file, and nothing is wrong."""
    assert not lived.damage
    assert lived.intact() is lived
    assert (lived.total, len(lived.questions), len(lived.events)) == (4, 1, 4)
    assert [operation.n for operation in lived.operations()] == [1, 2, 3, 4]
    assert lived.end == lived.path.stat().st_size
    assert lived.torn == 0


def test_what_it_is_now(lived: Changeset) -> None:
    """The row that an answer creates comes before the operations, which refer to it."""
    created, *rest = lived.effective()
    assert created == Create(
        n=5, entity="shops", key={"slug": "aldi"}, values={"slug": "aldi", "owner": {"slug": "bob"}}
    )
    sale = next(operation for operation in rest if operation.n == 2)
    assert isinstance(sale, Create)
    assert (sale.values["shop"], sale.needs) == ({"slug": "aldi"}, {"/shop": 5})
    assert not lived.decisions.open


def test_the_identity_stays_whatever_happens(built: Changeset, lived: Changeset) -> None:
    """The digest is that of what was built."""
    assert lived.digest == built.digest
    assert lived.digest.startswith("sha256:")


def test_every_truncation(lived: Changeset) -> None:
    """Cut anywhere, a file is no changeset, or damaged, or an event of it never happened: never a traceback."""
    data = lived.path.read_bytes()
    starts = [0, *(n + 1 for n, byte in enumerate(data) if byte == 0x0A)]
    end_of_header, end_of_built = starts[1], starts[7]
    for cut in range(len(data)):
        lived.path.write_bytes(data[:cut])
        file = viewed(lived.path)
        if cut < end_of_header - 1:
            assert file is None, cut  # the header is torn; without its end it is whole, but all else is lacking
        elif cut < end_of_built:
            assert file is not None
            assert file.damage, cut
        else:
            assert file is not None
            whole = [start for start in starts if start <= cut][-1]
            assert not file.damage, cut
            assert (file.torn, len(file.events)) == (cut - whole, starts.index(whole) - 7)


def test_a_build_without_its_last_newline_is_damaged(built: Changeset) -> None:
    """The last line is ended like every other; a cut there is noticed before anything is appended to it."""
    data = built.path.read_bytes()
    built.path.write_bytes(data[:-1])
    file = viewed(built.path)
    assert file is not None
    assert file.damage


def test_every_flipped_byte_is_noticed(lived: Changeset) -> None:
    """No byte can be changed unnoticed, the last event's neither; and nothing that a file holds is a traceback."""
    data = lived.path.read_bytes()
    for place in range(len(data)):
        lived.path.write_bytes(data[:place] + bytes([data[place] ^ (1 << place % 7)]) + data[place + 1 :])
        file = viewed(lived.path)
        assert file is None or file.damage or file.torn, data[place : place + 20]


def test_an_edited_last_event_is_noticed(lived: Changeset) -> None:
    """Nothing comes after it that could vouch for it: its own digest does, and the damage names its line."""
    data = lived.path.read_bytes()
    lived.path.write_bytes(data.replace(b"sqlite:///a.db", b"sqlite:///b.db"))
    with pytest.raises(DamagedChangeset) as caught:
        read(lived.path).intact()
    [problem] = caught.value.problems
    assert problem.location
    assert (problem.location.line, "line 11 was edited" in str(problem)) == (11, True)


def test_an_edited_event_is_named_itself(lived: Changeset) -> None:
    """Of an event in the middle the line is known, and said once."""
    data = lived.path.read_bytes()
    lived.path.write_bytes(data.replace(b'"key":{"slug":"bob"}', b'"key":{"slug":"eve"}'))
    assert [problem.location.line for problem in read(lived.path).damage if problem.location] == [10]


def test_an_event_without_a_digest_is_damage(built: Changeset) -> None:
    """It cannot be left out."""
    event = Answered(by="a", at="t", prev=built.tail, question="q1", choice="skip")
    built.path.write_bytes(built.path.read_bytes() + encode(event))
    assert read(built.path).damage


@pytest.mark.parametrize(
    "asked_by",
    [("x",), ("5-",), (0,), ("1-9999999999",), (6,), (7,), ("3-2",)],
    ids=str,
)
@pytest.mark.parametrize("how", ["asked", "rebased"])
def test_questions_of_events_are_asked_by_what_is_there(
    built: Changeset, asked_by: tuple[int | str, ...], how: str
) -> None:
    """They may be asked by operations and by rows that answers create, and all else is damage, found in no time."""
    question = Question(id="q2", kind="missing", entity="people", asked_by=asked_by)
    event = (
        Asked(by="a", at="t", prev="", question=question)
        if how == "asked"
        else Rebased(by="a", at="t", prev="", database="d", questions=(question,))
    )
    file = append(built, event)
    assert len(file.damage) == 1
    assert [q.id for q in file.decisions.open] == ["q1"]


def test_an_answer_says_with_what(lived: Changeset) -> None:
    """A value without a value would otherwise be one that JSON has not."""
    answer = Answered(by="ada", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="value")
    assert any("does not say with what" in problem.message for problem in append(lived, answer).damage)


def test_damage_names_the_line(lived: Changeset) -> None:
    """Each problem has the line, and refusing lists all of them with what to do."""
    text = lived.path.read_text(encoding="utf-8").replace("Müller", "Miller").replace('"u3"', '"u3')
    lived.path.write_text(text, encoding="utf-8")
    with pytest.raises(DamagedChangeset) as caught:
        read(lived.path).intact()
    lines = [problem.location.line for problem in caught.value.problems if problem.location]
    assert lines[:2] == [4, 7]
    assert "build it again from till.json" in (caught.value.hint or "")


def test_conflict_markers_are_named(lived: Changeset) -> None:
    """Of git, in each form and length, wherever they stand: they and nothing else is said, with the commands."""
    lines = lived.path.read_bytes().splitlines(keepends=True)
    for marker in (b"<<<<<<< HEAD\n", b"||||||| base\n", b"=======\n", b"=====\r\n", b">>>>>>>>>>>> theirs\n"):
        for at in (0, 3, len(lines)):
            lived.path.write_bytes(b"".join([*lines[:at], marker, *lines[at:]]))
            with pytest.raises(DamagedChangeset, match="has conflict markers of git") as caught:
                read(lived.path)
            assert caught.value.location == Location(str(lived.path), line=at + 1)
            assert f"git checkout --ours -- {lived.path}" in (caught.value.hint or "")


def test_an_event_that_is_taken_out_or_doubled_is_noticed(lived: Changeset) -> None:
    """The next one misses it, or the double is an end that nothing joins; only of the last one nothing is known."""
    lines = lived.path.read_bytes().splitlines(keepends=True)
    for at in range(len(lines) - len(lived.events), len(lines) - 1):
        lived.path.write_bytes(b"".join([*lines[:at], *lines[at + 1 :]]))
        assert read(lived.path).edits
        lived.path.write_bytes(b"".join([*lines, lines[at]]))
        assert "nothing merged them" in str(read(lived.path).edits[0])


@pytest.mark.parametrize(
    ("line", "at"),
    [
        pytest.param(b"<<< HEAD\n", 2, id="no JSON"),
        pytest.param(b"\n", 2, id="an empty line"),
        pytest.param(b"[" * 100_000 + b"\n", 2, id="endless nesting"),
        pytest.param(b'{"type":"built","counts":{},"digest":"sha256:0"}\n', 7, id="built twice"),
        pytest.param(encode(Skip(n=9, entity="e", reason="r")), 7, id="an operation after the build"),
        pytest.param(encode(Question(id="q1", kind="missing", entity="e")), 6, id="a question twice"),
        pytest.param(encode(Question(id="r1", kind="missing", entity="e")), 6, id="a question without a number"),
        pytest.param(
            encode(Question(id="q7", kind="missing", entity="e", asked_by=("1-999999999999",))), 6, id="asked by nobody"
        ),
        pytest.param(encode(Question(id="q7", kind="missing", entity="e", asked_by=("x",))), 6, id="asked by nothing"),
        pytest.param(
            encode(Answered(by="a", at="t", prev="p", question="q9", choice="skip")), 7, id="an answer to nothing"
        ),
    ],
)
def test_lines_that_cannot_stand_where_they_stand(lived: Changeset, line: bytes, at: int) -> None:
    """They are damage, with their line, and everything else is still shown."""
    lines = lived.path.read_bytes().splitlines(keepends=True)
    lived.path.write_bytes(b"".join([*lines[:at], line, *lines[at:]]))
    file = viewed(lived.path)
    assert file is not None
    assert at + 1 in [problem.location.line for problem in file.damage if problem.location]
    assert len([operation for operation in file.operations() if operation.n <= 4]) == 4


def resealed(lived: Changeset, *operations: Operation) -> Changeset:
    """The file with other operations, and digests that fit: what a bug of the builder would give."""
    import hashlib

    header, built = lived.header, lived.built
    assert built
    body = b"".join(map(encode, (header, *operations)))
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    lived.path.write_bytes(body + encode(msgspec.structs.replace(built, digest=digest)))
    return read(lived.path)


@pytest.mark.parametrize(
    ("runs", "whole"),
    [
        ([("0-5",)], True),
        ([(0,), ("2-5",), (1,)], True),
        ([("0-4",)], False),
        ([("1-5",)], False),
        ([("0-5",), (5,)], False),
        ([("0-2",), ("2-5",)], False),
        ([("0-6",)], False),
        ([], False),
        ([("0-1",), ("1-3",), (5,)], False),
    ],
)
def test_completeness(lived: Changeset, runs: list[tuple[int | str, ...]], whole: bool) -> None:
    """Every record is in exactly one operation, or the file says that it is damaged, though its digest fits."""
    skips = [Skip(n=n, entity="e", reason="r", from_=those) for n, those in enumerate(runs, 1)]
    assert bool(resealed(lived, *skips).damage) is not whole


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}\n", b"hello", b"\xff\xfe", b"[1]\n", b'{"type":"header"}\n'], ids=repr
)
def test_what_is_no_changeset(path: Path, data: bytes) -> None:
    """A file whose first line is no header is not shown at all; the error says where and what to type."""
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(DamagedChangeset, match=r"empty|does not begin") as caught:
        read(path)
    assert caught.value.exit_status == 6
    assert "bake changeset build" in (caught.value.hint or "")


def test_other_line_ends_are_explained(lived: Changeset) -> None:
    """A file whose line ends git has changed says so first, with what keeps git from it; sealing is not offered."""
    lived.path.write_bytes(lived.path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DamagedChangeset) as caught:
        read(lived.path).intact()
    assert "CR LF" in caught.value.problems[0].message
    assert ".gitattributes" in caught.value.problems[0].message
    assert "seal" not in str(caught.value.hint)


def test_a_byte_order_mark_is_explained(lived: Changeset) -> None:
    """A file that an editor has given a byte order mark is not called something other than a changeset."""
    lived.path.write_bytes(b"\xef\xbb\xbf" + lived.path.read_bytes())
    with pytest.raises(DamagedChangeset, match="byte order mark") as caught:
        read(lived.path)
    assert "UTF-8" in str(caught.value.hint)


def test_an_unknown_version(lived: Changeset) -> None:
    """A later format is named, and the reader stops."""
    data = lived.path.read_bytes().replace(b"bake.changeset/1", b"bake.changeset/2", 1)
    lived.path.write_bytes(data)
    with pytest.raises(DamagedChangeset, match=r"'bake\.changeset/2' is unknown here") as caught:
        read(lived.path)
    assert "newer version" in (caught.value.hint or "")


def test_files_that_cannot_be_read(path: Path) -> None:
    """A file that is not there, and a folder, are errors of usage."""
    with pytest.raises(UsageError, match="there is no changeset"):
        read(path)
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read"):
        read(path)


def test_other_bytes_for_the_same_line_are_noticed(lived: Changeset) -> None:
    """A line that means the same and is written otherwise is an edit too: equal contents are equal bytes."""
    lines = lived.path.read_bytes().splitlines(keepends=True)
    assert decode(lines[1].replace(b'"n":1', b'"n": 1')) == decode(lines[1])
    lived.path.write_bytes(b"".join([lines[0], lines[1].replace(b'"n":1', b'"n": 1'), *lines[2:]]))
    with pytest.raises(BakeError):
        read(lived.path).intact()


def test_an_edit_between_verifying_and_reading_is_noticed(lived: Changeset) -> None:
    """What was verified is what is read: the operations of a file that was changed meanwhile end with an error."""
    data = lived.path.read_bytes()
    lived.path.write_bytes(data.replace(b'"aldi"', b'"lidl"', 1))
    with pytest.raises(UsageError, match="changed by somebody else while it was being read"):
        list(lived.operations())


def test_an_event_that_was_appended_meanwhile_does_not_matter(lived: Changeset) -> None:
    """Operations stay what they are when somebody else appends to the file."""
    with lived.path.open("ab") as stream:
        stream.write(b'{"type":"')
    assert [operation.n for operation in lived.operations()] == [1, 2, 3, 4]
