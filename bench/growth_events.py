"""Makes many changesets, or many events of one changeset, in the project of the working folder, by the library.

python bench/growth_events.py changesets N    apply N changesets, each of which edits the first supplier
python bench/growth_events.py events N        answer the changeset's first question N times, each time anew
python bench/growth_events.py interview       answer all questions of the changeset one after another
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import bake
from bake.resolution.answers import Answer
from bake.resolution.resolver import Prompt

CHANGESET = Path("it.changeset.jsonl")


class Creating:
    """Answers each question with a new row, as it is proposed."""

    def ask(self, prompt: Prompt) -> Answer:
        """A new row."""
        values = {blank.name: blank.default for blank in prompt.blanks if blank.default is not None}
        return Answer(question=prompt.question.id, choice="create", values=values)

    def agree(self, question: str, lines: Sequence[str]) -> bool:  # noqa: ARG002
        """Nothing is remembered."""
        return False

    def tell(self, message: str) -> None:
        """Nothing is wrong with these answers."""
        raise SystemExit(message)


def changesets(project: bake.Project, many: int) -> None:
    """Build and apply so many."""
    for i in range(many):
        record = {"slug": "supplier_0", "name": "Farm 0", "notes": f"edit {i}"}
        bake.apply(project, bake.build(project, [record], view="suppliers"))


def events(project: bake.Project, many: int) -> None:
    """Answer, and answer again."""
    for i in range(many):
        values = {"slug": f"unknown_{i}", "display_name": f"Unknown {i}"}
        bake.resolve(project, CHANGESET, [Answer(question="q1", choice="create", values=values)])


def main() -> None:
    """Do what is asked for."""
    project = bake.open_project()
    match sys.argv[1:]:
        case ["changesets", many]:
            changesets(project, int(many))
        case ["events", many]:
            events(project, int(many))
        case ["interview"]:
            from bake.app.resolve import resolve_interactively

            resolve_interactively(project, CHANGESET, Creating())
        case other:
            raise SystemExit(f"unknown: {other}")


if __name__ == "__main__":
    main()
