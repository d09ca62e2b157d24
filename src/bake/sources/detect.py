"""Opens sources of any format. The format is recognised by the content of a file, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.catalog.view import View
from bake.changeset.header import ReadAs
from bake.errors import InvalidSource, Location, Problem, UsageError
from bake.sources import skipped, skipped_by_bake_tracker
from bake.sources.dialects import understood
from bake.sources.json import bare_records, json_lines
from bake.sources.json.documents import EXAMPLE, is_called_as_in, read_document
from bake.sources.json.embedded import MOST, Block, blocks, is_table
from bake.sources.json.envelopes import Envelope, nearest
from bake.sources.json.json_document import JsonDocument, read_json
from bake.sources.model import Remark, SourceFile
from bake.sources.normalized.sets import open_set
from bake.sources.sealed import sealed
from bake.sources.sheets import csv_header, csv_table, csv_text
from bake.sources.sheets.column_mapping import ColumnMapping, mapped
from bake.sources.texts.opening import AS_IT_IS, read_text
from bake.sources.texts.text import SourceText

#: Reads a document; returns None if it has another form, and raises `InvalidSource` if it violates its form.
Reader: TypeAlias = Callable[[JsonDocument, Catalog], SourceFile | None]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of JSON documents.

    Attributes:
        title: its name, for people.
        example: how such a document begins.
        read: reads it.
    """

    title: str
    example: str
    read: Reader


def _enveloped(title: str, envelope: Envelope) -> Form:
    return Form(title, envelope.example, envelope.read)


#: The known forms, in the order in which they are tried.
FORMS: tuple[Form, ...] = (
    Form("a log of skipped records", skipped.EXAMPLE, skipped.read_skipped),
    Form("a log of records that bake-tracker skipped", skipped_by_bake_tracker.EXAMPLE, skipped_by_bake_tracker.read),
    _enveloped(
        "a view",
        Envelope(
            kind="view",
            names="view_name",
            version="view_version",
            fixed={"export_type": "denormalized_view"},
            furniture=frozenset({"exported_at", "database", "documentation"}),
        ),
    ),
    _enveloped(
        "an entity's file of a normalized export",
        Envelope(
            kind="entity",
            names="entity_type",
            version="file_version",
            furniture=frozenset({"exported_at", "schema"}),
        ),
    ),
    *(
        _enveloped(
            f"a view as bake-tracker {writes} it",
            Envelope(
                kind="bake-tracker-view",
                names=names,
                version="version",
                furniture=frozenset({"exported_at", "export_date", "_meta"}),
            ),
        )
        for names, writes in (("export_type", "writes"), ("view_type", "wrote"))
    ),
    Form("a document of several entities", EXAMPLE, read_document),
)


def open_source(
    path: Path,
    catalog: Catalog,
    view: str | None = None,
    how: ReadAs | None = None,
    mapping: ColumnMapping | None = None,
) -> SourceFile:
    """Read a file, or a set, and recognise what it is. No sensitive value is in its records (`bake.sources.sealed`).

    The arguments and errors are those of `open_unsealed`.
    """
    return sealed(open_unsealed(path, catalog, view, how, mapping), catalog)


def open_unsealed(
    path: Path,
    catalog: Catalog,
    view: str | None = None,
    how: ReadAs | None = None,
    mapping: ColumnMapping | None = None,
) -> SourceFile:
    """Read a file, or a set, and recognise what it is, with the values of sensitive fields: to match columns only.

    Args:
        path: the file; of a set its folder, its manifest or its ZIP.
        catalog: the views and entities that a source may have.
        view: the view or entity of the records, for sources that do not name it, such as sheets made elsewhere.
        how: how the file is to be read (`--encoding`, `--sheet`, `--header` …); None to recognise all of it.
        mapping: how the columns of a sheet, or the members of records, are matched.

    Raises:
        UsageError: there is no such file, view, encoding, sheet or line, or the file says that it holds another view.
        InvalidSource: the file cannot be read, is neither JSON nor a sheet, has none of the known forms, or breaks the
            form it has.
        DamagedExport: the set is not what was exported.
    """
    how = how or AS_IT_IS
    if (source := open_set(path, catalog)) is not None:
        _check_set(source, view, how)
        return source
    meant = named_view(catalog, view) if view is not None else None
    text = read_text(path, how, lambda sheet: csv_header.may_be_sheet(sheet, catalog, meant))
    source = recognise(text, catalog, view, mapping, how)
    if how.fill_down and source.kind != csv_table.KIND:
        raise UsageError(
            f"{source.name} is no sheet, in which blank cells could be filled", hint="Leave out --fill-down."
        )
    return source if how == AS_IT_IS else replace(source, read_as=how)


def _check_set(source: SourceFile, view: str | None, how: ReadAs) -> None:
    """Refuse options about how to read a set, since its manifest decides that.

    Raises:
        UsageError: such an option is given.
    """
    said: dict[str, object] = {"--view": view, "--encoding": how.encoding, "--sheet": how.sheet, "--header": how.header}
    said |= {"--fill-down": how.fill_down or None}
    options = [option for option, value in said.items() if value is not None]
    if options:
        message = f"{source.name} is a set, whose manifest says what its files are and how they are read"
        raise UsageError(message, hint=f"Leave out {' and '.join(options)}, or name one of the files in it.")


def recognise(
    text: SourceText,
    catalog: Catalog,
    view: str | None = None,
    mapping: ColumnMapping | None = None,
    how: ReadAs = AS_IT_IS,
) -> SourceFile:
    """Recognise and read a text as a source.

    Raises:
        UsageError: there is no such view, or the text says that it holds another one.
        InvalidSource: it is neither JSON nor a sheet, has none of the known forms, or breaks the form it has.
    """
    meant = named_view(catalog, view) if view is not None else None
    text = json_lines.as_list(text) if not text.sheet and json_lines.has_lines(text) else text
    has_text_around = not text.sheet and not _is_plain(text, catalog, meant)
    found = blocks(text) if has_text_around else []
    read = partial(_recognised, catalog=catalog, meant=meant, mapping=mapping or ColumnMapping(), how=how)
    source = _chosen(text, found, read) if found else read(text)
    source = replace(source, notices=(*text.remarks, *source.notices))
    if meant and source.view != meant.name:
        message = f"{source.name} says itself what its records are ({source.view or source.kind})"
        raise UsageError(message, hint=f"Leave out --view {view}, or remove from the file what says so.")
    return source


def _is_plain(text: SourceText, catalog: Catalog, meant: View | None) -> bool:
    """Whether a text is JSON or a sheet from its first character to its last, as far as these tell."""
    if _begins_as_json(text):
        return text.last in ("}", "]")
    return (
        not text.head.lstrip().startswith(("```", "~~~"))
        and not is_table(text)
        and csv_header.is_sheet(text, catalog, meant)
    )


def _recognised(
    text: SourceText, catalog: Catalog, meant: View | None, mapping: ColumnMapping, how: ReadAs
) -> SourceFile:
    if _begins_as_json(text) or not _is_sheet(text, catalog, meant):
        return mapped(understood(_recognise_json(text, catalog, meant), catalog), catalog, mapping)
    view = csv_header.declared_view(text, catalog) or meant
    return csv_table.read_sheet(text, catalog, view, mapping, how.fill_down)


def _chosen(text: SourceText, found: list[Block], read: Callable[[SourceText], SourceFile]) -> SourceFile:
    """Read the only block within a text that is a source, with a remark that it was found there.

    Other blocks, such as commands, are left out, unless they begin as JSON.

    Raises:
        InvalidSource: none of them is, several are, or one that begins as JSON is none.
    """
    if len(found) > MOST:
        hint = "Save the part that is the source as a file of its own."
        where = Location(text.name, line=found[0].line, column=1)
        raise InvalidSource(f"the file has more than {MOST} blocks", location=where, hint=hint)
    sources: list[tuple[Block, SourceFile]] = []
    faults: list[tuple[Block, InvalidSource]] = []
    for block in found:
        try:
            sources.append((block, read(block.text)))
        except InvalidSource as fault:
            faults.append((block, fault))
    if sources and (meant := [fault for block, fault in faults if _begins_as_json(block.text)]):
        raise meant[0]
    if len(sources) == 1:
        [(block, source)] = sources
        return replace(source, notices=(*source.notices, _taken(block, [other for other, _ in faults])))
    if len(faults) == 1 and not sources:
        raise faults[0][1]
    raise _several(text, sources, faults)


def _taken(block: Block, others: list[Block]) -> Remark:
    lines = ", ".join(str(other.line) for other in others)
    taken = f"the source was taken out of the text around it: it begins on line {block.line}"
    left = f"{taken}; left out, as no source: what begins on line {lines}"
    return Remark("embedded", left if others else taken)


def _several(
    text: SourceText, sources: list[tuple[Block, SourceFile]], faults: list[tuple[Block, InvalidSource]]
) -> InvalidSource:
    problems = [
        Problem(f"{one.view or one.kind}, {one.size} records", Location(text.name, line=block.line, column=1))
        for block, one in sources
    ] or [Problem(fault.message, fault.location) for _, fault in faults]
    what = (
        f"{len(sources)} blocks of the file are sources" if sources else f"none of its {len(faults)} blocks is a source"
    )
    hint = "Save the one that is meant as a file of its own."
    return InvalidSource(what, location=problems[0].location, hint=hint, problems=problems)


def named_view(catalog: Catalog, name: str) -> View:
    """The view with a name that a user gave: a declared view, or the plain one of an entity.

    Raises:
        UsageError: there is none.
    """
    for view in catalog.views:
        if view.name == name:
            return view
    if name in catalog.entities:
        return catalog.plain_view(name)
    known = list(dict.fromkeys([*(view.name for view in catalog.views), *catalog.entities]))
    raise UsageError(f"no view is called {shown(name)}", hint=f"{nearest(name, known)}Known are: {', '.join(known)}.")


def _recognise_json(text: SourceText, catalog: Catalog, meant: View | None) -> SourceFile:
    document = read_json(text, may_be_list=True)
    if meant and _is_record_with_lines(document, catalog, meant):
        return _recognise_json(json_lines.as_list(text), catalog, meant)
    for form in () if document.is_list else FORMS:
        if (source := form.read(document, catalog)) is not None:
            bare = bare_records.read_bare(document, catalog, meant) if is_called_as_in(source, meant) else None
            return bare or source
    if (source := bare_records.read_bare(document, catalog, meant)) is not None:
        return source
    if meant and not document.is_list and any(name in meant.by_name for name in document.members):
        return _recognise_json(json_lines.as_list(text), catalog, meant)
    raise _unknown(document, catalog)


def _is_record_with_lines(document: JsonDocument, catalog: Catalog, view: View) -> bool:
    """Whether a document is a single record with its lines, such as a recipe with its `ingredients`.

    The list of these may have the name of an entity, too.
    """
    item = catalog.entities[view.entity]
    has_lines = any(document.count(name) is not None for name in item.nested)
    is_own = any(catalog.by_list.get(name) == item.name for name in document.members)
    return (
        has_lines and not is_own and any(name in view.by_name and name not in item.nested for name in document.members)
    )


def _begins_as_json(text: SourceText) -> bool:
    return text.first in ("{", "[")


def _is_sheet(text: SourceText, catalog: Catalog, meant: View | None) -> bool:
    """Whether a text that does not begin as JSON is read as a sheet, or refused as one."""
    named = text.path.suffix.casefold() in (".csv", ".tsv")
    return bool(text.sheet or meant) or named or csv_header.is_sheet(text, catalog) or csv_text.has_cells(text)


def _unknown(document: JsonDocument, catalog: Catalog) -> InvalidSource:
    names = list(document.members)
    seen = ", ".join(shown(name, 40) for name in names[:8]) + (", …" if len(names) > 8 else "")
    meant = next(filter(None, (nearest(name, catalog.entities) for name in names)), "")
    known = [(form.title, form.example) for form in FORMS] + [
        ("records alone", bare_records.EXAMPLE),
        ("a sheet", csv_table.EXAMPLE),
    ]
    forms = "\n".join(f"  {title}: {example}" for title, example in known)
    return InvalidSource(
        f"not a form of source that Bake knows; the document has {seen or 'no members'}",
        location=document.beginning,
        hint=f"{meant}Known are:\n{forms}",
    )
