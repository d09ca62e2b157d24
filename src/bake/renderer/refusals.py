"""What a policy refuses, in words."""

from __future__ import annotations

from bake.policy.verdict import Refusal
from bake.renderer.words import key_text


def refusal_text(refusal: Refusal) -> str:
    """`operation 3, products flour_5lb, upc_code: no rule allows it`."""
    write = refusal.write
    place = f", {write.field}" if write.field else ""
    return f"operation {write.n}, {write.action} {write.entity} {key_text(write.key)}{place}: {refusal.why}"
