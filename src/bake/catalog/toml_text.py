"""TOML as far as lists of flat entries need it (https://toml.io/en/v1.0.0); Python reads it, and does not write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from bake.catalog.values import Json

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def toml_tables(name: str, tables: Iterable[Mapping[str, Json]]) -> str:
    """An array of tables, a blank line before each; objects within are written in one line.

    Args:
        name: the array's name.
        tables: values are texts, integers, decimals, truth values, lists and objects; there is no null.
    """
    return "".join(f"\n[[{toml_key(name)}]]\n" + "".join(_lines(table)) for table in tables)


def _lines(table: Mapping[str, Json]) -> Iterable[str]:
    return (f"{toml_key(name)} = {toml_value(value)}\n" for name, value in table.items())


def toml_key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else _text(name)


def toml_value(value: Json) -> str:
    """A value in one line.

    Raises:
        TypeError: TOML has no such value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return str(value)
        case str():
            return _text(value)
        case dict():
            return "{ " + ", ".join(f"{toml_key(name)} = {toml_value(part)}" for name, part in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(toml_value, value)) + "]"
        case _:
            raise TypeError(f"TOML has no {value!r}")


def _text(text: str) -> str:
    """A text in one line; what would steer a terminal or hide is written by its number."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08X}"
