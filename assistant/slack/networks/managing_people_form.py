"""The forms about a network's people: stewards, invitations, who is taken out, topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import skeleton
from assistant.domain.networks import Network, Topic
from assistant.language import say
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_elements import Held, form
from assistant.slack.networks.managing_form import MOST_STEWARDS
from assistant.slack.shown.blocks import Shown
from assistant.slack.shown.elements import button as button_of
from assistant.slack.shown.elements import buttons, field_block, people_element, text_element
from assistant.slack.shown.filled import FormState

STEWARDS_VIEW = "managing.stewards"
# For administrators, of whichever network.
NAMING_VIEW = "managing.stewards.named"
INVITE_VIEW = "managing.invite"
REMOVE_VIEW = "managing.remove"
TOPIC_VIEW = "managing.topic"
DROP_TOPIC_ACTION = "managing.topic.drop"

MOST_AT_ONCE = 20
MOST_JOINED = 1000
SHORTEST_TOPIC, LONGEST_TOPIC = 2, 60
MOST_TOPICS = 50
MOST_KNOW_IT = 20


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """What the form about a topic holds."""

    name: str
    people: tuple[str, ...]


def stewards_view(
    network: Network,
    stewards: Sequence[str],
    news: Sequence[Shown] = (),
    *,
    is_for_administrator: bool = False,
) -> dict[str, Any]:
    """Return the modal in which stewards are chosen; `news` stands above."""
    element = people_element(stewards[:MOST_STEWARDS], MOST_STEWARDS)
    field = field_block("people", say(words.STEWARDS), element, say(words.STEWARDS_HINT))
    held = Held(network.id, network.changed_at)
    blocks = [*(shown.block for shown in news), field]
    callback = NAMING_VIEW if is_for_administrator else STEWARDS_VIEW
    return form(callback, words.STEWARDS, words.SAVE, held, blocks)


def invite_view(network: Network) -> dict[str, Any]:
    """Return the modal in which people are invited."""
    element = people_element((), MOST_AT_ONCE)
    field = field_block("people", say(words.WHOM), element, say(words.INVITE_HINT))
    return form(INVITE_VIEW, words.INVITE, words.INVITE, Held(network.id), [field])


def remove_view(network: Network) -> dict[str, Any]:
    """Return the modal in which people are taken out."""
    element = people_element((), MOST_AT_ONCE)
    field = field_block("people", say(words.WHOM), element, say(words.REMOVE_HINT))
    return form(REMOVE_VIEW, words.REMOVE, words.REMOVE, Held(network.id), [field])


def topic_view(
    network: Network, topic: Topic | None, draft: TopicDraft, news: Sequence[Shown] = ()
) -> dict[str, Any]:
    """Return the modal for a topic, None for a new one; `news` stands above."""
    held = Held(network.id, None, topic.name if topic else "", topic.people if topic else ())
    blocks = [
        *(shown.block for shown in news),
        field_block("name", say(words.TOPIC), text_element(draft.name, LONGEST_TOPIC)),
        field_block(
            "people",
            say(words.KNOW_IT),
            people_element(draft.people[:MOST_KNOW_IT], MOST_KNOW_IT),
            say(words.TOPIC_HINT),
        ),
    ]
    if topic is not None:
        value = topic_value(network.id, topic.name)
        take_out = say(words.TAKE_OUT)
        blocks.append(
            buttons(button_of(take_out, take_out, DROP_TOPIC_ACTION, value, take_out)).block
        )
    title = words.ADD_TOPIC if topic is None else words.TOPIC
    return form(TOPIC_VIEW, title, words.SAVE, held, blocks)


def topic_value(network_id: str, topic: str) -> str:
    """Return what a button says of a topic; no id of a network has a blank in it."""
    return f"{network_id} {topic}"[:2000]


def topic_in_value(value: str) -> tuple[str, str]:
    """Return the network's id and the topic of a button."""
    network_id, _, topic = value.partition(" ")
    return network_id, topic


def people_in(view: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the people who were chosen in a form."""
    return FormState(view).people("people")


def topic_in(view: Mapping[str, Any]) -> TopicDraft:
    """Return the topic that a form holds."""
    return TopicDraft(FormState(view).line("name"), people_in(view))


def topic_mistakes(draft: TopicDraft, others: Sequence[Topic], *, is_new: bool) -> dict[str, str]:
    """Return a sentence for each field that cannot be taken; `others` are the other topics."""
    wrong = {
        words.TOPIC_LENGTH: ("name", not SHORTEST_TOPIC <= len(draft.name) <= LONGEST_TOPIC),
        words.TOPIC_TAKEN: (
            "name",
            skeleton(draft.name) in {skeleton(topic.name) for topic in others},
        ),
        words.TOPICS_COUNT: ("name", is_new and len(others) >= MOST_TOPICS),
        words.TOPIC_PEOPLE: ("people", not 1 <= len(draft.people) <= MOST_KNOW_IT),
    }
    found: dict[str, str] = {}
    for sentence, (field, is_wrong) in wrong.items():
        if is_wrong:
            found.setdefault(field, say(sentence))
    return found


def count_mistake(people: Sequence[str]) -> str | None:
    """Return why so many people cannot be chosen at a time, or None."""
    return None if 1 <= len(people) <= MOST_AT_ONCE else say(words.INVITE_COUNT)
