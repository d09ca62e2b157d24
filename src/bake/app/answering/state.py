"""The resolution state of a changeset, read from its file and from the database as it is now."""

from __future__ import annotations

from collections.abc import Collection

from bake.app.project import Project
from bake.changeset.file import Changeset
from bake.compiler.answers.resolution_state import ResolutionState, resolution_state
from bake.compiler.snapshot import Snapshot


def state_of(
    project: Project,
    snapshot: Snapshot,
    file: Changeset,
    *,
    revising: Collection[str] = (),
    about: Collection[str] = (),
) -> ResolutionState:
    """The resolution state of a changeset (`bake.compiler.answers.resolution_state.resolution_state`)."""
    return resolution_state(
        project.catalog, snapshot, file.digest, file.decisions, file, revising=revising, about=about
    )
