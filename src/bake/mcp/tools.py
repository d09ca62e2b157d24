"""The tools: each calls one function of the library, in the name of the assistant. None applies, none resolves."""

from __future__ import annotations

import io
import json
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from pydantic import Field

import bake
from bake import ApplyResult, Changeset, CheckResult, Project, ProposeResult
from bake.errors import UsageError
from bake.mcp import excerpts
from bake.mcp.exact import exact
from bake.mcp.excerpts import page, short, summary
from bake.mcp.proposing import ProposedAmendment, ProposedAnswer, proposals
from bake.mcp.shelf import changeset_path, source_path
from bake.mcp.views import exported, listed
from bake.renderer.document import document
from bake.renderer.selection import EVERYTHING

_PAGE = 50
_QUESTIONS = 20

ViewName: TypeAlias = Annotated[str, Field(description="The name of a view, as list_views has it.")]
ChangesetName: TypeAlias = Annotated[
    str, Field(description="The changeset: the name of its file, as build and list_changesets give it.")
]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500, description="How many at most.")]
Offset: TypeAlias = Annotated[
    int, Field(ge=0, le=1_000_000_000, description="How many to pass over: next_offset of the page before.")
]


class Tools:
    """What an assistant can do with a project.

    Args:
        project: works in the name of the assistant; it has a folder.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    def list_views(self) -> Any:
        """List the views: the shapes in which records are exported, filled in, and given back."""
        return [listed(view) for view in self._project.catalog.views if view.kind == "view"]

    def describe_view(self, view: ViewName) -> Any:
        """Describe a view: its columns by what they are for, its JSON Schema, and what is expected of you."""
        said = {"schema": bake.view_schema(self._project, view), "prompt": bake.view_prompt(self._project, view)}
        found = next(one for one in self._project.catalog.views if (one.kind, one.name) == ("view", view))
        return {**listed(found), **said}

    def export_view(
        self,
        view: ViewName,
        columns: Annotated[
            list[str] | None, Field(description="Only these columns, beside those that name the row.")
        ] = None,
        where: Annotated[
            str | None,
            Field(description="Only records of which this holds, such as: upc_code is null and brand = 'Argo'."),
        ] = None,
        offset: Offset = 0,
        limit: Limit = _PAGE,
    ) -> Any:
        """Export records of a view, a page at a time, as they are in the database now.

        Give back each record with what names its row and its _base, as they are, and the columns that you change.
        """
        return exported(self._project, view, columns or [], where, offset, limit)

    def build(
        self,
        view: Annotated[str | None, Field(description="The view of the records; a file may say it itself.")] = None,
        records: Annotated[
            list[dict[str, Any]] | None,
            Field(description="The records: of each what names its row, its _base if you have it, and what changes."),
        ] = None,
        file: Annotated[
            str | None, Field(description="Instead of records: a file within the project's folder.")
        ] = None,
        mode: Annotated[
            Literal["merge", "skip-existing"],
            Field(description="merge: create, update; skip-existing: only create."),
        ] = "merge",
        strict: Annotated[bool, Field(description="Make questions of warnings.")] = True,
    ) -> Any:
        """Compile records into a changeset, which says what they would change. Nothing is written to the database."""
        if (records is None) == (file is None):
            raise UsageError("give either records or a file", hint="records with their view, or the name of a file")
        source = _records(records, view) if records is not None else source_path(self._project, file or "")
        name = f"{view or 'records'}.json" if records is not None else None
        built = bake.build(self._project, source, view=view, name=name, mode=mode, strict=strict)
        return {"changeset": built.path.name, **summary(built)}

    def list_changesets(self, offset: Offset = 0, limit: Limit = _PAGE) -> Any:
        """List the changesets of the project with their state, by name, which begins with the day."""
        folder = self._project.changesets
        found = bake.list_changesets(folder) if folder.is_dir() else []
        return page("changesets", found, offset, limit, lambda one: {"changeset": one.path.name, "state": one.state})

    def show(
        self,
        changeset: ChangesetName,
        operation: Annotated[int | None, Field(ge=1, description="Only the operation of this number.")] = None,
        offset: Offset = 0,
        limit: Limit = _PAGE,
    ) -> Any:
        """Show what a changeset would do: its operations a page at a time; before the first, its state and warnings."""
        file = self._read(changeset)
        if operation is not None:
            return _operation(file, operation)
        before = {} if offset else summary(file)
        return {
            "changeset": file.path.name,
            **before,
            **page("operations", excerpts.changes(file), offset, limit, excerpts.operation),
        }

    def list_questions(self, changeset: ChangesetName, offset: Offset = 0, limit: Limit = _QUESTIONS) -> Any:
        """List the open questions of a changeset: what each asks, the choices that fit, candidates, and fields."""
        written = io.BytesIO()
        bake.answer_template(self._project, self._read(changeset), written)
        return page("questions", json.loads(written.getvalue())["questions"], offset, limit, lambda one: one)

    def propose(
        self,
        changeset: ChangesetName,
        model: Annotated[str, Field(min_length=1, description="Your name and version, as people know you.")],
        answers: Annotated[list[ProposedAnswer] | None, Field(description="Answers to open questions.")] = None,
        amendments: Annotated[list[ProposedAmendment] | None, Field(description="Changes of operations.")] = None,
    ) -> Any:
        """Propose answers to open questions and changes of operations. A person accepts or rejects each of them.

        Say how sure you are, and where each value comes from. Propose nothing that you have not found: an open question
        does no harm, an invented value does.
        """
        made = list(proposals(model, answers or [], amendments or []))
        return _told(bake.propose(self._project, self._read(changeset), made))

    def list_proposals(self, changeset: ChangesetName, offset: Offset = 0, limit: Limit = _PAGE) -> Any:
        """List what was proposed in a changeset, and what became of it."""
        found = excerpts.proposals(document(self._read(changeset), EVERYTHING))
        return page("proposals", found, offset, limit, lambda one: one)

    def check(self, changeset: ChangesetName) -> Any:
        """Check whether a changeset could be applied now: open questions, conflicts with the database, the policy."""
        return _told(bake.check(self._project, self._read(changeset)))

    def apply(self, changeset: ChangesetName) -> Any:
        """Apply a changeset, if the policy of the project allows you to: all of it in one transaction, or nothing."""
        return _told(bake.apply(self._project, self._read(changeset)))

    def row_history(
        self,
        entity: Annotated[str, Field(description="The entity, such as products.")],
        key: Annotated[str, Field(description="The row's key, as text: king_arthur_flour_5lb.")],
        field: Annotated[str | None, Field(description="Only changes of this field.")] = None,
        offset: Offset = 0,
        limit: Limit = _PAGE,
    ) -> Any:
        """Tell the history of a row, the oldest change first: who changed what, when, through which changeset."""
        return page("changes", bake.row_history(self._project, entity, key, field=field), offset, limit, bake.to_dict)

    def _read(self, name: str) -> Changeset:
        return bake.read(changeset_path(self._project, name))


def _records(records: list[dict[str, Any]], view: str | None) -> bytes:
    """Records as the bytes of a file, so that their numbers are read as exactly as those of any file."""
    if view is None:
        raise UsageError("of which view are these records?", hint="give view; list_views names them")
    return msgspec.json.Encoder(decimal_format="number").encode(exact(records))


def _told(done: CheckResult | ProposeResult | ApplyResult) -> dict[str, Any]:
    """A result, the changeset by its name: where the project's folder is, is nobody's business."""
    return short({**bake.to_dict(done), "changeset": done.changeset.path.name})


def _operation(file: Changeset, n: int) -> Any:
    found = next((one for one in excerpts.changes(file) if one.n == n), None)
    if found is None:
        raise UsageError(
            f"{file.path.name} has no operation {n} that changes anything", hint="show lists those that there are"
        )
    return excerpts.operation(found)
