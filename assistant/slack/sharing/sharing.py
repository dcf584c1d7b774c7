"""Showing an answer that one person got to a channel: on purpose, once, and checked again."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt import Ack, App

from assistant.domain.answers import Answer
from assistant.language import phrase, say
from assistant.slack.api.errands import Errands
from assistant.slack.rights.gatekeeper import Admission, Gatekeeper, UncheckedError
from assistant.slack.sharing.blocks import (
    ANEW,
    SHARE,
    asked_messages,
    is_readable,
    not_readable,
    shared_messages,
    with_anew,
    with_share,
)
from assistant.slack.sharing.posts import NOT_KEPT, NotSharedError, SharedPosts, is_in_thread
from assistant.slack.sharing.pressing import Pressed, begin
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.slack.shown.taking_back import with_take_back
from assistant.store.inbox import UNFINISHED, Inbox, InboxEntry, InboxQuestion, Surface
from assistant.store.shares import Way
from assistant.store.threads import Place, Thread, Threads
from assistant.store.turns import Turns
from assistant.store.turns_table import KeptAnswer

SECONDS_UNTIL_NOTED = 3.0

SHARED = phrase("I have shared it with everyone in this channel.")
SHARED_BEFORE = phrase("It was shared in this channel before, so I have not posted it again.")
ASKED_ANEW = phrase("I have asked it here for everyone; the answer comes in the thread.")
NOT_YOURS = phrase("Only the person who asked can share this answer; please ask me yourself.")
GONE = phrase(
    "A document on which this answer rests was deleted, so it cannot be shared; please ask again."
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the buttons below a private answer do; `wake` tells of a question that waits.

    `with_feedback` puts below an answer's messages what every answer is rated with.
    """

    inbox: Inbox
    turns: Turns
    threads: Threads
    posts: SharedPosts
    gatekeeper: Gatekeeper
    errands: Errands
    wake: Callable[[], None]
    with_feedback: Callable[[Sequence[Message], int], tuple[Message, ...]]

    def register(self, app: App) -> None:
        """Give Bolt the buttons."""
        app.action(SHARE)(self.on_share)
        app.action(ANEW)(self.on_anew)

    def on_share(self, ack: Ack, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Take up that an answer is to be shared."""
        ack()
        begin(self.errands, body, action, self.share)

    def on_anew(self, ack: Ack, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Take up that a question is to be asked for everyone."""
        ack()
        begin(self.errands, body, action, self.ask_anew)

    def share(self, pressed: Pressed) -> Message:
        """Post an answer in the channel in which it was asked for; return what the asker is told.

        Raises NotSharedError, UncheckedError and SlackCallError.
        """
        entry, kept, admission = self._checked(pressed)
        if not is_readable(kept, admission.audiences):
            return not_readable(kept.inbox_id, may_ask_anew=not admission.alone)
        messages = self.with_feedback(shared_messages(kept), entry.id)
        share, is_new = self.posts.post_once(entry, Way.CHANNEL, messages)
        return with_take_back(_said(SHARED if is_new else SHARED_BEFORE), share.id)

    def ask_anew(self, pressed: Pressed) -> Message:
        """Ask a question where everyone reads, to be answered from what everyone may read.

        Raises NotSharedError, UncheckedError and SlackCallError.
        """
        entry, kept, _ = self._checked(pressed)
        share, _ = self.posts.post_once(entry, Way.ANEW, asked_messages(kept)[:1])
        ts = str(share.message_ts)
        asked = replace(
            entry.asked,
            event_id=f"anew-{entry.id}-{entry.asked.channel}",
            ts=ts,
            thread_ts=entry.asked.thread_ts if is_in_thread(entry) else ts,
            files=(),
            surface=Surface.THREAD,
            reply_url=None,
        )
        # What anybody may have said below the post by now is looked for at the asker's next word.
        self.threads.begin(
            Place(asked.team, asked.channel, asked.thread_ts), Thread(asked.user, asked.ts)
        )
        if self.inbox.receive(asked):
            self.wake()
        return with_take_back(_said(ASKED_ANEW), share.id)

    def _checked(self, pressed: Pressed) -> tuple[InboxEntry, KeptAnswer, Admission]:
        """Return what may be shared, by whom and for whom as of now; the button is not believed."""
        entry = self._ended(pressed.number)
        if entry is None or (entry.asked.user, entry.asked.channel) != (
            pressed.user,
            pressed.channel,
        ):
            raise NotSharedError(say(NOT_YOURS))
        kept = self.turns.kept(pressed.number)
        if kept is None or kept.status is None or not kept.status.answers:
            raise NotSharedError(say(NOT_KEPT))
        if kept.is_withdrawn:
            raise NotSharedError(say(GONE))
        admission = self.gatekeeper.admit_sharing(entry.asked)
        if admission.refusal is not None:
            raise NotSharedError(admission.refusal)
        return entry, kept, admission

    def _ended(self, inbox_id: int) -> InboxEntry | None:
        """Return the question; an answer is seen a moment before it is noted that it was given."""
        until = time.monotonic() + SECONDS_UNTIL_NOTED
        while True:
            entry = self.inbox.by_id(inbox_id)
            if entry is None or entry.state not in UNFINISHED or time.monotonic() > until:
                return entry
            time.sleep(0.1)


def with_button(
    gatekeeper: Gatekeeper,
    messages: tuple[Message, ...],
    question: InboxQuestion,
    answer: Answer,
    admission: Admission,
) -> tuple[Message, ...]:
    """Return a private answer's messages with the button that fits who reads the channel now.

    It shares the answer or, where not everyone may read what it rests on, asks anew; in a direct
    message, where we are no member or Slack does not say who reads, there is none.
    """
    asked = question.asked
    is_private = admission.alone and not asked.channel.startswith("D")
    if not (is_private and answer.status.answers):
        return messages
    try:
        channel = gatekeeper.admit_sharing(asked)
    except UncheckedError:
        return messages
    if channel.refusal is not None:
        return messages
    if answer.citations and all(c.audience in channel.audiences for c in answer.citations):
        return with_share(messages, question.id)
    return messages if channel.alone else with_anew(messages, question.id)


def _said(sentence: str) -> Message:
    return sentence_messages(say(sentence))[0]
