"""What a check found, in the forms that programs for code review read: GitHub, GitLab, SARIF and JUnit.

Nothing that stands in a changeset can forge a command, an element or a line: texts are made printable, then escaped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from xml.etree import ElementTree as ET

from bake.renderer.printable import printable

Level: TypeAlias = Literal["error", "warning"]

_RULES = {
    "damaged": "The changeset is whole, and was not edited by hand",
    "open_question": "All questions are answered",
    "conflict": "The database is as the changeset expects it",
    "not_approved": "Everybody who has to has approved what the changeset does now",
    "collision": "Open changesets can all be applied, in any order",
    "policy": "The policy of the project allows what the changeset would change",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found.

    Attributes:
        file: the path of the changeset.
        line: the line in it, if one is meant.
        code: `damaged`, `open_question`, `conflict`, `collision`, `policy` or `not_approved`.
        level: an `error` keeps the changeset from being applied, a `warning` says what to look after.
        message: a sentence.
    """

    file: str
    line: int | None
    code: str
    level: Level
    message: str


def github(findings: Sequence[Finding]) -> str:
    """Commands of a GitHub workflow, a line each, which make annotations of a pull request."""
    return "".join(
        f"::{one.level} file={_property(one.file)},line={one.line or 1},title={one.code}::{_data(one.message)}\n"
        for one in findings
    )


def _data(text: str) -> str:
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def gitlab(findings: Sequence[Finding]) -> str:
    """A report of GitLab's Code Quality."""
    severities = {"error": "major", "warning": "minor"}
    report = [
        {
            "description": printable(one.message),
            "check_name": one.code,
            "fingerprint": hashlib.sha256("\0".join((one.file, one.code, one.message)).encode()).hexdigest(),
            "severity": severities[one.level],
            "location": {"path": printable(one.file), "lines": {"begin": one.line or 1}},
        }
        for one in findings
    ]
    return _json(report)


def sarif(findings: Sequence[Finding], version: str) -> str:
    """A log of SARIF 2.1.0.

    Args:
        findings: what was found.
        version: Bake's.
    """
    rules = [{"id": code, "shortDescription": {"text": text}} for code, text in _RULES.items()]
    results = [
        {
            "ruleId": one.code,
            "level": one.level,
            "message": {"text": printable(one.message)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(one.file)},
                        "region": {"startLine": one.line or 1},
                    }
                }
            ],
        }
        for one in findings
    ]
    driver = {"name": "bake", "version": version, "rules": rules}
    return _json(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        }
    )


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"))


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def junit(files: Sequence[str], findings: Sequence[Finding]) -> str:
    """A report of JUnit: a test case for each changeset, which fails by its errors.

    Args:
        files: the paths of all that were checked.
        findings: what was found.
    """
    failed = {one.file for one in findings if one.level == "error"}
    suite = ET.Element("testsuite", name="bake changeset check", tests=str(len(files)), failures=str(len(failed)))
    for file in files:
        case = ET.SubElement(suite, "testcase", classname="changesets", name=printable(file))
        own = [one for one in findings if one.file == file]
        if errors := [f"{one.code}: {printable(one.message)}" for one in own if one.level == "error"]:
            ET.SubElement(case, "failure", message=errors[0]).text = "\n".join(errors)
        if warnings := [f"{one.code}: {printable(one.message)}" for one in own if one.level == "warning"]:
            ET.SubElement(case, "system-out").text = "\n".join(warnings)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
