"""Loading the catalog that `bake.toml` names: a file of one, or an object of Python."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bake.app.project import CONFIGURATION, Project
from bake.catalog.catalog_file import CatalogFile, parse_catalog_file, refuse
from bake.catalog.model import Catalog
from bake.catalog.reflect import Reflection, of_file, reflect
from bake.errors import Location, UsageError

_HINT = f'write catalog = "catalog.toml" or "package.module:NAME" into {CONFIGURATION}'


def load_catalog(project: Project, name: str) -> Catalog:
    """The catalog of a name.

    Args:
        project: whose folder and database are looked at.
        name: a file that ends with `.toml`, by its path from the folder on; or `package.module:NAME` of a
            `bake.Catalog`, of SQLAlchemy's `MetaData`, or of something that has such `metadata`, as models do. The
            folder is looked into before what is installed.

    Raises:
        UsageError: there is none, or something is wrong with it; where, is in the message.
        DatabaseUnavailable: the tables of a file cannot be read.
    """
    if project.catalog_file is not None:
        text, said = read_file(project.catalog_file)
        return reflected(project, text, said).catalog
    folder = project.folder if project.has_folder else None
    return _as_catalog(name, _object(name, folder))


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


def reflected(project: Project, text: str, said: CatalogFile) -> Reflection:
    """What a file makes of the tables of the project's database.

    Args:
        project: the project; its catalog is this file.
        text: what stands in the file.
        said: the same, read.

    Raises:
        UsageError: an entry does not fit the tables.
        DatabaseUnavailable: they cannot be read.
    """
    with project.reading() as connection:
        found, mistakes = of_file(connection, said)
    refuse(mistakes, text, str(project.catalog_file))
    return found


def _object(name: str, folder: Path | None) -> object:
    module, _, variable = name.partition(":")
    if not module or not variable:
        raise UsageError(f"{name!r} names no catalog", hint=_HINT)
    try:
        with _first_on_path(folder):
            return getattr(importlib.import_module(module), variable)
    except Exception as error:  # noqa: BLE001 - it is the code of somebody else, which may raise anything
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
        location = Location(where[-1].filename, line=where[-1].lineno) if where else None
        message = f"the catalog {name!r} cannot be loaded: {type(error).__name__}: {error}"
        raise UsageError(" ".join(message.split()), location=location, hint=_HINT) from None


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


def _as_catalog(name: str, found: object) -> Catalog:
    metadata = getattr(found, "metadata", found)
    if isinstance(found, Catalog):
        return found
    if isinstance(metadata, sa.MetaData):
        return reflect(metadata, name=name.partition(":")[0].rpartition(".")[2])
    raise UsageError(f"{name!r} is neither a bake.Catalog nor SQLAlchemy's MetaData, nor a class of models", hint=_HINT)
