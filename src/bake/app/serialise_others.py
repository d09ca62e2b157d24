"""The JSON of results that are about files, rows, folders, or several changesets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import msgspec

from bake.app.check_results import FolderCheck
from bake.app.reflecting import CatalogFileResult
from bake.app.results import (
    GitSetup,
    InitResult,
    ListedChangeset,
    RowEvent,
)
from bake.app.versions.comparison import Collisions, Comparison
from bake.app.written_files import Conversion, ExportResult, ValidationResult, ViewExport


def _comparison(result: Comparison) -> dict[str, Any]:
    return {
        "before": str(result.before.path),
        "after": str(result.after.path),
        "same": result.is_same,
        "header": [asdict(change) for change in result.header],
        "added": [{"action": action, "entity": entity, "key": key} for action, entity, key in result.added],
        "removed": [{"action": action, "entity": entity, "key": key} for action, entity, key in result.removed],
        "changed": [asdict(one) for one in result.changed],
        "skipped": [asdict(change) for change in result.skipped],
        "opened": result.opened,
        "closed": result.closed,
    }


def _collisions(result: Collisions) -> dict[str, Any]:
    return {
        "before": str(result.before.path),
        "after": str(result.after.path),
        "order": result.order,
        "collisions": [asdict(one) for one in result.items],
        "undecided": result.undecided,
    }


def _listed(result: ListedChangeset) -> dict[str, Any]:
    problem = {"problem": result.problem} if result.changeset is None else {}
    return {"path": str(result.path), "state": result.state} | problem


def _folder_check(result: FolderCheck) -> dict[str, Any]:
    return {
        "files": result.files,
        "findings": [asdict(one) for one in result.findings],
        "approvals": {file: [asdict(one) for one in those] for file, those in result.approvals.items() if those},
        "exit_status": result.exit_status,
    }


def _row_event(event: RowEvent) -> dict[str, Any]:
    return {
        "at": event.entry.at,
        "by": event.entry.actor,
        "action": event.action,
        "key": event.key,
        "uuid": event.uuid,
        "changeset": event.entry.digest,
        "file": event.entry.file,
        "state": event.entry.state,
        "source": event.entry.source,
        "records": event.records,
        "locations": [asdict(location) for location in event.locations],
        "fields": [asdict(change) for change in event.fields],
        "evidence": [msgspec.to_builtins(one, builtin_types=(Decimal,)) for one in event.evidence],
    }


def _git_setup(result: GitSetup) -> dict[str, Any]:
    return {"folder": str(result.folder), "changed": result.changed}


def _catalog_file(result: CatalogFileResult) -> dict[str, Any]:
    return asdict(result) | {"path": str(result.path)}


def _init(result: InitResult) -> dict[str, Any]:
    return {"database": result.database, "created": result.created, "added": result.added}


def _export(result: ExportResult) -> dict[str, Any]:
    return {
        "folder": str(result.folder),
        "archive": str(result.archive) if result.archive else None,
        "manifest": msgspec.to_builtins(result.manifest),
        "left_out": [asdict(row) for row in result.left_out],
        "not_in_catalog": result.not_in_catalog,
    }


def _validation(result: ValidationResult) -> dict[str, Any]:
    return {"set": result.name, "state": "in order", "manifest": msgspec.to_builtins(result.manifest)}


def _view(result: ViewExport) -> dict[str, Any]:
    heading = result.heading
    return {
        "path": str(result.path),
        "view": result.view.name,
        "records": heading.count,
        "export_id": heading.export_id,
        "left_out": [asdict(row) for row in result.left_out],
    }


def _conversion(result: Conversion) -> dict[str, Any]:
    return {
        "paths": [str(path) for path in result.paths],
        "records": result.records,
        "lost": [asdict(lost) for lost in result.lost],
    }


#: The functions that `to_dict` dispatches to, by the type of their argument.
DOCUMENTS: tuple[Callable[..., dict[str, Any]], ...] = (
    _comparison,
    _collisions,
    _listed,
    _folder_check,
    _row_event,
    _git_setup,
    _catalog_file,
    _init,
    _export,
    _validation,
    _view,
    _conversion,
)
