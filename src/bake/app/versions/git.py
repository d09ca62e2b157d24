"""Calling git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bake.errors import UsageError

#: Seconds after which git is not waited for any longer.
_WAIT = 30


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder; its exit status is for the caller to judge.

    Raises:
        UsageError: there is no git, or it does not end.
    """
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=_WAIT)
    except FileNotFoundError:
        raise UsageError("git is not installed, or not on the PATH", hint="install git") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"git {arguments[0]} cannot be run: {error}") from None


def git_setting(folder: Path, name: str) -> str:
    """A setting of git as it counts in a folder; "" if it is not set, or there is no git."""
    try:
        found = git(folder, "config", "--get", name)
    except UsageError:
        return ""
    return found.stdout.decode(errors="surrogateescape").removesuffix("\n") if found.returncode == 0 else ""


def repository(folder: Path) -> Path:
    """The root of the working tree in which a folder is.

    Raises:
        UsageError: the folder is in no repository, or in one without a working tree; or there is no git.
    """
    bare = git(folder, "rev-parse", "--is-bare-repository")
    if bare.returncode:
        raise UsageError(f"{folder.resolve()} is not in a git repository", hint="git init makes one")
    if bare.stdout.strip() == b"true":
        raise UsageError(
            f"{folder.resolve()} is a bare repository, which shows and merges no files",
            hint="run this in a clone of it",
        )
    found = git(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        raise UsageError(f"{folder.resolve()} is not in the working tree of its repository", hint="run this in that")
    return Path(found.stdout.decode(errors="surrogateescape").removesuffix("\n"))
