"""The field's words as types: imports the standard library and the catalogue of words alone."""
