"""Reads answers from the options of `bake changeset resolve`.

    --map SELECTOR=KEY             the row with this key is meant
    --create SELECTOR[=FIELDS]     create a row from the lookup; FIELDS is a JSON object of further values
    --skip SELECTOR                skip the operations that the question blocks
    --value SELECTOR=VALUE         use this value
    --keep SELECTOR                keep the value, which only looks wrong
    --omit SELECTOR                leave the field out
    --take SELECTOR=WHICH          a conflict: `file` or `database`; duplicates: the number of the operation to keep
    --take ENTITY=WHICH            `file` or `database`, for all open conflicts of this entity
    --choose SELECTOR=OPTION       a decision: this option
    --distinct SELECTOR=KEY        the row with this key is not meant: no answer, but remembered for later builds

A selector is the id of a question (`q1`), or `ENTITY:NAME` (`suppliers:Wilson's Farm`). NAME is a text in the
question's lookup, compared as it stands or, if no question has it, in the normal form (`bake.catalog.names`); exactly
one open question must match. `q1/5` is operation 5 alone of those that ask q1, a decision or what a field is to be.
KEY is the value of the entity's first key of one field (a slug), or a JSON object.

A name may contain an equals sign: the longest part of the text that is a selector is taken as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bake.catalog.model import Catalog
from bake.catalog.names import letters, normal_form
from bake.catalog.values import Json, shown
from bake.changeset.model import Key, Question
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer
from bake.resolution.json_text import parsed_object

_ORIGIN = "command line"
#: More digits than any operation number has. `int` refuses texts of thousands of digits, so they are cut off here.
_DIGITS = 20


class Selectors:
    """Reads such options for one changeset.

    Args:
        catalog: the catalog; it has the names of key fields.
        questions: all questions, which can be named by their ids.
        open_: the open ones, which can also be named by their lookup.
    """

    def __init__(self, catalog: Catalog, questions: Sequence[Question], open_: Sequence[Question]) -> None:
        self._catalog = catalog
        self._by_id = {question.id: question for question in questions}
        self._open = open_

    def answers(
        self,
        *,
        map_: Sequence[str] = (),
        create: Sequence[str] = (),
        skip: Sequence[str] = (),
        value: Sequence[str] = (),
        keep: Sequence[str] = (),
        omit: Sequence[str] = (),
        take: Sequence[str] = (),
        choose: Sequence[str] = (),
    ) -> list[Answer]:
        """The answers that these options give: each argument has the texts given with the option of its name.

        Raises:
            InvalidAnswers: a selector matches no question or several, or an option cannot be read; it lists all.
        """
        readers = (
            (self._map, map_),
            (self._create, create),
            (self._skip, skip),
            (self._value, value),
            (self._keep, keep),
            (self._omit, omit),
            (self._take, take),
            (self._choose, choose),
        )
        result: list[Answer] = []
        problems: list[Problem] = []
        for read, texts in readers:
            for text in texts:
                self._read(read, text, result, problems)
        if problems:
            raise InvalidAnswers("these answers fit no question", problems=problems, hint=self._hint())
        return result

    def distinct(self, options: Sequence[str]) -> list[tuple[Question, Key]]:
        """For each `--distinct SELECTOR=KEY`, the question and the key of the row that it does not mean.

        Raises:
            InvalidAnswers: as `answers` does.
        """
        mapped = self.answers(map_=options)
        return [(self._by_id[answer.question], answer.key or {}) for answer in mapped]

    @staticmethod
    def _read(
        read: Callable[[str], Answer | list[Answer]], text: str, result: list[Answer], problems: list[Problem]
    ) -> None:
        try:
            answer = read(text)
            result += answer if isinstance(answer, list) else [answer]
        except _Unreadable as error:
            problems.append(Problem(f"{shown(text)}: {error}"))

    def _map(self, text: str) -> Answer:
        question, key = self._split(text)
        if not key:
            raise _Unreadable("the key is missing; expected SELECTOR=KEY")
        return Answer(question.id, "map", key=self._key(question.entity, key), origin=_ORIGIN, typed=True)

    def _create(self, text: str) -> Answer:
        question, fields = self._split(text)
        values = _object(fields) if fields else None
        return Answer(question.id, "create", values=values, origin=_ORIGIN, typed=True)

    def _skip(self, text: str) -> Answer:
        return Answer(self._question(text).id, "skip", operation=self._operation(text), origin=_ORIGIN)

    def _keep(self, text: str) -> Answer:
        return Answer(self._question(text).id, "keep", operation=self._operation(text), origin=_ORIGIN)

    def _omit(self, text: str) -> Answer:
        return Answer(self._question(text).id, "omit", operation=self._operation(text), origin=_ORIGIN)

    def _value(self, text: str) -> Answer:
        question, value = self._split(text)
        if value is None:
            raise _Unreadable("the value is missing; expected SELECTOR=VALUE")
        operation = self._operation(text.removesuffix(f"={value}"))
        return Answer(question.id, "value", value=value, operation=operation, origin=_ORIGIN, typed=True)

    def _choose(self, text: str) -> Answer:
        question, option = self._split(text)
        if not option:
            raise _Unreadable("the option is missing; expected SELECTOR=OPTION")
        operation = self._operation(text.removesuffix(f"={option}"))
        return Answer(question.id, "choose", option=option, operation=operation, origin=_ORIGIN)

    def _take(self, text: str) -> Answer | list[Answer]:
        entity, _, side = text.rpartition("=")
        contested = [question for question in self._open if question.kind == "conflict" and question.entity == entity]
        if contested and side in ("file", "database"):
            return [Answer(question.id, side, origin=_ORIGIN) for question in contested]
        question, which = self._split(text)
        if which in ("file", "database"):
            return Answer(question.id, which, origin=_ORIGIN)
        if which is None or not (which.isascii() and which.isdigit()):
            raise _Unreadable("expected SELECTOR=file, SELECTOR=database, or SELECTOR= and the number of an operation")
        return Answer(question.id, "take", operation=int(which[:_DIGITS]), origin=_ORIGIN)

    def _split(self, text: str) -> tuple[Question, str | None]:
        """The question that the longest possible selector matches, and the text after its equals sign, if any."""
        for selector, rest in _splits(text):
            if self._matches(selector):
                return self._question(selector), rest
        return self._question(text.partition("=")[0]), None

    def _question(self, selector: str) -> Question:
        match self._matches(selector):
            case [question]:
                return question
            case []:
                raise _Unreadable(self._unmatched(selector))
            case several:
                raise _Unreadable("several questions are meant: " + ", ".join(question.id for question in several))

    def _unmatched(self, selector: str) -> str:
        closed = _questions_named(selector, list(self._by_id.values()))
        if closed:
            return f"{closed[0].id} is not open; to answer it again, name it by its id"
        return "no open question is meant by this"

    def _matches(self, selector: str) -> list[Question]:
        if selector in self._by_id:
            return [self._by_id[selector]]
        if self._operation(selector) is not None:
            return [self._by_id[selector.partition("/")[0]]]
        return _questions_named(selector, self._open)

    def _operation(self, selector: str) -> int | None:
        """The operation number in a selector such as `q1/5`; None if the question takes no answer for one operation."""
        id_, _, number = selector.partition("/")
        question = self._by_id.get(id_)
        if question is None or not question.takes_single_answers or not (number.isascii() and number.isdigit()):
            return None
        return int(number[:_DIGITS])

    def _key(self, entity: str, text: str) -> Key:
        if text.lstrip().startswith("{"):
            return _object(text)
        single = next((key[0] for key in self._catalog.entities[entity].portable_keys if len(key) == 1), None)
        if single is None:
            raise _Unreadable("rows of this kind have keys of several fields; expected a JSON object")
        return {single: text}

    def _hint(self) -> str:
        if not self._open:
            return "no question is open"
        named = (f"{q.id} ({selector_of(q)})" if selector_of(q) != q.id else q.id for q in self._open[:10])
        return "open are " + ", ".join(named) + (", …" if len(self._open) > 10 else "")


class _Unreadable(ValueError):
    """An option cannot be read."""


def texts(lookup: Key) -> Iterator[str]:
    """The texts of a lookup, those of rows that it refers to included."""
    for part in lookup.values():
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            yield from texts(part)


def selector_of(question: Question) -> str:
    """The selector of a question: `ENTITY:NAME` if its lookup has exactly one text, else its id."""
    names = list(texts(question.lookup or {}))
    printable = len(names) == 1 and names[0].isprintable() and letters(names[0])
    return f"{question.entity}:{names[0]}" if printable else question.id


def _questions_named(selector: str, questions: Sequence[Question]) -> list[Question]:
    """The questions that `ENTITY:NAME` matches: by the name as it stands, or, if there are none, in its normal form."""
    entity, _, name = selector.partition(":")
    asked = [question for question in questions if question.entity == entity]
    exact = [question for question in asked if name in texts(question.lookup or {})]
    plain = normal_form(name)
    return exact or [q for q in asked if plain and plain in map(normal_form, texts(q.lookup or {}))]


def _splits(text: str) -> Iterator[tuple[str, str | None]]:
    """All ways to split a text at an equals sign into a selector and the rest, the longest selector first."""
    yield text, None
    end = text.rfind("=")
    while end >= 0:
        yield text[:end], text[end + 1 :]
        end = text.rfind("=", 0, end)


def _object(text: str) -> dict[str, Json]:
    value = parsed_object(text)
    if value is None:
        raise _Unreadable(f'{shown(text)} is no JSON object; expected one such as {{"city": "Boston"}}')
    return value
