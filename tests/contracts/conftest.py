"""What the contracts' suites share: the databases, and a Chroma server, started once."""

from collections.abc import Iterator

import pytest

from tests.fakes.chroma_server import running_chroma
from tests.fakes.databases import bare_database, database, engine, postgresql_server

__all__ = ["bare_database", "chroma_url", "database", "engine", "postgresql_server"]


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Chroma server for the session; return its address."""
    with running_chroma(tmp_path_factory.mktemp("chroma") / "data") as url:
        yield url
