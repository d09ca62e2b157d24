"""Where the work happens: which database, which catalog, which folder of changesets."""

from __future__ import annotations

import importlib
import os
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bake.app.progress import Progress, silent
from bake.app.worker_pool import USUAL
from bake.catalog.model import Catalog
from bake.errors import Location, UsageError

if TYPE_CHECKING:
    from bake.database.engine import Database

CONFIGURATION = "bake.toml"
DATABASE_VARIABLE = "BAKE_DATABASE_URL"
DEFAULT_DATABASE = "sqlite:///bake.db"
DEFAULT_CATALOG = "bake.catalog.bakery:BAKERY"


@dataclass(frozen=True)
class Project:
    """What commands work on.

    Attributes:
        folder: the project's folder; relative names in it are meant.
        url: the database, as SQLAlchemy writes it.
        catalog_name: `module:NAME` of the catalog.
        wait: seconds for which locks of others are waited for.
        helpers: how many processes may help with large sources.
        progress: is told how far the work on it has come.
    """

    folder: Path = field(default_factory=Path)
    url: str = DEFAULT_DATABASE
    catalog_name: str = DEFAULT_CATALOG
    wait: float = 5.0
    helpers: int = USUAL
    progress: Progress = field(default=silent, compare=False)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog.

        Raises:
            UsageError: there is none by this name.
        """
        module, _, name = self.catalog_name.partition(":")
        try:
            catalog = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise UsageError(f"the catalog {self.catalog_name!r} cannot be loaded: {error}", hint=_CATALOG) from None
        if not isinstance(catalog, Catalog):
            raise UsageError(f"{self.catalog_name!r} is not a bake.catalog.model.Catalog", hint=_CATALOG)
        return catalog

    @property
    def changesets(self) -> Path:
        """The folder in which changesets are kept."""
        return self.folder / "changesets"

    def database(self, *, create: bool = False) -> Database:
        """The database; `create` allows an SQLite file to be made."""
        from bake.database.engine import connect

        return connect(self.url, wait=self.wait, create=create)


_CATALOG = f'write catalog = "package.module:NAME" into {CONFIGURATION}'


def open_project(folder: Path = Path(), *, database: str | None = None, progress: Progress = silent) -> Project:
    """The project in a folder.

    The database is the one given, or else that of `BAKE_DATABASE_URL`, of `bake.toml`, or `sqlite:///bake.db`.

    Raises:
        UsageError: `bake.toml` cannot be read.
    """
    settings = _settings(folder / CONFIGURATION)
    elsewhere = os.environ.get(DATABASE_VARIABLE) or settings.get("database", DEFAULT_DATABASE)
    url = elsewhere if database is None else database
    helpers = settings.get("helpers", USUAL)
    return Project(folder, url, settings.get("catalog", DEFAULT_CATALOG), settings.get("wait", 5.0), helpers, progress)


_TYPES: dict[str, tuple[type, ...]] = {"database": (str,), "catalog": (str,), "wait": (int, float), "helpers": (int,)}


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"it cannot be read: {error}", location=Location(str(path))) from None
    for name, value in settings.items():
        if not isinstance(value, _TYPES.get(name, ())) or isinstance(value, bool):
            known = ", ".join(_TYPES)
            raise UsageError(
                f"{name!r} is not a setting, or not of its type; known are {known}", location=Location(str(path))
            )
    return settings
