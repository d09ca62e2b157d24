"""Answering the questions of a changeset: by options, by a file of answers, or by asking somebody."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from msgspec import structs

from bake.app.actor import now
from bake.app.answering.answer_session import AnswerSession
from bake.app.answering.answers_from_file import answers_from_file
from bake.app.answering.question_facts import answered_since
from bake.app.answering.remembered_answers import new_entries, usable_answers
from bake.app.answering.remembered_answers import remember as remember_entries
from bake.app.answering.state import state_of
from bake.app.columns import view_of
from bake.app.interruption import NOTHING, recorded, stoppable
from bake.app.ledger_sync import deciding, unapplied
from bake.app.project import LOG, Project
from bake.app.results import ResolveResult
from bake.changeset.events import Answered
from bake.changeset.file import Changeset
from bake.changeset.model import Key, Question
from bake.changeset.place import ChangesetLike
from bake.changeset.runs import count
from bake.commands import command
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.questions.question_prompts import prompt_of
from bake.compiler.reading.column_answers import columns_prompt
from bake.compiler.snapshot import Snapshot
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import InvalidAnswers, Problem, UsageError
from bake.renderer.sentences import answer_text, sentence
from bake.resolution.answer_file import AnswerFile, template
from bake.resolution.answers import Answer
from bake.resolution.column_options import columns_answer
from bake.resolution.remembered import Remembered, asked_by, entry_text
from bake.resolution.resolver import Resolver
from bake.resolution.selectors import Selectors

_REMEMBER = "remember this for the next time?"


def resolve_interactively(
    project: Project,
    changeset: ChangesetLike,
    resolver: Resolver,
    *,
    remember: bool = False,
    source: str | os.PathLike[str] | None = None,
    columns_only: bool = False,
) -> ResolveResult:
    """Ask somebody all open questions, one at a time; each answer is recorded at once, so that none is ever lost.

    What the columns of the source are is asked first, if it is open: by the answer the changeset is built again, in its
    place, and the questions of that are asked.

    Args:
        project: whose database and catalog.
        changeset: the changeset, or its path.
        resolver: asks a person.
        remember: keep the answers for the next time; without it, the person is asked whether to.
        source: where the source is, if it is not where it was; only needed for its columns.
        columns_only: ask for the columns of the source, and nothing else.

    Raises:
        Interrupted: it was cancelled; the message says how much was recorded.
        UsageError: there is no such changeset, or it has been applied; or the source is not there, or was edited.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    file = unapplied(project, changeset)
    entries: list[Remembered] = []
    answered, finished = 0, True
    if file.decisions.asked_columns is not None:
        from bake.app.answering.column_resolution import ask_columns

        columns = ask_columns(project, file, resolver, Path(source) if source is not None else None)
        file, answered, finished = columns.changeset, columns.answered, columns.finished
        if columns.given is not None:
            file, answered = resolve(project, file, [columns.given]).changeset, 1
        entries += columns.entries
    if finished and not columns_only:
        file, more, finished = _interview(project, file, resolver)
        entries += new_entries(file, usable_answers(project)) if more else []
        answered += more
    wanted = remember or bool(
        entries and finished and resolver.agree(_REMEMBER, [entry_text(entry) for entry in entries])
    )
    kept, warnings = _remember(project, entries if wanted else [])
    return ResolveResult(file, answered, warnings, kept)


def _interview(project: Project, file: Changeset, resolver: Resolver) -> tuple[Changeset, int, bool]:
    """Ask all questions; gives the changeset, how many answers were recorded, and whether the person stayed."""
    from bake.app.answering.interactive_session import InteractiveSession
    from bake.app.answering.short_transaction_snapshot import ShortTransactionSnapshot

    with stoppable(recorded(file)), project.connect() as database:
        interview = InteractiveSession(
            project.catalog, ShortTransactionSnapshot(database, project.catalog), file, resolver, project.actor
        )
        try:
            finished = interview.run()
        finally:
            project.keep_values(file.path)
    return interview.file, interview.answered, finished


def _remember(project: Project, entries: Sequence[Remembered]) -> tuple[int, tuple[str, ...]]:
    """Remember what was answered: how many entries, or a warning; the answers are in the changeset in any case."""
    try:
        return remember_entries(project, entries), ()
    except UsageError as error:
        where = f" ({error.location})" if error.location else ""
        return 0, (f"the answers are in the changeset, but were not remembered: {error.message}{where}",)


def resolve(
    project: Project,
    changeset: ChangesetLike,
    answers: Iterable[Answer] | str | os.PathLike[str],
    *,
    remember: bool = False,
    source: str | os.PathLike[str] | None = None,
    since: str | None = None,
) -> ResolveResult:
    """Answer questions of a changeset: the answers that fit are recorded in it.

    By the answer what the columns of its source are, the changeset is built again from its source, in its place.

    Args:
        project: whose database and catalog.
        changeset: the changeset, or its path.
        answers: the answers; or the path of a file of them (JSON or TOML), as `answer_template` gives it.
        remember: keep them for the next time, in the project's folder.
        source: where the source is, if it is not where it was; only needed for its columns.
        since: the `head` of the changeset as whoever answers has seen it: questions that somebody has answered since
            keep that answer, and the problems say so.

    Raises:
        Interrupted: it was cancelled; the message says how much was recorded.
        UsageError: there is no such changeset or file, or the changeset has been applied; or the source is not there,
            or was edited.
        InvalidAnswers: a file cannot be read or is for another changeset, and nothing was recorded; or some answers do
            not fit: the problems list those, and the others were recorded.
        DamagedChangeset: the changeset is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    with deciding(project, changeset) as file:
        if isinstance(answers, (str, os.PathLike)):
            given = answers_from_file(file, Path(answers))
        else:
            given = AnswerFile(tuple(answers))
        later = {} if since is None else answered_since(file, since)
        known = [answer for answer in given.answers if answer.question not in later]
        overtaken = [_overtaken(later[one.question]) for one in given.answers if one.question in later]
        return _record(project, file, known, [*given.problems, *overtaken], remember=remember, source=source)


def _overtaken(answer: Answered) -> Problem:
    return Problem(f"{answer.question} was answered in the meantime by {answer.by}: {answer_text(answer)}")


def resolve_with_options(
    project: Project,
    changeset: ChangesetLike,
    *,
    map_: Sequence[str] = (),
    create: Sequence[str] = (),
    skip: Sequence[str] = (),
    value: Sequence[str] = (),
    keep: Sequence[str] = (),
    omit: Sequence[str] = (),
    take: Sequence[str] = (),
    choose: Sequence[str] = (),
    distinct: Sequence[str] = (),
    column: Sequence[str] = (),
    remember: bool = False,
    source: str | os.PathLike[str] | None = None,
) -> ResolveResult:
    """Answer questions as options of the command line do (`bake.resolution.selectors`): in short texts.

    Args:
        project: whose database and catalog.
        changeset: the changeset, or its path.
        map_: `QUESTION=KEY`: use the row with this key. A question is named by its id, or as `ENTITY:NAME`.
        create: `QUESTION` or `QUESTION=FIELDS`: create a new row.
        skip: `QUESTION`: skip the operations that ask it.
        value: `QUESTION=VALUE`: write this value; or, where columns are asked for, `FIELD=VALUE`: all records say it.
        keep: `QUESTION`: keep the value that was warned of.
        omit: `QUESTION`: leave out the field whose value does not fit.
        take: `QUESTION=WHICH`: of a conflict `file` or `database`, of duplicates the number of an operation.
        choose: `QUESTION=OPTION`: of a decision, this option; of columns, `proposed`.
        distinct: `QUESTION=KEY`: never match this row; remembered in any case, and no answer.
        column: `COLUMN=FIELD`: where columns are asked for, what this one is; the others are taken as proposed.
        remember: keep the answers for the next time, in the project's folder.
        source: where the source is, if it is not where it was; only needed for its columns.

    Raises:
        UsageError: there is no such changeset, or it has been applied.
        InvalidAnswers: an option cannot be read, and nothing was recorded; or an answer does not fit: the problems list
            that, and the rest was recorded.
    """
    with deciding(project, changeset) as file:
        columns = columns_answer(file.decisions.asked_columns, column, value, choose)
        if columns is not None:
            return _record(project, file, [columns], remember=remember, source=source)
        selectors = Selectors(project.catalog, list(file.decisions.questions.values()), file.decisions.pending)
        rejected = selectors.distinct(distinct)
        never = [entry for question, key in rejected if (entry := _never(question, key, project.actor))]
        answers = selectors.answers(
            map_=map_, create=create, skip=skip, value=value, keep=keep, omit=omit, take=take, choose=choose
        )
        kept = remember_entries(project, never)
        result = _record(project, file, answers, remember=remember)
    return replace(result, remembered=result.remembered + kept)


def _never(question: Question, key: Key, by: str) -> Remembered | None:
    entry = asked_by(question)
    return structs.replace(entry, never=(key,), by=by, at=now()) if entry else None


def answer_template(project: Project, changeset: ChangesetLike, output: IO[bytes]) -> None:
    """Write a file of answers to fill in, with every open question: JSON in UTF-8, for `resolve`.

    It is written a question at a time, so that its size takes no memory.

    Args:
        project: whose database and catalog.
        changeset: the changeset, or its path.
        output: takes it, such as a file that is open for writing; what it raises is not caught.

    Raises:
        Interrupted: it was cancelled.
        UsageError: there is no such changeset, or it has been applied.
        DatabaseUnavailable: the database cannot be read.
    """
    file = unapplied(project, changeset)
    with stoppable(lambda: NOTHING), project.connect() as database, database.reading() as connection:
        now_state = state_of(project, DatabaseSnapshot(connection, project.catalog), file)
        said = file.decisions.contradicting
        prompts = (
            columns_prompt(q, project.catalog, view_of(project, file, q), sentence(q, 0))
            if q.kind == "columns"
            else prompt_of(q, now_state, sentence(q, count(q.asked_by), said(q.id)))
            for q in now_state.ordered()
        )
        output.writelines(piece.encode() for piece in template(file.digest, prompts))


def _record(
    project: Project,
    file: Changeset,
    answers: Sequence[Answer],
    unread: Sequence[Problem] = (),
    *,
    remember: bool = False,
    source: str | os.PathLike[str] | None = None,
) -> ResolveResult:
    """Record what fits, at once; then raise what does not."""
    if (asked := file.decisions.asked_columns) and any((a.question, a.choice) == (asked.id, "choose") for a in answers):
        from bake.app.answering.column_resolution import answer_columns

        place = Path(source) if source is not None else None
        return answer_columns(project, file, answers, unread, remember=remember, source=place)
    with (
        stoppable(recorded(file)),
        project.connect() as database,
        database.reading() as connection,
        project.finding(connection),
    ):
        session = _session(project, DatabaseSnapshot(connection, project.catalog), file, answers)
        file = session.written(file, project.actor)
    given = [event.question for event in session.events if isinstance(event, Answered)]
    kept, unremembered = _remember(project, new_entries(file, usable_answers(project), given) if remember else [])
    LOG.info("%s: %d answers recorded", file.path.name, session.taken)
    problems = [*unread, *session.problems]
    if problems:
        raise InvalidAnswers(
            f"{session.taken} of {len(answers) + len(unread)} answers were recorded; the others do not fit",
            problems=problems,
            hint=f"{command('changeset', 'resolve', file.path, '--template')} shows what is still open, and what fits",
        )
    return ResolveResult(file, session.taken, (*session.warnings, *unremembered), kept)


def _session(project: Project, snapshot: Snapshot, file: Changeset, answers: Sequence[Answer]) -> AnswerSession:
    """The answers, as far as they fit, not written yet."""
    revising = {answer.question for answer in answers if answer.question in file.decisions.answers}
    session = AnswerSession(state_of(project, CachingSnapshot(snapshot), file, revising=revising))
    session.take(answers)
    return session
