"""Sources that are no files: copied to a temporary one, which lasts as long as they are read.

    given                             called     read
    - or /dev/stdin                   stdin      standard input; a terminal is refused, as nobody types a source
    /dev/fd/63, as `<( … )` gives     pipe       the pipe
    a named pipe, a device            its name   what comes out of it
    any other path                    its name   where it stands
    bytes                             upload     as the content of a file
    a binary stream                   its name   from where it stands to its end
    records: dictionaries             records    as a JSON list of them, which needs a view

After this, every source is a file that can be opened again and read from any offset: it is recognised by its first
bytes, digested, read, and read once more for the log of skipped records.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO, TypeAlias

import msgspec

from bake.errors import InvalidSource, UsageError

STDIN = Path("-")
_STDIN_NAMES = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_DESCRIPTORS = frozenset({"/dev/fd", "/proc/self/fd"})
_BLOCK = 256 * 1024

#: What a source can be given as.
SourceLike: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Iterable[Mapping[str, Any]]"
_RECORDS = msgspec.json.Encoder(decimal_format="number")


@contextmanager
def as_file(source: SourceLike, name: str | None = None) -> Iterator[Path]:
    """A path at which a source can be read as often as needed; within the block only, if it had to be copied.

    Args:
        source: a path as somebody typed it, the content of a file, a stream, or records (see the table above). Values
            of records are what JSON has, and dates, times, decimals and uuids.
        name: what to call it, unless it is a path; folders in it are left out.

    Raises:
        UsageError: it is standard input, and that is a terminal; or nothing that could be a source.
        InvalidSource: it cannot be read, or a value of a record is of no known type.
    """
    if isinstance(source, (str, os.PathLike)):
        with _path_as_file(Path(source)) as path:
            yield path
        return
    with TemporaryDirectory(prefix="bake-") as folder:
        yield _copied(source, Path(folder) / _called(source, name))


def _called(source: object, name: str | None) -> str:
    """What a source is called: as somebody says, or by its stream, whose name may be a number."""
    own = getattr(source, "name", None)
    given = name or (own if isinstance(own, str) else "")
    usual = "records" if _holds_records(source) else "upload"
    return Path(given.replace("\\", "/").replace("\0", "")).name or usual


def _holds_records(source: object) -> bool:
    return not (isinstance(source, (bytes, bytearray, memoryview)) or callable(getattr(source, "read", None)))


def _copied(source: bytes | BinaryIO | Iterable[Mapping[str, Any]], copy: Path) -> Path:
    """A file with what was given."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = io.BytesIO(source)
    if not _holds_records(source):
        with copy.open("wb") as written:
            _copy_stream(source, written)  # type: ignore[arg-type]
        return copy
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise UsageError(
            f"{type(source).__name__} is not a source",
            hint="give a path, bytes, a binary stream, or an iterable of dictionaries",
        )
    with copy.open("wb") as written:
        _write_records(source, written)
    return copy


def _copy_stream(stream: IO[Any], written: IO[bytes]) -> None:
    first = stream.read(_BLOCK)
    if isinstance(first, str):
        raise UsageError("a source is read as bytes, and this is a stream of text", hint='open(…, "rb")')
    written.write(first)
    shutil.copyfileobj(stream, written, _BLOCK)


def _write_records(records: Iterable[Any], written: IO[bytes]) -> None:
    """A JSON list, a record a line."""
    written.write(b"[")
    for n, (mark, record) in enumerate(zip(chain([b"\n"], repeat(b",\n")), records, strict=False)):
        if not isinstance(record, Mapping):
            raise InvalidSource(f"record {n} is no dictionary but {type(record).__name__}")
        try:
            written.write(mark + _RECORDS.encode(record))
        except TypeError as error:
            raise InvalidSource(f"record {n} has a value that is not known in JSON: {error}") from None
    written.write(b"\n]\n")


@contextmanager
def _path_as_file(path: Path) -> Iterator[Path]:
    if not _is_stream(path):
        yield path
        return
    if path == STDIN and sys.stdin.isatty():
        hint = "Pipe a source into it (cat sheet.csv | bake …), or name a file."
        raise UsageError("- is standard input, and that is a terminal", hint=hint)
    with TemporaryDirectory(prefix="bake-") as folder:
        copy = Path(folder) / _name(path)
        try:
            _copy(path, copy)
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise InvalidSource(f"{path} cannot be read: {reason}", hint="Check what writes into it.") from None
        yield copy


def _is_stream(path: Path) -> bool:
    """Whether what a path names can be read only once."""
    return path == STDIN or (path.exists() and not path.is_file() and not path.is_dir())


def _name(path: Path) -> str:
    if str(path) in _STDIN_NAMES:
        return "stdin"
    return "pipe" if str(path.parent) in _DESCRIPTORS else path.name


def _copy(path: Path, copy: Path) -> None:
    opened = os.fdopen(os.dup(0), "rb") if path == STDIN else path.open("rb")
    with opened as stream, copy.open("wb") as written:
        shutil.copyfileobj(stream, written, _BLOCK)
