"""Names of files that would steer a terminal or forge a line: what every command says of them is harmless."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.shell import SUFFIX, Said, Shell

from bake.renderer.printable import UNSAFE

#: Clears the screen, names the window, reads backwards, and begins a line of its own.
EVIL = "\x1b[2J\x1b]0;owned\x07 \u202e it's\nerror: forged"

_SHOP = [{"slug": "corner", "name": "Corner"}]


@pytest.fixture
def evil(bakery: Shell) -> Shell:
    """A folder of a hostile name, with a bakery in it."""
    folder = bakery.folder / EVIL
    folder.mkdir()
    shutil.copy(bakery.folder / "bake.db", folder)
    shutil.copy(bakery.folder / "wilson.json", folder / f"wilson{EVIL}.json")
    (folder / f"shop{EVIL}.json").write_text(json.dumps({"suppliers": _SHOP}))
    return bakery


def _harmless(said: Said, *statuses: int) -> Said:
    assert said.status in (statuses or (0,)), said
    for line in (said.out + said.err).splitlines():
        assert not UNSAFE.search(line), line
        assert not line.strip().startswith("error: forged"), said
    return said


def test_a_changeset_of_a_hostile_name(evil: Shell) -> None:
    """Each step of a changeset's life says its path, and what to type next, without obeying it."""
    folder, url = evil.folder / EVIL, ("--database", f"sqlite:///{evil.folder / 'bake.db'}")
    source, there = folder / f"shop{EVIL}.json", folder / f"it{EVIL}{SUFFIX}"
    for arguments in (
        ("build", source, "--output", there),
        ("show", there),
        ("amend", there, "--note", EVIL),
        ("check", there),
        ("rebase", there),
        ("compare", there, there),
        ("apply", there, "--dry-run"),
        ("apply", there),
        ("apply", there),
        ("check", there),
        ("revert", there, "--output", folder / f"back{EVIL}{SUFFIX}"),
        ("list",),
    ):
        _harmless(evil.bake("changeset", *arguments, *(() if arguments[0] in _WITHOUT else url)))
    _harmless(evil.bake("history", *url))
    _harmless(evil.bake("changeset", "amend", there, "--note", "late", *url), 2)
    _harmless(evil.bake("changeset", "apply", folder / "none", *url), 2)


#: Commands that have no database.
_WITHOUT = ("show", "compare", "list")


def test_questions_of_a_hostile_name(evil: Shell) -> None:
    """So do building and answering with questions, refusing, sealing, and skipping with a log."""
    folder, url = evil.folder / EVIL, ("--database", f"sqlite:///{evil.folder / 'bake.db'}")
    there = folder / f"it{EVIL}{SUFFIX}"
    _harmless(evil.bake("changeset", "build", folder / f"wilson{EVIL}.json", "--output", there, *url))
    _harmless(evil.bake("changeset", "show", there))
    _harmless(evil.bake("changeset", "check", there, *url), 3)
    _harmless(evil.bake("changeset", "apply", there, *url), 3)
    _edit(there)
    _harmless(evil.bake("changeset", "check", there, *url), 6)
    _harmless(evil.bake("changeset", "seal", there, "--reason", EVIL, *url))
    _harmless(evil.bake("changeset", "resolve", there, "--skip", "q1", *url))
    _harmless(evil.bake("changeset", "apply", there, "--skip-on-error", *url))


def _edit(path: Path) -> None:
    raw = path.read_bytes()
    edited = raw.replace(b'"notes":null', b'"notes":"x"').replace(b"Wilson's Farm", b"Wilson's Barn")
    assert edited != raw, "nothing to edit in it"
    path.write_bytes(edited)


def test_imports_and_exports_of_a_hostile_name(evil: Shell) -> None:
    """So do importing, exporting, validating, converting and the demonstration."""
    folder = evil.folder / EVIL
    inside = Shell(folder)
    _harmless(inside.bake("init", "--database", f"sqlite:///new{EVIL}.db".replace("\n", "")))
    _harmless(inside.bake("import", folder / f"shop{EVIL}.json", "--yes"))
    _harmless(inside.bake("export", "complete", "--output", folder / f"set{EVIL}", "--zip"))
    _harmless(inside.bake("export", "validate", folder / f"set{EVIL}"))
    _harmless(inside.bake("export", "view", "products", "--output", folder / f"view{EVIL}.json"))
    _harmless(inside.bake("changeset", "build", folder / f"none{EVIL}.json"), 2)
    _harmless(inside.bake("convert", folder / f"shop{EVIL}.json", "--to", "set", "--output", folder / EVIL))
    _harmless(evil.bake("demo", evil.folder / f"demo{EVIL}"))
