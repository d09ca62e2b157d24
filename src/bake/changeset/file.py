"""Reads a changeset file.

A damaged file can be read, so that it can be shown: its defects are in `Changeset.damage`, and only `Changeset.intact`
raises an error for them. A last line without a line break, after `built`, is an event whose writing was interrupted: it
is ignored, and the next event overwrites it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import msgspec

from bake.changeset.codec import OPERATION, blocks, decode, operations_in
from bake.changeset.decisions import Decisions
from bake.changeset.events import Amended, Event, Sealed
from bake.changeset.fold import decide
from bake.changeset.header import Header
from bake.changeset.model import Built, Operation, Question, Skip
from bake.changeset.scan import Fit, Scan, digest
from bake.commands import command
from bake.errors import DamagedChangeset, Location, Problem, UsageError
from bake.unfinished import unfinished

SUFFIX = ".changeset.jsonl"

#: Each line of an operation with warnings, and of a skip, contains one of these; few other lines do.
_MARKERS = (b'"warnings":[', b'"action":"skip"')


@dataclass(frozen=True)
class Changeset:
    """A changeset file as it was read: everything but its operations, which are read again from the file when needed.

    Attributes:
        path: the path of the file.
        header: its first line.
        questions: the questions asked by the build; `decisions` also has those that answers opened.
        built: the line that closes the build; None if the file ends before it.
        events: the lines appended since the build, such as answers.
        total: how many operations it has.
        scan: the scan that read the file; it can be continued after events are appended.
        damage: the defects of the file, in the order of its lines.
        edits: the part of `damage` that is lines edited by hand, which `seal` can accept.
        torn: the size in bytes of an unfinished event at the end.
        decisions: the answers and amendments among the events, folded.
        end: the offset after its last whole line.
        tail: the digest of all bytes before `end`.
        head: the digest of the last event, which the next one has as its `prev`; `tail`, if there is none.
    """

    path: Path
    header: Header
    questions: tuple[Question, ...]
    built: Built | None
    events: tuple[Event, ...]
    total: int
    scan: Scan = field(compare=False, repr=False)
    damage: tuple[Problem, ...] = ()
    edits: tuple[Problem, ...] = ()
    torn: int = 0
    end: int = 0
    tail: str = ""
    head: str = ""
    decisions: Decisions = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decisions", decide(self.total, self.questions, self.events, self.operations))

    @property
    def digest(self) -> str:
        """The digest that identifies the changeset: that of the last seal or, without one, of the build.

        Answers do not change it. It is empty if the file ends before `built`.
        """
        sealed = next((event.content for event in reversed(self.events) if isinstance(event, Sealed)), None)
        return sealed or (self.built.digest if self.built else "")

    def was_at(self, head: str) -> bool:
        """Whether this file had this `head` at some time: now, or before further events were appended."""
        return head == self.head or (self.scan.chain is not None and head in self.scan.chain)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions without an answer, and those whose answers contradict each other."""
        return tuple(self.decisions.open)

    def save(self, path: str | os.PathLike[str]) -> Changeset:
        """Copy the file.

        Args:
            path: the path of the copy; its folder must exist.

        Returns:
            The copy, read.

        Raises:
            UsageError: the path exists already, or cannot be written.
        """
        target = Path(path)
        try:
            with self.path.open("rb") as stream, unfinished(target.parent) as copy:
                shutil.copyfileobj(stream, copy.stream)
                copy.put(target)
        except FileExistsError:
            raise UsageError(f"{target} is there already", hint="a changeset is never overwritten") from None
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}") from None
        return read(target)

    def operations(self) -> Iterator[Operation]:
        """The operations as built, in the order of the file; lines that cannot be decoded are left out.

        Raises:
            UsageError: the file has been changed since it was read; raised after the last operation.
        """
        sha, left = hashlib.sha256(), self.end
        with self.path.open("rb") as stream:
            for block in blocks(stream):
                sha.update(memoryview(block)[:left])
                left -= min(left, len(block))
                operations = operations_in(block)
                yield from _decoded_operations(block) if operations is None else operations
        if digest(sha) != self.tail:
            raise UsageError(
                f"{self.path.name} was changed by somebody else while it was being read",
                hint="run the command again: it will read the file as it is now",
            )

    def numbered(self, numbers: Iterable[int]) -> Iterator[Operation]:
        """The operations with these numbers, as built; those that are not there are left out.

        Raises:
            UsageError: the file was replaced since it was read.
        """
        return self.scan.index(self.end).numbered(numbers)

    def creates(self, entities: Collection[str]) -> Iterator[Operation]:
        """The operations that create rows of these entities, as built, in the order of the file.

        Raises:
            UsageError: as `numbered`.
        """
        return self.scan.index(self.end).creates(entities)

    def bare(self, n: int) -> Operation | None:
        """The operation with this number before answers are applied to it (`Decisions.bare`), or None.

        Args:
            n: the number of the operation; one above `total` is that of a create which an answer makes.
        """
        if n > self.total:
            return self.decisions.bare_created(n)
        return next(map(self.decisions.bare, self.numbered((n,))), None)

    def effective(self) -> Iterator[Operation]:
        """The creates that answers add, then all operations with answers and amendments applied."""
        yield from self.decisions.created()
        changed = self.decisions.change_anything
        yield from map(self.decisions.effective, self.operations()) if changed else self.operations()

    def warned_or_skipped(self) -> Iterator[Operation]:
        """The operations as built that have warnings or are skips; lines without a marker are not decoded."""
        with self.path.open("rb") as stream:
            for block in blocks(stream):
                if any(marker in block for marker in _MARKERS):
                    lines = (raw for raw in BytesIO(block) if any(marker in raw for marker in _MARKERS))
                    yield from (o for o in _decoded_operations(b"".join(lines)) if isinstance(o, Skip) or o.warnings)

    def intact(self) -> Changeset:
        """Return this changeset, if the file is undamaged.

        Raises:
            DamagedChangeset: it is damaged; `problems` has every defect.
        """
        if not self.damage:
            return self
        again = f"restore it from git, or build it again from {self.header.source.name}"
        sealed = (
            f"; or, if the edit is meant: {command('changeset', 'seal', self.path)}"
            if self.edits == self.damage
            else ""
        )
        raise DamagedChangeset(
            f"{self.path.name} is damaged and cannot be applied",
            problems=self.damage,
            hint=again + sealed,
        )


def read(path: str | os.PathLike[str], fit: Fit | None = None) -> Changeset:
    """Read a changeset file, damaged or not.

    Args:
        path: the path of the file.
        fit: finds further faults in each line, such as `bake.resolution.catalog_fit`.

    Returns:
        The changeset; `damage` has the defects of the file.

    Raises:
        UsageError: the file does not exist or cannot be read.
        DamagedChangeset: its first line is no header of a known format.
    """
    path = path if isinstance(path, Path) else Path(path)
    scan = Scan(path, fit)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(
            f"{path} is no ordinary file, and a changeset is read several times", hint="save it to a file first"
        )  # and to open a named pipe waits for somebody who writes to it
    try:
        with path.open("rb") as stream:
            scan.run(stream)
    except FileNotFoundError:
        raise UsageError(f"there is no changeset {path}", hint="bake changeset list") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    return changeset_of(scan)


def changeset_of(scan: Scan) -> Changeset:
    """The changeset that a finished scan has read."""
    assert scan.header is not None
    file = Changeset(
        path=scan.path,
        header=scan.header,
        questions=tuple(scan.questions),
        built=scan.built,
        events=tuple(scan.events),
        total=scan.operations.total,
        scan=scan,
        damage=_by_line([*scan.edits, *scan.damage]),
        edits=tuple(scan.edits),
        torn=scan.torn,
        end=scan.end,
        tail=digest(scan.sha),
        head=scan.head,
    )
    unfit = [_unfit_amendment(scan.path, event, why) for event, why in file.decisions.unfit]
    for operation in file.decisions.replaced.values():
        unfit += [Problem(why, Location(str(scan.path))) for why in (scan.fit(operation) if scan.fit else ())]
    return replace(file, damage=(*file.damage, *unfit)) if unfit else file


def _decoded_operations(block: bytes) -> Iterator[Operation]:
    for raw in BytesIO(block):
        if raw.startswith(OPERATION):
            with suppress(msgspec.DecodeError):
                yield decode(raw)  # type: ignore[misc]


def _by_line(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.location and problem.location.line) or 0))


def _unfit_amendment(path: Path, event: Amended, why: str) -> Problem:
    return Problem(
        f"what was amended {event.at} by {event.by} in operation {event.operation}: {why}", Location(str(path))
    )
