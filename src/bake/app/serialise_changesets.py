"""The JSON of results that are about one changeset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import msgspec

from bake.app.approval_results import ApproveResult
from bake.app.check_results import CheckResult
from bake.app.results import (
    AmendResult,
    ApplyResult,
    ImportResult,
    MergeResult,
    ProposeResult,
    RebaseResult,
    ResolveResult,
    RevertResult,
    SealResult,
    SettleResult,
)
from bake.app.serialise_errors import open_ids, optional_dict, problem_dict
from bake.changeset.file import Changeset
from bake.changeset.proposals import proposal_id
from bake.policy.verdict import Verdict
from bake.renderer.plan import plan_of


def _changeset(file: Changeset) -> dict[str, Any]:
    """What a changeset is and would do: counts by entity, every warning and notice."""
    plan = plan_of(file, None)
    return {
        "changeset": str(file.path),
        "digest": file.digest,
        "open_questions": open_ids(file),
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


def _import(result: ImportResult) -> dict[str, Any]:
    applied = _apply(result.applied) if result.applied else {"state": "nothing to change"}
    repaired = {"brought_in_line": str(result.repaired)} if result.repaired else {}
    return _changeset(result.changeset) | applied | repaired


def _resolve(result: ResolveResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "answered": result.answered,
        "warnings": result.warnings,
        "remembered": result.remembered,
    }


def _propose(result: ProposeResult) -> dict[str, Any]:
    return {
        "changeset": str(result.changeset.path),
        "digest": result.changeset.digest,
        "proposed": [proposal_id(one) for one in result.proposed],
        "waiting": [proposal_id(one) for one in result.changeset.decisions.proposed],
        "warnings": result.warnings,
    }


def _settle(result: SettleResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "accepted": result.accepted,
        "rejected": result.rejected,
        "waiting": [proposal_id(one) for one in result.changeset.decisions.proposed],
    }


def _amend(result: AmendResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "amended": result.amended,
        "fallen": result.fallen,
        "warnings": result.warnings,
    }


def _seal(result: SealResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {"edits": [problem.message for problem in result.edits]}


def _revert(result: RevertResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "reverts": result.reverts,
        "changes": result.changes,
        "left": [asdict(one) for one in result.left],
        "more": result.more,
    }


def _check(result: CheckResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "state": result.state,
        "exit_status": result.exit_status,
        "database": result.database,
        "problems": [problem_dict(problem) for problem in result.problems],
        "torn": result.changeset.torn > 0,
        "questions": [asdict(question) for question in result.questions],
        "conflicts": [asdict(conflict) for conflict in result.conflicts],
        "ledger": optional_dict(result.entry),
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


def _approve(result: ApproveResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {"approved": result.content}


def _merge(result: MergeResult) -> dict[str, Any]:
    return _changeset(result.changeset) | {
        "ours": result.ours,
        "theirs": result.theirs,
        "reopened": result.reopened,
        "kept": result.kept,
        "brought": result.brought,
    }


def _rebase(result: RebaseResult) -> dict[str, Any]:
    return {
        "changeset": str(result.changeset.path),
        "dropped": result.dropped,
        "changed": result.changed,
        "asked": result.asked,
        "reopened": result.reopened,
        "conflicts": [asdict(conflict) for conflict in result.conflicts],
        "open_questions": open_ids(result.changeset),
        "remarks": result.remarks,
    }


#: The functions that `to_dict` dispatches to, by the type of their argument.
DOCUMENTS: tuple[Callable[..., dict[str, Any]], ...] = (
    _changeset,
    _apply,
    _import,
    _resolve,
    _propose,
    _settle,
    _amend,
    _seal,
    _revert,
    _check,
    _approve,
    _merge,
    _rebase,
)
