"""Where the files of a set stand, a folder or a ZIP, and what in it is not to be trusted.

Nothing is unpacked and no link is followed. A ZIP is judged by what it declares before anything in it is decompressed,
and nothing is decompressed beyond what it declares.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from bake.catalog.values import shown
from bake.errors import DamagedExport, InvalidSource, Location, Problem
from bake.sources.normalized.manifest import MANIFEST, is_plain_name
from bake.sources.normalized.zip_file import MAGICS, ZipBytes, is_dropped, overwhelms
from bake.sources.texts.byte_source import ByteSource, FileBytes, Spool

#: How many entries of a ZIP lie decompressed in a temporary folder: the one being read, and one that is gone back to.
_HELD = 2


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
    return archive_of(ZipBytes(FileBytes(path, changed=DamagedExport), path.name)) if _begins_as_zip(path) else None


def archive_of(packed: ZipBytes) -> Archive | None:
    """The set that a ZIP is; None if no manifest is in it.

    Raises:
        DamagedExport: it cannot be opened.
    """
    infos = packed.infos()
    return Archive(packed) if any(info.filename == f"{_top(infos)}{MANIFEST}" for info in infos) else None


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
        return sorted(entry.name for entry in self.path.iterdir() if not is_dropped(entry.name))

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

    def __init__(self, packed: ZipBytes) -> None:
        self._packed = packed
        self._spool = lru_cache(_HELD)(self._spooled)

    @property
    def name(self) -> str:
        """The name of the ZIP."""
        return self._packed.name

    def names(self) -> list[str]:
        """The names of its entries, relative to the manifest."""
        return sorted(self._members())

    def problems(self) -> Iterator[Problem]:
        """Links, names that lead elsewhere, doubles, encrypted entries, and sizes that overwhelm."""
        infos = self._packed.infos()
        top = _top(infos)
        for name, times in Counter(info.filename for info in infos).items():
            if times > 1:
                yield Problem(f"{shown(name)} is {times} times in the ZIP", Location(self.name))
        for info in infos:
            problem = _entry_problem(info, info.filename.removeprefix(top))
            if problem:
                yield Problem(f"{shown(info.filename)} {problem}", Location(self.name))
        if sum(info.compress_size for info in infos) > self._packed.stored.size:
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
        return self._packed.spooled(info)

    def _members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._packed.infos()
        top = _top(infos)
        named = {info.filename.removeprefix(top): info for info in infos if not info.is_dir()}
        return {name: info for name, info in named.items() if not is_dropped(name)}


def _begins_as_zip(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(4) in MAGICS
    except OSError:
        return False


def _top(infos: list[zipfile.ZipInfo]) -> str:
    """The only folder in which everything stands, with its slash; empty if the manifest is at the top."""
    names = [info.filename for info in infos if not is_dropped(info.filename)]
    folders = {name.partition("/")[0] for name in names}
    folder = folders.pop() if len(folders) == 1 else ""
    return f"{folder}/" if is_plain_name(folder) and f"{folder}/{MANIFEST}" in names else ""


def _entry_problem(info: zipfile.ZipInfo, name: str) -> str | None:
    if is_dropped(name) or (info.is_dir() and not name):
        return None
    return overwhelms(info) if is_plain_name(name) else "leads out of the set's folder"
