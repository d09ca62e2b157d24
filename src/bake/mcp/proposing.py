"""What an assistant sends when it proposes: answers and amendments, with what speaks for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from bake import Answer, Evidence, Proposal
from bake.errors import UsageError
from bake.mcp.exact import exact

_encoder = msgspec.json.Encoder(decimal_format="number")

Sure = Field(default=None, ge=0, le=1, description="How sure you are, from 0 to 1.")


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenEvidence(_Given):
    """Where a value comes from."""

    field: str | None = Field(default=None, description="The field that it is about; none if it is about all of them.")
    source: str | None = Field(default=None, description="The name of the source, such as that of an image.")
    url: str | None = Field(default=None, description="The address at which you found it.")
    quote: str | None = Field(default=None, description="What stands there, word for word.")
    confidence: float | None = Sure

    def evidence(self) -> Evidence:
        """The same as a changeset holds it."""
        return Evidence(
            field=self.field or None,
            source=self.source or None,
            url=self.url or None,
            quote=self.quote or None,
            confidence=_confidence(self.confidence),
        )


class _Reasoned(_Given):
    reason: str | None = Field(default=None, description="Why, in a sentence for the person who decides.")
    confidence: float | None = Sure
    evidence: list[GivenEvidence] = Field(default_factory=list, description="Where it comes from.")

    def proposal(self, model: str, **what: Any) -> Proposal:
        """A proposal of this, with what speaks for it."""
        return Proposal(
            model,
            reason=self.reason,
            confidence=_confidence(self.confidence),
            evidence=[one.evidence() for one in self.evidence],
            **what,
        )


class ProposedAnswer(_Reasoned):
    """An answer to a question; which choices and fields fit, list_questions says."""

    question: str = Field(description="The id of the question, such as q1.")
    choice: Literal["create", "map", "skip", "value", "omit", "keep", "file", "database", "take", "choose"]
    key: dict[str, Any] | None = Field(default=None, description="For map: the key of the row that is meant.")
    values: dict[str, Any] | None = Field(default=None, description="For create: the fields of the new row.")
    value: Any = Field(default=None, description="For value: the value.")
    columns: dict[str, str | None] | None = Field(
        default=None,
        description="For choose, where columns are asked for: what differs from the proposal, by column of the file.",
    )
    option: str | None = Field(default=None, description="For choose: the name of the option.")
    operation: int | None = Field(
        default=None, description="For take, or for one of the operations that ask: its number."
    )

    def as_proposal(self, model: str) -> Proposal:
        """The proposal of this answer."""
        answer = Answer(
            self.question,
            self.choice,
            key=exact(self.key),
            values=exact(self.values),
            value=exact(self.value) if self.choice == "value" else msgspec.UNSET,
            option=self.option,
            operation=self.operation,
            columns=self.columns,
        )
        return self.proposal(model, answer=answer)


class ProposedAmendment(_Reasoned):
    """A change of one operation: fields that get other values, or that it is left out."""

    operation: int = Field(ge=1, description="The number of the operation.")
    set: dict[str, Any] = Field(default_factory=dict, description="By field, the value that it is to write.")
    drop: bool = Field(default=False, description="Leave the operation out.")

    def as_proposal(self, model: str) -> Proposal:
        """The proposal of this amendment."""
        texts = [f"{self.operation}/{name}={_text(exact(value))}" for name, value in self.set.items()]
        return self.proposal(model, set_=texts, drop=[self.operation] if self.drop else [])


def proposals(model: str, answers: list[ProposedAnswer], amendments: list[ProposedAmendment]) -> Iterator[Proposal]:
    """What an assistant proposes.

    Raises:
        UsageError: nothing.
    """
    if not (answers or amendments):
        raise UsageError("nothing is proposed", hint="give answers or amendments")
    yield from (one.as_proposal(model) for one in answers)
    yield from (one.as_proposal(model) for one in amendments)


def _text(value: Any) -> str:
    """A value as it is typed for an amendment."""
    match value:
        case None:
            return "null"
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return _encoder.encode(value).decode()
        case _:
            return str(value)


def _confidence(given: float | None) -> Decimal | None:
    return None if given is None else Decimal(repr(given))
