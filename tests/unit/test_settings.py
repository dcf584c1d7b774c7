"""Settings: where they come from, their bounds, and what is said of a mistake."""

import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.domain.errors import SettingsError
from assistant.settings import load_settings


def test_everything_has_a_default_and_slack_is_off() -> None:
    settings = load_settings()
    assert settings.data_dir == Path(".data")
    assert settings.chat_model is None
    assert not settings.speaks_slack


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("ASSISTANT_WORKERS=3\nASSISTANT_KEEP_SNAPSHOTS=4\n")
    assert load_settings().workers == 3
    monkeypatch.setenv("ASSISTANT_WORKERS", "5")
    assert load_settings().workers == 5
    assert load_settings().keep_snapshots == 4
    assert load_settings(workers=6, keep_snapshots=None).workers == 6


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_CHAT_MODEL", "")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    assert load_settings().chat_model is None


def test_a_variable_of_somebody_else_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_SOMETHING_ELSE", "1")
    Path(".env").write_text("OTHER=1\n")
    assert load_settings().workers == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSISTANT_MINIMUM_CONFIDENCE", "1.5"),
        ("ASSISTANT_MINIMUM_CONFIDENCE", "nan"),
        ("ASSISTANT_KEEP_SNAPSHOTS", "-7"),
        ("ASSISTANT_CHAT_TIMEOUT_SECONDS", "-7"),
        ("ASSISTANT_CHAT_TIMEOUT_SECONDS", "inf"),
        ("ASSISTANT_WORKERS", "many"),
        ("ASSISTANT_LOG_LEVEL", "LOUD"),
        ("ASSISTANT_LOG_JSON", "perhaps"),
        ("SLACK_API_URL", "slack.example.org"),
        ("ASSISTANT_DEFAULT_AUDIENCE", "../../etc"),
        ("ASSISTANT_DEFAULT_AUDIENCE", "everyone"),
    ],
)
def test_a_value_out_of_bounds_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert message.endswith(".")
    assert "\n" not in message
    assert value not in message.removeprefix(name)


def test_each_mistake_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_WORKERS", "0")
    monkeypatch.setenv("ASSISTANT_KEEP_SNAPSHOTS", "0")
    with pytest.raises(SettingsError, match=r"ASSISTANT_KEEP_SNAPSHOTS.*ASSISTANT_WORKERS"):
        load_settings()


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-s3cret"}, "SLACK_APP_TOKEN is not"),
        ({"SLACK_APP_TOKEN": "xapp-s3cret"}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_SIGNING_SECRET": "s3cret" * 4}, "SLACK_BOT_TOKEN is not"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-s3cret", "SLACK_SIGNING_SECRET": "s3cret or not"},
            "SLACK_SIGNING_SECRET must be 16 characters or more",
        ),
        (
            {
                "SLACK_BOT_TOKEN": "xoxb-s3cret",
                "SLACK_APP_TOKEN": "xapp-s3cret",
                "SLACK_SIGNING_SECRET": "s3cret" * 4,
            },
            "are both set; choose with ASSISTANT_SLACK_MODE",
        ),
        (
            {
                "SLACK_BOT_TOKEN": "xoxb-s3cret",
                "SLACK_APP_TOKEN": "xapp-s3cret",
                "ASSISTANT_SLACK_MODE": "http",
            },
            "SLACK_SIGNING_SECRET is not set",
        ),
        (
            {
                "SLACK_BOT_TOKEN": "xoxb-s3cret",
                "SLACK_SIGNING_SECRET": "s3cret" * 4,
                "ASSISTANT_SLACK_MODE": "socket",
            },
            "SLACK_APP_TOKEN is not set",
        ),
        (
            {"SLACK_BOT_TOKEN": "xapp-s3cret", "SLACK_APP_TOKEN": "xoxb-s3cret"},
            "SLACK_BOT_TOKEN must begin with xoxb-",
        ),
        (
            {"SLACK_BOT_TOKEN": "xoxb-s3cret", "SLACK_APP_TOKEN": "s3cret"},
            "SLACK_APP_TOKEN must begin with xapp-",
        ),
    ],
)
def test_tokens_that_do_not_fit_are_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, tokens: dict[str, str], said: str
) -> None:
    for name, token in tokens.items():
        monkeypatch.setenv(name, token)
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("secrets", "mode", "way"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "", "socket"),
        ({"SLACK_SIGNING_SECRET": "a1" * 16}, "", "http"),
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "a1" * 16}, "http", "http"),
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "a1" * 16}, "socket", "socket"),
    ],
)
def test_the_way_in_is_what_there_is_a_secret_for_or_what_was_chosen(
    monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str], mode: str, way: str
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("ASSISTANT_SLACK_MODE", mode)
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)
    assert load_settings().slack_way == way


def test_secrets_are_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-s3cret")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-s3cret")
    monkeypatch.setenv("ASSISTANT_CHAT_API_KEY", "sk-s3cret")
    settings = load_settings()
    assert settings.speaks_slack
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().workers = 9


def test_slacks_address_ends_with_a_slash() -> None:
    assert load_settings(slack_api_url="http://127.0.0.1/api").slack_api_url.endswith("/api/")


def test_names_are_given_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_ADMIN_USERS", " U012AB3CD, W9Z ,")
    monkeypatch.setenv("ASSISTANT_ADMIN_GROUPS", "S012AB3CD")
    settings = load_settings()
    assert settings.admin_users == ("U012AB3CD", "W9Z")
    assert settings.admin_groups == ("S012AB3CD",)
    assert settings.slack_file_hosts == ("files.slack.com",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSISTANT_ADMIN_USERS", "ann@example.org"),
        ("ASSISTANT_ADMIN_USERS", "U012AB3CD,@ann"),
        ("ASSISTANT_ADMIN_USERS", "S012AB3CD"),
        ("ASSISTANT_ADMIN_GROUPS", "U012AB3CD"),
        ("ASSISTANT_FEEDBACK_CHANNEL", "#feedback"),
        ("ASSISTANT_FEEDBACK_CHANNEL", "D012AB3CD"),
        ("ASSISTANT_ADMIN_COMMAND", "commissioning-admin"),
    ],
)
def test_an_administrator_who_is_no_id_of_slack_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{name}")
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:secret@db.example.org/assistant",
        "postgresql+psycopg://ann:s%40cret@db.example.org:5433/assistant?sslmode=verify-full",
        "postgresql://ann@/assistant?host=/run/postgresql",
    ],
)
def test_the_database_is_postgresql_by_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ASSISTANT_DATABASE_URL", url)
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url
    assert url not in repr(settings)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///hidden.sqlite3", "must begin with postgresql://; unset it to keep SQLite"),
        ("postgres://ann:hidden@host/name", "must begin with postgresql://"),
        ("mysql://ann:hidden@host/name", "must begin with postgresql://"),
        ("hidden", "must begin with postgresql://"),
        ("postgresql://ann:hidden@host", "must be postgresql://user:password@host:port/name"),
        ("postgresql://ann:hidden@host/", "must be postgresql://user:password@host:port/name"),
        ("postgresql://ann:hid/den@host/name", "percent-encoded"),
        ("postgresql://ann:hid#den@host/name", "percent-encoded"),
        ("postgresql://ann:hid@den@host/name", "percent-encoded"),
        ("postgresql://ann:hidden@host:port/name", "percent-encoded"),
        ("postgresql://ann:hidden@host/na/me", "percent-encoded"),
    ],
)
def test_a_mistake_in_the_address_of_the_database_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("ASSISTANT_DATABASE_URL", url)
    with pytest.raises(SettingsError) as mistake:
        load_settings()
    assert str(mistake.value).startswith("ASSISTANT_DATABASE_URL: ")
    assert told in str(mistake.value)
    assert "hid" not in "".join(traceback.format_exception(mistake.value))
