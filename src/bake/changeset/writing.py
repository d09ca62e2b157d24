"""Writing changeset files: built once, whole or not at all; from then on only appended to."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from bake.changeset.codec import blocks, encode, operations_in
from bake.changeset.events import Event, Line, Sealed
from bake.changeset.file import Changeset, changeset_of, read
from bake.changeset.file_lock import WAIT, held
from bake.changeset.model import Built, Create, Delete, Operation, Skip, Update
from bake.changeset.scan import Scan, digest
from bake.changeset.stamp import stamp
from bake.errors import DamagedChangeset, UsageError
from bake.unfinished import unfinished

if TYPE_CHECKING:
    from hashlib import _Hash


class Encoded(NamedTuple):
    """Lines of operations as they are written: what was made elsewhere, and is not looked at again."""

    raw: bytes


class Revision(NamedTuple):
    """What the whole source says of operations that were given before: it takes one, and gives what stands for it."""

    revised: Callable[[Operation], Operation]


def write(lines: Iterable[Line | Encoded | Revision], path_for: Callable[[Built], Path]) -> Changeset:
    """Write a changeset, whole or not at all.

    Args:
        lines: header, operations, perhaps a revision of these, questions, and last a `Built`, whose digest is filled
            in here.
        path_for: where the file goes, once it is known what it is; its folder is made if need be.

    Returns:
        The file as it would be read. If this very changeset is there already (nothing differs, not even the second),
        that one stays, and is what is returned.

    Raises:
        UsageError: another file is there, or it cannot be written.
    """
    folder = path_for(Built(counts={}, digest="")).parent
    scan = Scan(folder)
    _make(folder)
    try:
        with unfinished(folder) as file:
            built, scan = _write_lines(file.stream, lines, scan)
            scan.path = path_for(built)
            file.put(scan.path)
        return changeset_of(scan)
    except FileExistsError:
        return _the_same(scan.path, built)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be made: {error.strerror}") from None


def _the_same(path: Path, built: Built) -> Changeset:
    """The changeset that has the name of a new one, if it is the same."""
    with suppress(DamagedChangeset):
        if (there := read(path)).digest == built.digest:
            return there
    raise UsageError(f"{path} is there already", hint="a changeset is never overwritten: choose another name")


def _write_lines(stream: IO[bytes], lines: Iterable[Line | Encoded | Revision], scan: Scan) -> tuple[Built, Scan]:
    """Write the lines, and return the last one, and the scan of what was written."""
    for line in lines:
        match line:
            case Built():
                built = msgspec.structs.replace(line, digest=digest(scan.sha))
                raw = encode(built)
                stream.write(raw)
                scan.add(raw)
                return built, scan
            case Revision():
                scan = _revise(stream, line, Scan(scan.path))
                continue
            case Encoded(raw):
                scan.pass_over(raw, raw.count(b"\n"))
            case Create() | Update() | Delete() | Skip():
                raw = encode(line)
                scan.pass_over(raw, 1)
            case _:
                raw = encode(line)
                scan.add(raw)
        stream.write(raw)
    raise ValueError("a changeset ends with its `built` line")


def _revise(stream: IO[bytes], revision: Revision, scan: Scan) -> Scan:
    """Write the header and the operations once more, these as they are revised; return the scan of that."""
    with TemporaryFile() as before:
        stream.seek(0)
        shutil.copyfileobj(stream, before)
        before.seek(0)
        stream.seek(0)
        stream.truncate()
        header = before.readline()
        stream.write(header)
        scan.add(header)
        for block in blocks(before):
            operations = operations_in(block) or ()
            raw = b"".join(encode(revision.revised(operation)) for operation in operations)
            stream.write(raw)
            scan.pass_over(raw, len(operations))
    return scan


@contextmanager
def holding(file: Changeset, wait: float) -> Iterator[Changeset]:
    """The file as it is now, intact, with all others kept out until the end of the block.

    Args:
        file: as it was read; it is read again only if it was changed since.
        wait: for how many seconds others are waited for.

    Raises:
        DamagedChangeset: it is damaged.
        UsageError: as `bake.changeset.file_lock.held`.
    """
    with held(file.path, wait) as stream:
        yield (file if _is_as_read(stream, file) else read(file.path)).intact()


def append(file: Changeset, *events: Event, wait: float = WAIT) -> Changeset:
    """Append events, each with the digest of all before it and of itself, and return the file as it is then.

    Args:
        file: as it was read.
        events: what happened.
        wait: for how many seconds others are waited for that hold the file.

    Raises:
        DamagedChangeset: the file is damaged, and would look whole with an event after the damage.
        UsageError: the file has changed since it was read, or cannot be written to; nothing was written.
    """
    return _append(file.intact(), events, wait)


def seal(file: Changeset, event: Sealed, *, wait: float = WAIT) -> Changeset:
    """Accept the lines of a file that were edited by hand, and return the file as it is then.

    Args:
        file: as it was read; that its lines were edited is all that is wrong with it.
        event: who accepts them, and why; the digest is filled in here.
        wait: as of `append`.

    Raises:
        DamagedChangeset: it is damaged in other ways, which a seal does not mend.
        UsageError: the file has changed since it was read, or cannot be written to; nothing was written.
    """
    if file.edits != file.damage:
        file.intact()
    return _append(file, [msgspec.structs.replace(event, content=file.scan.content)], wait)


def _append(file: Changeset, events: Iterable[Event], wait: float) -> Changeset:
    scan = file.scan.continued()
    with held(file.path, wait) as stream:
        if not _is_as_read(stream, file):
            raise UsageError(
                f"{file.path.name} was changed by somebody else in the meantime; nothing was written to it",
                hint="run the command again: it will read the file as it is now",
            )
        lines = []
        for event in events:
            lines.append(written(msgspec.structs.replace(event, prev=_followed(event, scan))))
            scan.add(lines[-1])
        try:
            _put(stream.fileno(), file.end, b"".join(lines))
        except OSError as error:
            raise UsageError(
                f"{file.path} cannot be written to: {error.strerror}; nothing was written to it",
                hint="make room on the disk, or check the permissions of the file; then run the command again",
            ) from None
    return changeset_of(scan)


def _put(descriptor: int, end: int, data: bytes) -> None:
    """Write to the end of a file, past buffers; where that fails, nothing of it stays."""
    os.ftruncate(descriptor, end)
    os.lseek(descriptor, end, os.SEEK_SET)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, end)
        raise


def _followed(event: Event, scan: Scan) -> str:
    """The digest of what an event is written after; a seal is of all bytes as they are."""
    return digest(scan.sha) if isinstance(event, Sealed) else scan.head


def written(event: Event) -> bytes:
    """The line of an event, with its own digest, which is filled in here."""
    bare = encode(msgspec.structs.replace(event, digest=""))
    return encode(msgspec.structs.replace(event, digest=digest(hashlib.sha256(bare))))


def is_unchanged(file: Changeset) -> bool:
    """Whether a file is what it was when it was read."""
    try:
        with file.path.open("rb") as stream:
            return _is_as_read(stream, file)
    except OSError:
        return False


def _is_as_read(stream: IO[bytes], file: Changeset) -> bool:
    """Whether a file is what it was when it was read; where its dates do not tell, all of it is read again."""
    if file.scan.stamp == stamp(os.fstat(stream.fileno())):
        return True
    return digest(_read_through(stream, file.end)) == file.tail and len(stream.read()) == file.torn


def _read_through(stream: IO[bytes], end: int) -> _Hash:
    """The digest over all up to an offset; what comes after it is read next."""
    sha = hashlib.sha256()
    while block := stream.read(min(1 << 18, end - stream.tell())):
        sha.update(block)
    return sha
