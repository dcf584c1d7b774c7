"""What who asked a network says of their question: this helped, I have it, take it back."""

from collections.abc import Callable
from datetime import datetime

from slack_bolt import Ack, App

from assistant.domain.releases import Actor, AuditEntry
from assistant.language import phrase, say
from assistant.slack.feedback.rating import place_of, reply
from assistant.slack.networks.calling_blocks import CLOSE_ACTION, HELPED_ACTION, TAKE_BACK_ACTION
from assistant.slack.networks.calling_rounds import call_entry
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.verifying_pages import Payload, pressed_in
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.networks.calls import Call

HELPED_NOTED = phrase("Thank you; who replied is told that it helped.")
CLOSED = phrase("Noted. Your question goes to nobody else.")
TAKEN_BACK = phrase("Your question is taken back.")
NOT_YOURS = phrase("Only who asked can do this, and only once.")

Deed = Callable[[int, str, AuditEntry, datetime], bool]

# Where the call must not say who asked, the audit log does not either.
UNNAMED = Actor("somebody who is not named", "Slack")


class Ending:
    """Hears the buttons below what who asked is told."""

    def __init__(self, laid: NetworkGround, now: Callable[[], datetime]) -> None:
        self._laid = laid
        self._now = now

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(HELPED_ACTION)(self.on_helped)
        app.action(CLOSE_ACTION)(self.on_close)
        app.action(TAKE_BACK_ACTION)(self.on_take_back)

    def on_helped(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Note that a reply helped who asked."""
        calls, user, now = self._laid.calls, str(body["user"]["id"]), self._now()
        found = calls.replies.find(pressed_in(body, action).number)
        call = calls.find(found.call_id) if found is not None else None
        is_noted = False
        if call is not None and found is not None and call.asker == user:
            entry = call_entry(call, actor_of(call), "helped", now, f"reply {found.id}")
            is_noted = calls.replies.helped(found.id, user, entry, now)
        ack()
        self._laid.wake()
        self._answer(body, HELPED_NOTED if is_noted else NOT_YOURS)

    def on_close(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Note that the asker has what they need."""
        self._end(body, action, self._laid.calls.close, "closed by who asked", CLOSED)
        ack()

    def on_take_back(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Erase a question and have the messages that hold it say that it was taken back."""
        self._end(body, action, self._laid.calls.take_back, "taken back", TAKEN_BACK)
        ack()

    def _end(self, body: Payload, action: Payload, deed: Deed, outcome: str, sentence: str) -> None:
        """Do what its asker asks of a call; nobody else can, and all others read the same."""
        user, now = str(body["user"]["id"]), self._now()
        call = self._laid.calls.find(pressed_in(body, action).number)
        is_noted = False
        if call is not None and call.asker == user:
            entry = call_entry(call, actor_of(call), outcome, now)
            is_noted = deed(call.id, user, entry, now)
        self._laid.wake()
        self._answer(body, sentence if is_noted else NOT_YOURS)

    def _answer(self, body: Payload, sentence: str) -> None:
        place = place_of(body)
        with self._laid.ground.directory.spoken_to(str(body["user"]["id"])):
            messages = sentence_messages(say(sentence))
        self._laid.errands.begin(lambda: reply(place, messages))


def actor_of(call: Call) -> Actor:
    """Return who asked as the audit log may say it."""
    return UNNAMED if call.is_anonymous else Actor(call.asker, "Slack")
