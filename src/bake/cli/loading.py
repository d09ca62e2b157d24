"""Commands that are loaded when they are typed; `bake --help` only needs their names and one line about each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from bake.cli.output import note
from bake.errors import Interrupted


def group(help_: str, *, completion: bool = False, **settings: Any) -> typer.Typer:
    """A group of commands, with the settings of all groups of Bake: help in plain text, which loads fast.

    Args:
        help_: what its commands do.
        completion: whether it has `--install-completion` and `--show-completion`, as the outermost group has.
        settings: of `typer.Typer`.
    """
    return typer.Typer(
        help=help_,
        no_args_is_help=True,
        add_completion=completion,
        context_settings={"help_option_names": ["--help", "-h"]},
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **settings,
    )


class Announced(TyperCommand):
    """A command that is not loaded yet.

    Args:
        name: what is typed.
        target: `module:NAME` of the function or the group.
        does: what it does, in a line.
    """

    def __init__(self, name: str, target: str, does: str) -> None:
        super().__init__(name, short_help=does)
        self._target = target

    def loaded(self) -> Any:
        """The command itself."""
        return _loaded(self._target, self.name)


@cache
def _loaded(target: str, name: str | None) -> Any:
    """A command, made once in a process, however often it is typed there."""
    module, _, member = target.partition(":")
    found = getattr(import_module(module), member)
    return get_command(found if isinstance(found, typer.Typer) else _alone(name, found))


def _alone(name: str | None, function: Callable[..., Any]) -> typer.Typer:
    alone = group("")
    alone.command(name)(function)
    return alone


def announcing(*commands: tuple[str, str, str], order: Sequence[str] = ()) -> type[TyperGroup]:
    """The class of a group with commands that are loaded when they are typed.

    Args:
        commands: of each command its name, `module:NAME` of its function, and what it does, in a line.
        order: the names of the commands that `--help` lists first, in their order; the others follow as they are added.
    """
    rank = {name: n for n, name in enumerate(order)}

    class Announcing(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands.update((name, Announced(name, target, does)) for name, target, does in commands)

        def list_commands(self, ctx: Any) -> list[str]:
            return sorted(super().list_commands(ctx), key=lambda name: rank.get(name, len(rank)))

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, command, rest = super().resolve_command(ctx, args)
            return name, command.loaded() if isinstance(command, Announced) else command, rest

        def make_context(self, *arguments: Any, **settings: Any) -> Any:
            with _interruptible():
                return super().make_context(*arguments, **settings)

        def invoke(self, ctx: Any) -> Any:
            with _interruptible():
                return super().invoke(ctx)

    return Announcing


@contextmanager
def _interruptible() -> Iterator[None]:
    """Say no more than that it was interrupted: while a command is loaded, or only reads, there is nothing to add."""
    try:
        yield
    except KeyboardInterrupt:
        note("interrupted")
        raise typer.Exit(Interrupted.exit_status) from None
