"""Answering what the columns of a source are: the changeset is built again from its source, in its own place.

Nothing was compiled while that was open, so nothing is lost; the answer stands in the header of what is built. Building
needs the source, which must be what it was: its digest is compared.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from bake.app.actor import now
from bake.app.answering.remembered_answers import remember as remember_entries
from bake.app.build import build
from bake.app.columns import build_command, view_of
from bake.app.ledger_sync import deciding
from bake.app.project import Project
from bake.app.results import ResolveResult
from bake.app.skipped import NAMED_BY_PEOPLE
from bake.changeset.file import Changeset, read
from bake.changeset.header import ReadAs
from bake.changeset.model import Question
from bake.compiler.reading.column_answers import assigned, columns_prompt
from bake.errors import InvalidAnswers, Problem, UsageError
from bake.renderer.sentences import sentence
from bake.resolution.answers import Answer
from bake.resolution.remembered import Remembered, columns_entry
from bake.resolution.resolver import Resolver
from bake.sources.detect import named_view, open_source
from bake.sources.sheets.column_mapping import ColumnMapping
from bake.sources.texts.streams import STDIN_NAME


@dataclass(frozen=True, slots=True)
class ColumnsAsked:
    """What came of asking somebody for the columns.

    Attributes:
        changeset: built again, or as it was.
        answered: how many answers were given: one or none.
        finished: whether there is more to ask.
        entries: what is worth remembering.
        given: an answer that chooses no columns, such as one that skips all records; it is not recorded yet.
    """

    changeset: Changeset
    answered: int = 0
    finished: bool = False
    entries: tuple[Remembered, ...] = ()
    given: Answer | None = None


def answer_columns(
    project: Project,
    file: Changeset,
    answers: Sequence[Answer],
    unread: Sequence[Problem] = (),
    *,
    remember: bool = False,
    source: Path | None = None,
) -> ResolveResult:
    """Build a changeset again with the columns that an answer says.

    Args:
        project: whose database and catalog.
        file: a changeset in which its columns are asked for.
        answers: the answers; one of them chooses the columns, and there can be no others.
        unread: what could not be read of them.
        remember: keep them for sources with the same columns.
        source: where the source is, if it is not where it was.

    Raises:
        InvalidAnswers: an answer does not fit; nothing was done.
        UsageError: the source is not there, or was edited since.
    """
    question = file.decisions.asked_columns
    assert question is not None
    others = [Problem(f"{a.question}: there is no such question") for a in answers if a.question != question.id]
    mine = [answer for answer in answers if answer.question == question.id]
    if len(mine) != 1:
        others.append(Problem(f"{question.id}: expected one answer"))
    if problems := [*unread, *others]:
        raise InvalidAnswers("these answers do not fit", problems=problems)
    mapping = assigned(question, project.catalog, view_of(project, file, question), mine[0])
    built = _rebuilt(project, file, mapping, source)
    entry = remembered_columns(project, question, built)
    return ResolveResult(built, 1, (), remember_entries(project, [entry] if remember else []))


def remembered_columns(project: Project, question: Question, built: Changeset) -> Remembered:
    """What is remembered of columns that were answered: how the changeset was then built."""
    said = built.header.source
    view = named_view(project.catalog, said.view or question.entity)
    entry = columns_entry(view, [column.name for column in question.columns if not column.value])
    names = {name: field or "" for name, field in said.columns.items()}
    return structs.replace(entry, columns=names, values=dict(said.values), by=project.actor, at=now())


def ask_columns(project: Project, file: Changeset, resolver: Resolver, source: Path | None = None) -> ColumnsAsked:
    """Ask somebody what the columns are until an answer fits, and build the changeset again.

    Raises:
        UsageError: the source is not there, or was edited since.
    """
    question = file.decisions.asked_columns
    assert question is not None
    view = view_of(project, file, question)
    prompt = columns_prompt(question, project.catalog, view, sentence(question, 0))
    while isinstance(answer := resolver.ask(prompt), Answer):
        if answer.choice != "choose":
            return ColumnsAsked(file, given=answer)
        try:
            mapping = assigned(question, project.catalog, view, answer)
        except InvalidAnswers as error:
            for problem in error.problems:
                resolver.tell(problem.message)
            prompt = replace(prompt, earlier=answer)
            continue
        built = _rebuilt(project, file, mapping, source)
        return ColumnsAsked(built, 1, finished=True, entries=(remembered_columns(project, question, built),))
    return ColumnsAsked(file)


def _rebuilt(project: Project, file: Changeset, mapping: ColumnMapping, source: Path | None) -> Changeset:
    """Build a changeset again from its source, in its place."""
    said = file.header.source
    path = _source(project, file, mapping, source)
    view = said.view if said.kind in NAMED_BY_PEOPLE else None
    fresh = file.path.with_name(f".bake-{secrets.token_hex(16)}.part")
    try:
        build(
            project,
            path,
            view=view,
            mode=file.header.mode,
            strict=file.header.strict,
            columns=mapping.names,
            values=mapping.values,
            read_as=said.read_as,
            output=fresh,
        )
        with deciding(project, file.path) as now_there:
            if now_there.tail != file.tail:
                raise UsageError(
                    f"{file.path.name} was changed by somebody else in the meantime; it stays as it is now",
                    hint="run the command again: it will read the file as it is now",
                )
            fresh.replace(file.path)
    finally:
        with suppress(OSError):
            fresh.unlink()
    return read(file.path)


def _source(project: Project, file: Changeset, mapping: ColumnMapping, given: Path | None) -> Path:
    """Where the source of a changeset is.

    Raises:
        UsageError: it is not there, or was edited since.
    """
    said = file.header.source
    path = given or (project.folder / said.path if said.path and project.has_folder else None)
    view = said.view if said.kind in NAMED_BY_PEOPLE else None
    fresh = file.path.with_name(f"columns-{file.path.name}")
    name = "-" if said.name == STDIN_NAME and said.path is None else said.name
    again = build_command(str(given or name), view, mapping, fresh, _options(file))
    if path is None or not path.is_file():
        raise UsageError(
            f"the source {said.name} is needed to read it by these columns, and is not known to be anywhere",
            hint=f"give it with --source, or build it again:\n{again}",
        )
    if open_source(path, project.catalog, view, said.read_as).sha256 != said.sha256:
        raise UsageError(
            f"{path} was edited since the changeset was built from it",
            hint=f"build the changeset again:\n{again}",
        )
    return path


def _options(file: Changeset) -> list[str]:
    mode = [] if file.header.mode == "merge" else ["--mode", file.header.mode]
    read_as = file.header.source.read_as or ReadAs()
    said = {"--encoding": read_as.encoding, "--sheet": read_as.sheet, "--header": read_as.header}
    how = [word for option, value in said.items() if value is not None for word in (option, str(value))]
    how += [word for column in read_as.fill_down for word in ("--fill-down", column)]
    flags = {"--as-is": read_as.as_is, "--strict": file.header.strict}
    return [*mode, *how, *(flag for flag, wanted in flags.items() if wanted)]
