"""The answer path: a question in, an answer with citations out."""
