"""A plan, before anything is written: what will happen, what should be read first, what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bake.commands import command
from bake.renderer.counts import counts_text
from bake.renderer.plan import Plan, Planned, plan_of
from bake.renderer.printable import printable
from bake.renderer.words import counted, row_text

if TYPE_CHECKING:
    from bake import Changeset
    from bake.renderer.document_parts import Warned


def plan_lines(file: Changeset, plan: Plan) -> list[str]:
    """What a changeset would do, an entity a line; then its warnings and notices."""
    return [*planned_lines(plan), *remark_lines(file, plan)]


def planned_lines(plan: Plan) -> list[str]:
    """`products: 3 to create, 150 unchanged`, an entity a line."""
    lines = [f"  {printable(name)}: {text}" for name, one in plan.counts.items() if (text := planned_text(one))]
    return lines or ["  no records"]


def planned_text(planned: Planned) -> str:
    """`3 to create, 2 to update, 150 unchanged`."""
    return counts_text({name: getattr(planned, name) for name in planned.__struct_fields__}, "plan")


def remark_lines(file: Changeset, plan: Plan) -> list[str]:
    """How many warnings and notices there are, where to see all, and the first few."""
    warnings, notices = plan.warnings, plan.notices
    kinds = [counted(one.total, noun) for one, noun in ((warnings, "warning"), (notices, "notice")) if one.total]
    if not kinds:
        return []
    shown = [line for one in warnings.items for line in _warning_lines(one)]
    shown += [f"    notice: {printable(one.message)}" for one in notices.items]
    more = ["    …"] if warnings.more or notices.more else []
    all_ = "it" if warnings.total + notices.total == 1 else "them"
    listing = command("changeset", "show", file.path)
    return [f"  {', '.join(kinds)}; {listing} lists {all_}", *shown, *more]


def _warning_lines(warned: Warned) -> Iterator[str]:
    yield f"    warning: {printable(warned.entity)} {row_text(warned.key, warned.label)} (operation {warned.n})"
    yield f"      {printable(warned.warning.field)}: {printable(warned.warning.message)}"


def plan_text(file: Changeset) -> str:
    """What a changeset that was just written would do, and what to type next."""
    plan, waiting = plan_of(file), len(file.decisions.open)
    lines = [f"wrote {printable(str(file.path))}", *plan_lines(file, plan)]
    if waiting:
        lines.append(f"  {counted(waiting, 'open question')}")
        lines.append(following("changeset", "resolve", file.path, "--interactive"))
    else:
        lines.append(following("changeset", "show", file.path))
    return "\n".join(lines)


def following(*words: object) -> str:
    """The line that says what to type next."""
    return f"next: {command(*words)}"
