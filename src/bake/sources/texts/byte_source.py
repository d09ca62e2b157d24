"""Where the bytes of a source lie, and reading them a part at a time; whoever changes them meanwhile is noticed."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bake.changeset.stamp import stamp
from bake.errors import DamagedExport, InvalidSource, Location
from bake.temporary import temporary_file

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, SupportsRead


class ByteSource(Protocol):
    """Bytes that stay where they are and do not change."""

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on; fewer only at the end.

        Raises:
            InvalidSource: they are no longer what they were when they were first read.
            DamagedExport: the same, of a file of a set; or its ZIP is damaged.
        """
        ...


class SizedBytes(ByteSource, Protocol):
    """Bytes of which it is known how many there are."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryBytes:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on."""
        return self.data[start : start + size]


@dataclass(frozen=True, slots=True)
class BytesBefore:
    """The bytes of a source that stand before an offset."""

    whole: ByteSource
    end: int

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on."""
        return self.whole.read(start, max(min(size, self.end - start), 0))


class FileBytes:
    """A file on the disk. It is opened for each part: nothing stays open while people answer questions."""

    def __init__(self, path: Path, changed: type[InvalidSource | DamagedExport] = InvalidSource) -> None:
        self._path = path.absolute()
        self._changed = changed
        if path.exists() and not path.is_file() and not path.is_dir():
            # A pipe would be read once, and be empty ever after; to open one waits for somebody who writes to it.
            raise changed("this is no ordinary file", location=Location(path.name), hint="Save it to a file first.")
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
        self._stamp = stamp(status)
        self.size = status.st_size

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on."""
        try:
            with self._path.open("rb", buffering=0) as stream:
                same = stamp(os.fstat(stream.fileno())) == self._stamp
                stream.seek(start)
                data = stream.read(size)
                while len(data) < size and (more := stream.read(size - len(data))):
                    data += more
        except OSError:
            same = False
        if not same:
            hint = "Wait until whoever writes it is done, and begin again."
            where = Location(self._path.name)
            raise self._changed("it was changed while it was being read", location=where, hint=hint)
        return data


class Spool:
    """Bytes that can be read only once, copied into a file that nobody sees and that goes with this.

    Args:
        parts: the bytes, a part at a time.
    """

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._file = temporary_file(self)
        self._file.writelines(parts)
        self._file.flush()
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on."""
        if sys.platform == "win32":
            self._file.seek(start)
            return self._file.read(size)
        return os.pread(self._file.fileno(), size, start)  # leaves the place alone that processes share


class ByteStream(io.RawIOBase):
    """Bytes as a stream, for libraries that read streams."""

    def __init__(self, stored: SizedBytes) -> None:
        self._stored = stored
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read the next bytes into a buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._stored.read(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to an offset."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._stored.size}[whence]
        if start + offset < 0:
            raise OSError("an offset before the beginning")
        self._at = start + offset
        return self._at


def parts_of(stream: SupportsRead[bytes], size: int) -> Iterator[bytes]:
    """The rest of a stream, so many bytes at a time."""
    return iter(lambda: stream.read(size), b"")


def parts(stored: ByteSource, size: int, start: int = 0) -> Iterator[bytes]:
    """The bytes from an offset on, so many at a time."""
    while data := stored.read(start, size):
        yield data
        start += len(data)
