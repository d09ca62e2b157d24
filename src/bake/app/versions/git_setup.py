"""Having git show changesets in words, and merge them, in one repository.

`.gitattributes` says which files are changesets, and goes with the repository; what to do with them stands in the
configuration of each clone, since git runs no commands that come with a repository.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bake.app.results import GitSetup
from bake.app.versions.git import git, repository
from bake.changeset.file import SUFFIX
from bake.errors import UsageError

ATTRIBUTES = f"*{SUFFIX} -text diff=bake merge=bake"
#: The exit status of a merge that has conflicts, which are marked in the file.
_CONFLICTS = 1
#: Of a changeset in words, the lines that name a part, a question or an operation; git puts the last one above a hunk.
_NAMING_LINES = r"^( *[0-9]+ (create|update|delete) .*|  q[0-9]+ .*|[A-Z][a-z]+ \([0-9,]+\))$"


def install_git(folder: str | os.PathLike[str] = ".") -> GitSetup:
    """Have git show changesets in words (`git diff`, `git log -p`), and merge them.

    Args:
        folder: in the repository.

    Returns:
        What was changed; nothing if it was so already.

    Raises:
        UsageError: the folder is in no repository with a working tree, or something cannot be written.
    """
    root = repository(Path(folder))
    return GitSetup(root, (*_with_attributes(root), *_with_settings(root, settings())))


def uninstall_git(folder: str | os.PathLike[str] = ".") -> GitSetup:
    """Take back what `install_git` does.

    Args:
        folder: in the repository.

    Raises:
        UsageError: as `install_git`.
    """
    root = repository(Path(folder))
    return GitSetup(root, (*_without_attributes(root), *_without_settings(root)))


def settings() -> Mapping[str, str]:
    """The settings of git, by name; where Bake cannot be run, they have git do what it does without them."""
    bake = "bake" if shutil.which("bake") else f"{shlex.quote(sys.executable)} -m bake"
    return {
        "diff.bake.textconv": f'f() {{ {bake} git textconv -- "$1" || cat -- "$1"; }}; f',
        "diff.bake.xfuncname": _NAMING_LINES,
        "merge.bake.name": "Bake changesets",
        "merge.bake.driver": f"{bake} git merge-driver -- %O %A %B %P; s=$?; "
        f"if [ $s -gt {_CONFLICTS} ]; then git merge-file -q %A %O %B; fi; exit $s",
    }


def _with_settings(root: Path, wanted: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        before = _setting(root, name)
        if before != value:
            _configure(root, name, value)
            yield f"git config {name}: {value}" + (f" (was: {before})" if before else "")


def _without_settings(root: Path) -> Iterator[str]:
    for section in ("diff.bake", "merge.bake"):
        if git(root, "config", "--local", "--get-regexp", f"^{section.replace('.', '[.]')}[.]").returncode == 0:
            _configure(root, "--remove-section", section)
            yield f"git config {section}: removed"


def _setting(root: Path, name: str) -> str:
    found = git(root, "config", "--local", "--get", name)
    return found.stdout.decode(errors="replace").removesuffix("\n") if found.returncode == 0 else ""


def _configure(root: Path, *arguments: str) -> None:
    done = git(root, "config", "--local", *arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise UsageError(f"the configuration of {root} cannot be changed: {said}")


def _with_attributes(root: Path) -> Iterator[str]:
    lines = _attributes(root)
    if ATTRIBUTES not in lines:
        _write_attributes(root, [*lines, ATTRIBUTES])
        yield f".gitattributes: added {ATTRIBUTES}"


def _without_attributes(root: Path) -> Iterator[str]:
    lines = _attributes(root)
    if ATTRIBUTES in lines:
        _write_attributes(root, [line for line in lines if line != ATTRIBUTES])
        yield f".gitattributes: removed {ATTRIBUTES}"


def _attributes(root: Path) -> list[str]:
    try:
        return (root / ".gitattributes").read_bytes().decode(errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{root / '.gitattributes'} cannot be read: {error.strerror}") from None


def _write_attributes(root: Path, lines: list[str]) -> None:
    path = root / ".gitattributes"
    try:
        if lines:
            path.write_bytes("".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"))
        else:
            path.unlink()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
