"""Reads a changeset file in one pass: verifies its digests, collects its defects, and keeps all lines but operations.

Memory does not grow with the number of operations. A scan can be continued with the events appended since; the result
is that of a new scan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

import msgspec

from bake.changeset.built_operations import BuiltOperations, LineFault
from bake.changeset.codec import blocks, decode, operations_in, without_digest
from bake.changeset.event_chain import EventChain
from bake.changeset.events import Event, Line, Sealed
from bake.changeset.header import FORMAT, Header
from bake.changeset.line_references import LineReferences
from bake.changeset.model import Built, Create, Delete, Operation, Question, Skip, Update
from bake.changeset.not_a_changeset import CONFLICT_MARKERS, not_a_changeset, not_merged, unknown_format
from bake.changeset.operation_index import OperationIndex
from bake.changeset.stamp import Stamp, lasting_stamp
from bake.errors import Location, Problem

if TYPE_CHECKING:
    from hashlib import _Hash

#: The defect of an event whose `prev` is the digest of no line above.
_NOT_THERE = "what this event was written after was edited or taken out (the digest differs)"
#: The defect of a file with events of two branches that no `merged` event joins.
_NOT_JOINED = (
    "the lines of two versions stand here, and nothing merged them; take them out again, and merge the versions with "
    "`bake changeset merge`"
)
#: Gives the faults of a line, such as fields that a catalog does not have; they are damage.
Fit: TypeAlias = Callable[[Line], Iterable[str]]

#: The defect of a file whose line ends git or an editor has changed.
_CRLF = (
    "its lines end with CR LF, and were written with LF: an editor or git has changed them; "
    "put `*.changeset.jsonl -text` into .gitattributes"
)


def digest(sha: _Hash) -> str:
    """A SHA-256 digest in the form in which changesets hold it."""
    return "sha256:" + sha.hexdigest()


class Scan:
    """The result of a scan, and the scan itself while it runs.

    Args:
        path: the path of the file.
        fit: finds further faults in each line.

    Attributes:
        path, fit: as given.
        header: the first line; set once `run` has returned.
        questions: the questions asked by the build.
        built: the line that closes the build, if there is one.
        events: the valid events.
        operations: the counts of the operations of the build, which are checked while they are read.
        damage: the defects, without those in `edits`.
        edits: the digests that do not match, each of which shows that lines were edited.
        chain: the order of the events, of which each names the one before it; None if there is no event yet.
        torn: the size in bytes of an unfinished event at the end.
        end: the offset after the last whole line.
        sha: the hash of all bytes before `end`.
        lines: how many lines there are before `end`.
        content: the digest of the lines before `built`.
        references: the questions and proposals so far, to which later lines may refer.
        stamp: the stamp of the file at the start of the scan (see `lasting_stamp`).
    """

    def __init__(self, path: Path, fit: Fit | None = None) -> None:
        self.path = path
        self.fit = fit
        self.sha = hashlib.sha256()
        self.lines = 0
        self.header: Header | None = None
        self.questions: list[Question] = []
        self.built: Built | None = None
        self.events: list[Event] = []
        self.damage: list[Problem] = []
        self.edits: list[Problem] = []
        self.chain: EventChain | None = None
        self._build_end = 0
        self.content = ""
        self.stamp: Stamp | None = None
        self.operations = BuiltOperations()
        self.references = LineReferences(self.operations)
        self.end = self.torn = 0
        self._index: list[OperationIndex] = []

    def run(self, stream: IO[bytes]) -> None:
        """Read the file to its end.

        Raises:
            DamagedChangeset: its first line is no header of a known format.
        """
        self.stamp = lasting_stamp(stream)
        for block in blocks(stream):
            operations = operations_in(block) if self.header and not self.built else None
            if operations is None:
                for raw in BytesIO(block):
                    self.add(raw)
            else:
                self._add_operations(operations, block)
        if self.header is None:
            raise not_a_changeset(self.path, b"")
        if self.chain and not self.chain.is_joined and not self.edits:
            self.edits.append(self._problem(_NOT_JOINED, self.lines))
        if self.built is None:
            self.damage.append(Problem("the file is torn: its build was not finished", Location(str(self.path))))

    def add(self, raw: bytes) -> None:
        """Read the next line; an unfinished one after `built` is only measured (`torn`)."""
        if not raw.endswith(b"\n") and self.built:
            self.torn = len(raw)
            return
        self._read_line(self.lines + 1, raw)
        if not raw.endswith(b"\n"):
            self._add_damage("the file is torn: this line has no end", self.lines + 1)
        self._count(raw, 1)

    def _add_operations(self, operations: list[Operation], block: bytes) -> None:
        """Read a block of lines that are all operations."""
        self._add_faults(self.operations.add_block(operations, self.lines + 1))
        for number, operation in enumerate(operations, self.lines + 1):
            self._check_fit(operation, number)
        self._count(block, len(operations))

    def pass_over(self, raw: bytes, operations: int) -> None:
        """Count lines of operations that this process is writing, without decoding them.

        Args:
            raw: the lines.
            operations: how many they are.
        """
        self.operations.pass_over(operations)
        self._count(raw, operations)

    def _count(self, raw: bytes, lines: int) -> None:
        self.sha.update(raw)
        self.end += len(raw)
        self.lines += lines

    @property
    def head(self) -> str:
        """The digest that the next event names as `prev`: that of the last event, or of all bytes if there is none."""
        return self.chain.head if self.chain else digest(self.sha)

    @property
    def build_end(self) -> int:
        """The offset after the line `built`."""
        return self._build_end if self.chain else self.end

    @property
    def start(self) -> str:
        """The digest of all bytes before `build_end`; it is equal in two versions that have the same build."""
        return self.chain.start if self.chain else digest(self.sha)

    def index(self, end: int) -> OperationIndex:
        """Where the operations of the build stand; found once, also for the copies that continue this scan.

        Args:
            end: an offset behind the last of them.
        """
        if not self._index:
            self._index.append(OperationIndex(self.path, end))
        return self._index[0]

    def continued(self) -> Scan:
        """A copy that continues after the last whole line; this scan is not changed."""
        later = copy(self)
        later.torn = 0
        later.stamp = None
        later.sha = self.sha.copy()
        later.events, later.damage, later.edits = [*self.events], [*self.damage], [*self.edits]
        later.chain = self.chain.copy() if self.chain else None
        later.references = self.references.copy()
        return later

    def _read_line(self, number: int, raw: bytes) -> None:
        try:
            line = decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if raw.startswith(CONFLICT_MARKERS):
                raise not_merged(self.path, number) from None
            if number == 1:
                raise not_a_changeset(self.path, raw) from None
            self._add_damage(f"this line cannot be read: {error}", number)
            return
        if number == 1:
            self._read_header(line, raw)
        else:
            self._read_further(line, number, raw)
        self._check_fit(line, number)

    def _check_fit(self, line: Line, number: int) -> None:
        for fault in self.fit(line) if self.fit else ():
            self._add_damage(fault, number)

    def _read_header(self, line: Line, raw: bytes) -> None:
        if not isinstance(line, Header):
            raise not_a_changeset(self.path, raw)
        if line.format != FORMAT:
            raise unknown_format(self.path, line.format)
        self.header = line
        if raw.endswith(b"\r\n"):
            self._add_damage(_CRLF, 1)

    def _read_further(self, line: Line, number: int, raw: bytes) -> None:
        match line:
            case Create() | Update() | Delete() | Skip() if not self.built:
                self._add_faults(self.operations.add(line, number))
            case Question() if not self.built:
                self._question(line, number)
            case Built() if not self.built:
                self._built(line, number)
            case Header() | Create() | Update() | Delete() | Skip() | Question() | Built():
                self._add_damage("this line stands where it cannot stand", number)
            case _ if self.built:
                self._event(line, number, raw)
            case _:
                self._add_damage("this line stands where it cannot stand", number)

    def _question(self, question: Question, number: int) -> None:
        """Keep a question of the build, if it is valid."""
        if fault := self.references.add_question(question):
            self._add_damage(fault, number)
        else:
            self.questions.append(question)

    def _built(self, line: Built, number: int) -> None:
        self.built = line
        self.content = digest(self.sha)
        self._verify_above(line.digest, 1, number, "the changeset was built")
        expected = self.header.source.records if self.header else 0
        self._add_faults(
            self.operations.finish(number, expected, self.references.questions, is_damaged=bool(self.damage))
        )

    def _event(self, event: Event, number: int, raw: bytes) -> None:
        if isinstance(event, Sealed) and event.prev == digest(self.sha):
            self.edits.clear()
            if event.content != self.content:
                self._add_damage("this seal is of other lines than those that stand before `built`", number)
        self._verify_followed(event, number)
        self._verify_itself(event, number, raw)
        if fault := self.references.add_event(event):
            self._add_damage(fault, number)
        else:
            self.events.append(event)

    def _verify_itself(self, event: Event, number: int, raw: bytes) -> None:
        """Check the digest of an event's own line, since for the last event no later digest covers it."""
        if not self.edits and event.digest != digest(hashlib.sha256(without_digest(raw, event.digest))):
            self.edits.append(
                self._problem(f"line {number} was edited after it was written (the digest differs)", number)
            )

    def _verify_followed(self, event: Event, number: int) -> None:
        """Check that the line which an event names as `prev` is there, unedited."""
        first = self.chain is None
        if self.chain is None:
            self._build_end = self.end
            self.chain = EventChain(digest(self.sha))
        follows = self.chain.add(event)
        if first or isinstance(event, Sealed):
            self._verify_above(event.prev, number - 1 if first else 1, number, "this event was written")
        elif not (follows or self.edits):
            self.edits.append(self._problem(_NOT_THERE, number))

    def _verify_above(self, expected: str, first: int, number: int, when: str) -> None:
        """Check the digest of all lines above, of which those from the first one on are not verified yet."""
        if self.edits or expected == digest(self.sha):
            return  # one edit makes further digests differ
        last = number - 1
        above = f"line {last}" if first == last else f"one of the lines {first} to {last}"
        self.edits.append(self._problem(f"{above} was edited after {when} (the digest differs)", number))

    def _add_faults(self, faults: Iterable[LineFault]) -> None:
        for line, message in faults:
            self._add_damage(message, line)

    def _add_damage(self, message: str, line: int) -> None:
        self.damage.append(self._problem(message, line))

    def _problem(self, message: str, line: int) -> Problem:
        return Problem(message, Location(str(self.path), line=line))
