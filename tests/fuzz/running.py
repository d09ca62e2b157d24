"""Runs commands on mutated changesets, and judges what they do.

Whatever a changeset holds, a command ends with a documented exit status, writes valid JSON where JSON was asked for,
and leaves the tables of the catalog as they were, unless it was `apply` and says that it applied.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from fuzz import corpus
from fuzz.mutation import decoded, encoded, mutated
from support.shell import Said

#: How long one command may take, in seconds.
LONGEST = 20
#: The exit statuses of errors that a file may be the reason of.
DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6})
FILE = "mutated.changeset.jsonl"


class Storage(Protocol):
    """The database of a corpus."""

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than at the start."""
        ...

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        ...


@dataclass(frozen=True)
class Case:
    """One command on one mutated changeset; the same for the same number.

    Attributes:
        number: which.
        origin: the name of the changeset that was mutated.
        content: the mutated file.
        arguments: what is typed after `bake`.
    """

    number: int
    origin: str
    content: bytes
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """What a command did that no command may do.

    Attributes:
        case: which command.
        what: what it did: the last line of a traceback, or what else is wrong.
        place: what belongs together: the innermost place in Bake's code, or the kind of failure.
        trace: the traceback, if there is one.
    """

    case: Case
    what: str
    place: str
    trace: str = ""


class Fuzz:
    """Runs cases on one corpus.

    Args:
        made: the corpus.
        storage: its database.
        seed: what cases are made of, beside their numbers.
    """

    def __init__(self, made: corpus.Corpus, storage: Storage, seed: int) -> None:
        self._shell = made.shell
        self._names = dict(made.changesets)
        self._lines = {name: decoded((made.shell.folder / path).read_bytes()) for name, path in self._names.items()}
        self._storage = storage
        self._seed = seed

    def case(self, number: int) -> Case:
        """The case with this number."""
        random_ = random.Random(f"{self._seed}/{number}")
        origin = random_.choice([*self._lines])
        arguments = _command(random_, self._names[origin])
        right = arguments[1] != "seal" and random_.random() < 0.97
        content = encoded(mutated(self._lines[origin], random_), right=right)
        return Case(number, origin, content, arguments)

    def run(self, case: Case) -> Failure | None:
        """Run a case; what is wrong with what it did."""
        self._shell.write(FILE, case.content)
        try:
            with bounded(LONGEST), warnings.catch_warnings():
                warnings.simplefilter("error")
                said = self._shell.bake(*case.arguments)
        except Exception as error:  # noqa: BLE001 - a traceback of whatever kind is what is looked for
            self._storage.restore()
            return Failure(case, f"{type(error).__name__}: {error}"[:300], innermost(error), traceback.format_exc())
        finally:
            (self._shell.folder / "out.changeset.jsonl").unlink(missing_ok=True)
            shutil.rmtree(self._shell.folder / "import_errors", ignore_errors=True)
        wrong = self._wrong(case, said)
        return Failure(case, wrong, wrong.partition(":")[0], f"{said.out}\n{said.err}") if wrong else None

    def _wrong(self, case: Case, said: Said) -> str | None:
        changed = self._storage.changed()
        self._storage.restore()
        if said.status not in DOCUMENTED:
            return f"exit status {said.status}: {said.err[:200]}"
        if changed and not _applied(case, said):
            return f"the database was changed with exit status {said.status}"
        if "--format" in case.arguments and case.arguments[-1] == "json" and said.out:
            try:
                json.loads(said.out, parse_constant=_no_constant)
            except ValueError as error:
                return f"what was written is no JSON: {error}"
        return None


def _applied(case: Case, said: Said) -> bool:
    return case.arguments[1] == "apply" and said.status == 0 and "applied" in said.out and "dry" not in str(case)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _command(random_: random.Random, original: str) -> tuple[str, ...]:
    arguments = random_.choice(COMMANDS)(random_, original)
    formats = {"show": ("text", "markdown", "json")}
    if "--template" in arguments:
        return arguments
    return (*arguments, "--format", random_.choice(formats.get(arguments[1], ("text", "json"))))


def _plain(*arguments: str) -> Callable[[random.Random, str], tuple[str, ...]]:
    return lambda _, __: ("changeset", *arguments)


def _compare(random_: random.Random, original: str) -> tuple[str, ...]:
    pair = [FILE, original]
    random_.shuffle(pair)
    return ("changeset", "compare", *pair)


def _resolve(random_: random.Random, _: str) -> tuple[str, ...]:
    question = f"q{random_.randint(1, 12)}"
    answers = (
        *(("--skip", question), ("--create", question), ("--map", f"{question}=costco_boston_ma")),
        *(("--create", f'{question}={{"name": "N", "slug": "n"}}'), ("--value", f"{question}=3")),
        *(("--take", f"{question}=file"), ("--take", f"{question}=database"), ("--take", f"{question}=1")),
        *(("--keep", question), ("--choose", f"{question}=file"), ("--choose", f"{question}/5=database")),
        *(("--take", "purchases=file"), ("--skip", "suppliers:Wilson Frams"), ("--create", "products:cider_64")),
        *(("--map", f'{question}={{"slug": "king"}}'), ("--distinct", f"{question}=costco_boston_ma")),
    )
    return ("changeset", "resolve", FILE, *random_.choice(answers))


def _amend(random_: random.Random, _: str) -> tuple[str, ...]:
    n = random_.randint(1, 14)
    changes = (
        *(("--drop", str(n)), ("--note", "why"), ("--set", f"{n}/notes=x"), ("--set", f"{n}/slug=x")),
        *(("--set", f"{n}/brand=null"), ("--set", f"{n}/unit_price=3"), ("--set", f"{n}/supplier=costco_boston_ma")),
        *(("--set", f"{n}/product=king"), ("--set", f"{n}/ingredient=spelt"), ("--set", f"{n}/uuid=x")),
    )
    return ("changeset", "amend", FILE, *random_.choice(changes))


#: What is tried, some of it more often.
COMMANDS: Sequence[Callable[[random.Random, str], tuple[str, ...]]] = (
    *(_plain("show", FILE), _plain("show", FILE), _plain("show", FILE, "--all")),
    *(_plain("check", FILE), _plain("check", FILE), _plain("check", FILE, "--offline")),
    *(_plain("apply", FILE), _plain("apply", FILE), _plain("apply", FILE, "--skip-on-error")),
    *(_plain("apply", FILE, "--dry-run"), _plain("rebase", FILE), _plain("rebase", FILE)),
    *(_plain("revert", FILE, "--output", "out.changeset.jsonl"), _plain("seal", FILE)),
    *(_plain("resolve", FILE, "--template"), _plain("list")),
    *(_compare, _resolve, _resolve, _resolve, _amend, _amend),
)


def innermost(error: BaseException) -> str:
    """The innermost place in Bake's code at which an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/bake/" in frame.filename]
    place = ours[-1] if ours else frames[-1]
    return f"{place.filename.rpartition('/bake/')[2]}:{place.lineno} {place.name}, {type(error).__name__}"


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Stop what takes longer, with a `TimeoutError`; where there are no alarms, nothing is stopped."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: Any) -> NoReturn:
        raise TimeoutError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class SqliteStorage:
    """A database file, which is copied back.

    Args:
        file: the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._bytes = file.read_bytes()
        self._rows = _rows(file)

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than at the start."""
        return self._file.read_bytes() != self._bytes and _rows(self._file) != self._rows

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        if self._file.read_bytes() != self._bytes:
            self._file.write_bytes(self._bytes)
            for suffix in ("-journal", "-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)


def _rows(file: Path) -> object:
    from support.shell import tables

    return {name: rows for name, rows in tables(file).items() if not name.startswith("bake_")}
