"""Records without an envelope: a JSON list of objects, or an object with one that does not say what they are.

JSON Lines are read as such a list (`bake.sources.json.json_lines`).

Models answer like this. As with a sheet that somebody made, whoever brings it says what the records are (`--view`).
"""

from __future__ import annotations

from dataclasses import replace

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.catalog.view import View
from bake.changeset.header import FORMAT
from bake.commands import command
from bake.errors import InvalidSource
from bake.sources.json.envelopes import COUNT, miscounted, nearest
from bake.sources.json.json_document import RECORDS, JsonDocument
from bake.sources.json.nested import unnested
from bake.sources.model import Remark, Section, SourceFile
from bake.sources.texts.text import pointer

KIND = "records"
EXAMPLE = f'[ … ] or {{"{RECORDS}": [ … ]}}, with --view NAME'


def read_bare(document: JsonDocument, catalog: Catalog, view: View | None) -> SourceFile | None:
    """The source in the document, or None if it has no list of records.

    Args:
        document: one that has no other form.
        catalog: knows the entities that stand within records.
        view: what the records are.

    Raises:
        InvalidSource: nobody said what they are, or one of them is no object.
    """
    name = _list_name(document, catalog, view)
    records = document.count(name) if name else None
    if name is None or records is None:
        return None
    _check_no_changeset(document)
    if view is None:
        what = f"the document is a list of {records}" if document.is_list else f"the document only has {shown(name)}"
        known = [*(view.name for view in catalog.views if view.kind == "view"), *catalog.entities]
        hint = f"Say it: --view NAME, where NAME is one of {', '.join(dict.fromkeys(known))}."
        message = f"{what}, and does not say what its records are"
        raise InvalidSource(message, location=document.beginning, hint=hint)
    document.check_objects(name)
    section = Section(name, records, 0, view, "" if document.is_list else pointer(name))
    source = unnested(document.source_file(KIND, (section,), frozenset({COUNT}), view.name), document, catalog)
    taken = [] if name == RECORDS else [Remark("embedded", f"the list {shown(name)} was taken for the records")]
    return replace(source, notices=(*taken, *miscounted(document, records)))


def _list_name(document: JsonDocument, catalog: Catalog, view: View | None) -> str | None:
    """The name of the list of records: `records`; or, if somebody said what they are, that of theirs or the only one.

    No list that is a part of a single record, or may be meant as that of another entity, is taken.
    """
    if RECORDS in document.members:
        return RECORDS
    lists = [name for name in document.members if document.count(name) is not None]
    if view is None:
        return None
    own = [name for name in lists if catalog.by_list.get(name) == view.entity]
    if len(own or lists) != 1:
        return None
    [name] = own or lists
    if not own and nearest(name, catalog.by_list):
        return None
    is_part = name in {*view.by_name, *catalog.entities[view.entity].nested}
    return name if not is_part and (document.items(name).objects or not document.count(name)) else None


def _check_no_changeset(document: JsonDocument) -> None:
    """Refuse a changeset, which is a file of JSON Lines as well."""
    first = next(document.records(RECORDS), None) if document.is_list else None
    if isinstance(first, dict) and first.get("format") == FORMAT:
        message = "the file is a changeset, and no source"
        raise InvalidSource(
            message, location=document.beginning, hint=command("changeset", "apply", document.source.path)
        )
