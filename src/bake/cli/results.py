"""Results of commands, in words and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bake.cli.plan_output import following, planned_lines, remark_lines
from bake.commands import command
from bake.renderer.advice import not_edited
from bake.renderer.counts import done_text
from bake.renderer.plan import plan_of
from bake.renderer.printable import printable
from bake.renderer.sentences import sentence
from bake.renderer.words import CUT_OFF, counted, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bake import (
        AmendResult,
        ApplyResult,
        ApproveResult,
        Changeset,
        ImportResult,
        ListedChangeset,
        ResolveResult,
        SealResult,
        SettleResult,
    )
    from bake.changeset.model import Counts
    from bake.renderer.counts import Tense
    from bake.renderer.plan import Plan


#: How many open questions are named.
_NAMED = 10


def counts_text(counts: Counts) -> str:
    """What was done, on one line: `products: 1 created, 12 updated; suppliers: 1 created`."""
    done = done_text(counts, "result")
    return "; ".join(f"{printable(entity)}: {text}" for entity, text in done.items()) or "nothing"


def remarks_text(remarks: Iterable[str]) -> list[str]:
    """What should be known of a result, a line each."""
    return [f"  note: {printable(remark)}" for remark in remarks]


def apply_text(result: ApplyResult) -> str:
    """What applying came to."""
    name, database = printable(result.changeset.path.name), printable(result.database)
    tense: Tense = "result"
    match result.state:
        case "already applied":
            lines = [f"{name} was applied to {database} already; nothing to do"]
            return "\n".join([*lines, *([CUT_OFF] if result.repaired else [])])
        case "tried":
            tense = "trial"
            lines = [f"dry run on {database}: rolled back, nothing was written"]
        case _:
            lines = [f"applied to {database}"]
    if result.reverted:
        lines.append(f"  it was reverted {moment(result.reverted)}; this applies it again")
    lines += [f"  {printable(entity)}: {text}" for entity, text in done_text(result.counts, tense).items()]
    lines += remarks_text(result.remarks)
    lines += [f"  {CUT_OFF}"] if result.repaired else []
    if result.skipped:
        lines.append(f"  {counted(result.skipped, 'record')} skipped")
    if result.log:
        log = printable(str(result.log))
        lines.append(f"next: correct {log} and import it: {command('import', result.log)}")
    return "\n".join(lines)


def applied_note(result: ApplyResult | None) -> str:
    """What must be known even where the result cannot be written: that it was applied; else nothing."""
    return (
        f"it was applied all the same: {printable(str(result.changeset.path))}"
        if result and result.state == "applied"
        else ""
    )


def import_text(result: ImportResult) -> str:
    """What an import came to: what was done, where the record is, and what should be looked at."""
    plan = plan_of(result.changeset)
    done = apply_text(result.applied) if result.applied else _unchanged(result.changeset, plan)
    record = f"the record is {printable(str(result.changeset.path))}"
    repaired = [f"{printable(str(result.repaired))}: {CUT_OFF}"] if result.repaired else []
    return "\n".join([done, record, *repaired, *remark_lines(result.changeset, plan)])


def _unchanged(file: Changeset, plan: Plan) -> str:
    """That an import changed nothing; that everything is as the source says only where that is so."""
    if plan.is_as_the_source_says:
        return f"nothing to change: everything is as {printable(file.header.source.name)} says"
    return "\n".join([*(not_edited(file) or ["nothing was changed"]), *planned_lines(plan)])


def resolve_text(result: ResolveResult) -> str:
    """What was answered, what is still open, and what to type next."""
    waiting = len(result.changeset.decisions.open)
    lines = [f"{counted(result.answered, 'answer')} recorded; {still_open(result.changeset)}"]
    lines += [f"  looks wrong: {printable(warning)}" for warning in result.warnings]
    if result.remembered:
        lines.append(f"  {result.remembered} remembered for the next time (bake answers list)")
    if waiting:
        lines.append(following("changeset", "resolve", result.changeset.path, "--interactive"))
    else:
        lines.append(following("changeset", "apply", result.changeset.path))
    return "\n".join(lines)


def settle_text(result: SettleResult) -> str:
    """What was decided on proposals, what still waits, and what to type next."""
    file = result.changeset
    waiting = len(file.decisions.proposed)
    wait = f"; {counted(waiting, 'proposal')} still to decide on" if waiting else ""
    lines = [f"{counted(result.accepted, 'proposal')} accepted, {result.rejected:,} rejected{wait}; {still_open(file)}"]
    next_ = ("--proposals", "--interactive") if waiting else ("--interactive",)
    if waiting or file.decisions.open:
        lines.append(following("changeset", "resolve", file.path, *next_))
    else:
        lines.append(following("changeset", "apply", file.path))
    return "\n".join(lines)


def still_open(file: Changeset) -> str:
    """`still open: q1, q2`, or that nothing is."""
    open_ = [question.id for question in file.decisions.open]
    more = f" and {len(open_) - _NAMED:,} more" if len(open_) > _NAMED else ""
    return f"still open: {', '.join(open_[:_NAMED])}{more}" if open_ else "no question is open"


def approve_text(result: ApproveResult) -> str:
    """What was approved, and what to type next."""
    name = printable(result.changeset.path.name)
    lines = [f"approved {name} as it is now", "  what changes it from now on makes the approval void"]
    return "\n".join([*lines, following("changeset", "apply", result.changeset.path)])


def amend_text(result: AmendResult) -> str:
    """What was amended, and what to type next."""
    numbers = ", ".join(map(str, result.amended))
    lines = [f"amended {'operation' if len(result.amended) == 1 else 'operations'} {numbers}" if numbers else "noted"]
    if result.fallen:
        others = "1 other operation is" if result.fallen == 1 else f"{result.fallen} other operations are"
        lines.append(f"  {others} left out with it")
    lines += [f"  looks wrong: {printable(warning)}" for warning in result.warnings]
    lines.append(following("changeset", "show", result.changeset.path))
    return "\n".join(lines)


def seal_text(result: SealResult) -> str:
    """What was accepted, and what to type next."""
    lines = ["accepted what was edited by hand:", *(f"  - {printable(problem.message)}" for problem in result.edits)]
    decisions = result.changeset.decisions
    contested = ((question, decisions.contradicting(question.id)) for question in decisions.open)
    lines += [f"  {sentence(question, 0, answers)}" for question, answers in contested if answers]
    if decisions.open:
        lines.append(f"  {counted(len(decisions.open), 'open question')}")
        return "\n".join([*lines, following("changeset", "resolve", result.changeset.path, "--interactive")])
    return "\n".join([*lines, following("changeset", "show", result.changeset.path)])


def listing_text(rows: list[ListedChangeset]) -> str:
    """The changesets of a folder, a line each."""
    if not rows:
        return "no changesets here"
    states = [row.state for row in rows]
    width = max(10, *map(len, states))
    return "\n".join(f"{state:{width}} {printable(row.path.name)}" for state, row in zip(states, rows, strict=True))
