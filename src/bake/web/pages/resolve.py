"""The questions of a changeset, one at a time. Nothing is kept here: each answer is in the file before the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.changeset.model import Json, Key
from bake.changeset.runs import numbers
from bake.errors import BakeError, InvalidAnswers
from bake.renderer.patch_steps import step
from bake.renderer.proposals import offer
from bake.renderer.sentences import sentence
from bake.resolution.answers import Answer
from bake.resolution.json_text import decode_json
from bake.resolution.resolver import Blank, Prompt
from bake.resolution.similar_questions import answer_for, recipients
from bake.web.forms import text, texts
from bake.web.pages import columns
from bake.web.rendering import query, typed_key
from bake.web.site import Site, changing_site, see, site_of

_ORIGIN = "web page"
#: How many of the operations that wait are shown, and how many other questions like this one.
_EXAMPLES, _ALIKE = 5, 20


@dataclass(frozen=True)
class Tried:
    """What somebody chose and typed, when it did not fit.

    Attributes:
        choice: the line of the form that was chosen, as the form sends it.
        typed: what was typed, by field.
        problems: why it does not fit.
    """

    choice: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def first(request: Request) -> Response:
    """The first question that is open and was not put off; without one, back to the review."""
    return _lead(request, changing_site(request).file(request))


def _lead(request: Request, file: bake.Changeset) -> Response:
    """Lead to the first question of a changeset that is open and was not put off."""
    site, later, name = site_of(request), _later(request), request.path_params["name"]
    rank = {entity: n for n, entity in enumerate(site.project.catalog.order)}
    open_ = sorted(file.decisions.open, key=lambda one: rank.get(one.entity, len(rank)))
    if waiting := [one.id for one in open_ if one.id not in later]:
        return see(f"/c/{name}/resolve/{waiting[0]}{query({'later': ','.join(later)})}")
    site.tell(request, "Some questions are put off, and stay open." if open_ else "Every question is answered.")
    return see(f"/c/{name}")


def ask(request: Request) -> Response:
    """One question."""
    return _page(request, Tried())


def answer(request: Request, sent: FormData) -> Response:
    """Record an answer, and ask the next question."""
    site = site_of(request)
    name, id_, project = request.path_params["name"], request.path_params["question"], site.acting(request)
    with bake.asking(project, site.asked(request), id_, operation=_operation(request)) as asked:
        assert asked is not None
        try:
            given = _answer(asked.prompt, sent)
        except ValueError as error:
            return _page(request, _tried(sent, str(error)))
        alike = recipients(given, asked.prompt.question, asked.prompt.alike, asked.prompt.blanks)
    others = [answer_for(given, one) for one in alike] if text(sent, "alike") == "on" else []
    try:
        done = bake.resolve(
            project,
            asked.changeset,
            [given, *others],
            remember=text(sent, "remember") == "on",
            since=text(sent, "head"),
        )
    except InvalidAnswers as error:
        return _page(request, _tried(sent, *map(str, error.problems)))
    site.tell(request, *_recorded(done, len(others), remember=text(sent, "remember") == "on"))
    site.shelf.keep(done.changeset)
    if following := _next(done.changeset, given):
        return see(f"/c/{name}/resolve{following}{query({'later': ','.join(_later(request))})}")
    return _lead(request, done.changeset)


def _recorded(done: bake.ResolveResult, others: int, *, remember: bool) -> Iterator[str]:
    """What is to be said of answers that were recorded."""
    yield from done.warnings
    if others:
        yield f"The same answer was given to {done.answered - 1} more."
    if done.remembered:
        yield "It is remembered for later imports."
    elif remember and not done.warnings:
        yield "That answer holds nothing to remember, or nothing new."


def search(request: Request) -> Response:
    """Rows that a text may mean, as further lines of the form, or as what a field may refer to."""
    site = changing_site(request)
    typed = [value for name, value in request.query_params.items() if name == "search" or name.startswith("f-")]
    wanted = typed[0] if typed else ""
    with bake.asking(site.project, site.asked(request), request.path_params["question"]) as asked:
        assert asked is not None
        entity = request.query_params.get("entity") or asked.prompt.question.entity
        known = entity in site.project.catalog.entities
        found = asked.prompt.search(entity, wanted) if wanted.strip() and known else ()
    template = "references.html" if request.query_params.get("entity") else "found_rows.html"
    return site.page(request, template, found=found, wanted=wanted)


def fits(request: Request) -> Response:
    """Whether what is typed fits its field: what does not, in words."""
    site = site_of(request)
    item = site.project.catalog.entities.get(request.path_params["entity"])
    declared = item.fields.get(request.path_params["field"]) if item else None
    if declared is None:
        raise HTTPException(404, "There is no such field.")
    typed = next((value.strip() for value in request.query_params.values()), "")
    blank = Blank(declared.name, declared.type)
    problem = blank.problem(typed) if typed else None
    reading = blank.reading(typed) if typed and problem is None else ""
    return site.page(request, "wrong.html", problem=problem, reading=reading)


def settle(request: Request, sent: FormData) -> Response:
    """Accept or reject what an assistant has proposed."""
    site, named = site_of(request), [text(sent, "proposal")]
    accepts = text(sent, "what") == "accept"
    if accepts and site.file(request).decisions.asked_columns:
        return columns.accept(request, named)
    bake.settle_proposals(
        site.acting(request),
        site.file(request).path,
        accept=named if accepts else (),
        reject=() if accepts else named,
        reason=text(sent, "reason") or None,
    )
    back = "questions" if text(sent, "back") == "questions" else "resolve"
    return see(f"/c/{request.path_params['name']}/{back}")


def _page(request: Request, tried: Tried) -> Response:
    """The page of a question, perhaps with an answer that did not fit."""
    site = changing_site(request)
    operation = _operation(request)
    with bake.asking(
        site.acting(request), site.asked(request), request.path_params["question"], operation=operation
    ) as asked:
        assert asked is not None
        site.shelf.keep(asked.changeset)
        if asked.prompt.question.kind == "columns":
            return columns.page(request, asked, ())
        return site.page(
            request,
            "question.html",
            422 if tried.problems else 200,
            **_shown(site, asked, tried),
            address=f"/c/{request.path_params['name']}",
            later=_later(request),
            query=query,
            operation=operation,
        )


def _shown(site: Site, asked: bake.AskedQuestion, tried: Tried) -> dict[str, Any]:
    """The variables of the template for a question."""
    prompt, file = asked.prompt, asked.changeset
    examples = [step(one) for one in prompt.examples[:_EXAMPLES]]
    position = asked.order.index(prompt.question.id)
    return {
        "asked": asked,
        "file": file,
        "prompt": prompt,
        "heading": sentence(prompt.question, 0, file.decisions.contradicting(prompt.question.id)),
        "question": prompt.question,
        "tried": tried,
        "chosen": tried.choice or _chosen(prompt),
        "typed": tried.typed or _typed(prompt),
        "before": asked.order[position - 1] if position else None,
        "examples": examples,
        "records": _records(site, asked),
        "falls": prompt.falls() if "skip" in prompt.choices else 0,
        "alike": [(one.id, sentence(one, 0)) for one in prompt.alike[:_ALIKE]],
        "offers": [
            offer(one, file)
            for one in file.decisions.proposed
            if one.answer is not None and one.answer.question == prompt.question.id
        ],
        "undecided": next(file.decisions.undecided(prompt.question), None)
        if prompt.question.takes_single_answers and prompt.operation is None
        else None,
    }


def _records(site: Site, asked: bake.AskedQuestion) -> list[bake.SourceRecord]:
    """The record that asks, whole; none if the source is gone."""
    first = next(iter(asked.prompt.examples), None)
    try:
        runs = first.from_ if first is not None else _asking_runs(asked)
        return bake.source_records(site.project, asked.changeset, list(numbers(runs))[:1])
    except (BakeError, ValueError):
        return []


def _asking_runs(asked: bake.AskedQuestion) -> Any:
    """The records of the first operation that asks a question which has an answer."""
    wanted = next(iter(numbers(asked.prompt.question.asked_by)), None)
    found = None if wanted is None else next(asked.changeset.numbered((wanted,)), None)
    return () if found is None else found.from_


def _answer(prompt: Prompt, sent: FormData) -> Answer:
    """What the form says.

    Raises:
        ValueError: nothing was chosen, or what was sent is no answer of this form.
    """
    choice, _, detail = text(sent, "choice").partition(":")
    id_, n = prompt.question.id, prompt.operation
    if choice not in prompt.choices:
        raise ValueError("choose one of the answers, or put the question off")
    match choice:
        case "map":
            return Answer(id_, "map", key=_key(detail), origin=_ORIGIN)
        case "create":
            return Answer(id_, "create", values=_values(prompt, sent), origin=_ORIGIN, typed=True)
        case "value":
            return Answer(id_, "value", value=text(sent, "value") or None, operation=n, origin=_ORIGIN, typed=True)
        case "take":
            return Answer(id_, "take", operation=int(detail), origin=_ORIGIN)
        case "choose":
            return Answer(id_, "choose", option=detail, operation=n, origin=_ORIGIN)
        case _:
            return Answer(id_, choice, operation=n, origin=_ORIGIN)


def _values(prompt: Prompt, sent: FormData) -> dict[str, Json] | None:
    """The fields of the new row, as they were typed; what the question says and was emptied is taken away."""
    if not prompt.blanks:
        return None
    typed = texts(sent, "f-")
    values: dict[str, Json] = {}
    for blank in prompt.blanks:
        said = typed.get(blank.name, "")
        if said and said != typed_key(blank.default):
            values[blank.name] = _key(said) if blank.target and said.startswith("{") else said
        elif not said and blank.default is not None:
            values[blank.name] = None
    return values


def _key(said: str) -> Key:
    """A key as the form sends it.

    Raises:
        ValueError: it is none.
    """
    key = decode_json(said.encode())
    if not isinstance(key, dict):
        raise ValueError("that names no row")
    return key


def _chosen(prompt: Prompt) -> str:
    """The line of the form that the earlier answer chose."""
    earlier = prompt.earlier
    if earlier is None:
        return ""
    match earlier.choice:
        case "map":
            return "map:" + typed_key(earlier.key, always=True)
        case "take":
            return f"take:{earlier.operation}"
        case "choose":
            return f"choose:{earlier.option}"
        case _:
            return earlier.choice


def _typed(prompt: Prompt) -> dict[str, str]:
    """What stands in the fields of the form at first."""
    earlier = prompt.earlier
    values = (earlier.values if earlier else None) or {}
    typed = {blank.name: typed_key(values.get(blank.name, blank.default)) for blank in prompt.blanks}
    if earlier is not None and earlier.choice == "value":
        return {**typed, "value": typed_key(earlier.value)}
    said = prompt.question.value
    return {**typed, "value": typed_key(said) if isinstance(said, str | int) else ""}


def _tried(sent: FormData, *problems: str) -> Tried:
    return Tried(text(sent, "choice"), {**texts(sent, "f-"), "value": text(sent, "value")}, problems)


def _next(file: bake.Changeset, given: Answer) -> str:
    """What is asked next: of a question one by one, the next operation; else whatever is open."""
    question = file.decisions.questions.get(given.question)
    if question is None or not question.takes_single_answers or given.operation is None:
        return ""
    following = next(iter(file.decisions.undecided(question)), None)
    return "" if following is None else f"/{question.id}?operation={following}"


def _later(request: Request) -> list[str]:
    return [one for one in request.query_params.get("later", "").split(",") if one]


def _operation(request: Request) -> int | None:
    said = request.query_params.get("operation", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
