"""What every test stands on: no network but loopback, a clean environment, a corpus to ask."""

import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
import structlog
from pytest_socket import socket_allow_hosts

from assistant.bootstrap import Services
from assistant.settings import load_settings
from assistant.telemetry import configure_logging
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library

ROOT = Path(__file__).parents[1]
LOOPBACK = ["127.0.0.1", "::1", "localhost"]
OURS = ("ASSISTANT_", "SLACK_", "OPENAI_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def pytest_configure(config: pytest.Config) -> None:
    """Forget what the machine has set, before anything reads it."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    for name in list(os.environ):
        if name.startswith(OURS) or name.lower() in PROXIES:
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Shut every socket but those to this machine; pytest-socket opens them after the test."""
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run each test in a folder of its own, where no `.env` lies, and forget how it logged.

    Events are written as the program writes them: structlog's own default draws every failure with
    its variables, which takes seconds on a busy machine.
    """
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    configure_logging()
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    """The encoder that needs no weights."""
    return HashingEncoder()


@pytest.fixture
def library(tmp_path: Path, encoder: HashingEncoder) -> Library:
    """An empty corpus folder, and snapshots of it built with the encoder that needs no weights."""
    return Library(tmp_path / "library", encoder)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The shipped corpus, ingested once with the default model; tests only read it."""
    folder = tmp_path_factory.mktemp("shipped")
    with chdir(folder):
        services = Services(load_settings(data_dir=folder / "data", corpus_dir=ROOT / "corpus"))
        services.ingest(services.settings.corpus_dir)
    return services


@pytest.fixture
def services(shipped: Services, tmp_path: Path) -> Services:
    """Services over an empty data folder, with the default model and its exported form there."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "encoders").symlink_to(shipped.settings.data_dir / "encoders")
    return Services(load_settings(data_dir=folder, corpus_dir=tmp_path / "corpus"))
