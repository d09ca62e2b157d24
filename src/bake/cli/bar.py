"""How the bar looks: `comparing products ━━━━━━╸   340,500 of 1,000,000 · 96,200/s 0:00:07`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from bake.renderer.printable import printable

#: Takes the step, how much of it is done, and of how much.
Show = Callable[[str, int, int | None], None]


class _Pace(ProgressColumn):
    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}" if task.completed else ""
        total = f" of {task.total:,.0f}" if task.total is not None else ""
        speed = f" · {task.speed:,.0f}/s" if task.speed else ""
        return Text(done + total * bool(done) + speed)


@contextmanager
def bar() -> Iterator[Show]:
    """Draw a bar on stderr, which is gone at the end of the block.

    Yields:
        What draws it anew.
    """
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(),
        _Pace(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        steps: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                while steps:
                    progress.remove_task(steps.popitem()[1])
                steps[step] = progress.add_task(printable(step), total=total)
            progress.update(steps[step], completed=done, total=total)
            progress.refresh()

        yield show
