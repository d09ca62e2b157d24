"""Write normalized sets: a folder with one file for each chosen entity, holding all its rows, and a manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from bake.catalog.model import Catalog
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.exporter.entity_file import Stamp, Written, write_entity
from bake.exporter.naming import Names
from bake.exporter.shape import Shape, shape_of
from bake.sources.normalized.manifest import (
    APPLICATION,
    MANIFEST,
    VERSION,
    ExportOptions,
    FileEntry,
    Manifest,
    encode_manifest,
)
from bake.version import __version__

TRANSACTIONAL, EVENTS = "transactional", "events"

#: Called after each page of rows with what is being done, how many rows have been read, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """What a set will hold.

    Attributes:
        shapes: the columns of each entity's file, in the order of import.
        options: which groups of entities were asked for.
    """

    shapes: tuple[Shape, ...]
    options: ExportOptions

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of the set's entities, in the order of import."""
        return tuple(shape.entity.name for shape in self.shapes)


def plan(catalog: Catalog, options: ExportOptions) -> SetPlan:
    """Choose a set's entities by their groups, and the columns of each.

    Raises:
        UsageError: a chosen entity has a required reference to one that is left out.
    """
    without = {TRANSACTIONAL} if not options.include_transactional else set()
    without |= {EVENTS} if not options.include_events else set()
    chosen = [name for name in catalog.order if catalog.entities[name].group not in without]
    needs = [f"{name} need {target}" for name in chosen for target in _required(catalog, name) if target not in chosen]
    if needs:
        raise UsageError(f"these cannot be left out: {'; '.join(needs)}", hint="bake export complete")
    return SetPlan(tuple(shape_of(catalog, catalog.entities[name], chosen) for name in chosen), options)


def write_set(
    folder: Path,
    snapshot: DatabaseSnapshot,
    planned: SetPlan,
    stamp: Stamp,
    progress: Progress = lambda _entity, _done, _total: None,
) -> Manifest:
    """Write a set from the database into a new or empty folder.

    The files are written to a temporary folder beside it, which is renamed at the end: the folder is never incomplete.

    Args:
        folder: the folder to write.
        snapshot: the rows, of one state of the database, and the catalog that describes them.
        planned: the entities and columns to write.
        stamp: the id and time of the export.
        progress: called after each page of rows.

    Raises:
        UsageError: the folder is not empty, or another export is writing it.
    """
    names = Names(snapshot)

    def write(path: Path, shape: Shape) -> Written:
        return write_entity(path, names, shape, stamp, partial(progress, f"exporting {shape.entity.name}"))

    left_out = sum(map(len, snapshot.without.values()))
    return write_files(folder, snapshot.catalog, planned, stamp, write, left_out)


def write_files(
    folder: Path,
    catalog: Catalog,
    planned: SetPlan,
    stamp: Stamp,
    write: Callable[[Path, Shape], Written],
    left_out: int = 0,
) -> Manifest:
    """Write a set whose records need not come from the database; otherwise as `write_set`.

    Args:
        folder: the folder to write.
        catalog: its name and fingerprint are noted in the manifest.
        planned: the entities and columns to write.
        stamp: the id and time of the export.
        write: writes the file of one entity to a path; returns its number of records and its digest.
        left_out: how many rows the set lacks because they could not be read.

    Raises:
        UsageError: the folder is not empty, or another export is writing it.
    """
    with _complete_folder(folder) as unfinished:
        entries = []
        for order, shape in enumerate(planned.shapes, 1):
            filename = f"{order:02}_{shape.entity.name}.json"
            written = write(unfinished / filename, shape)
            entries.append(_entry(filename, order, shape, written))
        manifest = _manifest(catalog, planned, stamp, entries, left_out)
        with (unfinished / MANIFEST).open("xb") as stream:
            stream.write(encode_manifest(manifest))
            stream.flush()
            os.fsync(stream.fileno())
    return manifest


def _required(catalog: Catalog, name: str) -> list[str]:
    """The entities that rows of an entity must refer to."""
    entity = catalog.entities[name]
    return [target for field, target in entity.references.items() if not entity.fields[field].nullable]


def _entry(filename: str, order: int, shape: Shape, written: Written) -> FileEntry:
    name = shape.entity.name
    return FileEntry(
        filename=filename,
        entity_type=name,
        record_count=written.records,
        checksum_sha256=written.sha256,
        import_order=order,
        dependencies=sorted({link.target for link in shape.links.values()} - {name}),
    )


def _manifest(catalog: Catalog, planned: SetPlan, stamp: Stamp, entries: list[FileEntry], left_out: int) -> Manifest:
    return Manifest(
        manifest_version=VERSION,
        export_id=stamp.export_id,
        exported_at=stamp.exported_at,
        application=APPLICATION,
        app_version=__version__,
        schema_version=f"{catalog.name}/{catalog.fingerprint}",
        files=entries,
        export_options=planned.options,
        left_out=left_out or msgspec.UNSET,
    )


@contextmanager
def _complete_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to write into; rename it to `folder` when the block ends, remove it on an error."""
    check_free(folder)
    unfinished = folder.with_name(f".{folder.name}.partial")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        _sync(unfinished)
        if folder.exists():
            folder.rmdir()  # fails unless it is empty
        unfinished.rename(folder)
        _sync(folder.parent)
    except FileExistsError:
        hint = f"If no export is running, remove {unfinished}."
        raise UsageError(f"another export is being written to {folder}", hint=hint) from None
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def check_free(folder: Path) -> None:
    """Check that a set can be written to a folder: it does not exist, or is empty.

    Raises:
        UsageError: it is a file, or a folder that is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something already", hint="Give another folder: --output DIR")


def _sync(folder: Path) -> None:
    """Flush a folder's list of names to the disk, on systems where folders can be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
