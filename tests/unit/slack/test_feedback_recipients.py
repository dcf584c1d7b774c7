"""Who is told of feedback: owners who may read what it is about, else the administrators."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant.domain.answers import AnswerStatus
from assistant.settings import Settings, load_settings
from assistant.slack.api.clients import SlackCallError, courtesy_client
from assistant.slack.feedback.recipients import MOST_ADMINISTRATORS, Recipient, Recipients
from assistant.slack.rights.administrators import Administrators
from assistant.slack.rights.directory import Directory
from assistant.store.turns_table import KeptAnswer, KeptCitation
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, TEAM, FakeSlack, Fault

pytestmark = pytest.mark.sockets

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CITED = KeptCitation(1, "cycle.md", "Cycle", "[1] The cycle", None, "public")
KEPT = KeptAnswer(
    1, "T0HOME", "C1", "1.0", "1.0", "U2BEN", "q", "a", AnswerStatus.ANSWERED, (CITED,), "s1", NOW
)
ADMINISTRATORS = [Recipient(user="U1ANN"), Recipient(user="U3CAT")]
OWNER = [Recipient(user="U4DAN")]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        for user in ("U1ANN", "U2BEN", "U3CAT"):
            fake.add_person(user)
        fake.add_person("U4DAN", profile={"email": "dan@example.org"})
        fake.add_group("S1ADMINS", "U3CAT", "U1ANN")
        yield fake


def recipients(
    slack: FakeSlack,
    channel: str | None = None,
    groups: str = "S1ADMINS",
    users: str = "U1ANN,U9NOBODY",
    **owners: str,
) -> Recipients:
    """Return what decides; an owner is given by the document's name without its ending."""
    settings = load(slack, groups, users)
    client = courtesy_client(settings)
    by_document = {f"{name}.md": owner for name, owner in owners.items()}
    return Recipients(
        Directory(client),
        Administrators(settings, client, TEAM),
        client,
        TEAM,
        lambda documents: {d: by_document[d] for d in documents if d in by_document},
        channel,
    )


def load(slack: FakeSlack, groups: str, users: str) -> Settings:
    return load_settings(
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack.url,
        admin_users=users,
        admin_groups=groups,
    )


def told(
    decide: Recipients, documents: Sequence[str], kept: KeptAnswer | None
) -> Sequence[Recipient]:
    """Return who is told first."""
    return next((group for group in decide.of(documents, kept) if group), [])


def documents(kept: KeptAnswer) -> list[str]:
    return [cited.document for cited in kept.citations]


@pytest.mark.parametrize("owner", ["U4DAN", "dan@example.org", " Dan@Example.org "])
def test_the_owner_is_told_by_id_or_address(slack: FakeSlack, owner: str) -> None:
    assert told(recipients(slack, cycle=owner), ["cycle.md"], KEPT) == OWNER


@pytest.mark.parametrize(
    "owner",
    [
        "The commissioning team",
        "nobody@example.org",
        "U9NOBODY",
        "dan@example.org, ann@example.org",
        "U4DAN and U1ANN",
        "@",
        "S1ADMINS",
    ],
)
def test_what_names_nobody_whom_slack_knows_leaves_it_to_the_administrators(
    slack: FakeSlack, owner: str
) -> None:
    assert told(recipients(slack, cycle=owner), ["cycle.md"], KEPT) == ADMINISTRATORS


@pytest.mark.parametrize(
    "facts",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"deleted": True},
        {"team_id": "T9"},
        {"is_stranger": True},
        {"is_bot": True},
    ],
)
def test_an_owner_who_is_no_full_member_is_not_told(
    slack: FakeSlack, facts: dict[str, Any]
) -> None:
    slack.change_person("U4DAN", **facts)
    assert told(recipients(slack, cycle="U4DAN"), ["cycle.md"], KEPT) == ADMINISTRATORS


@pytest.mark.parametrize("audience", ["network-north", None])
def test_an_owner_who_may_not_read_another_source_is_not_told(
    slack: FakeSlack, audience: str | None
) -> None:
    other = replace(CITED, number=2, document="other.md", audience=audience)
    kept = replace(KEPT, citations=(CITED, other))
    found = told(recipients(slack, cycle="U4DAN"), documents(kept), kept)
    assert found == ADMINISTRATORS
    both = told(recipients(slack, cycle="U4DAN", other="U4DAN"), documents(kept), kept)
    assert both == OWNER, "who looks after a document may read it"


def test_of_a_deleted_source_only_its_name_is_shown_so_that_it_keeps_nobody_out(
    slack: FakeSlack,
) -> None:
    bare = KeptCitation(2, "gone.md", "", "", None, None)
    kept = replace(KEPT, citations=(CITED, bare))
    assert told(recipients(slack, cycle="U4DAN"), documents(kept), kept) == OWNER


def test_an_answer_that_rests_on_nothing_goes_to_the_administrators(slack: FakeSlack) -> None:
    kept = replace(KEPT, citations=())
    assert told(recipients(slack, cycle="U4DAN"), [], kept) == ADMINISTRATORS
    assert told(recipients(slack), [], None) == ADMINISTRATORS


def test_a_channel_is_used_while_everybody_in_it_is_a_full_member(slack: FakeSlack) -> None:
    slack.add_channel("C9FEED", "U1ANN", "U2BEN")
    decide = recipients(slack, channel="C9FEED")
    assert told(decide, ["cycle.md"], KEPT) == [Recipient(channel="C9FEED")]
    assert told(recipients(slack, channel="C9FEED", cycle="U4DAN"), ["cycle.md"], KEPT) == OWNER


@pytest.mark.parametrize("case", ["guest", "outsider", "shared", "network", "gone"])
def test_a_channel_in_which_somebody_may_not_read_it_is_not_used(
    slack: FakeSlack, case: str
) -> None:
    kept = KEPT
    if case != "gone":
        slack.add_channel("C9FEED", "U1ANN", "U2BEN")
    if case == "guest":
        slack.change_person("U2BEN", is_restricted=True)
    if case == "outsider":
        slack.change_person("U2BEN", team_id="T9")
    if case == "shared":
        slack.change_channel("C9FEED", is_ext_shared=True)
    if case == "network":
        kept = replace(KEPT, citations=(replace(CITED, audience="network-north"),))
    found = told(recipients(slack, channel="C9FEED"), ["cycle.md"], kept)
    assert found == ADMINISTRATORS


def test_a_group_of_administrators_is_told_up_to_a_bound(slack: FakeSlack) -> None:
    many = [slack.add_person(f"U5MANY{n:02d}") for n in range(20)]
    slack.add_group("S1ADMINS", *many)
    assert len(recipients(slack).administrators()) == MOST_ADMINISTRATORS


def test_when_slack_cannot_be_asked_nothing_is_decided(slack: FakeSlack) -> None:
    for method in ("users.info", "users.lookupByEmail", "usergroups.users.list"):
        slack.fail_next(method, Fault("rate_limited"))
        owner = "dan@example.org" if "lookup" in method else "x"
        with pytest.raises(SlackCallError):
            told(recipients(slack, cycle=owner), ["cycle.md"], KEPT)


def test_who_is_next_is_told_where_nobody_before_could_be_written_to(slack: FakeSlack) -> None:
    slack.add_channel("C9FEED", "U1ANN", "U2BEN")
    decide = recipients(slack, channel="C9FEED", cycle="U4DAN")
    groups = [list(group) for group in decide.of(["cycle.md"], KEPT)]
    assert groups == [OWNER, [Recipient(channel="C9FEED")], ADMINISTRATORS]


@pytest.mark.parametrize(
    ("owner", "users", "can"),
    [
        ("The commissioning team", "", False),
        ("U4DAN", "", True),
        ("dan@example.org", "", True),
        ("The commissioning team", "U1ANN", True),
    ],
)
def test_somebody_can_deal_with_it_where_an_owner_or_an_administrator_is_named(
    slack: FakeSlack, owner: str, users: str, *, can: bool
) -> None:
    decide = recipients(slack, users=users, groups="", channel="C9FEED", cycle=owner)
    assert decide.can_deal(["cycle.md"]) is can
    assert decide.can_deal([]) is bool(users)
