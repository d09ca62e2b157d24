"""Copy sources that are not files (standard input, pipes, bytes, streams, records) to temporary files.

    source                            its name        what is copied
    - or /dev/stdin                   stdin           standard input; refused if it is a terminal
    /dev/fd/63, as `<( … )` gives     pipe            what the pipe gives
    a named pipe, a device            its file name   what it gives
    any other path                    its file name   nothing: the file or folder is read in place
    bytes                             upload          the bytes
    a binary stream                   its name        the rest of the stream, from its current position
    records: dictionaries             records         a JSON list of them, which can only be read by a view

All other modules can so assume that a source is a file that can be opened several times and read from any offset: it is
recognised by its first bytes, digested, read, and read again for the log of skipped records.
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
#: What standard input is called as a source.
STDIN_NAME = "stdin"
_STDIN_NAMES = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_DESCRIPTORS = frozenset({"/dev/fd", "/proc/self/fd"})
_BLOCK = 256 * 1024

#: The types that functions accept as a source.
SourceLike: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Iterable[Mapping[str, Any]]"
_RECORDS = msgspec.json.Encoder(decimal_format="number")


@contextmanager
def as_file(source: SourceLike, name: str | None = None) -> Iterator[Path]:
    """Give the path of a file with a source's content; a temporary copy is removed when the block ends.

    Args:
        source: a path, the bytes of a file, a binary stream, or records (see the table above). The values of records
            are those of JSON, dates, times, decimals and uuids.
        name: the source's name, unless it is a path; folders in it are removed.

    Raises:
        UsageError: the source is a terminal, a stream of text, or of a type that is not a source.
        InvalidSource: it cannot be read, or a record is no dictionary, or has a value of an unknown type.
    """
    if isinstance(source, (str, os.PathLike)):
        with _path_as_file(Path(source)) as path:
            yield path
        return
    with TemporaryDirectory(prefix="bake-") as folder:
        yield _copied(source, Path(folder) / _called(source, name))


def _called(source: object, name: str | None) -> str:
    """The name of a source that is not a path: the one given, else the stream's if that is a text, else a default."""
    own = getattr(source, "name", None)
    given = name or (own if isinstance(own, str) else "")
    usual = "records" if _holds_records(source) else "upload"
    return Path(given.replace("\\", "/").replace("\0", "")).name or usual


def _holds_records(source: object) -> bool:
    """Whether a source is neither bytes nor a stream, and so should be an iterable of records."""
    return not (isinstance(source, (bytes, bytearray, memoryview)) or callable(getattr(source, "read", None)))


def _copied(source: bytes | BinaryIO | Iterable[Mapping[str, Any]], copy: Path) -> Path:
    """Write a source to the path `copy`, and return it.

    Raises:
        UsageError: it is a stream of text, or of a type that is not a source.
        InvalidSource: a record is no dictionary, or has a value of an unknown type.
    """
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
    """Write records as a JSON list, one record a line."""
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
    """Whether a path names standard input, a pipe or a device, which can be read only once."""
    return path == STDIN or (path.exists() and not path.is_file() and not path.is_dir())


def _name(path: Path) -> str:
    if str(path) in _STDIN_NAMES:
        return STDIN_NAME
    return "pipe" if str(path.parent) in _DESCRIPTORS else path.name


def _copy(path: Path, copy: Path) -> None:
    opened = os.fdopen(os.dup(0), "rb") if path == STDIN else path.open("rb")
    with opened as stream, copy.open("wb") as written:
        shutil.copyfileobj(stream, written, _BLOCK)
