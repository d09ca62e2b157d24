"""Fills in a template of answers: each question is answered with a new row, as the template proposes it.

The template is the one argument: `python bench/answering.py FILE`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def fill_in(template: dict[str, Any]) -> None:
    """Answer all questions."""
    for question in template["questions"]:
        fields = question.get("fields", {}).items()
        proposed = {name: field["default"] for name, field in fields if "default" in field}
        question["answer"] = {"choice": "create", "values": proposed} if "fields" in question else "create"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    answers = json.loads(path.read_text(encoding="utf-8"))
    fill_in(answers)
    path.write_text(json.dumps(answers), encoding="utf-8")
