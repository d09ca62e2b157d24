"""The function `convert`: writes the records of any source in one of the current formats, without a database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from bake.app.actor import now
from bake.app.columns import match_columns
from bake.app.conversion import Converter, Losses, left_out
from bake.app.export import EXPORTS
from bake.app.project import Project
from bake.app.workers.standalone_compile import CompiledSource, compile_standalone
from bake.app.written_files import Conversion
from bake.catalog.names import slug
from bake.catalog.view import View
from bake.changeset.header import ReadAs
from bake.errors import UsageError
from bake.exporter.atomic_file import atomic_file
from bake.exporter.entity_file import Stamp, Written, write_records
from bake.exporter.heading import Heading
from bake.exporter.sets import SetPlan, check_free, write_files
from bake.exporter.shape import Shape, shape_of
from bake.exporter.view_files import write_json
from bake.sources.normalized.manifest import ExportOptions
from bake.sources.texts.streams import SourceLike, as_file

#: The format to convert to: a normalized set, or a view of each entity that has one.
Target: TypeAlias = Literal["set", "view"]


def convert(
    project: Project,
    source: SourceLike,
    to: Target,
    *,
    view: str | None = None,
    read_as: ReadAs | None = None,
    output: str | os.PathLike[str] | None = None,
) -> Conversion:
    """Convert a source to a normalized set or to views. The same source always gives the same records and uuids.

    References are resolved within the source. A row that the source only names is written as that name. An id that no
    record of the source has is written as it is; since another database may use it for another row, an import of the
    converted file asks about it.

    Args:
        project: the project whose catalog describes the records; its database is not used.
        source: the source, as for `bake.build`.
        to: the format to convert to.
        view: the view by which to read a source that does not name one, such as a CSV file.
        read_as: how to read it, as for `bake.build`.
        output: the folder to write, or, for a single view, the file. By default `docs/exports/converted_<source>` in
            the project.

    Returns:
        The files written, the number of records of each entity, and what could not be converted.

    Raises:
        UsageError: there is no such source, it has no records of any view, or the output exists already.
        InvalidSource: the source cannot be read.
    """
    with as_file(source) as path:
        matched = match_columns(project.catalog, path, view, read_as=read_as)
        if matched.question is not None and not any(column.field for column in matched.question.columns):
            hint = f"Name its columns as {matched.question.entity} has them, or import it, where they are asked for."
            raise UsageError(f"{path.name}: {matched.question.problem}", hint=hint)
        understood = compile_standalone(matched.source, project.catalog)
        losses = Losses()
        left_out(understood, losses)
        folder = project.place(output, f"{EXPORTS}/converted_{slug([path.stem]) or 'source'}")
        stamp = Stamp(str(uuid5(NAMESPACE_URL, f"{understood.source.sha256}/{to}")), now())
        if to == "set":
            written = _set(understood, folder, stamp, losses)
        else:
            written = _views(understood, None if output is None else Path(output), folder, stamp, losses)
        for one in written.paths:
            for file in one.iterdir() if one.is_dir() else (one,):
                project.keep_values(file)
        return written


def _set(understood: CompiledSource, folder: Path, stamp: Stamp, losses: Losses) -> Conversion:
    """Write a compiled source as a set; what cannot be converted is added to `losses`."""
    catalog, chosen = understood.catalog, understood.entities
    planned = SetPlan(tuple(shape_of(catalog, catalog.entities[name], chosen) for name in chosen), ExportOptions())
    counts: dict[str, int] = {}

    def write(path: Path, shape: Shape) -> Written:
        entity = shape.entity.name
        converter = Converter(understood, catalog.plain_view(entity), losses)
        written = write_records(path, shape, stamp, [converter.record(create) for create in understood.of(entity)])
        counts[entity] = written.records
        return written

    check_free(folder)
    write_files(folder, catalog, planned, stamp, write)
    return Conversion((folder,), counts, losses.all())


def _views(understood: CompiledSource, output: Path | None, folder: Path, stamp: Stamp, losses: Losses) -> Conversion:
    """Write a compiled source as one file for each view; what cannot be converted is added to `losses`."""
    views = [view for view in understood.catalog.views if view.kind == "view" and understood.of(view.entity)]
    if not views:
        message = f"{understood.source.name} has no records of which there is a view"
        raise UsageError(message, hint="bake convert FILE --to set")
    for entity in understood.entities:
        if (rows := len(understood.of(entity))) and entity not in {view.entity for view in views}:
            losses.add(f"{entity}: there is no view of them", rows)
    paths = _paths(views, output, folder)
    for view, path in zip(views, paths, strict=True):
        converter = Converter(understood, view, losses)
        records = [converter.record(create) for create in understood.of(view.entity)]
        with atomic_file(path) as stream:
            write_json(stream, view, Heading(None, stamp.exported_at, len(records)), records)
    return Conversion(paths, {view.entity: len(understood.of(view.entity)) for view in views}, losses.all())


def _paths(views: list[View], output: Path | None, folder: Path) -> tuple[Path, ...]:
    """The path of each view's file: `output` itself if that is a JSON file, else one file a view in a folder.

    Raises:
        UsageError: there are several views for one file, or a file exists already.
    """
    single = output is not None and output.suffix == ".json"
    if single and len(views) > 1:
        names = ", ".join(view.name for view in views)
        raise UsageError(f"these are several views ({names})", hint="Give a folder: --output DIR")
    paths = (output,) if output and single else tuple((output or folder) / f"view_{view.name}.json" for view in views)
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} is there already", hint="Give another place: --output DIR")
    return paths
