"""Accepting a changeset that was edited in an editor: what was edited is shown, checked, and signed for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec

from bake.app.actor import now
from bake.app.project import Project
from bake.app.reading import read_for
from bake.app.results import SealResult
from bake.catalog.values import shown
from bake.changeset.codec import decode, encode
from bake.changeset.events import Sealed
from bake.changeset.file import Changeset, read
from bake.changeset.file_lock import held
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.writing import seal as write_seal
from bake.commands import command
from bake.errors import DamagedChangeset, Location, Problem, UsageError

_SHOWN = 300


def seal(project: Project, changeset: ChangesetLike, *, reason: str | None = None) -> SealResult:
    """Accept the lines of a changeset that were edited by hand.

    Args:
        project: whose catalog must take what is in the lines.
        changeset: the changeset, or its path.
        reason: why they were edited.

    Raises:
        UsageError: nothing in it was edited, or it has been applied.
        DamagedChangeset: it is damaged in ways that a seal does not mend, or the catalog does not take what is in it.
    """
    path = path_of(changeset)
    read(path)  # that there is no such file is said before that it cannot be written to
    with held(path, project.wait):
        return _seal(project, read_for(project, path, every_value=True), reason)


def _seal(project: Project, file: Changeset, reason: str | None) -> SealResult:
    path = file.path
    if not file.edits:
        file.intact()
        raise UsageError(f"nothing in {path.name} was edited by hand", hint=command("changeset", "show", path))
    if file.decisions.applied:
        raise UsageError(
            f"{path.name} has been applied; what it says is what was done",
            hint="restore it from git; to change what it did, build another changeset",
        )
    edits = tuple(edited_lines(file)) or file.edits
    if wrong := [problem for problem in file.damage if problem not in file.edits]:
        raise DamagedChangeset(
            f"{path.name} was edited by hand into something that cannot be applied",
            problems=[*edits, *wrong],
            hint="correct these lines, or restore the file from git",
        )
    event = Sealed(by=project.actor, at=now(), prev="", content="", reason=reason or None)
    return SealResult(write_seal(file, event), edits)


def edited_lines(file: Changeset) -> Iterator[Problem]:
    """Which lines were edited: those that differ from the file as git last had it, or else those not in canonical form.

    A line that was edited into canonical form shows only in the first way.
    """
    lines = file.path.read_bytes().splitlines(keepends=True)
    before = _committed(file.path)
    if before is not None:
        pairs = zip_longest(before.splitlines(keepends=True), lines)
        differing = ((n, old, new) for n, (old, new) in enumerate(pairs, 1) if old is not None and old != new)
        yield from (_edited(file, n, f"was {_text(old)}, and is {_text(new)}") for n, old, new in differing)
        return
    for n, raw in enumerate(lines, 1):
        if not _is_canonical(raw):
            yield _edited(file, n, "is not written as Bake writes lines")


def _edited(file: Changeset, line: int, how: str) -> Problem:
    return Problem(f"line {line} {how}", Location(str(file.path), line=line))


def _text(raw: bytes | None) -> str:
    return "gone" if raw is None else shown(raw.decode("utf-8", "replace").rstrip("\n"), _SHOWN)


def _is_canonical(raw: bytes) -> bool:
    try:
        return encode(decode(raw)) == raw
    except (msgspec.DecodeError, ValueError):
        return False


def _committed(path: Path) -> bytes | None:
    """The file as it was last committed; None where there is no git, or git does not know it."""
    command = ["git", "show", f"HEAD:./{path.name}"]
    try:
        run = subprocess.run(command, cwd=path.parent, capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout if run.returncode == 0 else None
