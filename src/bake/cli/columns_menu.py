"""The columns of a source, asked at a terminal: the table as it is proposed, and a menu to change it and take it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from msgspec import structs

from bake.changeset.model import Json, Question, SourceColumn
from bake.cli.entry import Entry, Menu
from bake.renderer.lines import joined
from bake.renderer.printable import printable
from bake.renderer.text_layout import column_lines
from bake.resolution.answers import Answer
from bake.resolution.column_options import PROPOSED
from bake.resolution.resolver import Prompt, Reply, Step

_ORIGIN = "terminal"
_SAID = "you said so"


class ColumnsMenu:
    """Asks what the columns of a source are.

    Args:
        entry: enters things.
        width: tells the width of the terminal in cells.
    """

    def __init__(self, entry: Entry, width: Callable[[], int]) -> None:
        self._entry = entry
        self._width = width

    def ask(self, prompt: Prompt) -> Reply:
        """Show the table until it is taken, or put off."""
        columns = dict((prompt.earlier.columns if prompt.earlier else None) or {})
        values = dict((prompt.earlier.values if prompt.earlier else None) or {})
        while True:
            now = said(prompt.question, columns, values)
            self._show(now)
            acts: dict[str, tuple[str, Callable[[], Reply | None]]] = {}
            if not now.lacking:
                acts["1"] = ("take the columns as they are shown", partial(_answer, prompt, columns, values))
            acts["c"] = ("change a column", partial(self._change, prompt, columns))
            acts["v"] = ("give one value for all records", partial(self._give, prompt, values))
            acts["s"] = ("skip all records", lambda: Answer(prompt.question.id, "skip", origin=_ORIGIN))
            acts["l"] = ("later", lambda: Step.LATER)
            acts["q"] = ("quit", lambda: Step.QUIT)
            picked = self._entry.pick([(key, title) for key, (title, _) in acts.items()], start="l")
            try:
                if (reply := acts[picked][1]()) is not None:
                    return reply
            except Menu:
                continue

    def _show(self, question: Question) -> None:
        sys.stderr.write(joined(column_lines(question, self._width() - 1, indent=2), colour=False))
        sys.stderr.flush()

    def _change(self, prompt: Prompt, columns: dict[str, str | None]) -> None:
        names = {printable(c.name).strip(): c.name for c in prompt.question.columns if not c.value}
        if name := self._entry.word("column: ", names):
            field = self._entry.word("is (Enter: nothing, leave it out): ", [blank.name for blank in prompt.blanks])
            columns[names[name]] = field or None

    def _give(self, prompt: Prompt, values: dict[str, Json]) -> None:
        blanks = {blank.name: blank for blank in prompt.blanks}
        if name := self._entry.word("field: ", blanks):
            values.pop(name, None)
            if text := self._entry.text(f"{name} of all records ({blanks[name].expected}): ", blanks[name], ""):
                values[name] = text


def said(question: Question, columns: dict[str, str | None], values: dict[str, Json]) -> Question:
    """A question with what somebody said, as it is shown."""
    shown = [
        structs.replace(column, field=columns[column.name], why=_SAID, others=())
        if column.name in columns
        else structs.replace(column, field=None)
        if column.value and column.field in {*columns.values(), *values}
        else column
        for column in question.columns
    ]
    shown += [
        SourceColumn(name=name, samples=(str(value),), field=name, why=_SAID, value=True)
        for name, value in values.items()
    ]
    fields = {column.field for column in shown}
    lacking = {name: these for name, these in question.lacking.items() if fields.isdisjoint(these)}
    return structs.replace(question, columns=tuple(shown), lacking=lacking)


def _answer(prompt: Prompt, columns: dict[str, str | None], values: dict[str, Json]) -> Reply:
    return Answer(prompt.question.id, "choose", option=PROPOSED, columns=columns, values=values, origin=_ORIGIN)
