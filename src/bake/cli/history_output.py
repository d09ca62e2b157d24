"""What happened, in words and for programs: history, reverts, checks and drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bake.cli.plan_output import following, planned_lines
from bake.cli.results import counts_text, remarks_text
from bake.renderer.advice import conflict_hint, conflict_line
from bake.renderer.annotations import github, gitlab, junit, sarif
from bake.renderer.plan import plan_of
from bake.renderer.printable import printable
from bake.renderer.refusals import refusal_text
from bake.renderer.words import CUT_OFF, change_text, counted, evidence_text, key_text, moment, numbered, value_text
from bake.version import __version__

if TYPE_CHECKING:
    from bake import CheckResult, Drift, FolderCheck, LedgerEntry, RebaseResult, RevertResult, RowEvent
    from bake.policy.verdict import Verdict

_LISTED = 20
_DIGITS = len("sha256:") + 12


def entries_text(entries: Sequence[LedgerEntry]) -> str:
    """What the database received, an entry each two lines."""
    lines = []
    for entry in entries:
        lines.append(f"{moment(entry.at)}  {entry.state:8}  {_id(entry)}  {printable(entry.file)}")
        lines.append(f"  by {printable(entry.actor)}, from {printable(entry.source)}: {counts_text(entry.counts)}")
    return "\n".join(lines) or "nothing has been applied to this database"


def row_text(events: Sequence[RowEvent]) -> str:
    """What happened to a row: when, by whom, from where, before → after."""
    lines = []
    several = len({event.uuid for event in events}) > 1
    section: str | None = None
    for event in events:
        entry = event.entry
        if several and event.uuid != section:
            section = event.uuid
            theirs = [moment(other.entry.at) for other in events if other.uuid == section]
            lines.append(f"the row {section}, changed {theirs[0]} to {theirs[-1]}:")
        lines.append(f"{moment(entry.at)}  {event.action} by {printable(entry.actor)}  {key_text(event.key)}")
        lines.append(f"  {_origin(event)}; changeset {_id(entry)} ({entry.state})")
        for change in event.fields:
            before, after = change_text(change.before, change.after)
            lines.append(f"    {printable(change.field)}: {before} → {after}")
            lines += [f"      {evidence_text(one)}" for one in event.evidence if one.field == change.field]
    return "\n".join(lines) or "no changeset has changed this"


def revert_text(result: RevertResult) -> str:
    """What a revert undoes, and what it leaves."""
    lines = [f"wrote {printable(str(result.changeset.path))}", *planned_lines(plan_of(result.changeset))]
    lines += [f"  what it reverts: {CUT_OFF}"] if result.repaired else []
    left = [one for one in result.left if one.why != "undone"]
    for one in left[:_LISTED]:
        subject = f"{one.entity} {key_text(one.key)}" + (f", {one.field}" if one.field else "")
        sides = f" ({value_text(one.recorded)}, now {value_text(one.found)})" if one.field else ""
        lines.append(f"  {one.why}: {printable(subject)}: {printable(one.reason)}{sides}")
    if further := len(left[_LISTED:]) + result.more:
        where = "the changeset's notices have their records" if result.more else "--format json lists all"
        lines.append(f"  and {further} more; {where}")
    lines.append(following("changeset", "apply", result.changeset.path))
    return "\n".join(lines)


def check_text(result: CheckResult, *, rules: bool = False) -> str:
    """What a changeset is worth now, all that stands against it, and what to type next.

    Args:
        result: what was found.
        rules: whether to say which rules of the policy allow how much of it.
    """
    path = result.changeset.path
    lines = [f"{printable(path.name)}: {_STATES[result.state]}"]
    if result.entry:
        at, by = moment(result.entry.at), printable(result.entry.actor)
        lines.append(f"  {_ENTRY[result.entry.state].format(at=at, by=by)}")
    lines += [f"  damaged: {printable(str(problem))}" for problem in result.problems[:_LISTED]]
    if result.changeset.torn:
        lines.append("  its last event was cut off while it was being written; the next one takes its place")
    lines += [f"  {question.id}: {printable(question.text)}" for question in result.questions[:_LISTED]]
    lines += [f"  {printable(conflict_line(conflict))}" for conflict in result.conflicts[:_LISTED]]
    lines += policy_lines(result.policy, rules=rules) if result.policy else []
    lines += [f"  {printable(result.lacking)}"] if result.lacking else []
    lines += [f"  {printable(approval.text)}" for approval in result.approvals]
    total = len(result.problems) + len(result.questions) + len(result.conflicts)
    if total > _LISTED:
        lines.append(f"  {counted(total, 'finding')} in all; --format json lists them")
    lines += remarks_text(result.remarks)
    if result.state == "stale":
        lines.append(f"next: {printable(conflict_hint(result.changeset, result.conflicts))}")
    if result.state in _NEXT:
        verb, *options = _NEXT[result.state]
        lines.append(following("changeset", verb, path, *options))
    return "\n".join(lines)


def policy_lines(verdict: Verdict, *, rules: bool) -> list[str]:
    """What a policy refuses, and, if that is asked for, which rules allow the rest."""
    lines = [f"  policy: {printable(refusal_text(one))}" for one in verdict.refusals[:_LISTED]]
    if verdict.refused > len(lines):
        lines.append(f"  policy: {counted(verdict.refused, 'change')} refused in all")
    if rules:
        allowed = [f"the rule {value_text(name)} allows {counted(n, 'change')}" for name, n in verdict.rules.items()]
        allowed += [f"{counted(verdict.unnamed, 'change')} that no rule is about"] if verdict.unnamed else []
        lines += [f"  policy: {printable(one)}" for one in allowed or ["no change is allowed"]]
    return lines


def folder_report(result: FolderCheck, format_: str) -> str:
    """What was found in a folder of changesets.

    Args:
        result: what was found.
        format_: `text`, or what programs for code review read: `github`, `gitlab`, `sarif` or `junit`.
    """
    match format_:
        case "github":
            return github(result.findings)
        case "gitlab":
            return gitlab(result.findings)
        case "sarif":
            return sarif(result.findings, __version__)
        case "junit":
            return junit(result.files, result.findings)
        case _:
            return _folder_text(result)


def _folder_text(result: FolderCheck) -> str:
    lines = [f"{counted(len(result.files), 'changeset')} checked, {counted(len(result.findings), 'finding')}"]
    for file in result.files:
        own = [one for one in result.findings if one.file == file]
        approved = [one for one in result.approvals.get(file, ()) if one.counts and (one.signer or not one.verified)]
        if own or approved:
            lines.append(printable(file))
            lines += [f"  {printable(one.text)}" for one in approved]
            lines += [f"  {one.level}: {printable(one.message)}" for one in own[:_LISTED]]
        if len(own) > _LISTED:
            lines.append(f"  and {len(own) - _LISTED:,} more; --format json lists them")
    return "\n".join(lines)


def drift_text(rows: Sequence[Drift]) -> str:
    """What was edited elsewhere, a line each."""
    lines = []
    for one in rows:
        match one.kind:
            case "changed":
                said = f", {one.field}: recorded {value_text(one.recorded)}, now {value_text(one.found)}"
            case "missing":
                said = ": is gone"
            case "there":
                said = ": is there, though it was deleted"
        lines.append(f"{printable(one.entity)} {key_text(one.key)}{printable(said)}")
    return "\n".join(lines) or "no drift: every row is as changesets left it"


_STATES = {
    "ready": "ready to apply",
    "applied": "applied already",
    "damaged": "damaged",
    "open": "questions are open",
    "refused": "the policy does not allow it",
    "stale": "stale: the database is not what it expects",
    "unapproved": "not approved by everybody who has to",
}
_NEXT = {
    "ready": ("apply",),
    "open": ("resolve", "--interactive"),
    "unapproved": ("approve",),
}
#: What the ledger says of a changeset; its time is that of the application, or of the attempt.
_ENTRY = {
    "applied": "applied {at} by {by}",
    "reverted": "applied {at} by {by}, and reverted since",
    "failed": "tried {at} by {by}, without success",
}


def _id(entry: LedgerEntry) -> str:
    """The beginning of a digest: enough to name the changeset by."""
    return entry.digest[:_DIGITS].removeprefix("sha256:")


def _origin(event: RowEvent) -> str:
    if event.locations:
        return "from " + ", ".join(printable(str(location)) for location in event.locations[:3])
    records = f", {numbered('record', event.records)}" if event.records else ""
    return f"from {printable(event.entry.source)}{records}"


def rebase_text(result: RebaseResult) -> str:
    """What rebasing came to, and what to type next."""
    path = result.changeset.path
    if result.conflicts and result.unchanged:
        lines = ["nothing has changed since, but it cannot be applied as it is"]
    else:
        lines = ["everything still holds" if result.unchanged else f"rebased {printable(str(path))}"]
    lines += [f"  {counted(n, 'operation')} dropped: {printable(reason)}" for reason, n in result.dropped.items()]
    if result.changed:
        lines.append(f"  {counted(result.changed, 'operation')} changed")
    if result.reopened:
        lines.append(f"  asked again: {', '.join(result.reopened)}")
    if result.asked:
        lines.append(f"  {counted(result.asked, 'new question')}")
    lines += remarks_text(result.remarks)
    if result.conflicts:
        lines += [f"  {printable(conflict_line(conflict))}" for conflict in result.conflicts[:_LISTED]]
        lines.append(f"next: {printable(conflict_hint(result.changeset, result.conflicts, rebased=True))}")
        return "\n".join(lines)
    waiting = len(result.changeset.decisions.open)
    verb, options = ("resolve", ("--interactive",)) if waiting else ("apply", ())
    lines.append(following("changeset", verb, path, *options))
    return "\n".join(lines)
