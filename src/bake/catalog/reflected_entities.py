"""The entities of tables that were read from a database: their keys, and what people call their rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from string import Formatter

import sqlalchemy as sa

from bake.catalog.catalog_file import UUID, EntityEntry
from bake.catalog.declaring import entity, hidden, is_number, name_of_column
from bake.catalog.entity import Entity
from bake.catalog.field_types import Bytes, Document, Text
from bake.catalog.foreign_keys import links
from bake.catalog.names import no_such
from bake.catalog.tables import makes_numbers, unique_columns, unreadable_columns


class Entities:
    """The entities of some tables, each made after those that it refers to, as its keys are made of theirs.

    Attributes:
        made: the entities by name.
        unnamed: the tables whose rows nothing names without going around in a circle, each with a sentence on it.
        mistakes: by entity and key of its entry in `catalog.toml`, what is wrong there.
    """

    def __init__(self, tables: Mapping[str, sa.Table], entries: Mapping[str, EntityEntry]) -> None:
        self._tables = tables
        self._entries = entries
        self.made: dict[str, Entity] = {}
        self.unnamed: dict[str, str] = {}
        self.mistakes: dict[tuple[str, str], str] = {}
        while unnamed := self._make_all():  # what refers to one of these is made again, without the reference
            self.unnamed |= unnamed
            self._tables = {name: table for name, table in self._tables.items() if name not in unnamed}

    def _make_all(self) -> dict[str, str]:
        """Make the entities of all tables; those that cannot be made, each with the reason."""
        self.made, self._failed = {}, dict[str, str]()
        for name in self._tables:
            self._visit(name, ())
        return self._failed

    def _visit(self, name: str, path: tuple[str, ...]) -> None:
        if name in {**self.made, **self._failed} or name in path or name not in self._tables:
            return
        for link in links(self._tables[name], self._tables):
            self._visit(link.target, (*path, name))
        made = self._made(self._tables[name], self._entries.get(name) or EntityEntry())
        if made.identities:
            self.made[name] = made
        else:
            kept = ", ".join(c.name for c in made.table.primary_key if made.by_column.get(c.name) in made.kept)
            leads_back = "its primary key is made of references that lead back to it"
            self._failed[name] = f"the database sets {kept} of its primary key" if kept else leads_back

    def _made(self, table: sa.Table, entry: EntityEntry) -> Entity:
        self._type(table, entry)
        left_out = {*unreadable_columns(table), *entry.ignore}
        whole = _without_chance_uuid(
            entity(table, without=left_out, entities=self._tables, counted=_counted(table), group=entry.group)
        )
        self._check(whole, entry)
        whole = _with_hidden(whole, entry)
        said = all(name in whole.fields for key in entry.keys for name in key) and bool(entry.keys)
        keys = self._said_keys(whole, entry) if said else self._keys(whole)
        is_counted = [whole.counted] in entry.keys if said else not keys and "uuid" not in whole.fields
        is_counted = whole.counted is not None and (is_counted or not makes_numbers(table))
        hidden = None if is_counted else whole.counted
        fields = {
            name: replace(declared, editable=declared.editable and name not in entry.read_only)
            for name, declared in whole.fields.items()
            if name != hidden
        }
        return _called(replace(whole, keys=keys, counted=whole.counted if is_counted else None, fields=fields), entry)

    def _keys(self, whole: Entity) -> tuple[tuple[str, ...], ...]:
        candidates = [fields for columns in _key_columns(whole.table) if (fields := whole.of_columns(columns))]
        natural = (
            key
            for key in candidates
            if key != ("uuid",) and not {whole.counted, *whole.sensitive, *whole.kept} & {*key}
        )
        named = tuple(key for key in natural if self._is_named(whole, key))
        straight = tuple(key for key in named if not self._leads_back(whole, key))
        return straight if straight or whole.counted or "uuid" in whole.fields else named

    def _said_keys(self, whole: Entity, entry: EntityEntry) -> tuple[tuple[str, ...], ...]:
        """The keys that an entry says, but for those that are no natural ones: a uuid, a number that is counted."""
        own = ["uuid"], [whole.counted]
        return tuple(tuple(key) for key in entry.keys if key not in own)

    def _type(self, table: sa.Table, entry: EntityEntry) -> None:
        """Give the columns what an entry says of their values."""
        if entry.kept is not None:
            for column in table.columns:
                column.info["kept"] = column.name in entry.kept
        for name, type_ in entry.types.items():
            if name not in table.c:
                self.mistakes[str(table.name), "types"] = no_such("column", name, list(table.c.keys()))
            elif isinstance(type_, list):
                table.c[name].info["options"] = tuple(type_)
            elif type_ == UUID:
                table.c[name].info["uuid"] = True
            else:
                self.mistakes[str(table.name), "types"] = f'{name}: expected "uuid", or a list of words'

    def _check(self, whole: Entity, entry: EntityEntry) -> None:
        """Note the names in an entry that are none of fields, or of columns."""
        label = [name for _, name, _, _ in Formatter().parse(entry.label or "") if name is not None]
        said = {"label": label, "names": entry.names or [], "likeness": entry.likeness, "read_only": entry.read_only}
        said["keys"] = [name for key in entry.keys for name in key]
        said["sensitive"] = entry.sensitive
        for name in (one for one in entry.sensitive if one in whole.references):
            self.mistakes[whole.name, "sensitive"] = f"{name} is a reference, which cannot be sensitive"
        for key, names in said.items():
            for name in (one for one in names if one not in whole.fields):
                self.mistakes[whole.name, key] = no_such("field", name, list(whole.fields))
        for name in (one for key in entry.keys for one in key if one in whole.kept):
            self.mistakes[whole.name, "keys"] = f"the database sets {name} by itself, so it names no new row"
        for key, names in (("ignore", entry.ignore), ("kept", entry.kept or [])):
            for name in (one for one in names if one not in whole.table.c):
                self.mistakes[whole.name, key] = no_such("column", name, list(whole.table.c.keys()))

    def _is_named(self, made: Entity, key: tuple[str, ...]) -> bool:
        """Whether the rows that a key refers to have names of their own, and people can write what else is in it."""
        named = all(made.references[name] in self.made for name in key if name in made.references)
        return named and not any(isinstance(made.fields[name].type, Bytes | Document) for name in key)

    def _leads_back(self, made: Entity, key: tuple[str, ...]) -> bool:
        """Whether rows that a key refers to may refer to the row that it names."""
        return any(made.name in self._reached(made.references[name]) for name in key if name in made.references)

    def _reached(self, name: str) -> set[str]:
        """The tables to which the rows of a table refer, directly or through others."""
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            found = {link.target for link in links(self._tables[waiting.pop()], self._tables)} - reached
            reached |= found
            waiting += found
        return reached


def _key_columns(table: sa.Table) -> list[tuple[str, ...]]:
    """The columns of the keys of a table, best first: unique ones, few before many; then a key that means something."""
    primary = tuple(str(column.name) for column in table.primary_key)
    texts = {str(column.name) for column in table.columns if isinstance(column.type, sa.String | sa.Uuid)}
    unique = sorted(set(unique_columns(table)) - {primary}, key=lambda key: (len(key), not texts.issuperset(key), key))
    return [*unique, *([] if is_number(table, primary[0]) else [primary])]


def _counted(table: sa.Table) -> str | None:
    """The field that is the primary key, if that is a number which the database may make."""
    [column, *others] = table.primary_key.columns
    return name_of_column(column) if not others and is_number(table, str(column.name)) else None


def _without_chance_uuid(made: Entity) -> Entity:
    """The entity, in which a column that is only called `uuid`, and does not tell rows apart, is called otherwise."""
    declared = made.fields.get("uuid")
    if declared is None or declared.target or (declared.column,) in _unique_alone(made.table):
        return made
    other = replace(declared, name=f"{made.name}_uuid", editable=True)
    return replace(
        made, fields={other.name if n == "uuid" else n: other if n == "uuid" else f for n, f in made.fields.items()}
    )


def _unique_alone(table: sa.Table) -> set[tuple[str, ...]]:
    return {*unique_columns(table), tuple(str(column.name) for column in table.primary_key)}


def _with_hidden(made: Entity, entry: EntityEntry) -> Entity:
    """The entity with the fields sensitive that an entry says."""
    said = {name: made.fields[name] for name in entry.sensitive if name in made.fields and name not in made.references}
    return replace(made, fields={**made.fields, **{name: hidden(one, made.name) for name, one in said.items()}})


#: Columns whose text is what people call a row.
_NAMES = ("name", "title", "label", "subject")


def _called(made: Entity, entry: EntityEntry) -> Entity:
    """The entity, with what people call its rows: as an entry says, or else as the columns look."""
    said = replace(made, likeness=tuple(name for name in entry.likeness if name in made.fields))
    if entry.names is None and entry.label is None and not entry.columns:
        return _looks_called(said)
    names = tuple(name for name in entry.names or () if name in made.fields)
    return replace(said, alternates=names, label=entry.label or "")


def _looks_called(made: Entity) -> Entity:
    """The entity, with a text by which people see its rows if its keys have none: what is called a name or title."""
    texts = [name for name, declared in made.fields.items() if isinstance(declared.type, Text)]
    if any(name in texts for key in made.keys for name in key):
        return made
    known = {"".join(filter(str.isalnum, name.casefold())): name for name in texts}
    own = "".join(filter(str.isalnum, made.name.casefold())).removesuffix("s")
    both = [known[one] for one in ("firstname", "lastname") if one in known]
    if len(both) > 1:
        return replace(made, label=" ".join(f"{{{one}}}" for one in both))
    title = next((known[one] for one in (*_NAMES, f"{own}name") if one in known), None)
    if title is None:
        return made
    return replace(made, alternates=(title,), label=f"{{{title}}}" if re.fullmatch(r"\w+", title) else "")
