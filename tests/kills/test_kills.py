"""Hundreds of runs on each database, each killed somewhere: it is before or after, and the next command finishes.

`nox -s kills` runs these; the normal run leaves them out. Where to kill is taken from how often an undisturbed run
comes by each point, evenly; and from a seed, for moments that have no name.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fuzz.storage import ServerStorage
from support.databases import SERVERS, Servers, let_go
from support.kitchen import DELIVERY, Kitchen, uid
from support.tables import Contents

from bake.changeset.events import Applied, Failed, Rebased
from bake.changeset.file import read
from bake.database.engine import connect
from bake.database.ledger import ledger

pytestmark = [
    pytest.mark.kills,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX"),
]

#: How many times each step is killed on each database.
KILLS = 34
SEED = 20251224

#: The delivery, and so much more that the transaction is on the disk before it is committed.
MUCH: dict[str, list[dict[str, Any]]] = DELIVERY | {
    "suppliers": [{"slug": f"shop_{n}", "name": f"Shop {n}"} for n in range(20)],
    "purchases": [
        *DELIVERY["purchases"],
        *(
            {
                "product_slug": "king",
                "supplier_slug": f"shop_{n % 20}",
                "purchase_date": "2025-12-20",
                "unit_price": n,
                "quantity_purchased": 1,
            }
            for n in range(150)
        ),
    ],
}

Point: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Step:
    """A command to be killed.

    Attributes:
        arguments: what is typed.
        prepare: what is done before.
    """

    arguments: tuple[str, ...]
    prepare: Callable[[Kitchen], object]


@dataclass(frozen=True)
class State:
    """What must be whole: the rows, and what the ledger says."""

    rows: Contents
    ledger: tuple[str, ...]


def _built(kitchen: Kitchen) -> None:
    kitchen.shell.built("delivery.json", "--output", "c.changeset.jsonl")


def _resolved(kitchen: Kitchen) -> None:
    _built(kitchen)
    kitchen.shell.done("changeset", "resolve", "c.changeset.jsonl", "--create", "q1")


def _edited(kitchen: Kitchen) -> None:
    _resolved(kitchen)
    kitchen.edit(
        "UPDATE products SET upc_code = '041220576036' WHERE slug = 'king'",
        ("suppliers", {"uuid": uid(91), "slug": "wilson", "name": "Wilsons Farm"}),
    )


def _applied(kitchen: Kitchen) -> None:
    _resolved(kitchen)
    kitchen.shell.done("changeset", "apply", "c.changeset.jsonl")


def _revert_written(kitchen: Kitchen) -> None:
    _applied(kitchen)
    kitchen.revert()


def _reverted(kitchen: Kitchen) -> None:
    _revert_written(kitchen)
    kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")


_APPLY = ("changeset", "apply", "c.changeset.jsonl")
STEPS = {
    "build": Step(("changeset", "build", "delivery.json", "--output", "c.changeset.jsonl"), lambda _: None),
    "resolve": Step(("changeset", "resolve", "c.changeset.jsonl", "--create", "q1"), _built),
    "rebase": Step(("changeset", "rebase", "c.changeset.jsonl"), _edited),
    "apply": Step(_APPLY, _resolved),
    "apply and skip": Step((*_APPLY, "--skip-on-error"), _built),
    "import": Step(("import", "known.json", "--yes"), lambda _: None),
    "revert": Step(("changeset", "revert", "c.changeset.jsonl", "--output", "undo.changeset.jsonl"), _applied),
    "apply the revert": Step(("changeset", "apply", "undo.changeset.jsonl"), _revert_written),
    "apply again": Step(_APPLY, _reverted),
}


def _state(kitchen: Kitchen) -> State:
    with connect(kitchen.url) as database, database.reading() as connection:
        entries = ledger.entries(connection)
    return State(kitchen.contents(), tuple(entry.state for entry in entries))


def _events(kitchen: Kitchen) -> dict[str, list[str]]:
    """What happened to each changeset, and what has been answered; that they are whole is checked."""
    found = {}
    for file in sorted(kitchen.folder.glob("*.jsonl")):
        whole = read(file).intact()
        happened = [type(event).__name__ for event in whole.events if isinstance(event, (Rebased, Applied, Failed))]
        found[file.name] = [*happened, *sorted(whole.decisions.answers)]
    return found


def _in_line(kitchen: Kitchen) -> bool:
    """Whether the changesets say of their applications what the ledger says, no more and no less."""
    told: dict[str, list[str]] = {}
    for file in kitchen.folder.rglob("*.changeset.jsonl"):
        told[file.name] = [event.receipt for event in read(file).decisions.applied]
    with connect(kitchen.url) as database, database.reading() as connection:
        entries = ledger.entries(connection)
    return all(
        receipts == [entry.receipt for entry in entries if entry.file == name] for name, receipts in told.items()
    )


class Killing:
    """One step: its folder and its database before, its state before and after, and where to kill it."""

    def __init__(self, step: Step, folder: Path, template: Template) -> None:
        self.step = step
        self._folder = folder
        self._url, self._storage = template.url, template.storage
        start = self._copied(template.folder, folder / "start")
        step.prepare(start)
        self._storage = _kept(template.url)
        self.before = _state(start)
        undisturbed = self.copy("undisturbed")
        undisturbed.shell.done(*step.arguments)
        self.after, self.events = _state(undisturbed), _events(undisturbed)
        assert _in_line(undisturbed)
        counted = self.copy("counted")
        assert counted.killed("count", folder / "counts.json", *step.arguments) == 0
        self.points = list(_points(json.loads((folder / "counts.json").read_bytes())))

    def copy(self, name: str) -> Kitchen:
        """A kitchen in which the step is about to be done."""
        return self._copied(self._folder / "start", self._folder / name)

    def _copied(self, original: Path, folder: Path) -> Kitchen:
        shutil.copytree(original, folder)
        if self._storage is None:
            return Kitchen(folder, f"sqlite:///{folder / 'bake.db'}")
        self._storage.restore()
        return Kitchen(folder, self._url)


def _points(counts: dict[str, int]) -> Iterator[Point]:
    """Where to kill: at every commit and every write of a file, at random moments, and at statements, evenly."""
    draw = random.Random(SEED)
    named = [(point, n) for point in ("commit", "committed") for n in range(1, counts.get("commit", 0) + 1)]
    named += [(point, n) for point in ("fsync", "torn", "synced") for n in range(1, counts.get("fsync", 0) + 1)]
    moments = [("time", draw.randrange(1, counts["time"])) for _ in range(6)]
    rest = KILLS - len(named) - len(moments) - 1
    statements = [1 + n * (counts["statement"] - 1) // (rest - 1) for n in range(rest)]
    yield from [*named, *moments, ("exit", 1)]
    yield from ((draw.choice(("statement", "executed")), n) for n in statements)


@dataclass(frozen=True)
class Template:
    """A filled kitchen, and the delivery.

    Attributes:
        folder: its folder.
        url: its database.
        storage: brings that back to what it was, if it is one of a server; a file is copied with its folder.
    """

    folder: Path
    url: str
    storage: ServerStorage | None


def _kept(url: str) -> ServerStorage | None:
    return None if url.startswith("sqlite") else ServerStorage(url)


@pytest.fixture(scope="session", params=["sqlite", *SERVERS])
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The kitchen on each kind of database."""
    folder, servers = tmp_path_factory.mktemp("template"), Servers()
    with servers.fresh(request.param, folder) as url:
        kitchen = Kitchen(folder, url).stock()
        kitchen.shell.write("delivery.json", MUCH)
        kitchen.shell.write("known.json", MUCH | {"purchases": MUCH["purchases"][1:]})
        yield Template(folder, url, _kept(url))
    servers.drop()


@pytest.fixture(scope="session")
def killing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Template) -> Killing:
    """The step that the test is about."""
    return Killing(STEPS[request.param], tmp_path_factory.mktemp("killing"), template)


def _kill(kitchen: Kitchen, point: str, n: int, arguments: tuple[str, ...]) -> bool:
    """Run it and kill it; whether it was killed: at a moment that has no name, it may be done already."""
    status = kitchen.killed(point, n, *arguments)
    assert status == -9 or (point == "time" and status == 0), f"{point} {n}: it ended with {status}"
    return status == -9


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("killing", STEPS, indirect=True, scope="session")
def test_killed(killing: Killing, number: int) -> None:
    """No mixed state; whatever is there of a file is readable; the same command again brings it to its end, once."""
    point, n = killing.points[number]
    arguments = killing.step.arguments
    kitchen = killing.copy(f"killed_{number}")
    while not _kill(kitchen, point, n, arguments):
        shutil.rmtree(kitchen.folder)
        let_go(kitchen.url)
        kitchen, n = killing.copy(f"killed_{number}"), n * 3 // 4
    let_go(kitchen.url)
    found, events, in_line = _state(kitchen), _events(kitchen), _in_line(kitchen)
    assert found in (killing.before, killing.after)
    said = kitchen.shell.bake(*arguments)
    if said.status == 2:  # what was to be written is there, whole
        assert "is there already" in said.err
        assert events == killing.events
    else:
        assert said.status == 0, said
        assert ("cut off" in said.out) == (not in_line)
    assert _state(kitchen) == killing.after
    assert _events(kitchen) == killing.events
    assert _in_line(kitchen)
    assert len(list(kitchen.folder.glob("import_skipped_*.json"))) == ("--skip-on-error" in arguments)
    shutil.rmtree(kitchen.folder)
