"""What refers to rows that the same file renames leads to the same rows, in whatever order and batches it is read."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.compiling import Compiled, compiled, described
from support.examples import examples
from support.market import uid

from bake.changeset.model import Create, Replace, Update

SLUGS = ("rye", "dark", "wheat")
ROWS: dict[str, list[dict[str, Any]]] = {
    "grains": [{"id": n, "uuid": uid(n), "slug": slug, "name": slug.title()} for n, slug in enumerate(SLUGS, 1)],
    "people": [{"id": n, "uuid": uid(10 + n), "slug": slug, "name": slug.title()} for n, slug in enumerate(SLUGS, 1)],
    "shops": [
        {"id": n, "uuid": uid(20 + n), "slug": slug, "name": slug.title(), "city": "Bath", "state": None}
        for n, slug in enumerate(SLUGS, 1)
    ],
}
#: What refers to rows: grains to grains, and people and shops to each other.
REFERENCES = {"grains": "parent", "people": "shop", "shops": "owner"}
named = st.sampled_from([*SLUGS, "pale"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Records that give rows other slugs or names, no two the same, and new rows that refer to rows by either."""
    document: dict[str, list[dict[str, Any]]] = {}
    for entity, reference in REFERENCES.items():
        rows = draw(st.lists(st.sampled_from(ROWS[entity]), max_size=2, unique_by=lambda row: row["uuid"]))
        slugs = draw(st.permutations([*SLUGS, "pale"]))
        renames = [
            {"uuid": row["uuid"], "slug": slug} | draw(st.sampled_from([{}, {"name": slug.title()}]))
            for row, slug in zip(rows, slugs, strict=False)
        ]
        new = [
            {"slug": f"{entity}_{n}", "name": f"New {entity} {n}", f"{reference}_{by}": spelled}
            for n, (by, spelled) in enumerate(
                draw(st.lists(st.tuples(st.sampled_from(["slug", "name"]), named), max_size=3))
            )
        ]
        document[entity] = draw(st.permutations([*renames, *new]))
    return {entity: document[entity] for entity in draw(st.permutations(list(document)))}


def _links(result: Compiled) -> list[str]:
    """What each reference leads to, by the row that has it: a key, or the candidates that are asked about."""
    questions = {question.id: sorted(str(one.key) for one in question.candidates) for question in result.questions}
    links = []
    for operation in result.operations:
        match operation:
            case Create(values=values):
                written = values
            case Update(patch=patch):
                written = {step.path[1:]: step.value for step in patch if isinstance(step, Replace)}
            case _:
                continue
        field = REFERENCES[operation.entity]
        need = operation.needs.get(f"/{field}")
        link = questions[need] if isinstance(need, str) else written.get(field)
        links.append(f"{operation.entity} {operation.key} {link}")
    return sorted(links)


@examples(40)
@given(documents(), st.data())
def test_neither_order_nor_batches_decide_what_a_reference_names(document: dict[str, Any], data: st.DataObject) -> None:
    """Renames that come after what refers to the rows count as those before it."""
    whole = compiled(document, ROWS)
    for batch in (1, 2, 3):
        assert described(compiled(document, ROWS, batch=batch)) == described(whole)
    again = {
        entity: data.draw(st.permutations(document[entity])) for entity in data.draw(st.permutations(list(document)))
    }
    assert _links(compiled(again, ROWS, batch=data.draw(st.sampled_from([1, 2, 3, 2000])))) == _links(whole)
