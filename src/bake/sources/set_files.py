"""Where the files of a set stand, a folder or a ZIP, and what in it is not to be trusted.

Nothing is unpacked and no link is followed. A ZIP is judged by what it declares before anything in it is decompressed,
and nothing is decompressed beyond what it declares.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from bake.catalog.values import shown
from bake.changeset.stamp import stamp
from bake.errors import DamagedExport, InvalidSource, Location, Problem
from bake.sources.byte_source import ByteSource, FileBytes, Spool
from bake.sources.manifest import MANIFEST, is_plain_name

#: What one file may come to, in bytes: more than an export of ten million records.
LARGEST = 8 * 1024**3

#: How many entries of a ZIP lie decompressed in a temporary folder: the one being read, and one that is gone back to.
_HELD = 2

_BLOCK = 256 * 1024

#: How much smaller than its content a compressed file may be; text of records comes to a tenth of that.
TIGHTEST = 250

#: Below this size, in bytes, compression is nobody's weapon.
_HARMLESS = 1024**2

_ZIP_MAGIC = b"PK"
_ENCRYPTED = 0x1


class SetFiles(Protocol):
    """The files of a set, by name."""

    @property
    def name(self) -> str:
        """What people call the set."""
        ...

    def names(self) -> list[str]:
        """The names of its files, what systems drop into folders left out."""
        ...

    def problems(self) -> Iterator[Problem]:
        """What must not be in a set: links, folders, names that lead elsewhere, sizes that overwhelm."""
        ...

    def open(self, name: str) -> ByteSource:
        """The bytes of a file, to be read a part at a time.

        Raises:
            DamagedExport: they cannot be read whole.
        """
        ...


def set_files(path: Path) -> SetFiles | None:
    """The files of the set that a folder, a `manifest.json` or a ZIP is; None if the path is something else.

    Raises:
        InvalidSource: a folder without a manifest.
        DamagedExport: a ZIP that cannot be opened.
    """
    if path.is_dir():
        if not (path / MANIFEST).exists():
            raise InvalidSource(f"{path} has no {MANIFEST}", hint="Name a file in it, or the folder of a set.")
        return Folder(path)
    if path.name == MANIFEST and path.is_file():
        return Folder(path.parent)
    return Archive(path) if _begins_as_zip(path) else None


@dataclass(frozen=True, slots=True)
class _Entry:
    """The bytes of an entry of a ZIP; decompressed again if others were read meanwhile."""

    spool: Callable[[str], Spool]
    name: str

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on."""
        return self.spool(self.name).read(start, size)


@dataclass(frozen=True, slots=True)
class Folder:
    """A set in a folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    def names(self) -> list[str]:
        """The names of its entries."""
        return sorted(entry.name for entry in self.path.iterdir() if not _dropped(entry.name))

    def problems(self) -> Iterator[Problem]:
        """Links, and what is no file."""
        for name in self.names():
            entry = self.path / name
            if entry.is_symlink():
                yield Problem(f"{shown(name)} is a link", Location(name))
            elif not entry.is_file():
                yield Problem(f"{shown(name)} is not a file", Location(name))

    def open(self, name: str) -> ByteSource:
        """The bytes of a file in it."""
        entry = self.path / name
        try:
            if is_plain_name(name) and not entry.is_symlink() and entry.is_file():
                return FileBytes(entry, changed=DamagedExport)
        except OSError as error:
            raise DamagedExport(f"it cannot be read: {error.strerror}", location=Location(name)) from None
        raise DamagedExport(f"{shown(name)} is not a file of the set", location=Location(name))


class Archive:
    """A set in a ZIP, at its top or in its only folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp = stamp(path.stat())
        self._spool = lru_cache(_HELD)(self._spooled)

    @property
    def name(self) -> str:
        """The name of the ZIP."""
        return self.path.name

    def names(self) -> list[str]:
        """The names of its entries, relative to the manifest."""
        return sorted(self._members())

    def problems(self) -> Iterator[Problem]:
        """Links, names that lead elsewhere, doubles, encrypted entries, and sizes that overwhelm."""
        infos = self._infos()
        top = _top(infos)
        for name, times in Counter(info.filename for info in infos).items():
            if times > 1:
                yield Problem(f"{shown(name)} is {times} times in the ZIP", Location(self.name))
        for info in infos:
            problem = _entry_problem(info, info.filename.removeprefix(top))
            if problem:
                yield Problem(f"{shown(info.filename)} {problem}", Location(self.name))
        if sum(info.compress_size for info in infos) > self.path.stat().st_size:
            yield Problem("its entries are larger than the ZIP itself", Location(self.name))

    def open(self, name: str) -> ByteSource:
        """The bytes of an entry, at most as many as it declares."""
        self._spool(name)
        return _Entry(self._spool, name)

    def _spooled(self, name: str) -> Spool:
        """The bytes of an entry, decompressed: nobody can go back in what is compressed."""
        info = self._members().get(name)
        problem = "is not in the ZIP" if info is None else _entry_problem(info, name)
        if info is None or problem:
            raise DamagedExport(f"{shown(name)} {problem}", location=Location(name))
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(info) as entry:
                spool = Spool(entry, _BLOCK)
            same = stamp(self.path.stat()) == self._stamp
        except OSError as error:
            raise DamagedExport(f"it cannot be unpacked: {error.strerror}", location=Location(name)) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise DamagedExport(f"the ZIP is damaged here: {error}", location=Location(name)) from None
        if not same:
            raise DamagedExport("it was changed while it was being read", location=Location(self.name))
        if spool.size != info.file_size:
            message = f"the ZIP says {info.file_size} bytes, and has {spool.size}"
            raise DamagedExport(message, location=Location(name))
        return spool

    def _members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._infos()
        top = _top(infos)
        named = {info.filename.removeprefix(top): info for info in infos if not info.is_dir()}
        return {name: info for name, info in named.items() if not _dropped(name)}

    def _infos(self) -> list[zipfile.ZipInfo]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.infolist()
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            hint = "It is cut off or damaged; copy it again."
            raise DamagedExport(f"the ZIP cannot be opened: {error}", location=Location(self.name), hint=hint) from None


def _begins_as_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    except OSError:
        return False


def _top(infos: list[zipfile.ZipInfo]) -> str:
    """The only folder in which everything stands, with its slash; empty if the manifest is at the top."""
    names = [info.filename for info in infos if not _dropped(info.filename)]
    folders = {name.partition("/")[0] for name in names}
    folder = folders.pop() if len(folders) == 1 else ""
    return f"{folder}/" if is_plain_name(folder) and f"{folder}/{MANIFEST}" in names else ""


def _entry_problem(info: zipfile.ZipInfo, name: str) -> str | None:
    mode = info.external_attr >> 16
    if _dropped(name) or (info.is_dir() and not name):
        return None
    if not is_plain_name(name):
        return "leads out of the set's folder"
    if stat.S_ISLNK(mode):
        return "is a link"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.file_size > LARGEST:
        return f"says that it has {info.file_size} bytes; at most {LARGEST} are read"
    if info.file_size > _HARMLESS and info.file_size > TIGHTEST * info.compress_size:
        return f"would grow to more than {TIGHTEST} times its size: a ZIP bomb?"
    return None


def _dropped(name: str) -> bool:
    """Whether a file is one that systems leave in folders; it is never read, and no harm."""
    return (name.startswith(".") and not name.startswith("..")) or name.startswith("__MACOSX/")
