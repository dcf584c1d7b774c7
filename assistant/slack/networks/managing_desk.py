"""Where forms about networks arrive: checked and carried out before Slack is told, within seconds.

Each answer says at a field what is wrong, or shows what was done in the place of the form.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import App

from assistant.domain.networks import Network, Openness, Topic
from assistant.language import say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.in_time import FormAnswer
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_blocks import changed_shown, done_view, topics_view
from assistant.slack.networks.managing_changes import drafted
from assistant.slack.networks.managing_elements import Held, held_in
from assistant.slack.networks.managing_handling import (
    Counter,
    Payload,
    errors,
    shown_next,
)
from assistant.slack.networks.managing_rights import RefusedError
from assistant.slack.networks.managing_screens import Place
from assistant.slack.shown.blocks import text_blocks

GROUPS_KEPT_SECONDS = 300.0
MOST_TRIES = 5

_log = structlog.get_logger()


class Desk:
    """Takes the forms with which networks are made and looked after."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._laid = counter.laid
        self._rights, self._changes = counter.rights, counter.changes
        self._groups: tuple[float, tuple[forms.UserGroup, ...] | None] = (float("-inf"), None)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        for view, field, work in (
            (forms.CREATE_VIEW, "name", self.create),
            (forms.CHANGE_VIEW, "name", self.change),
            (people_forms.STEWARDS_VIEW, "people", self.name_stewards),
            (people_forms.TOPIC_VIEW, "name", self.put_topic),
        ):
            app.view(view)(self._counter.on_form(field, work))
        app.action(people_forms.DROP_TOPIC_ACTION)(self._counter.on_press(self.drop_topic))

    def choices(self, others: Sequence[str]) -> forms.Choices:
        """Return what the form about a network offers; `others` are channels of others."""
        command = self._laid.ground.settings.admin_command
        return forms.Choices(command, self._listed_groups(), tuple(others))

    def create(self, user: str, view: Payload) -> FormAnswer:
        """Make a network, for an administrator."""
        try:
            self._rights.refuse_unless_administrator(user)
        except RefusedError as error:
            self._changes.note_refusal(user, "new", str(error))
            raise
        draft = forms.draft_in(view)
        wrong = forms.mistakes(draft, self._names(), is_new=True)
        wrong |= {} if wrong else self._unfit(user, draft, ())
        if wrong:
            return errors(wrong)
        if not self._rights.are_full_members(draft.stewards):
            return errors({"stewards": say(words.STEWARDS_WRONG)})
        network = self._changes.create(user, draft)
        self._laid.wake()
        told = say(words.CREATED, name=network.name, audience=network.audience)
        return shown_next(done_view(network if user in network.stewards else None, told))

    def change(self, user: str, view: Payload) -> FormAnswer:
        """Change a network, for a steward; what was typed stays when somebody was faster."""
        held = held_in(view)
        network = self._counter.stewarded(user, held.network)
        draft = forms.draft_in(view)
        wrong = forms.mistakes(draft, self._names_for(user, network), is_new=False)
        wrong |= {} if wrong else self._unfit(user, draft, network.channels)
        if wrong:
            return errors(wrong)
        after = drafted(network, draft)
        if network.changed_at == held.seen and after == network:
            return shown_next(done_view(network, say(words.NOTHING_CHANGED)))
        if self._changes.change(user, network, after, held.seen):
            return shown_next(done_view(after, say(words.CHANGED)))
        now = self._counter.stewarded(user, held.network)
        others = self._rights.not_in(user, now.channels)
        news = [*text_blocks(say(words.CHANGED_MEANWHILE)), *changed_shown(now)]
        seen = replace(held, seen=now.changed_at)
        return shown_next(forms.network_view(draft, seen, self.choices(others), news))

    def name_stewards(self, user: str, view: Payload) -> FormAnswer:
        """Name who looks after a network, for a steward."""
        held, people = held_in(view), people_forms.people_in(view)
        network = self._counter.stewarded(user, held.network)
        if not forms.is_count_of_stewards(people):
            return errors({"people": say(words.STEWARDS_COUNT)})
        added = [each for each in people if each not in network.stewards]
        if not self._rights.are_full_members(added):
            return errors({"people": say(words.STEWARDS_WRONG)})
        if network.changed_at == held.seen and people == network.stewards:
            return shown_next(done_view(network, say(words.NOTHING_CHANGED)))
        if self._changes.change(user, network, replace(network, stewards=people), held.seen):
            self._laid.wake()
            is_one = user in people
            return shown_next(done_view(network if is_one else None, say(words.CHANGED)))
        now = self._counter.stewarded(user, held.network)
        news = [*text_blocks(say(words.CHANGED_MEANWHILE)), *changed_shown(now)]
        return shown_next(people_forms.stewards_view(now, people, news))

    def put_topic(self, user: str, view: Payload) -> FormAnswer:
        """Add a topic or change one, for a steward."""
        held, draft = held_in(view), people_forms.topic_in(view)
        network = self._counter.stewarded(user, held.network)
        topics = self._laid.networks.topics(network.id)
        wrong = self._wrong_topic(network, held, draft, topics)
        if wrong:
            return errors(wrong)
        after = self._with_topic(user, network, held, draft)
        if after is not None:
            return shown_next(topics_view(network, after, say(words.CHANGED)))
        there = _topic_of(held, self._laid.networks.topics(network.id))
        news = list(text_blocks(say(words.TOPICS_CHANGED)))
        return shown_next(people_forms.topic_view(network, there, draft, news))

    def drop_topic(self, place: Place, value: str) -> None:
        """Take a topic out, for a steward."""
        network_id, wanted = people_forms.topic_in_value(value)

        def view(network: Network) -> Mapping[str, Any]:
            after, is_there = self._without_topic(place.user, network, wanted)
            told = words.CHANGED if is_there else words.ANSWERED_ALREADY
            return topics_view(network, after, say(told))

        self._counter.show_to_steward(place, network_id, view)

    def _with_topic(
        self, user: str, network: Network, held: Held, draft: people_forms.TopicDraft
    ) -> Sequence[Topic] | None:
        """Keep a topic and return all; None when somebody changed this one meanwhile."""
        topic = Topic(draft.name, draft.people)
        for _ in range(MOST_TRIES):
            topics = self._laid.networks.topics(network.id)
            there = _topic_of(held, topics)
            others = [each for each in topics if each is not there]
            is_as_seen = bool(held.about) == bool(there) and (
                there is None or there.people == held.was
            )
            if not is_as_seen or people_forms.topic_mistakes(draft, others, is_new=there is None):
                return None
            after = [topic if each is there else each for each in topics]
            after += [] if there else [topic]
            if self._changes.put_topics(user, network, topics, after):
                return after
        raise RefusedError(words.NOT_KEPT)

    def _without_topic(
        self, user: str, network: Network, wanted: str
    ) -> tuple[Sequence[Topic], bool]:
        """Take a topic out; return what is left, and whether it was there."""
        for _ in range(MOST_TRIES):
            topics = self._laid.networks.topics(network.id)
            after = [each for each in topics if each.name != wanted]
            if len(after) == len(topics):
                return topics, False
            if self._changes.put_topics(user, network, topics, after):
                return after, True
        raise RefusedError(words.NOT_KEPT)

    def _names(self) -> list[str]:
        return [each.name for each in self._laid.networks.all(self._laid.ground.identity.team)]

    def _names_for(self, user: str, own: Network) -> list[str]:
        """Return the names of others of which a steward may know.

        By any other, a name that is taken would tell that there is a private network.
        """
        known = {member.network for member in self._laid.networks.joined(user)}
        others = self._laid.networks.all(self._laid.ground.identity.team)
        known |= {n.id for n in others if n.openness is not Openness.PRIVATE or user in n.stewards}
        return [each.name for each in others if each.id in known - {own.id}]

    def _unfit(self, user: str, draft: forms.Draft, before: Sequence[str]) -> dict[str, str]:
        """Return what Slack says against a draft; `before` are channels that are there already."""
        found = {}
        new = [each for each in draft.all_channels if each not in before]
        if not self._rights.are_with_both(user, new):
            found["channels"] = say(words.CHANNEL_NOT_BOTH)
        if not self._rights.are_told(draft.groups):
            found["groups"] = say(words.GROUP_UNKNOWN)
        return found

    def _wrong_topic(
        self,
        network: Network,
        held: Held,
        draft: people_forms.TopicDraft,
        topics: Sequence[Topic],
    ) -> dict[str, str]:
        """Return what is wrong with a topic; who knows about one is a member of the network."""
        there = _topic_of(held, topics)
        others = [each for each in topics if each is not there]
        wrong = people_forms.topic_mistakes(draft, others, is_new=there is None)
        known = there.people if there is not None else ()
        new = [each for each in draft.people if each not in known]
        if wrong or self._rights.are_members(new, network):
            return wrong
        return {"people": say(words.TOPIC_PEOPLE_WRONG)}

    def _listed_groups(self) -> tuple[forms.UserGroup, ...] | None:
        """Return the workspace's user groups, None when Slack does not say."""
        at, known = self._groups
        if known is not None and time.monotonic() - at < GROUPS_KEPT_SECONDS:
            return known
        try:
            answer = called(self._laid.ground.clients.courtesy.usergroups_list)
        except SlackCallError as error:
            _log.warning("user_groups_not_listed", code=error.code)
            return None
        found = tuple(
            forms.UserGroup(str(each["id"]), str(each.get("name") or each["id"]))
            for each in answer.get("usergroups") or ()
        )
        self._groups = (time.monotonic(), found)
        return found


def _topic_of(held: Held, topics: Sequence[Topic]) -> Topic | None:
    return next((each for each in topics if held.about and each.name == held.about), None)
