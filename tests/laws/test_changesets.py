"""Laws of changesets: what is written is what is read, folding knows no file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lines import BY_TYPE, CREATES, KEYS, LINES, OPERATIONS, OUTCOMES, ROWS, VALUES

from bake.changeset.codec import decode, encode, operations_in
from bake.changeset.coverage import Coverage
from bake.changeset.decisions import Decisions
from bake.changeset.effects import CHOICES
from bake.changeset.events import Answered, Asked, Event, Line, Withdrawn
from bake.changeset.fold import decide
from bake.changeset.model import Candidate, Change, Operation, Question, Skip
from bake.changeset.runs import RunBuilder, count, numbers, runs
from bake.changeset.skips import Skipped, Skips


def test_every_type_of_line_is_tried() -> None:
    """A type that is added to the format has to be added to the strategies of these laws."""
    assert set(BY_TYPE) == set(get_args(Line))


@given(LINES)
def test_decoding_undoes_encoding(line: Line) -> None:
    """Every line comes back equal, and of its own type, values with their own types included."""
    again = decode(encode(line))
    assert type(again) is type(line)
    assert again == line
    assert _typed(again) == _typed(line)


@given(LINES)
def test_encoding_undoes_decoding(line: Line) -> None:
    """Each line has one form of bytes: one line of UTF-8 JSON, which decoding and encoding leave as it is."""
    raw = encode(line)
    assert encode(decode(raw)) == raw
    assert raw.count(b"\n") == 1
    assert raw.endswith(b"\n")
    json.loads(raw.decode())


def _typed(value: Any) -> Any:
    """A value in which `1`, `true` and `"1"` differ; a decimal without a fraction is written as an integer is."""
    match value:
        case msgspec.Struct():
            return [_typed(getattr(value, name)) for name in value.__struct_fields__]
        case dict():
            return {name: _typed(part) for name, part in value.items()}
        case list() | tuple():
            return [_typed(part) for part in value]
        case int() | Decimal() if not isinstance(value, bool):
            return "number", value
        case _:
            return type(value).__name__, value


@given(st.sets(st.integers(0, 60)) | st.sets(st.integers(0, 10**12)))
def test_runs_hold_exactly_their_numbers(those: set[int]) -> None:
    """Runs give back the numbers, ascending and once, and know how many there are."""
    written = runs(those)
    assert list(numbers(written)) == sorted(those)
    assert count(written) == len(those)


@given(st.lists(st.integers(0, 30)))
def test_runs_do_not_depend_on_the_order(those: list[int]) -> None:
    """Any order, with repetitions, gives the same runs; no two of them touch."""
    assert runs(those) == runs(sorted(set(those)))
    ends = [int(str(run).rpartition("-")[2]) for run in runs(those)]
    starts = [int(str(run).partition("-")[0]) for run in runs(those)]
    assert all(start > end + 1 for end, start in zip(ends, starts[1:], strict=False))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9))))
def test_runs_of_spans(pairs: list[tuple[int, int]]) -> None:
    """Spans added in any order, overlapping or not, hold what is in any of them."""
    builder = RunBuilder()
    for first, more in pairs:
        builder.add_span(first, first + more)
    inside = {n for first, more in pairs for n in range(first, first + more + 1)}
    assert list(numbers(builder.runs())) == sorted(inside)
    assert bool(builder) == bool(pairs)


_SPANS = st.lists(st.tuples(st.integers(-3, 20_000), st.sampled_from([0, 0, 0, 1, 5, 4095, 4096, 9000])), max_size=12)


@given(_SPANS, st.randoms())
def test_a_coverage_is_a_set_that_knows_what_came_twice(pairs: list[tuple[int, int]], random: Random) -> None:
    """In any order; `is_all_below` holds of nothing but each number once."""
    coverage, inside = Coverage(), Counter[int]()
    for first, more in pairs:
        coverage.add_runs((first if not more else f"{first}-{first + more}",) if first >= 0 else (first,))
        inside.update(range(first, first + (more if first >= 0 else 0) + 1))
    assert coverage.count == inside.total()
    assert all((n in coverage) == (n in inside) for n in {*list(inside)[::500], -4, 0, 4095, 4096, 8191, 8192, 29_001})
    end = max(inside, default=-1) + 1
    assert coverage.is_all_below(end) == (sorted(inside.elements()) == list(range(end)))
    lacking = [n for n in range(end) if n not in inside]
    random.shuffle(lacking)
    for n in lacking:
        coverage.add(n)
    assert coverage.is_all_below(end) == (max(inside.values(), default=1) == 1 and min(inside, default=0) >= 0)


_NUMBERS = st.sets(st.one_of(st.integers(-3, 12), st.integers(4090, 4100), st.integers(0, 20_000)))


@given(st.lists(st.one_of(_NUMBERS, st.sampled_from([set(range(4000, 9000)), set(range(50))])), max_size=5))
def test_numbers_that_are_added_together_are_added_one_by_one(those: list[set[int]]) -> None:
    """What was there already is said of each, too."""
    together, apart = Coverage(), Coverage()
    for some in those:
        assert together.add_all(some) == sorted(n for n in some if not apart.add(n))
    assert vars(together) == vars(apart)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 50), st.integers(0, 3))))
def test_gathered_skips_hold_what_was_skipped(added: list[tuple[str, str, int, int]]) -> None:
    """Whatever is taken out in between: the records of each entity and reason, and no others."""
    skips, expected, found = Skips(), set[tuple[str, str, int]](), list[Skipped]()
    for entity, reason, first, more in added:
        skips.add(entity, reason, first, first + more)
        expected |= {(entity, reason, n) for n in range(first, first + more + 1)}
        found += skips.full()
    found += skips.rest()
    assert {(entity, reason, n) for entity, reason, runs in found for n in numbers(runs)} == expected


@given(st.lists(OPERATIONS, min_size=1, max_size=6))
def test_operations_of_a_block_are_those_of_its_lines(operations: list[Operation]) -> None:
    """Read at once or line by line, they are the same; a block that holds anything else is read line by line."""
    block = b"".join(map(encode, operations))
    assert operations_in(block) == operations
    for other in (b"\n", b"{}\n", block[:-1], block[1:], block[:-2] + b"\n", b"\xff" + block):
        assert operations_in(block + other) is None
        assert operations_in(other + block) is None


@dataclass(frozen=True)
class Story:
    """A changeset: its operations and questions, and events that answer some of them."""

    operations: list[Operation]
    questions: list[Question]
    events: list[Event]

    @property
    def decisions(self) -> Decisions:
        """What has been decided."""
        return decide(len(self.operations), self.questions, self.events, lambda: self.operations)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Changesets whose parts fit: needs name questions and operations that exist, answers fit their questions."""
    total = draw(st.integers(1, 5))
    kinds = draw(st.lists(st.sampled_from(list(CHOICES)), max_size=4))
    asking = [draw(st.lists(st.integers(1, total), min_size=1, max_size=2, unique=True)) for _ in kinds]
    bare = [draw(CREATES | OPERATIONS) for _ in range(total)]
    asked = list(zip(kinds, asking, strict=True))
    operations = [_numbered(draw, operation, n, asked) for n, operation in enumerate(bare, 1)]
    questions = [_question(draw, n, kind, who) for n, (kind, who) in enumerate(asked, 1)]
    events: list[Event] = []
    further_asked: bool = draw(st.booleans())
    if questions and further_asked:
        further = _question(draw, len(questions) + 1, "missing", [total + 1])
        events.append(Asked(by="a", at="t", prev="p", question=further))
    known = [*questions, *(event.question for event in events if isinstance(event, Asked))]
    answered = draw(st.lists(st.sampled_from(known), max_size=5)) if known else []
    answers = [_answer(draw, question) for question in answered]
    return Story(operations, questions, [*events, *_revising(draw, answers, questions)])


def _about(questions: Sequence[Question], answer: Answered) -> tuple[str, int | None]:
    """What an answer decides: a question, or of a decision one operation."""
    kinds = {question.id: question.kind for question in questions}
    return answer.question, answer.operation if kinds.get(answer.question) == "decision" else None


def _revising(draw: st.DrawFn, answers: Sequence[Answered], questions: Sequence[Question]) -> list[Event]:
    """The answers, some of which take the place of all earlier ones that are about the same."""
    events: list[Event] = []
    for number, answer in enumerate(answers):
        about = _about(questions, answer)
        earlier = [
            other.digest for other in events if isinstance(other, Answered) and _about(questions, other) == about
        ]
        revises = tuple(earlier) if draw(st.booleans()) else ()
        events.append(msgspec.structs.replace(answer, digest=f"d{number}", revises=revises))
        if earlier and draw(st.sampled_from([True, False, False])):
            events.append(Withdrawn(by="a", at="t", prev="p", question=answer.question, answers=(earlier[-1],)))
    return events


_OPTIONS = st.dictionaries(st.sampled_from(["same", "new"]), OUTCOMES, max_size=2)


def _numbered(draw: st.DrawFn, operation: Operation, n: int, asked: Sequence[tuple[str, Sequence[int]]]) -> Operation:
    if isinstance(operation, Skip):
        return msgspec.structs.replace(operation, n=n)
    asks = {f"q{q}": kind for q, (kind, who) in enumerate(asked, 1) if n in who}
    places = {f"/{draw(st.sampled_from('abc'))}{id_}": id_ for id_ in asks}
    others = {"/d": draw(st.integers(1, len(asked) + n))} if draw(st.booleans()) else {}
    outcomes = {id_: draw(_OPTIONS) for id_, kind in asks.items() if kind == "decision"}
    return msgspec.structs.replace(operation, n=n, needs={**places, **others}, outcomes=outcomes)


def _question(draw: st.DrawFn, n: int, kind: Any, who: Sequence[int]) -> Question:
    candidates = [Candidate(key=key, label="x") for key in draw(st.lists(KEYS, max_size=2))]
    return Question(id=f"q{n}", kind=kind, entity="e", asked_by=runs(who), candidates=tuple(candidates))


def _answer(draw: st.DrawFn, question: Question) -> Answered:
    choice = draw(st.sampled_from(CHOICES[question.kind]))
    offered = [candidate.key for candidate in question.candidates]
    asking = list(numbers(question.asked_by))
    alone = question.kind == "decision" and (choice == "value" or draw(st.booleans()))
    return Answered(
        by="a",
        at="t",
        prev="p",
        question=question.id,
        choice=choice,  # type: ignore[arg-type]
        key=draw(st.sampled_from(offered) if offered and question.kind == "identity" else KEYS),
        values=draw(ROWS) if choice == "create" else None,
        value=draw(VALUES) if choice == "value" else msgspec.UNSET,
        option=draw(st.sampled_from(["same", "new"])) if choice == "choose" else None,
        operation=asking[0] if choice == "take" else draw(st.sampled_from(asking)) if alone else None,
    )


def folded(story: Story) -> tuple[Decisions, list[Operation], list[Operation]]:
    """What a changeset is now."""
    decisions = story.decisions
    return decisions, list(map(decisions.effective, story.operations)), list(decisions.created())


def through_bytes(story: Story) -> Story:
    """The same, written and read."""
    operations: Any = [decode(encode(line)) for line in story.operations]
    questions: Any = [decode(encode(line)) for line in story.questions]
    events: Any = [decode(encode(line)) for line in story.events]
    return Story(operations, questions, events)


@settings(max_examples=60)
@given(stories())
def test_folding_does_not_depend_on_the_file(story: Story) -> None:
    """`fold(decode(encode(c))) == fold(c)`."""
    assert folded(through_bytes(story)) == folded(story)


@settings(max_examples=60)
@given(stories())
def test_folding_keeps_every_operation_and_its_records(story: Story) -> None:
    """An answer changes or skips an operation; it never loses one, its number or its records."""
    _, now, _ = folded(story)
    assert [(op.n, op.from_) for op in now] == [(op.n, op.from_) for op in story.operations]


@settings(max_examples=60)
@given(stories())
def test_answers_that_were_revised_leave_no_trace(story: Story) -> None:
    """Neither do those that were withdrawn, nor the withdrawing."""
    revised = {digest for event in story.events if isinstance(event, Answered) for digest in event.revises}
    revised |= {digest for event in story.events if isinstance(event, Withdrawn) for digest in event.answers}
    brief: list[Event] = [
        event
        for event in story.events
        if not isinstance(event, Withdrawn) and not (isinstance(event, Answered) and event.digest in revised)
    ]
    assert folded(Story(story.operations, story.questions, brief)) == folded(story)


@settings(max_examples=60)
@given(stories(), st.randoms())
def test_the_order_of_answers_does_not_matter(story: Story, random: Random) -> None:
    """Whichever branch was merged first: what stands is the same, and what contradicts itself is open both ways."""
    asked: list[Event] = [event for event in story.events if isinstance(event, Asked)]
    others: list[Event] = [event for event in story.events if not isinstance(event, Asked)]
    random.shuffle(others)
    decisions, now, created = folded(Story(story.operations, story.questions, asked + others))
    before, was, had = folded(story)
    assert (now, created, decisions.open, decisions.skipped) == (was, had, before.open, before.skipped)
    assert decisions.contradictions.keys() == before.contradictions.keys()


@settings(max_examples=60)
@given(stories())
def test_what_contradicts_itself_decides_nothing(story: Story) -> None:
    """Two answers that stand and say different things are none: the question is open for those that still ask."""
    decisions = story.decisions
    for (id_, n), answers in decisions.contradictions.items():
        assert len(answers) > 1
        assert id_ not in decisions.answers or n is not None
        asking = set(decisions.undecided(decisions.questions[id_]))
        asking = asking if n is None else asking & {n}
        assert not asking or id_ in {question.id for question in decisions.open}


@settings(max_examples=60)
@given(stories(), st.sampled_from(["same", "new", None]))
def test_a_decision_for_all_is_one_for_each(story: Story, option: str | None) -> None:
    """To choose (or to skip) for every operation by itself comes to what one answer for all comes to."""
    everything, singly = list(story.events), list(story.events)
    answered = {event.question for event in story.events if isinstance(event, Answered)}
    for question in story.questions:
        if question.kind == "decision" and question.id not in answered:
            choice: Any = "choose" if option else "skip"
            one = Answered(by="a", at="t", prev="p", question=question.id, choice=choice, option=option)
            everything.append(one)
            singly += [msgspec.structs.replace(one, operation=n) for n in numbers(question.asked_by)]
    all_, each = (Story(story.operations, story.questions, events) for events in (everything, singly))
    assert folded(all_)[1:] == folded(each)[1:]
    assert all_.decisions.open == each.decisions.open
    assert all_.decisions.skipped == each.decisions.skipped


@settings(max_examples=60)
@given(stories())
def test_what_is_skipped_takes_its_dependents(story: Story) -> None:
    """No operation that stays needs a row that a skipped one would have created; open questions have who asks."""
    decisions, now, created = folded(story)
    gone = {op.n for op in now if isinstance(op, Skip)} & set(decisions.skipped)
    needed = {need for op in (*now, *created) if not isinstance(op, Skip) for need in op.needs.values()}
    assert not gone & needed


@settings(max_examples=60)
@given(stories())
def test_all_answered_leaves_nothing_to_wait_for(story: Story) -> None:
    """Once no question is open, no operation waits for one, so that it can be applied."""
    decisions, now, created = folded(story)
    waiting = {
        need
        for operation in (*now, *created)
        if isinstance(operation, get_args(Change))
        for need in operation.needs.values()
        if isinstance(need, str)
    }
    assert waiting <= {question.id for question in decisions.pending}
