"""A network of people of three organisations, who share answers and say what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.documents import PUBLIC
from assistant.domain.networks import Network, Openness, PeerAnswer
from assistant.domain.releases import Actor, AuditEntry
from assistant.language import say
from assistant.slack.networks import sharing
from assistant.slack.shown.network_buttons import SHARE
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, FakeSlack
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen, texts
from tests.scenarios.conftest import SOURCE, Guidance

AWAY, THIRD = "T9AWAY", "T8THIRD"
QUESTION = "what is commissioning?"
NOW = datetime.now(UTC)
ENTRY = AuditEntry(NOW, Actor("U1ANN", "Slack"), "manage a network", "network-elm", "made")
ELM = Network(
    "elm", TEAM, "Elm peers", "To learn together.", Openness.RESTRICTED, ("U1ANN",), ("C5",)
)
Payload = Mapping[str, Any]


def cites(audience: str, text: str = "Commissioning is a cycle. [1]") -> Answer:
    return Answer(
        question=QUESTION,
        status=AnswerStatus.ANSWERED,
        text=text,
        citations=(replace(SOURCE, audience=audience),),
        snapshot="snapshot-1",
    )


@dataclass
class World:
    """People of three organisations: Ann and Ben of home, Eve of one let in, Dan of one not."""

    slack: FakeSlack
    engine: Engine
    guidance: Guidance
    train: ScriptedTrain

    def begin(self) -> None:
        self.slack.add_person("U4FAY")
        self.slack.add_person("U9EVE", team_id=AWAY, is_stranger=True)
        self.slack.add_person("U8DAN", team_id=THIRD, is_stranger=True)
        self.slack.add_channel("C5", "U1ANN", "U2BEN")
        self.guidance.answer = cites(PUBLIC)
        assert Networks(self.engine).create(ELM, ENTRY) is not None

    def share_channel(self, *teams: str, opened: tuple[str, ...] = (AWAY,)) -> None:
        """Share the network's channel with other organisations, opened for some of them."""
        for user, team in (("U9EVE", AWAY), ("U8DAN", THIRD)):
            if team in teams:
                self.slack.join(user, "C5")
        self.slack.change_channel(
            "C5", is_ext_shared=True, is_shared=True, connected_team_ids=[TEAM, *teams]
        )
        policy = ChannelPolicy(
            TEAM,
            "C5",
            opened_for="Elm partners",
            opened_until=NOW.date() + timedelta(days=30),
            opened_teams=opened,
            set_by="U1ANN",
            set_at=NOW,
        )
        assert Policies(self.engine).set(policy, ENTRY, None)

    def answered(self, user: str = "U1ANN", channel: str = "C5") -> Payload:
        """Ask and return the message that answers."""
        return self.slack.wait_for_answer(self.slack.mention(user, channel, QUESTION))

    def pressed(
        self, label: str, message: Payload, user: str = "U1ANN", channel: str = "C5"
    ) -> Payload:
        """Press a button below a message and return the modal that it led to."""
        found = [each for each in buttons(message["blocks"]) if each["text"]["text"] == say(label)]
        assert found, f"no button {label}"
        return self.acted(found[0]["action_id"], found[0]["value"], message, user, channel)

    def acted(
        self,
        action: str,
        value: str,
        message: Payload | None,
        user: str = "U1ANN",
        channel: str = "C5",
    ) -> Payload:
        before = len(self.slack.modals)
        self.slack.press(user, action, value, message, channel)
        return self.modal_after(before)

    def modal_after(self, before: int) -> Payload:
        """Return the modal that is shown when nothing waits any more."""
        one_moment = say("One moment, please.")

        def is_filled() -> bool:
            news = self.slack.modals[before:]
            return bool(news) and one_moment not in words_of(news[-1])

        self.slack.wait_until(is_filled)
        return self.slack.modals[-1]

    def submitted(self, view: Payload, user: str = "U1ANN", **filled: object) -> Payload:
        before = len(self.slack.modals)
        self.slack.submit(user, view, **filled)
        return self.modal_after(before)

    def shared(self, user: str = "U1ANN", **filled: object) -> PeerAnswer:
        """Ask, share what is answered in the network's channel, and return what was kept."""
        form = self.pressed(SHARE, self.answered(user), user)
        shown = self.submitted(form, user, **{"name": "named", **filled})
        said = words_of(self.submitted(shown, user))
        assert said == said_shared(), said
        return self.kept()[0]

    def kept(self) -> list[PeerAnswer]:
        return list(PeerAnswers(self.engine).of_network("elm"))

    def is_noted(self) -> bool:
        """Whether it is known which message shows what was shared; what waits is due at once."""
        self.make_due()
        return all(each.message_ts for each in self.kept())

    def make_due(self) -> None:
        """Have what waits to be shown due at once."""
        with self.engine.begin() as connection:
            at_once = "UPDATE peer_answers SET due_at = '2000-01-01 00:00:00.000000'"
            connection.exec_driver_sql(at_once)

    def is_all_shown(self) -> bool:
        """Whether everything that was to be shown has been, or has no place to be shown in."""
        waiting = "SELECT count(*) FROM peer_answers WHERE version > shown_version"
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(waiting).scalar() == 0

    def posts(self) -> list[Payload]:
        """Return the messages that show shared answers."""
        return [
            each
            for each in self.slack.everything_posted()
            if "peer_answer" in ((each.get("metadata") or {}).get("event_payload") or {})
        ]

    def wait_for_post(self) -> Payload:
        self.slack.wait_until(lambda: bool(self.posts()))
        return self.posts()[0]

    def refusals(self) -> list[tuple[str, str]]:
        """Return who was refused what."""
        entries = self.train.entries
        return [(each.actor.id, each.target) for each in entries if each.outcome == "refused"]

    def home(self, user: str, words: str = "") -> Payload:
        """Open somebody's Home tab and return it once it shows `words`.

        Without any it is as it was made now, but for what was being published before.
        """
        self.slack.homes.pop(user, None)
        self.slack.open_messages_tab(user, "home")
        found: list[Payload] = []

        def is_there() -> bool:
            found[:] = [self.slack.homes[user]] if user in self.slack.homes else []
            return bool(found) and words in words_of(found[0])

        self.slack.wait_until(is_there)
        return found[0]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """Return who did what to what, the latest first."""
        log = AuditLog(self.engine)
        assert log.verify() == ()
        return [(each.actor.id, each.outcome, each.target) for each in log.recent(50)]


def words_of(shown: Payload) -> str:
    return seen("\n".join(texts(shown["blocks"])))


def said_shared() -> str:
    return say(sharing.SHARED, network="Elm peers")
