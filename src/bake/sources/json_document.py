"""A JSON object as a source: its members by name, with what every form of source needs from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bake.catalog.values import Json
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json_faults import Fault, described
from bake.sources.json_reader import Cursor, Member
from bake.sources.model import Ignored, Section, SourceFile
from bake.sources.text import SourceText, pointer

EXPORT_ID = "export_id"


@dataclass(frozen=True)
class JsonDocument:
    """A decoded source. It is the `Content` of a `SourceFile`, whose sections are its top-level arrays."""

    source: SourceText
    members: Mapping[str, Member]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The items of a top-level array."""
        return iter(self.members[section.name].value)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where an item of a top-level array stands, or the part of it to which the steps lead."""
        return self.item(section.name, index, *steps)

    def value(self, name: str) -> Json:
        """A top-level member; None if there is no such."""
        member = self.members.get(name)
        return member.value if member else None

    def member(self, name: str) -> Location:
        """Where a top-level member stands; the whole document if there is no such."""
        member = self.members.get(name)
        return self.source.location(member.start, pointer(name)) if member else self.source.location(0)

    def item(self, name: str, index: int, *steps: str | int) -> Location:
        """Where item `index` of the array `name` stands, or the part of it to which the steps lead."""
        cursor = Cursor(self.source.text, self.members[name].items[index])
        return self.source.location(cursor.find(steps), pointer(name, index, *steps))

    def invalid(self, name: str, message: str, hint: str) -> InvalidSource:
        """The error that something is wrong with a top-level member."""
        return InvalidSource(message, location=self.member(name), hint=hint)

    def check_objects(self, *names: str) -> None:
        """Check that these arrays hold nothing but objects.

        Raises:
            InvalidSource: they do not; its `problems` are all the items that are none.
        """
        problems = [problem for name in names for problem in self._not_objects(name)]
        if problems:
            what = "a record is not an object" if len(problems) == 1 else f"{len(problems)} records are not objects"
            hint = 'Write each record as an object: {"<field>": <value>, …}.'
            raise InvalidSource(what, location=problems[0].location, hint=hint, problems=problems)

    def _not_objects(self, name: str) -> Iterator[Problem]:
        for index, item in enumerate(self.members[name].value):
            if not isinstance(item, dict):
                yield Problem(f"{described(item)}; expected an object", self.item(name, index))

    def source_file(
        self, kind: str, sections: tuple[Section, ...], known: frozenset[str] = frozenset(), view: str | None = None
    ) -> SourceFile:
        """This document, recognised. What is neither a section nor known by name is reported as ignored."""
        read = {EXPORT_ID, *known, *(section.name for section in sections)}
        others = [name for name in self.members if name not in read]
        export_id = self.value(EXPORT_ID)
        return SourceFile(
            name=self.source.name,
            path=self.source.path,
            sha256=self.source.sha256,
            kind=kind,
            view=view,
            export_id=export_id if isinstance(export_id, str) else None,
            sections=sections,
            ignored=tuple(Ignored(name, described(self.value(name)), self.member(name)) for name in others),
            content=self,
        )


def read_json(source: SourceText) -> JsonDocument:
    """Decode a source; integers become `int`, all other numbers `Decimal`.

    Raises:
        InvalidSource: it is not one JSON object (RFC 8259), repeats a name within an object, holds a number that is
            none, or nests deeper than anything that Bake keeps.
    """
    cursor = Cursor(source.text)
    try:
        return JsonDocument(source, cursor.document())
    except Fault as fault:
        where = source.location(fault.offset, pointer(*cursor.path) or None)
        raise InvalidSource(fault.message, location=where, hint=fault.hint) from None
