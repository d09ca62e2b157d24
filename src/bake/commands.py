"""Commands as they are typed: what messages offer can be copied into a POSIX shell, and steers no terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath

#: The variable of the environment that names the database.
DATABASE_VARIABLE = "BAKE_DATABASE_URL"

#: The variable that holds the token which clients of `bake mcp --http` send.
TOKEN_VARIABLE = "BAKE_MCP_TOKEN"

#: The variable that holds the key by which tokens of sensitive values are made.
KEY_VARIABLE = "BAKE_KEY"

#: One word of a command: pieces in any marks, or in none.
_WORD = re.compile(r"""(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+""")


def command(*words: object) -> str:
    """`bake`, these words, each quoted where a shell would need it: a shell reads them as they were.

    A path that begins with a dash, which would be taken for an option, is given as one of this folder.
    """
    return " ".join(["bake", *(quoted(_typed(word)) for word in words)])


def _typed(word: object) -> str:
    text = str(word)
    return f"./{text}" if isinstance(word, PurePath) and text.startswith("-") else text


def quoted(argument: str) -> str:
    r"""One argument for a POSIX shell, on one line, with as few marks as will do.

    What cannot be printed, such as ESC or a new line in the name of a file, is written by its bytes, `$'\033'`, which
    shells have read since before POSIX took it up; so the command can be shown, and copied, and names the same file.
    """
    if not argument.isprintable():
        return "$'" + "".join(map(_escaped, argument)) + "'"
    if "'" in argument and not set(argument) & set('"$`\\!'):
        return f'"{argument}"'
    return shlex.quote(argument)


def quoted_words(line: str) -> list[str]:
    """The words of a command, quoted as they are: `" ".join(quoted_words(command(*words))) == command(*words)`."""
    return _WORD.findall(line)


def _escaped(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    errors = "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass"  # a byte of a name that is no UTF-8
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", errors))
