"""Commands as they are typed: what messages offer can be copied into a POSIX shell."""

from __future__ import annotations

import shlex

#: The variable of the environment that names the database.
DATABASE_VARIABLE = "BAKE_DATABASE_URL"


def command(*words: object) -> str:
    """`bake`, these words, each quoted where a shell would need it: `shlex.split(command(*words))[1:] == words`."""
    return " ".join(["bake", *(quoted(str(word)) for word in words)])


def quoted(argument: str) -> str:
    """One argument for a POSIX shell, with as few marks as will do: `shlex.split(quoted(x)) == [x]`."""
    if "'" in argument and not set(argument) & set('"$`\\!\n'):
        return f'"{argument}"'
    return shlex.quote(argument)
