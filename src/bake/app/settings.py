"""What `bake.toml` may say, and reading it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bake.errors import Location, UsageError

CONFIGURATION = "bake.toml"
#: The catalog of a folder, where `bake.toml` names none.
CATALOG_FILE = "catalog.toml"
DEFAULT_CATALOG = "bake.catalog.bakery:BAKERY"


@dataclass(frozen=True)
class Setting:
    """A setting of `bake.toml`.

    Attributes:
        types: what it may be.
        default: what it is where `bake.toml` says nothing.
        meaning: what it is for, for people.
    """

    types: tuple[type, ...]
    default: str | float
    meaning: str


#: What `bake.toml` may say.
SETTINGS = {
    "database": Setting(
        (str,),
        "sqlite:///bake.db",
        "The URL of the database, where neither `--database` nor `BAKE_DATABASE_URL` names one.",
    ),
    "catalog": Setting(
        (str,),
        DEFAULT_CATALOG,
        "The catalog: a file such as `catalog.toml` (that one needs not be named); or `package.module:NAME`, in this "
        "folder or installed, of a `bake.Catalog`, of SQLAlchemy's `MetaData`, or of a class of models.",
    ),
    "wait": Setting(
        (int, float),
        5.0,
        "For how many seconds locks that others hold on the database, or on a changeset, are waited for.",
    ),
    "helpers": Setting(
        (int,),
        1,
        "How many further processes compile large sources, where that can be done (SQLite files); 0: none.",
    ),
}


#: A day, in seconds: drivers take no more than some weeks in milliseconds.
_LONGEST_WAIT = 86_400


@dataclass(frozen=True)
class Settings:
    """The settings of a folder: what its `bake.toml` says, or else the defaults. See `SETTINGS`."""

    database: str
    catalog: str
    wait: float
    helpers: int


def read_settings(folder: Path) -> Settings:
    """The settings of a folder. Where they name no catalog, it is the folder's `catalog.toml`, if there is one.

    Raises:
        UsageError: `bake.toml` cannot be read, or says what it may not.
    """
    path = folder / CONFIGURATION
    said = _said(path)
    if wrong := [name for name, value in said.items() if not _is_setting(name, value)]:
        message = f"{wrong[0]!r} is not a setting, or not of its type; known are {', '.join(SETTINGS)}"
        raise UsageError(message, location=Location(str(path)))
    settings = Settings(**{name: said.get(name, setting.default) for name, setting in SETTINGS.items()})
    if not 0 <= settings.wait <= _LONGEST_WAIT:
        message = f"wait is {settings.wait}; expected 0 to {_LONGEST_WAIT} seconds"
        raise UsageError(message, location=Location(str(path)))
    if settings.catalog == DEFAULT_CATALOG and (folder / CATALOG_FILE).is_file():
        return replace(settings, catalog=CATALOG_FILE)
    return settings


def _said(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"it cannot be read: {error}", location=Location(str(path))) from None


def _is_setting(name: str, value: object) -> bool:
    return name in SETTINGS and isinstance(value, SETTINGS[name].types) and not isinstance(value, bool)
