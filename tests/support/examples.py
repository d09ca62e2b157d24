"""How many examples a law is tried with: few in each run of the tests, many more where somebody asks for them."""

from __future__ import annotations

import os

from hypothesis import settings

#: `nox -s everywhere` tries laws with so many times as many examples.
_TIMES = int(os.environ.get("BAKE_TEST_EXAMPLES", "1"))


def examples(few: int) -> settings:
    """Try a law with a few examples, or that many times as many as `BAKE_TEST_EXAMPLES` says."""
    return settings(max_examples=few * _TIMES)
