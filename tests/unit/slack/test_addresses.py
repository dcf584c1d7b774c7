"""Where who pressed a button is answered alone: beside what they pressed."""

from typing import Any

import pytest

from assistant.slack.api.plain_http import address_of

URL = "https://hooks.example.org/commands/1"


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ({}, ""),
        ({"message": {"ts": "2.0", "thread_ts": "1.0"}}, ""),
        ({"response_url": URL}, URL),
        ({"response_url": URL, "message": {"ts": "1.0"}}, URL),
        ({"response_url": URL, "message": {"ts": "1.0", "thread_ts": "1.0"}}, URL),
        ({"response_url": URL, "message": {"ts": "2.0", "thread_ts": "1.0"}}, f"{URL}#1.0"),
        (
            {"response_url": URL, "container": {"is_ephemeral": True, "thread_ts": "1.0"}},
            f"{URL}#1.0",
        ),
    ],
)
def test_an_address_names_the_thread_within_which_something_was_pressed(
    body: dict[str, Any], address: str
) -> None:
    assert address_of(body) == address
