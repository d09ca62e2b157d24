"""The pages that are made of the code are what the code gives now."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import generated_pages
import pytest
import typer
from support.shell import Shell

from bake.app.project import open_project
from bake.app.settings import SETTINGS
from bake.cli import main
from bake.errors import BakeError, UsageError


def test_no_page_is_stale() -> None:
    """Whoever changes a command, an error or a setting makes the pages again: python book/generated_pages.py."""
    assert generated_pages.stale() == []


def test_a_stale_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that no page knows makes its page stale, and --check says which one."""

    class Unheard(UsageError):
        """Nobody has heard of it."""

        code = "unheard"

    Unheard.__module__ = BakeError.__module__
    try:
        with pytest.raises(SystemExit, match=r"errors\.md: not what the code gives"):
            generated_pages.main("--check")
    finally:
        monkeypatch.setattr(Unheard, "__module__", __name__)  # a class lives on until it is collected


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_has_the_type_of_its_default(name: str, tmp_path: Path) -> None:
    """What the table says is so where nothing is said can be said, too; what is of another type is refused."""
    setting = SETTINGS[name]
    assert isinstance(setting.default, setting.types)
    (tmp_path / "bake.toml").write_text(f"{name} = {setting.default!r}\n", encoding="utf-8")
    open_project(tmp_path)
    (tmp_path / "bake.toml").write_text(f"{name} = true\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"'{name}' is not a setting, or not of its type"):
        open_project(tmp_path)


def test_the_overview_knows_them_all(tmp_path: Path) -> None:
    """`bake` names each setting and each exit status, and the place of the documentation, which is there."""
    overview = Shell(tmp_path).done("--help")
    [settings] = re.findall(r"bake\.toml +settings: (.*)", overview)
    assert settings.split(", ") == list(SETTINGS)
    statuses = overview.partition("Exit status:")[2].partition("Documentation:")[0]
    known = {0, 1, *(error.exit_status for error in generated_pages.errors())}
    assert {int(number) for number in re.findall(r"\d+", statuses)} == known
    assert Path(overview.partition("Documentation:")[2].strip()).is_file()


def test_a_catalog_for_one_command(tmp_path: Path) -> None:
    """Whatever takes a database takes a catalog, but for the command that writes one; it comes before `bake.toml`."""
    taking = {
        option: {path for path, command in generated_pages.commands(_outermost()) if option in str(_options(command))}
        for option in ("--database", "--catalog")
    }
    assert taking["--database"] - taking["--catalog"] == {("bake", "catalog", "reflect")}
    (tmp_path / "bake.toml").write_text('catalog = "no_such_module:CATALOG"\n', encoding="utf-8")
    shown = Shell(tmp_path).done("export", "schema", "products", "--catalog", "bake.catalog.bakery:BAKERY")
    assert "products" in shown


def _outermost() -> Any:
    return typer.main.get_command(main.bake)


def _options(command: Any) -> list[list[str]]:
    return [parameter.opts for parameter in command.params]
