"""Peers' experience in an answer: told as theirs, behind the guidance, in their own words.

Guidance and experience are never weighed against each other: each is searched, judged and composed
by itself. So what peers did cannot push out what the guidance says, nor correct it, and no chat
model puts it into other words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten

from assistant.answering.confidence import confidence
from assistant.answering.draft import Draft, merged, unmarked
from assistant.answering.extractive import ExtractiveComposer
from assistant.answering.premise import doubt
from assistant.answering.question import understand
from assistant.answering.settled import is_settled
from assistant.domain.answers import Citation, Statement
from assistant.domain.networks import PeerDocument
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence

MOST_BESIDE_GUIDANCE = 2
LONGEST_ORGANISATION = 80
LONGEST_QUESTION = 120
ONLY_PEERS = phrase(
    "The guidance that I can read does not answer this; what peers tell here is their own "
    "experience and no guidance."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What peers tell of a question, and how certain it is, from 0 to 1, that it answers it."""

    draft: Draft
    certainty: float


def told(evidence: Evidence | None, minimum: float) -> Told | None:
    """Return what peers tell of a question.

    Returns None where they tell nothing of it, or not what the question takes for granted.
    """
    if evidence is None or not evidence.found:
        return None
    asked = understand(evidence.question, (), asked=evidence.asked)
    certainty = confidence(asked, evidence)
    if certainty < minimum or not is_settled(asked, evidence) or doubt(asked, evidence):
        return None
    draft = ExtractiveComposer().compose(asked, evidence)
    return Told(labelled(draft), certainty)


def labelled(draft: Draft) -> Draft:
    """Return a draft whose statements come from peers with whose experience each of them is."""
    cited = {c.number: c for c in draft.citations}
    statements: list[Statement] = []
    before: str | None = None
    for statement in draft.statements:
        label = _label([cited[n] for n in statement.citations], statement.label)
        is_led = statement.is_list_item and before == label
        before = label
        # The first of a list that nothing leads into says whose it is, in place of a lead.
        statements.append(
            statement if is_led else replace(statement, label=label, is_list_item=False)
        )
    return replace(draft, statements=tuple(statements))


def beside(guidance: Draft, peers: Draft) -> Draft:
    """Return what the guidance says, and behind it the first of what peers tell."""
    said = {statement.text for statement in guidance.statements}
    new = tuple(each for each in _first(peers.statements) if each.text not in said)
    return merged([guidance, replace(peers, statements=new, note=None)]) if new else guidance


def _first(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the first few statements, a list among them whole."""
    count = 0
    for statement in statements:
        count += not statement.is_list_item
        if count > MOST_BESIDE_GUIDANCE:
            return
        yield statement


def only_peers(draft: Draft) -> Draft:
    """Return what peers tell with a word that the guidance does not answer."""
    note = " ".join(filter(None, (say(ONLY_PEERS), draft.note)))
    return replace(draft, note=note)


def marked_now(
    citations: Sequence[Citation], peers: Mapping[str, PeerDocument]
) -> tuple[Citation, ...]:
    """Return the citations, those of peers with what must be known of them today."""
    return tuple(
        replace(c, review_due=False, lapsed=peers[c.document].mark) if c.document in peers else c
        for c in citations
    )


def _label(cited: Sequence[Citation], own: str | None) -> str:
    """Say whose experience it is, and what they were asked, which may be something else.

    A reader of lines takes the first colon for the label's end.
    """
    names = ", ".join(dict.fromkeys(c.organisation for c in cited if c.organisation))
    short = unmarked(names)[:LONGEST_ORGANISATION].rstrip()
    said = ", ".join(part for part in (say("Peer experience"), short, own) if part)
    asked = list(dict.fromkeys(c.title for c in cited))
    if len(asked) == 1:
        question = shorten(unmarked(asked[0]), LONGEST_QUESTION, placeholder=" \u2026")
        said = say("{experience}, asked \u201c{question}\u201d", experience=said, question=question)
    return said.replace(":", " -")
