"""What administrators do to the corpus: reload in steps, test, switch, roll back, purge."""
