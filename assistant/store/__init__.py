"""The database: domain types in and out, SQLAlchemy inside."""
