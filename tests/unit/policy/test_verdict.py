"""What a policy says of changes: each condition, which rules outweigh which, and how a refusal is worded."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from bake.changeset.model import Evidence
from bake.errors import UsageError
from bake.policy.rules import Policy, Rule, parse_policy, require_known
from bake.policy.verdict import Circumstances, FieldWrite, judge

ADA = Circumstances("ada", "assistant of ada", "prices.csv", "csv", operations=3)
PRICE = FieldWrite(1, "update", "products", {"slug": "flour"}, "price", Decimal("4.00"), Decimal("4.20"))
CODE = FieldWrite(2, "update", "products", {"slug": "flour"}, "upc_code", None, "071012010103")
SHOP = FieldWrite(3, "create", "suppliers", {"slug": "new"}, "name", UNSET, "New")
GONE = FieldWrite(4, "delete", "products", {"slug": "flour"}, "", {"slug": "flour"}, None)
SURE = Evidence(field="upc_code", url="https://example.org", confidence=Decimal("0.9"))


def rule(**said: Any) -> Rule:
    """A rule."""
    return Rule(**{"name": "r", **said})


def why(write: FieldWrite, *rules: Rule, given: Circumstances = ADA, otherwise: Any = "refuse") -> str | None:
    """Why a change is refused; None if it is not."""
    verdict = judge(Policy(format="bake.policy/1", otherwise=otherwise, rule=rules), given, [write])
    assert verdict.refused == len(verdict.refusals)
    return verdict.refusals[0].why if verdict.refusals else None


SAID = replace(CODE, evidence=(SURE,), models=frozenset(["gpt 9"]))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (PRICE, {}),
        (PRICE, {"entity": ("prod*",), "fields": ("price",), "action": ("update",)}),
        (PRICE, {"actor": ("ada",), "built_by": ("assistant of *",), "source": ("*.csv",), "kind": ("csv",)}),
        (PRICE, {"within": "5 %"}),
        (replace(PRICE, after=Decimal("3.80")), {"within": "5.0%"}),
        (PRICE, {"operations": 3}),
        (CODE, {"only_null": True}),
        (SHOP, {"only_null": True}),
        (GONE, {"action": ("delete",)}),
        (SAID, {"evidence": True, "confidence": Decimal("0.9")}),
        (SAID, {"model": ("gpt *",)}),
    ],
)
def test_what_a_rule_allows(write: FieldWrite, said: dict[str, Any]) -> None:
    """It is about the change, and all of its conditions are met."""
    assert why(write, rule(**said)) is None


@pytest.mark.parametrize(
    ("write", "said", "because"),
    [
        (PRICE, {"entity": ("suppliers",)}, "no rule allows it"),
        (PRICE, {"fields": ("upc_code",)}, "no rule allows it"),
        (PRICE, {"actor": ("bob",)}, "no rule allows it"),
        (CODE, {"model": ("gpt *",)}, "no rule allows it"),
        (GONE, {"fields": ("price",)}, "no rule allows it"),
        (PRICE, {"within": "4 %"}, 'the rule "r" allows it only within 4 % of the value before (4.00 → 4.20, 5% more)'),
        (replace(PRICE, before=Decimal(0)), {"within": "4 %"}, "it was 0"),
        (replace(PRICE, before=None), {"within": "4 %"}, "there was no number"),
        (replace(PRICE, after=None), {"within": "4 %"}, "None is no number"),
        (PRICE, {"only_null": True}, "only where nothing stood before (it was 4"),
        (replace(CODE, before=UNSET), {"only_null": True}, "only where nothing stood before (it is not said what did)"),
        (replace(PRICE, after=Decimal("4.2001")), {"within": "5 %"}, "4.00 → 4.2001, 5.00% more"),
        (replace(PRICE, before=Decimal("-4.00")), {"within": "5 %"}, "205% more"),
        (replace(PRICE, after=Decimal("-4.00")), {"within": "5 %"}, "200% less"),
        (replace(PRICE, after="4.20"), {"within": "5 %"}, '"4.20" is no number'),
        (PRICE, {"fields": ("pr?ce", "[p]rice", "pric\u0435")}, "no rule allows it"),
        (CODE, {"evidence": True}, "only with evidence"),
        (replace(CODE, evidence=(Evidence(url=" ", confidence=Decimal(1)),)), {"evidence": True}, "only with evidence"),
        (SAID, {"confidence": Decimal("0.95")}, "a confidence of at least 0.95"),
        (PRICE, {"operations": 2}, "at most 2 operations (there are 3)"),
        (PRICE, {"approvals": 1}, "with an approval (there are 0)"),
        (PRICE, {"only_null": True, "evidence": True}, " and with evidence"),
        (SHOP, {"allow": False, "reason": "ask Bob"}, 'the rule "r" forbids it: ask Bob'),
    ],
)
def test_what_is_refused(write: FieldWrite, said: dict[str, Any], because: str) -> None:
    """With what the rule asks for, and what was found."""
    assert because in str(why(write, rule(**said)))


def test_which_rule_outweighs_which() -> None:
    """One that forbids outweighs all, in any order; of those that allow, one is enough; else each says what it asks."""
    forbids, strict = rule(name="no", allow=False), rule(name="strict", evidence=True)
    for rules in ((forbids, rule()), (rule(), forbids)):
        assert why(CODE, *rules) == 'the rule "no" forbids it'
    assert why(CODE, strict, rule()) is None
    both = why(PRICE, strict, rule(name="small", operations=1))
    assert both is not None
    assert both.count("allows it only") == 2


def test_what_no_rule_is_about() -> None:
    """Is refused, or allowed, as the policy says; rules are counted by what they allow."""
    assert why(PRICE) == "no rule allows it"
    assert why(PRICE, otherwise="allow") is None
    verdict = judge(
        Policy(format="bake.policy/1", otherwise="allow", rule=(rule(fields=("price",)),)), ADA, [PRICE, CODE]
    )
    assert (verdict.rules, verdict.unnamed) == ({"r": 1}, 1)


def test_many_refusals_are_counted() -> None:
    """Only the first ones are kept."""
    verdict = judge(Policy(format="bake.policy/1"), ADA, [PRICE] * 80)
    assert (verdict.refused, len(verdict.refusals)) == (80, 50)


def test_only_accepting_rules_accept() -> None:
    """What rules allow to be applied, nobody has accepted yet; what is forbidden stays so."""
    policy = Policy(
        format="bake.policy/1",
        otherwise="allow",
        rule=(rule(), rule(name="a", accept=True), rule(name="n", allow=False)),
    )
    assert ([one.name for one in policy.accepting.rule], policy.accepting.otherwise) == (["a", "n"], "refuse")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"entity": ("product",)}, 'about entity "product", which there is not'),
        ({"entity": ("shop*",)}, 'about entity "shop*"'),
        ({"fields": ("pric\u0435",)}, 'about field "pric\u0435"'),
        ({"entity": ("suppliers",), "fields": ("name", "price")}, 'about field "price"'),
    ],
)
def test_a_rule_about_nothing_is_no_rule(said: dict[str, Any], wrong: str) -> None:
    """One that forbids what there is not would forbid nothing, and nobody would notice."""
    known = {"products": ("price",), "suppliers": ("name",)}
    require_known(Policy(format="bake.policy/1", rule=(rule(entity=("supp*",), fields=("*",)),)), known, "p")
    with pytest.raises(UsageError, match=re.escape(wrong)) as caught:
        require_known(Policy(format="bake.policy/1", rule=(rule(), rule(**said))), known, "p")
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "missing required field `format`"),
        ('format = "bake.policy/2"', "bake.policy/2"),
        ('format = "bake.policy/1"\n[[rule]]', "missing required field `name`"),
        ('format = "bake.policy/1"\n[[rule]]\nname = "a"\ncolour = 1', "colour"),
        ('format = "bake.policy/1"\n[[rule]]\nname = "a"\nwithin = "much"', "within"),
        ('format = "bake.policy/1"\n[[rule]]\nname = "a"\n[[rule]]\nname = "a"', "two rules are called"),
        ("format = ", "no policy"),
    ],
)
def test_what_is_no_policy(text: str, wrong: str) -> None:
    """The message says which part is wrong, and where it stands."""
    with pytest.raises(UsageError, match=wrong) as caught:
        parse_policy(text.encode(), "bake-policy.toml")
    assert str(caught.value).startswith("bake-policy.toml: ")
