"""What a policy says of a changeset: which changes it allows by which rules, and why it refuses the others.

a change that                                   is
a rule forbids                                  refused, by that rule
a rule allows whose conditions it meets         allowed, by that rule
rules are about, and meets no one's conditions  refused, with what each of them asks for
no rule is about                                what `otherwise` says
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias, TypeGuard

from msgspec import UNSET, UnsetType

from bake.catalog.values import Json, shown
from bake.changeset.model import Evidence, Key
from bake.policy.rules import Policy, Rule, fits

#: How many refusals are kept; all are counted.
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What rules ask of a changeset as a whole.

    Attributes:
        actor: who applies it.
        built_by: who built it.
        source: the name of its source.
        kind: the kind of that.
        operations: how many operations it has that change something.
        approvals: how many people other than the builder have approved it.
    """

    actor: str
    built_by: str
    source: str
    kind: str
    operations: int
    approvals: int = 0


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """A field that an operation writes; of an operation that deletes, the row as a whole.

    Attributes:
        n: the number of the operation.
        action: what it does.
        entity: to a row of which kind.
        key: which row.
        field: the field; "" for the row as a whole.
        before: the value before; `UNSET` if there was none, since the row is new, or if the changeset does not say it.
        after: the value after.
        models: the programs whose proposals were accepted for it.
        evidence: where the value comes from.
    """

    n: int
    action: str
    entity: str
    key: Key
    field: str
    before: Json | UnsetType
    after: Json
    models: frozenset[str] = frozenset()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that a policy does not allow, and why, in words."""

    write: FieldWrite
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of a changeset.

    Attributes:
        refusals: the first changes that it refuses.
        refused: how many it refuses.
        rules: by name, how many changes each rule allows.
        unnamed: how many changes are allowed since no rule is about them.
    """

    refusals: tuple[Refusal, ...] = ()
    refused: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    unnamed: int = 0


def judge(policy: Policy, circumstances: Circumstances, writes: Iterable[FieldWrite]) -> Verdict:
    """What a policy says of the changes of a changeset, which stream past."""
    about = [rule for rule in policy.rule if _is_about(rule, circumstances)]
    refusals: list[Refusal] = []
    refused = unnamed = 0
    rules: dict[str, int] = {}
    for write in writes:
        verdict = _judged(policy, circumstances, [rule for rule in about if _is_of(rule, write)], write)
        match verdict:
            case Rule():
                rules[verdict.name] = rules.get(verdict.name, 0) + 1
            case None:
                unnamed += 1
            case why:
                refused += 1
                if len(refusals) < _KEPT:
                    refusals.append(Refusal(write, why))
    return Verdict(tuple(refusals), refused, rules, unnamed)


#: The rule that allows a change, None if none has to, or why it is refused.
_Judged: TypeAlias = Rule | str | None


def _judged(policy: Policy, circumstances: Circumstances, rules: list[Rule], write: FieldWrite) -> _Judged:
    for rule in rules:
        if not rule.allow:
            return f"the rule {shown(rule.name)} forbids it" + (f": {rule.reason}" if rule.reason else "")
    lacking: list[str] = []
    for rule in rules:
        if not (unmet := list(_unmet(rule, circumstances, write))):
            return rule
        lacking.append(f"the rule {shown(rule.name)} allows it only {' and '.join(unmet)}")
    if lacking:
        return "; ".join(lacking)
    return None if policy.otherwise == "allow" else "no rule allows it"


def _is_about(rule: Rule, given: Circumstances) -> bool:
    return (
        fits(given.actor, rule.actor)
        and fits(given.built_by, rule.built_by)
        and fits(given.source, rule.source)
        and fits(given.kind, rule.kind)
    )


def _is_of(rule: Rule, write: FieldWrite) -> bool:
    return (
        fits(write.entity, rule.entity)
        and write.action in rule.action
        and (fits(write.field, rule.fields) if write.field else rule.fields == ("*",))
        and (not rule.model or any(fits(model, rule.model) for model in write.models))
    )


def _unmet(rule: Rule, given: Circumstances, write: FieldWrite) -> Iterator[str]:
    """The conditions of a rule that a change does not meet, each as `only …`."""
    if rule.operations is not None and given.operations > rule.operations:
        yield f"in changesets of at most {rule.operations} operations (there are {given.operations:,})"
    if given.approvals < rule.approvals:
        yield f"with {_approvals(rule.approvals)} (there {'is' if given.approvals == 1 else 'are'} {given.approvals})"
    if rule.only_null and (why := _was_filled(write)):
        yield f"where nothing stood before ({why})"
    if (share := rule.share) is not None and (why := _beyond(share, write)):
        yield f"within {rule.within} of the value before ({why})"
    if rule.evidence and not any(map(_has_source, write.evidence)):
        yield "with evidence (it is not said where the value comes from)"
    if rule.confidence is not None and not any(
        one.confidence is not None and one.confidence >= rule.confidence for one in write.evidence
    ):
        yield f"with a confidence of at least {rule.confidence}"


def _approvals(number: int) -> str:
    return "an approval" if number == 1 else f"{number} approvals"


def _has_source(said: Evidence) -> bool:
    """Whether it says where a value comes from, and not only how sure that is."""
    return any(text and text.strip() for text in (said.source, said.url, said.quote))


def _was_filled(write: FieldWrite) -> str | None:
    """What speaks against it that nothing stood in a field; None if nothing does."""
    if write.before is UNSET:
        return None if write.action == "create" else "it is not said what did"
    return None if write.before is None else f"it was {shown(write.before)}"


def _beyond(share: Decimal, write: FieldWrite) -> str | None:
    """How a number differs by more than a share; None if it does not."""
    before, after = write.before, write.after
    if not _is_number(before):
        return "there was no number"
    if not _is_number(after):
        return f"{shown(after)} is no number"
    was, becomes = Decimal(before), Decimal(after)
    difference = abs(becomes - was)
    if difference <= abs(was) * share:
        return None
    much = f"{_percent(difference / abs(was))} {'more' if becomes > was else 'less'}" if was else "it was 0"
    return f"{before} → {after}, {much}"


def _percent(share: Decimal) -> str:
    """A share in percent, with as many places as tell it from a round one."""
    exact = share * 100
    return f"{exact:.0f}%" if exact == exact.to_integral_value() or exact >= 100 else f"{exact:.3g}%"


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
