"""The changesets of a project: each is read once, as long as its file stays the same."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import bake
from bake.changeset.file import SUFFIX
from bake.errors import BakeError
from bake.renderer.review import Review

_NAME = re.compile(r"[^/\\\0]{1,200}")
#: How many changesets are held; of each, no more than its questions and events.
_HELD = 200
#: How many changesets are held as they are looked through; of each, some 20 bytes for each operation.
_REVIEWED = 4

_Stamp: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """A changeset on the shelf.

    Attributes:
        name: its file name without the suffix; it stands in addresses.
        listed: the changeset, or why it cannot be read.
        state: as `ListedChangeset.state`.
        plan: what it would do; None if it cannot be read.
        stamp: tells one state of the file from another.
    """

    name: str
    listed: bake.ListedChangeset
    state: str
    plan: bake.Plan | None
    stamp: _Stamp


@dataclass(frozen=True, slots=True)
class Compared:
    """How a changeset stood to the database when it was last compared with it.

    Attributes:
        head: the changeset's head then.
        state: as `CheckResult.state`.
        at: when, as changesets write times.
    """

    head: str
    state: str
    at: str


class Shelf:
    """The changesets in a folder.

    Args:
        folder: the folder; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: OrderedDict[Path, tuple[_Stamp, Item]] = OrderedDict()
        self._reviews: OrderedDict[tuple[Path, _Stamp], Review] = OrderedDict()
        self._answered: OrderedDict[Path, bake.Changeset] = OrderedDict()
        self._compared: OrderedDict[Path, Compared] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, file: bake.Changeset) -> None:
        """Hold a changeset that questions are asked of, so that it need not be read again for the next one."""
        with self._lock:
            self._answered[file.path] = file
            self._answered.move_to_end(file.path)
            while len(self._answered) > _REVIEWED:
                self._answered.popitem(last=False)

    def kept(self, path: Path) -> bake.Changeset | Path:
        """The changeset at a path as it was kept, which may be of before; else the path."""
        return self._answered.get(path, path)

    def note(self, result: bake.CheckResult) -> None:
        """Remember how a changeset stood to the database just now."""
        file, now = result.changeset, datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        with self._lock:
            self._compared[file.path] = Compared(file.head, result.state, now)
            self._compared.move_to_end(file.path)
            while len(self._compared) > _HELD:
                self._compared.popitem(last=False)

    def compared(self, file: bake.Changeset) -> Compared | None:
        """How a changeset stood to the database when it was last compared; None if it was not as it is now."""
        found = self._compared.get(file.path)
        return found if found is not None and found.head == file.head else None

    def items(self) -> list[Item]:
        """All changesets, the one that was changed last first."""
        paths = sorted(self._folder.glob(f"*{SUFFIX}"), key=_changed, reverse=True)
        return [self._item(path) for path in paths]

    def path(self, name: str) -> Path | None:
        """The path of a changeset by its name; None if there is none in the folder."""
        if not _NAME.fullmatch(name) or name.startswith("."):
            return None
        path = self._folder / f"{name}{SUFFIX}"
        return path if path.is_file() and path.parent == self._folder else None

    def item(self, name: str) -> Item | None:
        """A changeset by its name."""
        path = self.path(name)
        return None if path is None else self._item(path)

    def review(self, item: Item, file: bake.Changeset) -> Review:
        """A changeset to be looked through."""
        key = (item.listed.path, item.stamp)
        with self._lock:
            if (held := self._reviews.get(key)) is not None:
                self._reviews.move_to_end(key)
                return held
        made = Review(file)
        with self._lock:
            self._reviews[key] = made
            while len(self._reviews) > _REVIEWED:
                self._reviews.popitem(last=False)
        return made

    def _item(self, path: Path) -> Item:
        stamp = _stamp(path)
        with self._lock:
            held = self._held.get(path)
            if held and held[0] == stamp:
                self._held.move_to_end(path)
                return held[1]
        item = _read(path, stamp)
        with self._lock:
            self._held[path] = (stamp, item)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        return item


def name_of(file: bake.Changeset | Path) -> str:
    """The name under which a changeset is on the shelf."""
    path = file if isinstance(file, Path) else file.path
    return path.name.removesuffix(SUFFIX)


def _read(path: Path, stamp: _Stamp) -> Item:
    try:
        listed = bake.ListedChangeset(path, bake.read(path))
    except BakeError as error:
        listed = bake.ListedChangeset(path, None, error.message)
    plan = bake.plan_of(listed.changeset) if listed.changeset else None
    return Item(name_of(path), listed, listed.state, plan, stamp)


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _changed(path: Path) -> int:
    return _stamp(path)[1]
