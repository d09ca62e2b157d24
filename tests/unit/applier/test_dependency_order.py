"""Which of the creates that wait hold up the others."""

from __future__ import annotations

from bake.applier.dependency_order import cycle_members, levels
from bake.changeset.model import Create


def waiting(**parents: list[int]) -> list[Create]:
    """Creates by number (`_1`), with the numbers of those that they wait for."""
    return [
        Create(
            n=int(name[1:]),
            entity="recipes",
            key={},
            values={},
            from_=(),
            needs={f"/parent_{place}": need for place, need in enumerate(needs)},
        )
        for name, needs in parents.items()
    ]


def tied(**parents: list[int]) -> list[int]:
    """The numbers of those that hold up the others."""
    return [create.n for create in cycle_members(waiting(**parents))]


def test_those_that_wait_for_each_other_are_tied() -> None:
    """A cycle stays, and so does a row that refers to itself; the order stays as it is."""
    assert tied(_2=[1], _1=[2], _3=[3]) == [2, 1, 3]


def test_what_only_hangs_on_a_cycle_can_wait() -> None:
    """Rows that nobody in the cycle waits for are not to be written without their parents."""
    assert tied(_1=[2], _2=[1], _3=[1, 2], _4=[3]) == [1, 2]


def test_what_lies_between_two_cycles_is_tied() -> None:
    """One cycle waits for it, and it waits for the other."""
    assert tied(_1=[1], _2=[1], _3=[3, 2], _4=[3]) == [1, 2, 3]


def test_parents_that_never_come_tie_nothing() -> None:
    """A row that waits for one that was refused is in no cycle."""
    assert tied(_1=[9], _2=[1]) == []


def grouped(**parents: list[int]) -> list[list[int]]:
    """The numbers of those that can go together, in the order in which they go."""
    return [[create.n for create in level] for level in levels(waiting(**parents))]


def test_each_goes_after_those_that_it_waits_for() -> None:
    """A chain in any order is as many groups as it is long; what waits for nothing here goes with the first."""
    assert grouped(_3=[2], _2=[1], _4=[9], _1=[]) == [[4, 1], [2], [3]]


def test_cycles_and_what_hangs_on_them_do_not_go() -> None:
    """What waits for itself in the end is left out, and so is what waits for that; the others go."""
    assert grouped(_1=[2], _2=[1], _3=[1], _4=[4], _5=[]) == [[5]]
