"""What can be done with this project: `nox -l` lists it, `nox` checks everything, `nox -s NAME` does one thing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeAlias

import nox

nox.needs_version = ">=2026.1"
nox.options.sessions = ["lint", "types", "imports", "docs", "tests"]
nox.options.error_on_missing_interpreters = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
DATABASES = "-e.[postgresql,mysql]"
#: Tests start some hundreds of commands; each would compile the package anew where writing bytecode is switched off.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
#: What `bench` runs: scripts and their arguments.
Runs: TypeAlias = tuple[tuple[str, ...], ...]
MAIN, SHAPES = "mixed,unchanged,new,few", "exported,changed,shuffled,unresolved,sets,wide"
FULL: Runs = (
    ("startup.py",),
    ("comment.py",),
    ("review_pages.py",),
    ("run.py", "--kinds", MAIN, "--sizes", "10000,100000,1000000"),
    ("run.py", "--kinds", SHAPES, "--sizes", "10000,100000", "--keep", "shapes"),
    ("run.py", "--kinds", SHAPES, "--sizes", "1000000", "--keep", "large", "--repeat", "1"),
    ("compare.py", "--sizes", "10000,100000"),
    ("apply_cost.py",),
    ("export_products.py", "1000000"),
    ("candidates.py", "100000", "10000"),
    ("growth.py",),
)
HUGE: Runs = (("run.py", "--kinds", "mixed", "--sizes", "10000000", "--keep", "huge", "--repeat", "1"),)
SMALL: Runs = (
    ("startup.py", "5"),
    ("comment.py", "2000", "1"),
    ("review_pages.py", "2000"),
    ("run.py", "--kinds", MAIN, "--sizes", "1000,10000", "--repeat", "1"),
    ("run.py", "--kinds", SHAPES, "--sizes", "1000", "--keep", "shapes", "--repeat", "1"),
    ("compare.py", "--sizes", "1000", "--repeat", "1"),
    ("apply_cost.py", "1000", "3"),
    ("export_products.py", "20000"),
    ("candidates.py", "2000", "200"),
    ("growth.py", "--factor", "0.02"),
)


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group in pyproject.toml."""
    return nox.project.dependency_groups(PYPROJECT, name)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; what follows `--` goes to pytest."""
    session.install(DATABASES, *group("test"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs, env=BYTECODE)


@nox.session
def everywhere(session: nox.Session) -> None:
    """Try elsewhere what is not expected to differ there, and laws with ten times the examples; takes many minutes."""
    session.install(DATABASES, *group("test"))
    session.run("pytest", "-m", "everywhere", "-n", "auto", *session.posargs, env=BYTECODE)
    more = {**BYTECODE, "BAKE_TEST_EXAMPLES": "10"}
    session.run("pytest", "tests/laws", "-n", "auto", "--dist", "worksteal", *session.posargs, env=more)


@nox.session
def kills(session: nox.Session) -> None:
    """Kill some hundreds of runs on each database, and look that nothing is left half done; takes many minutes."""
    session.install(DATABASES, *group("test"))
    session.run("pytest", "-m", "kills", *(session.posargs or ["tests/kills"]), env=BYTECODE)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Run commands on what is changed at random: `-- --cases N --seed S --database KIND`; or `--sequences` of them."""
    session.install(DATABASES, *group("test"))
    session.run("python", "-m", "fuzz", *session.posargs, env={"PYTHONPATH": "tests", **BYTECODE})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; `nox -s lint -- --fix` mends what can be mended."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly, of code and tests."""
    session.install(DATABASES, *group("types"))
    session.run("mypy", *session.posargs)


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports between the rooms of the house point down."""
    session.install("-e.", *group("imports"))
    session.run("lint-imports", "--no-cache")


@nox.session
def docs(session: nox.Session) -> None:
    """Make the book of docs/; a warning, such as of a link that leads nowhere, is an error. `-- FOLDER` says where."""
    session.install(*group("docs"))
    folder = session.posargs[0] if session.posargs else str(Path(session.create_tmp()) / "html")
    session.run(
        "sphinx-build", "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env", "-c", "book", "docs", folder
    )
    session.log(f"open {Path(folder).resolve() / 'index.html'}")


@nox.session
def screenshots(session: nox.Session) -> None:
    """Take the pictures of the web page in the README; `-- FOLDER`: of all pages, at three sizes, to look at."""
    session.install("-e.[web]", "playwright>=1.60")
    session.run("python", "book/screenshots.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, in small; `-- --full` with the sizes of the promises, for the performance page; `--huge` with more."""
    session.install(".[web]", "httpx2>=2.16")
    for peer in group("bench"):  # one by one: what cannot be had is reported as not installed, and stops nothing
        session.install(peer, success_codes=[0, 1])
    full = "--full" in session.posargs
    results = Path("bench", "results") if full else Path(session.create_tmp(), "bench")
    if not full:
        shutil.rmtree(results, ignore_errors=True)
    env = {"BENCH_RESULTS": str(results.resolve())}
    runs = (*FULL, *(HUGE if "--huge" in session.posargs else ())) if full else SMALL
    try:
        for script, *arguments in runs:
            session.run("python", f"bench/{script}", *arguments, env=env)
    finally:  # what was measured is told, whatever failed
        session.run("python", "bench/report.py", "--table", env=env)
    if full:
        session.run("python", "bench/report.py", env=env)


@nox.session
def demo(session: nox.Session) -> None:
    """Walk through an import of the small bakery, in a folder of its own; `nox -s demo -- FOLDER` says where."""
    session.install(".")
    session.run("bake", "demo", *(session.posargs or [str(Path(session.create_tmp()) / "bakery")]))
