"""Normalized sets: one file for each chosen entity, with all its rows, and a manifest of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bake.catalog.model import Catalog
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.exporter.entity_file import Stamp, Written, write_entity
from bake.exporter.naming import Names
from bake.exporter.shape import Shape, shape_of
from bake.sources.manifest import (
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

#: Is told, page after page, what is being done, how many rows are read, and of how many.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """What a set will hold: the shapes of its files in the order of import."""

    shapes: tuple[Shape, ...]
    options: ExportOptions

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of its entities."""
        return tuple(shape.entity.name for shape in self.shapes)


def plan(catalog: Catalog, options: ExportOptions) -> SetPlan:
    """Which entities a set holds, and how their records look.

    Raises:
        UsageError: something that stays needs something that is left out.
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
    connection: sa.Connection,
    catalog: Catalog,
    planned: SetPlan,
    stamp: Stamp,
    progress: Progress = lambda _entity, _done, _total: None,
) -> Manifest:
    """Write a set into a folder that is not there yet. It is there, whole, when this returns, and not before.

    Args:
        folder: where to.
        connection: within a transaction, so that all files show one state.
        catalog: what the rows are.
        planned: what the set holds.
        stamp: which export this is.
        progress: is told how far it is.

    Raises:
        UsageError: the folder holds something, or cannot be made.
    """
    names = Names(DatabaseSnapshot(connection, catalog))

    def write(path: Path, shape: Shape) -> Written:
        return write_entity(path, connection, names, shape, stamp, partial(progress, f"exporting {shape.entity.name}"))

    return write_files(folder, catalog, planned, stamp, write)


def write_files(
    folder: Path,
    catalog: Catalog,
    planned: SetPlan,
    stamp: Stamp,
    write: Callable[[Path, Shape], Written],
) -> Manifest:
    """Write a set of which each file is written by a function; otherwise as `write_set`.

    Raises:
        UsageError: the folder holds something, or cannot be made.
    """
    with _complete_folder(folder) as unfinished:
        entries = []
        for order, shape in enumerate(planned.shapes, 1):
            filename = f"{order:02}_{shape.entity.name}.json"
            written = write(unfinished / filename, shape)
            entries.append(_entry(filename, order, shape, written))
        manifest = _manifest(catalog, planned, stamp, entries)
        with (unfinished / MANIFEST).open("xb") as stream:
            stream.write(encode_manifest(manifest))
            stream.flush()
            os.fsync(stream.fileno())
    return manifest


def _required(catalog: Catalog, name: str) -> list[str]:
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


def _manifest(catalog: Catalog, planned: SetPlan, stamp: Stamp, entries: list[FileEntry]) -> Manifest:
    return Manifest(
        manifest_version=VERSION,
        export_id=stamp.export_id,
        exported_at=stamp.exported_at,
        application=APPLICATION,
        app_version=__version__,
        schema_version=f"{catalog.name}/{catalog.fingerprint}",
        files=entries,
        export_options=planned.options,
    )


@contextmanager
def _complete_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which gets its name when the block ends, and is removed if an error leaves it."""
    check_free(folder)
    unfinished = folder.with_name(f".{folder.name}.partial")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        _sync(unfinished)
        if folder.exists():
            folder.rmdir()  # it is empty, or this fails
        unfinished.rename(folder)
        _sync(folder.parent)
    except FileExistsError:
        hint = f"If no export is running, remove {unfinished}."
        raise UsageError(f"another export is being written to {folder}", hint=hint) from None
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def check_free(folder: Path) -> None:
    """See that a set can be written there.

    Raises:
        UsageError: there is something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something already", hint="Give another folder: --output DIR")


def _sync(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
