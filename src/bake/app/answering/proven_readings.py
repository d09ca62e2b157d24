"""Answers how the texts of a column are read, where there is one way only that fits all of them.

    the texts of a column that are not as Bake writes them         read
    dates that one order fits, which another does not fit all      in that order: 13/2/2026 proves it for 1/2/2026
    dates that several orders fit, or none fits all                asked
    dates with a named month, other words for one choice,          as that
    numbers with a currency
    anything else, and everything under `strict`                   asked

The question stays in the changeset with its answer, so that it can be answered otherwise; a notice says what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from bake.catalog.field_types import Choice
from bake.catalog.model import Catalog
from bake.catalog.readings import CERTAIN
from bake.changeset.events import Line
from bake.changeset.model import Built, Notice, Option, Question
from bake.changeset.runs import count
from bake.changeset.writing import Encoded, Revision
from bake.resolution.answers import Answer

ORIGIN = "the only reading that fits"


class ProvenReadings:
    """Watches a changeset while it is built, and finds the questions that have one possible answer.

    Args:
        catalog: the entities.
        strict: whether everything is asked.
    """

    def __init__(self, catalog: Catalog, *, strict: bool) -> None:
        self._catalog = catalog
        self._strict = strict
        self.answers: list[Answer] = []
        self._notices: list[Notice] = []

    def watched(self, lines: Iterable[Line | Encoded | Revision]) -> Iterator[Line | Encoded | Revision]:
        """The same lines; the last has a notice of each answer."""
        for line in lines:
            match line:
                case Question() if not self._strict and (option := self._only_fitting_option(line)) is not None:
                    self.answers.append(Answer(line.id, "choose", option=option.name, origin=ORIGIN))
                    self._notices.append(_notice(line, option))
                case Built() if self._notices:
                    yield structs.replace(line, notices=(*line.notices, *self._notices))
                    continue
                case _:
                    pass
            yield line

    def _only_fitting_option(self, question: Question) -> Option | None:
        """The only option that fits all who ask, if it is certain that this is meant."""
        declared = self._catalog.entities[question.entity].fields.get(question.field or "")
        if question.kind != "decision" or declared is None:
            return None
        asking = count(question.asked_by)
        fitting = [option for option in question.options if option.records == asking]
        certain = isinstance(declared.type, Choice) or all(option.name in CERTAIN for option in question.options)
        return fitting[0] if certain and len(fitting) == 1 else None


def _notice(question: Question, option: Option) -> Notice:
    values = "1 value was" if option.records == 1 else f"{option.records:,} values were"
    others = ", the only format that fits all of them" if len(question.options) > 1 else ""
    example = f" ({option.example})" if option.example else ""
    return Notice(code="read_as", message=f"{question.field}: {values} read as {option.name}{others}{example}")
