"""A fake Slack and a bot that talks to it over real sockets."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copytree

import pytest

from assistant.domain.answers import (
    Answer,
    AnswerStatus,
    Citation,
    OnStep,
    Step,
    StepBegun,
    Turn,
)
from assistant.domain.attachments import AnswerFromFile, FileContent
from assistant.domain.ports import Abilities
from assistant.domain.releases import Actor
from assistant.network.routing import TopicRouter
from assistant.settings import Settings, load_settings
from assistant.slack import pane
from assistant.slack.api import in_time
from assistant.slack.app import SlackBot
from assistant.store.database import Engine, open_database
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library_of_sections import ScriptedSections
from tests.fakes.scripted_train import ScriptedTrain

SOURCE = Citation(
    number=1,
    document="guidance/cycle.md",
    title="The commissioning cycle",
    section="The commissioning cycle > Stages",
    quote="The cycle has four stages.",
    source="Example Institute, 2011",
    url="https://example.org/cycle",
)


STEPS = (
    StepBegun(Step.SEARCHING),
    StepBegun(Step.WRITING, passages=3, titles=("The commissioning cycle", "Four worlds")),
)


@dataclass
class Guidance:
    """An answer path that says what it was asked: the seam behind which the real one sits."""

    asked: list[tuple[str, tuple[Turn, ...], tuple[str, ...]]] = field(default_factory=list)
    before_answering: Callable[[str], object] = lambda _: None
    during: Callable[[Step], object] = lambda _: None
    answer: Answer | None = None

    def __call__(
        self,
        question: str,
        history: Sequence[Turn],
        audiences: Sequence[str],
        on_step: OnStep | None = None,
    ) -> Answer:
        self.asked.append((question, tuple(history), tuple(audiences)))
        for begun in STEPS:
            if on_step is not None:
                on_step(begun)
            self.during(begun.step)
        self.before_answering(question)
        return self.answer or Answer(
            question=question,
            status=AnswerStatus.ANSWERED,
            text=f"You asked: {question} [1]",
            citations=(SOURCE,),
        )


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    manifest = json.loads((Path(__file__).parents[2] / "manifest.json").read_text())
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    with FakeSlack(scopes, events=events) as fake:
        # Forms that a loaded machine opens late are not what is tested here.
        fake.trigger_seconds = 60.0
        fake.add_person("U1ANN")
        fake.add_person("U2BEN")
        fake.add_person("U3CAT")
        fake.add_channel("C1", "U1ANN", "U2BEN")
        fake.add_group("S1ADMINS", "U3CAT")
        fake.add_group("S2OTHERS")
        yield fake
        assert not fake.refused, "nothing that was sent may be refused for its form"


@pytest.fixture(autouse=True)
def _forms_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let forms be answered in their acknowledgement, however slow the machine is."""
    monkeypatch.setattr(in_time, "PATIENCE", 60.0)


@pytest.fixture
def guidance() -> Guidance:
    return Guidance()


@dataclass
class Glossary:
    """What terms mean, by script: the seam behind which the real definitions sit."""

    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    answer: Answer | Exception | None = None
    named: tuple[str, ...] = ("commissioning", "outcome", "output")

    def __call__(self, term: str, audiences: Sequence[str]) -> Answer:
        self.asked.append((term, tuple(audiences)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or Answer(
            question=term,
            status=AnswerStatus.ANSWERED,
            text=f"{term} is what lasts [1]",
            citations=(SOURCE,),
        )

    def terms(self, audiences: Sequence[str]) -> Sequence[str]:
        return (*self.named, *(["secret"] * ("internal" in audiences)))


@pytest.fixture
def glossary() -> Glossary:
    return Glossary()


@dataclass
class FromFile:
    """What files say, by script: the seam behind which their reading sits."""

    asked: list[tuple[str, tuple[Turn, ...], FileContent]] = field(default_factory=list)
    answer: AnswerFromFile | Exception | None = None

    def __call__(self, question: str, history: Sequence[Turn], file: FileContent) -> AnswerFromFile:
        self.asked.append((question, tuple(history), file))
        if isinstance(self.answer, Exception):
            raise self.answer
        text = f"The file says: {len(file.data)} bytes [1]"
        source = replace(SOURCE, document=file.name, title=file.name, section=file.name, url=None)
        return self.answer or AnswerFromFile(
            Answer(question, AnswerStatus.ANSWERED, text, citations=(source,))
        )


@pytest.fixture
def from_file() -> FromFile:
    return FromFile()


@pytest.fixture
def sections() -> ScriptedSections:
    return ScriptedSections()


@pytest.fixture
def abilities(
    guidance: Guidance,
    from_file: FromFile,
    glossary: Glossary,
    train: ScriptedTrain,
    sections: ScriptedSections,
) -> Abilities:
    route = TopicRouter(HashingEncoder)
    return Abilities(guidance, from_file, glossary, train, route, sections)


@pytest.fixture
def train() -> ScriptedTrain:
    """A train with two snapshots behind it, of three documents of which one is broken."""
    train = ScriptedTrain({"cycle.md": "one\ntwo\nthree", "bad.pdf": "broken"})
    train.reload(Actor("ben"))
    train.documents["outcome.md"] = "one\ntwo"
    train.reload(Actor("U2BEN", "Slack"))
    train.entries.clear()
    return train


@pytest.fixture
def settings(slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return load_settings(
        data_dir=tmp_path / "data",
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack.url,
        slack_file_hosts=slack.host,
        offer_megabytes=1,
        attachment_megabytes=1,
        admin_users="U1ANN,U5GUEST,U6AWAY,U7APP,U8GONE",
        admin_groups="S1ADMINS,S2OTHERS",
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a first start makes it, made once."""
    folder = tmp_path_factory.mktemp("database")
    open_database(folder).dispose()
    return folder


@pytest.fixture
def engine(settings: Settings, empty_database: Path) -> Iterator[Engine]:
    copytree(empty_database, settings.data_dir)
    engine = open_database(settings.data_dir)
    yield engine
    engine.dispose()


@pytest.fixture
def nothing_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that takes long shows no progress in its thread, however long it takes.

    For tests that hold an answer back and count messages; it must come before the bot.
    """
    monkeypatch.setattr(pane, "STREAM_SECONDS", 600.0)


@pytest.fixture
def start_bot(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
) -> Iterator[Callable[[], SlackBot]]:
    """Give a way to start a bot; what is started is stopped at the end."""
    with ExitStack() as stack:

        def start() -> SlackBot:
            bot = SlackBot(settings, engine, abilities)
            bot.start()
            stack.callback(bot.stop)
            slack.wait_for_connection()
            return bot

        yield start


@pytest.fixture
def bot(start_bot: Callable[[], SlackBot]) -> SlackBot:
    return start_bot()
