"""What a chat model is shown: the instructions of one version, and passages fenced as data."""

import secrets
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from assistant.answering.addresses import without_addresses
from assistant.answering.draft import numbered_citations
from assistant.answering.screening import fit_passage
from assistant.domain.documents import Passage

PROMPT = "answer-2"
CODE_BYTES = 8


def messages(question: str, passages: Sequence[Passage]) -> list[BaseMessage]:
    """Return the prompt's instructions, then the passages numbered from 1 and the question.

    The tags around each hold a code that is drawn anew, so that no document can close one. What
    speaks to a machine is left out whatever the question is about; the others keep their numbers.
    """
    code = secrets.token_hex(CODE_BYTES)
    parts = [
        fenced(f"passage-{code}", f" number={number}", _described(fit))
        for number, passage in enumerate(passages, start=1)
        if (fit := fit_passage(passage)) is not None
    ]
    parts.append(fenced(f"question-{code}", "", question))
    return [SystemMessage(instructions(PROMPT)), HumanMessage("\n\n".join(parts))]


@cache
def instructions(version: str) -> str:
    """Return the instructions of a prompt's version."""
    return (files("assistant.answering") / "prompts" / f"{version}.txt").read_text("utf-8").strip()


def _described(passage: Passage) -> str:
    (citation,) = numbered_citations([passage])
    source = f"Source: {citation.source}\n" if citation.source else ""
    return f"Section: {passage.section}\n{source}\n{passage.text}"


def fenced(tag: str, attribute: str, text: str) -> str:
    """Return a text as data between tags, without addresses and what could close its tag."""
    words = without_addresses(text).replace("<", "(").replace(">", ")")
    return f"<{tag}{attribute}>\n{words}\n</{tag}>"
