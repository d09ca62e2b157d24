"""A set as one ZIP: the same files give the same bytes."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

from bake.unfinished import unfinished

_BLOCK = 1024**2

#: Read and write for the owner, read for others, in the place where Unix systems look for it.
_MODE = 0o100644 << 16

#: What ZIP calls a Unix system.
_UNIX = 3


def write_archive(folder: Path, archive: Path, at: datetime) -> Path:
    """Put the files of a folder into a ZIP, which is whole or not there.

    Args:
        folder: a set.
        archive: the ZIP; the folder above it is made if it is not there.
        at: the time that its entries bear.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(archive.parent) as file:
        with zipfile.ZipFile(file.stream, "w", zipfile.ZIP_DEFLATED) as target:
            for path in sorted(folder.iterdir()):
                _add(target, path, at)
        file.replace(archive)
    return archive


def _add(target: zipfile.ZipFile, path: Path, at: datetime) -> None:
    info = zipfile.ZipInfo(path.name, date_time=(at.year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = _MODE
    with path.open("rb") as source, target.open(info, "w", force_zip64=True) as entry:
        while block := source.read(_BLOCK):
            entry.write(block)
