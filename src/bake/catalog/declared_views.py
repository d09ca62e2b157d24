"""The views that `catalog.toml` declares: a base entity, and dotted paths from it.

a column                                        is for
of a field of the entity                        what it is for in the view that the entity has by itself
of a reference, by a field that names its rows  editing: another name means another row
of a reference, by any other field              reading
that is said to be read-only                    reading; or, of a key of the entity, saying which row it is
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bake.catalog.catalog_file import ViewEntry
from bake.catalog.entity import ID, Entity
from bake.catalog.names import no_such
from bake.catalog.plain_view import Entities, columns_of, paths_of, role_of
from bake.catalog.view import Column, Role, View

#: Names of fields, from an entity through its references.
Path: TypeAlias = tuple[str, ...]


class DeclaredViews:
    """The views of a file.

    Args:
        entities: the entities of the catalog, by name.
        entries: what the file says of each view, by name.

    Attributes:
        made: the views.
        mistakes: by view and key of its entry, what is wrong there.
    """

    def __init__(self, entities: Entities, entries: Mapping[str, ViewEntry]) -> None:
        self._entities = entities
        self.mistakes: dict[tuple[str, str], str] = {}
        self.made = tuple(filter(None, (self._made(name, entry) for name, entry in entries.items())))

    def _made(self, name: str, entry: ViewEntry) -> View | None:
        base = self._entities.get(entry.entity)
        if base is None:
            self.mistakes[name, "entity"] = no_such("entity", entry.entity, list(self._entities))
            return None
        if name in self._entities:
            self.mistakes[name, ""] = f"{name} is an entity, which has a view of this name by itself"
            return None
        paths = self._paths(name, base, entry)
        columns = [column for text, path in paths.items() for column in self._columns(base, entry, text, path)]
        if len(paths) == len(entry.columns):
            self._check(name, base, entry, columns)
        return View(name, base.name, tuple(columns), envelope=name, purpose=entry.purpose)

    def _check(self, name: str, base: Entity, entry: ViewEntry, columns: list[Column]) -> None:
        """Note what is wrong with columns all of which there are."""
        for key, texts in (("names", entry.names), ("read_only", entry.read_only)):
            for text in (one for one in texts if one not in entry.columns):
                self.mistakes[name, key] = no_such("column", text, entry.columns)
        if not _names_a_row(base, columns):
            wanted = ", ".join(base.portable_keys[0])
            self.mistakes[name, "columns"] = f"nothing in it names a row of {base.name}; add {wanted}"
        for called, times in Counter(column.name for column in columns).items():
            if times > 1:
                self.mistakes[name, "columns"] = f"{times} columns are called {called!r}; names can call one otherwise"

    def _paths(self, name: str, base: Entity, entry: ViewEntry) -> dict[str, Path]:
        """The paths of the columns, by the texts that say them."""
        found: dict[str, Path] = {}
        for text in entry.columns:
            path = self._path(base, text)
            if path is None:
                self.mistakes[name, "columns"] = self._leads_nowhere(base, text)
            elif text in found:
                self.mistakes[name, "columns"] = f"{text} stands there twice"
            else:
                found[text] = path
        return found

    def _path(self, item: Entity, text: str) -> Path | None:
        """The path that a text means; names may have dots in them."""
        if text in item.fields or (text == ID and item.has_surrogate):
            return (text,)
        for head, rest in _parted(text):
            target = item.references.get(head)
            below = self._path(self._entities[target], rest) if target else None
            if below is not None:
                return (head, *below)
        return None

    def _leads_nowhere(self, item: Entity, text: str) -> str:
        """A sentence on the first step of a text that is none of a field."""
        for head, rest in _parted(text):
            if head in item.references:
                return self._leads_nowhere(self._entities[item.references[head]], rest)
            if head in item.fields:
                return f"{item.name}.{head} is no reference, so nothing can follow it"
        return f"{item.name}: {no_such('field', text.partition('.')[0], list(item.fields))}"

    def _columns(self, base: Entity, entry: ViewEntry, text: str, path: Path) -> Iterator[Column]:
        """The columns of a path; several if it is a reference whose rows have a key of several fields."""
        item = base
        for step in path[:-1]:
            item = self._entities[item.references[step]]
        ends = columns_of(self._entities, item, path[-1])
        for end in ends:
            whole = (*path[:-1], *end.path)
            called = entry.names.get(text) if len(ends) == 1 else None
            own = end.name if len(path) == 1 else "_".join((*path[:-1], end.name))
            yield Column(called or own, whole, self._role(base, whole, read_only=text in entry.read_only))

    def _role(self, base: Entity, path: Path, *, read_only: bool) -> Role:
        if path == (ID,):
            return Role.IDENTITY
        role = role_of(base, base.fields[path[0]])
        if len(path) > 1 and path[1:] not in self._naming_paths(base.references[path[0]]):
            role = Role.CONTEXT
        if read_only and role is Role.EDITABLE:
            return Role.IDENTITY if any(path[0] in key for key in base.keys) else Role.CONTEXT
        return role

    def _naming_paths(self, name: str) -> set[Path]:
        """The paths from an entity to what its rows are called by."""
        item = self._entities[name]
        keys = (path for key in item.identities for path in paths_of(self._entities, item, key))
        return {*keys, *((one,) for one in item.alternates)}


def _names_a_row(item: Entity, columns: list[Column]) -> bool:
    """Whether columns have all fields of a key of an entity, a reference by what names the other row."""
    there = {column.path[0] for column in columns if len(column.path) == 1 or column.role is not Role.CONTEXT}
    return any(there.issuperset(key) for key in item.identities)


def _parted(text: str) -> Iterator[tuple[str, str]]:
    """The ways to take a path apart at a dot, the longest first name first."""
    ends = [n for n, letter in enumerate(text) if letter == "."]
    return ((text[:n], text[n + 1 :]) for n in reversed(ends))
