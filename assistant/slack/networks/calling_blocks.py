"""What people are told of calls to networks: pure functions.

Who asks without a name is in none of these messages, and in nothing that goes with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.language import listed, phrase, say, say_some
from assistant.slack.networks.calling_reach import First, Wider
from assistant.slack.shown.blocks import (
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    inert,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.elements import button, buttons
from assistant.store.networks.calls import Call, PostKind, Stage

CONSENT_ACTION = "networks.consent"
DECLINE_ACTION = "networks.decline_consent"
HELPED_ACTION = "networks.helped"
CLOSE_ACTION = "networks.close_call"
AGAIN_ACTION = "networks.call_again"
TAKE_BACK_ACTION = "networks.take_call_back"

# A reply is passed on whole, unless it is longer than one message holds.
LONGEST_PASSED = 6000
LONGEST_REMINDER = 300
MOST_TOPICS = 5

A_MEMBER_ASKS = phrase("A member of {network} asks:")
NAMED_ASKS = phrase("{name} asks {network}:")
NAMED_OF_ASKS = phrase("{name}, {organisation}, asks {network}:")
MEMBER_OF_ASKS = phrase("A member of {network}, {organisation}, asks:")
FOR_YOU = phrase(
    "This came to you because you know about {topics}. Please reply in the thread of this message; "
    "I pass your reply on to who asked, and ask you before anything is kept."
)
FOR_MEMBERS = phrase(
    "Please reply in the thread of this message; I pass your reply on to who asked, and ask you "
    "before anything is kept."
)
ASKED = phrase(
    "I have put your question to {people} of {network}. Replies come to you here; if nobody "
    "replies within {hours}, it goes to everybody."
)
AT_ONCE = phrase(
    "Nobody in {network} is known for this subject and can be reached, so your question went to "
    "everybody there at once. Replies come to you here."
)
BACK = phrase(
    "Nobody has replied to your question to {network}. It went as wide as I may take it; you can "
    "ask again, perhaps in other words."
)
BACK_UNREACHED = phrase(
    "I could reach nobody in {network} with your question, so nobody has seen it. You can ask "
    "again later."
)
BACK_NOT_YOURS = phrase(
    "Your question goes no further: the network that you asked is closed, or you are no longer in "
    "it."
)
YOUR_QUESTION = phrase("Your question")
THE_QUESTION = phrase("The question")
REPLIED = phrase("{name} replied to your question to {network}:")
REPLIED_OF = phrase("{name}, {organisation}, replied to your question to {network}:")
FILE = phrase("{name} replied to your question to {network} with a file and no words.")
OPEN_THREAD = phrase("Open the thread")
FILE_UNSEEN = phrase(
    "I pass on words and no files: ask {name} for it, or wait whether they write what it says."
)
UNSAID = phrase("This reply to your question was deleted by who wrote it.")
HAS_IT = phrase("Who asked has what they need. Thank you.")
GONE = phrase("The question that stood here was taken back.")
YOU_HAVE_IT = phrase("You have what you need, so your question to {network} goes to nobody else.")
YOU_TOOK_IT_BACK = phrase(
    "Your question was taken back. It goes to nobody, and where I had posted it, its words are "
    "gone."
)
THANKS = phrase("Thank you for replying. Your words went to who asked.")
THANKS_CLOSED = phrase("Thank you for replying. Who asked has what they need already.")
THANKS_UNREAD = phrase(
    "Thank you for replying. Your words did not go to who asked: I cannot reach them any more."
)
THANKS_FILE = phrase(
    "Thank you for replying. I pass on words and no files: who asked knows that you sent one. "
    "Please write here what it says; then I pass that on."
)
MAY_REUSE = phrase(
    "May the assistant reuse this? If you say yes, you see the words first and can change them. "
    "Without your yes nothing of it is kept."
)
HELPED = phrase("Your reply to a question in {network} helped who asked. Thank you.")
VERIFIED = phrase(
    "A reply to a question that you put to {network} was verified by a steward. Who asks the same "
    "again there is offered it."
)
YES = phrase("Yes, show me the words")
NO = phrase("No, keep nothing")
THIS_HELPED = phrase("This helped")
I_HAVE_IT = phrase("I have what I need")
ASK_AGAIN = phrase("Ask again")
TAKE_BACK = phrase("Take my question back")
TAKE_BACK_SURE = phrase(
    "Its words are removed wherever I posted them, and it goes to nobody else. A reply that its "
    "author lets me keep stays, with the question above it."
)


@dataclass(frozen=True, slots=True)
class Passed:
    """A reply as it is passed on: who wrote it, their organisation if known, and the words.

    Where it has none, `link` leads to it if the asker may open it.
    """

    name: str
    organisation: str
    words: str
    link: str | None = None


def call_messages(call: Call, network: str, topics: Sequence[str] = ()) -> tuple[Message, ...]:
    """Return the message that puts a question to a network, with `topics` to those who know them.

    `network` is its name.
    """
    note = say(FOR_MEMBERS)
    if topics:
        note = say(FOR_YOU, topics=listed(_shortened(topics)))
    shown = [
        *text_blocks(_who_asks(call, network)),
        *text_blocks(call.question),
        *context_blocks(note),
    ]
    return messages_of(shown)[:1]


def preview_blocks(call: Call, network: str, first: First, wider: Wider) -> Sequence[Shown]:
    """Show what will go, and to whom, before it does; `network` is its name."""
    shown = [heading_block(say("This is what they will see"))]
    shown += [*text_blocks(_who_asks(call, network)), *text_blocks(call.question)]
    shown.append(heading_block(say("Who will see it")))
    if first.people:
        text = say_some(
            "It goes first to the one person who knows about {topics}:",
            "It goes first to the {count} people who know about {topics}:",
            len(first.people),
            topics=listed(_shortened(first.topics)),
        )
        shown.append(_with_elements(text, [_user(user) for user in first.people]))
        then = say_some(
            "If nobody replies within {count} hour, it goes to everybody:",
            "If nobody replies within {count} hours, it goes to everybody:",
            call.wait_hours,
        )
    else:
        then = say("Nobody is known for this subject, so it goes to everybody at once:")
    if wider.channels:
        shown.append(_with_elements(then, [_channel(each) for each in wider.channels]))
    elif wider.people:
        number = say_some("{count} member", "{count} members", len(wider.people))
        shown.extend(text_blocks(f"{then} {number}"))
    else:
        shown.extend(text_blocks(say("There is nobody else to ask; it then comes back to you.")))
    return shown


def asked_messages(call: Call, network: str, people: int, *, at_once: bool) -> tuple[Message, ...]:
    """Return what the asker is told when it has gone out; `people` is how many were asked first."""
    number = say_some("{count} person", "{count} people", people)
    hours = say_some("{count} hour", "{count} hours", call.wait_hours)
    words = say(AT_ONCE, network=inert(network))
    if not at_once:
        words = say(ASKED, network=inert(network), people=number, hours=hours)
    close = _button(I_HAVE_IT, CLOSE_ACTION, call.id)
    row = buttons(close, _take_back(call))
    return messages_of([*text_blocks(words), *_asked_before(call), row])[:1]


def ended_messages(call: Call, network: str) -> tuple[Message, ...]:
    """Return what stands in the place of a question that is over, for those who were asked."""
    if call.has_no_words:
        return messages_of(list(text_blocks(say(GONE))))
    shown = [*text_blocks(_who_asks(call, network)), *text_blocks(call.question)]
    return messages_of([*shown, *context_blocks(say(HAS_IT))])[:1]


def over_messages(call: Call, network: str) -> tuple[Message, ...]:
    """Return what its asker then reads in the place of what they were told."""
    if call.has_no_words:
        return messages_of(list(text_blocks(say(YOU_TOOK_IT_BACK))))
    words = text_blocks(say(YOU_HAVE_IT, network=inert(network)))
    return messages_of([*words, *_asked_before(call), buttons(_take_back(call))])[:1]


def back_messages(call: Call, network: str | None, *, is_seen: bool) -> tuple[Message, ...]:
    """Return the plain word with which a call comes back; `network` is None where it is not said.

    `is_seen` says whether anybody was reached.
    """
    words = say(BACK_NOT_YOURS)
    if network is not None:
        words = say(BACK if is_seen else BACK_UNREACHED, network=inert(network))
    row = buttons(_button(ASK_AGAIN, AGAIN_ACTION, call.id), _take_back(call))
    return messages_of([*text_blocks(words), *_asked_before(call), row])[:1]


def reply_messages(call: Call, network: str, passed: Passed, reply_id: int) -> tuple[Message, ...]:
    """Return the message that passes a reply on to the asker."""
    named = say(REPLIED, name=inert(passed.name), network=inert(network))
    if not passed.words:
        named = say(FILE, name=inert(passed.name), network=inert(network))
    elif passed.organisation:
        named = say(
            REPLIED_OF,
            name=inert(passed.name),
            organisation=inert(passed.organisation),
            network=inert(network),
        )
    ending = [_button(I_HAVE_IT, CLOSE_ACTION, call.id)] * (call.closed_at is None)
    shown = [
        *text_blocks(named),
        *(text_blocks(passed.words[:LONGEST_PASSED]) if passed.words else _instead(passed)),
        *_asked_before(call),
        buttons(_button(THIS_HELPED, HELPED_ACTION, reply_id), *ending),
    ]
    return messages_of(shown)[:1]


def unsaid_messages() -> tuple[Message, ...]:
    """Return what stands in the place of a reply that was deleted."""
    return messages_of(list(text_blocks(say(UNSAID))))


def file_messages() -> tuple[Message, ...]:
    """Return what who replied with a file alone is told."""
    return messages_of(list(text_blocks(say(THANKS_FILE))))


def consent_messages(reply_id: int, *, is_closed: bool, is_passed_on: bool) -> tuple[Message, ...]:
    """Return the message that asks who replied whether their words may be kept."""
    thanks = say(THANKS if is_passed_on else THANKS_CLOSED if is_closed else THANKS_UNREAD)
    row = buttons(_button(YES, CONSENT_ACTION, reply_id), _button(NO, DECLINE_ACTION, reply_id))
    return messages_of([*text_blocks(thanks), *text_blocks(say(MAY_REUSE)), row])


def told_messages(kind: PostKind, call: Call, network: str) -> tuple[Message, ...]:
    """Return what who replied, or the asker, is told of what came of a reply."""
    is_askers = kind is PostKind.VERIFIED
    words = say(VERIFIED if is_askers else HELPED, network=inert(network))
    label = YOUR_QUESTION if is_askers else THE_QUESTION
    return messages_of([*text_blocks(words), *_asked_before(call, label)])[:1]


def stage_words(stage: Stage, reached: int) -> str:
    """Return for the audit log, in English, where a call went."""
    where = {
        Stage.FIRST: f"went first to {reached}",
        Stage.WIDER: f"went to everybody: {reached}",
        Stage.BACK: "went back to who asked",
    }
    return where.get(stage, "asked")


def _who_asks(call: Call, network: str) -> str:
    held = {"network": inert(network)}
    if call.name is not None:
        held["name"] = inert(call.name)
    if call.organisation:
        held["organisation"] = inert(call.organisation)
        return say(NAMED_OF_ASKS if call.name is not None else MEMBER_OF_ASKS, **held)
    return say(NAMED_ASKS if call.name is not None else A_MEMBER_ASKS, **held)


def _instead(passed: Passed) -> Sequence[Shown]:
    if passed.link is None:
        return list(text_blocks(say(FILE_UNSEEN, name=inert(passed.name))))
    return [_with_elements("", [{"type": "link", "url": passed.link, "text": say(OPEN_THREAD)}])]


def _asked_before(call: Call, label: str = YOUR_QUESTION) -> Sequence[Shown]:
    if call.has_no_words:
        return ()
    is_whole = len(call.question) <= LONGEST_REMINDER
    cut = call.question if is_whole else f"{call.question[: LONGEST_REMINDER - 1]}\u2026"
    return context_blocks(f"{say(label)}: {cut}")


def _shortened(topics: Sequence[str]) -> Sequence[str]:
    return [inert(topic[:80]) for topic in topics[:MOST_TOPICS]]


def _with_elements(words: str, elements: Sequence[JsonBlock]) -> Shown:
    parts: list[JsonBlock] = [{"type": "text", "text": f"{words} "}] * bool(words)
    for number, element in enumerate(elements):
        parts += [{"type": "text", "text": ", "}] * bool(number) + [element]
    section = {"type": "rich_text_section", "elements": parts}
    return Shown({"type": "rich_text", "elements": [section]}, words)


def _user(user: str) -> JsonBlock:
    return {"type": "user", "user_id": user}


def _channel(channel: str) -> JsonBlock:
    return {"type": "channel", "channel_id": channel}


def _take_back(call: Call) -> JsonBlock:
    words, sure = say(TAKE_BACK), say(TAKE_BACK_SURE)
    return button(words, words, TAKE_BACK_ACTION, str(call.id), sure)


def _button(words: str, action: str, number: int) -> JsonBlock:
    return button(say(words), say(words), action, str(number))
