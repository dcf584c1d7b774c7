"""The form in which a steward verifies, changes or renews an answer: pure functions."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from assistant.domain.characters import as_seen
from assistant.domain.networks import Peer, PeerCitation
from assistant.language import phrase, say
from assistant.slack.networks.verifying_blocks import said_by
from assistant.slack.shown.blocks import (
    JsonBlock,
    Shown,
    context_blocks,
    text_blocks,
)
from assistant.slack.shown.elements import field_block, option, plain, text_element
from assistant.slack.shown.filled import FormState
from assistant.slack.shown.lines import name

VIEW = "networks.verify"
LONGEST_QUESTION = 300
LONGEST_PART = 3000
MOST_PARTS = 4
LONGEST_REVIEW = timedelta(days=2 * 366)
USUAL_REVIEW = timedelta(days=365)
MOST_OPTIONS = 10
LONGEST_OPTION = 75
LONGEST_LINE = 300
LONGEST_NOW = 1200
LONGEST_MEANWHILE = 3000
MOST_PASSAGES = 20

VERIFY_TITLE = phrase("Verify an answer")
RENEW_TITLE = phrase("Renew or change")
LET_IT_HOLD = phrase("Verify")
CANCEL = phrase("Cancel")
WHAT_HAPPENS = phrase(
    "What you verify is shown word for word to those who may read it, as peer experience with the "
    "author, the organisation and the day, and is searched like guidance."
)
OWN = phrase(
    "This is your own answer. You may verify it because you are the only steward of the network."
)
QUESTION = phrase("The question that it answers")
ANSWER = phrase("The answer, as it is to be shown")
ANSWER_GOES_ON = phrase("The answer, continued")
PASSAGES = phrase("The passages that it rests on")
PASSAGES_GO_ON = phrase("Passages, continued")
REVIEW_BY = phrase("To be reviewed by")
AUTHOR = phrase("Said by {author}.")
NEAR = phrase(
    "These are the passages of the guidance that are nearest to it. Tick those that it rests on: "
    "when one of them changes, the answer lapses until a steward has looked at it again."
)
HOLDS_NOT = phrase("This passage does not hold any more, or is gone, so it cannot be cited:")
CHANGED = phrase("This passage was changed since; tick it only if it still bears the answer out:")
SAYS_NOW = phrase("It says now:")
PERSONAL = phrase("This may be personal data. Take it out, or tick below that it is meant to stay:")
MEANT = phrase("It is meant to stay")
MEANT_LABEL = phrase("What may be personal data")

QUESTION_MISSING = phrase("Write the question.")
ANSWER_MISSING = phrase("Write the answer.")
DATE_MISSING = phrase("Choose the day by which it is to be reviewed.")
DATE_PAST = phrase("Choose a day after today.")
DATE_FAR = phrase("Choose a day within two years; it can be renewed then.")
NOT_CITED = phrase(
    "The answer refers to passage [{number}], which is not ticked; tick it, or take [{number}] out."
)

_REFERENCE = re.compile(r"\[(\d{1,3})\]")


class Kind(StrEnum):
    """What a form is for: to verify what was shared, or to verify anew what was verified."""

    NEW = "new"
    RENEWAL = "renewal"


class PassageState(StrEnum):
    """How a passage is compared with what it was when it was cited; one that is near was not."""

    NEAR = "near"
    HOLDS = "holds"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class CitedNow:
    """A cited passage as it is now; `now` are its words where they were changed."""

    citation: PeerCitation
    state: PassageState = PassageState.HOLDS
    now: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a form remembers: what it is for, the answer's number, and its state when opened.

    `pointed_out` is a digest of the words that were pointed out as personal data.
    """

    kind: Kind
    number: int
    seen: str = ""
    pointed_out: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a steward wrote: the words, the numbers of the passages, the day, whether it is meant.

    `review_by` is None where no day was chosen.
    """

    question: str
    answer: str
    ticked: tuple[int, ...]
    review_by: date | None
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form shows: of whom, what is filled in, and what is to be pointed out.

    `personal` are words that may be personal data; `sentence` says why it was not taken, and
    `meanwhile` what another steward wrote since it was opened.
    """

    held: Held
    by: Peer
    on: date
    filled: Filled
    passages: tuple[CitedNow, ...] = ()
    personal: tuple[str, ...] = ()
    sentence: str = ""
    meanwhile: str = ""
    is_own: bool = False


def draft_view(draft: Draft) -> dict[str, Any]:
    """Return the modal, filled with what is known or was written before."""
    title = VERIFY_TITLE if draft.held.kind is Kind.NEW else RENEW_TITLE
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": json.dumps(asdict(draft.held)),
        "title": plain(say(title)[:24]),
        "submit": plain(say(LET_IT_HOLD)[:24]),
        "close": plain(say(CANCEL)[:24]),
        "blocks": [*_opening(draft), *_words(draft.filled), *_rest(draft)],
    }


def held_in(view: Mapping[str, Any]) -> Held | None:
    """Return what a form remembers; None if it is not ours."""
    try:
        kept = json.loads(str(view.get("private_metadata") or ""))
        kind, number = Kind(kept["kind"]), int(kept["number"])
        return Held(kind, number, str(kept["seen"]), str(kept["pointed_out"]))
    except (ValueError, KeyError, TypeError):
        return None


def filled_in(view: Mapping[str, Any]) -> Filled:
    """Return what was filled in, read with mistrust."""
    state = FormState(view)
    parts = [state.words(f"answer_{n}", LONGEST_PART) for n in range(MOST_PARTS)]
    boxes = [state.items(f"passages_{n}") for n in range(MOST_PASSAGES // MOST_OPTIONS)]
    return Filled(
        question=state.line("question")[:LONGEST_QUESTION],
        answer="\n".join(part for part in parts if part),
        ticked=tuple(int(each) for box in boxes for each in box if each.isdecimal()),
        review_by=state.day("review_by"),
        is_meant="yes" in state.items("meant"),
    )


def mistakes(filled: Filled, today: date) -> dict[str, str]:
    """Return a sentence for each field that cannot be taken, by its block."""
    found = {} if filled.question else {"question": QUESTION_MISSING}
    if not filled.answer:
        found["answer_0"] = ANSWER_MISSING
    if filled.review_by is None:
        found["review_by"] = DATE_MISSING
    elif filled.review_by <= today:
        found["review_by"] = DATE_PAST
    elif filled.review_by - today > LONGEST_REVIEW:
        found["review_by"] = DATE_FAR
    return {field: say(sentence) for field, sentence in found.items()}


def uncited(filled: Filled, passages: Sequence[CitedNow]) -> str | None:
    """Say which passage an answer refers to that it would not cite, if there is one."""
    known = {each.citation.number for each in passages}
    named = [int(number) for number in _REFERENCE.findall(filled.answer)]
    missing = [number for number in named if number in known and number not in filled.ticked]
    return say(NOT_CITED, number=missing[0]) if missing else None


def first_filled(
    question: str, answer: str, passages: Sequence[CitedNow], review_by: date
) -> Filled:
    """Return a form's first contents: everything that holds as it did is ticked."""
    holding = [each for each in passages if each.state is PassageState.HOLDS]
    ticked = tuple(each.citation.number for each in holding)
    return Filled(name(question, LONGEST_QUESTION), as_seen(answer), ticked, review_by)


def _opening(draft: Draft) -> Iterator[JsonBlock]:
    shown: list[Shown] = []
    if draft.sentence:
        shown += text_blocks(draft.sentence)
    if draft.meanwhile:
        shown += text_blocks(name(draft.meanwhile, LONGEST_MEANWHILE))
    shown += context_blocks(say(WHAT_HAPPENS))
    shown += context_blocks(say(AUTHOR, author=said_by(draft.by, draft.on)))
    if draft.is_own:
        shown += context_blocks(say(OWN))
    yield from (one.block for one in shown)


def _words(filled: Filled) -> Iterator[JsonBlock]:
    yield field_block("question", say(QUESTION), text_element(filled.question, LONGEST_QUESTION))
    for number, part in enumerate(_parts(filled.answer)):
        label = ANSWER_GOES_ON if number else ANSWER
        element = text_element(part, LONGEST_PART, is_long=True)
        yield field_block(f"answer_{number}", say(label), element, is_optional=number > 0)


def _rest(draft: Draft) -> Iterator[JsonBlock]:
    yield from _passages(draft)
    day: JsonBlock = {"type": "datepicker"}
    if draft.filled.review_by is not None:
        day["initial_date"] = draft.filled.review_by.isoformat()
    yield field_block("review_by", say(REVIEW_BY), day)
    if draft.personal:
        shown = [*context_blocks(say(PERSONAL)), *_personal(draft.personal)]
        yield from (one.block for one in shown)
        yield _boxes("meant", MEANT_LABEL, [option(say(MEANT), "yes")], draft.filled.is_meant)


def _personal(found: Sequence[str]) -> Iterator[Shown]:
    yield from text_blocks("\n".join(f"- {name(each, LONGEST_LINE)}" for each in found[:10]))


def _passages(draft: Draft) -> Iterator[JsonBlock]:
    by_number = {each.citation.number: each for each in draft.passages}
    passages = list(by_number.values())[:MOST_PASSAGES]
    if any(each.state is PassageState.NEAR for each in passages):
        yield from (shown.block for shown in context_blocks(say(NEAR)))
    for each in passages:
        yield from (shown.block for shown in _state(each))
    choices = [each for each in passages if each.state is not PassageState.GONE]
    for number in range(0, len(choices), MOST_OPTIONS):
        batch = choices[number : number + MOST_OPTIONS]
        options = [_passage_option(each.citation) for each in batch]
        ticked = [
            option
            for option, each in zip(options, batch, strict=True)
            if each.citation.number in draft.filled.ticked
        ]
        label = PASSAGES_GO_ON if number else PASSAGES
        element: JsonBlock = {"type": "checkboxes", "options": options}
        element |= {"initial_options": ticked} if ticked else {}
        field = f"passages_{number // MOST_OPTIONS}"
        yield field_block(field, say(label), element, is_optional=True)


def _state(each: CitedNow) -> Iterator[Shown]:
    sentence = {PassageState.GONE: HOLDS_NOT, PassageState.CHANGED: CHANGED}.get(each.state)
    if sentence is not None:
        yield from context_blocks(say(sentence))
    yield from context_blocks(name(each.citation.line, LONGEST_LINE))
    if each.state is PassageState.CHANGED and each.now.strip():
        yield from context_blocks(f"{say(SAYS_NOW)} {name(each.now, LONGEST_NOW)}")


def _passage_option(citation: PeerCitation) -> JsonBlock:
    return option(name(citation.line, LONGEST_OPTION), str(citation.number))


def _parts(answer: str) -> list[str]:
    """Cut an answer into what the inputs hold, at the ends of lines where there are some."""
    parts: list[str] = []
    rest = answer
    while len(rest) > LONGEST_PART and len(parts) < MOST_PARTS - 1:
        cut = rest.rfind("\n", LONGEST_PART // 2, LONGEST_PART)
        cut = LONGEST_PART if cut < 0 else cut
        parts.append(rest[:cut])
        rest = rest[cut:].lstrip("\n")
    return [*parts, rest[:LONGEST_PART]]


def _boxes(field: str, label: str, options: list[JsonBlock], is_ticked: object) -> JsonBlock:
    boxes: JsonBlock = {"type": "checkboxes", "options": options}
    boxes |= {"initial_options": options} if is_ticked else {}
    return field_block(field, say(label), boxes, is_optional=True)


def seen_of(at: datetime) -> str:
    """Return how a form remembers when what it shows was verified."""
    return at.isoformat()
