"""A real train for the tests of its parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.railway import Railway


@pytest.fixture
def railway(tmp_path: Path) -> Iterator[Railway]:
    """A train over an empty corpus folder."""
    made = Railway(tmp_path / "railway")
    yield made
    made.close()
