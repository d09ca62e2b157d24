"""Writing `catalog.toml`, and writing it again after the schema has changed, so that what people wrote in it stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog.catalog_file import CatalogFile, section_of
from bake.catalog.entity import Entity
from bake.catalog.reflect import Reflection
from bake.catalog.toml_text import toml_key, toml_value

_HEAD = """\
# What of the database is a catalog: which tables are entities, and how their rows are named.
# The tables are read from the database; `columns` only says what they were when this was written.
# `bake catalog check` says what has changed, and what is doubtful; `bake catalog reflect` adds new tables, and keeps
# what you write. In a section may stand:
#   keys = [["code"], ["maker", "number"]]   what names a row, best first, each a list of fields
#   label = "{name} ({city})"                how people see a row
#   names = ["name"]                         fields by which people call rows, although they need not be unique
#   likeness = ["name", "city"]              equal in two rows that may be the same although no key says so: asked about
#   read_only = ["created_at"]               given to new rows, and never changed
#   kept = ["changed_at"]                    columns that the database sets by itself: shown, and not compared
#   sensitive = ["phone"]                    never shown: a token stands for each value (docs/howto/sensitive.md)
#   ignore = ["search"]                      columns that are no fields
#   types = { token = "uuid", state = ["new", "done"] }
#   group = "transactional"                  what an export can leave out: "transactional" or "events"
# A section that is deleted leaves the table out, once it is named in [left_out].
# A view beside those of the tables has a section of its own, as
#   [views.offers]
#   entity = "products"
#   columns = ["code", "price", "maker.name", "maker.city"]   fields, and those of what they refer to
"""
_COLUMNS = re.compile(r"^columns = \[\n(?:  .*\n)*\]\n", re.MULTILINE)


def catalog_text(found: Reflection, remarks: Mapping[str, Sequence[str]], schema: str | None = None) -> str:
    """The file for what was reflected.

    Args:
        found: the entities, and what is left out.
        remarks: by entity, what else is worth knowing of it.
        schema: the schema of the tables, where that has to be named.
    """
    name = f"\nname = {toml_value(found.catalog.name)}\n"
    name += "" if schema is None else f"schema = {toml_value(schema)}\n"
    sections = (_section(item, _remarks(found, item, remarks)) for item in found.catalog.entities.values())
    return "\n".join([_HEAD + name, *sections, *_left_out(found.left_out)])


def merged_text(text: str, said: CatalogFile, found: Reflection, remarks: Mapping[str, Sequence[str]]) -> str:
    """A file with the columns and tables that there are now; all else in it stays as it was written.

    Args:
        text: what stands in the file.
        said: the same, read.
        found: what was reflected now, with the entries of the file.
        remarks: as of `catalog_text`.
    """
    kept = "".join(_with_columns(part, found) for part in _parts(text))
    new = [item for name, item in found.catalog.entities.items() if name not in said.entities]
    sections = [_section(item, _remarks(found, item, remarks)) for item in new]
    left_out = {name: why for name, why in {**found.left_out, **said.left_out}.items() if name not in said.entities}
    return "\n".join([kept.rstrip("\n") + "\n", *sections, *_left_out(left_out)])


def _parts(text: str) -> Iterator[str]:
    """What stands before the first section, and each section; the tables that are left out are not among them."""
    part = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            yield "" if part.startswith("[left_out]") else part
            part = ""
        part += line
    yield "" if part.startswith("[left_out]") else part


def _with_columns(part: str, found: Reflection) -> str:
    table, name = section_of(part.partition("\n")[0]) or ("", "")
    item = found.catalog.entities.get(name) if table == "entities" else None
    return part if item is None else _COLUMNS.sub(lambda _: _columns(item), part)


def column_lines(table: sa.Table) -> list[str]:
    """The columns of a table as the file has them."""
    return [_column(column) for column in table.columns]


def _column(column: sa.Column[Any]) -> str:
    said = [f"{column.name} {_type(column)}"]
    said += ["primary key"] if column.primary_key else ["required"] if not column.nullable else []
    said += [f"refers to {key.target_fullname}" for key in column.foreign_keys]
    return ", ".join(said)


def _type(column: sa.Column[Any]) -> str:
    """The type as SQLAlchemy writes it, without what says how texts are sorted."""
    plain = re.sub(r"(?:, )?(?:collation|charset)='[^']*'", "", repr(column.type))
    return plain.replace("(, ", "(").removesuffix("()")


def _section(item: Entity, remarks: Iterable[str]) -> str:
    lines = [f"[entities.{toml_key(item.name)}]", *(f"# {' '.join(line.split())}" for line in remarks)]
    lines.append(f"keys = {toml_value(list(map(list, item.portable_keys)))}")
    lines += [f"label = {toml_value(item.label)}"] if item.label else []
    lines += [f"names = {toml_value(list(item.alternates))}"] if item.alternates else []
    kept = [item.fields[name].column for name in item.fields if name in item.kept]
    lines += [f"kept = {toml_value(kept)}"] if kept else []
    return "\n".join(lines) + "\n" + _columns(item)


def _columns(item: Entity) -> str:
    return "columns = [\n" + "".join(f"  {toml_value(line)},\n" for line in column_lines(item.table)) + "]\n"


def _remarks(found: Reflection, item: Entity, more: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield why_named(item)
    if item.references:
        named = (f"{name} ({', '.join(item.fields[name].columns)} → {to})" for name, to in item.references.items())
        yield f"refers by {', '.join(named)}"
    yield from more.get(item.name, ())
    yield from found.notes.get(item.name, ())


def why_named(item: Entity) -> str:
    """In words what names a row of an entity, and why."""
    first = item.portable_keys[0]
    called = ", ".join(first)
    if first == (item.counted,):
        return f"named by {called}, the number that is the primary key: nothing else is unique and takes no null"
    if first == ("uuid",):
        return f"named by the uuid in {item.fields['uuid'].column}"
    primary = {str(column.name) for column in item.table.primary_key}
    columns = {column for name in first for column in item.fields[name].columns}
    return f"named by {called}, {'the primary key' if columns == primary else 'unique and never null'}"


def _left_out(tables: Mapping[str, str]) -> list[str]:
    if not tables:
        return []
    lines = (f"{toml_key(name)} = {toml_value(why)}\n" for name, why in tables.items())
    return ["[left_out]\n# tables that are no entities\n" + "".join(lines)]
