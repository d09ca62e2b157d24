"""Merging two versions of one changeset, such as those of two branches."""

from __future__ import annotations

import os
from pathlib import Path

from bake.app.results import MergeResult
from bake.changeset.file import read
from bake.changeset.file_lock import held
from bake.changeset.merging import merged_versions
from bake.changeset.place import ChangesetLike, path_of
from bake.destination import followed
from bake.errors import BakeError, UsageError


def merge(
    ours: ChangesetLike,
    theirs: ChangesetLike,
    *,
    base: ChangesetLike | None = None,
    output: str | os.PathLike[str] | None = None,
    name: str | None = None,
) -> MergeResult:
    """Merge two versions of one changeset: the result has the events of both, and is the same whichever comes first.

    A question to which each has another answer is open again, with both of them. What the order of their events would
    decide is refused; docs/howto/git.md has the table. No database is needed.

    Args:
        ours: the one version, or its path.
        theirs: the other version, or its path.
        base: the version from which both were made, as git calls it, or its path: it changes nothing of the merge,
            which takes out no event; `kept` and `brought` of the result count those that it has.
        output: where the merge is written, which must not be there yet; without it, in the place of the first version.
        name: what the changeset is called in messages; without it, as the first version.

    Raises:
        UsageError: there is no such changeset, the versions cannot be merged, or the merge cannot be written; the hint
            says what to do instead, and nothing was written.
        DamagedChangeset: one of them is damaged.
    """
    place = followed(path_of(ours) if output is None else Path(output))
    one, other = read(path_of(ours)), read(path_of(theirs))
    try:
        if output is not None:
            with merged_versions(one, other, place.parent, name or one.path.name) as merged:
                merged.file.put(place)
        else:
            with held(place), merged_versions(read(place), other, place.parent, name or place.name) as merged:
                merged.file.replace(place)
    except FileExistsError:
        raise UsageError(
            f"{place} is there already", hint="a changeset is never overwritten: choose another name"
        ) from None
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}") from None
    known = _events(base) if base is not None else frozenset()
    return MergeResult(
        read(place),
        len(merged.ours),
        len(merged.theirs),
        merged.reopened,
        kept=sum(event.digest in known for event in merged.ours),
        brought=sum(event.digest in known for event in merged.theirs),
    )


def _events(base: ChangesetLike) -> frozenset[str]:
    """The digests of the events of a changeset; none of what is no changeset, such as the base of two new files."""
    try:
        return frozenset(event.digest for event in read(path_of(base)).events)
    except BakeError:
        return frozenset()
