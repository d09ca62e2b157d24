"""A changeset as a file.

Reading never fails on a damaged file, so that viewing always works: what is wrong is collected as `damage`, and
`intact` is what refuses. An unterminated last line after `built` is an event whose writing was cut off: it never
happened, and the next event takes its place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from bake.changeset.codec import decode
from bake.changeset.fold import Decisions, decide
from bake.changeset.model import (
    FORMAT,
    Amended,
    Answered,
    Applied,
    Asked,
    Built,
    Create,
    Delete,
    Event,
    Failed,
    Header,
    Line,
    Operation,
    Question,
    Rebased,
    Sealed,
    Skip,
    Update,
)
from bake.changeset.runs import merged, spans
from bake.errors import DamagedChangeset, Location, Problem, UsageError

if TYPE_CHECKING:
    from hashlib import _Hash

SUFFIX = ".changeset.jsonl"
_QUESTION_ID = re.compile(r"q[1-9][0-9]{0,9}", re.ASCII)
_LONGEST_LINE = 64 * 1024 * 1024


def digest(sha: _Hash) -> str:
    """A digest as changesets write it."""
    return "sha256:" + sha.hexdigest()


@dataclass(frozen=True)
class ChangesetFile:
    """A changeset file as it was read: everything but its operations, which stream from the file.

    Attributes:
        path: where it is.
        header: its first line.
        questions: as built; `decisions` has those asked later too.
        built: the line that closes the build; None if the file is torn before it.
        events: all that happened since.
        total: how many operations it has.
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
        sealed = next((event.digest for event in reversed(self.events) if isinstance(event, Sealed)), None)
        return sealed or (self.built.digest if self.built else "")

    def operations(self) -> Iterator[Operation]:
        """The operations as built, in the order of the file; lines that cannot be read are left out."""
        with self.path.open("rb") as stream:
            for raw in stream:
                if raw.startswith(b'{"type":"operation",'):
                    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                        yield decode(raw)  # type: ignore[misc]

    def bare(self, n: int) -> Operation | None:
        """The operation of this number as an amendment finds it (`Decisions.bare`); None if there is none."""
        if n > self.total:
            return self.decisions.bare_created(n)
        return next((self.decisions.bare(operation) for operation in self.operations() if operation.n == n), None)

    def effective(self) -> Iterator[Operation]:
        """The rows that answers create, and then the operations as they are now."""
        yield from self.decisions.created()
        yield from map(self.decisions.effective, self.operations())

    def intact(self) -> ChangesetFile:
        """This file, if it is undamaged.

        Raises:
            DamagedChangeset: it is not; every damage found is among the problems.
        """
        if not self.damage:
            return self
        again = f"restore it from git, or build it again from {self.header.source.name}"
        sealed = f"; or, if the edit is meant: bake changeset seal {self.path}" if self.edits == self.damage else ""
        raise DamagedChangeset(
            f"{self.path.name} is damaged and cannot be applied",
            problems=self.damage,
            hint=again + sealed,
        )


def read(path: Path) -> ChangesetFile:
    """Read a changeset file, damaged or not.

    Raises:
        UsageError: there is no such file.
        DamagedChangeset: it is not a changeset at all: its first line is no header of a known format.
    """
    try:
        with path.open("rb") as stream:
            return _Scan(path).run(stream)
    except FileNotFoundError:
        raise UsageError(f"there is no changeset {path}", hint="bake changeset list") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


class _Scan:
    """One pass over a file: its small parts, its digests, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha = hashlib.sha256()
        self.header: Header | None = None
        self.questions: list[Question] = []
        self.built: Built | None = None
        self.events: list[Event] = []
        self.damage: list[Problem] = []
        self.edits: list[Problem] = []
        self.verified = 0
        self.content = ""
        self.records: list[tuple[int, int]] = []
        self.total = self.end = self.torn = 0

    def run(self, stream: IO[bytes]) -> ChangesetFile:
        for number, raw in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), 1):
            if not raw.endswith(b"\n") and self.built:
                self.torn = len(raw)
                break
            self._line(number, raw)
            if not raw.endswith(b"\n"):
                self._note("the file is torn: this line has no end", number)
            self.sha.update(raw)
            self.end += len(raw)
        return self._result()

    def _line(self, number: int, raw: bytes) -> None:
        try:
            line = decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if number == 1:
                raise self._not_a_changeset(raw) from None
            self._note(f"this line cannot be read: {error}", number)
            return
        if number == 1:
            self._first(line, raw)
        else:
            self._next(line, number)

    def _first(self, line: Line, raw: bytes) -> None:
        if not isinstance(line, Header):
            raise self._not_a_changeset(raw)
        if line.format != FORMAT:
            raise DamagedChangeset(
                f"format {line.format!r} is unknown here; this version reads {FORMAT}",
                location=Location(str(self.path), line=1),
                hint="a newer version of Bake may read it",
            )
        self.header = line

    def _not_a_changeset(self, raw: bytes) -> DamagedChangeset:
        what = "is empty" if not raw else "does not begin with the header of a changeset"
        return DamagedChangeset(
            f"{self.path.name} {what}",
            location=Location(str(self.path), line=1),
            hint="build one with: bake changeset build SOURCE",
        )

    def _next(self, line: Line, number: int) -> None:
        match line:
            case Create() | Update() | Delete() | Skip() if not self.built:
                self._operation(line, number)
            case Question() if not self.built:
                self._question(line, number)
            case Built() if not self.built:
                self._built(line, number)
            case Asked() | Answered() | Rebased() | Amended() | Sealed() | Applied() | Failed() if self.built:
                self._event(line, number)
            case _:
                self._note("this line stands where it cannot stand", number)

    def _operation(self, operation: Operation, number: int) -> None:
        self.total += 1
        try:
            self.records.extend(spans(operation.from_))
        except ValueError:
            self._note("`from` is not a list of runs", number)

    def _question(self, question: Question, number: int) -> None:
        """Keep a question, unless it is not one that could be folded."""
        known = {earlier.id for earlier in self.questions}
        if not _QUESTION_ID.fullmatch(question.id) or question.id in known or not self._asks(question):
            self._note("this question has no number of its own, or is asked by no operation of this file", number)
        else:
            self.questions.append(question)

    def _asks(self, question: Question) -> bool:
        try:
            return all(1 <= first <= last <= self.total for first, last in spans(question.asked_by))
        except ValueError:
            return False

    def _built(self, line: Built, number: int) -> None:
        self.built = line
        self.content = digest(self.sha)
        self._verify(line.digest, number, "the changeset was built")
        expected = self.header.source.records if self.header else 0
        covered = merged(self.records)
        if sum(last - first + 1 for first, last in self.records) != expected or covered not in (
            [],
            [(0, expected - 1)],
        ):
            self._note(f"not every one of the {expected} records is in exactly one operation", number)
        self.records.clear()

    def _event(self, event: Event, number: int) -> None:
        if isinstance(event, Sealed) and event.prev == digest(self.sha):
            self.edits.clear()
            if event.digest != self.content:
                self._note("this seal is of other lines than those that stand before `built`", number)
        self._verify(event.prev, number, "this event was written")
        asked = _questions_of(event)
        if isinstance(event, Answered) and event.question not in self._known_questions():
            self._note(f"this answers {event.question}, which nobody asked", number)
        elif not all(_QUESTION_ID.fullmatch(question.id) for question in asked):
            self._note("this question has no number", number)
        else:
            self.events.append(event)

    def _known_questions(self) -> set[str]:
        later = (question.id for event in self.events for question in _questions_of(event))
        return {*(question.id for question in self.questions), *later}

    def _verify(self, expected: str, number: int, when: str) -> None:
        """Check the digest of all lines above; of those that were verified before, none can be the edited one."""
        if expected == digest(self.sha):
            self.verified = number - 1
            return
        if self.edits:
            return  # it shows in every digest that comes after it
        first, last = self.verified + 1, number - 1
        above = f"line {last}" if first == last else f"one of the lines {first} to {last}"
        self.edits.append(
            Problem(f"{above} was edited after {when} (the digest differs)", Location(str(self.path), line=number))
        )

    def _note(self, message: str, line: int) -> None:
        self.damage.append(Problem(message, Location(str(self.path), line=line)))

    def _result(self) -> ChangesetFile:
        if self.header is None:
            raise self._not_a_changeset(b"")
        if self.built is None:
            self.damage.append(Problem("the file is torn: its build was not finished", Location(str(self.path))))
        file = ChangesetFile(
            path=self.path,
            header=self.header,
            questions=tuple(self.questions),
            built=self.built,
            events=tuple(self.events),
            total=self.total,
            damage=_in_order([*self.edits, *self.damage]),
            edits=tuple(self.edits),
            torn=self.torn,
            end=self.end,
            tail=digest(self.sha),
        )
        unfit = [_unfit(self.path, event, why) for event, why in file.decisions.unfit]
        return replace(file, damage=(*file.damage, *unfit)) if unfit else file


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.location and problem.location.line) or 0))


def _unfit(path: Path, event: Amended, why: str) -> Problem:
    return Problem(
        f"what was amended {event.at} by {event.by} in operation {event.operation}: {why}", Location(str(path))
    )


def _questions_of(event: Event) -> tuple[Question, ...]:
    match event:
        case Asked(question=question):
            return (question,)
        case Rebased(questions=questions):
            return questions
        case _:
            return ()
