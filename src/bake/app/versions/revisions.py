"""A changeset as git had it at a revision."""

from __future__ import annotations

from bake.app.versions.git import git, repository
from bake.changeset.file import SUFFIX, Changeset, read
from bake.changeset.place import ChangesetLike, path_of, temporary_path
from bake.errors import UsageError


def at_revision(changeset: ChangesetLike, revision: str) -> Changeset:
    """A changeset as it was at a revision of its repository: a copy, which is there as long as it is held.

    Args:
        changeset: the changeset, or its path.
        revision: as git takes it: `main`, `HEAD~1`, the hash of a commit.

    Raises:
        UsageError: the file is in no repository, there is no such revision, or it was not there then.
        DamagedChangeset: it was no changeset then.
    """
    path = path_of(changeset)
    repository(path.parent)
    known = git(path.parent, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if known.returncode:
        raise UsageError(
            f"{revision} is neither a file nor a revision of the repository of {path.name}",
            hint="git log --oneline lists revisions",
        )
    found = git(path.parent, "show", "--no-textconv", f"{revision}:./{path.name}")
    if found.returncode:
        raise UsageError(
            f"{path.name} was not there at {revision}", hint=f"git log --oneline -- {path.name} lists those with it"
        )
    copy = temporary_path(path.name.removesuffix(SUFFIX))
    copy.write_bytes(found.stdout)
    return read(copy)
