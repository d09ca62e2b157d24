"""`bake changeset compare`, as it is typed."""

from __future__ import annotations

from support.shell import Shell


def test_the_command(bakery: Shell) -> None:
    """What answers have changed is shown, and that a changeset is the same as itself."""
    built = bakery.built("wilson.json")
    before = bakery.folder / "before.changeset.jsonl"
    before.write_bytes(built.read_bytes())
    bakery.done("changeset", "resolve", str(built), "--create", "q1")
    said = bakery.done("changeset", "compare", str(before), str(built))
    assert "+ create suppliers" in said
    assert 'waits for supplier: - "missing"' in said
    assert "open no more: " in said
    assert "both come to the same" in bakery.done("changeset", "compare", str(built), str(built))
    document = bakery.bake("changeset", "compare", before, built, "--format", "json").document
    assert document["same"] is False
