"""The command line, a function a command. Heavy imports wait for their command."""

from assistant.cli import asking, corpus, measuring, records, running
from assistant.cli.group import main

__all__ = ["asking", "corpus", "main", "measuring", "records", "running"]
