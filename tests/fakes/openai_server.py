"""A server on this machine that speaks as much of OpenAI's protocol as a chat needs."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.fakes.scripted_chat_model import Silence

Played = str | int | Silence


@dataclass
class OpenAiServer:
    """Plays its replies in order, the last one again and again: a text, an HTTP error, a silence.

    Where `takes_forms` is false, a request with a form for the reply is refused and plays nothing.
    `requests` holds the bodies that were posted, `keys` the Authorization header of each.
    """

    replies: Sequence[Played]
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    takes_forms: bool = True

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for reply in self.replies:
            if isinstance(reply, Silence):
                reply.end()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address to configure as the chat model's."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def takes(self, request: dict[str, Any]) -> bool:
        """Whether a request asks for no more than the server knows."""
        return self.takes_forms or not {"response_format", "tools"} & request.keys()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        played = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                done = [r for r in played.requests if played.takes(r)]
                reply = played.replies[min(len(done), len(played.replies) - 1)]
                played.requests.append(asked | {"path": self.path})
                played.keys.append(str(self.headers["Authorization"]))
                if not played.takes(asked):
                    self._send(400)
                    return
                if isinstance(reply, Silence):
                    reply.wait()
                    return
                self._send(reply)

            def _send(self, reply: str | int) -> None:
                failed = isinstance(reply, int)
                content = {"error": {"message": "no"}} if failed else _completion(str(reply))
                text = json.dumps(content).encode()
                self.send_response(reply if isinstance(reply, int) else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Stay quiet."""

        return Handler


def _completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "x",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
