"""What all tests share: the options of the test run."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code, so that no test asks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the expected files of tests/golden anew; read the difference before you keep it."""
    parser.addoption("--update-golden", action="store_true", help="write the expected files of tests/golden anew")
