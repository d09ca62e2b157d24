"""Files that were sent: kept in the project's folder `imports`, so that changesets can name them as their source."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bake.errors import UsageError

FOLDER = "imports"
#: The folder of several files that were sent together; what is made of them is named after it.
SET = "set"
_ID = re.compile(r"[0-9a-f]{12}")
_LONGEST = 120
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent.

    Attributes:
        id: names it in addresses.
        path: the file; or the folder, if several files were sent.
    """

    id: str
    path: Path


class Uploads:
    """The files that were sent to a project.

    Args:
        folder: the project's.
        keyed: gives keyed digests, where the catalog has sensitive fields. Then git ignores the files, and their ids,
            which stand in changesets as a part of paths, are keyed: whoever knows all of a file but a number could find
            that by its digest.
    """

    def __init__(self, folder: Path, keyed: Callable[[str], str] | None = None) -> None:
        self._folder = folder / FOLDER
        self._keyed = keyed

    def keep(self, files: Iterable[tuple[str, IO[bytes]]]) -> Upload:
        """Keep files that belong together; the same files again are the same upload.

        Args:
            files: the name and the content of each.

        Raises:
            UsageError: there are none, two have one name, or they cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._keyed is not None:
                (self._folder / ".gitignore").write_text("*\n", encoding="ascii")
            fresh = self._folder / f".{secrets.token_hex(8)}.part"
            fresh.mkdir()
        except OSError as error:
            raise _unwritten(self._folder, error) from None
        try:
            return self._kept(fresh, files)
        except OSError as error:
            raise _unwritten(self._folder, error) from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _kept(self, fresh: Path, files: Iterable[tuple[str, IO[bytes]]]) -> Upload:
        sent, whole = list(files), fresh / "files"
        room = whole / SET if len(sent) > 1 else whole
        room.mkdir(parents=True)
        digests = []
        for given, stream in sent:
            name = safe_name(given)
            if (room / name).exists():
                raise UsageError(f"two of the files are called {name}", hint="send them one after the other")
            digests.append(f"{name}\0{_copied(stream, room / name)}")
        if not digests:
            raise UsageError("no file was sent", hint="choose a file, or paste its text")
        id_ = self._id("\n".join(sorted(digests)))
        place = self._folder / id_
        if not place.exists():
            whole.rename(place)
        return Upload(id_, _source(place))

    def _id(self, digests: str) -> str:
        whole = hashlib.sha256(digests.encode()).hexdigest()
        return (whole if self._keyed is None else self._keyed(whole))[:12]

    def find(self, id_: str) -> Upload | None:
        """An upload by its id."""
        place = self._folder / id_
        return Upload(id_, _source(place)) if _ID.fullmatch(id_) and place.is_dir() else None


def safe_name(given: str) -> str:
    """The name of a file that was sent: no folders, nothing hidden, not too long, and never empty."""
    name = re.split(r"[/\\]", given)[-1]
    name = "".join(char for char in name if char.isprintable()).strip().lstrip(".")
    stem, dot, suffix = name.rpartition(".")
    if len(name.encode()) > _LONGEST:
        room = _LONGEST - len(suffix.encode()[:20]) - 1
        name = (stem or name).encode()[:room].decode(errors="ignore") + (dot + suffix[:20] if dot else "")
    return name or "upload"


def _source(place: Path) -> Path:
    files = list(place.iterdir())
    return files[0] if len(files) == 1 else place


def _copied(stream: IO[bytes], target: Path) -> str:
    """Copy a stream; the digest of its content."""
    digest = hashlib.sha256()
    with target.open("wb") as written:
        while block := stream.read(_BLOCK):
            digest.update(block)
            written.write(block)
    return digest.hexdigest()


def _unwritten(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"{folder} cannot be written to: {error.strerror}", hint="check its permissions, and the disk")
