"""The file `catalog.toml`: what of a database's tables is a catalog, as people may edit it.

The tables themselves are read from the database whenever the catalog is loaded; the file says which of them are
entities, how their rows are named, and what a schema does not say. `columns` is what the tables were when the file was
written: `bake catalog check` compares.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

import msgspec

from bake.errors import Location, Problem, UsageError

#: Where it is described.
_DOCS = "docs/reference/catalog.md says what may stand there"

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


class CatalogFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        name: the catalog's, in the headers of changesets.
        schema: the schema of the tables, where that has to be named.
        entities: by the name of its table, what is said of each entity.
        left_out: by name, the tables that are no entities, each with the reason.
    """

    name: str = "reflected"
    schema: str | None = None
    entities: dict[str, EntityEntry] = {}
    left_out: dict[str, str] = {}


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
    entries = said.get("entities")
    mistakes: dict[tuple[str, str], str] = {}
    entities: dict[str, EntityEntry] = {}
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        try:
            entities[name] = msgspec.convert(entry, EntityEntry)
        except msgspec.ValidationError as error:
            mistakes[name, _key_of(str(error))] = _what(str(error))
    refuse(mistakes, text, place)
    try:
        whole = msgspec.convert({**said, "entities": {}} if isinstance(entries, dict) else said, CatalogFile)
    except msgspec.ValidationError as error:
        raise UsageError(_what(str(error)), location=Location(place), hint=_DOCS) from None
    return msgspec.structs.replace(whole, entities=entities)


def _no_toml(error: tomllib.TOMLDecodeError, place: str) -> UsageError:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    where = Location(place, line=int(found[1]), column=int(found[2])) if found else Location(place)
    return UsageError(f"this is no TOML: {str(error)[: found.start()] if found else error}", location=where)


def _key_of(error: str) -> str:
    """The key that a message of msgspec is about."""
    found = re.search(r"unknown field `([^`]*)`", error) or re.search(r"`\$\.(\w+)", error)
    return found[1] if found else ""


def _what(error: str) -> str:
    """The message of msgspec, in words: `label: expected text, got int`."""
    what = error.partition(" - at `")[0].replace("Object contains unknown field", "there is no setting")
    key = _key_of(error)
    return what if key in what or not key else f"{key}: {what[:1].lower()}{what[1:]}"


def refuse(mistakes: Mapping[tuple[str, str], str], text: str, place: str) -> None:
    """Say what is wrong with the entries of a file, all of it; nothing if nothing is.

    Args:
        mistakes: by entity and key of its entry, what is wrong there.
        text: what stands in the file.
        place: its path, as messages show it.

    Raises:
        UsageError: something is.
    """
    problems = [
        Problem(f"{entity}: {what}", Location(place, line=line_of(text, entity, key)))
        for (entity, key), what in mistakes.items()
    ]
    if len(problems) == 1:
        raise UsageError(problems[0].message, location=problems[0].location, hint=_DOCS)
    if problems:
        raise UsageError(f"{len(problems)} entries do not fit the database", problems=problems, hint=_DOCS)


def line_of(text: str, entity: str, key: str = "") -> int | None:
    """The line of a file in which an entry says something, or else in which it begins."""
    begin: int | None = None
    for number, line, at in _lines(text):
        if at == entity:
            begin = begin or number
            if key and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
    return begin


def _lines(text: str) -> Iterator[tuple[int, str, str | None]]:
    """The lines of a file, each with its number and the entity that it is about."""
    entity: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            entity = section_of(line) or (entity if line.lstrip().startswith(("[[", '["')) else None)
        yield number, line, entity


def section_of(line: str) -> str | None:
    """The entity whose section a line begins."""
    if not line.startswith("[entities."):
        return None
    try:
        return next(iter(tomllib.loads(line)["entities"]), None)
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return None
