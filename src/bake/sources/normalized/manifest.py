"""The manifest of a normalized set: what is in it, in which order, and how each file can be checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath

import msgspec

from bake.catalog.values import Json, shown
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json.json_document import read_json
from bake.sources.texts.text import SourceText

MANIFEST = "manifest.json"
VERSION = "1.0"
APPLICATION = "bake"

_HINT = "A manifest is written by: bake export complete"
#: The names that members have in the manifests of bake-tracker.
_OTHER_NAMES = {"version": "manifest_version", "export_date": "exported_at", "source": "application"}
_OTHER_NAMES_OF_ENTRIES = {"sha256": "checksum_sha256", "count": "record_count"}


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a set.

    Attributes:
        filename: its name, in the manifest's own folder.
        entity_type: the entity whose records it holds.
        record_count: how many.
        checksum_sha256: of its bytes, in hexadecimal.
        import_order: its place in the order of import, from 1.
        dependencies: the entities of the set that its records refer to, without itself.
    """

    filename: str
    entity_type: str
    record_count: int
    checksum_sha256: str
    import_order: int
    dependencies: list[str] = []


class ExportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the export."""

    include_transactional: bool = True
    include_events: bool = True
    date_range: Json = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What `manifest.json` says.

    `schema_version` is the catalog's name and fingerprint, with a slash between. `left_out` is how many rows the set
    lacks because they could not be read; it is only there if there are any.

    Sets of bake-tracker give no `export_id`, `app_version` and `schema_version`.
    """

    manifest_version: str
    export_id: str | None = None
    exported_at: str
    application: str
    app_version: str = ""
    schema_version: str = ""
    files: list[FileEntry]
    export_options: ExportOptions = ExportOptions()
    left_out: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def ordered(self) -> list[tuple[int, FileEntry]]:
        """The files in the order of import, each with its place in the manifest."""
        return sorted(enumerate(self.files), key=lambda pair: pair[1].import_order)


def encode_manifest(manifest: Manifest) -> bytes:
    """A manifest as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(text: SourceText) -> Manifest:
    """The manifest in a file.

    Raises:
        InvalidSource: they are not JSON, are of another version, or lack what a manifest has.
    """
    document = read_json(text)
    says = _renamed({name: document.value(name) for name in document.members}, _OTHER_NAMES)
    version = says.get("manifest_version")
    if not isinstance(version, str) or version.partition(".")[0] != VERSION.partition(".")[0]:
        said = "is missing" if version is None else f"is {shown(version)}"
        hint = "Export the set again, or use a newer Bake."
        raise document.invalid("manifest_version", f"manifest_version {said}; expected {VERSION}", hint)
    try:
        return msgspec.convert({**says, "files": _entries(says.get("files"))}, Manifest)
    except msgspec.ValidationError as error:
        raise InvalidSource(
            f"the manifest is incomplete: {error}", location=document.member("files"), hint=_HINT
        ) from None


def _renamed(members: dict[str, Json], names: dict[str, str]) -> dict[str, Json]:
    """Members by the names that they have here; a member that is there by this name already is not replaced."""
    return {new if (new := names.get(name, name)) not in members else name: value for name, value in members.items()}


def _entries(files: Json) -> Json:
    """The entries of a list of files by the names that they have here, numbered where they give no order."""
    if not isinstance(files, list):
        return files
    return [
        {"import_order": n, **_renamed(entry, _OTHER_NAMES_OF_ENTRIES)} if isinstance(entry, dict) else entry
        for n, entry in enumerate(files, 1)
    ]


def manifest_problems(manifest: Manifest, name: str) -> Iterator[Problem]:
    """Whatever a manifest says that cannot be: names that lead elsewhere, doubles, an order that does not work."""

    def at(n: int, member: str) -> Location:
        return Location(name, f"/files/{n}/{member}")

    filenames: set[str] = set()
    entities: set[str] = set()
    orders: set[int] = set()
    for n, entry in enumerate(manifest.files):
        if not is_plain_name(entry.filename):
            yield Problem(f"{shown(entry.filename)} leads out of the set's folder", at(n, "filename"))
        if entry.filename.casefold() in filenames or entry.filename.casefold() == MANIFEST:
            yield Problem(f"{shown(entry.filename)} is listed twice", at(n, "filename"))
        if entry.entity_type in entities:
            yield Problem(f"{shown(entry.entity_type)} has two files", at(n, "entity_type"))
        if entry.import_order in orders:
            yield Problem(f"the import_order {entry.import_order} is given twice", at(n, "import_order"))
        filenames.add(entry.filename.casefold())
        entities.add(entry.entity_type)
        orders.add(entry.import_order)
    yield from _order_problems(manifest, name)


def is_plain_name(filename: str) -> bool:
    """Whether a file's name is only that, on every system: no folder, no drive, nothing that a system interprets."""
    plain = filename not in ("", ".", "..") and "\0" not in filename
    return plain and filename == PurePosixPath(filename).name == PureWindowsPath(filename).name


def _order_problems(manifest: Manifest, name: str) -> Iterator[Problem]:
    """Dependencies that are not in the set, or that come later although no cycle demands it."""
    order = {entry.entity_type: entry.import_order for entry in manifest.files}
    needs = {entry.entity_type: set(entry.dependencies) for entry in manifest.files}
    for n, entry in enumerate(manifest.files):
        where = Location(name, f"/files/{n}/dependencies")
        for needed in entry.dependencies:
            if needed not in order:
                yield Problem(f"{shown(entry.entity_type)} needs {shown(needed)}, which is not in the set", where)
            elif order[needed] > entry.import_order and entry.entity_type not in _reached(needs, needed):
                yield Problem(f"{shown(entry.entity_type)} needs {shown(needed)}, which comes after it", where)


def _reached(needs: dict[str, set[str]], start: str) -> set[str]:
    """All that something needs, directly or not."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for needed in needs.get(waiting.pop(), set()) - reached:
            reached.add(needed)
            waiting.append(needed)
    return reached
