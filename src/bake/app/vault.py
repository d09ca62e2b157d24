"""The values of sensitive fields that a project knows, each under its token, and the key that tokens are made with.

Both lie in `.bake/private` of the project's folder, which git ignores and only its owner reads; without a folder, in
the memory of this process. The variable `BAKE_KEY` takes the place of the key's file.

    values that a source, an answer or a search of the database gave     pending: as long as the project is
    values whose tokens stand in a changeset                             kept: in `.bake/private/values.db`
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Protocol

from bake.catalog.sensitive import HINT, TOKENS, key_name, made_with, token
from bake.catalog.values import Json
from bake.commands import KEY_VARIABLE
from bake.database.documents import decode, encode
from bake.errors import Location, UsageError

#: The folder of the key and the values, in that of a project.
PRIVATE = Path(".bake", "private")
VALUES = "values.db"

_TABLE = "CREATE TABLE IF NOT EXISTS value (token TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID"
_INSERT = "INSERT OR IGNORE INTO value VALUES (?, ?)"
_SELECT = "SELECT json FROM value WHERE token = ?"
#: How many characters `BAKE_KEY` has at least, and how many bytes a key that is made.
_SHORTEST, _LENGTH = 16, 32
#: How many values are kept at a time.
_CHUNK = 10_000


class Finder(Protocol):
    """Finds in a database what tokens stand for."""

    def recorded(self, texts: Sequence[str]) -> Mapping[str, Json]:
        """By token, the values of some tokens that an application overwrote or deleted."""
        ...

    def stored(self, scope: str) -> Iterable[Mapping[str, Json]]:
        """By token, all values of a field, some at a time."""
        ...


class ProjectVault:
    """Makes tokens, and keeps what they stand for (`bake.catalog.field_types.Vault`).

    Args:
        folder: that of the project, if it has one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / PRIVATE
        self._lock = RLock()
        self._finders: list[Finder] = []
        self._searched: set[tuple[int, str]] = set()
        self._random = secrets.token_bytes(_LENGTH)

    @cached_property
    def _key(self) -> bytes:
        if text := os.environ.get(KEY_VARIABLE):
            if len(text) < _SHORTEST:
                raise UsageError(f"{KEY_VARIABLE} has {len(text)} characters; expected {_SHORTEST} at least")
            return blake2b(text.encode()).digest()
        if self._folder is None:
            return self._random
        path = self._folder / "key"
        if not path.exists():
            _write_private(path, secrets.token_hex(_LENGTH).encode())
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii"))
            if len(key) != _LENGTH:
                raise ValueError(f"it has {len(key)} bytes, and not {_LENGTH}")
            return key
        except (OSError, ValueError) as error:
            raise UsageError(f"this is no key of a project: {error}", location=Location(str(path))) from None

    @cached_property
    def _name(self) -> str:
        return key_name(self._key)

    @cached_property
    def _pending(self) -> sqlite3.Connection:
        """A database of its own, which SQLite moves from memory to an unnamed file when it grows."""
        pending = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        pending.execute("PRAGMA journal_mode = OFF")
        pending.execute(_TABLE)
        return pending

    def digest(self, text: str) -> str:
        """A keyed digest in hexadecimal, of 64 digits."""
        return blake2b(text.encode(), key=self._key, digest_size=32).hexdigest()

    def token(self, scope: str, value: Json) -> str:
        """The token of a canonical value."""
        return token(self._key, self._name, scope, value)

    def seal(self, scope: str, value: Json) -> str:
        """The token of a canonical value that a source or a person gives; what it stands for is remembered."""
        text = self.token(scope, value)
        self._learn({text: value})
        return text

    def reveal(self, scope: str, text: str) -> Json:
        """What a token stands for.

        Raises:
            UsageError: that is not known.
        """
        found = self._found(scope, text)
        if found is None:
            raise UsageError(f"{scope}, {text}: {self.why_unknown(scope, text)}", hint=HINT)
        return decode(found)

    def why_unknown(self, scope: str, text: str) -> str | None:
        """Why the value of a token is not known; None if it is."""
        if self.is_foreign(text):
            return "it was made with another key than this project's"
        return None if self._found(scope, text) is not None else "nothing here knows the value that it stands for"

    def is_foreign(self, text: str) -> bool:
        """Whether a token was made with another key, so that it cannot be compared."""
        return made_with(text) != self._name

    @contextmanager
    def searching(self, finder: Finder) -> Iterator[None]:
        """Look for values in a database, too, as long as the block lasts."""
        self._finders.append(finder)
        try:
            yield
        finally:
            self._finders.remove(finder)

    def keep(self, path: Path) -> None:
        """Keep the values whose tokens stand in a file, as far as they are known, for other processes."""
        if self._folder is None:
            return
        with path.open("rb") as stream:
            found = (text.decode() for line in stream for text in TOKENS.findall(line))
            while some := set(islice(found, _CHUNK)):
                self._keep(some)

    def _keep(self, texts: Iterable[str]) -> None:
        with self._lock:
            pending = [(text, json) for text in texts if (json := self._row(text)) is not None]
        if pending:
            with closing(self._kept(create=True)) as kept, kept:
                kept.executemany(_INSERT, sorted(pending))

    def load(self, texts: Iterable[str]) -> None:
        """Have the values of many tokens ready, as far as they are kept or recorded."""
        with self._lock:
            lacking = [text for text in dict.fromkeys(texts) if self._row(text) is None]
            if lacking and self._folder is not None and (self._folder / VALUES).exists():
                with closing(self._kept()) as kept:
                    found = [(text, row[0]) for text in lacking if (row := kept.execute(_SELECT, (text,)).fetchone())]
                self._pending.executemany(_INSERT, found)
                lacking = [text for text in lacking if self._row(text) is None]
            for finder in self._finders if lacking else ():
                self._learn(finder.recorded(lacking))

    def _found(self, scope: str, text: str) -> str | None:
        """The value of a token as JSON."""
        with self._lock:
            if self._row(text) is None:
                self.load([text])
            for finder in self._finders if self._row(text) is None else ():
                if (id(finder), scope) not in self._searched:
                    self._searched.add((id(finder), scope))
                    for values in finder.stored(scope):
                        self._learn(values)
            return self._row(text)

    def _row(self, text: str) -> str | None:
        row = self._pending.execute(_SELECT, (text,)).fetchone()
        return None if row is None else str(row[0])

    def _learn(self, values: Mapping[str, Json]) -> None:
        with self._lock:
            self._pending.executemany(_INSERT, [(text, encode(value)) for text, value in values.items()])

    def _kept(self, *, create: bool = False) -> sqlite3.Connection:
        assert self._folder is not None
        path = self._folder / VALUES
        if create and not path.exists():
            _write_private(path, b"")
        kept = sqlite3.connect(path)
        kept.execute(_TABLE)
        return kept


def _write_private(path: Path, content: bytes) -> None:
    """Make a file that only its owner reads, in a folder that git ignores; one that is there already stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignored = path.parent / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="ascii")
    mine = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    try:
        os.link(mine, path)  # at once, and whole: another process may make it at the same time
    except FileExistsError:
        pass
    finally:
        mine.unlink()
