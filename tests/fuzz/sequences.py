"""Runs sequences of commands on one database, and compares it after each of them with a model (`fuzz.model`).

A sequence builds changesets of random records, answers, amends, merges, rebases, applies, reverts and reverts the
reverts, mirrors, and exports, while others edit the same rows and apply at the same time. What must hold:

- an application does what its file says, or, if the file does not fit the rows, nothing, with exit status 4;
- `check` and a dry run say before what the application then does, and change nothing;
- to apply again changes nothing; a revert of what nobody has edited since brings the rows back, and so does the
  revert of a revert;
- what a rebase calls fit is applied; a merge has the amendments of both versions;
- what was exported and not edited is nothing to change;
- of two applications at one time, the database is as if one of them had been first.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

from fuzz.model import Unfit, after, completed
from fuzz.records import EDITS, TEXTS, document
from fuzz.written import Written, Wrong, difference
from support.kitchen import Kitchen
from support.shell import Said
from support.tables import Contents, contents

from bake.catalog.bakery import BAKERY
from bake.changeset.file import read
from bake.changeset.model import Question, Skip
from bake.database import engine

#: How many steps a sequence has.
STEPS = 7


class Trial:
    """One sequence.

    Attributes:
        log: what was typed, and what others did.
    """

    def __init__(self, kitchen: Kitchen, random_: random.Random, *, races: bool = False) -> None:
        """Begin.

        Args:
            kitchen: where commands are typed; its database holds the stock.
            random_: what is drawn from.
            races: whether commands are also run at the same time, which takes seconds.
        """
        self.log: list[str] = []
        self._kitchen = kitchen
        self._random = random_
        self._races = races
        self._rows = self._contents()
        self._files: list[Written] = []

    def run(self, steps: int = STEPS) -> None:
        """Take so many steps.

        Raises:
            Wrong: one of them did what it must not do.
        """
        for _ in range(3):
            self.build()
        for _ in range(steps):
            names, weights = [*_WEIGHTS], [*_WEIGHTS.values()]
            [step] = self._random.choices(names, weights)
            step(self)
        self._compare(self._rows)

    # What is typed.

    def _bake(self, *arguments: object, may: Sequence[int] = (0,)) -> Said:
        said = self._kitchen.shell.bake(*arguments)
        self.log.append(f"bake {' '.join(map(str, arguments))}  -> {said.status}")
        if said.status not in may:
            raise Wrong(f"exit status {said.status}, expected {may}: {said.out}{said.err}")
        return said

    def _new(self) -> Path:
        return self._kitchen.folder / f"c{len(list(self._kitchen.folder.glob('*.changeset.jsonl')))}.changeset.jsonl"

    def _built(self, source: Path, *options: str) -> None:
        path = self._new()
        self._bake("changeset", "build", source, "--output", path.name, *options, may=(0, 3))
        one = Written(path)
        for _ in range(3):
            for question in one.read().open_questions:
                self._bake("changeset", "resolve", path.name, *self._answer(question), may=(0, 2, 3, 5))
        if open_ := one.read().open_questions:
            skips = [part for question in open_ for part in ("--skip", question.id)]
            self._bake("changeset", "resolve", path.name, *skips, may=(0, 2, 3, 5))
        if not one.read().open_questions:
            self._files.append(one)

    def _answer(self, question: Question) -> tuple[str, str]:
        mapped = [
            ("--map", f"{question.id}={next(iter(one.key.values()))}")
            for one in question.candidates
            if len(one.key) == 1 and isinstance(next(iter(one.key.values())), str)
        ]
        takes = [("--take", f"{question.id}={side}") for side in ("file", "database")]
        options = [("--choose", f"{question.id}={one.name}") for one in question.options]
        fit = {"conflict": takes, "decision": options}.get(question.kind, mapped)
        return self._random.choice([*fit, ("--create", question.id), ("--skip", question.id)])

    # The steps.

    def build(self) -> None:
        """Build a changeset of random records."""
        name = f"s{self._random.randrange(10**9)}.json"
        self._built(self._kitchen.shell.write(name, document(self._random)))

    def mirror(self) -> None:
        """Build one that deletes the suppliers and purchases that its source lacks."""
        some = {name: rows for name, rows in document(self._random).items() if name in ("suppliers", "purchases")}
        here = [{"slug": row["slug"]} for row in self._rows["suppliers"].values() if self._random.random() < 0.7]
        known = {row.get("slug") for row in some.get("suppliers", ())}
        some["suppliers"] = [*some.get("suppliers", ()), *(row for row in here if row["slug"] not in known)]
        self._built(self._kitchen.shell.write("mirror.json", some), "--mode", "mirror")

    def apply(self) -> None:
        """Check and apply a changeset, most often one that has not been applied."""
        if some := self._files if self._random.random() < 0.3 else self._waiting():
            self._applied(self._random.choice(some))

    def _applied(self, one: Written) -> bool:
        expected, reason = self._foreseen(one)
        before = self._bake("changeset", "check", one.path.name, "--format", "json", may=(0, 4))
        dry = self._bake("changeset", "apply", one.path.name, "--dry-run", "--format", "json", may=(0, 4))
        self._compare(self._rows)
        said = self._bake("changeset", "apply", one.path.name, "--format", "json", may=(0, 4))
        if (before.status, dry.status) != (said.status, said.status):
            raise Wrong(f"check ended with {before.status}, the dry run with {dry.status}: {before} {said}")
        if said.status == 0 and said.document["state"] == "already applied":
            self._compare(self._rows)
            return False
        if (said.status == 0) != (expected is not None):
            raise Wrong(f"the model says {reason or 'that it fits'}: {said}")
        if expected is None:
            self._compare(self._rows)
            return False
        one.found, found = self._rows, self._compare(expected)
        if one.goal is not None and one.start == self._rows and found != one.goal:
            raise Wrong(f"a revert made {difference(one.goal, found)}")
        self._rows = one.left = found
        if self._bake("changeset", "apply", one.path.name, "--format", "json").document["state"] != "already applied":
            raise Wrong("it was applied twice")
        return True

    def _foreseen(self, one: Written) -> tuple[Contents | None, str]:
        try:
            return after(self._rows, one.operations), ""
        except Unfit as error:
            return None, str(error)

    def revert(self) -> None:
        """Undo an application, or an undo."""
        if not (done := [one for one in self._files if one.left is not None]):
            return
        one, path = self._random.choice(done), self._new()
        said = self._bake("changeset", "revert", one.path.name, "--output", path.name, may=(0, 2))
        if said.status == 2:  # it has been reverted already
            return
        is_undisturbed = one.left == self._rows
        undo = Written(path, goal=one.found if is_undisturbed else None, start=one.left)
        self._files.append(undo)
        if not undo.read().open_questions and not self._applied(undo) and is_undisturbed and undo.operations:
            raise Wrong("what nobody has edited since was not reverted")

    def amend(self) -> None:
        """Change a changeset that was not applied."""
        if waiting := self._waiting():
            self._amended(self._random.choice(waiting).path)

    def _amended(self, path: Path) -> int | None:
        """Drop an operation, or write a note; the number of the one that was dropped."""
        operations = [one for one in read(path).effective() if not isinstance(one, Skip)]
        if not operations:
            return None
        n, drops = self._random.choice(operations).n, self._random.random() < 0.4
        change = ("--drop", str(n)) if drops else ("--set", f"{n}/notes={self._random.choice(TEXTS)}")
        said = self._bake("changeset", "amend", path.name, *change, may=(0, 2, 3, 4))
        return n if drops and said.status in (0, 3) else None

    def merge(self) -> None:
        """Amend two copies of a changeset, and merge them."""
        if not (waiting := self._waiting()):
            return
        one = self._random.choice(waiting)
        other = self._kitchen.folder / "other.changeset.jsonl"
        other.write_bytes(one.path.read_bytes())
        dropped = {self._amended(path) for path in (one.path, other, other)} - {None}
        said = self._bake("changeset", "merge", one.path.name, other.name, may=(0, 2, 3))
        other.unlink()
        if said.status == 2:
            if "is amended in both" not in said.err:
                raise Wrong(f"the merge was refused: {said.err}")
            return
        if kept := [it.n for it in one.operations if it.n in dropped and not isinstance(it, Skip)]:
            raise Wrong(f"operations {kept} were dropped in one version, and are in the merge")
        if one.read().open_questions:
            self._files.remove(one)

    def rebase(self) -> None:
        """Derive a changeset again; what is fit then is applied."""
        if not (waiting := self._waiting()):
            return
        one = self._random.choice(waiting)
        said = self._bake("changeset", "rebase", one.path.name, may=(0, 2, 3, 4))
        if one.read().open_questions:
            self._files.remove(one)
        elif said.status == 0:
            expected, reason = self._foreseen(one)
            if not self._applied(one) and expected is None:
                raise Wrong(f"what a rebase calls fit was refused: {reason}")

    def export(self) -> None:
        """Export, build of it what is nothing to change, and then of an edit of it a changeset."""
        name = f"v{self._random.randrange(10**9)}"
        if self._random.random() < 0.5:
            self._bake("export", "complete", "--output", name)
        else:
            self._bake("export", "view", "products", "--output", name)
        path = self._new()
        self._bake("changeset", "build", name, "--output", path.name)
        if changes := [one for one in read(path).effective() if not isinstance(one, Skip)]:
            raise Wrong(f"what was exported and not edited would change {changes}")
        file = self._kitchen.folder / name
        if file.is_file() and (records := (view := json.loads(file.read_text()))["records"]):
            self._random.choice(records)["notes"] = self._random.choice(TEXTS)
            self._built(self._kitchen.shell.write(f"edited_{name}", view))

    def look(self) -> None:
        """Look at what there is."""
        self._bake(*self._random.choice((("history",), ("history", "products", "king"))))
        self._bake("changeset", "list", may=(0, 2))  # there may be no folder of changesets
        self._bake("changeset", "drift", may=(0, 4))
        if self._files:
            self._bake("changeset", "show", self._random.choice(self._files).path.name)

    def others(self) -> None:
        """Somebody else edits the database."""
        draw = self._random.choice
        slugs = {
            name: sorted(row["slug"] for row in self._rows[f"{name}s"].values()) for name in ("supplier", "product")
        }
        edit = draw(EDITS).format(text=draw(TEXTS), **{name: draw(some or [""]) for name, some in slugs.items()})
        self.log.append(edit)
        self._kitchen.edit(edit)
        self._rows = self._contents()

    def race(self) -> None:
        """Apply two changesets at one time."""
        if not self._races or len(waiting := self._waiting()) < 2:
            return
        pair = self._random.sample(waiting, 2)
        self.log.append(f"at one time: {' and '.join(one.path.name for one in pair)}")
        running = [self._started("changeset", "apply", one.path.name) for one in pair]
        ended = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in running]
        found = self._contents()
        results = [self._in_turn(pair, order) for order in permutations(range(2))]
        told = [done for done, rows in results if completed(rows, found) == found]
        if set(ended) - {0, 4} or [status == 0 for status in ended] not in told:
            raise Wrong(f"{ended}, one after the other: {told}; {[difference(rows, found) for _, rows in results]}")
        for one, status in zip(pair, ended, strict=True):
            one.left = None
            if status == 0:
                self._files.remove(one)
        self._rows = found

    def _started(self, *arguments: object) -> int:
        """A command in a process of its own, which has loaded all modules already; the process."""
        if process := os.fork():
            return process
        status = 1
        try:
            status = self._kitchen.shell.bake(*arguments).status
        finally:
            os._exit(status)

    def _in_turn(self, pair: Sequence[Written], order: Sequence[int]) -> tuple[list[bool], Contents]:
        """Which of two changesets fit if they are applied in an order, and the rows after that."""
        rows, done = self._rows, [False, False]
        for n in order:
            try:
                rows = after(rows, pair[n].operations)
                done[n] = True
            except Unfit:
                pass
        return done, rows

    def _waiting(self) -> list[Written]:
        return [one for one in self._files if not one.read().decisions.applied]

    def _contents(self) -> Contents:
        with engine.connect(self._kitchen.url) as database, database.reading() as connection:
            return contents(connection, BAKERY)

    def _compare(self, expected: Contents) -> Contents:
        found = self._contents()
        if (whole := completed(expected, found)) != found:
            raise Wrong(f"the database differs from the model: {difference(whole, found)}")
        return found


#: The steps, and how often each is taken.
_WEIGHTS: dict[Callable[[Trial], None], int] = {
    Trial.build: 5,
    Trial.apply: 8,
    Trial.revert: 5,
    Trial.others: 5,
    Trial.amend: 3,
    Trial.merge: 2,
    Trial.rebase: 3,
    Trial.mirror: 2,
    Trial.export: 2,
    Trial.look: 1,
    Trial.race: 2,
}
