"""A changeset as a file.

Reading never fails on a damaged file, so that viewing always works: what is wrong is collected as `damage`, and
`intact` is what refuses. An unterminated last line after `built` is an event whose writing was cut off: it never
happened, and the next event takes its place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import msgspec

from bake.changeset.codec import OPERATION, blocks, decode, operations_in
from bake.changeset.decisions import Decisions
from bake.changeset.fold import decide
from bake.changeset.model import Amended, Built, Event, Header, Operation, Question, Sealed, Skip
from bake.changeset.scan import Scan, digest
from bake.commands import command
from bake.errors import DamagedChangeset, Location, Problem, UsageError

SUFFIX = ".changeset.jsonl"

#: One of these stands in the line of each operation that has warnings or skips something, and in few others.
_MARKERS = (b'"warnings":[', b'"action":"skip"')


@dataclass(frozen=True)
class Changeset:
    """A changeset file as it was read: everything but its operations, which stream from the file.

    Attributes:
        path: where it is.
        header: its first line.
        questions: as built; `decisions` has those asked later too.
        built: the line that closes the build; None if the file is torn before it.
        events: all that happened since.
        total: how many operations it has.
        scan: the pass over it that found all this, to go on from when events are appended.
        damage: what is wrong with it.
        edits: of the damage, the lines that were edited by hand: what a seal can accept.
        torn: how many bytes of an unfinished event stand at its end.
        end: the offset after its last whole line.
        tail: the digest over all before `end`: the `prev` of the next event.
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
    decisions: Decisions = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decisions", decide(self.total, self.questions, self.events, self.operations))

    @property
    def digest(self) -> str:
        """The identity of the changeset: the digest of what was built or, later, sealed; answers do not change it."""
        sealed = next((event.content for event in reversed(self.events) if isinstance(event, Sealed)), None)
        return sealed or (self.built.digest if self.built else "")

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions that nobody has answered yet, and those whose answers contradict each other."""
        return tuple(self.decisions.open)

    def save(self, path: str | os.PathLike[str]) -> Changeset:
        """Keep a copy of the file somewhere else.

        Args:
            path: where to; its folder has to be there.

        Returns:
            The changeset of that file.

        Raises:
            UsageError: there is a file already, or it cannot be written.
        """
        target = Path(path)
        try:
            with self.path.open("rb") as stream, target.open("xb") as copy:
                shutil.copyfileobj(stream, copy)
        except FileExistsError:
            raise UsageError(f"{target} is there already", hint="a changeset is never overwritten") from None
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}") from None
        return read(target)

    def operations(self) -> Iterator[Operation]:
        """The operations as built, in the order of the file; lines that cannot be read are left out.

        Raises:
            UsageError: the file is no longer what it was when it was read; raised behind the last of them.
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

    def bare(self, n: int) -> Operation | None:
        """The operation of this number as an amendment finds it (`Decisions.bare`); None if there is none."""
        if n > self.total:
            return self.decisions.bare_created(n)
        return next((self.decisions.bare(operation) for operation in self.operations() if operation.n == n), None)

    def effective(self) -> Iterator[Operation]:
        """The rows that answers create, and then the operations as they are now."""
        yield from self.decisions.created()
        changed = self.decisions.change_anything
        yield from map(self.decisions.effective, self.operations()) if changed else self.operations()

    def warned_or_skipped(self) -> Iterator[Operation]:
        """The operations as built that have warnings or skip something; the lines of others are not decoded."""
        with self.path.open("rb") as stream:
            for block in blocks(stream):
                if any(marker in block for marker in _MARKERS):
                    lines = (raw for raw in BytesIO(block) if any(marker in raw for marker in _MARKERS))
                    yield from (o for o in _decoded_operations(b"".join(lines)) if isinstance(o, Skip) or o.warnings)

    def intact(self) -> Changeset:
        """This file, if it is undamaged.

        Raises:
            DamagedChangeset: it is not; every damage found is among the problems.
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


def read(path: str | os.PathLike[str]) -> Changeset:
    """Read a changeset file, damaged or not.

    Args:
        path: where it is.

    Returns:
        The changeset; its `damage` says what is wrong with it, and its `intact()` raises that.

    Raises:
        UsageError: there is no such file.
        DamagedChangeset: it is not a changeset at all: its first line is no header of a known format.
    """
    path = path if isinstance(path, Path) else Path(path)
    scan = Scan(path)
    try:
        with path.open("rb") as stream:
            scan.run(stream)
    except FileNotFoundError:
        raise UsageError(f"there is no changeset {path}", hint="bake changeset list") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    return found_by(scan)


def found_by(scan: Scan) -> Changeset:
    """The changeset file that a scan, which has come to its end, has read."""
    assert scan.header is not None
    file = Changeset(
        path=scan.path,
        header=scan.header,
        questions=tuple(scan.questions),
        built=scan.built,
        events=tuple(scan.events),
        total=scan.total,
        scan=scan,
        damage=_by_line([*scan.edits, *scan.damage]),
        edits=tuple(scan.edits),
        torn=scan.torn,
        end=scan.end,
        tail=digest(scan.sha),
    )
    unfit = [_unfit_amendment(scan.path, event, why) for event, why in file.decisions.unfit]
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
