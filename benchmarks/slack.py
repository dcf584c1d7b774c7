"""`python -m benchmarks.slack DATA`: from a Slack event to the posted answer, over real sockets."""

import json
import statistics
import sys
import time
from pathlib import Path

from assistant.bootstrap import Services
from assistant.settings import load_settings
from assistant.slack.app import SlackBot
from assistant.telemetry import configure_logging
from benchmarks.questions import questions
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

ASKED = 40
PATIENCE = 60.0


def main(data: Path) -> None:
    """Ask questions one after another in direct messages and time each answer."""
    manifest = json.loads(Path("manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    with FakeSlack(scopes, events=events) as slack:
        for number in range(ASKED):
            slack.add_person(f"U{number:03d}")
        settings = load_settings(
            data_dir=data,
            slack_bot_token=BOT_TOKEN,
            slack_app_token=APP_TOKEN,
            slack_api_url=slack.url,
        )
        configure_logging(settings.log_level)
        services = Services(settings)
        services.warm_up()
        bot = SlackBot(settings, services.engine, services.abilities)
        bot.start()
        try:
            slack.wait_for_connection()
            # Each asks one, since nobody is answered without end in one conversation.
            asked = enumerate(questions("dev")[:ASKED])
            seconds = [_asked(slack, f"U{n:03d}", q["question"]) for n, q in asked]
        finally:
            bot.stop()
    ordered = sorted(seconds)
    print(
        f"  {len(seconds)} direct messages: median {statistics.median(seconds) * 1000:.0f}, "
        f"95 % {ordered[int(len(ordered) * 0.95)] * 1000:.0f}"
    )


def _asked(slack: FakeSlack, user: str, question: str) -> float:
    began = time.perf_counter()
    posted = slack.direct_message(user, question)
    # What shows the progress has no metadata until it says the answer.
    slack.wait_until(lambda: any(m.get("metadata") for m in slack.answers(posted)), PATIENCE)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
