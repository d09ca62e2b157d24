"""`bake import`: build, resolve and apply in one go."""

from __future__ import annotations

import bake
from bake.cli.options import (
    AsIs,
    AutoCreate,
    CatalogName,
    Columns,
    DatabaseUrl,
    DryRun,
    Encoding,
    FillDown,
    Format,
    HeaderLine,
    ImportMode,
    Interactive,
    KeepIds,
    Mode,
    OutputFormat,
    Sheet,
    SkipOnError,
    SourceFile,
    Strict,
    TwoWay,
    Values,
    ViewName,
    Yes,
    read_as,
)
from bake.cli.output import note, reporting, say, say_json
from bake.cli.progress import progressing


def import_(
    source: SourceFile,
    view: ViewName = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    header: HeaderLine = None,
    as_is: AsIs = False,
    fill_down: FillDown = None,
    mode: ImportMode = Mode.merge,
    strict: Strict = False,
    two_way: TwoWay = False,
    keep_ids: KeepIds = False,
    auto_create: AutoCreate = None,
    column: Columns = None,
    value: Values = None,
    interactive: Interactive = False,
    skip_on_error: SkipOnError = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Build a changeset from SOURCE, answer its questions, and apply it. The changeset stays as the record."""
    from bake.cli.asking import asking, confirming
    from bake.cli.results import applied_note, import_text
    from bake.resolution.column_options import typed_columns, typed_values

    with reporting(format_):
        with progressing() as bar:
            project = bake.open_project(database=database, catalog=catalog, progress=bar)
            ask = asking(project, interactive=interactive)
            result = bake.import_source(
                project,
                source,
                view=view,
                read_as=read_as(encoding, sheet, header, as_is, fill_down),
                mode=mode.value,
                strict=strict,
                two_way=two_way,
                keep_ids=keep_ids,
                auto_create=auto_create or (),
                columns=typed_columns(column or ()),
                values=typed_values(value or ()),
                tell=note,
                resolve=bar.resting(ask) if ask else None,
                confirm=bar.resting(confirming(yes)),
                skip_on_error=skip_on_error,
                dry_run=dry_run,
            )
        done = applied_note(result.applied)
        say_json(bake.to_dict(result), done=done) if format_ is Format.json else say(import_text(result), done=done)
