"""The JSON of results and errors: the one place that says what `--format json` prints, and what a web page sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import msgspec

from bake.app.approval_results import ApproveResult
from bake.app.check_results import CheckResult, FolderCheck
from bake.app.reflecting import CatalogFileResult
from bake.app.results import (
    AmendResult,
    ApplyResult,
    GitSetup,
    ImportResult,
    InitResult,
    ListedChangeset,
    MergeResult,
    ProposeResult,
    RebaseResult,
    ResolveResult,
    RevertResult,
    RowEvent,
    SealResult,
    SettleResult,
)
from bake.app.versions.comparison import Collisions, Comparison
from bake.app.written_files import Conversion, ExportResult, ValidationResult, ViewExport
from bake.changeset.file import Changeset
from bake.changeset.proposals import proposal_id
from bake.errors import BakeError, Conflicts, OpenQuestions, Problem
from bake.policy.verdict import Verdict
from bake.renderer.plan import plan_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@singledispatch
def to_dict(result: object) -> dict[str, Any]:
    """What a result, an error or a changeset says, as a dictionary of JSON values.

    Args:
        result: whatever a function of Bake returns or raises; of a list, each of its items.

    Returns:
        The same keys as `--format json` has. Decimals stay `Decimal`.

    Raises:
        TypeError: it is nothing of that kind.
    """
    if isinstance(result, msgspec.Struct):
        return _mapping(msgspec.to_builtins(result, builtin_types=(Decimal,)))
    if is_dataclass(result) and not isinstance(result, type):  # entries of the ledger, drift
        return asdict(result)
    raise TypeError(f"{type(result).__name__} is no result of Bake")


@to_dict.register
def _changeset(file: Changeset) -> dict[str, Any]:
    """What a changeset is and would do: counts by entity, every warning and notice."""
    plan = plan_of(file, None)
    return {
        "changeset": str(file.path),
        "digest": file.digest,
        "open_questions": _open(file),
        "planned": msgspec.to_builtins(plan.counts),
        "warnings": [
            {
                "operation": one.n,
                "entity": one.entity,
                "key": one.key,
                "field": one.warning.field,
                "code": one.warning.code,
                "message": one.warning.message,
            }
            for one in plan.warnings.items
        ],
        "notices": [one.message for one in plan.notices.items],
    }


@to_dict.register
def _apply(result: ApplyResult) -> dict[str, Any]:
    return {
        "changeset": str(result.changeset.path),
        "digest": result.changeset.digest,
        "database": result.database,
        "state": result.state,
        "done": result.counts,
        "receipt": result.receipt,
        "skipped": result.skipped,
        "log": str(result.log) if result.log else None,
        "repaired": result.repaired,
        "reverted": result.reverted,
        "remarks": result.remarks,
    }


@to_dict.register
def _catalog_file(result: CatalogFileResult) -> dict[str, Any]:
    return asdict(result) | {"path": str(result.path)}


@to_dict.register
def _import(result: ImportResult) -> dict[str, Any]:
    applied = _apply(result.applied) if result.applied else {"state": "nothing to change"}
    repaired = {"brought_in_line": str(result.repaired)} if result.repaired else {}
    return _changeset(result.changeset) | applied | repaired


@to_dict.register
def _resolve(result: ResolveResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "answered": result.answered,
        "warnings": result.warnings,
        "remembered": result.remembered,
    }


@to_dict.register
def _propose(result: ProposeResult) -> dict[str, Any]:
    return {
        "changeset": str(result.changeset.path),
        "digest": result.changeset.digest,
        "proposed": [proposal_id(one) for one in result.proposed],
        "waiting": [proposal_id(one) for one in result.changeset.decisions.proposed],
        "warnings": result.warnings,
    }


@to_dict.register
def _settle(result: SettleResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "accepted": result.accepted,
        "rejected": result.rejected,
        "waiting": [proposal_id(one) for one in result.changeset.decisions.proposed],
    }


@to_dict.register
def _amend(result: AmendResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "amended": result.amended,
        "fallen": result.fallen,
        "warnings": result.warnings,
    }


@to_dict.register
def _seal(result: SealResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {"edits": [problem.message for problem in result.edits]}


@to_dict.register
def _revert(result: RevertResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "reverts": result.reverts,
        "changes": result.changes,
        "left": [asdict(one) for one in result.left],
        "more": result.more,
    }


@to_dict.register
def _check(result: CheckResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "state": result.state,
        "exit_status": result.exit_status,
        "database": result.database,
        "problems": [_problem(problem) for problem in result.problems],
        "torn": result.changeset.torn > 0,
        "questions": [asdict(question) for question in result.questions],
        "conflicts": [asdict(conflict) for conflict in result.conflicts],
        "ledger": _optional(result.entry),
        "remarks": result.remarks,
        "policy": None if result.policy is None else _verdict(result.policy),
        "approvals": [asdict(one) for one in result.approvals],
        "lacking": result.lacking,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    refusals = [
        {
            "operation": one.write.n,
            "action": one.write.action,
            "entity": one.write.entity,
            "key": one.write.key,
            "field": one.write.field or None,
            "why": one.why,
        }
        for one in verdict.refusals
    ]
    return {
        "refused": verdict.refused,
        "refusals": refusals,
        "rules": verdict.rules,
        "allowed_otherwise": verdict.unnamed,
    }


@to_dict.register
def _approve(result: ApproveResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {"approved": result.content}


@to_dict.register
def _merge(result: MergeResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "ours": result.ours,
        "theirs": result.theirs,
        "reopened": result.reopened,
        "kept": result.kept,
        "brought": result.brought,
    }


@to_dict.register
def _git_setup(result: GitSetup) -> dict[str, Any]:
    return {"folder": str(result.folder), "changed": result.changed}


@to_dict.register
def _folder_check(result: FolderCheck) -> dict[str, Any]:
    return {
        "files": result.files,
        "findings": [asdict(one) for one in result.findings],
        "approvals": {file: [asdict(one) for one in those] for file, those in result.approvals.items() if those},
        "exit_status": result.exit_status,
    }


@to_dict.register
def _rebase(result: RebaseResult) -> dict[str, Any]:
    return {
        "changeset": str(result.changeset.path),
        "dropped": result.dropped,
        "changed": result.changed,
        "asked": result.asked,
        "reopened": result.reopened,
        "conflicts": [asdict(conflict) for conflict in result.conflicts],
        "open_questions": _open(result.changeset),
        "remarks": result.remarks,
    }


@to_dict.register
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


@to_dict.register
def _collisions(result: Collisions) -> dict[str, Any]:
    return {
        "before": str(result.before.path),
        "after": str(result.after.path),
        "order": result.order,
        "collisions": [asdict(one) for one in result.items],
        "undecided": result.undecided,
    }


@to_dict.register
def _listed(result: ListedChangeset) -> dict[str, Any]:
    problem = {"problem": result.problem} if result.changeset is None else {}
    return {"path": str(result.path), "state": result.state} | problem


@to_dict.register
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


@to_dict.register
def _init(result: InitResult) -> dict[str, Any]:
    return {"database": result.database, "created": result.created, "added": result.added}


@to_dict.register
def _export(result: ExportResult) -> dict[str, Any]:
    return {
        "folder": str(result.folder),
        "archive": str(result.archive) if result.archive else None,
        "manifest": msgspec.to_builtins(result.manifest),
        "left_out": [asdict(row) for row in result.left_out],
        "not_in_catalog": result.not_in_catalog,
    }


@to_dict.register
def _validation(result: ValidationResult) -> dict[str, Any]:
    return {"set": result.name, "state": "in order", "manifest": msgspec.to_builtins(result.manifest)}


@to_dict.register
def _view(result: ViewExport) -> dict[str, Any]:
    heading = result.heading
    return {
        "path": str(result.path),
        "view": result.view.name,
        "records": heading.count,
        "export_id": heading.export_id,
        "left_out": [asdict(row) for row in result.left_out],
    }


@to_dict.register
def _conversion(result: Conversion) -> dict[str, Any]:
    return {
        "paths": [str(path) for path in result.paths],
        "records": result.records,
        "lost": [asdict(lost) for lost in result.lost],
    }


@to_dict.register
def _error(error: BakeError) -> dict[str, Any]:
    document: dict[str, Any] = {"error": error.code, "exit_status": error.exit_status, "message": error.message}
    if error.location:
        document["location"] = asdict(error.location)
    if error.hint:
        document["hint"] = error.hint
    if error.problems:
        document["problems"] = [_problem(problem) for problem in error.problems]
    if isinstance(error, OpenQuestions):
        document["questions"] = [asdict(question) for question in error.questions]
    if isinstance(error, Conflicts):
        document["conflicts"] = [asdict(conflict) for conflict in error.conflicts]
    return document


def _open(file: Changeset) -> list[str]:
    return [question.id for question in file.decisions.open]


def _problem(problem: Problem) -> dict[str, Any]:
    return {"message": problem.message, "location": _optional(problem.location)}


def _optional(value: DataclassInstance | None) -> dict[str, Any] | None:
    return None if value is None else asdict(value)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"value": value}
