"""The policy of a project at work: what is refused before anything is written, and what an assistant may apply."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fuzz.mutation import decoded, encoded
from support.assistant import Assistant, Refused, played
from support.situations.watching import forget
from support.web import bakery

import bake
from bake import Answer, Evidence, Project, Proposal
from bake.errors import RefusedByPolicy, UsageError
from bake.mcp.server import server

FLOUR, BREAD = "king_arthur_all_purpose_flour_5_lb", "king_arthur_bread_flour_5_lb"
CODE = "071012010103"
CODES = """
format = "bake.policy/1"
assistants_apply = true
[[rule]]
name = "codes"
fields = ["upc_code"]
only_null = true
accept = true
confidence = 0.8
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The bakery of the demonstration, with a policy."""
    folder = bakery(tmp_path / "shop")
    (folder / "bake-policy.toml").write_text(CODES)
    return Project(f"sqlite:///{folder / 'bake.db'}", "bake.catalog.bakery:BAKERY", folder=folder, actor="ada")


def record(**said: Any) -> dict[str, Any]:
    """A record of a flour."""
    return {"product_slug": FLOUR, **said}


SURE = {"_evidence": {"upc_code": {"url": "https://example.org", "confidence": 0.9}}}


def test_nothing_is_written_that_the_policy_refuses(project: Project) -> None:
    """Not in a dry run either; each change is named, and check says it before, with its status."""
    before = (project.folder / "bake.db").read_bytes()
    file = bake.build(project, [record(upc_code=CODE, notes="sifted")], view="products")
    for dry_run in (True, False):
        with pytest.raises(RefusedByPolicy) as refused:
            bake.apply(project, file, dry_run=dry_run)
        assert [problem.message.rpartition(", ")[2] for problem in refused.value.problems] == [
            'upc_code: the rule "codes" allows it only with a confidence of at least 0.8',
            "notes: no rule allows it",
        ]
    assert (project.folder / "bake.db").read_bytes() == before
    result = bake.check(project, file)
    assert (result.state, result.exit_status, bake.to_dict(result)["policy"]["refused"]) == ("refused", 3, 2)
    assert bake.check(project, file, policy=False).state == "ready"
    assert [one.code for one in bake.check_folder(project, file.path).findings] == ["policy", "policy"]


def test_what_it_allows_is_applied_and_marked(project: Project) -> None:
    """The event has the digest of the policy, and the rules; without a policy it has neither."""
    applied = bake.apply(project, bake.build(project, [record(upc_code=CODE, **SURE)], view="products"))
    mark = applied.changeset.decisions.applied[0].policy
    assert mark is not None
    assert (mark.rules, mark.digest[:7]) == (("codes",), "sha256:")
    (project.folder / "bake-policy.toml").unlink()
    undone = bake.apply(project, bake.revert(project, applied.changeset).changeset)
    assert undone.changeset.decisions.applied[0].policy is None


def test_the_ledger_knows_the_policy(project: Project) -> None:
    """A file that was not told of its application, because a run was cut off, is told later by which rules it was."""
    applied = bake.apply(project, bake.build(project, [record(upc_code=CODE, **SURE)], view="products"))
    event = applied.changeset.decisions.applied[0]
    forget(applied.changeset.path, "applied")
    assert bake.read(applied.changeset.path).decisions.applied == ()
    (project.folder / "bake-policy.toml").unlink()
    assert bake.apply(project, applied.changeset.path).changeset.decisions.applied == (event,)


def test_a_policy_that_cannot_be_read_lets_nothing_pass(project: Project) -> None:
    """It is not taken for none."""
    (project.folder / "bake-policy.toml").write_text("format = 1")
    with pytest.raises(UsageError, match="this is no policy"):
        bake.apply(project, bake.build(project, [record(upc_code=CODE, **SURE)], view="products"))


def test_what_is_not_said_is_not_taken_for_nothing(project: Project) -> None:
    """A file made by hand, which does not say what stood in a field, does not pass for one that fills it in."""
    (project.folder / "bake-policy.toml").write_text('format = "bake.policy/1"\n[[rule]]\nname = "x"\nonly_null = true')
    file = bake.build(project, [record(brand="Other")], view="products")
    lines = decoded(file.path.read_bytes())
    lines[1]["patch"] = [step for step in lines[1]["patch"] if step["op"] != "test"]
    file.path.write_bytes(encoded(lines))
    with pytest.raises(RefusedByPolicy) as refused:
        bake.apply(project, file.path)
    assert "it is not said what did" in refused.value.problems[0].message


def test_a_misspelt_rule_lets_nothing_pass(project: Project) -> None:
    """The message names the rule, and what was meant."""
    forbids = 'format = "bake.policy/1"\notherwise = "allow"\n[[rule]]\nname = "x"\nallow = false\nentity = ["product"]'
    (project.folder / "bake-policy.toml").write_text(forbids)
    with pytest.raises(UsageError, match='the rule "x" is about entity "product", which there is not') as refused:
        bake.apply(project, bake.build(project, [record(notes="sifted")], view="products"))
    assert refused.value.hint == "did you mean products?"


def test_proposals_that_rules_accept(project: Project) -> None:
    """Only where such a rule allows all that comes of it; the others wait for a person."""
    file = bake.build(
        project,
        [record(upc_code="071012010104"), record(product_slug=BREAD, upc_code="071012050501")],
        view="products",
        strict=True,
    )
    sure = [Evidence(field="upc_code", url="https://example.org", confidence=Decimal("0.9"))]
    made = [
        Proposal("m", Answer("q1", "value", value=CODE), evidence=sure),
        Proposal("m", Answer("q2", "value", value="071012050505")),
        Proposal("m", set_=["2/notes=sifted"], evidence=sure),
    ]
    bake.propose(project, file, made)
    result = bake.accept_by_policy(project, file)
    assert (result.accepted, len(result.changeset.decisions.proposed)) == (1, 2)
    assert result.changeset.decisions.answers["q1"].value == CODE
    (project.folder / "bake-policy.toml").unlink()
    with pytest.raises(UsageError, match=r"no bake-policy\.toml"):
        bake.accept_by_policy(project, file)


def test_what_is_amended_later_is_not_what_was_accepted(project: Project) -> None:
    """Evidence and model of an accepted answer or amendment count for the value that was proposed, and for no other."""
    asks = 'format = "bake.policy/1"\n[[rule]]\nname = "x"\nmodel = ["m"]\nevidence = true'
    (project.folder / "bake-policy.toml").write_text(asks)
    sure = [Evidence(field="upc_code", url="https://example.org")]
    answer = Proposal("m", Answer("q1", "value", value=CODE), evidence=sure)
    file = bake.build(project, [record(upc_code="071012010104")], view="products", strict=True)
    proposed = bake.propose(project, file, [answer]).changeset
    accepted = bake.settle_proposals(project, proposed, accept=["all"]).changeset
    assert bake.check(project, accepted).state == "ready"
    assert (
        bake.check(project, bake.amend(project, accepted, set_=["1/upc_code=071012050505"]).changeset).exit_status == 3
    )
    both = bake.build(project, [record(upc_code=CODE, notes="sifted")], view="products")
    sure = [Evidence(field="notes", url="https://example.org")]
    bake.propose(project, both, [Proposal("m", set_=["1/notes=sifted twice"], evidence=sure)])
    verdict = bake.check(project, bake.settle_proposals(project, both, accept=["all"]).changeset).policy
    assert verdict is not None
    assert [one.write.field for one in verdict.refusals] == ["upc_code"]


def test_an_assistant_applies_only_under_a_policy_that_says_so(project: Project) -> None:
    """And only what its rules allow; without the option there is no such tool."""

    async def script(assistant: Assistant) -> None:
        built = await assistant.call("build", view="products", records=[record(upc_code=CODE, **SURE)])
        assert (await assistant.call("apply", changeset=built["changeset"]))["state"] == "applied"
        other = await assistant.call("build", view="products", records=[record(notes="sifted")])
        with pytest.raises(Refused) as refused:
            await assistant.call("apply", changeset=other["changeset"])
        assert refused.value.said["error"] == "refused_by_policy"
        checked = await assistant.call("check", changeset=other["changeset"])
        assert (checked["state"], checked["policy"]["refusals"][0]["why"]) == ("refused", "no rule allows it")

    played(server(project, may_apply=True), script)
    open_ = CODES.replace("assistants_apply", 'otherwise = "allow"\nassistants_apply')
    for policy in (CODES.replace("true", "false", 1), open_, None):
        (project.folder / "bake-policy.toml").unlink()
        if policy is not None:
            (project.folder / "bake-policy.toml").write_text(policy)
        with pytest.raises(UsageError):
            server(project, may_apply=True)
