"""Sources that say in an envelope what their `records` are: views, and an entity's own records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bake.catalog.model import Catalog
from bake.catalog.names import near
from bake.catalog.values import Json, shown
from bake.catalog.view import View
from bake.sources.json.json_document import RECORDS, JsonDocument
from bake.sources.json.json_faults import described
from bake.sources.json.nested import unnested
from bake.sources.model import Remark, Section, SourceFile
from bake.sources.texts.text import pointer

COUNT = "record_count"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One form of envelope, and the reader of it.

    Attributes:
        kind: what a `SourceFile` of this form is called; also the `kind` of its views in the catalog.
        names: the member that says which view or entity the records are: one of the catalog's views of this kind, or,
            unless the kind is "view", an entity whose plain records they are.
        version: the member with the version of the form; known are versions 1 and 1.x.
        fixed: members whose value is always the same; they tell the form where `names` is missing.
        furniture: members for people and programs, of no use here.
    """

    kind: str
    names: str
    version: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    furniture: frozenset[str] = frozenset()

    @property
    def example(self) -> str:
        """How such a source begins, for people."""
        members = [*(f'"{name}": "{value}"' for name, value in self.fixed.items()), f'"{self.names}": "…"']
        return f'{{{", ".join(members)}, "{RECORDS}": [ … ]}}'

    def read(self, document: JsonDocument, catalog: Catalog) -> SourceFile | None:
        """The source in the document, or None if it has another form.

        Raises:
            InvalidSource: it has this form but another version, names a view or entity that the catalog does not know,
                lacks its list of records, or has one that is not an object.
        """
        says = bool(self.fixed) and all(document.value(name) == value for name, value in self.fixed.items())
        if self.names not in document.members and not says:
            return None
        self._check_fixed(document)
        self._check_version(document)
        view = self._view(document, catalog)
        section = Section(RECORDS, _count(document), 0, view, pointer(RECORDS))
        document.check_objects(RECORDS)
        known = self.furniture | {self.names, self.version, COUNT, *self.fixed}
        source = document.source_file(self.kind, (section,), known, view.name)
        notices, declared = tuple(miscounted(document, section.records)), declared_count(document)
        return replace(unnested(source, document, catalog), notices=notices, declared=declared)

    def _check_fixed(self, document: JsonDocument) -> None:
        for name, expected in self.fixed.items():
            found = document.value(name)
            if found not in (None, expected):
                message = f'{name} is {_quoted(found)}; expected "{expected}"'
                raise document.invalid(name, message, f"Bake reads {self.example}")

    def _check_version(self, document: JsonDocument) -> None:
        found = document.value(self.version)
        if found is not None and str(found).partition(".")[0] != "1":
            message = f"{self.version} is {_quoted(found)}; expected 1.0"
            raise document.invalid(self.version, message, "Export it again in version 1.0, or use a newer Bake.")

    def _view(self, document: JsonDocument, catalog: Catalog) -> View:
        name = document.value(self.names)
        if not isinstance(name, str):
            problem = "is missing" if name is None else f"is {document.described(self.names)}"
            raise document.invalid(self.names, f"{self.names} {problem}; expected text", self._known(catalog))
        view = catalog.view(self.kind, name) or next(
            (one for one in catalog.views if one.kind == self.kind == "view" and one.name == name), None
        )
        if view is None and self.kind != "view" and name in catalog.entities:
            view = catalog.plain_view(name)
        if view is None:
            message = f"{self.names} {shown(name)} is not known"
            raise document.invalid(self.names, message, nearest(name, self._names(catalog)) + self._known(catalog))
        return view

    def _names(self, catalog: Catalog) -> list[str]:
        views = [view.envelope for view in catalog.views if view.kind == self.kind]
        return views if self.kind == "view" else list(dict.fromkeys([*views, *catalog.entities]))

    def _known(self, catalog: Catalog) -> str:
        return f"Known are: {', '.join(self._names(catalog)) or 'none'}."


def nearest(name: str, known: Iterable[str]) -> str:
    """The beginning of a hint: which known name was probably meant; empty if none is near."""
    meant = near(name, known)
    return f"Did you mean {meant}? " if meant else ""


def _count(document: JsonDocument) -> int:
    records = document.count(RECORDS)
    if records is None:
        problem = f"is {document.described(RECORDS)}" if RECORDS in document.members else "is missing"
        raise document.invalid(
            RECORDS, f"{RECORDS} {problem}; expected a list", f'Put the rows into "{RECORDS}": [ … ].'
        )
    return records


def declared_count(document: JsonDocument) -> int | None:
    """How many records a document says that it has, if it says so."""
    declared = document.value(COUNT)
    return declared if type(declared) is int else None


def miscounted(document: JsonDocument, records: int) -> Iterator[Remark]:
    """What there is to say of a count that does not fit: records may be added and removed by hand."""
    declared = document.value(COUNT)
    if declared is not None and (type(declared) is not int or declared != records):
        there = "there is 1 record" if records == 1 else f"there are {records} records"
        yield Remark("record_count", f"{COUNT} is {_quoted(declared)}, but {there}; all of them were read")


def _quoted(value: Json) -> str:
    return described(value) if isinstance(value, dict | list | bool) else shown(value)
