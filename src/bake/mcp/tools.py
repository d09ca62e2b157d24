"""The tools: each calls one function of the library, in the name of the assistant. None applies, none resolves."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from pydantic import Field

import bake
from bake import Changeset, CheckResult, Project, ProposeResult
from bake.errors import UsageError
from bake.mcp.exact import exact
from bake.mcp.proposing import ProposedAmendment, ProposedAnswer, proposals
from bake.mcp.shelf import changeset_path, source_path
from bake.mcp.views import exported, listed
from bake.renderer.document import document
from bake.renderer.document_parts import Document
from bake.renderer.patch_steps import step
from bake.renderer.selection import EVERYTHING, Selection

_PAGE = 50

ViewName: TypeAlias = Annotated[str, Field(description="The name of a view, as list_views has it.")]
ChangesetName: TypeAlias = Annotated[
    str, Field(description="The changeset: the name of its file, as build and list_changesets give it.")
]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500, description="How many at most.")]
Offset: TypeAlias = Annotated[int, Field(ge=0, description="How many to pass over: next_offset of the page before.")]


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
            raise UsageError("give either records or a file")
        source = _records(records, view) if records is not None else source_path(self._project, file or "")
        name = f"{view or 'records'}.json" if records is not None else None
        built = bake.build(self._project, source, view=view, name=name, mode=mode, strict=strict)
        return {"changeset": built.path.name, **_summary(built)}

    def list_changesets(self) -> Any:
        """List the changesets of the project with their state, the oldest first."""
        folder = self._project.changesets
        found = bake.list_changesets(folder) if folder.is_dir() else []
        return [{"changeset": one.path.name, "state": one.state} for one in found]

    def show(
        self,
        changeset: ChangesetName,
        operation: Annotated[int | None, Field(ge=1, description="Only the operation of this number.")] = None,
        offset: Offset = 0,
        limit: Limit = _PAGE,
    ) -> Any:
        """Show what a changeset would do: its state, warnings and proposals, and its operations a page at a time."""
        file = self._read(changeset)
        if operation is not None:
            return _operation(file, operation)
        page = [_plain(step(one)) for one in islice(_changes(file), offset, offset + limit + 1)]
        more = {"next_offset": offset + limit} if len(page) > limit else {}
        return {"changeset": file.path.name, **_summary(file), "operations": page[:limit], **more}

    def list_questions(self, changeset: ChangesetName) -> Any:
        """List the open questions of a changeset: what each asks, the choices that fit, candidates, and fields."""
        written = io.BytesIO()
        bake.answer_template(self._project, self._read(changeset), written)
        return json.loads(written.getvalue())["questions"]

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

    def list_proposals(self, changeset: ChangesetName) -> Any:
        """List what was proposed in a changeset, and what became of it."""
        return _proposals(document(self._read(changeset), EVERYTHING))

    def check(self, changeset: ChangesetName) -> Any:
        """Check whether a changeset could be applied now: open questions, conflicts with the database, the policy."""
        return _told(bake.check(self._project, self._read(changeset)))

    def apply(self, changeset: ChangesetName) -> Any:
        """Apply a changeset, if the policy of the project allows you to: all of it in one transaction, or nothing."""
        done = bake.apply(self._project, self._read(changeset))
        return {**bake.to_dict(done), "changeset": done.changeset.path.name}

    def row_history(
        self,
        entity: Annotated[str, Field(description="The entity, such as products.")],
        key: Annotated[str, Field(description="The row's key, as text: king_arthur_flour_5lb.")],
        field: Annotated[str | None, Field(description="Only changes of this field.")] = None,
    ) -> Any:
        """Tell the history of a row: who changed what, when, through which changeset."""
        return [bake.to_dict(one) for one in bake.row_history(self._project, entity, key, field=field)]

    def _read(self, name: str) -> Changeset:
        return bake.read(changeset_path(self._project, name))


def _records(records: list[dict[str, Any]], view: str | None) -> bytes:
    """Records as the bytes of a file, so that their numbers are read as exactly as those of any file."""
    if view is None:
        raise UsageError("of which view are these records?", hint="give view; list_views names them")
    return msgspec.json.Encoder(decimal_format="number").encode(exact(records))


def _told(done: CheckResult | ProposeResult) -> dict[str, Any]:
    """A result, the changeset by its name: where the project's folder is, is nobody's business."""
    return {**bake.to_dict(done), "changeset": done.changeset.path.name}


def _changes(file: Changeset) -> Iterator[Any]:
    return (one for one in file.effective() if one.__struct_config__.tag != "skip")


def _operation(file: Changeset, n: int) -> Any:
    found = next((one for one in _changes(file) if one.n == n), None)
    if found is None:
        raise UsageError(f"{file.path.name} has no operation {n} that changes anything")
    return _plain(step(found))


def _summary(file: Changeset) -> dict[str, Any]:
    """What matters of a changeset before its operations."""
    shown = document(file, Selection(limit=_PAGE))
    return {
        "status": shown.state.status,
        "sentences": shown.state.sentences,
        "planned": [_plain(one) for one in shown.summary],
        "open_questions": [f"{one.question.id}: {one.text}" for one in shown.questions.items if one.standing == "open"],
        "warnings": [_plain(one) for one in shown.warnings.items],
        "notices": [one.message for one in shown.notices.items],
        "proposals": _proposals(shown),
    }


def _proposals(shown: Document) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "standing": one.standing, "text": one.text, "source": one.source, "evidence": one.evidence}
        for one in shown.proposals.items
    ]


def _plain(part: msgspec.Struct) -> Any:
    return msgspec.to_builtins(part, builtin_types=(Decimal,))
