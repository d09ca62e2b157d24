"""A policy: the rules of `bake-policy.toml`, and how that file is read.

    format = "bake.policy/1"
    otherwise = "refuse"

    [[rule]]
    name = "assistants fill in codes"
    built_by = ["assistant of *"]
    entity = ["products"]
    action = ["update"]
    fields = ["upc_code", "notes"]
    only_null = true
    evidence = true

Texts are compared with patterns, in which `*` stands for anything, and each other character for itself. The JSON Schema
is in `policy.schema.json`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, TypeAlias

import msgspec

from bake.catalog.names import near
from bake.catalog.values import shown
from bake.errors import Location, UsageError

FORMAT = "bake.policy/1"

Patterns: TypeAlias = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
_ANY = ("*",)


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody may do, or may not. Whoever is not named is anybody, whatever is not named is anything.

    Attributes:
        name: by which messages and events call it.
        allow: whether it allows; a rule that does not forbids, whatever others allow.
        reason: why, for people.
        actor: who applies.
        built_by: who built the changeset.
        model: the program whose proposal was accepted; without it, a change may come from anywhere.
        source: the name of the source.
        kind: the kind of the source, such as `view` or `revert`.
        entity: the entity of the row.
        action: what is done to it.
        fields: the fields that are written; that a row is deleted is of no field.
        within: the share by which a number may differ from the one before, as `5 %`.
        only_null: only where nothing stood before.
        evidence: only where it is said where the value comes from.
        confidence: only where that is said to be so sure, from 0 to 1.
        operations: only in changesets of so many operations at most.
        accept: whether `resolve --accept-proposals` accepts proposals that it allows.
        approvals: only if so many people other than the builder have approved the changeset.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    allow: bool = True
    reason: str = ""
    actor: Patterns = _ANY
    built_by: Patterns = _ANY
    model: tuple[str, ...] = ()
    source: Patterns = _ANY
    kind: Patterns = _ANY
    entity: Patterns = _ANY
    action: Annotated[tuple[Literal["create", "update", "delete"], ...], msgspec.Meta(min_length=1)] = (
        "create",
        "update",
        "delete",
    )
    fields: Patterns = _ANY
    within: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})? ?%$")] | None = None
    only_null: bool = False
    evidence: bool = False
    confidence: Decimal | None = None
    operations: Annotated[int, msgspec.Meta(ge=0)] | None = None
    approvals: Annotated[int, msgspec.Meta(ge=0)] = 0
    accept: bool = False

    @property
    def share(self) -> Decimal | None:
        """The share by which a number may differ."""
        return None if self.within is None else Decimal(self.within.rstrip(" %")) / 100


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of a project.

    Attributes:
        format: the version of the file.
        otherwise: what becomes of a change that no rule is about.
        assistants_apply: whether `bake mcp --allow-apply` may apply what the rules allow its actor.
        rule: the rules; their order decides nothing.
    """

    format: Literal["bake.policy/1"]
    otherwise: Literal["refuse", "allow"] = "refuse"
    assistants_apply: bool = False
    rule: tuple[Rule, ...] = ()

    @property
    def accepting(self) -> Policy:
        """The policy by which proposals are accepted without a person; others are left to a person."""
        rules = tuple(rule for rule in self.rule if rule.accept or not rule.allow)
        return msgspec.structs.replace(self, otherwise="refuse", rule=rules)


def parse_policy(raw: bytes, name: str) -> Policy:
    """The policy that a file holds.

    Args:
        raw: its bytes: TOML in UTF-8.
        name: what messages call it.

    Raises:
        UsageError: it is no policy; the message says what is wrong with which part.
    """
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"), parse_float=Decimal)
        policy = msgspec.convert(document, Policy)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"this is no policy: {error}", location=Location(name), hint=_HINT) from None
    names = [rule.name for rule in policy.rule]
    if double := next((one for one in names if names.count(one) > 1), None):
        raise UsageError(f"two rules are called {double!r}", location=Location(name), hint="give each its own name")
    return policy


_HINT = "docs/reference/policy.md says what a policy is made of"


def require_known(policy: Policy, fields: Mapping[str, Collection[str]], name: str) -> None:
    """See that rules name entities and fields that there are: a misspelt one would forbid, or ask for, nothing.

    Args:
        policy: the policy.
        fields: the names of the fields, by entity.
        name: what messages call the file.

    Raises:
        UsageError: a pattern of a rule stands for no entity, or for no field of its entities.
    """
    for rule in policy.rule:
        about = [entity for entity in fields if fits(entity, rule.entity)]
        named = sorted({field for entity in about for field in fields[entity]})
        for noun, patterns, known in (("entity", rule.entity, sorted(fields)), ("field", rule.fields, named)):
            unknown = next((one for one in patterns if not any(fits(each, (one,)) for each in known)), None)
            if unknown is not None:
                meant = near(unknown, known)
                raise UsageError(
                    f"the rule {shown(rule.name)} is about {noun} {shown(unknown)}, which there is not",
                    location=Location(name),
                    hint=f"did you mean {meant}?" if meant else f"known are {', '.join(known)}",
                )


def fits(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns stands for a text: `*` for anything, each other character for itself."""
    return any(_pattern(pattern).fullmatch(text) for pattern in patterns)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
