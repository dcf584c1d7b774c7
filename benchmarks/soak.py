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
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

from sqlalchemy import select

from assistant.store.database import Engine, open_database, transaction
from assistant.store.inbox import InboxRow, InboxState, Surface, Task
from assistant.store.snapshots import SnapshotPointer
from benchmarks.questions import questions
from benchmarks.slow_model import SlowModel
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack.troubles import Chaos, RateTiers

PEOPLE = 200
CHANNELS = 40
KINDS = ("direct", "channel", "follow-up", "ask")
WEIGHTS = (35, 40, 15, 10)
EDITED, DELETED = 0.05, 0.03
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
SIGNS = frozenset({"assistant.threads.setStatus", "chat.startStream", "chat.postMessage"})
SECONDS_BETWEEN_LOOKS = 10
LOOKS_THAT_MAKE_SURE = 3
TERMINAL = frozenset({InboxState.ANSWERED, InboxState.FAILED, InboxState.WITHDRAWN})


@dataclass
class Question:
    """A question as it was asked; `ts` is None for a command, which has no post."""

    kind: str
    user: str
    channel: str
    envelope: str
    at: float
    ts: str | None = None
    thread_ts: str | None = None
    edited: bool = False
    deleted: bool = False


@dataclass
class Crowd:
    """People who ask, edit and delete; what they did is kept."""

    slack: FakeSlack
    chance: random.Random
    texts: Sequence[str]
    asked: list[Question] = field(default_factory=list)
    commanded: set[tuple[str, str]] = field(default_factory=set)

    def settle(self) -> None:
        """Let people and channels exist."""
        for number in range(PEOPLE):
            self.slack.add_person(f"U{number:04d}")
        for number in range(CHANNELS):
            self.slack.add_channel(f"C{number:04d}", *(f"U{n:04d}" for n in range(PEOPLE)))

    def ask(self) -> None:
        """Ask one question somewhere."""
        user = f"U{self.chance.randrange(PEOPLE):04d}"
        channel = f"C{self.chance.randrange(CHANNELS):04d}"
        text = self.chance.choice(self.texts)
        kind = self.chance.choices(KINDS, WEIGHTS)[0]
        at = time.monotonic()
        if kind == "ask" and (user, channel) not in self.commanded:
            self.commanded.add((user, channel))
            envelope = self.slack.command(user, "/ask", text, channel)
            self.asked.append(Question("ask", user, channel, envelope, at))
            return
        before = self._thread() if kind == "follow-up" else None
        if before is not None:
            posted = self._follow(before, text)
        elif kind == "channel":
            posted = self.slack.mention(user, channel, text)
        else:
            posted = self.slack.direct_message(user, text)
        asker = before.user if before is not None else user
        self.asked.append(
            Question(kind, asker, posted.channel, posted.envelope, at, posted.ts, posted.thread_ts)
        )
        self._change_one()

    def counted(self) -> list[Question]:
        """Return what is to have an end.

        Slack sends a command once, and says itself that it failed when nobody acknowledges it.
        """
        heard = self.slack.acknowledged
        return [q for q in self.asked if q.ts is not None or q.envelope in heard]

    def _follow(self, before: Question, text: str) -> Any:
        if before.channel.startswith("D"):
            return self.slack.direct_message(before.user, text, thread_ts=before.thread_ts)
        return self.slack.mention(before.user, before.channel, text, thread_ts=before.thread_ts)

    def _thread(self) -> Question | None:
        found = [q for q in self.asked[-200:] if q.ts and q.ts == q.thread_ts and not q.deleted]
        return self.chance.choice(found) if found else None

    def _change_one(self) -> None:
        """Now and then somebody edits or deletes what they asked a while ago."""
        drawn = self.chance.random()
        found = [q for q in self.asked[-60:] if q.ts and not q.edited and not q.deleted]
        if not found or drawn > EDITED + DELETED:
            return
        chosen = self.chance.choice(found)
        if drawn < DELETED:
            chosen.deleted = True
            self.slack.delete(chosen.channel, str(chosen.ts))
            return
        chosen.edited = True
        mention = "" if chosen.channel.startswith("D") else "<@U0BOT> "
        words = mention + self.chance.choice(self.texts)
        self.slack.edit(chosen.channel, str(chosen.ts), words)


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


@dataclass(frozen=True)
class Verdict:
    """What the fake's record and the inbox say of a run; every count but `asked` should be 0."""

    asked: int
    lost: int
    doubled: int
    silent: int
    refused: int
    stale: int
    early: int
    states: Mapping[str, int]
    outcomes: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        """Whether every question has one right end."""
        return not (self.lost or self.doubled or self.silent or self.refused or self.stale)


def verdict(slack: FakeSlack, crowd: Crowd, engine: Engine) -> Verdict:
    """Compare what was asked with what stands in Slack and in the inbox."""
    with transaction(engine) as session:
        rows = list(session.scalars(select(InboxRow)))
    by_post = {(row.channel, row.ts): row for row in rows if row.surface == Surface.THREAD}
    parts, shown = _parts(slack), _shown_alone(slack)
    wrong: Counter[str] = Counter()
    for question in crowd.counted():
        if question.ts is None:
            wrong["silent"] += not shown[question.user, question.channel]
            continue
        row = by_post.get((question.channel, question.ts))
        if row is None:
            wrong["lost"] += not question.deleted
        else:
            wrong.update(_wrong_with(row, parts.get(row.id, [])))
    asks = sum(row.surface == Surface.ALONE for row in rows)
    return Verdict(
        asked=len(crowd.asked),
        lost=wrong["lost"] + max(0, sum(q.ts is None for q in crowd.counted()) - asks),
        doubled=wrong["doubled"],
        silent=wrong["silent"],
        refused=len(slack.refused),
        stale=wrong["stale"],
        early=len(slack.early),
        states=Counter(str(row.state) for row in rows),
        outcomes=Counter(str(row.outcome) for row in rows),
    )


def _wrong_with(row: InboxRow, parts: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Say what is wrong with the messages about one question."""
    if row.state not in TERMINAL:
        yield "lost"
    elif row.task == Task.WITHDRAW:
        yield from ["stale"] * bool(parts)
    else:
        yield from ["silent"] * (not parts)
        yield from ["doubled"] * (len({part for part, _ in parts}) != len(parts))
        yield from ["stale"] * any(revision != row.revision for _, revision in parts)


def _shown_alone(slack: FakeSlack) -> Mapping[tuple[str, str], int]:
    """Count what people were shown alone of what they asked in a channel.

    Where Slack did not say whether a reply arrived, they are told in their direct message.
    """
    shown = Counter((each.user, each.channel) for each in slack.ephemeral)
    for number in range(PEOPLE):
        user = f"U{number:04d}"
        told = sum(not message.get("thread_ts") for message in slack.told_directly(user))
        for channel in range(CHANNELS) if told else ():
            shown[user, f"C{channel:04d}"] += told
    return shown


def _parts(slack: FakeSlack) -> Mapping[int, list[tuple[int, int]]]:
    """Return the part and revision of each message about a question, by its number."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for message in slack.everything_posted():
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        if "inbox_id" in payload:
            part = int(payload.get("part", 1)), int(payload.get("revision", 0))
            found[int(payload["inbox_id"])].append(part)
    return found


def figures(slack: FakeSlack, crowd: Crowd) -> Iterator[str]:
    """Say how long acknowledgements, first signs and answers took."""
    acknowledged = [
        slack.acknowledged[q.envelope] - q.at
        for q in crowd.asked
        if q.envelope in slack.acknowledged
    ]
    yield _spread("acknowledged", acknowledged)
    first: dict[tuple[str, str], list[float]] = defaultdict(list)
    for call in list(slack.calls):
        if call.method in SIGNS:
            place = call.arguments.get("channel") or call.arguments.get("channel_id")
            first[str(place), str(call.arguments.get("thread_ts"))].append(call.at)
    signs = [
        min((at for at in first[q.channel, str(q.thread_ts)] if at >= q.at), default=0) - q.at
        for q in crowd.asked
        if q.ts and q.ts == q.thread_ts and not q.deleted and first[q.channel, str(q.thread_ts)]
    ]
    yield _spread("first sign", [seconds for seconds in signs if seconds > 0])


def _spread(name: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"  {name}: none"
    ordered = sorted(seconds)
    at99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"  {name}: {len(ordered)}, median {statistics.median(ordered) * 1000:.0f} ms, "
        f"99 % {at99 * 1000:.0f} ms, most {ordered[-1] * 1000:.0f} ms"
    )


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
