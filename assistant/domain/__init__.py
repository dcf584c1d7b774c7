"""The field's words as types: imports nothing but the standard library."""
