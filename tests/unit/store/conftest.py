"""The store's tests run over every database; see `tests.fakes.databases`."""

from tests.fakes.databases import bare_database, database, engine, postgresql_server

__all__ = ["bare_database", "database", "engine", "postgresql_server"]
