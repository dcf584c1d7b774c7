"""What the Home tab's buttons and its search do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App

from assistant.slack.api.errands import Errands
from assistant.slack.home.home import Home
from assistant.slack.home.page import ANSWER_ACTION, TAKE_BACK_ACTION, TERM_ACTION
from assistant.slack.home.windows import Windows

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HomeActions:
    """Acknowledges at once; what is asked of Slack happens in an errand."""

    errands: Errands
    home: Home
    windows: Windows

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.options(TERM_ACTION)(self.on_typed)
        app.action(TERM_ACTION)(self.on_term)
        app.action(ANSWER_ACTION)(self.on_answer)
        app.action(TAKE_BACK_ACTION)(self.on_take_back)

    def on_opened(self, user: str) -> None:
        """Have the Home tab shown."""
        self.errands.begin(lambda: self.home.publish(user))

    def on_typed(self, ack: Ack, body: Payload) -> None:
        """Give the terms that fit what was typed; Slack waits for them."""
        ack(options=self.home.terms(str(body["user"]["id"]), str(body.get("value") or "")))

    def on_term(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Show what the chosen term means."""
        ack()
        term = str((action.get("selected_option") or {}).get("value") or "")
        user, trigger = str(body["user"]["id"]), str(body.get("trigger_id") or "")
        if term:
            self._begin(user, lambda: self.home.show_term(user, term, trigger))

    def on_answer(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Show the whole of an answer."""
        ack()
        value = str(action.get("value") or "")
        user, trigger = str(body["user"]["id"]), str(body.get("trigger_id") or "")
        if value.isdecimal():
            self._begin(user, lambda: self.home.show_answer(user, int(value), trigger))

    def on_take_back(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Take back what its reader showed to others."""
        ack()
        value = str(action.get("value") or "")
        user, trigger = str(body["user"]["id"]), str(body.get("trigger_id") or "")
        if value.isdecimal():
            self._begin(user, lambda: self.home.take_back(user, int(value), trigger))

    def _begin(self, user: str, work: Callable[[], None]) -> None:
        if not self.errands.begin(work):
            self.windows.say_busy(user)
