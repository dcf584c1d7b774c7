"""The app's manifest, as it is pasted into Slack: for Socket Mode, or for requests over HTTP."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.domain.errors import SettingsError

EVENTS_PATH = "/slack/events"

_PACKAGE = Path(__file__).parents[2]


def manifest_text(url: str | None = None) -> str:
    """Return the manifest as JSON.

    With `url`, the address at which Slack finds the assistant, it is the one for HTTP; raises
    SettingsError when that is not https and a host, with or without a path.
    """
    manifest = json.loads(_file().read_text(encoding="utf-8"))
    if url is not None:
        _send_requests(manifest, _base(url) + EVENTS_PATH)
    return json.dumps(manifest, indent=2, ensure_ascii=False)


def _file() -> Path:
    """The file lies in an installed package, and beside the package in the repository."""
    installed = _PACKAGE / "manifest.json"
    return installed if installed.exists() else _PACKAGE.parent / "manifest.json"


def _send_requests(manifest: dict[str, Any], address: str) -> None:
    settings, features = manifest["settings"], manifest["features"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = address
    settings["interactivity"]["request_url"] = address
    # Where Slack asks what a select offers while somebody types.
    settings["interactivity"]["message_menu_options_url"] = address
    for command in features["slash_commands"]:
        command["url"] = address


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_fit = False
    if not is_fit or parts.query or parts.fragment:
        raise SettingsError(
            "Slack sends requests to https addresses only; give one such as "
            "https://assistant.example.org, without anything after a question mark."
        )
    return url.rstrip("/").removesuffix(EVENTS_PATH)
