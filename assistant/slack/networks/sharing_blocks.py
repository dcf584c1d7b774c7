"""What members see of a shared answer and of what came of it: pure functions.

A shared answer is one message of Slack; what does not fit into it is behind "Show all".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.domain.networks import (
    Network,
    Origin,
    Peer,
    PeerAnswer,
    PeerCitation,
    Response,
    ResponseKind,
)
from assistant.language import phrase, say, say_day
from assistant.slack.shown.blocks import (
    LONGEST_TEXT,
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    inert,
    messages_of,
    sentence_messages,
    source_blocks,
    text_blocks,
)
from assistant.slack.shown.elements import button, buttons, modal
from assistant.slack.shown.lines import name

SHOW_ACTION = "networks.share.show"
WITHDRAW_ACTION = "networks.share.withdraw"
RESPOND_ACTION = "networks.respond"
WHOLE_VIEW = "networks.shared_answer"
# Its value is whose answers, and after how many of them.
LIST_ACTION = "networks.share.list"
OWN, OTHERS = "own", "others"
MOST_ON_HOME = 3
MOST_LISTED = 20

NEWEST = 3
MOST_SOURCES = 10
LONGEST_SAID = 300
LONGEST_LINE = 150
# How much of an answer its message shows, the most that fits.
LENGTHS = (6000, 4000, 2000, 800, 200)

OPENING = phrase("{who} shared an answer of the assistant with {network} on {day}.")
REPLIED = phrase("{who} replied to a question in {network} on {day}.")
NOT_VERIFIED = phrase("Only who wrote it and the network's stewards see it until it is verified.")
UNNAMED = phrase("A member who is not named")
WITH_ORGANISATION = phrase("{who}, {organisation},")
NOTE = phrase("What they say of it")
SOURCES = phrase("Sources")
CUT = phrase("The answer goes on: press \u201cShow all\u201d to read it whole.")
SOURCES_CUT = phrase("More sources are behind \u201cShow all\u201d.")
WITHDRAWN = phrase("What was shared here was withdrawn.")
NOT_FOR_ALL_NOW = phrase(
    "What was shared here is not shown any more: not everyone who reads this may read what it "
    "rests on."
)
GONE_FOR_YOU = phrase("There is nothing here that you can see; it may have been withdrawn.")

WORKED = phrase("This worked for us")
DIFFERENTLY = phrase("We did it differently")
WRONG = phrase("This is wrong or out of date")
WORKED_LABEL = phrase("Say that what this answer says worked for you")
DIFFERENTLY_LABEL = phrase("Say that you did it differently from this answer")
WRONG_LABEL = phrase("Say that this answer is wrong or out of date")
SHOW_ALL = phrase("Show all")
SHOW_LABEL = phrase("Show this shared answer whole, with everything that peers said of it")
WITHDRAW = phrase("Withdraw")
WITHDRAW_LABEL = phrase("Withdraw this answer, if it was you who shared it")
WITHDRAW_SURE = phrase(
    "Its words are deleted for everybody, with what peers said of it. Only who shared it can do so."
)
COUNTS = phrase("Worked: {worked}. Done differently: {differently}. Wrong or out of date: {wrong}.")
PEERS_SAY = phrase("What peers say of it")
SAID = phrase("{kind}: {who} {day}")
DONE_ON = phrase("when: {day}")
DEALT_WITH = phrase("a steward has dealt with it")
SHARED_ANSWER = phrase("Shared answer")
SHARED_WITH_YOU = phrase("Shared with your networks")
YOU_SHARED = phrase("What you shared")
IN_NETWORK = phrase("{network}, {day}")
ALL_SHARED = phrase("All that was shared")
ALL_SHARED_LABEL = phrase("Show all answers that were shared with your networks")
ALL_OWN = phrase("All that you shared")
ALL_OWN_LABEL = phrase("Show all answers that you shared, each with the button to withdraw it")
MORE = phrase("Show more")
MORE_LABEL = phrase("Show the answers that were shared before these")
NOTHING_SHARED = phrase("Nothing is shared.")

KINDS = {
    ResponseKind.WORKED: WORKED,
    ResponseKind.DIFFERENTLY: DIFFERENTLY,
    ResponseKind.WRONG: WRONG,
}
_LABELS = {
    ResponseKind.WORKED: WORKED_LABEL,
    ResponseKind.DIFFERENTLY: DIFFERENTLY_LABEL,
    ResponseKind.WRONG: WRONG_LABEL,
}


def shared_message(answer: PeerAnswer, network: Network, responses: Sequence[Response]) -> Message:
    """Return the message that shows a shared answer in a channel of its network."""
    end = [response_buttons(answer), _own_buttons(answer)]
    for longest in LENGTHS:
        shown = [*answer_shown(answer, network, longest), *_newest(responses), *end]
        messages = messages_of(shown)
        if len(messages) == 1:
            break
    return messages[0]


def withdrawn_message() -> Message:
    """Return what stands in the place of an answer that was withdrawn."""
    return sentence_messages(say(WITHDRAWN))[0]


def hidden_message() -> Message:
    """Return what stands in the place of an answer that not everyone there may read any more."""
    return sentence_messages(say(NOT_FOR_ALL_NOW))[0]


def whole_view(
    answer: PeerAnswer | None,
    network: Network | None,
    responses: Sequence[Response] = (),
    channel: str = "",
) -> dict[str, Any]:
    """Return the modal that shows a shared answer with all that peers say of it.

    None is an answer that the reader may not see, or that is gone. `channel` is where it was
    opened.
    """
    if answer is None or network is None:
        return modal(say(SHARED_ANSWER), text_blocks(say(GONE_FOR_YOU)))
    shown = list(answer_shown(answer, network, None))
    if answer.origin is Origin.SHARED:
        shown.append(response_buttons(answer))
    said = [line for response in responses for line in response_shown(response, None)]
    heading = [heading_block(say(PEERS_SAY)), *counts_shown(responses)] if said else []
    view = modal(say(SHARED_ANSWER), [*shown, *heading, *said])
    return {**view, "callback_id": WHOLE_VIEW, "private_metadata": channel}


def answer_shown(
    answer: PeerAnswer, network: Network, longest: int | None = LENGTHS[0]
) -> Sequence[Shown]:
    """Show who shared what, the note and the sources; `longest` cuts the answer, None does not."""
    text = answer.answer
    is_cut = longest is not None and len(text) > longest
    sources = answer.citations if longest is None else answer.citations[:MOST_SOURCES]
    is_reply = answer.origin is Origin.CAPTURED
    opening = say(
        REPLIED if is_reply else OPENING,
        who=said_by(answer.by),
        network=name(network.name),
        day=say_day(answer.on),
    )
    return [
        *text_blocks(opening),
        *(context_blocks(say(NOT_VERIFIED)) if is_reply else ()),
        _quoted(answer.question),
        *text_blocks(text[:longest] if longest is not None else text),
        *(context_blocks(say(CUT)) if is_cut else ()),
        *_note(answer.note),
        *_sources(sources, is_cut=len(sources) < len(answer.citations)),
    ]


def said_by(peer: Peer) -> str:
    """Return who it is as they are to be shown: by name or not, with their organisation."""
    who = name(peer.name) if peer.name else say(UNNAMED)
    if not peer.organisation:
        return who
    return say(WITH_ORGANISATION, who=who, organisation=name(peer.organisation))


def counts_shown(responses: Sequence[Response]) -> Sequence[Shown]:
    """Show how many say what."""
    counts = {kind.value: sum(each.kind is kind for each in responses) for kind in ResponseKind}
    return context_blocks(say(COUNTS, **counts))


def response_shown(response: Response, longest: int | None = LONGEST_SAID) -> Sequence[Shown]:
    """Show what one peer says: the kind, who, the day, what happened, when, the link."""
    said = say(
        SAID,
        kind=say(KINDS[response.kind]),
        who=said_by(response.by),
        day=say_day(response.at),
    )
    parts = [name(response.what, longest)] if response.what else []
    parts += [say(DONE_ON, day=say_day(response.when))] if response.when else []
    parts += [say(DEALT_WITH)] if response.dealt_with_at else []
    words = f"{said} \u2013 {'; '.join(parts)}" if parts else said
    return source_blocks(words, response.link)


def response_buttons(answer: PeerAnswer) -> Shown:
    """Show the three buttons with which peers respond."""
    return buttons(
        *(
            button(say(KINDS[kind]), say(_LABELS[kind]), f"{RESPOND_ACTION}.{kind}", str(answer.id))
            for kind in ResponseKind
        )
    )


def home_shown(
    shared: Sequence[tuple[PeerAnswer, Network]], own: Sequence[tuple[PeerAnswer, Network]]
) -> Sequence[Shown]:
    """Show the latest answers that were shared with a person's networks, and their own.

    Where there are more than fit, a button lists them all.
    """
    shown: list[Shown] = []
    if shared:
        shown.append(heading_block(say(SHARED_WITH_YOU)))
    for answer, network in shared[:MOST_ON_HOME]:
        shown += [_short(answer, network), buttons(_show_button(answer))]
    if len(shared) > MOST_ON_HOME:
        shown.append(buttons(_list_button(ALL_SHARED, ALL_SHARED_LABEL, f"{OTHERS}:0")))
    if own:
        shown.append(heading_block(say(YOU_SHARED)))
    for answer, network in own[:MOST_ON_HOME]:
        shown += [_short(answer, network), _own_buttons(answer)]
    if len(own) > MOST_ON_HOME:
        shown.append(buttons(_list_button(ALL_OWN, ALL_OWN_LABEL, f"{OWN}:0")))
    return shown


def list_view(
    answers: Sequence[tuple[PeerAnswer, Network]], offset: int = 0, *, are_own: bool = False
) -> dict[str, Any]:
    """Return the modal that lists shared answers, a page from `offset` on."""
    shown = [heading_block(say(YOU_SHARED if are_own else SHARED_WITH_YOU))]
    for answer, network in answers[offset : offset + MOST_LISTED]:
        pressed = _own_buttons(answer) if are_own else buttons(_show_button(answer))
        shown += [_short(answer, network), pressed]
    if len(shown) == 1:
        shown += context_blocks(say(NOTHING_SHARED))
    following = offset + MOST_LISTED
    if following < len(answers):
        value = f"{OWN if are_own else OTHERS}:{following}"
        shown.append(buttons(_list_button(MORE, MORE_LABEL, value)))
    return modal(say(SHARED_ANSWER), shown)


def _list_button(label: str, spoken: str, value: str) -> JsonBlock:
    return button(say(label), say(spoken), LIST_ACTION, value)


def _newest(responses: Sequence[Response]) -> Iterator[Shown]:
    if not responses:
        return
    yield heading_block(say(PEERS_SAY))
    yield from counts_shown(responses)
    for response in responses[:NEWEST]:
        yield from response_shown(response)


def _short(answer: PeerAnswer, network: Network) -> Shown:
    question = inert(name(answer.question, LONGEST_LINE))
    where = inert(say(IN_NETWORK, network=name(network.name), day=say_day(answer.on)))
    elements = [
        {"type": "text", "text": question, "style": {"bold": True}},
        {"type": "text", "text": f"\n{where}"},
    ]
    section = {"type": "rich_text_section", "elements": elements}
    return Shown({"type": "rich_text", "elements": [section]}, f"{question}\n{where}")


def _own_buttons(answer: PeerAnswer) -> Shown:
    value = str(answer.id)
    withdraw = button(
        say(WITHDRAW), say(WITHDRAW_LABEL), WITHDRAW_ACTION, value, say(WITHDRAW_SURE)
    )
    return buttons(_show_button(answer), withdraw)


def _show_button(answer: PeerAnswer) -> JsonBlock:
    return button(say(SHOW_ALL), say(SHOW_LABEL), SHOW_ACTION, str(answer.id))


def _quoted(question: str) -> Shown:
    # What is made inert may be twice as long.
    words = inert(question.strip()) or "\u2026"
    pieces = [words[at : at + LONGEST_TEXT] for at in range(0, len(words), LONGEST_TEXT)]
    texts = [{"type": "text", "text": piece} for piece in pieces]
    quote = {"type": "rich_text_quote", "elements": texts}
    return Shown({"type": "rich_text", "elements": [quote]}, words)


def _note(note: str) -> Iterator[Shown]:
    if note:
        yield heading_block(say(NOTE))
        yield from text_blocks(note)


def _sources(citations: Sequence[PeerCitation], *, is_cut: bool) -> Iterator[Shown]:
    if citations:
        yield heading_block(say(SOURCES))
    for cited in citations:
        yield from source_blocks(cited.line or f"[{cited.number}] {cited.document}", cited.url)
    if is_cut:
        yield from context_blocks(say(SOURCES_CUT))
