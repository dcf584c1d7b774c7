"""What administrators do from Slack: the corpus, its snapshots, documents, channels."""
