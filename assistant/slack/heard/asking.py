"""Slack's events: what follows from one is committed before Slack is told that it arrived."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from assistant.slack.api.admission import Identity
from assistant.slack.heard.changing import Changing
from assistant.slack.heard.conversing import Conversing
from assistant.slack.heard.hearing import (
    Change,
    Deletion,
    Event,
    Post,
    read_change,
    read_deletion,
    read_post,
)
from assistant.slack.heard.looking import Looking
from assistant.slack.heard.reception import Reception
from assistant.store.threads import Threads

RETRIES = "x-slack-retry-num"
REASON = "x-slack-retry-reason"

_log = structlog.get_logger()


@dataclass(slots=True)
class Repeated:
    """How many deliveries came that Slack had sent before."""

    count: int = 0

    def __call__(self, request: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002
        """Count a delivery that is repeated, and go on."""
        retry = (request.headers.get(RETRIES) or ["0"])[0]
        if retry not in ("", "0"):
            self.count += 1
            reason = (request.headers.get(REASON) or [""])[0]
            _log.warning("delivery_repeated", retry=retry, reason=reason, count=self.count)
        return next()


@dataclass(frozen=True, slots=True)
class Listeners:
    """What is done with each event.

    `hears` takes a post that is no question to the assistant, as a reply to somebody's call to a
    network, and says whether it did; `forgets` does so with a post that was deleted. `show_home`
    has a person's Home tab shown; `greet` is told when the messages tab is opened.
    """

    reception: Reception
    threads: Threads
    us: Identity
    courtesy: WebClient
    hears: Callable[[Post], bool]
    forgets: Callable[[Deletion], bool]
    show_home: Callable[[str], None]
    greet: Callable[[Event], None]
    repeated: Repeated = field(default_factory=Repeated)

    def by_event(self) -> Mapping[str, Callable[..., None]]:
        """Return the listener of each type of event that is heard here."""
        posts = Posts(
            self.reception, self.threads, self.us, self.courtesy, self.hears, self.forgets
        )
        return {
            "app_mention": posts.on_post,
            "message": posts.on_message,
            "app_home_opened": self.on_tab_opened,
        }

    def register(self, app: App) -> None:
        """Give every listener to Bolt, and one for all other events so that they are acknowledged.

        Each returns only when its row is committed; Bolt then acknowledges, or not if it raises.
        """
        app.use(self.repeated)
        for event, listener in self.by_event().items():
            app.event(event)(listener)
        app.event(re.compile(".*"))(_acknowledge)
        app.error(_report)

    def on_tab_opened(self, event: Event) -> None:
        """Show the Home tab, or suggest questions for a direct message; either may fail."""
        if event.get("tab") == "home" and event.get("user"):
            self.show_home(str(event["user"]))
        if event.get("tab") == "messages":
            self.greet(event)


class Posts:
    """The listeners of what people write, change and delete."""

    def __init__(
        self,
        reception: Reception,
        threads: Threads,
        us: Identity,
        courtesy: WebClient,
        hears: Callable[[Post], bool] = lambda _: False,
        forgets: Callable[[Deletion], bool] = lambda _: False,
    ) -> None:
        looking = Looking(courtesy, us.bot_user)
        self._us = us
        self._hears = hears
        self._forgets = forgets
        self._conversing = Conversing(reception, threads, looking, us.bot_user)
        self._changing = Changing(reception, self._conversing)

    def on_message(self, body: Event, event: Event) -> None:
        """Hear a post, an edit or a deletion; one post with a mention comes as two events."""
        subtype = event.get("subtype")
        if subtype == "message_changed":
            self._changed(read_change(body, event, self._us))
        elif subtype == "message_deleted":
            self._changed(read_deletion(body, event, self._us))
        else:
            self.on_post(body, event)

    def on_post(self, body: Event, event: Event) -> None:
        """Hear a person's post; whatever else it is, it is not for us."""
        post = read_post(body, event, self._us)
        if post is not None and not self._hears(post):
            self._conversing.hear(post)

    def _changed(self, change: Change | Deletion | None) -> None:
        if isinstance(change, Change):
            was_to_us = change.before is not None and change.before.is_to_us
            if was_to_us or not self._hears(change.after):
                self._changing.change(change)
        elif isinstance(change, Deletion) and not self._forgets(change):
            self._changing.delete(change)


def _acknowledge() -> None:
    """Nothing is to be done; without a listener Slack would send the event again."""


def _report(error: Exception) -> None:
    """Say in the log what kept an event from being acknowledged, without its content."""
    _log.error("event_not_received", error=type(error).__name__, exc_info=error)
