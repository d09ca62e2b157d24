"""Answering the questions of a changeset: by options, by a file of answers, or by asking somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from bake.app.actor import actor, now
from bake.app.answer_session import AnswerSession
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import unapplied
from bake.app.progress import counted
from bake.app.project import Project
from bake.app.remembered_answers import keep as remember_entries
from bake.app.remembered_answers import load, news
from bake.changeset.file import ChangesetFile
from bake.changeset.model import Answered, Key, Question
from bake.changeset.runs import count
from bake.commands import command
from bake.compiler.caching_snapshot import CachingSnapshot
from bake.compiler.question_prompts import prompt_of
from bake.compiler.resolution_state import ResolutionState, resolution_state
from bake.compiler.snapshot import Snapshot
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import InvalidAnswers, Location, Problem, UsageError
from bake.renderer.sentences import sentence
from bake.resolution.answer_file import parse_answers, template
from bake.resolution.answers import Answer
from bake.resolution.remembered import Remembered, asked_by, entry_text
from bake.resolution.resolver import Resolver
from bake.resolution.selectors import Selectors

_REMEMBER = "remember this for the next time?"


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """What resolving came to.

    Attributes:
        file: the changeset as it is now; what is still open is in its decisions.
        answered: how many answers were recorded.
        warnings: what looks wrong about them although it fits.
        remembered: how much of what was said is remembered for the next time.
    """

    file: ChangesetFile
    answered: int
    warnings: tuple[str, ...] = ()
    remembered: int = 0


def resolve_with(project: Project, path: Path, resolver: Resolver, *, remember: bool = False) -> ResolveResult:
    """Ask somebody all open questions, one at a time; each answer is recorded at once, so that none is ever lost.

    At the end the answers are remembered for the next time, if `remember` says so, or else the person.

    Raises:
        UsageError: there is no such changeset, or it has been applied.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    from bake.app.interactive_session import InteractiveSession
    from bake.app.short_transaction_snapshot import ShortTransactionSnapshot

    file = answerable(project, path)
    with stoppable(recorded(file)), project.database() as database:
        interview = InteractiveSession(
            project.catalog, ShortTransactionSnapshot(database, project.catalog), file, resolver
        )
        finished = interview.run()
    entries = news(interview.file, load(project)) if interview.answered else []
    wanted = remember or bool(
        entries and finished and resolver.agree(_REMEMBER, [entry_text(entry) for entry in entries])
    )
    return ResolveResult(interview.file, interview.answered, (), remember_entries(project, entries) if wanted else 0)


def resolve_with_file(project: Project, path: Path, answers: Path, *, remember: bool = False) -> ResolveResult:
    """Take the answers of a file (JSON or TOML): those that fit are recorded.

    Raises:
        UsageError: one of the files is not there.
        InvalidAnswers: the file cannot be read or is for another changeset, and nothing was recorded; or some of it
            does not fit: the problems list that, and the rest was recorded.
    """
    file = answerable(project, path)
    given = parse_answers(_bytes(answers), answers.name)
    if given.changeset not in (None, file.digest):
        raise InvalidAnswers(
            f"these are answers for another changeset than {path.name}",
            location=Location(answers.name, "/changeset"),
            hint=command("changeset", "resolve", path, "--template"),
        )
    return _record(project, file, given.answers, given.problems, remember=remember)


def resolve_with_selectors(
    project: Project,
    path: Path,
    *,
    map_: Sequence[str] = (),
    create: Sequence[str] = (),
    skip: Sequence[str] = (),
    value: Sequence[str] = (),
    keep: Sequence[str] = (),
    take: Sequence[str] = (),
    choose: Sequence[str] = (),
    distinct: Sequence[str] = (),
    remember: bool = False,
) -> ResolveResult:
    """Take the answers of command-line options (`bake.resolution.selectors`): those that fit are recorded.

    What is `distinct` is remembered in any case, and answers no question.

    Raises:
        UsageError: there is no such changeset, or it has been applied.
        InvalidAnswers: an option cannot be read, and nothing was recorded; or an answer does not fit: the problems list
            that, and the rest was recorded.
    """
    file = answerable(project, path)
    selectors = Selectors(project.catalog, list(file.decisions.questions.values()), file.decisions.open)
    never = [entry for question, key in selectors.distinct(distinct) if (entry := _never(question, key))]
    answers = selectors.answers(map_=map_, create=create, skip=skip, value=value, keep=keep, take=take, choose=choose)
    kept = remember_entries(project, never)
    result = _record(project, file, answers, remember=remember)
    return replace(result, remembered=result.remembered + kept)


def _never(question: Question, key: Key) -> Remembered | None:
    entry = asked_by(question)
    return structs.replace(entry, never=(key,), by=actor(), at=now()) if entry else None


def template_of(project: Project, path: Path) -> bytes:
    """A file of answers to fill in, with every open question.

    Raises:
        UsageError: there is no such changeset, or it has been applied.
        DatabaseUnavailable: the database cannot be read.
    """
    file = answerable(project, path)
    with project.database() as database, database.reading() as connection:
        now_state = standing_of(project, DatabaseSnapshot(connection, project.catalog), file)
        said = file.decisions.contradicting
        prompts = [prompt_of(q, now_state, sentence(q, count(q.asked_by), said(q.id))) for q in now_state.ordered()]
        return template(file.digest, prompts)


def answerable(project: Project, path: Path) -> ChangesetFile:
    """A changeset in which something can still be decided.

    Raises:
        UsageError: there is no such changeset, it has been applied, or it asks about what the catalog does not have.
        DamagedChangeset: it is damaged.
    """
    file = unapplied(project, path)
    unknown = {question.entity for question in file.decisions.open} - project.catalog.entities.keys()
    if unknown:
        raise UsageError(
            f"the catalog {project.catalog.name} has no {', '.join(sorted(unknown))}, which {path.name} asks about",
            hint=f"it was built with the catalog {file.header.catalog.name}",
        )
    return file


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def standing_of(
    project: Project,
    snapshot: Snapshot,
    file: ChangesetFile,
    *,
    revising: Collection[str] = (),
    about: Collection[str] = (),
) -> ResolutionState:
    """A changeset prepared for decisions (`bake.compiler.standing.standing`)."""
    step = f"reading {file.path.name}"
    operations = counted(file.operations(), lambda done: project.progress(step, done, file.total))
    decisions = file.decisions
    return resolution_state(
        project.catalog,
        snapshot,
        file.digest,
        decisions,
        map(decisions.effective, operations),
        revising=revising,
        about=about,
    )


def _record(
    project: Project,
    file: ChangesetFile,
    answers: Sequence[Answer],
    unread: Sequence[Problem] = (),
    *,
    remember: bool = False,
) -> ResolveResult:
    """Record what fits, at once; then raise what does not."""
    with stoppable(recorded(file)):
        session = _session(project, file, answers)
        file = session.written(file)
    given = [event.question for event in session.events if isinstance(event, Answered)]
    kept = remember_entries(project, news(file, load(project), given)) if remember else 0
    problems = [*unread, *session.problems]
    if problems:
        raise InvalidAnswers(
            f"{session.taken} of {len(answers) + len(unread)} answers were recorded; the others do not fit",
            problems=problems,
            hint=f"{command('changeset', 'resolve', file.path, '--template')} shows what is still open, and what fits",
        )
    return ResolveResult(file, session.taken, tuple(session.warnings), kept)


def _session(project: Project, file: ChangesetFile, answers: Sequence[Answer]) -> AnswerSession:
    """The answers, as far as they fit, not written yet."""
    with project.database() as database, database.reading() as connection:
        snapshot = CachingSnapshot(DatabaseSnapshot(connection, project.catalog))
        revising = {answer.question for answer in answers if answer.question in file.decisions.answers}
        session = AnswerSession(standing_of(project, snapshot, file, revising=revising))
        session.take(answers)
    return session
