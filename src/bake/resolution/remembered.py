"""Answers that are used again: a file that people read, edit and review, and that Bake writes the same each time.

    [[answer]]
    entity = "suppliers"                          a row that is written so …
    written = { name = "Costco Waltham" }
    means = { slug = "costco_waltham_ma" }        … is this one
    uuid = "…"                                    (which had this uuid, if rows have one)
    never = [{ slug = "costco_woburn_ma" }]       … and certainly is none of these

    [[answer]]
    entity = "products"
    field = "package_unit"                        a value of this field that is written so …
    written = "lbs"
    value = "lb"                                  … is this one

    [[answer]]
    entity = "products"
    field = "notes"                               words for nothing in this field, such as N/A, …
    written = "words for nothing"
    option = "nothing"                            … are read so (`nothing`, or `text`)

    [[answer]]
    entity = "purchases"
    view = "purchases"                            a sheet of this view whose header has exactly these columns …
    written = ["Date", "Notes", "Price", "Shop"]
    columns = { Shop = "supplier_name", Notes = "" }   … has them for these columns of the view, or leaves them out …
    values = { product = "butter" }                    … and says this of all its records

What is written is matched as a whole, so that `{ name = "Costco", city = "Waltham" }` says nothing of Costco elsewhere.
Names are compared in their normal form (`bake.catalog.names`), values as they stand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from bake.catalog.entity import ID
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.names import letters, normal_form
from bake.catalog.readings import NOTHING
from bake.catalog.toml_text import toml_tables
from bake.catalog.values import shown
from bake.catalog.view import View
from bake.changeset.events import Answered
from bake.changeset.model import Json, Key, Question
from bake.errors import Location, UsageError
from bake.resolution.answers import Answer

_HEAD = "# Answers that are used again; `bake answers list` shows them. Edit this file as you like.\n"

#: What is written where a question is about the words for nothing of a field, whichever they are.
_NOTHINGS = "words for nothing"

#: What tells in a `LookupKey` that it is of the columns of a view, and not of a field.
_VIEW = "columns of "

#: Entity, field, and what is written, in a form in which equal things are equal.
LookupKey: TypeAlias = tuple[str, str | None, Frozen]


class Remembered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What something that is written in sources means.

    Attributes:
        entity: what it is about: for a reference, the entity referred to.
        field: for a value, its field.
        written: what stands in the source: what it says of a row, or the value.
        means: the key of the row that is meant.
        uuid: its uuid, by which it is told from a row that has its key later.
        value: the value that is meant.
        option: of a decision how to read a field's words for nothing, the option that is meant.
        never: keys of rows that are not meant, although they look like it.
        view: of the columns of a source: as which its records are read; `written` are then the names of all of them.
        columns: by the source's name of a column, that of the view; "" if it is left out.
        values: by the view's column, the value of all records.
        by: who said so.
        at: when.
    """

    entity: str
    field: str | None = None
    written: Json
    means: Key | None = None
    uuid: str | None = None
    value: Json | UnsetType = UNSET
    option: str | None = None
    never: tuple[Key, ...] = ()
    view: str | None = None
    columns: dict[str, str] = {}
    values: dict[str, Json] = {}
    by: str | None = None
    at: str | None = None

    @property
    def lookup_key(self) -> LookupKey:
        """What it is found by."""
        if self.view is not None:
            return (self.entity, f"{_VIEW}{self.view}", frozen({"": sorted(map(letters, self.written))}))
        written = self.written if isinstance(self.written, dict) else {"": self.written}
        return (self.entity, self.field, frozen(written if self.field else _plain(written)))

    @property
    def says(self) -> bool:
        """Whether it says what is meant, and not only what is not."""
        return self.says_meant or self.view is not None

    @property
    def says_meant(self) -> bool:
        """Whether it answers questions of the records of a source."""
        return self.means is not None or self.value is not UNSET or self.option is not None

    @property
    def written_text(self) -> str:
        """What is written, as a person names it: the texts in it, or the value."""
        if isinstance(self.written, dict):
            return ", ".join(_texts(self.written))
        if isinstance(self.written, list):
            return ", ".join(map(str, self.written))
        return str(self.written)


@dataclass(frozen=True)
class Memory:
    """Everything that is remembered, by what it is found by.

    Attributes:
        entries: what is remembered.
        unread: why nothing of it is here, if there is something and it cannot be read.
    """

    entries: Mapping[LookupKey, Remembered] = field(default_factory=dict)
    unread: str = ""

    def meant(self, question: Question) -> Remembered | None:
        """What answers a question, if anything that is remembered does."""
        asked = asked_by(question)
        entry = self.entries.get(asked.lookup_key) if asked else None
        return entry if entry and entry.says_meant else None

    def columns(self, view: View, names: Iterable[str]) -> Remembered | None:
        """What is remembered of a source whose records are read by a view, and that has exactly these columns."""
        return self.entries.get(columns_entry(view, names).lookup_key)

    def distinct(self, entity: str, lookup: Key) -> frozenset[str]:
        """The keys, in their `repr`, of the rows that a lookup does not mean."""
        entry = self.entries.get(Remembered(entity=entity, written=_said(lookup)).lookup_key)
        return frozenset(map(repr, entry.never)) if entry else frozenset()

    def with_entries(self, entries: Iterable[Remembered]) -> Memory:
        """With these entries too; the last word on one thing counts, and what it is not is gathered."""
        merged = dict(self.entries)
        for entry in entries:
            earlier = merged.get(entry.lookup_key)
            never = {
                repr(key): key for key in (*(earlier.never if earlier else ()), *entry.never) if key != entry.means
            }
            kept = earlier if earlier and not entry.says else entry
            means, uuid = (None, None) if kept.means in entry.never else (kept.means, kept.uuid)
            changed = msgspec.structs.replace(kept, never=tuple(never.values()), means=means, uuid=uuid)
            merged[entry.lookup_key] = changed
        return Memory(merged)

    def without(self, entries: Iterable[Remembered]) -> Memory:
        """Without these entries."""
        gone = {entry.lookup_key for entry in entries}
        return replace(
            self, entries={lookup_key: entry for lookup_key, entry in self.entries.items() if lookup_key not in gone}
        )

    def ordered(self) -> list[Remembered]:
        """The entries by entity, field and what is written."""
        return sorted(
            self.entries.values(), key=lambda entry: (entry.entity, entry.field or "", repr(entry.lookup_key))
        )


def columns_entry(view: View, names: Iterable[str]) -> Remembered:
    """A source's columns as an entry that does not say yet what they are."""
    return Remembered(entity=view.entity, view=view.name, written=sorted(names))


def asked_by(question: Question) -> Remembered | None:
    """What a question asks, as an entry that does not say yet what it means; None if it cannot come up again.

    None, too, if it asks for a row that has not something: an entry could not say that, and would mean another row.
    """
    match question.kind:
        case "missing" | "ambiguous" if (said := _said(question.lookup or {})) and not _lacks(question.lookup or {}):
            return Remembered(entity=question.entity, written=said)
        case "invalid" if isinstance(question.value, str | int | Decimal) and not str(question.value).endswith("…"):
            return Remembered(entity=question.entity, field=question.field, written=question.value)
        case "decision" if question.field and any(option.name == NOTHING.name for option in question.options):
            return Remembered(entity=question.entity, field=question.field, written=_NOTHINGS)
        case _:
            return None


def worth_remembering(question: Question, answered: Answered) -> Remembered | None:
    """What an answer says for the next time; None if it says nothing then.

    A new row is found by its names, unless it was given others than those that the source has.
    """
    asked = asked_by(question)
    if asked is None:
        return None
    stamped = msgspec.structs.replace(asked, by=answered.by or None, at=answered.at or None)
    match answered.choice:
        case "map":
            return msgspec.structs.replace(stamped, means=answered.key, uuid=answered.uuids.get(""))
        case "create" if any((answered.values or {}).get(name) != part for name, part in asked.written.items()):
            return msgspec.structs.replace(stamped, means=answered.key)
        case "value" if answered.value is not None and answered.value is not UNSET and question.kind == "invalid":
            return msgspec.structs.replace(stamped, value=answered.value)
        case "choose" if question.kind == "decision" and answered.operation is None:
            return msgspec.structs.replace(stamped, option=answered.option)
        case _:
            return None


def answer_of(question: Question, entry: Remembered, origin: str) -> Answer:
    """The answer to a question that a remembered one gives."""
    if entry.means is not None:
        return Answer(question.id, "map", key=entry.means, origin=origin)
    if entry.option is not None:
        return Answer(question.id, "choose", option=entry.option, origin=origin)
    return Answer(question.id, "value", value=entry.value, origin=origin)


def entry_text(entry: Remembered) -> str:
    """An entry in one line: what is written, and what it means."""
    about = f"{entry.entity}, {entry.field}" if entry.field else entry.entity
    means = [f"means {', '.join(_texts(entry.means))}"] if entry.means is not None else []
    value = [f"means {shown(entry.value)}"] if entry.value is not UNSET else []
    value += [f"are {entry.option}"] if entry.option is not None else []
    never = [f"never {', '.join(_texts(key))}" for key in entry.never]
    if entry.view is not None:
        names = [f"{shown(name)} {f'is {field}' if field else 'is left out'}" for name, field in entry.columns.items()]
        values = [f"{field} is {shown(given)} for all" for field, given in entry.values.items()]
        return f"{about}: the columns {entry.written_text}: {', '.join([*names, *values]) or 'as they are named'}"
    return f"{about}: {shown(entry.written_text)} {'; '.join([*means, *value, *never])}"


def parse_memory(raw: bytes, name: str) -> Memory:
    """The memory that a file holds.

    Raises:
        UsageError: it cannot be read; the location says where, as far as that is known.
    """
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"), parse_float=Decimal)
        entries = msgspec.convert(document, _File).answer
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        hint = "correct it, or take it from git"
        raise UsageError(
            f"the remembered answers cannot be read: {error}",
            location=Location(name, line=_line(raw, error)),
            hint=hint,
        ) from None
    return Memory().with_entries(entries)


def _line(raw: bytes, error: Exception) -> int | None:
    """The line in which an error is, as far as that is known: of an entry, the one that it begins with."""
    if isinstance(error, UnicodeDecodeError):
        return raw[: error.start].count(b"\n") + 1
    if "(at end of document)" in str(error):
        return len(raw.splitlines())
    if found := re.search(r"\(at line (\d+),", str(error)):
        return int(found[1])
    if found := re.search(r"\$\.answer\[(\d+)\]", str(error)):
        heads = [n for n, line in enumerate(raw.splitlines(), 1) if line.strip() == b"[[answer]]"]
        return heads[int(found[1])] if int(found[1]) < len(heads) else None
    return None


def encode_memory(memory: Memory) -> bytes:
    """The file that holds a memory: the same for the same memory."""
    entries = [msgspec.to_builtins(entry, builtin_types=(Decimal,)) for entry in memory.ordered()]
    return (_HEAD + toml_tables("answer", entries)).encode()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    answer: list[Remembered] = []


def _said(lookup: Key) -> Key:
    """What a lookup says that another source could say too: an id is of one database."""
    return {name: part for name, part in lookup.items() if name != ID and part is not None}


def _lacks(lookup: Key) -> bool:
    return any(_lacks(part) if isinstance(part, dict) else part is None for part in lookup.values())


def _plain(written: Json) -> Key:
    return {name: _plain_part(part) for name, part in written.items()}


def _plain_part(part: Json) -> Json:
    match part:
        case dict():
            return _plain(part)
        case str():
            return normal_form(part) or part
        case _:
            return part


def _texts(written: Key) -> Iterator[str]:
    for part in written.values():
        if isinstance(part, dict):
            yield from _texts(part)
        else:
            yield str(part)
