"""`/network` and the pages of networks: what people see, and the forms that stewards open."""

from collections.abc import Sequence
from typing import Any

from slack_bolt import App

from assistant.domain.networks import Network, Topic
from assistant.language import say
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.managing_desk import Desk
from assistant.slack.networks.managing_elements import Held
from assistant.slack.networks.managing_handling import counter_of
from assistant.slack.networks.managing_rights import RefusedError
from assistant.slack.networks.managing_screens import Place, place_of_command
from assistant.slack.shown.blocks import Shown, context_blocks

LONGEST_TYPED = 200


class Managing(Part):
    """Lists networks, makes them, and lets their stewards look after them."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._counter = counter_of(laid)
        self._desk = Desk(self._counter)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        for action, work in {
            blocks.OPEN_ACTION: self.open,
            blocks.LIST_ACTION: self.open_list,
            blocks.CHANGE_ACTION: self.open_change,
            blocks.MEMBERS_ACTION: self.open_members,
            blocks.STEWARDS_ACTION: self.open_stewards,
            blocks.TOPICS_ACTION: self.open_topics,
            blocks.TOPIC_ACTION: self.open_topic,
            blocks.INVITE_ACTION: self.open_invite,
            blocks.REMOVE_ACTION: self.open_remove,
            blocks.CLOSE_ACTION: self.close,
        }.items():
            app.action(action)(self._counter.on_press(work))
        self._desk.register(app)

    def command(self, words: Sequence[str], body: dict[str, Any]) -> bool:
        """List networks, or open the form for a new one."""
        if not words or list(words) == ["list"]:
            self._counter.begin(place_of_command(body), self.say_list)
        elif list(words) == ["new"]:
            self._counter.begin(place_of_command(body), self.open_new)
        else:
            return False
        return True

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:  # noqa: ARG002
        """Show a person's networks, and what waits for them."""
        try:
            return blocks.home_shown(self._counter.shelf.listing(user, in_short=True))
        except RefusedError as error:
            is_unsure = str(error) != words.NO_SUCH
            return context_blocks(say(words.NOT_LOOKED_UP)) if is_unsure else ()

    def say_list(self, place: Place) -> None:
        """Say what networks somebody finds."""
        listing = self._counter.shelf.listing(place.user, in_short=False)
        self._counter.screens.say(place, blocks.list_messages(listing))

    def open_list(self, place: Place, _: str) -> None:
        """Open what networks somebody finds."""
        shelf = self._counter.shelf
        self._counter.in_modal(
            place, lambda: blocks.list_view(shelf.listing(place.user, in_short=True))
        )

    def open(self, place: Place, value: str) -> None:
        """Open a network's page for a member."""
        self._counter.show_page(place, value)

    def open_new(self, place: Place) -> None:
        """Open the form for a new network, for an administrator."""
        try:
            self._counter.rights.refuse_unless_administrator(place.user)
        except RefusedError as error:
            self._counter.changes.note_refusal(place.user, "new", str(error))
            raise
        self._counter.in_modal(
            place, lambda: forms.network_view(forms.Draft(), Held(), self._desk.choices(()))
        )

    def open_change(self, place: Place, value: str) -> None:
        """Open the form that changes a network."""

        def view(network: Network) -> dict[str, Any]:
            others = self._counter.rights.not_in(place.user, network.channels)
            draft = forms.draft_of(network, others)
            held = Held(network.id, network.changed_at)
            return forms.network_view(draft, held, self._desk.choices(others))

        self._counter.show_to_steward(place, value, view)

    def open_members(self, place: Place, value: str) -> None:
        """Open who asks, was invited and joined."""
        members = self._laid.networks.members
        self._counter.show_to_steward(place, value, lambda n: blocks.members_view(n, members(n.id)))

    def open_stewards(self, place: Place, value: str) -> None:
        """Open the form that names the stewards."""
        self._counter.show_to_steward(
            place, value, lambda n: people_forms.stewards_view(n, n.stewards)
        )

    def open_topics(self, place: Place, value: str) -> None:
        """Open who knows about what."""
        topics = self._laid.networks.topics
        self._counter.show_to_steward(place, value, lambda n: blocks.topics_view(n, topics(n.id)))

    def open_topic(self, place: Place, value: str) -> None:
        """Open the form of a topic, empty for a new one."""
        network_id, wanted = people_forms.topic_in_value(value)

        def view(network: Network) -> dict[str, Any]:
            topics = self._laid.networks.topics(network.id)
            topic = next((each for each in topics if each.name == wanted), None)
            if wanted and topic is None:
                return blocks.topics_view(network, topics, say(words.ANSWERED_ALREADY))
            shown = topic or Topic("", ())
            draft = people_forms.TopicDraft(shown.name, shown.people)
            return people_forms.topic_view(network, topic, draft)

        self._counter.show_to_steward(place, network_id, view)

    def open_invite(self, place: Place, value: str) -> None:
        """Open the form that invites people."""
        self._counter.show_to_steward(place, value, people_forms.invite_view)

    def open_remove(self, place: Place, value: str) -> None:
        """Open the form that takes people out."""
        self._counter.show_to_steward(place, value, people_forms.remove_view)

    def close(self, place: Place, value: str) -> None:
        """Close a network for good."""

        def view(network: Network) -> dict[str, Any]:
            is_closed = self._counter.changes.close(place.user, network)
            self._laid.wake()
            return blocks.done_view(None, say(words.CLOSED if is_closed else words.NOT_YOURS))

        self._counter.show_to_steward(place, value, view)


class NamedPages(Part):
    """`/network NAME`: the last of the parts, since it takes every word."""

    def __init__(self, laid: NetworkGround) -> None:
        self._counter = counter_of(laid)

    def command(self, words: Sequence[str], body: dict[str, Any]) -> bool:
        """Say what somebody may see of the network of that name."""
        typed = " ".join(words)[:LONGEST_TYPED]
        self._counter.begin(place_of_command(body), lambda place: self._say(place, typed))
        return True

    def _say(self, place: Place, typed: str) -> None:
        found = self._counter.shelf.named(place.user, typed)
        command = self._counter.laid.ground.settings.admin_command
        messages = (
            blocks.page_messages(found.own[0], command)
            if found.own
            else blocks.list_messages(found)
        )
        self._counter.screens.say(place, messages)
