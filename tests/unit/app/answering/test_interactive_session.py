"""Sessions with a scripted person: no terminal, no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.changesets import written
from support.memory import MILL, MemorySnapshot

from bake.app.answering.interactive_session import InteractiveSession
from bake.changeset.events import Answered, Withdrawn
from bake.changeset.file import Changeset, read
from bake.changeset.further_id import further_id
from bake.changeset.model import Create, Option, Outcome, Question
from bake.changeset.writing import append
from bake.resolution.answers import Answer
from bake.resolution.resolver import Prompt, Reply, Step

ROWS = {"shops": [{"id": 1, "uuid": "u1", "slug": "costco", "name": "Costco", "city": "Waltham", "open": True}]}


class Script:
    """Answers from a list; notes what was asked and told."""

    def __init__(self, *replies: Reply | Callable[[Prompt], Reply]) -> None:
        self._replies = list(replies)
        self.prompts: list[Prompt] = []
        self.told: list[str] = []
        self.agreed: list[tuple[str, list[str]]] = []
        self.agrees = False

    def ask(self, prompt: Prompt) -> Reply:
        """The next reply; quits at the end."""
        self.prompts.append(prompt)
        reply = self._replies.pop(0) if self._replies else Step.QUIT
        return reply if isinstance(reply, Answer | Step) else reply(prompt)

    def agree(self, question: str, lines: Sequence[str]) -> bool:
        """Note what was asked, and say what the script says."""
        self.agreed.append((question, list(lines)))
        return self.agrees

    def tell(self, message: str) -> None:
        """Note it."""
        self.told.append(message)

    @property
    def asked(self) -> list[str]:
        """The ids of the questions, in the order in which they were asked."""
        return [prompt.question.id for prompt in self.prompts]


@pytest.fixture
def file(tmp_path: Path) -> Changeset:
    """A sale of an unknown bag, and one in an unknown shop."""
    sale = Create(
        n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/bag": "q1", "/shop": "q2"}
    )
    other = Create(n=2, entity="sales", key={"uuid": "b"}, values={"uuid": "b"}, from_=(1,), needs={"/shop": "q2"})
    questions = [
        Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,)),
        Question(id="q2", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=("1-2",)),
    ]
    return written(tmp_path / "x.changeset.jsonl", [sale, other], questions)


def interview(file: Changeset, script: Script) -> InteractiveSession:
    """A session, to its end."""
    session = InteractiveSession(MILL, MemorySnapshot(MILL, ROWS), file, script, "ada")
    session.run()
    return session


SHOP = Answer("q2", "create")
BAG = Answer("q1", "create", values={"grain": {"name": "Spelt"}, "weight": 5})
#: The id of the question that the answer BAG opens.
FURTHER = further_id("grains", {"name": "Spelt"}, ())
GRAIN = Answer(FURTHER, "create")


def test_a_chain_is_asked_in_the_order_of_its_references(file: Changeset) -> None:
    """The shop, the bag, and then the grain that the new bag needs; nothing stays open."""
    script = Script(SHOP, BAG, GRAIN)
    session = interview(file, script)
    assert script.asked == ["q2", "q1", FURTHER]
    assert session.answered == 3
    assert read(file.path).intact().decisions.open == []
    assert [str(p.progress) for p in script.prompts] == [
        "1 of 2, 2 operations waiting",
        "2 of 2, 1 operation waiting",
        "3 of 3, 1 operation waiting",
    ]


def test_quitting_keeps_what_was_answered(file: Changeset) -> None:
    """The first answer is in the file, the second question is open."""
    interview(file, Script(SHOP))
    assert [question.id for question in read(file.path).decisions.open] == ["q1"]


def test_later_passes_a_question_over(file: Changeset) -> None:
    """It is not asked again in this session, and stays open."""
    script = Script(Step.LATER, BAG, GRAIN)
    interview(file, script)
    assert script.asked == ["q2", "q1", FURTHER]
    assert [question.id for question in read(file.path).decisions.open] == ["q2"]


def test_back_asks_the_question_before_again(file: Changeset) -> None:
    """With its answer to start from; the second answer counts, and the first was taken back."""
    script = Script(SHOP, Step.BACK, Answer("q2", "map", key={"slug": "costco"}))
    session = interview(file, script)
    assert script.asked == ["q2", "q1", "q2", "q1"]
    assert script.prompts[2].earlier is not None
    assert session.file.decisions.answers["q2"].choice == "map"
    assert [type(event) for event in session.file.events] == [Answered, Withdrawn, Answered]
    assert session.answered == 1


def test_an_answer_that_was_taken_back_is_gone(file: Changeset) -> None:
    """Also if the person leaves right after: the question is open, as if it had never been answered."""
    session = interview(file, Script(SHOP, Step.BACK, Step.QUIT))
    assert session.answered == 0
    decisions = read(file.path).decisions
    assert (decisions.answers, list(decisions.created())) == ({}, [])
    assert [question.id for question in decisions.open] == ["q1", "q2"]


def test_back_takes_back_no_answer_of_somebody_else(file: Changeset) -> None:
    """What was passed over here, and answered by another person meanwhile, stays answered."""

    def meanwhile(_: Prompt) -> Reply:
        append(read(file.path), Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q2", choice="skip"))
        return Step.BACK

    script = Script(Step.LATER, BAG, meanwhile)
    interview(file, script)
    assert read(file.path).decisions.answers["q2"].by == "bob"


def test_answers_that_contradict_each_other_are_shown_and_answered_again(file: Changeset) -> None:
    """The prompt says who answered what; the new answer takes the place of both."""
    given = Answered(by="ada", at="2025-12-24T10:00:00Z", prev="", question="q2", choice="skip")
    mapped = Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q2", choice="map", key={"slug": "costco"})
    script = Script(SHOP)
    session = interview(append(file, given, mapped), script)
    assert "q2 has two answers: skip what asks this (ada), map to costco (bob); answer it again" in (
        script.prompts[0].sentence
    )
    assert session.file.decisions.answers["q2"].choice == "create"
    assert len(session.file.decisions.answers["q2"].revises) == 2


def test_there_is_nothing_before_the_first_question(file: Changeset) -> None:
    """It is asked again."""
    script = Script(Step.BACK)
    interview(file, script)
    assert (script.asked, script.told) == (["q2", "q2"], ["this is the first question"])


def test_an_answer_that_does_not_fit_is_asked_for_again(file: Changeset) -> None:
    """Every reason is told, and the next prompt starts from the answer that was tried."""
    tried = Answer("q2", "create", values={"rating": 9, "colour": "red"})
    script = Script(tried)
    interview(file, script)
    assert len(script.told) == 2
    assert script.prompts[1].earlier == tried
    assert read(file.path).events == ()


def test_a_warning_is_told_and_the_answer_kept(file: Changeset) -> None:
    """What the catalog's checks say does not refuse."""
    script = Script(Answer("q2", "create", values={"name": "C"}))
    interview(file, script)
    assert script.told == ["note: name: 'C' is short for a name"]
    assert "q2" in read(file.path).decisions.answers


def test_a_skip_says_what_falls_with_it(file: Changeset) -> None:
    """Both sales need the shop; skipping it leaves no question open, as the bag is needed by none."""
    script = Script(lambda prompt: Answer("q2", "skip") if prompt.falls() == 2 else Step.QUIT)
    interview(file, script)
    assert read(file.path).decisions.open == []


def test_somebody_else_may_answer_meanwhile(file: Changeset) -> None:
    """The second person is told, loses nothing, and goes on with what is open still."""

    def meanwhile(_: Prompt) -> Reply:
        append(file, Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q2", choice="skip"))
        return SHOP

    script = Script(meanwhile)
    interview(file, script)
    assert "somebody else" in script.told[0]
    now = read(file.path).intact()
    assert (now.decisions.answers["q2"].by, now.decisions.open) == ("bob", [])


def test_an_answer_is_offered_again_if_another_was_given_meanwhile(file: Changeset) -> None:
    """Somebody answered another question: the answer that could not be written is what the next prompt starts from."""

    def meanwhile(_: Prompt) -> Reply:
        append(file, Answered(by="bob", at="2025-12-24T10:00:00Z", prev="", question="q1", choice="skip"))
        return SHOP

    script = Script(meanwhile, SHOP)
    interview(file, script)
    assert script.prompts[1].earlier == SHOP
    assert {a.by for a in read(file.path).decisions.answers.values()} > {"bob"}


@pytest.fixture
def wrong_prices(tmp_path: Path) -> Changeset:
    """Three sales whose prices are no numbers, and one whose price is too low."""
    values = ["$6", "$7", "n/a", -1]
    problems = [f'"{value}" is not a number' for value in values[:3]] + ["-1 is out of range"]
    sales = [
        Create(
            n=n,
            entity="sales",
            key={"uuid": str(n)},
            values={"uuid": str(n)},
            from_=(n - 1,),
            needs={"/price": f"q{n}"},
        )
        for n in range(1, 5)
    ]
    questions = [
        Question(id=f"q{n}", kind="invalid", entity="sales", field="price", value=value, problem=problem, asked_by=(n,))
        for n, (value, problem) in enumerate(zip(values, problems, strict=True), 1)
    ]
    return written(tmp_path / "y.changeset.jsonl", sales, questions)


def test_an_answer_can_be_given_to_all_questions_like_it(wrong_prices: Changeset) -> None:
    """To those that are wrong in the same way, and to no others; each is an event of its own."""
    script = Script(Answer("q1", "skip", alike=True))
    session = interview(wrong_prices, script)
    assert [other.id for other in script.prompts[0].alike] == ["q2", "q3"]
    assert script.asked == ["q1", "q4"]
    assert session.answered == 3
    assert {answer.choice for answer in session.file.decisions.answers.values()} == {"skip"}
    assert script.told == ["the same answer was recorded for 2 of 2 other questions"]


def test_a_value_is_not_passed_on_to_other_values(wrong_prices: Changeset) -> None:
    """What one price should be says nothing of the others, whatever is said of all of them."""
    script = Script(Answer("q1", "value", value=3, alike=True), Step.QUIT)
    session = interview(wrong_prices, script)
    assert list(session.file.decisions.answers) == ["q1"]


def test_where_an_answer_does_not_fit_the_question_stays_open(file: Changeset, tmp_path: Path) -> None:
    """A shop without a name cannot be created like the one that has one; it is said why, and asked about."""
    sale = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/shop": "q1"})
    other = Create(n=2, entity="sales", key={"uuid": "b"}, values={"uuid": "b"}, from_=(1,), needs={"/shop": "q2"})
    lookups = [{"name": "Corner"}, {"slug": "aldi"}]
    questions = [
        Question(id=f"q{n}", kind="missing", entity="shops", lookup=lookup, asked_by=(n,))
        for n, lookup in enumerate(lookups, 1)
    ]
    asking = written(tmp_path / "z.changeset.jsonl", [sale, other], questions)
    script = Script(Answer("q1", "create", alike=True))
    session = interview(asking, script)
    assert script.asked == ["q1", "q2"]
    assert "q2: a new row of shops needs name" in script.told[0]
    assert script.told[1] == "the same answer was recorded for 0 of 1 other question"
    assert list(session.file.decisions.answers) == ["q1"]
    assert file.events == ()


def test_back_goes_through_what_was_passed_on(wrong_prices: Changeset) -> None:
    """An answer that was given to several can be taken back one at a time."""
    script = Script(Answer("q1", "skip", alike=True), Step.BACK, Answer("q3", "value", value=3))
    session = interview(wrong_prices, script)
    assert script.asked == ["q1", "q4", "q3", "q4"]
    answers = session.file.decisions.answers
    assert {id_: answer.choice for id_, answer in answers.items()} == {"q1": "skip", "q2": "skip", "q3": "value"}


@pytest.fixture
def receipts(tmp_path: Path) -> Changeset:
    """Three sales that may be rows which are here; one of them cannot be."""
    options = {"same": Outcome(skip="already here"), "new": Outcome()}
    sales = [
        Create(
            n=n,
            entity="sales",
            key={"uuid": str(n)},
            values={"uuid": str(n), "price": None},
            from_=(n - 1,),
            needs={"/price": "q1"},
            outcomes={"q1": options if n < 3 else {"new": options["new"]}},
        )
        for n in (1, 2, 3)
    ]
    offered = tuple(Option(name=name, label=name, records=n) for name, n in (("same", 2), ("new", 3)))
    question = Question(
        id="q1", kind="decision", entity="sales", field="price", asked_by=("1-3",), problem="?", options=offered
    )
    return written(tmp_path / "receipts.changeset.jsonl", sales, [question])


def chosen(option: str, operation: int | None = None) -> Answer:
    """An option, for all or for one."""
    return Answer("q1", "choose", option=option, operation=operation)


def test_what_an_option_does_not_fit_is_asked_by_itself(receipts: Changeset) -> None:
    """After the answer for all, the others come one by one, each with the options that fit it."""
    script = Script(chosen("same"), chosen("new", 3))
    session = interview(receipts, script)
    assert [(prompt.operation, [o.name for o in prompt.options]) for prompt in script.prompts] == [
        (None, ["same", "new"]),
        (3, ["new"]),
    ]
    assert script.prompts[1].examples[0].n == 3
    assert (session.answered, read(receipts.path).decisions.open) == (2, [])


def test_a_decision_is_made_one_by_one(receipts: Changeset) -> None:
    """Each operation is asked about; `later` passes it over; `back` returns to it, and from the first to the whole.

    All of that is one question of one, as far as the progress goes.
    """
    script = Script(
        Step.SINGLY,
        Step.BACK,
        Step.SINGLY,
        chosen("new", 1),
        Step.LATER,
        Step.BACK,
        chosen("same", 2),
        chosen("new", 3),
    )
    interview(receipts, script)
    assert [prompt.operation for prompt in script.prompts] == [None, 1, None, 1, 2, 3, 2, 3]
    assert {(prompt.progress.number, prompt.progress.total) for prompt in script.prompts} == {(1, 1)}
    assert [[option.records for option in prompt.options] for prompt in script.prompts[:2]] == [[2, 3], [1, 1]]
    decisions = read(receipts.path).decisions
    assert {n: answer.option for n, answer in decisions.exceptions["q1"].items()} == {1: "new", 2: "same", 3: "new"}
    assert decisions.open == []


def test_what_several_records_lack_is_given_one_by_one_and_then_for_the_rest(tmp_path: Path) -> None:
    """Each with its own operation; an answer for all counts where none was given for one alone."""
    sales = [
        Create(
            n=n,
            entity="sales",
            key={"uuid": str(n)},
            values={"uuid": str(n), "price": None},
            from_=(n - 1,),
            needs={"/price": "q1"},
        )
        for n in (1, 2, 3)
    ]
    question = Question(
        id="q1", kind="invalid", entity="sales", field="price", value=None, asked_by=("1-3",), problem="?"
    )
    file = written(tmp_path / "receipts.changeset.jsonl", sales, [question])
    script = Script(
        Step.SINGLY,
        Answer("q1", "value", value=3, operation=1),
        Answer("q1", "skip", operation=4),
        Answer("q1", "skip", operation=2),
        Answer("q1", "value", value=5),
    )
    interview(file, script)
    assert [(prompt.operation, prompt.examples[0].n) for prompt in script.prompts] == [
        (None, 1),
        (1, 1),
        (2, 2),
        (2, 2),
        (3, 3),
    ]
    assert script.told == ["q1: operation 4 does not ask this; expected one of 1, 2, 3"]
    decisions = read(file.path).decisions
    now = [decisions.effective(operation) for operation in sales]
    assert [one.values["price"] if isinstance(one, Create) else None for one in now] == [3, None, 5]
