"""A question that was asked before, known as the one whose answer a network verified.

Likeness only brings candidates; rules over the words decide (docs/adr/0034), so that the answer to
another question is not offered however alike the two look.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answering.conversation import readings_of
from assistant.answering.wording import names_in
from assistant.domain.answers import Turn
from assistant.domain.networks import AskedBefore, VerifiedAnswer
from assistant.network.meaning import meaning_of, plain
from assistant.network.sameness import difference, rare_words, with_spelling_of
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.glossary import Glossary
from assistant.retrieval.words import STOP_WORDS, normal, words_of

# Cosines: what is less alike was never the same question in any half of the set.
LEAST_ALIKE = 0.6
MOST_COMPARED = 20
MOST_KEPT = 5_000

Standing = Callable[[], Sequence[tuple[VerifiedAnswer, str]]]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """What is kept of a verified question's embedding: its vector, shape (d,), and rare words."""

    vector: Floats
    rare: frozenset[str]


class Recogniser:
    """Finds the verified answer to the very question that is asked, if there is one.

    `standing` returns the verified answers that hold today, each with its network's name;
    `glossaries` the definitions that readers of some audiences may see.
    """

    def __init__(
        self,
        encoder: Callable[[], Encoder],
        standing: Standing,
        glossaries: Callable[[Sequence[str]], Sequence[Glossary]] = lambda _: (),
    ) -> None:
        self._encoder = encoder
        self._standing = standing
        self._glossaries = glossaries
        self._lock = threading.Lock()
        self._encoded: dict[str, _Encoded] = {}

    def __call__(
        self, question: str, history: Sequence[Turn], audiences: Sequence[str]
    ) -> AskedBefore | None:
        """Return the verified answer to `question` that `audiences` may read, the newest first.

        A question that leans on `history` is never recognised by its bare words. Raises what the
        database and the encoder raise.
        """
        readable = [each for each in self._standing() if each[0].readers.issubset(audiences)]
        if not readable or not _stands_alone(question, history):
            return None
        short_names = _short_names(question, self._glossaries(audiences))
        asked = plain(question, short_names)
        (embedding,) = self._encoder().embed([asked], as_question=True)
        same = [
            (answer, network)
            for answer, network, rare in self._alike(embedding, readable)
            if is_same(asked, answer.question, embedding, short_names, rare)
        ]
        newest = max(same, key=lambda each: (each[0].verified_at, each[0].id), default=None)
        return _offered(*newest) if newest is not None else None

    def _alike(
        self, asked: Embedding, readable: Sequence[tuple[VerifiedAnswer, str]]
    ) -> list[tuple[VerifiedAnswer, str, frozenset[str]]]:
        """Return those whose questions are most alike, the most alike first."""
        texts = [plain(answer.question) for answer, _ in readable]
        known = self._known(dict.fromkeys(texts))
        cosines = np.stack([known[text].vector for text in texts]) @ asked.vector
        best = np.argsort(-cosines)[:MOST_COMPARED]
        return [(*readable[n], known[texts[n]].rare) for n in best if cosines[n] >= LEAST_ALIKE]

    def _known(self, texts: Collection[str]) -> dict[str, _Encoded]:
        with self._lock:
            kept = {text: self._encoded[text] for text in texts if text in self._encoded}
        missing = [text for text in texts if text not in kept]
        if not missing:
            return kept
        embeddings = self._encoder().embed(missing, as_question=True)
        for text, each in zip(missing, embeddings, strict=True):
            kept[text] = _Encoded(each.vector, frozenset(rare_words(text, each)))
        with self._lock:
            # What is asked for no more was retired, revised or is for others.
            is_full = len(self._encoded) > MOST_KEPT
            self._encoded = kept if is_full else self._encoded | kept
        return kept


def is_same(
    asked: str,
    verified: str,
    embedding: Embedding,
    short_names: tuple[tuple[str, str], ...] = (),
    rare: Collection[str] | None = None,
) -> bool:
    """Whether a question, as `plain` returns it, is a verified one, as it is written.

    `embedding` is that of `asked`, `rare` are the rare words of the verified question, where these
    are known; else all of its words are.
    """
    names = frozenset(map(normal, names_in(verified)))
    known = plain(verified, short_names)
    uncommon = words_of(known) if rare is None else rare
    spelt = with_spelling_of(known, asked, names, uncommon, embedding)
    return difference(meaning_of(known), meaning_of(spelt)) is None


def _stands_alone(question: str, history: Sequence[Turn]) -> bool:
    return not history or readings_of(question, history)[0] == question


def _short_names(question: str, glossaries: Sequence[Glossary]) -> tuple[tuple[str, str], ...]:
    """Return the abbreviations of the terms that a question names, each with its one term."""
    stands_for: dict[str, set[str]] = {}
    for definition in (
        definition
        for glossary in glossaries
        for mention in glossary.mentions(question)
        for definition in mention.definitions
    ):
        for short in definition.abbreviations:
            stands_for.setdefault(short, set()).add(definition.term.lower())
    return tuple(
        (short, next(iter(terms)))
        for short, terms in sorted(stands_for.items())
        if len(terms) == 1 and short.lower() not in STOP_WORDS
    )


def _offered(answer: VerifiedAnswer, network: str) -> AskedBefore:
    return AskedBefore(
        question=answer.question,
        text=answer.answer,
        document=answer.document,
        audience=answer.audience,
        network=network,
        author=answer.by.name,
        organisation=answer.by.organisation,
        on=answer.on,
        verified_on=answer.verified_at.date(),
        review_by=answer.review_by,
        sources=tuple(citation.line for citation in answer.citations),
        answer_id=answer.id,
    )
