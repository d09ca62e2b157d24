"""The first line of a changeset: what it was compiled from, with which catalog, and how."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bake.changeset.model import LinePart, Mode, Row

FORMAT = "bake.changeset/1"


class Section(LinePart, frozen=True, kw_only=True):
    """One array of records in a source of several: where its records begin in the numbering, and what they are."""

    name: str
    records: int
    entity: str | None = None


class ReadAs(LinePart, frozen=True, kw_only=True):
    """How a source is to be read, where the file does not say it.

    Attributes:
        encoding: the encoding of a text, as Python calls it: `utf-8`, `windows-1252`.
        sheet: the sheet of a workbook.
        header: the line, or the row of a workbook, on which the header of a sheet stands, from 1.
        as_is: whether texts are kept as they are, with their blanks and in their Unicode form.
        fill_down: the columns of a sheet whose blank cells say what stands above them.
    """

    encoding: str | None = None
    sheet: str | None = None
    header: int | None = None
    as_is: bool = False
    fill_down: tuple[str, ...] = ()


class Source(LinePart, frozen=True, kw_only=True):
    """What the changeset was compiled from.

    `columns` and `values` say how it was read, where its columns have other names than those of the view: by its own
    name of a column, the view's (null: it is left out); by the view's column, the value of all records.
    """

    name: str
    path: str | None = None
    sha256: str
    kind: str
    view: str | None = None
    records: int
    sections: tuple[Section, ...] = ()
    export_id: str | None = None
    read_as: ReadAs | None = None
    columns: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    values: Row = msgspec.field(default_factory=dict)


class CatalogStamp(LinePart, frozen=True, kw_only=True):
    """Which catalog compiled the changeset; the fingerprint changes with everything that changes a compilation."""

    name: str
    fingerprint: str


#: The kind of the source of a changeset that undoes another one; that one's digest stands for the source's.
REVERT = "revert"

#: The `base` of a header where no export id is known, and each record says what it was exported with.
BY_RECORDS = "_base"


class Header(LinePart, frozen=True, kw_only=True, tag_field="type", tag="header"):
    """The first line."""

    format: str
    source: Source
    catalog: CatalogStamp
    mode: Mode
    strict: bool = False
    base: str | None = None
    built_at: str
    built_by: str

    @property
    def reverts(self) -> str | None:
        """The digest of the changeset that this one undoes, if that is what it was made for."""
        return f"sha256:{self.source.sha256}" if self.source.kind == REVERT else None
