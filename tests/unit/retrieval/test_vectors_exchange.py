"""HTTP with a Chroma server that is away, slow, busy, closed to us, or something else."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant.domain.errors import CorpusError
from assistant.retrieval.vectors import ChromaServer, ServerVectors
from assistant.retrieval.vectors.exchange import Exchange, MissingError
from tests.fakes.chroma_server import free_port

pytestmark = pytest.mark.sockets
SECRET = "hush-hush-hush"  # noqa: S105 - of nothing

Reply = tuple[int, str, dict[str, str]]


class Scripted(ThreadingHTTPServer):
    """Answers with what it is told, the last reply for good, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.replies = list(replies)
        self.asked: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status, body, headers = (
            self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def scripted() -> Iterator[list[Scripted]]:
    running: list[Scripted] = []
    yield running
    for server in running:
        server.shutdown()
        server.server_close()


def serving(scripted: list[Scripted], *replies: Reply) -> Scripted:
    scripted.append(Scripted(*replies))
    return scripted[-1]


def ask(
    url: str, token: str | None = None, seconds: float = 5, pauses: tuple[float, ...] = ()
) -> object:
    exchange = Exchange(ChromaServer(url, token=token), pauses)
    try:
        return exchange.request("GET", "/version", seconds=seconds)
    finally:
        exchange.close()


def test_where_nobody_listens_the_sentence_names_the_setting(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    vectors = ServerVectors(ChromaServer(url, token=SECRET), tmp_path / "installation")
    (tmp_path / "installation").write_text("abc")
    with pytest.raises(CorpusError, match="No Chroma server answers at") as raised:
        vectors.clean([])
    assert "ASSISTANT_CHROMA_URL" in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>Welcome</html>"),
        (404, "<html>Not here</html>"),
        (302, ""),
        (405, "no"),
    ],
)
def test_what_is_not_chroma_is_said_to_be_something_else(
    scripted: list[Scripted], status: int, body: str
) -> None:
    server = serving(scripted, (status, body, {"Location": "http://192.0.2.1/"}))
    with pytest.raises(CorpusError, match="does not speak the protocol of Chroma"):
        ask(server.url)


def test_json_of_another_service_is_not_taken_for_chroma(
    scripted: list[Scripted], tmp_path: Path
) -> None:
    server = serving(scripted, (200, '{"hello": "world"}', {}))
    vectors = ServerVectors(ChromaServer(server.url), tmp_path / "installation")
    (tmp_path / "installation").write_text("abc")
    with pytest.raises(CorpusError, match="does not speak the protocol of Chroma"):
        vectors.clean([])
    vectors.close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_named_by_its_setting_and_never_shown(
    scripted: list[Scripted], status: int
) -> None:
    server = serving(scripted, (status, json.dumps({"error": SECRET}), {}))
    with pytest.raises(CorpusError, match="ASSISTANT_CHROMA_TOKEN") as raised:
        ask(server.url, token=SECRET)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert server.asked[0][1]["X-Chroma-Token"] == SECRET
    assert SECRET not in repr(ChromaServer(server.url, token=SECRET))


def test_a_redirection_is_not_followed(scripted: list[Scripted]) -> None:
    other = serving(scripted, (200, "{}", {}))
    server = serving(scripted, (307, "", {"Location": f"{other.url}/api/v2/version"}))
    with pytest.raises(CorpusError):
        ask(server.url, token=SECRET)
    assert other.asked == []


def test_a_server_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(CorpusError, match=r"did not answer within 0\.2 seconds"):
            ask(url, seconds=0.2)


def test_a_kept_connection_that_was_closed_is_opened_again() -> None:
    """The reply keeps the connection, then it is cut as the next request comes."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        exchange = Exchange(ChromaServer(f"http://127.0.0.1:{listening.getsockname()[1]}"))

        def serve() -> None:
            first, _ = listening.accept()
            with first:
                first.recv(65536)
                first.sendall(body + b"1")
                first.recv(65536)
            second, _ = listening.accept()
            with second:
                second.recv(65536)
                second.sendall(body + b"2")

        serving = threading.Thread(target=serve)
        serving.start()
        assert exchange.request("GET", "/version", seconds=5) == 1
        assert exchange.request("GET", "/version", seconds=5) == 2
        serving.join()
        exchange.close()


def test_a_connection_that_is_cut_twice_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                connection.recv(65536)
                connection.close()

        serving = threading.Thread(target=serve)
        serving.start()
        with pytest.raises(CorpusError, match="No Chroma server answers"):
            ask(url)
        serving.join()


def test_a_busy_server_is_asked_again_and_not_for_ever(scripted: list[Scripted]) -> None:
    server = serving(scripted, (503, "", {}), (429, "", {}), (200, '"1.0.0"', {}))
    assert ask(server.url, pauses=(0.01, 0.01)) == "1.0.0"
    busy = serving(scripted, (503, "", {}))
    with pytest.raises(CorpusError, match="is too busy"):
        ask(busy.url, pauses=(0.01, 0.01))
    assert len(busy.asked) == 3


def test_a_failing_server_is_not_asked_again(scripted: list[Scripted]) -> None:
    server = serving(scripted, (500, '{"error": "InternalError", "message": "m"}', {}))
    with pytest.raises(CorpusError, match="failed with status 500; its log says why"):
        ask(server.url, pauses=(0.01,))
    assert len(server.asked) == 1


def test_what_chroma_says_is_missing_is_told_from_the_rest(scripted: list[Scripted]) -> None:
    server = serving(scripted, (404, '{"error": "NotFoundError", "message": "m"}', {}))
    with pytest.raises(MissingError):
        ask(server.url)
