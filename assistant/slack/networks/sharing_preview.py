"""What a sharer is shown before anything is shared: the message, and who will see it.

The preview holds the form too: what is changed there is shown again before it is shared.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.domain.networks import Network, PeerAnswer
from assistant.language import listed, phrase, say, say_some
from assistant.network.personal_data import PersonalData
from assistant.slack.networks.sharing_blocks import answer_shown
from assistant.slack.networks.sharing_form import (
    Filled,
    Held,
    blocks_of,
    personal_blocks,
    share_fields,
    share_modal,
)
from assistant.slack.shown.blocks import (
    JsonBlock,
    Shown,
    context_blocks,
    heading_block,
    text_blocks,
)
from assistant.slack.shown.filled import CHANNEL, GROUP
from assistant.slack.shown.lines import name

MOST_PLACES = 20
MOST_ANSWER_BLOCKS = 70
# Slack takes views of up to 250,000 bytes.
MOST_BYTES = 230_000

PREVIEW_TITLE = phrase("What others will see")
SHARE = phrase("Share it")
CHANGE_HERE = phrase("Change it here, if you like; you are shown it again then")
WHO_SEES = phrase("Who will see it")
PEOPLE = phrase("{people} belong to this network now; whoever joins later sees it too.")
ALONE = phrase("You are the only one in this network now; whoever joins later sees it too.")
PEOPLE_UNKNOWN = phrase("They are too many to count, or Slack does not tell who all of them are.")
PLACES = phrase("They come from:")
BY_HAND = phrase("people who joined or were invited")
GUESTS = phrase("Guests among them: {count}.")
OUTSIDERS = phrase("People of other organisations among them: {count}.")
OPENED_FOR = phrase("A channel of the network is shared with {whom}.")
POSTED_IN = phrase("It is posted in this channel:")
POSTED_NOWHERE = phrase("It is posted in no channel; members find it on the Home tab.")
CUT = phrase("It is longer than a form can show. The rest is the answer's, as you have it.")
CHANGED = phrase("Something has changed since you were shown it; please look again.")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who would see it: `count` is None when not all are known.

    `post_in` is the channel in which it is posted, empty where there is none; `opened_for` names
    with whom channels of the network are shared.
    """

    count: int | None = None
    guests: int = 0
    outsiders: int = 0
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    have_joined: bool = False
    opened_for: tuple[str, ...] = ()
    post_in: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown before it is shared."""

    answer: PeerAnswer
    network: Network
    readers: Readers
    personal: tuple[PersonalData, ...] = ()

    @property
    def digest(self) -> str:
        """Return what changes when anything does that others would see, or who they are."""
        words = (
            self.answer.question,
            self.answer.answer,
            self.answer.note,
            self.answer.by.name,
            self.answer.by.organisation,
            self.network.id,
            self.network.name,
            [asdict(cited) for cited in self.answer.citations],
            asdict(self.readers),
        )
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def preview_view(
    preview: Preview,
    networks: Sequence[Network],
    filled: Filled,
    sentence: str = "",
) -> dict[str, Any]:
    """Return the second view: exactly what others see, who they are, and what stands out."""
    held = Held(preview.answer.inbox_id or 0, preview.digest)
    above = blocks_of(text_blocks(sentence))
    below = [
        *blocks_of([heading_block(say(WHO_SEES)), *readers_shown(preview.readers)]),
        *personal_blocks(preview.personal),
        *blocks_of([heading_block(say(CHANGE_HERE))]),
        *share_fields(networks, filled),
    ]
    shown = answer_shown(preview.answer, preview.network, None)[:MOST_ANSWER_BLOCKS]
    fitting = blocks_of(_fitting(shown, MOST_BYTES - len(json.dumps([above, below]))))
    return share_modal(PREVIEW_TITLE, SHARE, held, [*above, *fitting, *below])


def _fitting(shown: Sequence[Shown], most: int) -> Sequence[Shown]:
    """Return the first of some blocks, as many as stay within so many bytes."""
    size = 0
    for number, each in enumerate(shown):
        size += len(json.dumps(each.block)) + 2
        if size > most:
            return [*shown[:number], *context_blocks(say(CUT))]
    return shown


def readers_shown(readers: Readers) -> Sequence[Shown]:
    """Show how many would see it, where they come from, and who of them is from elsewhere."""
    if readers.count is None:
        opening = say(PEOPLE_UNKNOWN)
    elif readers.count == 1:
        opening = say(ALONE)
    else:
        people = say_some("{count} person", "{count:,} people", readers.count)
        opening = say(PEOPLE, people=people)
    lines = [opening]
    lines += [say(GUESTS, count=readers.guests)] if readers.guests else []
    lines += [say(OUTSIDERS, count=readers.outsiders)] if readers.outsiders else []
    if readers.opened_for:
        lines.append(say(OPENED_FOR, whom=listed([name(each) for each in readers.opened_for])))
    shown = list(text_blocks("\n".join(lines)))
    if readers.channels or readers.groups or readers.have_joined:
        shown.append(_places(readers))
    if CHANNEL.fullmatch(readers.post_in):
        return [*shown, _line(say(POSTED_IN), [_channel(readers.post_in)])]
    return [*shown, *text_blocks(say(POSTED_NOWHERE))]


def _places(readers: Readers) -> Shown:
    elements = [_channel(c) for c in readers.channels[:MOST_PLACES] if CHANNEL.fullmatch(c)]
    groups = [each for each in readers.groups[:MOST_PLACES] if GROUP.fullmatch(each)]
    elements += [({"type": "usergroup", "usergroup_id": each}, each) for each in groups]
    if readers.have_joined:
        words = say(BY_HAND)
        elements.append(({"type": "text", "text": words}, words))
    return _line(say(PLACES), elements)


def _channel(channel: str) -> tuple[JsonBlock, str]:
    return {"type": "channel", "channel_id": channel}, channel


def _line(words: str, elements: Sequence[tuple[JsonBlock, str]]) -> Shown:
    parts: list[JsonBlock] = [{"type": "text", "text": words}]
    for number, (element, _) in enumerate(elements):
        parts += [{"type": "text", "text": ", " if number else " "}, element]
    section = {"type": "rich_text_section", "elements": parts}
    seen = ", ".join(each for _, each in elements)
    return Shown({"type": "rich_text", "elements": [section]}, f"{words} {seen}")
