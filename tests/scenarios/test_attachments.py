"""A file that comes with a question: read for it, or the asker is told that it was not, and why."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.answerer import Answerer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.attachments import AnswerFromFile
from assistant.domain.errors import CorpusError, DocumentError
from assistant.domain.ports import Abilities
from assistant.operations.attached import AttachedFileAnswerer
from assistant.retrieval.search import Searcher
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.posts.lateness import RENEWED
from assistant.slack.shown import sentences
from assistant.store.database import Engine
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack.people import Mentioned
from tests.fakes.slack_limits import seen
from tests.scenarios.conftest import FromFile, Guidance
from tests.scenarios.waiting import at_rest

pytestmark = pytest.mark.sockets

BEN = "U2BEN"
QUESTION = "When do reablement visits start?"
PLAN = b"# A plan\n\n## Reablement\n\nReablement visits start within 48 hours of discharge.\n"


def asked(
    slack: FakeSlack, *files: dict[str, Any], text: str = QUESTION, channel: str = "C1"
) -> Any:
    """Mention the bot with files; return the post."""
    return slack.mention(BEN, channel, text, files=list(files))


def answer_of(slack: FakeSlack, posted: Any) -> str:
    """Wait for the answer; return its words as a person sees them."""
    # What takes a while begins as a message without words that says what is being done. Some of it
    # is read in a process of its own, which takes its time to begin.
    slack.wait_until(lambda: any(each["text"] for each in slack.answers(posted)), 60)
    (answer,) = slack.answers(posted)
    return seen(answer["text"])


@pytest.mark.usefixtures("bot")
def test_the_file_and_the_guidance_answer_side_by_side_each_named(
    slack: FakeSlack, from_file: FromFile, guidance: Guidance
) -> None:
    posted = asked(slack, slack.add_file("plan.md", PLAN))
    lines = answer_of(slack, posted).splitlines()
    assert lines[:4] == [
        "From the file you attached, plan.md:",
        f"The file says: {len(PLAN)} bytes [1]",
        "Where in the file",
        "[1] plan.md. Example Institute, 2011",
    ]
    assert lines[4:6] == ["From the guidance:", f"You asked: {QUESTION} [1]"]
    ((question, history, file),) = from_file.asked
    assert (question, history, file.name, file.data) == (QUESTION, (), "plan.md", PLAN)
    assert len(guidance.asked) == 1


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("mentioned", ["mention first", "message first"])
def test_a_file_that_the_event_of_the_mention_does_not_name_is_read(
    slack: FakeSlack, from_file: FromFile, engine: Engine, mentioned: Mentioned
) -> None:
    slack.mention_names_files, slack.mentioned = False, mentioned
    posted = asked(slack, slack.add_file("plan.md", PLAN))
    slack.wait_until(lambda: "From the file you attached" in answer_of(slack, posted))
    at_rest(slack, engine)
    assert len(from_file.asked) == 1


@pytest.mark.usefixtures("bot")
def test_a_file_that_is_named_after_the_answer_changes_it(
    slack: FakeSlack, from_file: FromFile, engine: Engine
) -> None:
    slack.mention_names_files, slack.mentioned = False, "mention alone"
    posted = asked(slack, slack.add_file("plan.md", PLAN))
    assert "From the file" not in answer_of(slack, posted)
    at_rest(slack, engine)
    slack.deliver(slack.event_body({**slack.message("C1", posted.ts), "channel": "C1"}))
    slack.wait_until(lambda: "From the file you attached" in answer_of(slack, posted))
    assert answer_of(slack, posted).startswith(RENEWED)
    at_rest(slack, engine)
    assert len(from_file.asked) == 1


@pytest.mark.usefixtures("bot")
def test_an_answer_to_a_question_without_its_file_says_that_the_files_changed(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = asked(slack, slack.add_file("plan.md", PLAN))
    answer_of(slack, posted)
    at_rest(slack, engine)
    slack.take_files_away("C1", posted.ts)
    slack.wait_until(lambda: answer_of(slack, posted).startswith(RENEWED))
    assert "edited" not in answer_of(slack, posted)


@pytest.mark.usefixtures("bot")
def test_a_file_in_an_earlier_turn_is_not_read_again(slack: FakeSlack, from_file: FromFile) -> None:
    first = asked(slack, slack.add_file("plan.md", PLAN))
    slack.wait_for_answer(first)
    slack.mention(BEN, "C1", "And then?", thread_ts=first.ts)
    assert "From the file" not in slack.wait_for_answer(first, 2)["text"]
    assert len(from_file.asked) == 1


@pytest.mark.usefixtures("bot")
def test_a_file_that_does_not_answer_is_said_to(slack: FakeSlack, from_file: FromFile) -> None:
    status = AnswerStatus.UNANSWERABLE_LOW_SCORE
    from_file.answer = AnswerFromFile(Answer(QUESTION, status, "The guidance does not."))
    text = answer_of(slack, asked(slack, slack.add_file("plan.md", PLAN)))
    assert "The file you attached, plan.md, does not answer this." in text
    assert "The guidance does not." not in text
    assert f"You asked: {QUESTION}" in text


@pytest.mark.usefixtures("bot")
def test_what_the_file_alone_answers_counts_as_answered(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = Answer(QUESTION, AnswerStatus.UNANSWERABLE_LOW_SCORE, "I cannot say.")
    posted = asked(slack, slack.add_file("plan.md", PLAN))
    text = answer_of(slack, posted)
    assert "The file says" in text
    assert "I cannot say." in text
    guidance.answer = None
    slack.mention(BEN, "C1", "And then?", thread_ts=posted.ts)
    slack.wait_for_answer(posted, 2)
    (turn,) = guidance.asked[1][1]
    assert turn.answer.startswith("The file says"), "a follow-up leans on what answered"


@pytest.mark.usefixtures("bot")
def test_a_file_that_nothing_is_asked_of_is_said_not_to_be_used(
    slack: FakeSlack, from_file: FromFile
) -> None:
    from_file.answer = AnswerFromFile(Answer("Hello", AnswerStatus.CLARIFICATION, "Hello."))
    text = answer_of(slack, asked(slack, slack.add_file("plan.md", PLAN), text="Hello"))
    assert "plan.md, was not used, since your message asks nothing of it" in text


def in_a_shared_channel(file: dict[str, Any]) -> dict[str, Any]:
    """Return what the event of a post in a shared channel says of a file."""
    return {"id": file["id"], "mode": "file_access", "file_access": "check_file_info"}


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "From the file you attached, care plan.md:"),
        ({"size": 1_000_001}, "The file you attached, care plan.md, was not read."),
    ],
    ids=["read", "not read"],
)
def test_a_file_whose_name_the_event_does_not_give_is_called_by_its_name(
    slack: FakeSlack, facts: dict[str, Any], said: str
) -> None:
    file = slack.add_file("care plan.md", PLAN, **facts)
    text = answer_of(slack, asked(slack, in_a_shared_channel(file)))
    assert said in text
    assert file["id"] not in text


@pytest.mark.usefixtures("bot")
def test_that_only_the_beginning_was_read_is_said_with_what_was_left_out(
    slack: FakeSlack, from_file: FromFile
) -> None:
    answer = Answer(QUESTION, AnswerStatus.ANSWERED, "Soon.")
    remarks = ("Slide 4 is hidden and was left out.",)
    from_file.answer = AnswerFromFile(answer, remarks, is_cut=True)
    text = answer_of(slack, asked(slack, slack.add_file("plan.md", PLAN)))
    assert "Only the beginning of plan.md was read, since it is long." in text
    assert "Of plan.md: Slide 4 is hidden and was left out." in text


def gone(slack: FakeSlack) -> dict[str, Any]:
    slack.fail_next("files.info", Fault("error", error="file_deleted"))
    return slack.add_file("plan.md", PLAN)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (gone, "Slack does not have it any more; please send it again."),
        (lambda s: s.add_file("plan.md", b""), "It is empty."),
        (lambda s: s.add_file("plan.md", PLAN, size=1_000_001), "It is larger than 1 MB"),
        (lambda s: s.add_file("plan.md", b"x" * 1_000_001, size=1), "It is larger than 1 MB"),
        (
            lambda s: s.add_file("plan.md", PLAN, wants_another_token=True),
            "Slack did not hand it out",
        ),
        (
            lambda s: s.add_file("plan.md", PLAN, is_external=True),
            "It does not lie in Slack but elsewhere",
        ),
        (
            lambda s: s.add_file("plan.md", PLAN, url_private_download="https://example.org/plan"),
            "It does not lie in Slack but elsewhere",
        ),
    ],
    ids=["gone", "empty", "too large", "larger than said", "not given", "external", "elsewhere"],
)
def test_a_file_that_slack_does_not_give_is_named_with_the_reason_and_the_rest_is_answered(
    slack: FakeSlack,
    from_file: FromFile,
    made: Callable[[FakeSlack], dict[str, Any]],
    reason: str,
) -> None:
    text = answer_of(slack, asked(slack, made(slack)))
    assert f"The file you attached, plan.md, was not read. {reason}" in text
    assert f"You asked: {QUESTION}" in text
    assert "From the" not in text
    assert from_file.asked == []


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            DocumentError("It is locked by a password; save a copy without one."),
            "It is locked by a password; save a copy without one.",
        ),
        (CorpusError("No process can be started."), "Something went wrong on our side"),
        (OSError(28, "No space left on device"), "Something went wrong on our side"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason_and_the_rest_is_answered(
    slack: FakeSlack, from_file: FromFile, error: Exception, reason: str
) -> None:
    from_file.answer = error
    text = answer_of(slack, asked(slack, slack.add_file("plan.md", PLAN)))
    assert f"The file you attached, plan.md, was not read. {reason}" in text
    assert "space left" not in text
    assert f"You asked: {QUESTION}" in text


@pytest.mark.usefixtures("bot")
def test_of_many_files_three_are_read_and_the_others_counted(
    slack: FakeSlack, from_file: FromFile
) -> None:
    files = [slack.add_file(f"{n}.md", PLAN) for n in range(5)]
    text = answer_of(slack, asked(slack, *files))
    assert [file.name for _, _, file in from_file.asked] == ["0.md", "1.md", "2.md"]
    assert "2 more files were not read, since I read up to 3 with a question." in text


@pytest.mark.usefixtures("bot")
def test_a_file_without_words_is_asked_about(
    slack: FakeSlack, from_file: FromFile, guidance: Guidance
) -> None:
    posted = slack.direct_message(
        BEN, "", subtype="file_share", files=[slack.add_file("plan.md", PLAN)]
    )
    assert answer_of(slack, posted) == sentences.FILES_ONLY
    assert (from_file.asked, guidance.asked) == ([], [])


@pytest.mark.usefixtures("bot")
def test_a_snippet_without_an_ending_is_read_by_slacks_word_for_its_kind(
    slack: FakeSlack, from_file: FromFile
) -> None:
    slack.wait_for_answer(asked(slack, slack.add_file("Untitled", PLAN, filetype="text")))
    assert from_file.asked[0][2].name == "Untitled.txt"


@pytest.mark.usefixtures("bot")
def test_who_is_not_answered_has_no_file_read(slack: FakeSlack, from_file: FromFile) -> None:
    slack.change_person(BEN, is_bot=True)
    slack.wait_for_answer(asked(slack, slack.add_file("plan.md", PLAN)))
    assert from_file.asked == []
    assert slack.downloads == []


@pytest.mark.usefixtures("bot")
def test_a_name_notifies_nobody_and_becomes_no_link(slack: FakeSlack) -> None:
    name = "<!channel> @here https://example.org \u202e" + "x" * 200 + ".md"
    posted = asked(slack, slack.add_file(name, PLAN))
    message = slack.wait_for_answer(posted)
    assert "<!channel>" not in str(message)
    assert "\u202e" not in str(message)
    assert "x" * 101 not in seen(message["text"]).splitlines()[0]


@pytest.fixture
def reading(settings: Settings, encoder: HashingEncoder) -> AttachedFileAnswerer:
    """The reading itself, with an encoder that needs no weights."""
    return AttachedFileAnswerer(
        settings.data_dir / "attached",
        encoder=lambda: encoder,
        searcher=lambda snapshot: Searcher(snapshot, encoder),
        answerer=partial(Answerer, minimum_confidence=0.0, composer=ExtractiveComposer()),
        megabytes=1024,
    )


def test_a_file_goes_the_whole_way_and_leaves_nothing(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    train: ScriptedTrain,
    reading: AttachedFileAnswerer,
) -> None:
    bot = SlackBot(settings, engine, replace(abilities, answer_from_file=reading))
    bot.start()
    try:
        slack.wait_for_connection()
        scan = (Path(__file__).parents[1] / "files" / "scan.pdf").read_bytes()
        files = [slack.add_file("plan.md", PLAN), slack.add_file("scan.pdf", scan)]
        text = answer_of(slack, asked(slack, *files))
    finally:
        bot.stop()
    assert "Reablement visits start within 48 hours of discharge. [1]" in text
    assert "[1] plan.md &gt; Reablement" in text
    assert "scan.pdf, was not read. It holds no text, only pictures of pages" in text
    assert train.offered == {}, "nothing of it went into the corpus"
    words = b"48 hours of discharge"
    kept = {path.name for path in settings.data_dir.rglob("*") if path.is_file()}
    assert list((settings.data_dir / "attached").iterdir()) == []
    holding = [n for n in kept if words in (settings.data_dir / n).read_bytes()]
    assert all(name.startswith("assistant.sqlite3") for name in holding), "the answer alone is kept"
