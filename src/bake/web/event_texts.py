"""What happened to a changeset, an event a line, as the page tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bake.changeset.events import (
    Amended,
    Answered,
    Applied,
    Approved,
    Asked,
    Derived,
    Event,
    Failed,
    Merged,
    Proposed,
    Rebased,
    Rejected,
    Sealed,
    Withdrawn,
)
from bake.renderer.proposals import offer_texts
from bake.renderer.sentences import answer_text, sentence
from bake.renderer.words import amendment_text, clipped, counted


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words: when, who, what, and why, as far as it says so."""

    at: str
    by: str
    text: str
    reason: str = ""


def told(event: Event) -> Told:
    """An event in words."""
    match event:
        case Merged():
            return Told("", "", "two versions of this changeset were merged")
        case Amended():
            where = f"amended operation {event.operation}: {amendment_text(event.patch)}"
            return Told(event.at, event.by, "noted" if event.operation is None else where, event.reason or "")
        case Sealed():
            return Told(event.at, event.by, "accepted lines that were edited by hand", event.reason or "")
        case Rejected():
            return Told(event.at, event.by, "rejected a proposal", event.reason or "")
        case _:
            return Told(event.at, event.by, _text(event))


def _text(event: Asked | Answered | Withdrawn | Derived | Rebased | Proposed | Approved | Applied | Failed) -> str:
    """What an event was, in a phrase whose subject is the actor."""
    match event:
        case Asked():
            return f"opened {event.question.id}: {clipped(sentence(event.question, 0))}"
        case Answered():
            return f"answered {event.question}: {answer_text(event)}"
        case Withdrawn():
            return f"took back the answer to {event.question}"
        case Derived():
            asked = f", asked: {', '.join(one.id for one in event.questions)}" if event.questions else ""
            return f"what the answers entail for {counted(len(event.operations), 'operation')}{asked}"
        case Rebased():
            again = f", asked again: {', '.join(event.reopened)}" if event.reopened else ""
            changed = counted(len(event.operations), "operation")
            return f"rebased it on {event.database}: {changed} derived again{again}"
        case Proposed():
            return f"proposed: {clipped('; '.join(offer_texts(event)))}"
        case Approved():
            return "approved what it did then"
        case Applied():
            done = sum(n for actions in event.counts.values() for n in actions.values())
            return f"applied it to {event.database}: {counted(done, 'operation')}"
        case Failed():
            return f"tried to apply it to {event.database}; nothing was written: {event.message}"
        case _:
            assert_never(event)
