"""Encoders, stores, snapshots, and the hybrid search over them."""
