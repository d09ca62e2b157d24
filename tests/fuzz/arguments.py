"""Commands with arguments, and an environment, that nobody means."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from fuzz.corpus import Corpus
from fuzz.running import Case, Draw
from fuzz.values import COMMANDS

FILE = "again.changeset.jsonl"
#: What is typed besides what the other cases type.
_MORE: Sequence[str] = (
    *("changeset show {file} --all", "changeset show {file} --format markdown --budget 500", "changeset list"),
    *("changeset compare {file} {file}", "changeset merge {file} {file}", "changeset seal {file} --reason x"),
    *("changeset amend {file} --set 1/notes=x", "changeset approve {file}", "changeset resolve {file} --map q1=costco"),
    *(
        "export view products --columns slug,notes --where notes=x --limit 2",
        "export schema products",
        "export template products",
    ),
    *("export validate all.json", "convert view.json --to view", "answers list", "answers forget suppliers:Costco"),
    *("init", "changeset build delivery.json --view products --output out.changeset.jsonl --date-order dmy"),
)
#: What takes the place of an argument. No path leads out of the folder.
ODD: Sequence[str] = (
    *(
        "",
        " ",
        "-",
        "--",
        "---",
        "--nope",
        "--format",
        "json",
        "xml",
        "--help",
        "-h",
        "--database",
        "--output",
        "--strict",
    ),
    *(
        "\udcff",
        "a\udcffb.json",
        "x" * 300,
        "x" * 5000,
        "no/such/folder/x.json",
        ".",
        "*",
        "\n",
        "a\nb",
        "\t",
        "'",
        '"',
        "`x`",
    ),
    *(
        "\x1b[2J",
        "\u202e",
        "名前",
        "é",
        "-1",
        "0",
        "00",
        "1e9",
        "1" * 400,
        "nan",
        "inf",
        "-0",
        "0x1f",
        "½",
        "٣",
        "1_000",
    ),
    *(
        "q1",
        "q1=",
        "=",
        "==x",
        "=x",
        "q1=q2=q3",
        "q999=x",
        "q" + "9" * 30,
        "suppliers:",
        ":",
        "a:b:c=d",
        "purchases=file",
    ),
    *(
        '{"a":',
        "[]",
        "{}",
        "null",
        '{"slug": "king"}',
        "[" * 2000,
        '{"slug": {"slug": 1}}',
        "1/notes",
        "1/=x",
        "/=x",
        "1/id=x",
    ),
    *("sqlite://", "sqlite:///", "sqlite:///no.db", "sqlite:///.", "sqlite:///stock.json", "sqlite:///bake.db?nope=1"),
    *(
        "sqlite:///bake.db?mode=ro&uri=true",
        "sqlite+aiosqlite:///bake.db",
        "postgresql://127.0.0.1:1/x",
        "mysql://h:no/x",
    ),
    *(
        "postgresql+asyncpg://127.0.0.1:1/x",
        "mysql://127.0.0.1:1/x?charset=foo",
        "oracle://x",
        "://",
        "bake.db",
        "sqlite",
    ),
    *(
        "stock.json",
        "delivery.json",
        "view.json",
        "all.json",
        FILE,
        "products",
        "purchases",
        "king",
        "costco",
        "id",
        "uuid",
    ),
    *(
        "--mode",
        "mirror",
        "--view",
        "--dry-run",
        "--skip-on-error",
        "--limit",
        "--where",
        "--columns",
        "--answers",
        "--note",
    ),
)
VARIABLES: Mapping[str, Sequence[str]] = {
    "COLUMNS": ("0", "-1", "1", "10", "1000000000000", "x", ""),
    "BAKE_DATABASE_URL": (
        "",
        " ",
        "x",
        "sqlite://",
        "sqlite:///no.db",
        "postgresql://127.0.0.1:1/x",
        "sqlite:///stock.json",
    ),
    "BAKE_ACTOR": ("", " ", "\x1b[2J", "x" * 5000, "\udcff", "a\nb", "\u202e"),
    "NO_COLOR": ("1", ""),
    "LC_ALL": ("C", "tr_TR.UTF-8", "nope"),
    "TZ": ("nope", "Asia/Kathmandu", ""),
}


def odd_arguments(made: Corpus) -> Draw:
    """Cases of one command with up to two changes of what is typed, or of the environment.

    Args:
        made: the corpus whose changesets are meant.
    """
    contents = {name: (made.shell.folder / path).read_bytes() for name, path in made.changesets.items()}

    def draw(number: int, random_: random.Random) -> Case:
        arguments = random_.choice((*COMMANDS, *_MORE)).format(file=FILE).split()
        changes = random_.choice((0, 1, 1, 2))
        for _ in range(changes):
            _change(arguments, random_)
        often = 0.05 if changes else 0.5
        variables = {name: random_.choice(odd) for name, odd in VARIABLES.items() if random_.random() < often}
        files = {FILE: contents[random_.choice([*contents])]}
        return Case(number, "arguments", tuple(arguments), files, variables=variables)

    return draw


def _change(arguments: list[str], random_: random.Random) -> None:
    """Replace, add, take away or double one of them; the command stays, so that nothing is started that lasts."""
    at = random_.randrange(2, len(arguments) + 1) if len(arguments) > 1 else 1
    match random_.choice(("replace", "replace", "add", "take away", "double")):
        case "replace" if at < len(arguments):
            arguments[at] = random_.choice(ODD)
        case "take away" if at < len(arguments):
            del arguments[at]
        case "double" if at < len(arguments):
            arguments.insert(at, arguments[at])
        case _:
            arguments.insert(at, random_.choice(ODD))
