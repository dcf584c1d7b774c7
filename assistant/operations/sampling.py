"""Whether a snapshot finds what is in it: some passages, by vector, by word and by search."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from assistant.domain.documents import Passage
from assistant.domain.networks import PEERS
from assistant.retrieval.currency import may_lapse
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.words import content_words, words_of

MOST_FRESH = 20
MOST_OTHERS = 20
MOST_SEARCHED = 3
FIRST_FEW = 10
RAREST = 3
# Whose cosine is this near to its own is a twin: which of the twins comes first says nothing.
TWIN = 0.9999
FEWEST_WORDS = 4
MOST_WORDS = 40
# An index of nearest neighbours is approximate: it may miss a few, a broken one misses most.
MISSED_BY_CHANCE = 0.05
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sampled:
    """A passage that is looked for, and the audience whose it is."""

    audience: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class SampleReport:
    """How the sample did: each sentence of `failures` says what is not found, and how."""

    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    sampled: int


def sampled_of(snapshot: Snapshot, fresh: Collection[str]) -> tuple[Sampled, ...]:
    """Draw up to 20 passages of the `fresh` documents and 20 of any, the same for one snapshot."""
    chance = random.Random(snapshot.manifest.snapshot)  # noqa: S311 - a sample, no secret
    documents = chance.sample(sorted(fresh), min(len(fresh), MOST_FRESH))
    drawn: dict[str, str] = {}
    others = []
    for audience, store in sorted(snapshot.lexical.items()):
        ids_of_each = (sorted(store.ids_of([document])) for document in documents)
        drawn |= {chance.choice(ids): audience for ids in ids_of_each if ids}
        ids = store.sample(MOST_OTHERS, snapshot.manifest.snapshot)
        others.append([(i, audience) for i in ids])
    in_turn = filter(None, chain.from_iterable(zip_longest(*others)))
    drawn |= dict(islice(in_turn, MOST_OTHERS))
    passages = {
        i: stored.passage
        for audience, store in snapshot.lexical.items()
        for i, stored in store.stored([i for i, of in drawn.items() if of == audience]).items()
    }
    return tuple(Sampled(drawn[i], passages[i]) for i in sorted(passages))


def finds_itself(searcher: Searcher, sample: Sequence[Sampled]) -> SampleReport:
    """Look for each passage of the sample and say which are not found; twins are as good.

    Every one must have a vector and be found by its words, nearly every one by its vector, and
    most of three by a sentence of theirs through the whole search.
    """
    snapshot = searcher.snapshot
    without, missed = _by_vector(snapshot, sample)
    unworded = [one for one in sample if not _by_words(snapshot, one)]
    asked = list(_questions(snapshot, sample))[:MOST_SEARCHED]
    unsearched = [one for one, question in asked if not _by_search(searcher, one, question)]
    total = len(sample)
    failures: list[str] = []
    warnings: list[str] = []
    if without:
        failures.append(_said(without, total, "have no vector"))
    if missed:
        few = len(missed) <= MISSED_BY_CHANCE * total
        (warnings if few else failures).append(
            _said(missed, total, "are not found by their vector")
        )
    if unworded:
        failures.append(_said(unworded, total, "are not found by their words"))
    if unsearched:
        few = len(unsearched) * 2 <= len(asked)
        what = "are not found by a sentence of their own"
        (warnings if few else failures).append(_said(unsearched, len(asked), what))
    return SampleReport(tuple(failures), tuple(warnings), total)


def _by_vector(
    snapshot: Snapshot, sample: Sequence[Sampled]
) -> tuple[list[Sampled], list[Sampled]]:
    """Return those that have no vector, and those that are not among the nearest to their own."""
    without, missed = [], []
    for audience in sorted({one.audience for one in sample}):
        own = [one for one in sample if one.audience == audience]
        vectors = snapshot.vectors.vectors(audience, [one.passage.id for one in own])
        for one in own:
            vector = vectors.get(one.passage.id)
            if vector is None:
                without.append(one)
                continue
            near = dict(snapshot.vectors.nearest(audience, vector, FIRST_FEW))
            if one.passage.id not in near and min(near.values(), default=0.0) < TWIN:
                missed.append(one)
    return without, missed


def _by_words(snapshot: Snapshot, one: Sampled) -> bool:
    """Whether any of its rarest words leads to it among all the passages that hold the word."""
    store = snapshot.lexical[one.audience]
    words = content_words(one.passage.text)
    if not words:
        return True
    having = {word: store.passages_with(word) for word in words}
    rarest = sorted((w for w in words if having[w]), key=lambda word: having[word])[:RAREST]
    return any(one.passage.id in dict(store.search([w], having[w])) for w in rarest)


def _questions(snapshot: Snapshot, sample: Sequence[Sampled]) -> Iterator[tuple[Sampled, str]]:
    """Yield passages that hold on every day, each with its sentence that has the rarest word."""
    for one in sample:
        store = snapshot.lexical[one.audience]
        sentences = [
            sentence
            for block in one.passage.blocks
            for sentence in block.sentences
            if FEWEST_WORDS <= len(content_words(sentence)) <= MOST_WORDS
        ]
        if sentences and not may_lapse(one.passage.metadata):
            rarity = {s: min(map(store.passages_with, content_words(s))) for s in sentences}
            yield one, min(sentences, key=lambda sentence: rarity[sentence])


def _by_search(searcher: Searcher, one: Sampled, question: str) -> bool:
    said = words_of(question)
    for found in searcher.search(question, [one.audience]).found:
        if found.passage.id == one.passage.id or _holds(words_of(found.passage.text), said):
            return True
    return False


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(words)} "


def _said(missing: Sequence[Sampled], total: int, what: str) -> str:
    named = [_named(one.passage) for one in missing[:MOST_NAMED]]
    return (
        f"{len(missing)} of {total} passages that were looked for {what}, for instance "
        f"{'; '.join(named)}. Reload again; if this is said again, look at the disk and at the "
        "vector store."
    )


def _named(passage: Passage) -> str:
    """Say which passage it is; the headings of what a network knows are its members' words."""
    if passage.document.startswith(f"{PEERS}/"):
        return passage.document
    return f"{passage.document} ({passage.section})"
