"""Commands that need packages of an extra, which is not installed with Bake unless somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from bake.errors import UsageError


@contextmanager
def needing(extra: str, what: str, packages: Collection[str]) -> Iterator[None]:
    """Import, within the block, what needs an extra.

    Args:
        extra: its name.
        what: what needs it, as messages call that.
        packages: the packages that it brings, as they are imported.

    Raises:
        UsageError: one of these is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in packages:
            raise
        raise UsageError(
            f"{what} needs packages that are not installed, the first is {error.name}",
            hint=f"pip install 'bake-changesets[{extra}]'",
        ) from None
