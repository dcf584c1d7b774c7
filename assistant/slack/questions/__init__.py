"""What becomes of a question that was taken from the inbox, until its answer stands."""
