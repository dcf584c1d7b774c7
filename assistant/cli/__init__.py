"""The command line, a function a command. Heavy imports wait for their command."""

from assistant.cli import asking, connecting, corpus, measuring, networks, records, running
from assistant.cli.group import main

__all__ = ["asking", "connecting", "corpus", "main", "measuring", "networks", "records", "running"]
