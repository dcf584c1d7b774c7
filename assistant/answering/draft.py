"""A draft answer under construction: statements and the passages they rest on, numbered."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.answering.question import Question
from assistant.domain.answers import Citation, OnStep, Statement
from assistant.domain.documents import Passage
from assistant.language import say, say_day
from assistant.retrieval.evidence import Evidence

BRACKETED = re.compile(r"\[(\d+(?:[,; -]+\d+)*)\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a composer returns: statements, the citations they name, and how they read as text.

    `prompt` is the version of the prompt that a chat model wrote the statements with; `missing`
    holds what it found no answer to, in words of the question.
    """

    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    note: str | None = None
    prompt: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The statements as plain text, `[n]` behind each, list items on lines of their own."""
        lines: list[str] = []
        in_paragraph = False
        for statement in self.statements:
            said = f"{unmarked(statement.text)} {_markers(statement.citations)}"
            if statement.is_list_item:
                lines.append(f"- {said}")
            elif in_paragraph and statement.label is None and not statement.leads_in:
                lines[-1] += f" {said}"
            else:
                lines.append(f"{unmarked(statement.label)}: {said}" if statement.label else said)
            in_paragraph = not statement.is_list_item and statement.label is None
        return "\n".join(lines)


def unmarked(text: str) -> str:
    """Return words of a document or a person without numbers that look like citations of ours."""
    return BRACKETED.sub(r"(\1)", text)


def how_read(corrections: Iterable[tuple[str, str]]) -> str | None:
    """Say which words were read as other ones; each pair is as typed and as read."""
    read = dict(corrections).items()
    said = (
        say("I read \u201c{typed}\u201d as \u201c{spelt}\u201d.", typed=typed, spelt=spelt)
        for typed, spelt in read
    )
    return " ".join(said) or None


def merged(drafts: Sequence[Draft]) -> Draft:
    """Join drafts into one: each passage that is cited has one number, in the order of use."""
    numbers: dict[tuple[str, str, str], int] = {}
    citations: list[Citation] = []
    statements: list[Statement] = []
    for draft in drafts:
        known = {citation.number: citation for citation in draft.citations}
        for statement in draft.statements:
            cited = []
            for citation in (known[number] for number in statement.citations):
                key = _place(citation)
                if key not in numbers:
                    numbers[key] = len(numbers) + 1
                    citations.append(replace(citation, number=numbers[key]))
                cited.append(numbers[key])
            # A surface knows a label by its words in the text, so it is the same in both.
            label = unmarked(statement.label) if statement.label else statement.label
            numbered = replace(statement, citations=tuple(dict.fromkeys(cited)), label=label)
            statements.append(numbered)
    notes = dict.fromkeys(draft.note for draft in drafts if draft.note)
    prompts = dict.fromkeys(draft.prompt for draft in drafts if draft.prompt)
    return Draft(
        tuple(dict.fromkeys(statements)),
        tuple(citations),
        " ".join(notes) or None,
        " ".join(prompts) or None,
        tuple(dict.fromkeys(part for draft in drafts for part in draft.missing)),
    )


def shared(whole: Draft, part: Draft) -> tuple[Citation, ...]:
    """Return the citations of a joined draft that one of its drafts has, as numbered there."""
    places = {_place(citation) for citation in part.citations}
    return tuple(c for c in whole.citations if _place(c) in places)


def _place(citation: Citation) -> tuple[str, str, str]:
    return citation.document, citation.section, citation.quote


class Composer(Protocol):
    """Makes a draft of what was found: from the corpus's own sentences, or with a chat model."""

    def compose(
        self, question: Question, evidence: Evidence, on_step: OnStep | None = None
    ) -> Draft:
        """Return a draft whose every citation is a passage of `evidence`.

        `on_step` is told of each step as it begins, beyond that of writing.
        """


@dataclass(slots=True)
class Numbering:
    """Gives each passage its number, from 1, in the order in which it is first cited."""

    _passages: list[Passage] = field(default_factory=list)

    def number(self, passage: Passage) -> int:
        """Return the passage's number, giving it the next one at its first citation."""
        for number, known in enumerate(self._passages, start=1):
            if known.id == passage.id:
                return number
        self._passages.append(passage)
        return len(self._passages)

    def citations(self) -> tuple[Citation, ...]:
        """Return a citation for each passage that has a number."""
        return numbered_citations(self._passages)


def numbered_citations(passages: Iterable[Passage]) -> tuple[Citation, ...]:
    """Return the passages as citations numbered from 1."""
    return tuple(_citation(number, p) for number, p in enumerate(passages, start=1))


def _citation(number: int, passage: Passage) -> Citation:
    metadata = passage.metadata
    return Citation(
        number=number,
        document=passage.document,
        title=metadata.title,
        section=passage.section,
        quote=passage.text,
        source=_source_line(passage),
        url=metadata.url,
        published=metadata.published,
        as_at=metadata.as_at,
        review_by=metadata.review_by,
        nation=metadata.nation,
        sector=metadata.sector,
        audience=metadata.audience,
        experience=metadata.experience,
        author=metadata.author if metadata.experience is not None else None,
        organisation=metadata.publisher if metadata.experience is not None else None,
    )


def _source_line(passage: Passage) -> str:
    """Say whose words a passage rests on: author or publisher, title of the source, its date."""
    metadata = passage.metadata
    # The date of our own text is not the date of a source that it was written from.
    dated = metadata.source_date or (None if metadata.source_title else metadata.published)
    begins = metadata.effective_from
    parts: Sequence[str | None] = (
        metadata.author,
        metadata.publisher,
        metadata.source_title,
        say_day(dated) if dated else None,
        say("date not known") if metadata.source_title and not dated else None,
        say("in effect from {day}", day=say_day(begins)) if begins else None,
    )
    return ", ".join(part for part in parts if part)


def _markers(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)
