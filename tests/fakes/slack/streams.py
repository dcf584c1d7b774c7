"""Streams, sessions and the status of agents."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.acting import Acting
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.facts import Arguments, SlackRefusesError
from tests.fakes.slack.ground import web_method
from tests.fakes.slack_limits import (
    blocks_of,
    refuse_bad_blocks,
    refuse_bad_chunks,
    refuse_bad_metadata,
)

LONGEST_MARKDOWN = 12_000
LONGEST_TITLE = 200
MOST_LOADING_MESSAGES = 10
MOST_PROMPTS = 4
STATUSES = ("processing", "active", "suspended", "closed")


@dataclass
class Stream:
    """What was streamed into one message; `state` is in_progress, completed, expired or stopped."""

    channel: str
    message: dict[str, Any]
    recipient: str
    state: str = "in_progress"
    text: str = ""
    plan: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: list[Any] = field(default_factory=list)
    touched_at: float = field(default_factory=time.monotonic)


@dataclass
class Session:
    """What a reader sees of an agent's work in a thread, and its statuses in order."""

    status: str
    title: str
    history: list[str] = field(default_factory=list)


class Streams(Chat, Acting):
    """Agents at work. A stream ends by itself after `stream_idle_seconds` without news."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.streams: dict[str, Stream] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.stream_idle_seconds: float | None = None
        self.prompts: dict[str, Mapping[str, Any]] = {}
        self.statuses: list[tuple[str, str, str]] = []

    @web_method("chat.startStream")
    def _start_stream(self, sent: Arguments) -> dict[str, Any]:
        channel = self._writable(sent)
        facts = self._workspace.channels[channel]
        if not sent.get("thread_ts"):
            raise SlackRefusesError("invalid_thread_ts", "a stream outside a thread")
        self.message(channel, str(sent["thread_ts"]))
        if not facts["is_im"]:
            for name in ("recipient_user_id", "recipient_team_id"):
                if not sent.get(name):
                    raise SlackRefusesError(f"missing_{name}", "a stream in a channel")
        if sent.get("task_display_mode", "timeline") not in ("timeline", "plan"):
            raise SlackRefusesError("invalid_arguments", "task_display_mode")
        self._refuse_bad_news(sent)
        fields = {"text": "", "thread_ts": sent["thread_ts"], "streaming_state": "in_progress"}
        message = self._post_as_app(channel, fields)
        stream = Stream(channel, message, str(sent.get("recipient_user_id") or ""))
        self.streams[message["ts"]] = stream
        self._take_news(stream, sent)
        return {"channel": channel, "ts": message["ts"]}

    @web_method("chat.appendStream")
    def _append_stream(self, sent: Arguments) -> dict[str, Any]:
        stream = self._streaming(sent)
        if not sent.get("markdown_text") and not _list(sent.get("chunks")):
            raise SlackRefusesError("no_text", "neither markdown_text nor chunks")
        self._refuse_bad_news(sent)
        self._take_news(stream, sent)
        return {"channel": stream.channel, "ts": stream.message["ts"]}

    @web_method("chat.stopStream")
    def _stop_stream(self, sent: Arguments) -> dict[str, Any]:
        stream = self._streaming(sent)
        self._refuse_bad_news(sent)
        blocks = blocks_of(sent)
        refuse_bad_blocks(blocks)
        self._take_news(stream, sent)
        before = dict(stream.message)
        if sent.get("metadata"):
            metadata = sent["metadata"]
            metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
            refuse_bad_metadata(metadata)
            stream.message["metadata"] = metadata
        stream.blocks.extend(blocks)
        self._end(stream, "completed")
        self._tell_of_change(stream.channel, stream.message, before)
        if sent.get("session_status"):
            key = (stream.channel, str(stream.message["thread_ts"]))
            self._set_session(key, str(sent["session_status"]), "")
        return {"channel": stream.channel, "ts": stream.message["ts"], "message": stream.message}

    def _streaming(self, sent: Arguments) -> Stream:
        channel = self._writable(sent)
        self._own(channel, sent, "message_not_owned_by_app")
        stream = self.streams.get(str(sent.get("ts")))
        if stream is None:
            raise SlackRefusesError("message_not_in_streaming_state")
        self._expire(stream)
        if stream.state == "stopped":
            raise SlackRefusesError("stopped_by_user")
        if stream.state != "in_progress":
            raise SlackRefusesError("message_not_in_streaming_state")
        return stream

    def _expire(self, stream: Stream) -> None:
        idle = self.stream_idle_seconds
        is_idle = idle is not None and time.monotonic() - stream.touched_at > idle
        if stream.state == "in_progress" and is_idle:
            self._end(stream, "expired")

    def _refuse_while_streaming(self, message: Mapping[str, Any]) -> None:
        stream = self.streams.get(str(message["ts"]))
        if stream is not None:
            self._expire(stream)
        super()._refuse_while_streaming(message)

    def _refuse_bad_news(self, sent: Arguments) -> None:
        if len(sent.get("markdown_text") or "") > LONGEST_MARKDOWN:
            raise SlackRefusesError("msg_too_long", "markdown_text over 12,000 characters")
        if sent.get("markdown_text") and sent.get("text"):
            raise SlackRefusesError("markdown_text_conflict")
        refuse_bad_chunks(_list(sent.get("chunks")))

    def _take_news(self, stream: Stream, sent: Arguments) -> None:
        stream.text += str(sent.get("markdown_text") or "")
        for chunk in _list(sent.get("chunks")):
            if chunk["type"] == "markdown_text":
                stream.text += chunk["text"]
            elif chunk["type"] == "plan_update":
                stream.plan = chunk["title"]
            elif chunk["type"] == "blocks":
                stream.blocks.extend(chunk["blocks"])
            else:
                _add_to_task(stream.tasks.setdefault(chunk["id"], {}), chunk)
        stream.touched_at = time.monotonic()
        stream.message["text"] = stream.text

    def _end(self, stream: Stream, state: str) -> None:
        stream.state = state
        stream.message["streaming_state"] = "completed"
        markdown = [{"type": "markdown", "text": stream.text}] if stream.text else []
        stream.message["blocks"] = [*markdown, *stream.blocks]

    def _stop_streams(self, channel: str, thread_ts: str) -> list[str]:
        session = self.sessions.get((channel, thread_ts))
        running = [
            (ts, stream)
            for ts, stream in self.streams.items()
            if stream.channel == channel
            and stream.message.get("thread_ts") == thread_ts
            and stream.state == "in_progress"
        ]
        if not running and (session is None or session.status != "processing"):
            raise AssertionError("There is no stop button: nothing is being done in the thread.")
        for _, stream in running:
            self._end(stream, "stopped")
        return [ts for ts, _ in running]

    @web_method("agents.sessions.setStatus")
    def _set_session_status(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent, "channel_id")["id"]
        if not sent.get("thread_ts"):
            raise SlackRefusesError("invalid_arguments", "a session without thread_ts")
        key = (channel, str(sent["thread_ts"]))
        title = str(sent.get("title") or "")
        self._set_session(key, str(sent.get("status")), title)
        session = self.sessions[key]
        answer = {"status": session.status, "title": session.title}
        if session.status == "processing" and not self.is_subscribed("agent_session_stopped"):
            answer["warning"] = "missing_agent_session_stopped_event_subscription"
        return answer

    def _set_session(self, key: tuple[str, str], status: str, title: str) -> None:
        if status not in STATUSES:
            raise SlackRefusesError("invalid_arguments", f"status {status}")
        if len(title) > LONGEST_TITLE:
            raise SlackRefusesError("invalid_arguments", "a title over 200 characters")
        # A title counts only where the session is new.
        session = self.sessions.setdefault(key, Session(status, title))
        session.status = status
        session.history.append(status)

    @web_method("agents.sessions.rename")
    def _rename_session(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent, "channel_id")["id"]
        title = str(sent.get("title") or "")
        if not 1 <= len(title) <= LONGEST_TITLE:
            raise SlackRefusesError("invalid_arguments", "a title of 1 to 200 characters")
        session = self.sessions.get((channel, str(sent.get("thread_ts"))))
        if session is None:
            raise SlackRefusesError("session_not_found")
        session.title = title
        return {"title": title}

    @web_method("assistant.threads.setStatus")
    def _set_status(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent, "channel_id")["id"]
        if not sent.get("thread_ts"):
            raise SlackRefusesError("invalid_thread_ts", "a status without thread_ts")
        if sent.get("status") is None:
            raise SlackRefusesError("invalid_arguments", "a status without status")
        messages = _list(sent.get("loading_messages"))
        if len(messages) > MOST_LOADING_MESSAGES or not all(messages):
            raise SlackRefusesError("invalid_arguments", "loading_messages: at most ten")
        self.statuses.append((channel, str(sent["thread_ts"]), str(sent["status"])))
        return {}

    @web_method("assistant.threads.setSuggestedPrompts")
    def _set_suggested_prompts(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent, "channel_id")["id"]
        prompts = _list(sent.get("prompts"))
        if not 1 <= len(prompts) <= MOST_PROMPTS:
            raise SlackRefusesError("invalid_arguments", "one to four prompts")
        if any(set(each) != {"title", "message"} or not all(each.values()) for each in prompts):
            raise SlackRefusesError("invalid_arguments", "a prompt is a title and a message")
        # Under agent_view Slack takes the call with thread_ts and shows nothing.
        if not sent.get("thread_ts"):
            self.prompts[channel] = {"title": sent.get("title"), "prompts": prompts}
        return {}

    @web_method("assistant.threads.setTitle")
    def _set_title(self, sent: Arguments) -> dict[str, Any]:
        self._channel(sent, "channel_id")
        if not sent.get("thread_ts") or not sent.get("title"):
            raise SlackRefusesError("invalid_arguments", "a title without thread_ts or title")
        return {}


def _add_to_task(task: dict[str, Any], chunk: Mapping[str, Any]) -> None:
    """Details and output are added to what is there; the rest takes its place."""
    for name, value in chunk.items():
        if name in ("details", "output"):
            task[name] = task.get(name, "") + value
        elif name != "type":
            task[name] = value


def _list(value: object) -> list[Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, list) else []
