"""What a chat model is shown: the instructions of one version, and passages fenced as data."""

import secrets
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from assistant.answering.addresses import without_addresses
from assistant.answering.draft import numbered_citations
from assistant.domain.documents import Passage

PROMPT = "answer-2"
_CODE_BYTES = 8


def messages(question: str, passages: Sequence[Passage]) -> list[BaseMessage]:
    """Return the prompt's instructions, then the passages numbered from 1 and the question.

    The tags around each hold a code that is drawn anew, so that no document can close one.
    """
    code = secrets.token_hex(_CODE_BYTES)
    parts = [
        _fenced(f"passage-{code}", f" number={number}", _described(passage))
        for number, passage in enumerate(passages, start=1)
    ]
    parts.append(_fenced(f"question-{code}", "", question))
    return [SystemMessage(_instructions()), HumanMessage("\n\n".join(parts))]


@cache
def _instructions() -> str:
    return (files("assistant.answering") / "prompts" / f"{PROMPT}.txt").read_text("utf-8").strip()


def _described(passage: Passage) -> str:
    (citation,) = numbered_citations([passage])
    source = f"Source: {citation.source}\n" if citation.source else ""
    return f"Section: {passage.section}\n{source}\n{passage.text}"


def _fenced(tag: str, attribute: str, text: str) -> str:
    words = without_addresses(text).replace("<", "(").replace(">", ")")
    return f"<{tag}{attribute}>\n{words}\n</{tag}>"
