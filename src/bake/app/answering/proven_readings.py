"""Answers the question how the texts of a column are read, where exactly one of the offered readings fits all of them.

    the texts of a column that are not in canonical form           how they are read
    dates that fit exactly one order of day, month and year        in that order: 13/2/2026 proves it for 1/2/2026, too
    dates that fit several orders, or of which no order fits all   asked
    dates with a named month, other words for one option of a      as that date, option or number
    choice, numbers with a currency
    any others, and all with `strict`                              asked

The question stays in the changeset together with its answer, so that it can be answered otherwise. A notice says how
the texts were read.
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
    """Looks through the lines of a changeset while it is built, and answers questions with one possible answer.

    Args:
        catalog: the entities.
        strict: whether no question is answered.

    Attributes:
        answers: the answers found in the lines so far.
    """

    def __init__(self, catalog: Catalog, *, strict: bool) -> None:
        self._catalog = catalog
        self._strict = strict
        self.answers: list[Answer] = []
        self._notices: list[Notice] = []

    def watched(self, lines: Iterable[Line | Encoded | Revision]) -> Iterator[Line | Encoded | Revision]:
        """Yield the same lines; a notice of each answer is added to the last one."""
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
        """The only option that fits all operations that ask, if its kind needs no confirmation (`CERTAIN`)."""
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
