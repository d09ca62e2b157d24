"""Two versions of a changeset become one, which has the events of both.

The build must be the same; then the lines are those of the one version, those that only the other one has, and a
`merged` event. Nothing of that depends on which is "ours": `merge(a, b)` and `merge(b, a)` are the same bytes. What the
fold makes of the events must not depend on their order either; where it would, the merge is refused
(`bake.changeset.merge_obstacles`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bake.changeset.events import Event, Merged
from bake.changeset.file import Changeset, read
from bake.changeset.merge_obstacles import Versions
from bake.changeset.writing import written
from bake.unfinished import Unfinished, unfinished

_BLOCK = 1 << 18


@dataclass(frozen=True)
class MergedVersions:
    """A merge that is not in its place yet.

    Attributes:
        file: where it is as yet.
        changeset: what it is.
        ours: the events that only the first version had.
        theirs: the events that only the second version had.
        reopened: the ids of the questions to which each version has another answer.
    """

    file: Unfinished
    changeset: Changeset
    ours: tuple[Event, ...]
    theirs: tuple[Event, ...]
    reopened: tuple[str, ...]


@contextmanager
def merged_versions(ours: Changeset, theirs: Changeset, folder: Path, name: str) -> Iterator[MergedVersions]:
    """Write the merge of two versions, to be put in its place.

    Args:
        ours: the one version.
        theirs: the other.
        folder: where the merge will be.
        name: what the changeset is called in messages.

    Raises:
        UsageError: they cannot be merged; the hint says what to do instead.
        DamagedChangeset: one of them is damaged.
        OSError: it cannot be written.
    """
    versions = Versions(ours.intact(), theirs.intact(), name)
    versions.refuse()
    with unfinished(folder) as file:
        with ours.path.open("rb") as stream:
            _copy(stream, file.stream, ours.scan.build_end)
        file.stream.writelines(merged_lines(ours, theirs))
        file.stream.flush()
        changeset = read(file.path).intact()
        versions.check(changeset)
        yield MergedVersions(file, changeset, versions.only_ours, versions.only_theirs, versions.reopened(changeset))


def merged_lines(ours: Changeset, theirs: Changeset) -> Sequence[bytes]:
    """The lines of the events of both."""
    first, second = sorted((ours, theirs), key=lambda file: file.head)
    lines, others = event_lines(first), event_lines(second)
    known = set(lines)
    if known <= set(others):
        return others
    if known >= set(others):
        return lines
    event = written(Merged(prev=first.head, other=second.head))
    return [*lines, *(line for line in others if line not in known), event]


def event_lines(file: Changeset) -> list[bytes]:
    """The lines after the build, without a last one that was cut off."""
    with file.path.open("rb") as stream:
        stream.seek(file.scan.build_end)
        return stream.read(file.end - file.scan.build_end).splitlines(keepends=True)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy the first bytes of a stream."""
    while size and (block := source.read(min(size, _BLOCK))):
        target.write(block)
        size -= len(block)
