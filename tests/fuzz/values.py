"""Commands on a database with values that are none of their column's type, and references to no row."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from fuzz.corpus import Corpus
from fuzz.running import Case, Draw

from bake.catalog.bakery import BAKERY

FILE = "again.changeset.jsonl"
#: By kind of database, what is stored. SQLite takes anything anywhere, the others what their columns can hold.
STORED: Mapping[str, Sequence[str]] = {
    "sqlite": (
        *(
            "''",
            "' '",
            "'abc'",
            "'NaN'",
            "'inf'",
            "'null'",
            "'true'",
            "'[1'",
            "'{\"a\": 1}'",
            "'12,5'",
            "'0x1f'",
            "NULL",
        ),
        *("x''", "x'ff00'", "x'00'", "zeroblob(70000)", "CAST(x'ff41' AS TEXT)", "CAST(x'eda080' AS TEXT)"),
        *("'a' || char(0) || 'b'", "char(27) || '[2J'", "char(8238)", "printf('%.5000c', 'x')", "'é'"),
        *(
            "9e999",
            "-9e999",
            "1e308",
            "-0.0",
            "0.1 + 0.2",
            "5e-324",
            "9223372036854775807",
            "-9223372036854775808",
            "-1",
        ),
        *(
            "99999",
            "0",
            "1.5",
            "'2025-13-45'",
            "'2025-02-30'",
            "'0000-00-00'",
            "'10000-01-01'",
            "20251220",
            "2460000.5",
        ),
        *("'2025-12-20T25:61:00Z'", "'2025-12-20 10:00:00+99:99'", "'00000000-0000-4000-8000-00000000000'"),
    ),
    "postgresql": (
        *(
            "''",
            "' '",
            "'abc'",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "NULL",
            "'infinity'",
            "'0044-03-15 BC'",
            "-1",
            "0",
        ),
        *("'99999-01-01'", "99999", "chr(27)", "chr(8238)", "1e30", "1.5", "repeat('x', 200)", "'2025-12-20'"),
    ),
    "mysql": (
        *(
            "''",
            "' '",
            "'abc'",
            "NULL",
            "'0000-00-00'",
            "'2025-00-00'",
            "'9999-12-31 23:59:59'",
            "-1",
            "0",
            "99999",
            "1e30",
        ),
        *("CHAR(27)", "1.5", "REPEAT('x', 200)", "'2025-12-20'", "_binary x'ff41'", "'é'"),
    ),
}
#: What is typed; `{file}` is a changeset of the corpus.
COMMANDS: Sequence[str] = (
    *("export complete --output all", "export complete --output all --skip-on-error --zip"),
    *(f"export view {view} --output v.{form}" for view in ("products", "purchases") for form in ("json", "csv")),
    *("export view suppliers --output v.json --skip-on-error", "export view purchases --output v.json --skip-on-error"),
    *("export prompt products", "history", "history products king", "history suppliers costco"),
    *("changeset build all.json --mode mirror", "changeset build delivery.json", "changeset build view.json"),
    *("changeset build more.json --strict", "import later.json --yes", "import stock.json", "changeset drift"),
    *(
        "changeset check {file}",
        "changeset apply {file}",
        "changeset apply {file} --dry-run",
        "changeset rebase {file}",
    ),
    *("changeset apply {file} --skip-on-error", "changeset revert {file} --output out.changeset.jsonl"),
    *("changeset resolve {file} --template", "changeset resolve {file} --skip q1", "catalog check"),
)
#: Commands of which the output has no other form.
_PLAIN = ("export", "--template", "catalog")


def stored_values(made: Corpus) -> Draw:
    """Cases of one command after one to three odd values were stored.

    Args:
        made: the corpus, in whose database they are stored.
    """
    kind = str(made.shell.variables["BAKE_DATABASE_URL"]).partition(":")[0].partition("+")[0]
    stored = STORED["mysql" if kind == "mariadb" else kind]
    contents = {name: (made.shell.folder / path).read_bytes() for name, path in made.changesets.items()}

    def draw(number: int, random_: random.Random) -> Case:
        edits = tuple(_edit(random_, kind, random_.choice(stored)) for _ in range(random_.choice((1, 1, 2, 3))))
        arguments = tuple(random_.choice(COMMANDS).format(file=FILE).split())
        if not any(word in arguments for word in _PLAIN) and random_.random() < 0.7:
            arguments = (*arguments, "--format", "json")
        return Case(number, "values", arguments, {FILE: contents[random_.choice([*contents])]}, edits)

    return draw


def _edit(random_: random.Random, kind: str, value: str) -> str:
    item = BAKERY.entities[random_.choice(("suppliers", "ingredients", "products", "purchases"))]
    column = random_.choice([one.name for one in item.table.columns if one.name != "id"])
    update = {"sqlite": "UPDATE OR IGNORE", "postgresql": "UPDATE"}.get(kind, "UPDATE IGNORE")
    return f"{update} {item.table.name} SET {column} = {value} WHERE id = {random_.randint(1, 6)}"
