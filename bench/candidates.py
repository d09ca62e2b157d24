"""How long does it take to find candidates for many misspelt names among many rows, and are they the right ones?

    python bench/candidates.py [SUPPLIERS [QUESTIONS]]

Makes a bakery of so many suppliers (100,000 by default) in a temporary SQLite file, and as many questions (10,000) that
name one of them with a typing error, half of them with its city. Then ranks candidates for all of them as `bake
changeset build` does, and for a few by comparing each with every name. The goal: all of them in seconds, and the
supplier that was meant among the candidates as often as by comparing with every name. The figures are kept in
`bench/results/candidates.json`.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from measuring import keep
from rapidfuzz import fuzz, process

from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.names import loose_form
from bake.changeset.model import Candidate, Question
from bake.compiler.references.ranking import Ranking
from bake.compiler.rows.row_resolver import RowResolver
from bake.database.reading.snapshot import DatabaseSnapshot

NAIVE = 100
SYLLABLES = ("ka", "lo", "mi", "ner", "so", "tal", "wen", "ro", "bur", "dix", "an", "el", "gra", "ho", "pe", "vin")
KINDS = ("Farm", "Market", "Bakery Supply", "Foods", "Grocers", "Wholesale", "Orchard", "Mills", "Dairy", "Traders")
CITIES = [("Boston", "MA"), ("Waltham", "MA"), ("Nashua", "NH"), ("Portland", "ME"), ("Albany", "NY"), ("Salem", "MA")]

Supplier = dict[str, object]


def suppliers(n: int, chance: random.Random) -> Iterator[Supplier]:
    """Rows with names that look like names; some share one and differ by their city."""
    for i in range(n):
        owner = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title()
        name = f"{owner}'s {chance.choice(KINDS)}" if i % 3 else f"{owner} & {chance.choice(KINDS)}"
        city, state = chance.choice(CITIES)
        yield {"uuid": str(UUID(int=i)), "slug": f"supplier_{i}", "name": name, "city": city, "state": state}


def misspelt(name: str, chance: random.Random) -> str:
    """A name with a letter lost, doubled or exchanged."""
    at = chance.randrange(1, len(name) - 2)
    return chance.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        )
    )


def questions(rows: Sequence[Supplier], n: int, chance: random.Random) -> list[tuple[Question, object]]:
    """What is asked, each with the slug of the row that is meant."""
    asked = []
    for i, row in enumerate(chance.choices(rows, k=n)):
        lookup: dict[str, object] = {"name": misspelt(str(row["name"]), chance)}
        if i % 2:
            lookup["city"] = row["city"]
        asked.append((Question(id=f"q{i + 1}", kind="missing", entity="suppliers", lookup=lookup), row["slug"]))
    return asked


def timed(work: Callable[[], list[Sequence[Candidate | object]]]) -> tuple[float, list[Sequence[Candidate | object]]]:
    """How many seconds some work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def naive(asked: Sequence[tuple[Question, object]], rows: Sequence[Supplier]) -> list[list[object]]:
    """Compare each with every name: the slugs of the five most alike."""
    names = [loose_form(str(row["name"])) for row in rows]
    texts = [loose_form(str((question.lookup or {})["name"])) for question, _ in asked]
    found = [process.extract(text, names, scorer=fuzz.WRatio, limit=5) for text in texts]
    return [[rows[place]["slug"] for _, _, place in hits] for hits in found]


def main() -> None:
    """Make the bakery, ask, and print the figures."""
    many, asked_of = (int(text) for text in (sys.argv[1:] + ["100000", "10000"][len(sys.argv) - 1 :]))
    chance = random.Random(7)
    rows = list(suppliers(many, chance))
    asked = questions(rows, asked_of, chance)
    with tempfile.TemporaryDirectory() as folder:
        project = Project(f"sqlite:///{folder}/bake.db", DEFAULT_CATALOG, folder=Path(folder))
        initialise(project)
        with project.connect() as database:
            with database.writing() as connection:
                connection.execute(sa.insert(project.catalog.entities["suppliers"].table), rows)
            with database.reading() as connection:
                report(project, connection, asked, rows)


def report(
    project: Project, connection: sa.Connection, asked: Sequence[tuple[Question, object]], rows: Sequence[Supplier]
) -> None:
    """Rank, compare with the naive way, and print."""
    ranking = Ranking(RowResolver(project.catalog, DatabaseSnapshot(connection, project.catalog)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    index, _ = timed(lambda: [ranking.candidates(asked[0][0])])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    each, found = timed(lambda: [ranking.candidates(question) for question, _ in asked])
    slugs = [[c.key["slug"] for c in candidates if isinstance(c, Candidate)] for candidates in found]
    hits = sum(slug in offered for (_, slug), offered in zip(asked, slugs, strict=True))
    first = sum(offered[:1] == [slug] for (_, slug), offered in zip(asked, slugs, strict=True))
    slow, scanned = timed(lambda: [*naive(asked[:NAIVE], rows)])
    same_hits = sum(slug in offered for (_, slug), offered in zip(asked[:NAIVE], slugs[:NAIVE], strict=True))
    slow_hits = sum(slug in offered for (_, slug), offered in zip(asked[:NAIVE], scanned, strict=True))
    figures = {
        "suppliers": len(rows),
        "questions": len(asked),
        "index_seconds": round(index, 2),
        "index_mb": grown,
        "question_ms": round(each / len(asked) * 1000, 2),
        "offered_percent": round(100 * hits / len(asked), 1),
        "first_percent": round(100 * first / len(asked), 1),
        "naive_ms": round(slow / NAIVE * 1000, 1),
        "offered_of_100": same_hits,
        "naive_of_100": slow_hits,
        "times_faster": round(slow / NAIVE * len(asked) / (index + each), 1),
    }
    keep("candidates", figures)
    for name, figure in figures.items():
        print(f"{name:16} {figure:>12,}")


if __name__ == "__main__":
    main()
