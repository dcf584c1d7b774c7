"""`python -m benchmarks.soak DATA`: many people ask a bot whose Slack fails on purpose.

Real processes (`assistant serve`) over real sockets against the fake Slack: envelopes duplicated,
delayed and reordered, 429s, 500s, lost answers, cut sockets, processes killed. Afterwards the
fake's own record and the inbox say whether every question has one answer. DATA is a data folder
into which a corpus was ingested; it is copied.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree

from sqlalchemy import select

from assistant.store.database import Engine, open_database, transaction
from assistant.store.inbox import InboxRow, InboxState
from assistant.store.snapshots import SnapshotPointer
from benchmarks.crowd import Crowd
from benchmarks.questions import questions
from benchmarks.slow_model import SlowModel
from benchmarks.verdict import Verdict, figures, verdict
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack.troubles import Chaos, RateTiers

CHAOS = Chaos(
    rate_limited=0.02,
    server_error=0.02,
    lost_reply=0.02,
    dropped=0.02,
    slow=0.05,
    sockets_dropped=0.004,
    duplicated=0.1,
    delayed=0.05,
    reordered=0.05,
)
SECONDS_BETWEEN_LOOKS = 10
LOOKS_THAT_MAKE_SURE = 3


@dataclass
class Bots:
    """Processes of the assistant; one is killed now and then, and begun anew."""

    environment: Mapping[str, str]
    log: Path
    program: Sequence[str] = ("-m", "assistant", "serve")
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0
    memory: list[tuple[float, int]] = field(default_factory=list)

    def begin(self) -> None:
        """Start one more."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *self.program],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)

    def kill_one(self, chance: random.Random) -> None:
        """Kill one as a power cut would, and start another."""
        victim = self.running.pop(chance.randrange(len(self.running)))
        victim.kill()
        victim.wait()
        self.kills += 1
        self.begin()

    def look(self) -> None:
        """Note how much memory the largest takes, in megabytes."""
        sizes = [_resident(process.pid) for process in self.running]
        self.memory.append((time.monotonic(), max(sizes, default=0)))

    def end(self) -> None:
        """End all in order."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) // 1024 if found else 0


def main(arguments: argparse.Namespace) -> int:
    """Run the soak, print its figures and return 1 if a question was lost, doubled or silent."""
    chance = random.Random(arguments.seed)  # noqa: S311
    texts = [str(q["question"]) for half in ("dev", "check") for q in questions(half)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        data = folder / "data"
        copytree(arguments.data, data, ignore=lambda *_: {"assistant.sqlite3-wal", "slack.lock"})
        engine = _database(data, arguments.database)
        stack.callback(engine.dispose)
        slack = stack.enter_context(_slack())
        crowd = Crowd(slack, chance, texts)
        crowd.settle()
        bots = Bots(_environment(arguments, slack, data, stack), folder / "log")
        stack.callback(bots.end)
        for _ in range(arguments.bots):
            bots.begin()
        _wait_for(slack, bots, arguments.bots)
        time.sleep(2)
        slack.chaos = CHAOS if arguments.chaos else None
        slack.tiers = RateTiers() if arguments.tiers else None
        began = time.monotonic()
        _ask_all(arguments, crowd, bots, chance)
        is_done = wait_until_done(engine, crowd, bots, arguments.patience)
        seconds = time.monotonic() - began
        time.sleep(5)
        found = verdict(slack, crowd, engine)
        return _report(found, seconds, slack, crowd, bots, is_done=is_done)


def _database(data: Path, url: str | None) -> Engine:
    """Open the database of the run; one elsewhere is told which snapshot is live."""
    here = open_database(data)
    if url is None:
        return here
    live = SnapshotPointer(here).live()
    here.dispose()
    engine = open_database(data, url)
    if live is not None:
        SnapshotPointer(engine).switch(live, expected=SnapshotPointer(engine).live())
    return engine


@contextmanager
def _slack() -> Iterator[FakeSlack]:
    manifest = json.loads(Path("manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    with FakeSlack(scopes, events=events) as slack:
        slack.redeliver_after = 5.0
        yield slack


def _environment(
    arguments: argparse.Namespace, slack: FakeSlack, data: Path, stack: ExitStack
) -> Mapping[str, str]:
    mine = {
        "ASSISTANT_DATA_DIR": str(data),
        "ASSISTANT_WORKERS": str(arguments.workers),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.url,
        "HF_HUB_OFFLINE": "1",
    }
    if arguments.database:
        mine["ASSISTANT_DATABASE_URL"] = arguments.database
    if arguments.model_seconds:
        model = stack.enter_context(SlowModel(arguments.model_seconds))
        mine |= {
            "ASSISTANT_CHAT_MODEL": "openai:slow",
            "ASSISTANT_CHAT_BASE_URL": model.url,
            "ASSISTANT_CHAT_API_KEY": "none",
        }
    rest = {k: v for k, v in os.environ.items() if not k.upper().endswith("_PROXY")}
    return {**rest, **mine}


def _wait_for(slack: FakeSlack, bots: Bots, count: int) -> None:
    try:
        slack.wait_for_connection(120, count=count)
    except TimeoutError:
        raise SystemExit(bots.log.read_text(encoding="utf-8", errors="replace")[-3000:]) from None


def _ask_all(
    arguments: argparse.Namespace, crowd: Crowd, bots: Bots, chance: random.Random
) -> None:
    began = killed = looked = time.monotonic()
    for number in range(arguments.questions):
        if arguments.rate:
            time.sleep(max(0.0, began + number * 60 / arguments.rate - time.monotonic()))
        crowd.ask()
        now = time.monotonic()
        if arguments.kill and now - killed > arguments.kill:
            bots.kill_one(chance)
            killed = now
        if now - looked > SECONDS_BETWEEN_LOOKS:
            bots.look()
            looked = now


def wait_until_done(engine: Engine, crowd: Crowd, bots: Bots, patience: float) -> bool:
    """Wait until nothing is in hand or waits, some seconds long."""
    until, quiet = time.monotonic() + patience, 0
    while time.monotonic() < until:
        with transaction(engine) as session:
            states = Counter(session.scalars(select(InboxRow.state)))
        is_quiet = not (states[InboxState.RECEIVED] or states[InboxState.ANSWERING])
        wanted = sum(not question.deleted for question in crowd.counted())
        is_all = sum(states.values()) >= wanted
        quiet = quiet + 1 if is_quiet and is_all else 0
        if quiet == LOOKS_THAT_MAKE_SURE:
            return True
        bots.look()
        time.sleep(1)
    return False


def _report(
    found: Verdict, seconds: float, slack: FakeSlack, crowd: Crowd, bots: Bots, *, is_done: bool
) -> int:
    """Print what was found; return what the program ends with."""
    print(
        f"{found.asked} questions in {seconds:.0f} s ({found.asked * 60 / seconds:.0f} a minute), "
        f"{bots.kills} processes killed{'' if is_done else '; NOT ALL ENDED'}"
    )
    print(
        f"  lost {found.lost}, answered twice {found.doubled}, silent {found.silent}, refused for "
        f"their form {found.refused}, left as they were before an edit or deletion {found.stale}"
    )
    print(f"  429s {len(slack.limited)}, calls before a 429's wait was over {found.early}")
    print(f"  states {dict(found.states)}")
    print(f"  outcomes {dict(found.outcomes)}")
    for line in figures(slack, crowd):
        print(line)
    sizes = [size for _, size in bots.memory if size]
    if sizes:
        print(f"  memory of the largest: first {sizes[0]}, most {max(sizes)}, last {sizes[-1]} MB")
    for refused in slack.refused[:5]:
        print("  refused:", refused)
    return 0 if found.is_clean and is_done else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument(
        "--rate", type=float, default=0, help="questions a minute; 0 is all at once"
    )
    parser.add_argument("--bots", type=int, default=2)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kill", type=float, default=0, help="seconds between kills; 0 is none")
    parser.add_argument("--chaos", action="store_true")
    parser.add_argument("--tiers", action="store_true", help="hold to Slack's limits on rates")
    parser.add_argument("--database", help="address of an empty PostgreSQL database")
    parser.add_argument("--model-seconds", type=float, default=0)
    parser.add_argument("--patience", type=float, default=900)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
