"""Files that came with a question: each is read for that question, or it is said why not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import structlog

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.domain.attachments import AnswerFromFile, FileContent
from assistant.domain.characters import as_seen
from assistant.domain.errors import AssistantError, DocumentError
from assistant.domain.ports import AnswersFromFiles
from assistant.language import phrase, say, say_some
from assistant.slack.api.files import (
    BYTES_IN_MEGABYTE,
    FetchedFile,
    FileNotFetchedError,
    NotFetched,
    SlackFiles,
)
from assistant.slack.shown.blocks import (
    Message,
    Shown,
    context_blocks,
    heading_block,
    inert,
    source_blocks,
    text_blocks,
)
from assistant.store.inbox import AttachedFile, InboxQuestion, IncomingQuestion

MOST_FILES = 3
LONGEST_NAME = 100

FROM_FILE = phrase("From the file you attached, {name}:")
FROM_GUIDANCE = phrase("From the guidance:")
SOURCES = phrase("Where in the file")
NOT_IN_FILE = phrase("The file you attached, {name}, does not answer this.")
NOT_USED = phrase(
    "The file you attached, {name}, was not used, since your message asks nothing of it; send it "
    "again together with a question about it."
)
NOT_READ = phrase("The file you attached, {name}, was not read. {reason}")
CUT = phrase("Only the beginning of {name} was read, since it is long.")
LEFT_OUT = phrase("Of {name}: {remark}")
TOO_LARGE = phrase("It is larger than {most} MB, the most that I read for a question.")
BROKE_DOWN = phrase("Something went wrong on our side; please send it again in a few minutes.")
_NOT_FETCHED = {
    NotFetched.GONE: phrase("Slack does not have it any more; please send it again."),
    NotFetched.ELSEWHERE: phrase(
        "It does not lie in Slack but elsewhere, where I cannot open it; please upload the file "
        "itself."
    ),
    NotFetched.NOT_GIVEN: phrase(
        "Slack did not hand it out; please send it again, and if that does not help, tell an "
        "administrator of the assistant."
    ),
    NotFetched.EMPTY: phrase("It is empty."),
}
# What Slack calls a kind, where a file of it is not named so.
_ENDINGS = {"text": "txt", "markdown": "md", "email": "eml"}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What the files say: blocks for before the guidance's own answer, sentences for after it.

    `answers` are those that the files gave.
    """

    shown: tuple[Shown, ...] = ()
    remarks: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


class Attachments:
    """Has a question answered from the files that came with it."""

    def __init__(
        self,
        files: SlackFiles,
        answer: AnswersFromFiles,
        invite: Callable[[InboxQuestion], tuple[Message, ...]],
    ) -> None:
        """`invite` gives what is said to administrators who may offer a file for the corpus."""
        self._files = files
        self._answer = answer
        self._invite = invite

    def invitation(self, question: InboxQuestion) -> tuple[Message, ...]:
        """Return what follows the answer to a question with files; often nothing."""
        return self._invite(question) if question.asked.files else ()

    def __call__(self, asked: IncomingQuestion, history: Sequence[Turn]) -> FromFiles:
        """Return what the files of a question say to it; nothing for a question without files."""
        shown: list[Shown] = []
        remarks: list[str] = []
        answers: list[Answer] = []
        for file in asked.files[:MOST_FILES]:
            name, told = self._told(file, asked.text, history)
            if isinstance(told, str):
                remarks.append(told)
                continue
            remarks.extend(_remarks(name, told))
            if told.answer.status.answers:
                answers.append(told.answer)
                shown.extend(_answer_blocks(name, told.answer))
        if shown:
            shown.append(heading_block(say(FROM_GUIDANCE)))
        remarks.extend(_too_many(len(asked.files)))
        return FromFiles(tuple(shown), tuple(remarks), tuple(answers))

    def _told(
        self, file: AttachedFile, question: str, history: Sequence[Turn]
    ) -> tuple[str, AnswerFromFile | str]:
        """Return a file's name with what it says, or with the sentence on why it was not read.

        What tells of a question in a shared channel may give no name, so Slack's answer counts.
        """
        name = shown_name(file)
        try:
            fetched = self._files.fetch(file.id)
            name = shown_name(AttachedFile(file.id, fetched.name))
            return name, self._answer(question, history, FileContent(_named(fetched), fetched.data))
        except FileNotFetchedError as error:
            name = shown_name(AttachedFile(file.id, error.name or file.name))
            reason = self._why(error.reason)
        except DocumentError as error:
            reason = str(error)
        except (AssistantError, OSError):
            # The question itself can be answered all the same.
            _log.exception("attachment_not_read")
            reason = say(BROKE_DOWN)
        return name, say(NOT_READ, name=name, reason=reason)

    def _why(self, reason: NotFetched) -> str:
        if reason is NotFetched.TOO_LARGE:
            return say(TOO_LARGE, most=self._files.most_bytes // BYTES_IN_MEGABYTE)
        return say(_NOT_FETCHED[reason])


def shown_name(file: AttachedFile) -> str:
    """Return a file's name as it may stand in a sentence."""
    name = " ".join(as_seen(file.name).split()) or file.id
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _named(fetched: FetchedFile) -> str:
    """Return the file's name with an ending: a snippet of Slack's has none."""
    if PurePosixPath(fetched.name).suffix or not fetched.kind:
        return fetched.name
    return f"{fetched.name}.{_ENDINGS.get(fetched.kind, fetched.kind)}"


def _remarks(name: str, told: AnswerFromFile) -> Iterator[str]:
    status = told.answer.status
    if status.value.startswith("unanswerable"):
        yield say(NOT_IN_FILE, name=name)
    elif not status.answers:
        yield say(NOT_USED, name=name)
        return
    if told.is_cut:
        yield say(CUT, name=name)
    yield from (say(LEFT_OUT, name=name, remark=remark) for remark in told.remarks)


def _too_many(count: int) -> Iterator[str]:
    if count > MOST_FILES:
        yield say_some(
            "{count} more file was not read, since I read up to {most} with a question.",
            "{count} more files were not read, since I read up to {most} with a question.",
            count - MOST_FILES,
            most=MOST_FILES,
        )


def _answer_blocks(name: str, answer: Answer) -> Iterator[Shown]:
    yield heading_block(inert(say(FROM_FILE, name=name)))
    yield from text_blocks(answer.text, {s.label for s in answer.statements if s.label})
    if answer.note:
        yield from context_blocks(answer.note)
    yield heading_block(say(SOURCES))
    for citation in answer.citations:
        yield from source_blocks(citation.line, None)


def status_of(guidance: AnswerStatus, from_files: FromFiles) -> AnswerStatus:
    """Return how a question ended that guidance and files were asked."""
    if guidance.answers or not from_files.answers:
        return guidance
    return from_files.answers[0].status
