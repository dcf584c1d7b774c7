"""The store's tests run over every database; see `tests.fakes.databases`."""

from tests.fakes.databases import database, engine, postgresql_server

__all__ = ["database", "engine", "postgresql_server"]
