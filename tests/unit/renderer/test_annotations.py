"""What programs for code review read: right for hostile texts, too."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from bake.renderer.annotations import Finding, github, gitlab, junit, sarif

HOSTILE = Finding("a,b:c%.jsonl", 3, "damaged", "error", 'x\n::error::y %0A <b> "&" \x1b[31m ]]>')
WARNING = Finding("d.jsonl", None, "collision", "warning", "with e.jsonl")


def test_github_gets_one_command_a_finding() -> None:
    """Neither a line nor a property can be forged; without a line it is the first."""
    first, second = github([HOSTILE, WARNING]).splitlines()
    assert first.startswith("::error file=a%2Cb%3Ac%25.jsonl,line=3,title=damaged::x␊::error::y %250A <b>")
    assert "\x1b" not in first
    assert second == "::warning file=d.jsonl,line=1,title=collision::with e.jsonl"
    assert github([]) == ""


def test_gitlab_tells_findings_apart() -> None:
    """By fingerprints that stay the same from one run to the next."""
    report = json.loads(gitlab([HOSTILE, WARNING]))
    assert [one["severity"] for one in report] == ["major", "minor"]
    assert report[0]["location"] == {"path": "a,b:c%.jsonl", "lines": {"begin": 3}}
    assert len({one["fingerprint"] for one in report}) == 2
    assert gitlab([HOSTILE, WARNING]) == gitlab([HOSTILE, WARNING])


def test_sarif_names_a_rule_for_each_result() -> None:
    """With a URI for the file."""
    [run] = json.loads(sarif([HOSTILE, WARNING], "1.0"))["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%2Cb%3Ac%25.jsonl"}, "region": {"startLine": 3}}


def test_junit_has_a_case_for_each_file() -> None:
    """Errors fail it, warnings do not; any text is XML."""
    suite = ET.fromstring(junit(["a,b:c%.jsonl", "d.jsonl", "e.jsonl"], [HOSTILE, WARNING]).encode())
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = {case.get("name"): [part.tag for part in case] for case in suite}
    assert cases == {"a,b:c%.jsonl": ["failure"], "d.jsonl": ["system-out"], "e.jsonl": []}
