"""Reads records through their view: parses the values of their columns into canonical values of fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from bake.catalog.base_digest import BASE, BaseFormat, RecordBase, Unusable
from bake.catalog.entity import ID, Entity
from bake.catalog.field import Mangled
from bake.catalog.field_types import Choice, Integer, Reference, ScalarType, Sensitive, Text
from bake.catalog.lookups import complete
from bake.catalog.model import Catalog
from bake.catalog.reader import Reader
from bake.catalog.readings import says_nothing
from bake.catalog.sensitive import known
from bake.catalog.values import Json, Misfit, parse, same, shown
from bake.catalog.view import Column, Role, View
from bake.changeset.model import Key
from bake.compiler.references.lookup_readings import Parser, composite_parts, merge, named_by, nested_in, parser_at

#: How many lookups of one view are remembered.
_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that cannot be parsed: its column, the value itself, and the reason."""

    column: str
    raw: Json
    misfit: Misfit


class Reading(msgspec.Struct):
    """A record parsed through its view into canonical values.

    Attributes:
        number: the record's number in its source.
        value: the record itself.
        id: the surrogate id that it gives.
        fields: the values of its fields that are no references, by name.
        lookups: by reference field, the lookup of the row that it refers to.
        bad: by field, the values that cannot be parsed.
        taken: (field, text, option) for each text read as an option from which it differs in case or blanks.
        base: the digests of the values that it was exported with; None if it has no `_base`.
    """

    number: int
    value: Mapping[str, Json]
    id: int | None = None
    fields: dict[str, Json] = msgspec.field(default_factory=dict)
    lookups: dict[str, Key] = msgspec.field(default_factory=dict)
    bad: dict[str, BadValue] = msgspec.field(default_factory=dict)
    taken: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    base: RecordBase | Unusable | None = None

    @property
    def usable_base(self) -> RecordBase | None:
        """The base, unless it is missing or unusable."""
        return self.base if isinstance(self.base, RecordBase) else None


def _add_to_shape(shape: dict[str, Any], catalog: Catalog, entity: str, path: tuple[str, ...]) -> None:
    for step in path:
        target = catalog.entities[entity].references.get(step)
        if target is None:
            return
        shape, entity = shape.setdefault(step, {}), target


@dataclass(frozen=True, slots=True)
class _ColumnTarget:
    """The field that a column gives a value for, and the other columns of the view that give one for the same field."""

    column: str
    field: str
    rivals: tuple[str, ...]

    def contradict(self, reading: Reading) -> None:
        """Put the different values of the columns into one `BadValue`, about which a question is asked."""
        said = {name: raw for name, raw in reading.value.items() if name in (self.column, *self.rivals)}
        said = {name: raw for name, raw in said.items() if raw is not None}
        reading.fields.pop(self.field, None)
        misfit = Misfit(f"{' and '.join(said)} say different things", "one value")
        reading.bad[self.field] = BadValue(self.column, said, misfit)


#: Parses the raw value of a column, and puts the result into a reading: a value, a lookup or a `BadValue`.
_Setter = Callable[[Reading, Json], None]


class Binding:
    """Reads the records of one view. It is made once for a section, with a parser for each column.

    Attributes:
        view: the view.
        entity: the entity of its records.
        editable: the names of the fields that a record may change on an existing row.
        shape: the references that the paths of its columns go through (`bake.compiler.rows.row_keys.Shape`).
        base: reads the `_base` of records; None if bases are ignored (`two_way`, or records that are no export).
        exported: by path, the names of the columns that an export writes.
        computed: the names of the exported columns that are computed.
    """

    def __init__(self, catalog: Catalog, view: View, *, two_way: bool = False, asks_words: bool = False) -> None:
        self._catalog = catalog
        self.view = view
        self.base = BaseFormat(catalog, view) if not two_way and view.kind == "view" else None
        self.exported = {column.path: column.name for column in view.columns if column.exported and column.path}
        self.entity = catalog.entities[view.entity]
        self.computed = tuple(c.name for c in view.columns if c.exported and c.role is Role.COMPUTED)
        self._setters = {column.name: _setter(catalog, view, column, asks_words) for column in view.columns}
        self._lookup_fields = _lookup_fields(self.entity, view)
        self._lookups: dict[object, Key] = {}
        editable = {c.path[0] for c in view.columns if c.role is Role.EDITABLE and c.path}
        self.editable = frozenset(name for name in editable if name in self.entity.fields)
        self.shape: dict[str, Any] = {}
        for path in (path for column in view.columns for path in _said_paths(catalog, view, column)):
            _add_to_shape(self.shape, catalog, view.entity, path)

    @property
    def can_change_keys(self) -> bool:
        """Whether records may find a row by one field, and change another one that identifies it."""
        keys = {name for key in self.entity.identities for name in key}
        identifying = {column.path[0] for column in self.view.columns if column.path and column.path[0] in {ID, *keys}}
        return any(identifying - {name} for name in keys & self.editable)

    def read(self, number: int, value: Mapping[str, Json], columns: Collection[str] | None = None) -> Reading:
        """Parse a record.

        Args:
            number: its number in the source.
            value: the record, column names to JSON values.
            columns: the names of the columns to read; None for all. The others are known to equal the row.
        """
        reading = Reading(number, value)
        said: defaultdict[str, list[tuple[str, Json]]] = defaultdict(list)
        for name, raw in value.items():
            if columns is not None and name not in columns:
                continue
            if field := self._lookup_fields.get(name):
                said[field].append((name, raw))
            elif set_value := self._setters.get(name):  # `row_matching` has noted columns that the view does not have
                set_value(reading, raw)
        for field, raws in said.items():
            self._read_lookup(reading, field, raws)
        if self.base is not None and value.get(BASE) is not None:
            self._read_base(self.base, reading, value)
        return reading

    def _read_lookup(self, reading: Reading, field: str, raws: list[tuple[str, Json]]) -> None:
        """Read what some columns say of the row that a field refers to. What was said before gives the same lookup."""
        key = tuple([(name, type(raw), raw) for name, raw in raws])
        try:
            known = self._lookups.get(key)
        except TypeError:  # a value that cannot be hashed
            key, known = (), None
        if known is not None:
            reading.lookups[field] = known
            return
        for name, raw in raws:
            self._setters[name](reading, raw)
        bad = reading.bad.get(field)
        if (
            bad is not None
            and isinstance(bad.misfit, Mangled)
            and self._names_row(field, reading.lookups.get(field, {}))
        ):
            del reading.bad[field]
        elif key and bad is None:
            if len(self._lookups) >= _REMEMBERED:
                self._lookups.clear()
            self._lookups[key] = reading.lookups[field]

    def _names_row(self, field: str, lookup: Key) -> bool:
        """Whether a lookup names its row by a whole key."""
        target = self._catalog.entities[self.entity.references[field]]
        return any(complete(target, key, lookup) for key in target.keys)

    def wrote(self, base: RecordBase, column: str, raw: Json) -> bool:
        """Whether the raw value of a column is the one that the export wrote, according to the base."""
        return self.base is not None and base.wrote(column, self.base.canonical(column, raw))

    def _read_base(self, format_: BaseFormat, reading: Reading, value: Mapping[str, Json]) -> None:
        reading.base = format_.read(value[BASE], value)
        if base := reading.usable_base:  # a value that cannot be parsed but was exported like this is no edit
            exported = self.exported.values()
            bad = reading.bad.items()
            untouched = [name for name, one in bad if one.column in exported and base.wrote(one.column, one.raw)]
            for name in untouched:
                del reading.bad[name]


def _lookup_fields(item: Entity, view: View) -> dict[str, str]:
    """By column, the reference field of which it says something."""
    return {
        column.name: column.path[0]
        for column in view.columns
        if column.path and column.role is not Role.COMPUTED
        if column.path[0] in item.references
    }


def _setter(catalog: Catalog, view: View, column: Column, asks_words: bool) -> _Setter:
    if column.role is Role.COMPUTED:
        return _ignore
    if column.path == (ID,):
        return partial(_set_id, column.name)
    entity = catalog.entities[view.entity]
    name, *rest = column.path
    type_ = entity.fields[name].type
    target = _target(catalog, view, column, column.path)
    if isinstance(type_, Reference):
        plain = partial(_set_lookup, target, tuple(rest), parser_at(catalog, type_.entity, tuple(rest)))
        return _with_composite(catalog, view, column, plain)
    parser = partial(_known_token, type_) if isinstance(type_, Sensitive) else Reader(type_).repeated
    if asks_words and isinstance(type_, Text) and not entity.fields[name].required:
        parser = partial(_no_word_for_nothing, parser)
    return partial(_set_scalar, target, type_, parser)


def _known_token(type_: Sensitive, raw: Json) -> Json:
    """A token whose value can be written.

    Raises:
        Misfit: it is none; nothing is said of what stands there.
    """
    return known(type_, parse(type_, raw))


def _no_word_for_nothing(parser: Callable[[Json], Json], raw: Json) -> Json:
    """What a parser gives.

    Raises:
        Misfit: the value does not fit, or is a text that may say nothing.
    """
    if says_nothing(raw):
        raise Misfit(f"{shown(raw)} may be a word for nothing", "a text, or an empty cell")
    return parser(raw)


def _target(catalog: Catalog, view: View, column: Column, path: tuple[str, ...]) -> _ColumnTarget:
    others = (other for other in view.columns if other is not column)
    rivals = tuple(o.name for o in others if any(_overlap(path, theirs) for theirs in _said_paths(catalog, view, o)))
    return _ColumnTarget(column.name, path[0], rivals)


def _overlap(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two columns may say different things of one place: their paths are the same, or one begins the other."""
    shared = min(len(path), len(other))
    return shared > 0 and path[:shared] == other[:shared]


def _ignore(_reading: Reading, _raw: Json) -> None:
    """Computed columns are for people to look at."""


def _said_paths(catalog: Catalog, view: View, column: Column) -> tuple[tuple[str, ...], ...]:
    """The paths that a column may say something of: its own, and those of the composite text that may stand there."""
    if column.role is Role.COMPUTED or not column.path:
        return ()
    named = named_by(catalog, view.entity, column.path)
    return (column.path, *(column.path[:-1] + path for path in named[1].paths)) if named else (column.path,)


def _with_composite(catalog: Catalog, view: View, column: Column, plain: _Setter) -> _Setter:
    """The setter of a column of a reference, in which a composite text may stand."""
    named = named_by(catalog, view.entity, column.path)
    if named is None:
        return plain
    item, composite = named
    paths = [column.path[:-1] + path for path in composite.paths]
    targets = [_target(catalog, view, column, path) for path in paths]
    return partial(
        _set_composite, partial(composite_parts, catalog, item, composite), targets, [p[1:] for p in paths], plain
    )


def _set_composite(
    parts_of: Callable[[Json], list[Json] | None],
    targets: Sequence[_ColumnTarget],
    paths: Sequence[tuple[str, ...]],
    plain: _Setter,
    reading: Reading,
    raw: Json,
) -> None:
    parts = parts_of(raw)
    if parts is None:
        plain(reading, raw)
        return
    for target, path, part in zip(targets, paths, parts, strict=True):
        _add_to_lookup(target, path, part, reading)


def _set_id(column: str, reading: Reading, raw: Json) -> None:
    try:
        reading.id = parse(Integer(), raw)
    except Misfit as misfit:
        reading.bad[ID] = BadValue(column, raw, misfit)


def _set_scalar(
    target: _ColumnTarget, type_: ScalarType, parser: Callable[[Json], Json], reading: Reading, raw: Json
) -> None:
    try:
        value = parser(raw)
    except Misfit as misfit:
        value = type_.named(raw) if isinstance(type_, Choice) and isinstance(raw, str) else None
        if value is None:
            reading.bad[target.field] = BadValue(target.column, raw, misfit)
            return
        reading.taken.append((target.field, raw, value))
    if not target.rivals or (there := reading.fields.get(target.field)) is None:
        reading.fields[target.field] = value
    elif value is not None and not same(there, value):
        target.contradict(reading)


def _set_lookup(target: _ColumnTarget, path: tuple[str, ...], parser: Parser, reading: Reading, raw: Json) -> None:
    try:
        said = parser(raw)
    except Misfit as misfit:
        reading.bad[target.field] = BadValue(target.column, raw, misfit)
        return
    _add_to_lookup(target, path, said, reading)


def _add_to_lookup(target: _ColumnTarget, path: tuple[str, ...], said: Json, reading: Reading) -> None:
    if not merge(reading.lookups.setdefault(target.field, {}), nested_in(path, said) or {}):
        target.contradict(reading)
