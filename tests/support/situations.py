"""What can happen to a changeset between its build and its end: by name, each brought about, and what came of it."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from support.kitchen import Edit, Kitchen, uid
from support.shell import Said, lines
from support.tables import Contents

from bake.app.carrying import carry
from bake.catalog.bakery import BAKERY
from bake.changeset.file import read
from bake.database.engine import connect
from bake.errors import DatabaseLocked
from collections.abc import Iterator

_REPAIRED = "already applied, file brought in line"


class Outcome(NamedTuple):
    """How a situation ends, in the words of docs/conformance.md."""

    exit: str
    reports: str
    database: str
    file: str


Situation: TypeAlias = Callable[[Kitchen, Kitchen], Outcome]
SITUATIONS: dict[str, Situation] = {}


def _situation(name: str) -> Callable[[Situation], Situation]:
    def keep(act: Situation) -> Situation:
        SITUATIONS[name] = act
        return act

    return keep


class _Watch:
    """A kitchen as it is before a command, to be compared with what it is afterwards."""

    def __init__(self, kitchen: Kitchen) -> None:
        self._kitchen = kitchen
        self._before = kitchen.contents()
        self._text = _whole_lines(kitchen.changeset)

    def outcome(self, said: Said, **expected: Callable[[], Contents] | Contents) -> Outcome:
        """What a command came to.

        Args:
            said: what it said.
            expected: by name, blanks as `_`, what the database may hold besides what it held before.
        """
        return Outcome(str(said.status), reported(said), self._database(expected), self._added())

    def _database(self, expected: Mapping[str, Callable[[], Contents] | Contents]) -> str:
        now = self._kitchen.contents()
        if now == self._before:
            return "as it was"
        found = [name for name, those in expected.items() if now == (those() if callable(those) else those)]
        return found[0].replace("_", " ") if found else f"something else: {now}"

    def _added(self) -> str:
        text = self._kitchen.changeset.read_bytes()
        if not text.startswith(self._text):
            return "another text"
        added = [json.loads(line)["type"] for line in text.removeprefix(self._text).splitlines() if line[-1:] == b"}"]
        return ", ".join(added) or "nothing"


def _whole_lines(file: Path) -> bytes:
    text = file.read_bytes()
    return text[: text.rindex(b"\n") + 1]


def reported(said: Said) -> str:
    """The kinds of the conflicts, or the code of the error, or the state."""
    document = said.document
    if "conflicts" in document:
        return ", ".join(sorted({conflict["kind"] for conflict in document["conflicts"]}))
    if "error" in document:
        return str(document["error"])
    return str(document["state"]) + (", file brought in line" if document["repaired"] else "")


def _undisturbed(twin: Kitchen, *edits: Edit) -> Callable[[], Contents]:
    """What the twin holds when its changeset is applied, and others do the same only then."""

    def contents() -> Contents:
        assert twin.apply().status == 0
        twin.edit(*edits)
        return twin.contents()

    return contents


def _after(*edits: Edit) -> Situation:
    """Others edit; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        watch = _Watch(kitchen)
        return watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin, *edits))

    return act


SITUATIONS |= {
    "nothing has happened": _after(),
    "the same field was edited": _after("UPDATE products SET upc_code = '1' WHERE slug = 'king'"),
    "another field of the same row was edited": _after("UPDATE products SET notes = 'theirs' WHERE slug = 'king'"),
    "other rows were added and deleted": _after(
        ("suppliers", {"uuid": uid(91), "slug": "aldi", "name": "Aldi"}),
        "DELETE FROM purchases",
        "UPDATE ingredients SET display_name = 'All flours' WHERE slug = 'flours'",
    ),
    "a row that it updates is gone": _after("DELETE FROM products WHERE slug = 'bobs'"),
    "a key that it creates is taken": _after(
        ("ingredients", {"uuid": uid(91), "slug": "spelt", "display_name": "Another spelt"})
    ),
    "a unique value that it writes is taken": _after(
        "UPDATE products SET notes = 'is called so by now' WHERE slug = 'king'",
        (
            "products",
            {
                "uuid": uid(91),
                "slug": "bobs_dark_rye",
                "ingredient_id": 1,
                "package_unit": "kg",
                "package_unit_quantity": 7,
            },
        ),
    ),
    "a lookalike of what an answer creates was added": _after(
        ("suppliers", {"uuid": uid(91), "slug": "wilson", "name": "WILSON’S FARM"})
    ),
    "a row that it refers to was renamed": _after("UPDATE suppliers SET slug = 'price_club' WHERE slug = 'costco'"),
    "a row that it refers to was deleted": _after("DELETE FROM suppliers WHERE slug = 'costco'"),
    "several of these at once": _after(
        "UPDATE products SET upc_code = '1' WHERE slug = 'king'",
        "DELETE FROM products WHERE slug = 'bobs'",
        ("ingredients", {"uuid": uid(91), "slug": "spelt", "display_name": "Another spelt"}),
    ),
}


@_situation("what it does was done by others already")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    kitchen.edit(
        "UPDATE products SET upc_code = '071012010103', "
        "preferred_supplier_id = (SELECT id FROM suppliers WHERE slug = 'costco') WHERE slug = 'king'"
    )
    watch = _Watch(kitchen)
    kitchen.shell.done("changeset", "rebase", kitchen.changeset)
    return watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))


@_situation("it is only tried")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = _Watch(kitchen)
    said = kitchen.apply("--dry-run")
    outcome = watch.outcome(said, all_of_it=_undisturbed(twin))
    assert kitchen.entries() == []
    return outcome


@_situation("it was tried before")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = _Watch(kitchen)
    tried, said = kitchen.apply("--dry-run"), kitchen.apply()
    assert [tried.document[name] for name in ("counts", "receipt")] == [
        said.document[name] for name in ("counts", "receipt")
    ]
    return watch.outcome(said, all_of_it=_undisturbed(twin))


@_situation("a question is open")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _forget(kitchen, "answered")
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))


def _forget(kitchen: Kitchen, type_: str) -> bytes:
    """Cut the file off before its last line, which is of a type; that line."""
    *before, last = kitchen.changeset.read_bytes().splitlines(keepends=True)
    assert json.loads(last)["type"] == type_
    kitchen.changeset.write_bytes(b"".join(before))
    return last


@_situation("it was applied before")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _applied(kitchen)
    watch = _Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
    assert [entry.state for entry in kitchen.entries()] == ["applied"]
    return outcome


def _applied(kitchen: Kitchen) -> Contents:
    """Apply it; what the database held before."""
    before = kitchen.contents()
    said = kitchen.apply()
    assert said.status == 0, said
    assert kitchen.contents() != before
    return before


@_situation("a copy of its file was applied")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    copy = kitchen.folder / "copy.changeset.jsonl"
    copy.write_bytes(kitchen.changeset.read_bytes())
    assert kitchen.apply(file=copy).status == 0
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))


@_situation("the rows have other ids in this database")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    elsewhere = twin.folder / "elsewhere"
    elsewhere.mkdir()
    other = Kitchen(elsewhere, f"sqlite:///{elsewhere / 'bake.db'}").stock(reverse=True)
    other.changeset.write_bytes(kitchen.changeset.read_bytes())
    assert other.ids() != kitchen.ids()
    assert other.contents() == kitchen.contents()
    watch = _Watch(other)
    said = other.apply()
    assert said.document["receipt"] == kitchen.apply().document["receipt"]
    return watch.outcome(said, all_of_it=_undisturbed(twin))


@_situation("it was applied")
def _(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = _applied(kitchen)
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), undone=before)


@_situation("what it did was edited since")
def _(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = _applied(kitchen)
    kitchen.edit("UPDATE products SET upc_code = '1', notes = 'theirs' WHERE slug = 'king'")
    before["products"][uid(21)] |= {"upc_code": "1", "notes": "theirs"}
    watch = _Watch(kitchen)
    said = kitchen.apply(file=kitchen.revert())
    return watch.outcome(said, **{"undone,_but_for_what_was_edited": before})


@_situation("what it created has got children since")
def _(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = _applied(kitchen)
    place = "(SELECT id FROM products WHERE slug = 'spelt_bag'), (SELECT id FROM suppliers WHERE slug = 'wegmans')"
    kitchen.edit(
        "INSERT INTO purchases (uuid, product_id, supplier_id, purchase_date, unit_price, quantity_purchased, "
        f"created_at) SELECT '{uid(91)}', {place}, purchase_date, unit_price, quantity_purchased, created_at "
        f"FROM purchases WHERE uuid = '{uid(31)}'"
    )
    applied = kitchen.contents()
    stays = {"ingredients": "spelt", "products": "spelt_bag"}
    for entity, slug in stays.items():
        before[entity] |= {uuid: row for uuid, row in applied[entity].items() if row["slug"] == slug}
    before["purchases"][uid(91)] = applied["purchases"][uid(91)]
    watch = _Watch(kitchen)
    said = kitchen.apply(file=kitchen.revert())
    return watch.outcome(said, **{"undone,_but_for_what_has_children": before})


@_situation("what it did was edited after the revert was written")
def _(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = _applied(kitchen)
    undo = kitchen.revert()
    kitchen.edit("UPDATE products SET upc_code = '1' WHERE slug = 'king'")
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(file=undo), undone=before)


@_situation("it was applied and reverted")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _reverted(kitchen)
    watch = _Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
    assert [entry.state for entry in kitchen.entries()] == ["reverted", "applied"]
    return outcome


def _reverted(kitchen: Kitchen) -> None:
    before = _applied(kitchen)
    assert kitchen.apply(file=kitchen.revert()).status == 0
    assert kitchen.contents() == before


def _killed(kitchen: Kitchen, point: str, n: int, command: str = "apply", *options: str) -> None:
    status = kitchen.killed(point, n, "changeset", command, kitchen.changeset.name, *options)
    assert status == -9, "the run came to its end without passing this point"


def _after_kill(point: str, n: int) -> Situation:
    """It is applied, and killed; then it is applied again."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        _killed(kitchen, point, n)
        watch = _Watch(kitchen)
        outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
        _is_told_once(kitchen, twin)
        return outcome

    return act


def _is_told_once(kitchen: Kitchen, twin: Kitchen) -> None:
    """Ledger and file agree that it was applied, once, and the tables are whole."""
    if not lines(twin.changeset, "applied"):
        assert twin.apply().status == 0
    assert kitchen.contents() == twin.contents()
    assert [entry.state for entry in kitchen.entries()] == ["applied"]
    assert [event["receipt"] for event in lines(kitchen.changeset, "applied")] == [kitchen.entries()[0].receipt]


#: The second transaction is the one that writes; the first reads the ledger.
SITUATIONS |= {
    "killed in the transaction": _after_kill("executed", 9),
    "killed before the commit": _after_kill("commit", 2),
}


@_situation("killed in the commit")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _killed(kitchen, "within", 100)
    before = kitchen.contents()
    watch = _Watch(kitchen)
    said = kitchen.apply()
    outcome = watch.outcome(said, all_of_it=_undisturbed(twin))
    _is_told_once(kitchen, twin)
    assert (outcome.reports == _REPAIRED) == (before == twin.contents())
    assert outcome.reports in ("applied", _REPAIRED)
    return outcome._replace(reports="applied, or already applied", database="all of it")


SITUATIONS |= {
    "killed after the commit": _after_kill("committed", 2),
    "killed while it writes the event": _after_kill("torn", 1),
}


@_situation("killed after the commit of a second application, the first reverted")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _reverted(kitchen)
    _killed(kitchen, "committed", 2)
    assert len(lines(kitchen.changeset, "applied")) == 1
    watch = _Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
    assert twin.apply().status == 0
    assert kitchen.contents() == twin.contents()
    assert [entry.state for entry in kitchen.entries()] == ["reverted", "applied"]
    return outcome


@_situation("killed after the commit, and then an answer is given")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _killed(kitchen, "committed", 2)
    watch = _Watch(kitchen)
    said = kitchen.shell.bake("changeset", "resolve", kitchen.changeset, "--skip", "q1", "--format", "json")
    outcome = watch.outcome(said, all_of_it=_undisturbed(twin))
    _is_told_once(kitchen, twin)
    assert "cut off" in said.out
    return outcome


@_situation("killed while it wrote the revert")
def _(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
    before = _applied(kitchen)
    _killed(kitchen, "torn", 1, "revert", "--output", "undo.changeset.jsonl")
    assert not (kitchen.folder / "undo.changeset.jsonl").exists()
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(file=kitchen.revert()), undone=before)


def _damaged(damage: Callable[[bytes], bytes]) -> Situation:
    """Something happens to the file; then it is applied."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.changeset.write_bytes(damage(kitchen.changeset.read_bytes()))
        text = kitchen.changeset.read_bytes()
        watch = _Watch(kitchen)
        outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
        assert kitchen.changeset.read_bytes() == text
        assert kitchen.entries() == []
        return outcome

    return act


def _without_a_line(text: bytes) -> bytes:
    kept = text.splitlines(keepends=True)
    del kept[2]
    return b"".join(kept)


SITUATIONS |= {
    "a line was edited by hand": _damaged(lambda text: text.replace(b"071012010103", b"071012010110")),
    "a line in the middle is gone": _damaged(_without_a_line),
    "the line of an answer is torn": _damaged(lambda text: text[:-40]),
}


@_situation("the line of the application is torn")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    _applied(kitchen)
    last = _forget(kitchen, "applied")
    kitchen.changeset.write_bytes(kitchen.changeset.read_bytes() + last[:-20])
    watch = _Watch(kitchen)
    outcome = watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))
    _is_told_once(kitchen, twin)
    return outcome


@_situation("two processes apply it")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = _Watch(kitchen)
    command = ("changeset", "apply", kitchen.changeset.name, "--format", "json")
    with kitchen.started(*command) as one, kitchen.started(*command) as other:
        texts = [process.communicate(timeout=60) for process in (one, other)]
    both = [Said(process.returncode, *text) for process, text in zip((one, other), texts, strict=True)]
    outcome = watch.outcome(both[0], all_of_it=_undisturbed(twin))
    _is_told_once(kitchen, twin)
    statuses, reports = ", ".join(str(said.status) for said in both), ", ".join(sorted(map(_state, both)))
    return outcome._replace(exit=statuses, reports=reports)


def _state(said: Said) -> str:
    """Whether the other one has got to tell the file is a matter of luck."""
    return reported(said).removesuffix(", file brought in line")


@_situation("another changeset on the same rows was applied")
def _(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    source = kitchen.shell.write("other.json", {"products": [{"slug": "king", "upc_code": "041220576036"}]})
    other = kitchen.shell.built(source)
    assert kitchen.apply(file=other).status == 0
    watch = _Watch(kitchen)
    return watch.outcome(kitchen.apply(), all_of_it=_undisturbed(twin))


def _while_it_waits(*edits: Edit, keep: bool) -> Situation:
    """Others are in the middle of a transaction when it begins."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        with kitchen.editing(*edits, keep=keep):
            process = kitchen.started("changeset", "apply", kitchen.changeset.name, "--format", "json")
            time.sleep(1.5)
            assert process.poll() is None, "it did not wait"
        out, err = process.communicate(timeout=60)
        now = kitchen.contents()
        outcome = _Watch(kitchen).outcome(Said(process.returncode, out, err))
        applied = _undisturbed(twin)()
        _set_theirs(before) if keep else None
        database = {True: "as it was", False: "something else"}[now == before] if keep else outcome.database
        if now == applied:
            database = "all of it"
        return outcome._replace(database=database)

    return act
