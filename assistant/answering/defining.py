"""What `/define term` shows: every definition of a term, or the terms that come nearest."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from assistant.answering.draft import Draft, Numbering, how_read, numbered_citations, unmarked
from assistant.answering.question import Question, understand
from assistant.answering.screening import fit_passage, fit_to_use, screen
from assistant.answering.side_by_side import definitions_of, others_named
from assistant.answering.standing import became, marked
from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.documents import Passage
from assistant.domain.networks import PeerDocument
from assistant.language import listed, phrase, say, say_some
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.peers import (
    PeersNow,
    is_current,
    no_peers,
    now_for,
    only_current,
    terms_now,
)
from assistant.retrieval.search import Searcher
from assistant.retrieval.words import stems_of
from assistant.telemetry import Stopwatch

LONGEST_TERM = 200
MOST_NEAREST = 5
# A definition that was found by what it means comes near from here on.
FITS = 0.45
TOO_LONG = phrase("A term may have up to {most} characters. Ask a longer question as a question.")
EMPTY = phrase("Which term do you want defined? Type it after the command, for instance: outcome")
NO_DEFINITION = phrase("No definition of \u201c{term}\u201d is in the guidance that I can read.")
DOES_NOT_HOLD = phrase("No definition of \u201c{term}\u201d holds today. {became}")


class TermDefiner:
    """Looks terms up in the live snapshot: by name, alias, abbreviation, or nearly so."""

    def __init__(self, searcher: Callable[[], Searcher], peers: PeersNow = no_peers) -> None:
        self._searcher = searcher
        self._peers = peers

    def __call__(self, term: str, audiences: Sequence[str]) -> Answer:
        """Return every definition of `term` that `audiences` may read, the agreed one first.

        A term without one gets an answer that says so and names the nearest terms. Raises
        NoSnapshotError before the first ingest.
        """
        watch = Stopwatch()
        term = term.encode("utf-8", "replace").decode("utf-8")
        if len(term) > LONGEST_TERM:
            said = say(TOO_LONG, most=LONGEST_TERM)
            return Answer(term, AnswerStatus.REFUSED_LIMIT, said, timings_ms=watch.timings_ms())
        screened = screen(term, ())
        term = screened.question.strip()
        if (reply := screened.reply) is not None:
            return Answer(term, reply.status, say(reply.text), timings_ms=watch.timings_ms())
        if not stems_of(term):
            return Answer(
                term, AnswerStatus.CLARIFICATION, say(EMPTY), timings_ms=watch.timings_ms()
            )
        searcher = self._searcher()
        peers = now_for(self._peers, audiences)
        evidence = fit_to_use(only_current(searcher.search(term, audiences, watch), peers))
        asked = understand(evidence.question, evidence.mentions)
        if asked.is_definition:
            return _defined(term, asked, evidence, watch)
        near = _nearest(searcher, evidence, audiences, peers)
        return _not_defined(term, evidence, near, audiences, watch)

    def terms(self, audiences: Sequence[str]) -> Sequence[str]:
        """Return the terms that hold today and that `audiences` may read, in alphabetical order."""
        peers = now_for(self._peers, audiences)
        terms = {
            term.casefold(): term
            for glossary in self._searcher().glossaries(audiences)
            for term in terms_now(glossary, peers)
            if not screen(term, ()).reply
        }
        return [terms[key] for key in sorted(terms)]


def _defined(term: str, asked: Question, evidence: Evidence, watch: Stopwatch) -> Answer:
    with watch.step("compose"):
        numbering = Numbering()
        draft = Draft(tuple(definitions_of(asked, numbering)), numbering.citations())
    notes = filter(None, (others_named(asked), how_read(evidence.corrections)))
    return Answer(
        term,
        AnswerStatus.ANSWERED,
        draft.text,
        draft.statements,
        marked(draft.citations, evidence.day),
        confidence=1.0,
        timings_ms=watch.timings_ms(),
        note=" ".join(notes) or None,
        snapshot=evidence.snapshot,
    )


def _not_defined(
    term: str,
    evidence: Evidence,
    near: Sequence[Passage],
    audiences: Sequence[str],
    watch: Stopwatch,
) -> Answer:
    past = _past(term, evidence)
    said = NO_DEFINITION if past is None else DOES_NOT_HOLD
    why = became(past, evidence.day, audiences) if past is not None else ""
    sentences = [say(said, term=unmarked(term), became=why)]
    if near:
        terms = listed([_quoted(p) for p in near])
        sentences.append(
            say_some(
                "The nearest term is {terms}.",
                "The nearest terms are {terms}.",
                len(near),
                terms=terms,
            )
        )
    return Answer(
        term,
        AnswerStatus.UNANSWERABLE_NO_PASSAGE,
        " ".join(sentences),
        nearest=marked(numbered_citations(near), evidence.day),
        timings_ms=watch.timings_ms(),
        note=how_read(evidence.corrections),
        snapshot=evidence.snapshot,
    )


def _past(term: str, evidence: Evidence) -> Passage | None:
    """Return a definition of the term that does not hold today, if one was found."""
    stems = stems_of(term)
    lapsed = (f.passage for f in evidence.lapsed)
    named = (p for p in lapsed if p.definition is not None)
    return next((p for p in named if stems in map(stems_of, _names(p))), None)


def _nearest(
    searcher: Searcher,
    evidence: Evidence,
    audiences: Sequence[str],
    peers: Mapping[str, PeerDocument],
) -> list[Passage]:
    """Return definitions that are near by name, then by meaning, one a term."""
    nearest: dict[tuple[str, ...], Passage] = {}
    near = _candidates(searcher, evidence, audiences)
    for passage in (each for each in near if is_current(each, peers)):
        fit = fit_passage(passage)
        if fit is not None and fit.definition is not None:
            nearest.setdefault(tuple(stems_of(fit.definition.term)), fit)
    return list(nearest.values())[:MOST_NEAREST]


def _candidates(
    searcher: Searcher, evidence: Evidence, audiences: Sequence[str]
) -> Iterator[Passage]:
    for mention in evidence.mentions:
        yield from mention.passages
    glossaries = searcher.snapshot.as_of(evidence.day).glossaries
    for audience in audiences:
        if audience in glossaries:
            yield from glossaries[audience].near(evidence.question)
    yield from (f.passage for f in evidence.found if f.interaction >= FITS)


def _names(passage: Passage) -> tuple[str, ...]:
    return passage.definition.names if passage.definition is not None else ()


def _quoted(passage: Passage) -> str:
    return f"\u201c{unmarked(_names(passage)[0])}\u201d"
