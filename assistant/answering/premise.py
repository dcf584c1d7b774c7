"""What a question takes for granted that the guidance does not bear out.

Plain rules over words and figures, so that who wonders why a question was not answered as asked
can find out (docs/adr/0018). Each looks only at sentences on the question's subject.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from assistant.answering.draft import Draft, Numbering
from assistant.answering.quantities import YEAR, quantities_in
from assistant.answering.question import FEWEST, NUMBERS, Question
from assistant.answering.rules_file import rules_in
from assistant.answering.wording import names_in, read, turns_round
from assistant.domain.answers import Statement
from assistant.domain.documents import Metadata, Passage
from assistant.language import listed, phrase, say
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.scope import nations_named
from assistant.retrieval.words import STOP_WORDS, stem, stems_of

RULES = "premises.txt"
LOOKED_AT = 5
ON_THE_SUBJECT = 0.55
SAME_SUBJECT = 0.5
OTHERWISE = phrase("The guidance says otherwise")
NOT_BORNE_OUT = phrase(
    "The guidance that I can read does not bear out \u201c{words}\u201d in this question"
)
_NUMBER = rf"(?P<number>{'|'.join(NUMBERS)}|[2-9]|[1-9]\d)"
_COUNTED = re.compile(
    r"\b(?:the|all|these|those|its|their|\w+['\u2019]s)\s+(?:the\s+)?"
    rf"{_NUMBER}\s+(?P<things>[a-z][\w'-]*(?:\s+[a-z][\w'-]*){{0,2}})",
    re.IGNORECASE,
)
# A word or two may stand between a number and what it counts: four public worlds.
_NUMBERED = re.compile(
    rf"(?<![\d.,-])\b{_NUMBER}\s+(?!other|more|further)"
    r"(?P<things>[a-z][\w'-]*(?:\s+[a-z][\w'-]*){0,2})",
    re.IGNORECASE,
)
_TAKES_FOR_GRANTED = re.compile(
    r"\b(?:why|how come|how (?:did|does|was|were|has|had)"
    r"|what (?:made|makes|led|caused|prompted|drove)|who (?:made|told|persuaded|forced)"
    r"|for what reason|what (?:is|was) the reason"
    r"|(?:when|where|on what date|in (?:what|which) (?:year|month)) (?:did|was|were|has|have)"
    r")\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:differ\w*|compar\w+|versus|vs|both|relate\w*|distinguish\w*|or|and)\b", re.IGNORECASE
)
_OF_THE_ASKER = re.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|we're|we've|our|us)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a passage, and the share of the question's words, by rarity, it is about."""

    passage: Passage
    text: str
    coverage: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a question takes for granted in vain: `says` is a clause in our words, with no stop.

    `contrary` is the sentence of the guidance that says otherwise, if one does. `read_as` is the
    question with its figure put right, where what it asks can be answered then.
    """

    says: str
    contrary: Said | None = None
    read_as: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The sentence that asks, and the sentences that were found, most on its subject first."""

    text: str
    evidence: Evidence
    said: tuple[Said, ...]

    @property
    def on_the_subject(self) -> list[Said]:
        return [s for s in self.said if s.coverage >= ON_THE_SUBJECT]


def doubt(question: Question, evidence: Evidence) -> Doubt | None:
    """Return what a question takes for granted and the guidance does not bear out, if anything."""
    text = what_is_asked(question.asked)
    asked = _Asked(text, evidence, _said(text, evidence))
    if not asked.said or question.is_comparison:
        return None
    checks: Sequence[Callable[[_Asked], Doubt | None]] = (
        _count,
        _year,
        _opposed,
        _denial,
        _claim,
        _apart,
    )
    return next((found for check in checks if (found := check(asked)) is not None), None)


def what_is_asked(text: str) -> str:
    """Return the last sentence that asks, and what stands after it."""
    sentences = _SENTENCE_END.split(text.strip())
    asking = [n for n, s in enumerate(sentences) if s.endswith("?")]
    return " ".join(sentences[asking[-1] :]) if asking else sentences[-1]


def contradicted(found: Doubt) -> Draft:
    """Return the sentence of the guidance that says otherwise as a draft, introduced as such."""
    if found.contrary is None:
        return Draft()
    numbering = Numbering()
    number = numbering.number(found.contrary.passage)
    statement = Statement(found.contrary.text, (number,), label=found.says)
    return Draft((statement,), numbering.citations())


def _said(text: str, evidence: Evidence) -> tuple[Said, ...]:
    asked = set(stems_of(text))
    rarity = zip(map(stem, evidence.words), evidence.rarity, strict=True)
    # A word that the guidance does not have at all says nothing of which sentence is meant.
    weights = {s: r for s, r in rarity if s in asked and r < 1 and s not in NUMBERS}
    if len(weights) < FEWEST:
        return ()
    total = sum(weights.values())
    said = []
    for found in evidence.found[:LOOKED_AT]:
        section = set(stems_of(found.passage.section))
        for sentence in (s for block in found.passage.blocks for s in block.sentences):
            stems = section.union(stems_of(sentence))
            met = sum(weight for s, weight in weights.items() if s in stems)
            said.append(Said(found.passage, sentence, met / total))
    return tuple(sorted(said, key=lambda s: -s.coverage))


def _count(asked: _Asked) -> Doubt | None:
    """Doubt "the five worlds" where the guidance on the subject only ever counts four."""
    match = _COUNTED.search(asked.text)
    things = match["things"].split() if match is not None else []
    if match is None or things[0].lower() in STOP_WORDS:
        return None
    number = match["number"].lower()
    counts = [(s, n) for s in asked.on_the_subject for n in _counts_of(things[0], s.text)]
    if not counts or _value(number) in {n for _, n in counts}:
        return None
    right, times = Counter(n for _, n in counts).most_common(1)[0]
    if times * FEWEST <= len(counts):
        return None
    # What leads into a list says little without it.
    said = min((s for s, n in counts if n == right), key=lambda s: s.text.rstrip().endswith(":"))
    name = NUMBERS[right - FEWEST] if right - FEWEST < len(NUMBERS) else str(right)
    read_as = asked.evidence.question.replace(match.group(), _with_number(match, name))
    here = set(stems_of(said.text)) - STOP_WORDS
    named = " ".join(takewhile(lambda thing: stem(thing.lower()) in here, things))
    says = say(
        "The guidance speaks of {right} {things}, not {asked}",
        right=name,
        things=named,
        asked=number,
    )
    return Doubt(says, said, read_as)


def _with_number(match: re.Match[str], name: str) -> str:
    """Return what was matched with another number; "ten" stands in "tenders" too."""
    start, end = (place - match.start() for place in match.span("number"))
    return f"{match.group()[:start]}{name}{match.group()[end:]}"


def _counts_of(thing: str, sentence: str) -> list[int]:
    """Return the numbers before a thing in a sentence: 4 in "the four public worlds"."""
    return [
        _value(match["number"])
        for match in _NUMBERED.finditer(sentence)
        if stem(thing.lower()) in stems_of(match["things"])
    ]


def _value(number: str) -> int:
    return int(number) if number.isdecimal() else NUMBERS.index(number.lower()) + FEWEST


def _year(asked: _Asked) -> Doubt | None:
    """Doubt a year that stands nowhere in the guidance on the subject."""
    if _OF_THE_ASKER.search(asked.text):
        return None
    known = {y for f in asked.evidence.found for y in _years(f.passage)}
    for year in _years_in(asked.text):
        if year in known or year >= asked.evidence.day.year:
            continue
        others = [s for s in asked.on_the_subject if _years_in(s.text)]
        if others:
            right = listed([f"{y:g}" for y in _years_in(others[0].text)])
            says = say(
                "The guidance speaks of {right} here, not of {asked}",
                right=right,
                asked=f"{year:g}",
            )
            return Doubt(says, others[0])
        return Doubt(say(NOT_BORNE_OUT, words=f"{year:g}"))
    return None


def _years_in(text: str) -> list[float]:
    return [q.value for q in quantities_in(text) if q.kind == YEAR]


def _years(passage: Passage) -> list[float]:
    metadata = passage.metadata
    dates = (metadata.source_date, metadata.published, metadata.effective_from)
    text = f"{passage.section} {passage.text} {metadata.source_title}"
    return [*_years_in(text), *(float(d.year) for d in dates if d is not None)]


def _denial(asked: _Asked) -> Doubt | None:
    """Doubt what a sentence on the subject denies, and what none denies as the question does."""
    if not _TAKES_FOR_GRANTED.search(asked.text):
        return None
    question = read(asked.text)
    denying = [s for s in asked.on_the_subject if read(s.text).denied]
    if question.denied and denying:
        return None
    for said in asked.on_the_subject:
        if turns_round(question, read(said.text)):
            return Doubt(say(OTHERWISE), said)
    return None


def _opposed(asked: _Asked) -> Doubt | None:
    """Doubt a word of the question where a sentence on the subject has its opposite instead."""
    if not _TAKES_FOR_GRANTED.search(asked.text):
        return None
    for claimed, contrary in (line.split("|") for line in rules_in(RULES)["opposed"]):
        if not _has(asked.text, claimed):
            continue
        if any(_has(s.text, claimed) for s in asked.said if s.coverage >= SAME_SUBJECT):
            continue
        for said in asked.said:
            if said.coverage >= SAME_SUBJECT and _has(said.text, contrary):
                return Doubt(say(OTHERWISE), said)
    return None


def _claim(asked: _Asked) -> Doubt | None:
    """Doubt a strong claim, such as giving up or keeping secret, that no passage found makes."""
    if not _TAKES_FOR_GRANTED.search(asked.text):
        return None
    texts = [f"{f.passage.section} {f.passage.text}" for f in asked.evidence.found[:LOOKED_AT]]
    for claim in rules_in(RULES)["claims"]:
        words = _found(asked.text, claim)
        if words and not any(_has(text, claim) for text in texts):
            return Doubt(say(NOT_BORNE_OUT, words=words))
    return None


def _apart(asked: _Asked) -> Doubt | None:
    """Doubt what ties two names together that no document found has both of."""
    others = _COMPARES.search(asked.text) or _OF_THE_ASKER.search(asked.text)
    if others or not _TAKES_FOR_GRANTED.search(asked.text):
        return None
    # What is all capitals may stand written out in the guidance.
    names = [n for n in _whole_names(asked.text) if not (n.isupper() or nations_named(n))]
    if len(names) < FEWEST:
        return None
    documents: dict[str, str] = {}
    for found in asked.evidence.found:
        text = f"{found.passage.section} {found.passage.text} {_words(found.passage.metadata)}"
        documents[_piece_of(found.passage)] = documents.get(_piece_of(found.passage), "") + text
    having = [{d for d, text in documents.items() if _holds(text, name)} for name in names]
    if not any(having) or set.intersection(*having):
        return None
    best = _piece_of(asked.evidence.found[0].passage)
    absent = next((n for n, d in zip(names, having, strict=True) if best not in d), names[-1])
    said = next((s for s in asked.on_the_subject if _piece_of(s.passage) == best), None)
    return Doubt(say(NOT_BORNE_OUT, words=absent), said)


def _piece_of(passage: Passage) -> str:
    """Return what a passage is a piece of; a definition stands alone in its file."""
    return passage.id if passage.definition is not None else passage.document


def _words(metadata: Metadata) -> str:
    parts = (metadata.author, metadata.publisher, metadata.source_title, *metadata.nation)
    return " ".join(part for part in parts if part)


def _whole_names(text: str) -> list[str]:
    """Return the names of a text, words that follow each other joined: Public Services Board."""
    names: list[str] = []
    end = -1
    place = 0
    for word in names_in(text):
        place = text.find(word, place)
        if names and text[end:place] == " ":
            names[-1] += f" {word}"
        else:
            names.append(word)
        end = place = place + len(word)
    return names


def _holds(text: str, name: str) -> bool:
    return f" {' '.join(stems_of(name))} " in f" {' '.join(stems_of(text))} "


def _has(text: str, expressions: str) -> bool:
    return _found(text, expressions) is not None


def _found(text: str, expressions: str) -> str | None:
    match = _pattern(expressions).search(text)
    return match.group() if match else None


@cache
def _pattern(expressions: str) -> re.Pattern[str]:
    parts = (re.escape(e).replace(r"\*", r"\w*").replace("_", r"\s+") for e in expressions.split())
    return re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)
