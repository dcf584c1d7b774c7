"""A corpus folder into documents, their passages, and a new snapshot."""
