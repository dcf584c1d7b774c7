"""A conversation, line by line."""

import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import TextIO

import click

from assistant.domain.answers import Turn
from assistant.domain.ports import AnswersQuestions
from assistant.terminal.answers import answer_as_text

REMEMBERED_TURNS = 6
GREETING = "Ask about commissioning. An empty line or Ctrl-D ends the conversation."


def converse(answer: AnswersQuestions, audiences: Sequence[str], questions: TextIO) -> None:
    """Answer line by line until the input ends; a person in front of a terminal is prompted."""
    if isinstance(questions, TextIOWrapper):
        questions.reconfigure(errors="replace")
    interactive = questions.isatty()
    if interactive:
        click.echo(GREETING)
    history: list[Turn] = []
    for question in _lines(questions, interactive=interactive):
        reply = answer(question, tuple(history[-REMEMBERED_TURNS:]), audiences)
        click.echo(answer_as_text(reply) + "\n")
        sys.stdout.flush()
        history.append(Turn(question, reply.text if reply.status.answers else ""))


def _lines(questions: TextIO, *, interactive: bool) -> Iterable[str]:
    """Yield the questions; an empty line ends a conversation and is skipped in a file."""
    while True:
        if interactive:
            click.echo("> ", nl=False)
        line = questions.readline()
        if not line or (interactive and not line.strip()):
            return
        if line.strip():
            yield line.strip()
