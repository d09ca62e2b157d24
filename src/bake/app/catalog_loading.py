"""Loading the catalog that `bake.toml` names: a file of one, or an object of Python."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bake.app.settings import CONFIGURATION
from bake.catalog.catalog_file import CatalogFile, parse_catalog_file, refuse
from bake.catalog.model import Catalog
from bake.catalog.reflect import Reflection, of_file, reflect
from bake.errors import Location, UsageError

_HINT = f'write catalog = "catalog.toml" or "package.module:NAME" into {CONFIGURATION}'


def catalog_of_python(name: str, folder: Path | None) -> Catalog:
    """The catalog that an object of Python is, or describes.

    Args:
        name: `package.module:NAME` of a `bake.Catalog`, of SQLAlchemy's `MetaData`, or of something that has such
            `metadata`, as models do.
        folder: is looked into before what is installed.

    Raises:
        UsageError: there is none, or something is wrong with it; where, is in the message.
    """
    found = _object(name, folder)
    metadata = getattr(found, "metadata", found)
    if isinstance(found, Catalog):
        return found
    if isinstance(metadata, sa.MetaData):
        return reflect(metadata, name=name.partition(":")[0].rpartition(".")[2])
    raise UsageError(f"{name!r} is neither a bake.Catalog nor SQLAlchemy's MetaData, nor a class of models", hint=_HINT)


def read_file(path: Path) -> tuple[str, CatalogFile]:
    """What stands in a file of a catalog, and the same, read.

    Raises:
        UsageError: it cannot be read, or says what cannot be said.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no catalog {path}", hint="bake catalog reflect writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"it cannot be read: {error}", location=Location(str(path))) from None
    return text, parse_catalog_file(text, str(path))


def reflected(connection: sa.Connection, path: Path, text: str, said: CatalogFile) -> Reflection:
    """What a file makes of the tables of a database.

    Args:
        connection: to the database.
        path: the file.
        text: what stands in it.
        said: the same, read.

    Raises:
        UsageError: an entry does not fit the tables.
        DatabaseUnavailable: they cannot be read.
    """
    found, mistakes = of_file(connection, said)
    refuse(mistakes, text, str(path))
    return found


def _object(name: str, folder: Path | None) -> object:
    module, _, variable = name.partition(":")
    if not module or not variable:
        raise UsageError(f"{name!r} names no catalog", hint=_HINT)
    try:
        with _first_on_path(folder):
            return getattr(importlib.import_module(module), variable)
    except Exception as error:  # noqa: BLE001 - it is the code of somebody else, which may raise anything
        what = error.msg if isinstance(error, SyntaxError) else error
        message = f"the catalog {name!r} cannot be loaded: {type(error).__name__}: {what}"
        raise UsageError(" ".join(message.split()), location=_location(error), hint=_HINT) from None


def _location(error: Exception) -> Location | None:
    """The line of somebody else's module that is wrong, or in which an error was raised; None if it was in none."""
    if isinstance(error, SyntaxError) and error.filename:
        return Location(error.filename, line=error.lineno)
    where = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    return Location(where[-1].filename, line=where[-1].lineno) if where else None


@contextmanager
def _first_on_path(folder: Path | None) -> Iterator[None]:
    """Find modules in a folder before those that are installed."""
    if folder is None:
        yield
        return
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))


def _is_theirs(filename: str) -> bool:
    """Whether a file is neither of Python's import machinery nor of Bake."""
    own = filename.startswith("<frozen") or Path(filename).parent == Path(__file__).parent
    return not own and not Path(filename).is_relative_to(Path(importlib.__file__ or "").parent)
