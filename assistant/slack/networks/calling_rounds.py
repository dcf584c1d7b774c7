"""Rounds over calls to networks: replies are judged, stages begun, and messages posted once.

What is to be done is in the tables, so that a round after a crash does what one before did not.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from assistant.domain.networks import Network
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.calling_blocks import stage_words
from assistant.slack.networks.calling_messages import NotYetError, UnsendableError
from assistant.slack.networks.calling_reach import Reach
from assistant.slack.networks.calling_sending import Sending
from assistant.slack.networks.ground import NetworkGround
from assistant.store.networks.calls import Call, CallPost, CallReply, Move, PostKind, Stage

# So much is done in one round; what is left is done in the next.
MOST_STEPS = 100
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)

ASSISTANT = Actor("assistant", "Slack")

_log = structlog.get_logger()


class CallRounds:
    """Does what is due of calls, in whichever process comes first."""

    def __init__(self, laid: NetworkGround, reach: Reach, now: Callable[[], datetime]) -> None:
        """`now` is the clock by which calls go on."""
        self._laid = laid
        self._reach = reach
        self._sending = Sending(laid, reach)
        self._now = now

    def go_round(self) -> None:
        """Do what is due now."""
        for _ in range(MOST_STEPS):
            if not (self._judge_one() or self._move_one() or self._send_one()):
                return

    def _judge_one(self) -> bool:
        """Find out whether a member wrote a reply; False when none waits."""
        replies = self._laid.calls.replies
        reply = replies.heard(self._now())
        if reply is None:
            return False
        try:
            self._judge(reply)
        except SlackCallError as error:
            _log.warning("reply_not_judged", reply=reply.id, code=error.code)
            replies.put_off(reply, self._now() + _asked_to_wait(error, FIRST_PAUSE))
        return True

    def _judge(self, reply: CallReply) -> None:
        laid = self._laid
        call = laid.calls.find(reply.call_id)
        network = self._network(call) if call is not None else None
        where = "" if reply.channel.startswith("D") else reply.channel
        is_members = network is not None and laid.memberships.is_member(reply.user, network, where)
        actor = Actor(reply.user, "Slack")
        if call is not None and is_members and not call.has_no_words:
            entry = self._entry(call, actor, "replied to", f"reply {reply.id}")
            has_words = self._sending.messages.has_words(reply)
            laid.calls.replies.take(reply, entry, self._now(), has_words=has_words)
        elif call is not None:
            left = "reply of no member left alone"
            if call.has_no_words:
                left = "reply to what was taken back left alone"
            entry = self._entry(call, actor, left, f"reply {reply.id}")
            laid.calls.replies.refuse(reply, entry)

    def _move_one(self) -> bool:
        """Let a call go on whose time has come; False when there is none."""
        call = self._laid.calls.take(self._now())
        if call is None:
            return False
        try:
            move = self._next(call)
        except SlackCallError as error:
            _log.warning("call_put_off", call=call.id, code=error.code)
            wait = _asked_to_wait(error, _pause(call.attempts))
            self._laid.calls.put_off(call, self._now() + wait)
            return True
        reached = sum(kind.is_call for kind, _ in move.posts)
        entry = self._entry(call, ASSISTANT, stage_words(move.stage, reached))
        if self._laid.calls.move(call, move, entry, self._now()):
            _log.info("call_went_on", call=call.id, stage=move.stage.value, reached=reached)
        return True

    def _next(self, call: Call) -> Move:
        network = self._network(call)
        if network is None or not self._reach.may_ask(call.asker, network, call.asked_in):
            return self._back(call)
        if call.stage is Stage.NEW:
            people = self._reach.first(network, call.question, call.asker).people
            if people:
                posts = [(PostKind.FIRST, user) for user in people]
                told = (PostKind.ASKED, call.asker)
                return Move(Stage.FIRST, (*posts, told), network.wait_hours)
        return self._back(call) if call.stage is Stage.WIDER else self._wider(call, network)

    def _wider(self, call: Call, network: Network) -> Move:
        posts = [(PostKind.WIDER, each) for each in self._reach.wider_of(call, network).recipients]
        if not posts:
            return self._back(call)
        first = self._laid.calls.posts.of_call(call.id, PostKind.FIRST)
        is_at_once = not any(post.ts for post in first)
        told = [(PostKind.AT_ONCE, call.asker)] * is_at_once
        return Move(Stage.WIDER, (*posts, *told), network.wait_hours, is_at_once)

    def _back(self, call: Call) -> Move:
        return Move(Stage.BACK, ((PostKind.BACK, call.asker),), call.wait_hours)

    def _send_one(self) -> bool:
        """Post a message that is due; False when none is."""
        posts = self._laid.calls.posts
        post = posts.take(self._now())
        if post is None:
            return False
        try:
            channel, ts = self._sending.send(post)
        except UnsendableError as error:
            posts.given_up(post, error.code, self._now())
            _log.warning("call_message_given_up", post=post.id, code=error.code)
        except NotYetError:
            posts.put_off(post, self._now() + FIRST_PAUSE)
        except SlackCallError as error:
            self._put_off(post, error)
        else:
            posts.posted(post, channel, ts, self._now())
        return True

    def _put_off(self, post: CallPost, error: SlackCallError) -> None:
        _log.warning("call_message_put_off", post=post.id, code=error.code)
        wait = _asked_to_wait(error, _pause(post.attempts))
        self._laid.calls.posts.put_off(post, self._now() + wait)

    def _network(self, call: Call) -> Network | None:
        found = self._laid.networks.find(call.team, call.network)
        return found if found is not None and found.closed_at is None else None

    def _entry(self, call: Call, actor: Actor, outcome: str, detail: str = "") -> AuditEntry:
        return call_entry(call, actor, outcome, self._now(), detail)


def call_entry(
    call: Call, actor: Actor, outcome: str, at: datetime, detail: str = ""
) -> AuditEntry:
    """Return the entry of the audit log on a call that has a number."""
    target = f"network-{call.network}, call {call.id}"
    return AuditEntry(at, actor, Action.CALL.value, target, outcome, detail)


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(attempts, 12)), LONGEST_PAUSE)


def _asked_to_wait(error: SlackCallError, otherwise: timedelta) -> timedelta:
    return timedelta(seconds=error.retry_after) if error.retry_after is not None else otherwise
