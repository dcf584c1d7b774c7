"""Which documents hold the same words, or nearly: from small signatures, not from the texts.

A signature holds a digest of a document's words and a MinHash (Broder, 1997) of its runs of three
words, of which eight bits each are kept (Li and König, 2010). Signatures that agree in some bands
are compared; the estimated share of equal runs is off by at most 0.04 in nineteen cases of twenty
where it is 0.8 or more, by at most 0.07 anywhere.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.domain.documents import Document
from assistant.domain.releases import Finding, FindingKind
from assistant.retrieval.words import words_of

HASHES = 256
RUN = 3
# Of earlier editions of this project's own pages most keep 0.84 and more, different pages at most
# 0.1; two texts on one template keep what of them is frame, and mostly have titles of their own.
NEARLY_THE_SAME = 0.8
# What bears another title must hold still more of the same wording to count as a copy.
NEARLY_THE_SAME_BY_ANOTHER_TITLE = 0.9
# A shorter text shares half its words with others by chance.
FEWEST_WORDS = 30
# Of documents that agree in one band, each is compared with so many on either side of it.
NEIGHBOURS = 8
MOST_NAMED = 5
_RUNS_AT_A_TIME = 2048
_SEED = 19970611
_NUMBER = re.compile(r"\d+")

Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a document's words to tell copies: about 280 bytes.

    `digest` is of all words in order, `title` of the title's words without numbers, `least` the
    MinHash in HASHES bytes; `words` is how many words there are.
    """

    words: int
    digest: bytes
    title: bytes
    least: bytes

    @property
    def packed(self) -> str:
        """The signature as text in ASCII, for a file; `unpacked` reads it."""
        whole = self.words.to_bytes(4, "big") + self.digest + self.title + self.least
        return base64.b64encode(whole).decode("ascii")


def unpacked(text: str) -> Signature:
    """Read a signature that was packed; raises ValueError when it is none."""
    whole = base64.b64decode(text, validate=True)
    if len(whole) != 4 + 16 + 8 + HASHES:
        raise ValueError(f"a signature has {4 + 16 + 8 + HASHES} bytes, this has {len(whole)}")
    return Signature(int.from_bytes(whole[:4], "big"), whole[4:20], whole[20:28], whole[28:])


def signature(document: Document) -> Signature:
    """Return the signature of a document's headings and text; case and punctuation do not count."""
    words = _words(document)
    title = " ".join(words_of(_NUMBER.sub("", document.metadata.title)))
    return Signature(
        len(words),
        hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest(),
        hashlib.blake2b(title.encode(), digest_size=8).digest(),
        _least(_runs(words)).tobytes(),
    )


def alike(
    fresh: Mapping[str, Signature], known: Mapping[str, Signature] | None = None
) -> tuple[Finding, ...]:
    """Report fresh documents, by path, that repeat one another or a known one.

    A group of documents with the same words is one finding. Each of the others is reported with
    the one document that is most like it. A path that is in both counts as fresh.
    """
    others = {path: its for path, its in (known or {}).items() if path not in fresh}
    groups: dict[bytes, list[str]] = {its.digest: [] for its in fresh.values() if its.words}
    for path, its in (*fresh.items(), *others.items()):
        if its.digest in groups:
            groups[its.digest].append(path)
    findings = [_same(sorted(paths)) for paths in groups.values() if len(paths) > 1]
    # A fresh document stands for those that repeat it, none for those that repeat a known one.
    single = [min(paths) for paths in groups.values() if all(path in fresh for path in paths)]
    findings += _nearly_the_same({path: fresh[path] for path in sorted(single)}, others)
    return tuple(sorted(findings, key=lambda finding: finding.documents))


def _words(document: Document) -> list[str]:
    """All words in reading order; a heading is read once, where it first stands."""
    words: list[str] = []
    above: tuple[str, ...] = ()
    for block in document.blocks:
        for depth, heading in enumerate(block.headings):
            if block.headings[: depth + 1] != above[: depth + 1]:
                words += words_of(heading)
        words += words_of(block.text)
        above = block.headings
    return words


@lru_cache(maxsize=50_000)
def _hashed(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


def _runs(words: Sequence[str]) -> Hashes:
    """One hash for each run of RUN words that occurs; of a shorter text, for the whole."""
    hashed = np.asarray([_hashed(word) for word in words], dtype=np.uint64)
    length = max(1, min(RUN, len(words)))
    runs = np.zeros(len(words) - length + 1 if words else 0, dtype=np.uint64)
    for offset in range(length):
        runs = _mixed(runs + hashed[offset : offset + len(runs)])
    return np.unique(runs)


def _mixed(values: Hashes) -> Hashes:
    """Scatter 64 bits over 64 bits: the last steps of SplitMix64 (Steele, Lea and Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)


@lru_cache(maxsize=1)
def _functions() -> tuple[Hashes, Hashes]:
    chance = np.random.default_rng(_SEED)
    drawn = chance.integers(0, 2**64, size=(2, HASHES), dtype=np.uint64)
    return drawn[0] | np.uint64(1), drawn[1]


def _least(runs: Hashes) -> Bytes:
    """Eight bits of the least value that each hash function takes on the runs."""
    factors, terms = _functions()
    least = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(runs), _RUNS_AT_A_TIME):
        some = runs[start : start + _RUNS_AT_A_TIME, None] * factors + terms
        least = np.minimum(least, some.min(axis=0))
    return np.asarray(_mixed(least) & np.uint64(0xFF), dtype=np.uint8)


def _nearly_the_same(
    fresh: Mapping[str, Signature], known: Mapping[str, Signature]
) -> Iterable[Finding]:
    """One finding for each fresh document and the one most like it, each pair once."""
    compared = [(p, s) for p, s in (*fresh.items(), *known.items()) if s.words >= FEWEST_WORDS]
    count = sum(path in fresh for path, _ in compared)
    if not count:
        return ()
    least = np.frombuffer(b"".join(its.least for _, its in compared), dtype=np.uint8)
    least = least.reshape(-1, HASHES)
    first, second = _candidates(least, count)
    shares = _shares(least, first, second)
    best: dict[str, tuple[float, str]] = {}
    for one, other, share in zip(first.tolist(), second.tolist(), shares.tolist(), strict=True):
        (a, of_a), (b, of_b) = compared[one], compared[other]
        if share >= _asked_of(of_a, of_b):
            for path, like in ((a, b), (b, a)):
                if path in fresh and (path not in best or share > best[path][0]):
                    best[path] = (share, like)
    pairs = {(min(path, like), max(path, like)): share for path, (share, like) in best.items()}
    return [_near(pair, share) for pair, share in pairs.items()]


def _candidates(least: Bytes, fresh: int) -> tuple[Places, Places]:
    """Pairs of rows that agree in a whole band, one of each pair among the `fresh` first."""
    bands = np.ascontiguousarray(least.view(np.uint32).T)
    found = [np.zeros(0, dtype=np.int64)]
    for keys in bands:
        members = np.flatnonzero(np.isin(keys, keys[:fresh]))
        members = members[np.argsort(keys[members], kind="stable")]
        sorted_keys = keys[members]
        for step in range(1, min(NEIGHBOURS, len(members) - 1) + 1):
            a, b = members[:-step], members[step:]
            # Equal keys stay in the order of the rows, so the first of two is fresh if one is.
            agree = (sorted_keys[:-step] == sorted_keys[step:]) & (a < fresh)
            found.append(a[agree].astype(np.int64) * len(least) + b[agree])
    pairs = np.unique(np.concatenate(found))
    return (pairs // len(least)).astype(np.intp), (pairs % len(least)).astype(np.intp)


def _shares(least: Bytes, first: Places, second: Places) -> npt.NDArray[np.float64]:
    """The estimated share of runs that two documents have in common, of a mean document's."""
    equal = np.zeros(len(first), dtype=np.float64)
    for start in range(0, len(first), _RUNS_AT_A_TIME):
        part = slice(start, start + _RUNS_AT_A_TIME)
        equal[part] = (least[first[part]] == least[second[part]]).mean(axis=1)
    # One byte in 256 is equal by chance.
    in_both = np.maximum(0.0, (equal - 1 / 256) / (1 - 1 / 256))
    return np.asarray(2 * in_both / (1 + in_both), dtype=np.float64)


def _asked_of(one: Signature, other: Signature) -> float:
    same_title = one.title == other.title
    return NEARLY_THE_SAME if same_title else NEARLY_THE_SAME_BY_ANOTHER_TITLE


def _same(paths: Sequence[str]) -> Finding:
    sentence = f"{_named(paths)} hold the same words; one of them is enough."
    return Finding(FindingKind.DUPLICATE, tuple(paths), sentence)


def _near(paths: tuple[str, str], share: float) -> Finding:
    # Equal words in another order round to 100, which would say more than is known.
    percent = min(99, round(share * 100))
    sentence = f"{paths[0]} and {paths[1]} are nearly the same (about {percent} % of the wording)."
    return Finding(FindingKind.NEAR_DUPLICATE, paths, sentence)


def _named(paths: Sequence[str]) -> str:
    if len(paths) <= MOST_NAMED:
        return f"{', '.join(paths[:-1])} and {paths[-1]}"
    return f"{', '.join(paths[:MOST_NAMED])} and {len(paths) - MOST_NAMED} more documents"
