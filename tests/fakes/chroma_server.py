"""A real Chroma server on loopback, as `chroma run` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

STARTS_WITHIN = 60.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def running_chroma(folder: Path, port: int | None = None) -> Iterator[str]:
    """Start a server that keeps its data in `folder`, wait until it answers; yield its address."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = Path(sys.executable).with_name("chroma")
    arguments = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    with (folder.parent / f"chroma-{port}.log").open("wb") as log:
        server = subprocess.Popen(
            [command, *arguments], stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        _wait_for(url, server)
        yield url
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and server.poll() is None:
        try:
            if httpx.get(f"{url}/api/v2/heartbeat", timeout=1, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"chroma run did not answer at {url}; exit status {server.poll()}")
