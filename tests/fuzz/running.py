"""Runs commands, and judges what they do.

Whatever a changeset or the database holds, and whatever is typed, a command ends with a documented exit status, writes
valid JSON where JSON was asked for, and leaves the tables of the catalog as they were, unless it was to apply something
and says that it did.
"""

from __future__ import annotations

import json
import random
import shlex
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn, Protocol, TypeAlias

from fuzz.corpus import Corpus
from support.alarm import within
from support.shell import Said

#: The kinds of cases in which the database may be one that cannot be used.
ANYTHING = frozenset({"values", "arguments"})
#: How long one command may take, in seconds.
LONGEST = 20
#: The exit statuses of errors that a file may be the reason of.
DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6})


class Storage(Protocol):
    """The database of a corpus."""

    def edit(self, statements: Sequence[str]) -> None:
        """Run statements, whatever constraints say; one that cannot be run at all is left out."""
        ...

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than after the last edit."""
        ...

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        ...


@dataclass(frozen=True)
class Case:
    """One command; the same for the same number.

    Attributes:
        number: which.
        origin: what was changed: the name of a changeset that was mutated, or the kind of case.
        arguments: what is typed after `bake`.
        files: what is written into the folder before, by name.
        edits: statements that somebody runs on the database before.
        variables: of the environment.
    """

    number: int
    origin: str
    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    edits: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_change(self) -> bool:
        """Whether it is a command that changes rows."""
        return "--dry-run" not in self.arguments and ("apply" in self.arguments[:2] or self.arguments[0] == "import")

    @property
    def typed(self) -> str:
        """What was done, to be done again by hand."""
        before = [f"{edit};" for edit in self.edits] + [f"{name}={text!r}" for name, text in self.variables.items()]
        return " ".join([*before, f"bake {shlex.join(self.arguments)!a}"])


#: Makes the case with a number, of what is drawn.
Draw: TypeAlias = Callable[[int, random.Random], Case]


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


class Files:
    """The files of a folder, which are brought back.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents = {path: path.read_bytes() for path in folder.rglob("*") if self._counts(path)}

    def new(self) -> Iterator[Path]:
        """The files that were not there at the start."""
        return (path for path in self._folder.rglob("*") if self._counts(path) and path not in self._contents)

    def restore(self) -> None:
        """Take away what was not there, and write again what was."""
        for path in [*self.new()]:
            path.unlink()
        for path, content in self._contents.items():
            if not path.is_file() or path.stat().st_size != len(content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    @staticmethod
    def _counts(path: Path) -> bool:
        """Whether it is a file, and none of the database."""
        return path.is_file() and not path.name.startswith("bake.db")


class Fuzz:
    """Runs cases on one corpus.

    Args:
        made: the corpus.
        storage: its database.
        seed: what cases are made of, beside their numbers.
        draw: makes them.
    """

    def __init__(self, made: Corpus, storage: Storage, seed: int, draw: Draw) -> None:
        self._shell = made.shell
        self._files = Files(made.shell.folder)
        self._storage = storage
        self._seed = seed
        self._draw = draw

    def case(self, number: int) -> Case:
        """The case with this number."""
        return self._draw(number, random.Random(f"{self._seed}/{number}"))

    def run(self, case: Case) -> Failure | None:
        """Run a case; what is wrong with what it did."""
        for name, content in case.files.items():
            self._shell.write(name, content)
        self._storage.edit(case.edits)
        shell = replace(self._shell, variables={**self._shell.variables, **case.variables})
        try:
            with within(LONGEST), warnings.catch_warnings():
                warnings.simplefilter("error")
                said = shell.bake(*case.arguments)
            wrong = self._wrong(case, said)
        except Exception as error:  # noqa: BLE001 - a traceback of whatever kind is what is looked for
            return Failure(case, f"{type(error).__name__}: {error}"[:300], innermost(error), traceback.format_exc())
        finally:
            self._storage.restore()
            self._files.restore()
        return Failure(case, wrong, wrong.partition(":")[0], f"{said.out}\n{said.err}") if wrong else None

    def _wrong(self, case: Case, said: Said) -> str | None:
        if said.status not in (DOCUMENTED if case.origin not in ANYTHING else {*DOCUMENTED, 7}):
            return f"exit status {said.status}: {said.err[:200]}"
        if self._storage.changed() and not (case.may_change and said.status == 0 and "applied" in said.out):
            return f"the database was changed with exit status {said.status}"
        if case.arguments[-2:] == ("--format", "json") and said.out:
            return _no_json(said.out)
        written = (one.read_bytes() for one in self._files.new() if one.suffix == ".json")
        return next((wrong for content in written if (wrong := _no_json(content))), None)


def _no_json(content: str | bytes) -> str | None:
    """What makes a text no JSON, as it has to be."""
    try:
        json.loads(content, parse_constant=_no_constant)
    except ValueError as error:
        return f"what was written is no JSON: {error}"
    return None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def innermost(error: BaseException) -> str:
    """The innermost place in Bake's code at which an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/bake/" in frame.filename]
    place = ours[-1] if ours else frames[-1]
    return f"{place.filename.rpartition('/bake/')[2]}:{place.lineno} {place.name}, {type(error).__name__}"
