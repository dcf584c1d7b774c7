"""Misspelt words of a question, read as the words of the corpus that they are nearest to."""

import re
from collections.abc import Sequence

from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.words import STOP_WORDS, stem, words_of

SHORTEST = 5
LONG = 8


def corrections(unknown: Sequence[str], stores: Sequence[LexicalStore]) -> dict[str, str]:
    """Return the corpus's spelling of those of the `unknown` words that are near one.

    A word of 5 letters may differ by one insertion, deletion, change or swap, one of 8 by two
    (Damerau-Levenshtein); only words that `stores` hold are offered, so nothing that a reader may
    not see is given away.
    """
    found = {}
    for word in unknown:
        if len(word) >= SHORTEST and word.isalpha():
            spelt = _nearest(word, stores)
            if spelt is not None:
                found[word] = spelt
    return found


def corrected(question: str, spellings: dict[str, str]) -> str:
    """Return the question with each misspelt word replaced."""
    for word, spelt in spellings.items():
        question = re.sub(rf"\b{re.escape(word)}\b", spelt, question, flags=re.IGNORECASE)
    return question


def _nearest(word: str, stores: Sequence[LexicalStore]) -> str | None:
    from rapidfuzz.distance import DamerauLevenshtein

    allowed = 2 if len(word) >= LONG else 1
    typed = stem(word)
    near: list[tuple[int, int, str]] = []
    for store in stores:
        for known, count in store.stems().items():
            if known[0] != typed[0] or abs(len(known) - len(typed)) > allowed:
                continue
            distance = DamerauLevenshtein.distance(typed, known, score_cutoff=allowed)
            if distance <= allowed and len(known) >= SHORTEST - 1:
                near.append((distance, -count, known))
    for _, _, known in sorted(near):
        spelt = _word_with(known, word, stores)
        if spelt is not None:
            return spelt
    return None


def _word_with(known: str, typed: str, stores: Sequence[LexicalStore]) -> str | None:
    """Return the word of the corpus with the stem `known` that is nearest to what was typed."""
    from rapidfuzz import process

    for store in stores:
        for passage_id, _ in store.search([known], 1):
            passage = store.stored([passage_id])[passage_id].passage
            words = [
                w for w in words_of(f"{passage.section} {passage.text}") if w.startswith(known[:4])
            ]
            choice = process.extractOne(typed, set(words) - STOP_WORDS)
            if choice is not None:
                return str(choice[0])
    return None
