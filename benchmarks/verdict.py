"""Whether every question has one answer: the fake Slack's own record beside the inbox."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from assistant.store.database import Engine, transaction
from assistant.store.inbox import InboxRow, InboxState, Surface, Task
from benchmarks.crowd import CHANNELS, PEOPLE, Crowd
from tests.fakes.fake_slack import FakeSlack

SIGNS = frozenset({"assistant.threads.setStatus", "chat.startStream", "chat.postMessage"})
TERMINAL = frozenset({InboxState.ANSWERED, InboxState.FAILED, InboxState.WITHDRAWN})


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
