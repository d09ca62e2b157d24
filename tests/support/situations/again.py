"""A file is imported that was applied before: `import`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from support.kitchen import Edit, Kitchen
from support.situations.importing import imported
from support.situations.watching import Outcome, Situation, Watch


def _again(*edits: Edit, reverted: bool = False, edited: Mapping[str, Any] | None = None) -> Situation:
    """Import a sheet that changes the notes of `king`, and not those of `bobs`; then what others do; then it again."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE products SET notes = 'dark' WHERE slug = 'bobs'")
        sheet = "product_slug,notes,brand\nking,white,King\nbobs,dark,Bob's\n"
        (kitchen.folder / "again.csv").write_text(sheet, encoding="utf-8")
        first = json.loads(kitchen.shell.done("import", "again.csv", "--view", "products", "--format", "json"))[
            "changeset"
        ]
        kitchen.edit(*edits)
        if reverted:
            kitchen.shell.done("changeset", "revert", first, "--output", "undo.changeset.jsonl")
            kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")
        return imported(kitchen, "again.csv", "--view", "products", edited=edited)

    return situation


_NOTED = "UPDATE products SET notes = 'mine' WHERE slug = '{}'"

AGAIN: dict[str, Situation] = {
    "nothing was edited since": _again(),
    "other fields were edited since": _again("UPDATE products SET product_name = 'mine' WHERE slug = 'king'"),
    "what it wrote was edited since": _again(_NOTED.format("king")),
    "what it found to be so was edited since": _again(_NOTED.format("bobs")),
    "it was reverted": _again(reverted=True, edited={"notes": "white", "brand": "King"}),
    "what it wrote was edited, and the rest reverted": _again(_NOTED.format("king"), reverted=True),
}


def _again_without_yes() -> Situation:
    """A sheet is imported, and that is reverted; then it is imported again, where nobody can say yes."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        (kitchen.folder / "again.csv").write_text("product_slug,notes\nking,white\n", encoding="utf-8")
        typed = ("import", "again.csv", "--view", "products", "--format", "json")
        first = json.loads(kitchen.shell.done(*typed))["changeset"]
        kitchen.shell.done("changeset", "revert", first, "--output", "undo.changeset.jsonl")
        kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")
        watch = Watch(kitchen)
        return watch.outcome(kitchen.shell.bake(*typed), {})

    return situation


def _kept_again(*edits: Edit) -> Situation:
    """The same; what others wrote is kept, which is applied; then what others do; then the sheet again."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        (kitchen.folder / "again.csv").write_text("product_slug,notes\nking,white\n", encoding="utf-8")
        kitchen.shell.done("import", "again.csv", "--view", "products")
        kitchen.edit(_NOTED.format("king"))
        kitchen.brought("again.csv", "--view", "products", answers=("--take", "q1=database"))
        (kitchen.folder / "brought.changeset.jsonl").unlink()
        kitchen.edit(*edits)
        return imported(kitchen, "again.csv", "--view", "products")

    return situation


def _made_again(*edits: Edit, reverted: bool = False, answers: Sequence[str] = ()) -> Situation:
    """Import a sheet that makes two suppliers; then what others do, or a revert; then it again, perhaps answered."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        sheet = "slug,name,city\naldi,Aldi,Boston\nlidl,Lidl,Nashua\n"
        (kitchen.folder / "new.csv").write_text(sheet, encoding="utf-8")
        typed = ("import", "new.csv", "--view", "suppliers", "--yes", "--format", "json")
        first = json.loads(kitchen.shell.done(*typed))["changeset"]
        there = kitchen.contents()
        kitchen.edit(*edits)
        if reverted:
            kitchen.shell.done("changeset", "revert", first, "--output", "undo.changeset.jsonl")
            kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")
        watch = Watch(kitchen)
        said = kitchen.brought(*typed[1:4], answers=answers) if answers else kitchen.shell.bake(*typed)
        return watch.outcome(said, {"what was added": lambda: there})

    return situation


def _gone_again() -> Situation:
    """A sheet makes suppliers, which are deleted, and are to stay so, which is applied; then the sheet again."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        (kitchen.folder / "new.csv").write_text("slug,name,city\naldi,Aldi,Boston\n", encoding="utf-8")
        kitchen.shell.done("import", "new.csv", "--view", "suppliers", "--yes")
        kitchen.edit(_DELETED)
        kitchen.brought("new.csv", "--view", "suppliers", answers=("--choose", "q1=gone"))
        return imported(kitchen, "new.csv", "--view", "suppliers")

    return situation


_DELETED = "DELETE FROM suppliers WHERE slug IN ('aldi', 'lidl')"

AGAIN |= {
    "what it made was deleted since": _made_again(_DELETED),
    "what it made was deleted since, and is to stay deleted": _made_again(_DELETED, answers=("--choose", "q1=gone")),
    "what it made was deleted since, and is to be made again": _made_again(_DELETED, answers=("--choose", "q1=again")),
    "what it made was taken away by a revert": _made_again(reverted=True),
}

AGAIN |= {
    "it was reverted, and there is no --yes": _again_without_yes(),
    "what others wrote was kept": _kept_again(),
    "what others wrote was kept, and edited since": _kept_again(
        "UPDATE products SET notes = 'yours' WHERE slug = 'king'"
    ),
    "what it made was deleted since, and was to stay deleted": _gone_again(),
}
