"""The file `catalog.toml`: what of a database's tables is a catalog, as people may edit it.

The tables themselves are read from the database whenever the catalog is loaded; the file says which of them are
entities, how their rows are named, and what a schema does not say. `columns` is what the tables were when the file was
written: `bake catalog check` compares.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec

from bake.errors import Location, Problem, UsageError

#: Where it is described.
_DOCS = "docs/reference/catalog.md says what may stand there"

#: A place in the file: the table of its sections, the name of a section, and a key in it, or nothing.
At: TypeAlias = tuple[str, str, str]

#: A type that an entry may give to a column, beside lists of words.
UUID = "uuid"


class EntityEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says of one entity: a table of the same name.

    Attributes:
        keys: what names a row, best first, each a list of fields.
        label: a format string over fields: how people see a row.
        names: fields by which people call rows, although they need not be unique.
        likeness: fields that are equal where two rows may be the same although no key says so.
        read_only: fields that a new row may be given, and an edit does not change.
        kept: columns to which the database gives their values; None for those of which it says so.
        sensitive: fields whose values are shown to nobody.
        ignore: columns that are no fields.
        types: by column, what its values are where the table does not say it: `"uuid"`, or the words that it may hold.
        group: the export group.
        columns: the columns that the table had when this was written.
    """

    keys: list[list[str]] = []
    label: str | None = None
    names: list[str] | None = None
    likeness: list[str] = []
    read_only: list[str] = []
    kept: list[str] | None = None
    sensitive: list[str] = []
    ignore: list[str] = []
    types: dict[str, str | list[str]] = {}
    group: str = "catalog"
    columns: list[str] = []


class ViewEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says of one view.

    Attributes:
        entity: the entity that its records are of.
        columns: its fields, and those of what it refers to, by dotted paths: `sku`, `maker.name`.
        names: by path, what a column is called where that is not the path with `_` for each dot.
        read_only: the paths of columns that are only shown.
        purpose: one sentence for the person who edits it.
    """

    entity: str
    columns: list[str]
    names: dict[str, str] = {}
    read_only: list[str] = []
    purpose: str = ""


class CatalogFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        name: the catalog's, in the headers of changesets.
        schema: the schema of the tables, where that has to be named.
        entities: by the name of its table, what is said of each entity.
        views: by name, the views beside those that each entity has by itself.
        left_out: by name, the tables that are no entities, each with the reason.
    """

    name: str = "reflected"
    schema: str | None = None
    entities: dict[str, EntityEntry] = {}
    views: dict[str, ViewEntry] = {}
    left_out: dict[str, str] = {}


#: The tables of the file whose sections have names, and what stands in one of these.
_SECTIONS: Mapping[str, type[msgspec.Struct]] = {"entities": EntityEntry, "views": ViewEntry}


def parse_catalog_file(text: str, place: str) -> CatalogFile:
    """Read the file.

    Args:
        text: what stands in it.
        place: its path, as messages show it.

    Raises:
        UsageError: it is no TOML, or says what cannot be said; the message is one line with the line of the file.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(error, place) from None
    mistakes: dict[At, str] = {}
    sections = {table: said[table] for table in _SECTIONS if isinstance(said.get(table), dict)}
    for table, entries in sections.items():
        for name, entry in entries.items():
            try:
                msgspec.convert(entry, _SECTIONS[table])
            except msgspec.ValidationError as error:
                mistakes[table, name, _key_of(str(error))] = _what(str(error))
    refuse(mistakes, text, place)
    try:
        return msgspec.convert(said, CatalogFile)
    except msgspec.ValidationError as error:
        raise UsageError(_what(str(error)), location=Location(place), hint=_DOCS) from None


def _no_toml(error: tomllib.TOMLDecodeError, place: str) -> UsageError:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    where = Location(place, line=int(found[1]), column=int(found[2])) if found else Location(place)
    return UsageError(f"this is no TOML: {str(error)[: found.start()] if found else error}", location=where)


def _key_of(error: str) -> str:
    """The key that a message of msgspec is about."""
    found = re.search(r"(?:unknown|required) field `([^`]*)`", error) or re.search(r"`\$\.(\w+)", error)
    return found[1] if found else ""


def _what(error: str) -> str:
    """The message of msgspec, in words: `label: expected text, got int`."""
    what = error.partition(" - at `")[0].replace("Object contains unknown field", "there is no setting")
    what = what.replace("Object missing required field", "it has to say")
    key = _key_of(error)
    return what if key in what or not key else f"{key}: {what[:1].lower()}{what[1:]}"


def refuse(mistakes: Mapping[At, str], text: str, place: str) -> None:
    """Say what is wrong with the entries of a file, all of it; nothing if nothing is.

    Args:
        mistakes: what is wrong, by its place.
        text: what stands in the file.
        place: its path, as messages show it.

    Raises:
        UsageError: something is.
    """
    problems = [Problem(f"{at[1]}: {what}", Location(place, line=line_of(text, *at))) for at, what in mistakes.items()]
    if len(problems) == 1:
        raise UsageError(problems[0].message, location=problems[0].location, hint=_DOCS)
    if problems:
        raise UsageError(f"{len(problems)} entries do not fit the database", problems=problems, hint=_DOCS)


def line_of(text: str, table: str, name: str, key: str = "") -> int | None:
    """The line of a file in which an entry says something, or else in which it begins."""
    begin: int | None = None
    for number, line, section in _lines(text):
        if section == (table, name):
            begin = begin or number
            if key and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
    return begin


def _lines(text: str) -> Iterator[tuple[int, str, tuple[str, str] | None]]:
    """The lines of a file, each with its number and the section that it stands in."""
    section: tuple[str, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            section = section_of(line) or (section if line.lstrip().startswith(("[[", '["')) else None)
        yield number, line, section


def section_of(line: str) -> tuple[str, str] | None:
    """The section that a line begins: `("entities", "products")`; None if it begins none of those with a name."""
    if not line.startswith(tuple(f"[{table}." for table in _SECTIONS)):
        return None
    try:
        [(table, names)] = tomllib.loads(line).items()
    except (tomllib.TOMLDecodeError, ValueError):
        return None
    return table, next(iter(names))
