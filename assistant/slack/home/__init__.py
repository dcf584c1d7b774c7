"""The Home tab, the questions that are suggested, and what a term means."""
