"""Commands on changesets that were mutated at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from fuzz.corpus import Corpus
from fuzz.mutation import encoded, mutated
from fuzz.running import Case, Draw

FILE = "mutated.changeset.jsonl"


def mutations(made: Corpus) -> Draw:
    """Cases of changesets with right digests, and of a few with wrong ones.

    Args:
        made: the corpus whose changesets are mutated.
    """
    paths = made.changesets
    contents = {name: (made.shell.folder / path).read_bytes() for name, path in paths.items()}

    def draw(number: int, random_: random.Random) -> Case:
        origin = random_.choice([*contents])
        arguments = _command(random_, paths[origin])
        right = arguments[1] != "seal" and random_.random() < 0.97
        content = encoded(mutated(contents[origin], random_), right=right)
        return Case(number, origin, arguments, {FILE: content})

    return draw


def _command(random_: random.Random, original: str) -> tuple[str, ...]:
    arguments = random_.choice(COMMANDS)(random_, original)
    formats = {"show": ("text", "markdown", "json")}
    if "--template" in arguments:
        return arguments
    return (*arguments, "--format", random_.choice(formats.get(arguments[1], ("text", "json"))))


def _plain(*arguments: str) -> Callable[[random.Random, str], tuple[str, ...]]:
    return lambda _, __: ("changeset", *arguments)


def _compare(random_: random.Random, original: str) -> tuple[str, ...]:
    pair = [FILE, original]
    random_.shuffle(pair)
    return ("changeset", "compare", *pair)


def _resolve(random_: random.Random, _: str) -> tuple[str, ...]:
    question = f"q{random_.randint(1, 12)}"
    answers = (
        *(("--skip", question), ("--create", question), ("--map", f"{question}=costco_boston_ma")),
        *(("--create", f'{question}={{"name": "N", "slug": "n"}}'), ("--value", f"{question}=3")),
        *(("--take", f"{question}=file"), ("--take", f"{question}=database"), ("--take", f"{question}=1")),
        *(("--keep", question), ("--choose", f"{question}=file"), ("--choose", f"{question}/5=database")),
        *(("--take", "purchases=file"), ("--skip", "suppliers:Wilson Frams"), ("--create", "products:cider_64")),
        *(("--map", f'{question}={{"slug": "king"}}'), ("--distinct", f"{question}=costco_boston_ma")),
    )
    return ("changeset", "resolve", FILE, *random_.choice(answers))


def _amend(random_: random.Random, _: str) -> tuple[str, ...]:
    n = random_.randint(1, 14)
    changes = (
        *(("--drop", str(n)), ("--note", "why"), ("--set", f"{n}/notes=x"), ("--set", f"{n}/slug=x")),
        *(("--set", f"{n}/brand=null"), ("--set", f"{n}/unit_price=3"), ("--set", f"{n}/supplier=costco_boston_ma")),
        *(("--set", f"{n}/product=king"), ("--set", f"{n}/ingredient=spelt"), ("--set", f"{n}/uuid=x")),
    )
    return ("changeset", "amend", FILE, *random_.choice(changes))


#: What is tried, some of it more often.
COMMANDS: Sequence[Callable[[random.Random, str], tuple[str, ...]]] = (
    *(_plain("show", FILE), _plain("show", FILE), _plain("show", FILE, "--all")),
    *(_plain("check", FILE), _plain("check", FILE), _plain("check", FILE, "--offline")),
    *(_plain("apply", FILE), _plain("apply", FILE), _plain("apply", FILE, "--skip-on-error")),
    *(_plain("apply", FILE, "--dry-run"), _plain("rebase", FILE), _plain("rebase", FILE)),
    *(_plain("revert", FILE, "--output", "out.changeset.jsonl"), _plain("seal", FILE)),
    *(_plain("resolve", FILE, "--template"), _plain("list")),
    *(_compare, _resolve, _resolve, _resolve, _amend, _amend),
)
