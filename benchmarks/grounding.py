"""How often the grounding check is wrong: `python -m benchmarks.grounding [QUESTION_SET_FOLDER]`.

Faithful statements should pass and lies should be caught. Three sources, each in halves: the
hand-written file over the shipped corpus, the shipped corpus's sentences changed by rules, and,
where a folder is named, the annotators' answers of a question set against their passages, changed
by the same rules. Thresholds and rules were chosen with the `dev` halves in view.
"""

import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from assistant.answering.grounding import GroundingCheck, Verdict
from assistant.domain.documents import PUBLIC, BlockKind, Passage
from assistant.evaluation.question_set import read_question_set
from assistant.ingestion.passages import cut, passages_of_definitions
from assistant.ingestion.reader import read_corpus
from assistant.ingestion.text import sentences_of
from assistant.retrieval.encoders import DEFAULT_PACKAGE, OnnxEncoder, SentenceTransformerEncoder
from assistant.retrieval.words import STOP_WORDS, stems_of

ROOT = Path(__file__).parent.parent
HAND_WRITTEN = ROOT / "tests" / "grounding" / "paraphrases.jsonl"
FAITHFUL = "faithful"
HALVES = ("dev", "check")
MOST_OF_A_KIND = 150
FEWEST_WORDS = 6
ALIKE = 2 / 3

Rewrite = Callable[[str, random.Random], str | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, the passages that it names, and what is wrong with it if anything."""

    half: str
    kind: str
    statement: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim and what the check says of it."""

    claim: Claim
    verdict: Verdict

    @property
    def is_right(self) -> bool:
        """Whether a faithful statement passed, or a lie did not."""
        return self.verdict.is_borne_out == (self.claim.kind == FAITHFUL)


def shipped_passages() -> list[Passage]:
    """Return every passage of the shipped corpus."""
    corpus = read_corpus(ROOT / "corpus", default_audience=PUBLIC)
    passages = [p for document in corpus.documents for p in cut(document)]
    return passages + [p for f in corpus.definition_files for p in passages_of_definitions(f)]


def hand_written(passages: Sequence[Passage], path: Path = HAND_WRITTEN) -> list[Claim]:
    """Return the claims of the hand-written file; each names one passage by some of its words.

    Raises ValueError when those words stand in no passage of the document, or in several.
    """
    claims = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        named = [p for p in passages if p.document == fields["document"]]
        named = [p for p in named if fields["near"] in p.text]
        if len(named) != 1:
            raise ValueError(f"{path.name}: {fields['near']} is in {len(named)} passages.")
        claims.append(Claim(fields["half"], fields["kind"], fields["statement"], tuple(named)))
    return claims


def judge(check: GroundingCheck, claims: Iterable[Claim]) -> list[Judged]:
    """Judge each claim."""
    return [Judged(c, check.judge(c.statement, c.passages)) for c in claims]


def shares(judged: Iterable[Judged]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, by half and kind, how many are right and how many there are."""
    right: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str]] = Counter()
    for item in judged:
        key = (item.claim.half, item.claim.kind)
        right[key] += item.is_right
        there[key] += 1
    return {key: (right[key], there[key]) for key in there}


def of_rules(sentences: Sequence[tuple[str, Passage]], *, rewritten: bool) -> list[Claim]:
    """Return the sentences as faithful claims, lightly rewritten where asked, and as lies."""
    chance = random.Random(2026)  # noqa: S311 - not a secret
    claims = []
    faithful: Rewrite = _lightly if rewritten else _as_it_is
    for kind, rewrite in {FAITHFUL: faithful, **_LIES}.items():
        made = []
        for sentence, passage in sentences:
            changed = rewrite(sentence, chance)
            if changed is not None:
                made.append(Claim(_half(passage), kind, changed, (passage,)))
        claims += chance.sample(made, min(MOST_OF_A_KIND, len(made)))
    names = _names_by_shape([s for s, _ in sentences])
    renamed = [
        Claim(_half(p), "name", changed, (p,))
        for s, p in sentences
        if (changed := _other_name(s, p, names, chance)) is not None
    ]
    swapped = list(_swapped(sentences))
    for made in (renamed, swapped):
        claims += chance.sample(made, min(MOST_OF_A_KIND, len(made)))
    return claims


def sentences_of_corpus(passages: Sequence[Passage]) -> list[tuple[str, Passage]]:
    """Return the sentences of the paragraphs, each with its passage."""
    return [
        (sentence, passage)
        for passage in passages
        for block in passage.blocks
        if block.kind is BlockKind.PARAGRAPH
        for sentence in block.sentences
        if len(sentence.split()) >= FEWEST_WORDS and not sentence.endswith(":")
    ]


def sentences_of_answers(folder: Path) -> list[tuple[str, Passage]]:
    """Return the sentences of the annotators' answers, each with its question's passage."""
    questions = read_question_set(folder)
    passages = {d.path: cut(d) for d in questions.corpus.documents}
    said = []
    for asked in questions.asked:
        judged = questions.judgements.get(asked.id, {})
        named = [p for name, grade in judged.items() if grade for p in passages.get(name, ())]
        sentences = sentences_of(asked.answers[0]) if asked.answers and named else ()
        said += [(s, _nearest(s, named)) for s in sentences if len(s.split()) >= FEWEST_WORDS]
    return said


def _nearest(sentence: str, passages: Sequence[Passage]) -> Passage:
    return max(passages, key=lambda p: len(_content(sentence) & _content(p.text)))


def _content(text: str) -> frozenset[str]:
    return frozenset(stems_of(text)) - STOP_WORDS


def _half(passage: Passage) -> str:
    return HALVES[crc32(passage.text.encode()) % 2]


_OTHER_WORDS = {
    "because": "since", "big": "large", "often": "frequently", "help": "assist", "also": "too",
    "show": "indicate", "shows": "indicates", "says": "states", "needs": "requires",
    "begins": "starts", "gives": "offers", "many": "numerous", "first": "initially",
    "important": "significant", "such as": "like", "however": "though", "began": "started",
    "about": "roughly", "used": "employed", "called": "named", "located": "situated",
}  # fmt: skip


def _lightly(sentence: str, chance: random.Random) -> str | None:  # noqa: ARG001
    """Use some other words, and put what stands in front of the first comma at the end."""
    changed = sentence
    for word, other in _OTHER_WORDS.items():
        changed = re.sub(rf"\b{word}\b", other, changed, count=1)
    match = re.fullmatch(r"((?:In|According to|By|For|As|At)\b[^,]{3,40}), (\w)(.+)\.", changed)
    if match:
        first = match[1][0].lower() + match[1][1:]
        changed = f"{match[2].upper()}{match[3]}, {first}."
    return changed


_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")


def _other_number(sentence: str, chance: random.Random) -> str | None:
    words = "|".join(_NUMBER_WORDS)
    matches = list(re.finditer(rf"(?<![\w.])(?:\d+|{words})(?![\w.]\d)\b", sentence, re.IGNORECASE))
    if not matches:
        return None
    match = chance.choice(matches)
    text = match.group()
    if text.isdecimal():
        other = str(int(text) + chance.choice([1, 2, 3, 10]))
    else:
        other = chance.choice([w for w in _NUMBER_WORDS if w != text.lower()])
    return sentence[: match.start()] + other + sentence[match.end() :]


_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|should|may|might|has|have|will|would|must)\b(?! not)"
)


def _denied(sentence: str, chance: random.Random) -> str | None:  # noqa: ARG001
    return _AUXILIARY.sub(r"\1 not", sentence, count=1) if _AUXILIARY.search(sentence) else None


def _asserted(sentence: str, chance: random.Random) -> str | None:  # noqa: ARG001
    changed = re.sub(r"\b(?:do|does|did) not |\bnot |\bnever ", "", sentence, count=1)
    changed = changed.replace("cannot", "can", 1) if changed == sentence else changed
    return changed if changed != sentence else None


def _stronger(sentence: str, chance: random.Random) -> str | None:
    for weak, strong in (
        (r"\b(?:may|might|should|could|can)\b", ["must"]),
        (r"\b(?:often|sometimes|usually|generally|mostly)\b", ["always"]),
        (r"\b(?:some|many|most|several)\b", ["all"]),
    ):
        if re.search(weak, sentence):
            return re.sub(weak, chance.choice(strong), sentence, count=1)
    return None


def _as_it_is(sentence: str, chance: random.Random) -> str | None:  # noqa: ARG001
    return sentence


_LIES: dict[str, Rewrite] = {
    "number": _other_number,
    "negation put in": _denied,
    "negation removed": _asserted,
    "strength": _stronger,
}
_NAME = re.compile(r"(?<!^)(?<![.:] )\b[A-Z][a-z]+(?: [A-Z][a-z]+)*\b")


def _names_by_shape(sentences: Sequence[str]) -> dict[int, list[str]]:
    names: dict[int, set[str]] = {}
    for sentence in sentences:
        for name in _NAME.findall(sentence):
            names.setdefault(len(name.split()), set()).add(name)
    return {words: sorted(found) for words, found in names.items()}


def _other_name(
    sentence: str, passage: Passage, names: dict[int, list[str]], chance: random.Random
) -> str | None:
    """Put a name of the same length that the passage does not have in the place of one."""
    matches = list(_NAME.finditer(sentence))
    if not matches:
        return None
    match = chance.choice(matches)
    known = f"{passage.section} {passage.text}"
    others = [n for n in names[len(match.group().split())] if n not in known]
    if not others:
        return None
    return sentence[: match.start()] + chance.choice(others) + sentence[match.end() :]


def _swapped(sentences: Sequence[tuple[str, Passage]]) -> Iterator[Claim]:
    """Say of a passage the sentence of another document that is most like one of its own."""
    contents = [_content(sentence) for sentence, _ in sentences]
    for (_, passage), own in zip(sentences, contents, strict=True):
        known = _content(f"{passage.section} {passage.text}")
        best = max(
            (
                (len(own & other) / len(own | other), sentence)
                for (sentence, place), other in zip(sentences, contents, strict=True)
                # What the passage says as well, in nearly the same words, is no lie.
                if place.document != passage.document and len(other & known) <= ALIKE * len(other)
            ),
            default=None,
        )
        if best is not None:
            yield Claim(_half(passage), "swap", best[1], (passage,))


def print_shares(name: str, judged: Sequence[Judged]) -> None:
    """Print how many are right, by kind and half."""
    counted = shares(judged)
    kinds = dict.fromkeys(kind for _, kind in counted)
    print(f"\n{name:<34} {'dev':>16} {'check':>16}")
    for kind in kinds:
        cells = []
        for half in HALVES:
            right, there = counted.get((half, kind), (0, 0))
            cells.append(f"{right:>4}/{there:<4} {right / there:6.1%}" if there else "")
        print(f"  {kind:<32} {cells[0]:>16} {cells[1]:>16}")


def main(arguments: Sequence[str]) -> None:
    """Judge every claim and print how often the check is right."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "encoder"
        SentenceTransformerEncoder(DEFAULT_PACKAGE).export(target)
        check = GroundingCheck(lambda: OnnxEncoder(target))
        passages = shipped_passages()
        claims = {"hand-written": hand_written(passages)}
        claims["shipped corpus, by rules"] = of_rules(sentences_of_corpus(passages), rewritten=True)
        for name in arguments:
            claims[f"{Path(name).name}, by rules"] = of_rules(
                sentences_of_answers(Path(name)), rewritten=False
            )
        for name, made in claims.items():
            began = time.perf_counter()
            print_shares(name, judge(check, made))
            print(f"  {(time.perf_counter() - began) / len(made) * 1000:.0f} ms a statement")


if __name__ == "__main__":
    main(sys.argv[1:])
