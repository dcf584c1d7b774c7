"""What a reader is told of guidance that lapsed, is due for review, or is for somewhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from assistant.answering.confidence import confidence
from assistant.answering.draft import unmarked
from assistant.answering.question import Question
from assistant.domain.answers import Citation
from assistant.domain.documents import Metadata, Passage, Successor
from assistant.language import listed, say, say_day, say_some
from assistant.retrieval.currency import in_force, is_due
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.scope import (
    UNITED_KINGDOM,
    Scope,
    applies,
    applies_in_nation,
    applies_in_sector,
)

LONGEST_TITLE = 150
# Guidance that lapsed is worth a word when it fits at least about as well as what holds.
AS_WELL = 0.02


def marked(citations: Sequence[Citation], day: date) -> tuple[Citation, ...]:
    """Return the citations, those marked whose review is due."""
    return tuple(replace(c, review_due=is_due(c.review_by, day)) for c in citations)


def for_the_nation(question: Question, evidence: Evidence, minimum: float) -> Evidence:
    """Leave out what is for another nation, where what applies in the one asked about answers."""
    own = tuple(f for f in evidence.found if applies(evidence.asked_for, f.passage))
    if not own or own[0] is not evidence.found[0] or len(own) == len(evidence.found):
        return evidence
    chosen = replace(evidence, found=own)
    return chosen if confidence(question, chosen) >= minimum else evidence


def lapsed_answer(
    question: Question, evidence: Evidence, audiences: Sequence[str], minimum: float
) -> str | None:
    """Say what became of the guidance that would answer if it still held, or held already."""
    if not evidence.lapsed:
        return None
    if confidence(question, replace(evidence, found=evidence.lapsed)) < minimum:
        return None
    return became(evidence.lapsed[0].passage, evidence.day, audiences)


def lapsed_note(
    evidence: Evidence, citations: Sequence[Citation], audiences: Sequence[str]
) -> str | None:
    """Say what became of guidance that fits as well as what the answer rests on, if any."""
    best = max((f.interaction for f in evidence.found), default=0.0)
    if not evidence.lapsed or evidence.lapsed[0].interaction < best - AS_WELL:
        return None
    passage = evidence.lapsed[0].passage
    said = became(passage, evidence.day, audiences)
    successor = passage.metadata.superseded_by
    last = in_force(successor, evidence.day) if successor is not None else None
    cited = {c.document for c in citations}
    if last is not None and _is_open(last, audiences) and last.document in cited:
        return say(
            "{what_became} This answer rests on {title}.",
            what_became=said,
            title=_quoted(last.title),
        )
    return say("{what_became} It is not used here.", what_became=said)


def scope_notes(parts: Iterable[tuple[Scope, Sequence[Citation]]]) -> list[str]:
    """Say which parts rest on guidance for another nation or sector than was asked about.

    Each part comes with its own citations; one that names no place is about that of those before.
    """
    asked = Scope()
    notes: list[str | None] = []
    answered = list(parts)
    for scope, citations in answered:
        asked = Scope(scope.nation or asked.nation, scope.sector or asked.sector)
        notes.append(_scope_note(asked, citations, is_whole=len(answered) == 1))
    return list(dict.fromkeys(note for note in notes if note))


def _scope_note(asked: Scope, citations: Sequence[Citation], *, is_whole: bool) -> str | None:
    nations, sectors = asked.nation, asked.sector
    cited = [(c, Scope(c.nation, c.sector)) for c in citations]
    away = [c for c, scope in cited if not applies_in_nation(nations, scope)]
    if away:
        places = dict.fromkeys(nation for c in away for nation in c.nation)
        rests = () if is_whole and len(away) == len(citations) else away
        return _elsewhere(map(_in_a_sentence, nations), map(_in_a_sentence, places), rests)
    if cited and not any(applies_in_sector(sectors, scope) for _, scope in cited):
        others = dict.fromkeys(unmarked(s) for c in citations for s in c.sector)
        return _elsewhere(sectors, others, () if is_whole else citations)
    return None


def _elsewhere(asked: Iterable[str], found: Iterable[str], rests: Sequence[Citation]) -> str:
    """Say where guidance is from; `rests` is what comes from it, nothing when all does."""
    about, where = listed(list(asked)), listed(list(found))
    if not rests:
        return say(
            "You asked about {asked}; this comes from guidance for {found}.",
            asked=about,
            found=where,
        )
    return say_some(
        "You asked about {asked}; {numbers} comes from guidance for {found}.",
        "You asked about {asked}; {numbers} come from guidance for {found}.",
        len(rests),
        asked=about,
        numbers=listed([f"[{c.number}]" for c in rests]),
        found=where,
    )


def became(passage: Passage, day: date, audiences: Sequence[str]) -> str:
    """Say what became of guidance that does not hold on `day`."""
    metadata = passage.metadata
    name = _name(passage)
    if metadata.effective_from is not None and day < metadata.effective_from:
        return say(
            "{title} takes effect on {day}.", title=name, day=say_day(metadata.effective_from)
        )
    ended = _ended(metadata, audiences)
    if metadata.superseded_by is not None:
        last = in_force(metadata.superseded_by, day)
        return _replaced(name, _quoted(last.title) if _is_open(last, audiences) else "", ended)
    if ended is None:
        return say("{title} was withdrawn.", title=name)
    return say("{title} was withdrawn on {day}.", title=name, day=say_day(ended))


def _replaced(name: str, by: str, ended: date | None) -> str:
    """Say that guidance was replaced, by what and when as far as that may be said."""
    if ended is None:
        if by:
            return say("{title} was replaced by {successor}.", title=name, successor=by)
        return say("{title} was replaced.", title=name)
    day = say_day(ended)
    if by:
        return say(
            "{title} was replaced by {successor} on {day}.", title=name, successor=by, day=day
        )
    return say("{title} was replaced on {day}.", title=name, day=day)


def _ended(metadata: Metadata, audiences: Sequence[str]) -> date | None:
    if isinstance(metadata.withdrawn, date):
        return metadata.withdrawn
    successor = metadata.superseded_by
    if successor is None or metadata.withdrawn or not _is_open(successor, audiences):
        return None
    return successor.since


def _is_open(successor: Successor, audiences: Sequence[str]) -> bool:
    """Whether they may be told anything of it; ingest leaves out the title where nobody may."""
    return bool(successor.title) and (successor.audience is None or successor.audience in audiences)


def _name(passage: Passage) -> str:
    definition = passage.definition
    if definition is None:
        return _quoted(passage.metadata.title)
    return say(
        "The definition of {term} ({whose})",
        term=_quoted(definition.term),
        whose=unmarked(definition.whose),
    )


def _quoted(title: str) -> str:
    plain = unmarked(title)
    short = plain if len(plain) <= LONGEST_TITLE else plain[: LONGEST_TITLE - 1].rstrip() + "…"
    return f"\u2018{short}\u2019"


def _in_a_sentence(nation: str) -> str:
    return say("the United Kingdom") if nation == UNITED_KINGDOM else nation
