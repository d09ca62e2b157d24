"""Laws of whole commands hold whatever the size of the pieces in which things are done; others draw sizes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from support.pieces import small_pieces


@pytest.fixture(scope="module", params=["whole", "in pieces"])
def pieces(request: pytest.FixtureRequest) -> Iterator[None]:
    """The laws of a module, once with pieces as they are and once with the smallest."""
    with small_pieces() if request.param == "in pieces" else nullcontext():
        yield
