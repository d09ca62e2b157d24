"""What a command loads before it does anything: no more than it needs, so that it is there at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.shell import Shell, command

#: Runs the command line, and says on stderr which of some modules it loaded.
_SCRIPT = """
import sys
from bake.cli.main import main

try:
    main()
finally:
    heavy = {heavy}
    print(*(name for name in heavy if name in sys.modules), file=sys.stderr)
"""

#: What reads and writes databases, and what serves web pages.
DATABASE = ("sqlalchemy", "sqlite3", "bake.database", "bake.app.apply", "bake.catalog.bakery")
WEB = ("bake.web", "starlette", "http.server")
PATCHES = ("jsonpatch", "jsonpointer")
#: What only some of the work needs: asking, candidates, check digits, patches, progress.
SPECIAL = ("questionary", "prompt_toolkit", "rapidfuzz", "stdnum", "slugify", *PATCHES, "rich", "asyncio")
COMPILER = ("bake.compiler", "bake.sources", "msgspec")


def loaded(folder: Path, shell: Shell, heavy: tuple[str, ...], *arguments: str) -> list[str]:
    """Which of these modules a command has loaded by its end."""
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(heavy=heavy), *arguments],
        cwd=folder,
        env=shell.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout or "merge-driver" in arguments
    return run.stderr.split()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("changeset", "--help"), ("import", "--help")])
def test_help_loads_nothing_but_the_command_line(arguments: tuple[str, ...], shell: Shell) -> None:
    """Neither the database library, the compiler, msgspec nor Rich."""
    assert loaded(shell.folder, shell, DATABASE + WEB + SPECIAL + COMPILER, *arguments) == []


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_a_changeset_is_shown_without_database_and_web(format_: str, bakery: Shell) -> None:
    """A changeset says all that is to be shown: no catalog, no database, no server."""
    changeset = str(bakery.built("wilson.json"))
    special = tuple(name for name in SPECIAL if name != "rich")  # it lays out the text
    heavy = DATABASE + WEB + special + COMPILER[:2]
    assert loaded(bakery.folder, bakery, heavy, "changeset", "show", changeset, "--format", format_) == []


@pytest.mark.parametrize("command", ["textconv", "merge-driver"])
def test_git_is_served_without_database_and_web(command: str, bakery: Shell) -> None:
    """It runs `bake` twice for each file of each commit that it shows."""
    changeset = str(bakery.built("wilson.json"))
    arguments = (changeset,) if command == "textconv" else (changeset, changeset, changeset, "x")
    heavy = DATABASE + WEB + tuple(name for name in SPECIAL if name != "rich") + COMPILER[:2]
    assert loaded(bakery.folder, bakery, heavy, "git", command, *arguments) == []


def test_changesets_are_listed_without_database(bakery: Shell) -> None:
    """A folder of changesets says all that is to be listed."""
    bakery.built("wilson.json")
    assert loaded(bakery.folder, bakery, DATABASE + WEB + SPECIAL, "changeset", "list") == []


def test_a_build_loads_nothing_that_it_does_not_need(bakery: Shell) -> None:
    """No object-relational mapper, no drivers of other databases, nothing that asks or guesses."""
    heavy = (*WEB, "questionary", "prompt_toolkit", "rapidfuzz", "sqlalchemy.orm", "sqlalchemy.dialects.mysql")
    assert loaded(bakery.folder, bakery, (*heavy, *PATCHES), "changeset", "build", "bakery.json") == []


UPDATES = {"products": [{"slug": "bobs_rye_flour_20_oz", "upc_code": "071012010103"}]}


def test_updates_are_applied_without_the_patch_library(bakery: Shell) -> None:
    """Their patches are pairs of a test and a replace, which are compared and written many at a time."""
    changeset = str(bakery.built(bakery.write("upcs.json", UPDATES)))
    assert loaded(bakery.folder, bakery, PATCHES, "changeset", "apply", changeset) == []


def test_amendments_are_shown_with_the_patch_library(bakery: Shell) -> None:
    """Which proves that the tests above look for the right names."""
    changeset = str(bakery.built(bakery.write("upcs.json", UPDATES)))
    bakery.done("changeset", "amend", changeset, "--drop", 1)
    assert loaded(bakery.folder, bakery, PATCHES, "changeset", "show", changeset) == list(PATCHES)


def test_help_is_where_people_look_for_it(shell: Shell) -> None:
    """`bake` alone, `-h` and `--help` show the same commands, for each command too; completion can be installed."""
    assert shell.bake("-h").out == shell.bake("--help").out
    assert "--install-completion" in shell.done("-h")
    assert shell.done("changeset", "build", "-h") == shell.done("changeset", "build", "--help")


def typed_in_bash(shell: Shell, *arguments: str) -> str:
    """What `bake` says in a process that Bash has started: completion is for the shell among a process's ancestors."""
    typed = ["bash", "-c", '"$@"; exit', "bash", *command(*arguments)]  # it stays, since it has to exit by itself
    run = subprocess.run(
        typed, env=shell.environment(), cwd=shell.folder, capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no Bash")
def test_completion_is_shown_for_the_shell_in_which_it_is_asked_for(shell: Shell) -> None:
    """`--show-completion` prints what Bash is to read."""
    assert "_BAKE_COMPLETE" in typed_in_bash(shell, "--show-completion")


@pytest.mark.parametrize("group", [(), ("changeset",), ("export",), ("answers",)], ids=" ".join)
def test_a_group_alone_shows_its_help(group: tuple[str, ...], shell: Shell) -> None:
    """As with any program made of Click: the help, on stderr, and status 2, since nothing was asked for."""
    said = shell.process(*group)
    assert (said.status, said.out) == (2, "")
    assert said.err.strip() == shell.process(*group, "--help").out.strip()


@pytest.mark.parametrize(("typed", "meant"), [("exprt", "export"), ("changset", "changeset")])
def test_a_mistyped_command(typed: str, meant: str, shell: Shell) -> None:
    """The nearest one is offered."""
    said = shell.process(typed)
    assert said.status == 2
    assert f"Did you mean '{meant}'?" in said.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no Bash")
def test_completion_is_installed_once(shell: Shell) -> None:
    """`--install-completion` writes into the home folder of whoever asks; a second time it changes nothing."""
    home = shell.folder / "home"
    home.mkdir()
    at_home = Shell(shell.folder, {"HOME": str(home)})

    def install() -> dict[str, bytes]:
        typed_in_bash(at_home, "--install-completion")
        return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}

    first, second = install(), install()
    assert b"_BAKE_COMPLETE" in first[".bash_completions/bake.sh"]
    assert [files[".bashrc"].count(b"bake.sh") for files in (first, second)] == [1, 1]
    assert first.keys() == second.keys()


@pytest.mark.parametrize(
    ("words", "offered"),
    [("bake chang", ["changeset"]), ("bake changeset reb", ["rebase"]), ("bake import --mode mi", ["mirror"])],
)
def test_completion_knows_what_is_loaded_later(words: str, offered: list[str], shell: Shell) -> None:
    """Commands, those of groups, and values of options, though the modules of commands are loaded only then."""
    asked = {"_BAKE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [sys.executable, "-m", "bake"]
    done = subprocess.run(
        command, env={**shell.environment(), **asked}, cwd=shell.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == offered
