"""What is run and timed for a workload: the yardstick, and each of Bake's commands."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from measuring import HERE, Run, run

CHANGESET, UNDO = "it.changeset.jsonl", "undo.changeset.jsonl"
#: What a workload brings in, and its yardstick, where those are not a view of products and `blind.py`.
SOURCES = {"sets": "set", "wide": "wide.json"}
YARDSTICKS = {"sets": "blind_sets.py", "wide": "blind_wide.py"}
#: Workloads that the yardstick cannot bring in: it has nothing to say to a name that it does not know.
WITHOUT_YARDSTICK = frozenset({"unresolved"})


@dataclass(frozen=True, slots=True)
class Step:
    """A command.

    Attributes:
        name: how results call it.
        command: what is run.
        timed: whether it is a part of what is measured.
        output: the file that takes what it prints.
    """

    name: str
    command: tuple[str, ...]
    timed: bool = True
    output: Path | None = None

    def run(self, folder: Path) -> Run:
        """Run it in the folder of a workload."""
        return run(self.command, folder, self.output, HERE)


def blind(kind: str) -> list[Step]:
    """The yardstick of a workload, if it has one."""
    script = HERE / YARDSTICKS.get(kind, "blind.py")
    return [] if kind in WITHOUT_YARDSTICK else [Step("blind", (sys.executable, str(script), "."))]


def bake(kind: str) -> list[Step]:
    """The life of a changeset; questions are answered where the workload asks some."""
    answers = Path("answers.json")
    answering = [
        Step("template", _bake("changeset", "resolve", "--template", CHANGESET), output=answers),
        Step("answering", (sys.executable, str(HERE / "answering.py"), str(answers)), timed=False),
        Step("resolve", _bake("changeset", "resolve", "--answers", str(answers), CHANGESET)),
    ]
    return [
        Step("build", _bake("changeset", "build", SOURCES.get(kind, "view_products.json"), "--output", CHANGESET)),
        Step("show", _bake("changeset", "show", CHANGESET)),
        *(answering if kind == "unresolved" else []),
        Step("check", _bake("changeset", "check", CHANGESET)),
        Step("apply", _bake("changeset", "apply", CHANGESET)),
        Step("history", _bake("history", *ROWS.get(kind, ("products", "product_0")))),
        Step("revert", _bake("changeset", "revert", CHANGESET, "--output", UNDO)),
    ]


#: The row whose history is asked for.
ROWS = {"wide": ("wide", "wide_0"), "new": ("products", "new_product_0")}


def _bake(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bake", *arguments)
