"""A changeset as a comment of a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bake.changeset import model as m
from bake.changeset.file import Changeset
from bake.renderer.comment import LEAST, comment
from bake.renderer.selection import EVERYTHING, Selection

Make = Callable[..., Changeset]

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
EVIL = ["@all", "#123", "https://x.example", "<b>x</b>", "a|b", "|", "`", "\n| x |\n", "\n# x", "~~", "GH-1", "\u202e"]


def update(n: int, field: str, before: m.Json, after: m.Json, **rest: m.Json) -> m.Update:
    """A change of one field of a product."""
    patch = (m.Test(path=f"/{field}", value=before), m.Replace(path=f"/{field}", value=after))
    return m.Update(n=n, entity="products", key={"slug": f"p{n}"}, patch=patch, **rest)


def inert(rendered: str) -> list[str]:
    """The kinds of tokens, after none was found that data must not become."""
    kinds = [part.type for token in COMMONMARK.parse(rendered) for part in [token, *(token.children or ())]]
    assert not {"html_block", "html_inline", "link_open", "image", "s_open", "em_open", "hr", "code_block"} & set(kinds)
    return kinds


def part(rendered: str, title: str) -> str:
    """What stands below a heading."""
    return rendered.partition(f"### {title}")[2].partition("###")[0]


DATA = st.lists(st.text(max_size=8) | st.sampled_from(EVIL), max_size=4).map("".join)
VALUES = st.none() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | DATA


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DATA, VALUES, VALUES), max_size=6), DATA, st.integers(1, 2000))
def test_data_is_never_markup(make: Make, changes: list[tuple[str, m.Json, m.Json]], name: str, times: int) -> None:
    """Whatever a changeset holds: its comment fits, its table is whole, and nothing in it is more than text."""
    operations: list[m.Operation] = [
        m.Update(
            n=n,
            entity=name,
            key={"k": field * times},
            label=field,
            patch=(m.Test(path=f"/{field}", value=before), m.Replace(path=f"/{field}", value=after)),
            warnings=(m.Warn(field=field, message=name * times),),
        )
        for n, (field, before, after) in enumerate(changes, 1)
    ]
    operations.append(m.Delete(n=len(operations) + 1, entity=name, key={"k": name}, before={name: name * times}))
    question = m.Question(id="q1", kind="invalid", entity=name, field=name, problem=name * times, asked_by=(1,))
    rendered = comment(make(operations, [question], (), name), LEAST, EVERYTHING)
    assert len(rendered.encode()) <= LEAST
    kinds = inert(rendered)
    assert kinds.count("td_open") == kinds.count("th_open") * (kinds.count("tr_open") - kinds.count("table_open"))
    assert kinds.count("strong_open") >= 1


@pytest.mark.parametrize("budget", [LEAST, 8192, 65536])
def test_it_fits_and_counts_what_is_left_out(make: Make, budget: int) -> None:
    """Of much in each part: no more bytes than there may be, every part is there, and what is not shown is counted."""
    odd = (m.Warn(field="price", message="odd"),)
    operations: list[m.Operation] = [
        *(update(n, "price", n, n + 1, warnings=odd) for n in range(1, 601)),
        *(m.Delete(n=n, entity="shops", key={"slug": f"s{n}"}, before={"slug": f"s{n}"}) for n in range(601, 1801)),
        *(update(n, "slug", f"p{n}", f"q{n}") for n in range(1801, 2401)),
    ]
    questions = [
        m.Question(id=f"q{n}", kind="missing", entity="shops", lookup={"name": f"shop {n}"}, asked_by=(n,))
        for n in range(1, 501)
    ]
    rendered = comment(make(operations, questions), budget, EVERYTHING)
    assert len(rendered.encode()) <= budget
    inert(rendered)
    for title, total, row in (
        ("Questions (500)", 500, r"^- \*\*q"),
        ("Warnings (600)", 600, "^- Operation"),
        ("Deletes (1,200)", 1200, r"^- \d+"),
        ("Changed keys (600)", 600, r"^- \d+"),
    ):
        below = part(rendered, title)
        left = re.search(r"and ([\d,]+) more", below)
        assert left, title
        assert len(re.findall(row, below, re.MULTILINE)) + int(left[1].replace(",", "")) == total, title
    assert part(rendered, "Source")


def test_changes_that_are_alike_are_one(make: Make) -> None:
    """A text that many rows get is said once, with how many; the numbers that change most are named."""
    operations: list[m.Operation] = [
        *(update(n, "notes", None, "checked in January" if n % 50 else f"see {n}") for n in range(1, 1001)),
        *(update(n, "price", Decimal("4.79"), Decimal("4.89")) for n in range(1001, 1041)),
        update(1041, "price", Decimal("4.79"), Decimal("47.9")),
        update(1042, "price", 5, 0),
    ]
    rendered = comment(make(operations), 65536, EVERYTHING)
    assert "- **update** 1,000 rows of `products`: `notes`\n" in rendered
    assert '`notes` set to `"checked in January"` in 980 of them' in rendered
    assert "(20 of 42)" in rendered
    first, second = [line for line in rendered.splitlines() if line.startswith("- Operation")][:2]
    assert "`5` → `0`" in first
    assert "`4.79` → `47.9`, 10.00 times more" in second


def test_two_operations_with_one_number(make: Make) -> None:
    """Of a damaged file: their equal changes are ranked like any others, in the order of the file."""
    same = [update(1, "price", 1, 2, label=label) for label in ("first", "second")]
    rendered = comment(make(same), LEAST, EVERYTHING)
    assert rendered.index("`products` `first`, `price`: `1` → `2`, 2.00 times more") < rendered.index("`second`")


def test_few_changes_are_all_there(make: Make) -> None:
    """Of a group of few rows each is shown."""
    rendered = comment(make([update(n, "city", "Bostn", f"Boston {n}") for n in (1, 2, 3)]), LEAST, EVERYTHING)
    assert [f'`"Bostn"` → `"Boston {n}"`' in rendered for n in (1, 2, 3)] == [True] * 3
    assert "such as" not in rendered


def test_too_many_kinds_of_changes(make: Make) -> None:
    """What is alike in hundreds of ways is not held in memory: the last ones are one group."""
    rendered = comment(make([update(n, f"f{n}", 0, "x") for n in range(1, 450)]), 1 << 20, EVERYTHING)
    assert "- all others: 49 rows" in rendered


def test_megabytes_in_a_line(make: Make) -> None:
    """Long values, names and messages are cut or left out; what is short beside them is there."""
    long = "x" * 3_000_000
    operations: list[m.Operation] = [
        update(1, "notes", None, long, warnings=(m.Warn(field="notes", message=long),)),
        m.Delete(n=2, entity=long, key={"slug": long}, before={long: long}),
        update(3, "city", "Bostn", "Boston"),
    ]
    question = m.Question(id="q1", kind="invalid", entity="products", field=long, problem=long, asked_by=(1,))
    rendered = comment(make(operations, [question], (), "x.csv"), 8192, EVERYTHING)
    assert len(rendered.encode()) <= 8192
    assert "### Questions (1)" in rendered
    assert '`"Bostn"` → `"Boston"`' in rendered


def test_nobody_is_mentioned(make: Make) -> None:
    """Names, issues and addresses in what is not a code span are broken up."""
    evil = "@all #12 https://x.example"
    question = m.Question(id="q1", kind="missing", entity=evil, lookup={"name": evil}, where=evil, asked_by=(1,))
    skip = m.Skip(n=2, entity="x", reason=evil, from_=(0,))
    notice = m.Notice(code="c", message=evil)
    rendered = comment(make([update(1, "a", 1, 2), skip], [question], (notice,), evil, 1), LEAST, EVERYTHING)
    plain = re.sub(r"`[^`\n]*`", "", rendered)
    assert not re.search(r"@all|#12|https://", plain)
    assert plain.count("@&#8203;all #&#8203;12 https\\://x.example") >= 4


def test_it_can_be_narrowed(make: Make) -> None:
    """By part, entity and row, as everything that is shown."""
    delete = m.Delete(n=3, entity="shops", key={"slug": "x"}, before={"slug": "x"})
    file = make([update(1, "a", 1, 2), update(2, "a", 1, 2), delete])
    rendered = comment(file, LEAST, Selection(only=frozenset({"updates"}), where="p2"))
    assert "**update** 1 row of `products`" in rendered
    assert "Deletes" not in rendered
