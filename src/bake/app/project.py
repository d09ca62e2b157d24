"""What Bake works on: which database and catalog, in whose name, and in which folder, if there is one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from bake.app.actor import actor as usual_actor
from bake.app.interruption import Cancelled
from bake.app.progress import Progress
from bake.app.settings import read_settings
from bake.catalog.checked import checked
from bake.catalog.model import Catalog
from bake.catalog.sensitive import bound
from bake.commands import DATABASE_VARIABLE
from bake.errors import UsageError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bake.app.vault import ProjectVault
    from bake.database.engine import Database

#: What Bake does is logged here; whoever wants to see it says so, as with any library.
LOG = logging.getLogger("bake")
LOG.addHandler(logging.NullHandler())

#: Is told how far work has come.
Listener: TypeAlias = Callable[[Progress], object]


class CancelToken(Protocol):
    """Says whether work is to stop: a `threading.Event`, or whatever else has this method."""

    def is_set(self) -> bool:
        """Whether it is to stop."""
        ...


def _silent(_: Progress) -> None:
    """Show nothing."""


class Project:
    """What functions of Bake work on: a database, a catalog, an actor, perhaps a folder. It holds nothing open.

    Args:
        database: an `Engine`; or a `Connection`, in whose transaction everything then happens; or a URL, as SQLAlchemy
            writes it, whose connections are closed after each function.
        catalog: the entities and views; or what `bake.toml` may say, loaded when it is needed.
        folder: the folder of changesets, remembered answers and exports; paths in changesets are relative to it.
            Without one, a changeset without a path is kept as long as its object.
        actor: the name in events and the ledger; by default `BAKE_ACTOR`, git's `user.name`, or the login name.
        progress: is called with progress events, in the thread that works.
        cancel: work stops soon after this is set, with `bake.errors.Interrupted`; everything unfinished is taken back.
        wait: the seconds for which locks of others are waited for: on changesets, and on the database of a URL.
        helpers: of a URL of an SQLite file, how many processes may be forked to compile large sources. A process that
            has other threads is never forked.

    Attributes:
        wait: see above.
        helpers: see above.
    """

    def __init__(
        self,
        database: sa.Engine | sa.Connection | str,
        catalog: Catalog | str,
        *,
        folder: str | os.PathLike[str] | None = None,
        actor: str | None = None,
        progress: Listener = _silent,
        cancel: CancelToken | None = None,
        wait: float = 5.0,
        helpers: int = 0,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._actor = actor
        self._progress = progress
        self._cancel = cancel
        self._folder = None if folder is None else Path(folder)
        self.wait = wait
        self.helpers = helpers

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog.

        Raises:
            UsageError: there is none by this name, or it names what is not there; all of that is in the message.
        """
        catalog = self._declared
        try:
            checked(catalog)
        except TypeError as error:
            raise UsageError(str(error), hint=_CHECKED) from None
        return catalog if self.vault is None else bound(catalog, self.vault)

    @cached_property
    def vault(self) -> ProjectVault | None:
        """The values of sensitive fields that are known; None if the catalog has no such field."""
        if not self._declared.has_sensitive:
            return None
        from bake.app.vault import ProjectVault

        return ProjectVault(self._folder)

    @contextmanager
    def finding(self, connection: sa.Connection) -> Iterator[None]:
        """Know the sensitive values, too, that a database has, or has recorded."""
        if self.vault is None:
            yield
            return
        from bake.database.ledger.private_values import PrivateValues

        with self.vault.searching(PrivateValues(connection, self.catalog)):
            yield

    def keep_values(self, path: Path) -> None:
        """Keep the sensitive values whose tokens stand in a changeset, for whoever applies it."""
        if self.vault is not None:
            self.vault.keep(path)

    @cached_property
    def _declared(self) -> Catalog:
        if isinstance(self._catalog, Catalog):
            return self._catalog
        from bake.app.catalog_loading import catalog_of_python, read_file, reflected

        if self.catalog_file is None:
            return catalog_of_python(self._catalog, self._folder)
        text, said = read_file(self.catalog_file)
        with self.reading() as connection:
            return reflected(connection, self.catalog_file, text, said).catalog

    @property
    def catalog_file(self) -> Path | None:
        """The file that is the catalog, if it is one."""
        name = self._catalog if isinstance(self._catalog, str) else ""
        return (self._folder or Path()) / name if name.endswith(".toml") else None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that reads, also where no catalog is known yet."""
        from sqlalchemy import Engine

        if isinstance(self._database, str):
            with self.connect() as database, database.reading() as connection:
                yield connection
        elif isinstance(self._database, Engine):
            with self._database.connect() as connection:
                yield connection
        else:
            yield self._database

    @property
    def actor(self) -> str:
        """Who acts."""
        return self._actor or usual_actor()

    def acting(
        self, actor: str | None = None, *, progress: Listener = _silent, cancel: CancelToken | None = None
    ) -> Project:
        """The same project with another actor, receiver of progress events, or cancel token.

        Args:
            actor: as of `Project`; by default this project's.
            progress: as of `Project`.
            cancel: as of `Project`.
        """
        one = copy(self)
        vars(one).update(_actor=actor or self._actor, _progress=progress, _cancel=cancel)
        return one

    @property
    def url(self) -> str | None:
        """The URL of the database, if that is what was given."""
        return self._database if isinstance(self._database, str) else None

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    @property
    def folder(self) -> Path:
        """The folder.

        Raises:
            UsageError: there is none, and something was to be written there.
        """
        if self._folder is None:
            raise UsageError("where to write to is not known", hint="give output=…, or a Project with a folder")
        return self._folder

    @property
    def changesets(self) -> Path:
        """The folder in which changesets are kept.

        Raises:
            UsageError: as `folder`.
        """
        return self.folder / "changesets"

    def place(self, output: str | os.PathLike[str] | None, default: str) -> Path:
        """Where something is written: where it was asked for, or else in the folder.

        Args:
            output: where it was asked for.
            default: its place in the folder.

        Raises:
            UsageError: nobody asked for a place, and there is no folder.
        """
        return self.folder / default if output is None else Path(output)

    def connect(self, *, create: bool = False) -> Database:
        """The database; `create` allows the file of an SQLite URL to be made.

        Raises:
            UsageError: the URL cannot be read, its driver is not installed, or the engine does not fit the catalog.
        """
        if isinstance(self._database, str):
            from bake.database.engine import connect

            return connect(self._database, wait=self.wait, create=create)
        from bake.database.borrowed import borrowed

        return borrowed(self._database, self.catalog)

    def tell(self, step: str, done: int = 0, total: int | None = None) -> None:
        """Tell how far work has come (`Progress`); this is where it stops if it is cancelled.

        Raises:
            Cancelled: it is. `bake.app.interruption.stoppable` makes an error of that.
        """
        self._progress(Progress(step, done, total))
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled


_CHECKED = "correct the catalog; docs/reference/catalog.md says what it is made of"


def open_project(
    folder: str | os.PathLike[str] = ".",
    *,
    database: str | None = None,
    catalog: str | None = None,
    actor: str | None = None,
    progress: Listener = _silent,
    cancel: CancelToken | None = None,
) -> Project:
    """The project in a folder, as the command line finds it.

    Args:
        folder: where `bake.toml` is, if there is one.
        database: its URL; or else `BAKE_DATABASE_URL`, or what `bake.toml` says, or `sqlite:///bake.db`.
        catalog: what `bake.toml` may say of it; or else what it says, or `catalog.toml`, or the bakery.
        actor: as of `Project`.
        progress: as of `Project`.
        cancel: as of `Project`.

    Raises:
        UsageError: `bake.toml` cannot be read.
    """
    settings = read_settings(Path(folder))
    elsewhere = os.environ.get(DATABASE_VARIABLE) or settings.database
    return Project(
        elsewhere if database is None else database,
        settings.catalog if catalog is None else catalog,
        folder=folder,
        actor=actor,
        progress=progress,
        cancel=cancel,
        wait=settings.wait,
        helpers=settings.helpers,
    )
