"""Writing changeset files: built once, whole or not at all; from then on only appended to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from bake.changeset.codec import encode
from bake.changeset.file import SUFFIX, ChangesetFile, digest, read
from bake.changeset.model import Built, Event, Line
from bake.errors import DamagedChangeset, UsageError

if TYPE_CHECKING:
    from hashlib import _Hash


def write(lines: Iterable[Line], place: Callable[[Built], Path]) -> Path:
    """Write a changeset, whole or not at all.

    Args:
        lines: header, operations, questions, and last a `Built`, whose digest is filled in here.
        place: where the file goes, once it is known what it is; its folder is made if need be.

    Returns:
        Where it is. If this very changeset is there already (nothing differs, not even the second), that one stays.

    Raises:
        UsageError: another file is there, or it cannot be written.
    """
    folder = place(Built(counts={}, digest="")).parent
    temporary = folder / f".{os.getpid()}{SUFFIX}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            built = _write_lines(stream, lines, hashlib.sha256())
            stream.flush()
            os.fsync(stream.fileno())
        return _put(temporary, place(built), built)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _put(temporary: Path, path: Path, built: Built) -> Path:
    try:
        os.link(temporary, path)
    except FileExistsError:
        with suppress(DamagedChangeset):
            if read(path).digest == built.digest:
                return path
        hint = "a changeset is never overwritten: choose another name"
        raise UsageError(f"{path} is there already", hint=hint) from None
    return path


def _write_lines(stream: IO[bytes], lines: Iterable[Line], sha: _Hash) -> Built:
    for line in lines:
        if isinstance(line, Built):
            built = msgspec.structs.replace(line, digest=digest(sha))
            stream.write(encode(built))
            return built
        raw = encode(line)
        sha.update(raw)
        stream.write(raw)
    raise ValueError("a changeset ends with its `built` line")


def append(file: ChangesetFile, *events: Event) -> ChangesetFile:
    """Append events, each with the digest of all before it, and return the file as it is then.

    Raises:
        DamagedChangeset: the file is damaged, and would look whole with an event after the damage.
        UsageError: the file has changed since it was read; nothing was written.
    """
    file.intact()
    with _locked(file.path) as stream:
        stream.seek(0, os.SEEK_END)
        if stream.tell() != file.end + file.torn:
            raise UsageError(
                f"{file.path.name} was changed by somebody else in the meantime; nothing was written",
                hint="run the command again: it will read the file as it is now",
            )
        stream.truncate(file.end)
        stream.seek(0)
        sha = hashlib.sha256()
        while block := stream.read(1 << 18):
            sha.update(block)
        for event in events:
            raw = encode(msgspec.structs.replace(event, prev=digest(sha)))
            stream.write(raw)
            sha.update(raw)
        stream.flush()
        os.fsync(stream.fileno())
    return read(file.path)


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file, open for changing, with other writers kept out until it is closed (where the system can)."""
    with path.open("r+b") as stream:
        try:
            import fcntl
        except ImportError:  # no advisory locks on this system; the check of the size remains
            yield stream
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield stream
