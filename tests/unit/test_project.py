"""What the project says of itself is so."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import bake

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def shell_lines() -> list[str]:
    """The lines of the README's shell blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    """What continuous integration runs is, to the letter, the README's command for the tests."""
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert command.endswith("/nox")
    assert command in shell_lines()


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    """The version of the package heads the changelog."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)[0] == bake.__version__


def test_the_package_ships_its_types_and_its_schema() -> None:
    """The marker for type checkers and the schema of the changeset file lie in the package."""
    assert files("bake").joinpath("py.typed").is_file()
    assert files("bake.changeset").joinpath("schema.json").is_file()


def test_every_room_has_a_sign() -> None:
    """Each package of the house says in its docstring what it is for."""
    for init in (ROOT / "src").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), init


def test_links_lead_somewhere() -> None:
    """The relative links of the project's pages point at files that are there."""
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_extras_name_the_drivers() -> None:
    """The extras that the README tells to install exist."""
    extras = set(re.findall(r"bake-changesets\[(\w+)\]", README))
    assert extras == set(PYPROJECT["project"]["optional-dependencies"])
