"""What the messages of calls say, of what holds when each is posted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.domain.networks import Network
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.calling_blocks import (
    Passed,
    asked_messages,
    back_messages,
    call_messages,
    consent_messages,
    ended_messages,
    file_messages,
    over_messages,
    reply_messages,
    told_messages,
    unsaid_messages,
)
from assistant.slack.networks.calling_people import name_of, words_of
from assistant.slack.networks.calling_reach import Reach
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.shown.blocks import Message
from assistant.store.networks.calls import Call, CallPost, CallReply, PostKind, ReplyState


class UnsendableError(Exception):
    """A message cannot be posted any more; `code` says why in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def may_work_later(error: SlackCallError) -> bool:
    """Whether a call may be carried out, or have been, when Slack is asked again."""
    return error.is_lost or error.is_outage or error.retry_after is not None


class NotYetError(Exception):
    """What a message says is not known yet."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about; the network is None where it is closed."""

    post: CallPost
    call: Call
    network: Network | None
    reply: CallReply | None


class CallMessages:
    """Makes the message that a row stands for."""

    def __init__(self, laid: NetworkGround, reach: Reach) -> None:
        self._laid = laid
        self._reach = reach

    def made(self, about: About) -> Message:
        """Return the message; raises UnsendableError, NotYetError and SlackCallError."""
        with self._laid.ground.directory.spoken_to(about.post.recipient):
            return self._made(about)

    def _made(self, about: About) -> Message:
        post, call = about.post, about.call
        name = about.network.name if about.network is not None else ""
        if post.kind.is_call:
            return call_messages(call, name, self._topics(about))[0]
        made: Mapping[PostKind, Callable[[About, str], Message]] = {
            PostKind.ASKED: self._asked,
            PostKind.AT_ONCE: self._asked,
            PostKind.BACK: self._back,
            PostKind.REPLY: self._passed_on,
            PostKind.CHANGED: self._passed_on,
            PostKind.UNSAID: lambda _about, _name: unsaid_messages()[0],
            PostKind.ENDED: self._ended,
            PostKind.CONSENT: self._thanks,
            PostKind.FILE: self._thanks,
        }
        make = made.get(post.kind)
        return make(about, name) if make is not None else told_messages(post.kind, call, name)[0]

    def _topics(self, about: About) -> tuple[str, ...]:
        """Return the topics because of which somebody is asked first, those that they know."""
        if about.post.kind is not PostKind.FIRST or about.network is None:
            return ()
        topics = self._reach.topics(about.network, about.call.question)
        return tuple(topic.name for topic in topics if about.post.recipient in topic.people)

    def _asked(self, about: About, name: str) -> Message:
        is_at_once = about.post.kind is PostKind.AT_ONCE
        kind = PostKind.WIDER if is_at_once else PostKind.FIRST
        asked = self._laid.calls.posts.of_call(about.call.id, kind)
        if any(post.done_at is None for post in asked):
            raise NotYetError
        reached = sum(bool(post.ts) for post in asked)
        if not reached:
            raise UnsendableError("nobody_reached")
        return asked_messages(about.call, name, reached, at_once=is_at_once)[0]

    def _ended(self, about: About, name: str) -> Message:
        is_askers = about.post.recipient == about.call.asker
        return (over_messages if is_askers else ended_messages)(about.call, name)[0]

    def _back(self, about: About, name: str) -> Message:
        network, call = about.network, about.call
        if network is not None and not self._reach.may_ask(call.asker, network, call.asked_in):
            network = None
        asked = self._laid.calls.posts.of_call(call.id)
        is_seen = any(post.kind.is_call and post.ts for post in asked)
        return back_messages(call, name if network is not None else None, is_seen=is_seen)[0]

    def _passed_on(self, about: About, name: str) -> Message:
        laid, reply = self._laid, about.reply
        if reply is None or reply.state is ReplyState.DELETED:
            raise UnsendableError("deleted")
        said = laid.posts.said(reply.channel, reply.ts, reply.thread_ts)
        if said is None:
            raise UnsendableError("deleted")
        words = words_of(said, laid.ground.identity.bot_user)
        who = name_of(laid.ground.clients.reading, reply.user)
        organisation = laid.networks.organisation(about.call.team, reply.user) or ""
        # Nobody else may open a direct message.
        is_open = not (words or reply.channel.startswith("D"))
        link = laid.posts.link(reply.channel, reply.ts) if is_open else None
        passed = Passed(who, organisation, words, link)
        return reply_messages(about.call, name, passed, reply.id)[0]

    def _thanks(self, about: About, _: str) -> Message:
        """Say to who replied what became of it, once that is known, and ask for consent."""
        post, reply = about.post, about.reply
        passed = self._laid.calls.posts.of_reply(post.reply_id, PostKind.REPLY)
        if passed is not None and passed.done_at is None:
            raise NotYetError
        if reply is None or reply.state is ReplyState.DELETED or _is_deleted(passed):
            raise UnsendableError("deleted")
        is_passed_on = passed is not None and passed.ts is not None
        if post.kind is PostKind.CONSENT:
            is_closed = passed is None
            return consent_messages(reply.id, is_closed=is_closed, is_passed_on=is_passed_on)[0]
        if not is_passed_on:
            raise UnsendableError("not_passed_on")
        return file_messages()[0]

    def has_words(self, reply: CallReply) -> bool:
        """Whether a reply says something, or may; SlackCallError when Slack may tell later."""
        try:
            said = self._laid.posts.said(reply.channel, reply.ts, reply.thread_ts)
        except SlackCallError as error:
            if may_work_later(error):
                raise
            return True
        return said is None or bool(words_of(said, self._laid.ground.identity.bot_user))


def _is_deleted(passed: CallPost | None) -> bool:
    return passed is not None and passed.code == "deleted"
