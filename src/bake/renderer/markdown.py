"""A document as Markdown, for pull requests. What data says is shown in code spans or escaped: it never is markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bake.renderer.document_parts import (
    Document,
    Item,
    Listing,
    shown_of,
    tense_of,
)
from bake.renderer.markdown_parts import (
    heading_lines,
    noticed_lines,
    offer_lines,
    passed_lines,
    question_lines,
    state_lines,
    step_lines,
    summary_lines,
    warning_lines,
)


def markdown(document: Document) -> str:
    """The document as GitHub Flavored Markdown."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from heading_lines(document.heading)
    yield from state_lines(document.state)
    yield from summary_lines(document.summary, tense_of(document.state))
    yield from _section("Questions", document.questions, question_lines)
    yield from _section("Proposals", document.proposals, offer_lines)
    yield from _section("Warnings", document.warnings, warning_lines)
    yield from _section("Operations", document.operations, step_lines)
    yield from _section("Skipped", document.skips, passed_lines)
    yield from _section("Notices", document.notices, noticed_lines)


def _section(title: str, listing: Listing[Item], lines: Callable[[Item], Iterator[str]]) -> Iterator[str]:
    if not listing.total:
        return
    yield ""
    yield f"### {title} ({shown_of(listing)})"
    yield ""
    for item in listing.items:
        yield from lines(item)
    if listing.more:
        yield ""
        yield f"… and {listing.more:,} more; `bake changeset show --all` shows them."
