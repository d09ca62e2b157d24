"""The remembered answers of a project: a file beside its changesets, whose answers are used when one is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from bake.app.answering.exclusive import exclusive
from bake.app.project import Project
from bake.catalog.lookups import frozen
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.changeset.events import Line
from bake.changeset.file import Changeset
from bake.changeset.model import Built, Create, Key, Notice, Question
from bake.changeset.writing import Encoded, Revision
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.snapshot import Snapshot
from bake.errors import UsageError
from bake.resolution.answers import Answer
from bake.resolution.remembered import (
    Memory,
    Remembered,
    answer_of,
    encode_memory,
    parse_memory,
    worth_remembering,
)
from bake.unfinished import unfinished

NAME = "answers.toml"
ORIGIN = f"remembered: changesets/{NAME}"


def memory_path(project: Project) -> Path:
    """The path of the file with the remembered answers.

    Raises:
        UsageError: the project has no folder.
    """
    return project.changesets / NAME


def remembered_answers(project: Project) -> Memory:
    """Read the remembered answers; none if there is no file, or the project has no folder.

    Args:
        project: the project.

    Raises:
        UsageError: the file cannot be read.
    """
    if not project.has_folder:
        return Memory()
    path = memory_path(project)
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no ordinary file")
    try:
        return parse_memory(path.read_bytes(), str(path))
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def usable_answers(project: Project) -> Memory:
    """Read the remembered answers; if the file cannot be read, none, with the reason in `Memory.unread`."""
    try:
        return remembered_answers(project)
    except UsageError as error:
        return Memory(unread=f"{error.message} ({error.location})" if error.location else error.message)


@contextmanager
def _exclusively(project: Project) -> Iterator[Callable[[Memory], None]]:
    """Lock the file, and yield the function that replaces its contents; no other process changes it meanwhile.

    Raises:
        UsageError: the file cannot be written, or could not be read again; it stays as it was.
    """
    path = memory_path(project)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(path, project.wait):
            yield lambda memory: _write(path, memory)
    except OSError as error:
        raise UsageError(f"{path} cannot be written to: {error.strerror}") from None


def _write(path: Path, memory: Memory) -> None:
    raw = encode_memory(memory)
    try:
        parse_memory(raw, str(path))
    except UsageError:
        raise UsageError(
            "this cannot be remembered, since it holds what is no text", hint="write it in UTF-8"
        ) from None
    with unfinished(path.parent) as file:
        file.stream.write(raw)
        file.replace(path)


def remember(project: Project, entries: Iterable[Remembered]) -> int:
    """Add entries to the remembered answers, and return how many there were.

    Raises:
        UsageError: the file cannot be read or written; it stays as it was.
    """
    added = list(entries)
    if added:
        with _exclusively(project) as write:
            write(remembered_answers(project).with_entries(added))
    return len(added)


def forget_answers(project: Project, names: Iterable[str]) -> Memory:
    """Remove entries from the remembered answers, and return them.

    Args:
        project: the project.
        names: `ENTITY:NAME` for the answers about a name or value as it was written, `ENTITY` for all of an entity.

    Raises:
        UsageError: there is no entry for one of the names; then no entry was removed.
    """
    with _exclusively(project) as write:
        memory = remembered_answers(project)
        gone = [entry for name in names for entry in _named(memory, name)]
        write(memory.without(gone))
    return Memory().with_entries(gone)


def _named(memory: Memory, name: str) -> list[Remembered]:
    entity, colon, written = name.partition(":")
    found = [e for e in memory.ordered() if e.entity == entity and (not colon or e.written_text == written)]
    if not found:
        raise UsageError(f"nothing is remembered of {name!r}", hint="bake answers list")
    return found


def new_entries(file: Changeset, memory: Memory, questions: Iterable[str] | None = None) -> list[Remembered]:
    """The entries that answers of a changeset would add to the remembered answers.

    Args:
        file: the changeset.
        memory: the remembered answers.
        questions: the ids of the questions whose answers count; None for all.
    """
    chosen = set(file.decisions.answers if questions is None else questions)
    given = [
        answer for answer in file.decisions.answers.values() if answer.question in chosen and answer.origin != ORIGIN
    ]
    worth = (worth_remembering(file.decisions.questions[answer.question], answer) for answer in given)
    return [entry for entry in worth if entry and not _known(memory, entry)]


def _known(memory: Memory, entry: Remembered) -> bool:
    there = memory.entries.get(entry.lookup_key)
    return there is not None and _meaning(there) == _meaning(entry)


def _meaning(entry: Remembered) -> tuple[object, ...]:
    return entry.means, entry.uuid, entry.value, entry.option


class Recall:
    """Looks through the lines of a changeset while it is built, and answers questions by remembered answers.

    Args:
        memory: the remembered answers.
        catalog: the entities.
        snapshot: the rows of the database; an answer that names a row is only used if the row exists.
    """

    def __init__(self, memory: Memory, catalog: Catalog, snapshot: Snapshot) -> None:
        self._memory = memory
        self._known = RowResolver(catalog, snapshot)
        self._meant: list[tuple[Question, Remembered]] = []
        self._created: set[tuple[str, str]] = set()
        self._targets = {(e.entity, repr(e.means)) for e in memory.entries.values() if e.means is not None}

    def watched(self, lines: Iterable[Line | Encoded | Revision]) -> Iterator[Line | Encoded | Revision]:
        """Yield the same lines; the last gets a notice of each answer whose row is gone, or of an unreadable file."""
        for line in lines:
            match line:
                case Built():
                    yield structs.replace(line, notices=(*line.notices, *self._expired()))
                    continue
                case Create(entity=entity, key=key) if self._targets and (entity, repr(key)) in self._targets:
                    self._created.add((entity, repr(key)))
                case Question() if entry := self._memory.meant(line):
                    self._meant.append((line, entry))
                case _:
                    pass
            yield line

    @property
    def answers(self) -> list[Answer]:
        """The remembered answers to questions of the changeset, without those whose row is gone."""
        self._resolve_meanings()
        return [answer_of(question, entry, ORIGIN) for question, entry in self._meant if self._is_valid(entry)]

    def _expired(self) -> Iterator[Notice]:
        if self._memory.unread:
            yield Notice(code="memory_unread", message=f"{self._memory.unread}; nothing that is remembered was used")
        self._resolve_meanings()
        for _, entry in self._meant:
            if not self._is_valid(entry):
                said = f"{entry.entity}: {entry.written_text!r} was remembered as {_text(entry.means or {})}"
                message = f"{said}, which is gone or has another key; it is asked about again"
                yield Notice(code="remembered_gone", message=message)

    def _resolve_meanings(self) -> None:
        """Resolve the rows of all these answers with few queries, so that `_is_valid` finds them in the cache."""
        means: dict[str, list[Key]] = {}
        for _, entry in self._meant:
            if entry.means is not None and self._has_fields(entry.entity, entry.means):
                means.setdefault(entry.entity, []).append(entry.means)
        for entity, keys in means.items():
            self._known.references.resolve(entity, keys)

    def _has_fields(self, entity: str, means: Key) -> bool:
        """Whether the catalog still has the fields of a key."""
        return means.keys() <= self._known.catalog.entities[entity].fields.keys()

    def _is_valid(self, entry: Remembered) -> bool:
        if entry.means is None or (entry.entity, repr(entry.means)) in self._created:
            return True
        if not self._has_fields(entry.entity, entry.means):
            return False
        hit = self._known.references.resolve(entry.entity, [entry.means])[frozen(entry.means)]
        return isinstance(hit, Found) and hit.by is None and not self._was_moved(entry, hit.row)

    def _was_moved(self, entry: Remembered, row: Row) -> bool:
        """Whether the remembered row has another key by now: its uuid is that of another row of the database.

        If no row has the uuid, this is another database, in which the key alone names the row.
        """
        uuid = row.values.get("uuid")
        if entry.uuid is None or uuid is None or uuid == entry.uuid:
            return False
        return bool(self._known.snapshot.find(entry.entity, ("uuid",), [(entry.uuid,)]))


def _text(key: Key) -> str:
    return ", ".join(_text(part) if isinstance(part, dict) else str(part) for part in key.values())
