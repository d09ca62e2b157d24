"""The data of the demonstration: a small bakery, and its purchases view as an AI gave it back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bake.errors import UsageError

#: What the demonstration begins with, in the order in which it is imported.
BAKERY, EDITED_VIEW = "bakery.json", "view_purchases.json"


def write_files(folder: Path) -> None:
    """Write the demonstration's files into a folder that is empty or not there.

    Raises:
        UsageError: the folder holds something, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}", hint="bake demo ANOTHER_FOLDER") from None
    if taken:
        raise UsageError(f"{folder} is not empty", hint="bake demo ANOTHER_FOLDER")
    for name in (BAKERY, EDITED_VIEW):
        (folder / name).write_bytes(files(__package__).joinpath(name).read_bytes())
