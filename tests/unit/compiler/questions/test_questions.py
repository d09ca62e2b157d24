"""Questions of a compilation: each asked once for all operations that ask the same."""

from __future__ import annotations

from bake.changeset.model import Option, Question
from bake.compiler.questions.question_records import Origin
from bake.compiler.questions.questions import Questions

SAME = Option(name="same", label="the same rows", example="3 to 4")
NEW = Option(name="new", label="new ones")


def lines(questions: Questions) -> list[Question]:
    """The questions as they are written."""
    return list(questions.lines(lambda asked: [() for _ in asked]))


def test_a_decision_is_asked_once() -> None:
    """Equal subjects share it: operations, counts and options add up, and the first example stays."""
    questions = Questions()
    ids = [
        questions.decision("prices", entity="sales", problem="the same?", origin=Origin(f"r{n}"), options=options, n=n)
        for n, options in ((1, [SAME, NEW]), (2, [SAME]), (3, [NEW, Option(name="odd", label="odd ones", records=4)]))
    ]
    assert ids == ["q1"] * 3
    assert lines(questions) == [
        Question(
            id="q1",
            kind="decision",
            entity="sales",
            problem="the same?",
            where="r1",
            asked_by=("1-3",),
            options=(
                Option(name="same", label="the same rows", records=2, example="3 to 4"),
                Option(name="new", label="new ones", records=2),
                Option(name="odd", label="odd ones", records=4),
            ),
        )
    ]


def test_other_subjects_are_other_decisions() -> None:
    """Two columns are two decisions, numbered as they come up."""
    questions = Questions()
    for n, subject in enumerate([("dates", "day"), ("dates", "due"), ("dates", "day")], 1):
        questions.decision(
            subject, entity="sales", field=subject[1], problem="?", origin=Origin(""), options=[NEW], n=n
        )
    assert [(q.id, q.field, q.asked_by) for q in lines(questions)] == [("q1", "day", (1, 3)), ("q2", "due", (2,))]


def test_a_decision_is_asked_in_other_words_once_more_is_known() -> None:
    """The sentence changes; who asks and what may be chosen stays."""
    questions = Questions()
    questions.decision("prices", entity="sales", problem="?", origin=Origin(""), options=[SAME, NEW], n=1)
    questions.reword("prices", "1 record looks like a row")
    [question] = lines(questions)
    assert (question.problem, question.asked_by, len(question.options)) == ("1 record looks like a row", (1,), 2)
