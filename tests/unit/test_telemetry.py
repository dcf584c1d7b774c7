"""The stopwatch, and logging to standard error."""

import json

import pytest
import structlog

from assistant.telemetry import Stopwatch, configure_logging


def test_a_step_that_is_timed_twice_is_added_up() -> None:
    watch = Stopwatch()
    with watch.step("search"):
        pass
    first = watch.timings_ms()["search"]
    with watch.step("search"):
        sum(range(200_000))
    timings = watch.timings_ms()
    assert timings["search"] > first
    assert list(timings) == ["search", "total"]
    assert timings["total"] >= timings["search"]


def step_that_fails(watch: Stopwatch) -> None:
    with watch.step("search"):
        raise ValueError("broken index")


def test_a_step_that_fails_is_timed_too() -> None:
    watch = Stopwatch()
    with pytest.raises(ValueError, match="broken index"):
        step_that_fails(watch)
    assert "search" in watch.timings_ms()


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING")
    log = structlog.get_logger()
    log.info("quiet")
    log.warning("loud", count=2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "quiet" not in captured.err
    assert "loud" in captured.err


def test_events_as_json_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", as_json=True)
    structlog.get_logger().info("question_answered", status="answered")
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event["event"] == "question_answered"
    assert event["level"] == "info"
    assert event["status"] == "answered"
