"""Whether a set is what its manifest says (rule 17). Everything that is wrong is found in one pass.

Two kinds of wrong are kept apart: *damage*, where the set is not what was exported, and *faults*, where what was
exported cannot be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bake.catalog.values import shown
from bake.errors import DamagedExport, InvalidSource, Location, Problem
from bake.sources.json_document import read_json
from bake.sources.manifest import MANIFEST, VERSION, FileEntry, Manifest, decode_manifest, manifest_problems
from bake.sources.set_files import SetFiles
from bake.sources.text import text_of


class Contents(msgspec.Struct, frozen=True):
    """One file of a set, its records not yet decoded."""

    file_version: str
    entity_type: str
    record_count: int
    records: list[msgspec.Raw]
    export_id: str | None = None
    schema: dict[str, msgspec.Raw] = {}


#: Is given each file that is as the manifest says, in the manifest's order; gives what else is wrong with it.
Look = Callable[[FileEntry, Contents], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found: the manifest, the digest of its bytes, and what is wrong."""

    name: str
    manifest: Manifest
    sha256: str
    damage: tuple[Problem, ...] = ()
    faults: tuple[Problem, ...] = ()

    def passed(self) -> Inspection:
        """The inspection itself, if nothing is wrong.

        Raises:
            DamagedExport: the set is not what was exported; its `problems` are everything that is wrong.
            InvalidSource: it is, but cannot be read.
        """
        problems = (*self.damage, *self.faults)
        if not problems:
            return self
        error = DamagedExport if self.damage else InvalidSource
        what = "1 thing is wrong" if len(problems) == 1 else f"{len(problems)} things are wrong"
        hint = "Export the set again, or copy it again; nothing was read from it."
        raise error(f"{what} with the set {self.name}", location=problems[0].location, problems=problems, hint=hint)


def inspect(files: SetFiles, look: Look | None = None) -> Inspection:
    """Check a set: names, links, sizes, versions, order, dependencies, missing and extra files, checksums, counts.

    Args:
        files: the set.
        look: looks further at files that are in order so far.

    Raises:
        DamagedExport: the set or its manifest cannot be opened.
        InvalidSource: its manifest cannot be understood.
    """
    damage = list(files.problems())
    data = files.read(MANIFEST)
    manifest = decode_manifest(data, MANIFEST)
    damage += [*manifest_problems(manifest, MANIFEST), *_file_list(manifest, files.names())]
    faults: list[Problem] = []
    names = set(files.names())
    for n, entry in manifest.ordered:
        if entry.filename in names:
            _inspect_file(files, manifest, n, entry, look, damage, faults)
    return Inspection(files.name, manifest, hashlib.sha256(data).hexdigest(), tuple(damage), tuple(faults))


def _file_list(manifest: Manifest, names: list[str]) -> Iterator[Problem]:
    listed = {entry.filename for entry in manifest.files}
    for n, entry in enumerate(manifest.files):
        if entry.filename not in names:
            yield Problem(f"{shown(entry.filename)} is missing", Location(MANIFEST, f"/files/{n}/filename"))
    for name in names:
        if name not in listed and name != MANIFEST:
            yield Problem(f"{shown(name)} is not in the manifest", Location(name))


def _inspect_file(
    files: SetFiles,
    manifest: Manifest,
    n: int,
    entry: FileEntry,
    look: Look | None,
    damage: list[Problem],
    faults: list[Problem],
) -> None:
    try:
        data = files.read(entry.filename)
    except DamagedExport as error:
        damage.append(Problem(error.message, error.location))
        return
    if hashlib.sha256(data).hexdigest() != entry.checksum_sha256.lower():
        damage.append(Problem("its checksum is not the one in the manifest", Location(entry.filename)))
        return
    try:
        contents = contents_of(entry.filename, data)
    except InvalidSource as error:
        faults.append(Problem(error.message, error.location))
        return
    damage.extend(_disagreements(manifest, n, entry, contents))
    if look:
        faults.extend(look(entry, contents))


def contents_of(filename: str, data: bytes) -> Contents:
    """The envelope of an entity's file.

    Raises:
        InvalidSource: it is not JSON, of another version, or lacks what the envelope has.
    """
    hint = "Export the set again."
    try:
        contents = msgspec.json.decode(data, type=Contents)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        read_json(text_of(Path(filename), data))  # says where, if it is not JSON at all
        message = f"not the file of an entity: {error}"
        raise InvalidSource(message, location=Location(filename), hint=hint) from None
    if contents.file_version.partition(".")[0] != VERSION.partition(".")[0]:
        message = f"file_version is {shown(contents.file_version)}; expected {VERSION}"
        raise InvalidSource(message, location=Location(filename, "/file_version"), hint=hint)
    return contents


def _disagreements(manifest: Manifest, n: int, entry: FileEntry, contents: Contents) -> Iterator[Problem]:
    """Where a file does not say of itself what the manifest says of it."""
    where, records = entry.filename, len(contents.records)
    if contents.entity_type != entry.entity_type:
        message = f"its entity_type is {shown(contents.entity_type)}; the manifest says {shown(entry.entity_type)}"
        yield Problem(message, Location(where, "/entity_type"))
    if contents.export_id not in (None, manifest.export_id):
        yield Problem("it comes from another export: its export_id differs", Location(where, "/export_id"))
    if contents.record_count != records:
        message = f"record_count is {contents.record_count}, but there are {records} records"
        yield Problem(message, Location(where, "/record_count"))
    if entry.record_count != records:
        message = f"record_count is {entry.record_count}, but {shown(where)} has {records} records"
        yield Problem(message, Location(MANIFEST, f"/files/{n}/record_count"))
