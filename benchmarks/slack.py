"""`python -m benchmarks.slack DATA`: from a Slack event to the posted answer, over real sockets."""

import json
import statistics
import sys
import time
from pathlib import Path

from assistant.bootstrap import Services
from assistant.settings import load_settings
from assistant.slack.app import SlackBot
from benchmarks.questions import questions
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

ASKED = 40


def main(data: Path) -> None:
    """Ask questions one after another in direct messages and time each answer."""
    scopes = json.loads(Path("manifest.json").read_text(encoding="utf-8"))["oauth_config"]["scopes"]
    with FakeSlack(scopes["bot"]) as slack:
        slack.add_person("U1ANN")
        settings = load_settings(
            data_dir=data,
            slack_bot_token=BOT_TOKEN,
            slack_app_token=APP_TOKEN,
            slack_api_url=slack.url,
        )
        services = Services(settings)
        services.warm_up()
        bot = SlackBot(settings, services.engine, services.abilities)
        bot.start()
        try:
            slack.wait_for_connection()
            seconds = [_asked(slack, q["question"]) for q in questions("dev")[:ASKED]]
        finally:
            bot.stop()
    ordered = sorted(seconds)
    print(
        f"  {len(seconds)} direct messages: median {statistics.median(seconds) * 1000:.0f}, "
        f"95 % {ordered[int(len(ordered) * 0.95)] * 1000:.0f}"
    )


def _asked(slack: FakeSlack, question: str) -> float:
    began = time.perf_counter()
    posted = slack.direct_message("U1ANN", question)
    slack.wait_for_answer(posted)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
