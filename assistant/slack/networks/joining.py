"""Joining a network, asking to, being invited, leaving and being taken out."""

from dataclasses import replace
from datetime import UTC, datetime

from slack_bolt import App

from assistant.domain.networks import Member, MemberState, Network, Openness
from assistant.domain.releases import Action, AuditEntry
from assistant.language import say
from assistant.slack.api.in_time import FormAnswer
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.joining_blocks import Answer, Answered, answered_message
from assistant.slack.networks.joining_telling import Tellings
from assistant.slack.networks.managing_changes import entry_of
from assistant.slack.networks.managing_elements import held_in
from assistant.slack.networks.managing_handling import (
    Payload,
    counter_of,
    errors,
    shown_next,
)
from assistant.slack.networks.managing_rights import (
    RefusedError,
    is_of_the_workspace,
    may_join,
)
from assistant.slack.networks.managing_screens import Place
from assistant.slack.rights.readers import Standing
from assistant.slack.shown.blocks import inert, sentence_messages
from assistant.slack.shown.lines import name

MOST_TRIES = 3


class Joining(Part):
    """Takes people into networks and out of them, and has told who is concerned."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._networks = laid.networks
        self._counter = counter_of(laid)
        self._tellings = Tellings(laid)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        for action, work in {
            blocks.JOIN_ACTION: self.join,
            blocks.DECLINE_ACTION: self.decline_invitation,
            blocks.LEAVE_ACTION: self.leave,
            blocks.TAKE_BACK_ACTION: self.take_back_request,
            blocks.ACCEPT_REQUEST_ACTION: self.accept_request,
            blocks.DECLINE_REQUEST_ACTION: self.decline_request,
        }.items():
            app.action(action)(self._counter.on_press(work))
        app.view(people_forms.INVITE_VIEW)(self._counter.on_form("people", self.invite))
        app.view(people_forms.REMOVE_VIEW)(self._counter.on_form("people", self.remove))

    def go_round(self) -> None:
        """Tell whom Slack did not let be told before."""
        self._tellings.go_round()

    def join(self, place: Place, value: str) -> None:
        """Take somebody in who was invited or may join, or write down that they ask."""
        network, row = self._joinable(place.user, value)
        is_in_at_once = _is(row, MemberState.INVITED) or network.openness is Openness.OPEN
        if len(self._networks.members(network.id)) >= people_forms.MOST_JOINED and row is None:
            raise RefusedError(words.TOO_MANY_MEMBERS)
        state = MemberState.MEMBER if is_in_at_once else MemberState.REQUESTED
        member = Member(network.id, place.user, state, place.user, datetime.now(UTC))
        outcome = "joined" if is_in_at_once else "asked to join"
        if not self._networks.put_member(member, self._entry(place.user, member, outcome)):
            there = self._networks.member(network.id, place.user)
            if there is None:
                raise RefusedError(words.NO_SUCH)
            is_member = there.state is MemberState.MEMBER
            self._answer(place, network, words.MEMBER_ALREADY if is_member else words.ASKED_ALREADY)
            return
        self._answer(place, network, words.JOINED if is_in_at_once else words.ASKED)
        if not is_in_at_once:
            self._tellings.of_request(network, member)
        elif _is(row, MemberState.REQUESTED) and row is not None:
            self._tellings.of_answer(network, row, Answered(Answer.GONE))

    def decline_invitation(self, place: Place, value: str) -> None:
        """Take an invitation back for who was invited."""
        network = self._counter.rights.open_network(value)
        self._counter.rights.standing(place.user)
        row = self._networks.member(value, place.user)
        if network is None or row is None:
            raise RefusedError(words.NOT_INVITED)
        entry = self._entry(place.user, row, "declined the invitation")
        invited = MemberState.INVITED
        if not self._networks.drop_member(network.id, place.user, entry, only_from=invited):
            raise RefusedError(words.NOT_INVITED)
        self._answer(place, network, words.DECLINED)

    def take_back_request(self, place: Place, value: str) -> None:
        """Take a request to join back for who asked, and out of the stewards' messages."""
        network = self._counter.rights.open_network(value)
        row = self._networks.member(value, place.user)
        if network is None or row is None:
            raise RefusedError(words.NOT_ASKED)
        entry = self._entry(place.user, row, "took back the request")
        requested = MemberState.REQUESTED
        if not self._networks.drop_member(network.id, place.user, entry, only_from=requested):
            raise RefusedError(words.NOT_ASKED)
        self._answer(place, network, words.REQUEST_TAKEN_BACK)
        self._tellings.of_answer(network, row, Answered(Answer.GONE))

    def leave(self, place: Place, value: str) -> None:
        """Let somebody leave, as far as they belong by themselves."""
        network = self._counter.rights.belonging(place.user, value)
        has_left = self._leave_stewards(place.user, network)
        row = self._networks.member(network.id, place.user)
        if row is not None:
            entry = self._entry(place.user, row, "left")
            has_left = self._networks.drop_member(network.id, place.user, entry) or has_left
        if not has_left:
            self._answer(place, network, words.BELONG_BY_PLACE)
            return
        belongs = self._laid.memberships.is_member(place.user, network)
        self._answer(place, network, words.LEFT_BUT_BELONG if belongs else words.LEFT)

    def accept_request(self, place: Place, value: str) -> None:
        """Take in who asks to join, for a steward."""
        network_id, _, user = value.partition(" ")
        network = self._counter.stewarded(place.user, network_id)
        if self._counter.rights.standing(user) is not Standing.FULL:
            self._end_request(place, network, user, Answer.GONE)
            return
        row = self._networks.member(network.id, user)
        member = Member(network.id, user, MemberState.MEMBER, place.user, datetime.now(UTC))
        entry = self._entry(place.user, member, "accepted")
        from_request = MemberState.REQUESTED
        is_in = self._networks.put_member(member, entry, only_from=from_request)
        if row is None or not is_in:
            self._say_too_late(place, network, user)
            return
        self._answered(place, network, row, Answer.ACCEPTED)

    def decline_request(self, place: Place, value: str) -> None:
        """Decline who asks to join, for a steward."""
        network_id, _, user = value.partition(" ")
        network = self._counter.stewarded(place.user, network_id)
        self._end_request(place, network, user, Answer.DECLINED)

    def invite(self, user: str, view: Payload) -> FormAnswer:
        """Invite people, for a steward; who asks to join already is taken in."""
        network = self._counter.stewarded(user, held_in(view).network)
        people = people_forms.people_in(view)
        rows = {each: self._networks.member(network.id, each) for each in people}
        known = [row for row in rows.values() if row and row.state is not MemberState.REQUESTED]
        wrong = people_forms.count_mistake(people)
        if wrong is None and (known or set(people) & set(network.stewards)):
            wrong = say(words.INVITE_KNOWN)
        total = len(self._networks.members(network.id)) + len(people)
        if wrong is None and total > people_forms.MOST_JOINED:
            wrong = say(words.TOO_MANY_MEMBERS)
        if wrong is None and not self._counter.rights.are_of_the_workspace(people):
            wrong = say(words.INVITE_WRONG)
        if wrong is not None:
            return errors({"people": wrong})
        for each in people:
            self._invite(user, network, each)
        return shown_next(blocks.done_view(network, say(words.INVITED)))

    def remove(self, user: str, view: Payload) -> FormAnswer:
        """Take out people who joined or were invited, for a steward."""
        network = self._counter.stewarded(user, held_in(view).network)
        people = people_forms.people_in(view)
        rows = [self._networks.member(network.id, each) for each in people]
        gone = [row for row in rows if row and row.state is not MemberState.REQUESTED]
        wrong = people_forms.count_mistake(people)
        if wrong is None and (len(gone) < len(people) or set(people) & set(network.stewards)):
            wrong = say(words.REMOVE_WRONG)
        if wrong is not None:
            return errors({"people": wrong})
        for row in gone:
            self._networks.drop_member(network.id, row.user, self._entry(user, row, "taken out"))
            # Slack shows a Home tab as it was last made until it is made anew.
            self._laid.show_home(row.user)
        return shown_next(blocks.done_view(network, say(words.TOOK_OUT)))

    def _joinable(self, user: str, network_id: str) -> tuple[Network, Member | None]:
        """Return a network that somebody may join or ask to, and where they are on the way.

        Raises RefusedError, with the same words for what is not there and what is not for them.
        """
        network = self._counter.rights.open_network(network_id)
        standing = self._counter.rights.standing(user)
        if network is None or not is_of_the_workspace(standing):
            raise RefusedError(words.NO_SUCH)
        row = self._networks.member(network.id, user)
        is_invited = _is(row, MemberState.INVITED)
        may = may_join(network, standing)
        if not is_invited and not may and not self._laid.memberships.is_member(user, network):
            raise RefusedError(words.NO_SUCH)
        return network, row

    def _leave_stewards(self, user: str, network: Network) -> bool:
        """Take somebody out of the stewards who is one; raises RefusedError for the last one."""
        for _ in range(MOST_TRIES):
            now = self._counter.rights.open_network(network.id)
            if now is None or user not in now.stewards:
                return False
            rest = tuple(each for each in now.stewards if each != user)
            if not rest:
                raise RefusedError(say(words.LAST_STEWARD, name=_called(network)))
            without = replace(now, stewards=rest)
            if self._counter.changes.change(user, now, without, now.changed_at):
                return True
        raise RefusedError(words.NOT_KEPT)

    def _end_request(self, place: Place, network: Network, user: str, answer: Answer) -> None:
        row = self._networks.member(network.id, user)
        requested = MemberState.REQUESTED
        is_gone = row is None or not self._networks.drop_member(
            network.id, user, self._entry(place.user, row, "declined"), only_from=requested
        )
        if row is None or is_gone:
            self._say_too_late(place, network, user)
            return
        self._answered(place, network, row, answer)

    def _answered(self, place: Place, network: Network, row: Member, answer: Answer) -> None:
        told = {
            Answer.ACCEPTED: words.ACCEPTED,
            Answer.DECLINED: words.REFUSED,
            Answer.GONE: words.NO_FULL_MEMBER,
        }
        self._say_to_steward(place, network, say(told[answer]))
        self._tellings.of_answer(network, row, Answered(answer, place.user))

    def _say_too_late(self, place: Place, network: Network, user: str) -> None:
        """Say that a request was answered before, and let the message say so too."""
        self._say_to_steward(place, network, say(words.ANSWERED_ALREADY))
        there = self._networks.member(network.id, user)
        if place.ts and not _is(there, MemberState.REQUESTED):
            message = answered_message(network, user, Answered(Answer.GONE))
            self._laid.posts.update(place.channel, place.ts, message)

    def _say_to_steward(self, place: Place, network: Network, sentence: str) -> None:
        if not place.view:
            self._counter.screens.say(place, sentence_messages(sentence))
            return
        members = self._networks.members(network.id)
        view = blocks.members_view(network, members, sentence)
        self._counter.screens.show(place.view, view)

    def _answer(self, place: Place, network: Network, text: str) -> None:
        """Say to somebody what became of what they pressed, where they pressed it."""
        sentence = say(text, name=_called(network)) if "{name}" in text else say(text)
        if place.response_url:
            self._counter.screens.say(place, sentence_messages(sentence))
        else:
            shelf = self._counter.shelf
            self._counter.in_modal(
                place,
                lambda: blocks.list_view(shelf.listing(place.user, in_short=True), sentence),
            )
        self._laid.show_home(place.user)

    def _invite(self, steward: str, network: Network, user: str) -> None:
        row = self._networks.member(network.id, user)
        has_asked = _is(row, MemberState.REQUESTED)
        state = MemberState.MEMBER if has_asked else MemberState.INVITED
        member = Member(network.id, user, state, steward, datetime.now(UTC))
        entry = self._entry(steward, member, "accepted" if has_asked else "invited")
        if not self._networks.put_member(member, entry):
            return
        if has_asked and row is not None:
            answered = Answered(Answer.ACCEPTED, steward)
            self._laid.errands.begin(lambda: self._tellings.of_answer(network, row, answered))
        else:
            self._laid.errands.begin(lambda: self._tellings.of_invitation(network, member))

    def _entry(self, actor: str, member: Member, outcome: str) -> AuditEntry:
        before = self._networks.member(member.network, member.user)
        was = before.state.value if before is not None else "none"
        detail = f"{member.user}: was {was}"
        return entry_of(actor, member.network, outcome, detail, Action.MEMBERSHIP)


def _is(row: Member | None, state: MemberState) -> bool:
    return row is not None and row.state is state


def _called(network: Network) -> str:
    return inert(name(network.name, 60))
