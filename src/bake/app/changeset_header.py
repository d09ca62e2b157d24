"""The header of a changeset: what it is compiled from, with which catalog, how, by whom and when."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from bake.app.actor import now
from bake.app.columns import MatchedSource
from bake.app.project import Project
from bake.catalog.base_digest import BASE
from bake.changeset.header import BY_RECORDS, FORMAT, CatalogStamp, Header, Section, Source
from bake.compiler.context import Options
from bake.sources.model import SourceFile
from bake.sources.sheets.column_mapping import ColumnMapping

#: How many records are searched for a base, to find out whether the source was exported with bases.
_SEARCHED = 1000


def header_of(project: Project, matched: MatchedSource, options: Options) -> Header:
    """The header of a changeset that is built from a source whose columns are matched.

    Args:
        project: whose catalog and actor it names.
        matched: the source.
        options: how it is compiled.
    """
    source, mapping = matched.source, matched.mapping or ColumnMapping()
    several = len(source.sections) > 1
    sections = [
        Section(name=s.name, records=s.records, entity=s.view.entity if s.view else None) for s in source.sections
    ]
    return Header(
        format=FORMAT,
        source=Source(
            name=source.name,
            path=_relative(project, source.path),
            sha256=source.sha256,
            kind=source.kind,
            view=source.view,
            records=source.size,
            sections=tuple(sections) if several else (),
            export_id=source.export_id,
            read_as=source.read_as,
            columns=mapping.names,
            values=dict(mapping.values),
        ),
        catalog=CatalogStamp(name=project.catalog.name, fingerprint=project.catalog.fingerprint),
        mode=options.mode,
        strict=options.strict,
        base=None if options.two_way else _base(source),
        built_at=now(),
        built_by=project.actor,
    )


def _base(source: SourceFile) -> str | None:
    """Identify the export whose bases the records carry.

    Returns:
        The export's id, or `BY_RECORDS` if the source has lost it; None if none of the first records carries a base.
        Several are searched, since the first ones may be new records, which have none.
    """
    views = [section for section in source.sections if section.view and section.view.kind == "view"]
    records = islice(source.records(views[0]), _SEARCHED) if views else ()
    if any(record.value.get(BASE) is not None for record in records):
        return source.export_id or BY_RECORDS
    return None


def _relative(project: Project, path: Path) -> str | None:
    """The source's path relative to the project's folder.

    Returns:
        The path; None if it is no valid text, or outside the folder, since changesets are shared and it is private.
    """
    if not project.has_folder:
        return None
    try:
        return path.resolve().relative_to(project.folder.resolve()).as_posix().encode().decode()
    except ValueError:
        return None
