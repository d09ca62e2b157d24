"""The proposals of a changeset at the command line: listed, asked about, or decided on by options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bake
from bake.cli.options import Format
from bake.cli.output import colour, say, say_json, say_rendered, width

if TYPE_CHECKING:
    from bake import Project, SettleResult


def settle(
    project: Project,
    file: Path,
    accept: list[str],
    reject: list[str],
    reason: str | None,
    source: Path | None,
    *,
    interactive: bool,
    format_: Format,
) -> None:
    """Decide on proposals as the options say; without any, list those that wait."""
    from bake.cli.results import settle_text
    from bake.errors import UsageError

    if interactive and (accept or reject):
        raise UsageError("--interactive asks about each proposal: give it without --accept and --reject")
    if reason is not None and not reject:
        raise UsageError("--reason says why something is rejected: give it with --reject")
    if not (interactive or accept or reject):
        _list(file, format_)
        return
    result = (
        _asked(project, file)
        if interactive
        else bake.settle_proposals(project, file, accept=accept, reject=reject, reason=reason, source=source)
    )
    say_json(bake.to_dict(result)) if format_ is Format.json else say(settle_text(result))


def settle_by_policy(project: Project, file: Path, format_: Format) -> None:
    """Accept what the policy accepts, and say what is left."""
    from bake.cli.results import settle_text

    result = bake.accept_by_policy(project, file)
    say_json(bake.to_dict(result)) if format_ is Format.json else say(settle_text(result))


def _asked(project: Project, file: Path) -> SettleResult:
    from bake.cli.asking import terminal

    return bake.review_proposals(project, file, terminal())


def _list(file: Path, format_: Format) -> None:
    from bake.renderer.lines import joined
    from bake.renderer.proposals import offer
    from bake.renderer.text_layout import offer_lines

    changeset = bake.read(file)
    offers = [offer(one, changeset) for one in changeset.decisions.proposed]
    if format_ is Format.json:
        say_json([bake.to_dict(one) for one in offers])
    elif not offers:
        say("no proposal waits")
    else:
        say_rendered(joined((line for one in offers for line in offer_lines(one, width())), colour()))
