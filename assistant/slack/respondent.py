"""What is said to a question in Slack: who is answered, from what, and the words if not."""

from collections.abc import Callable
from dataclasses import replace

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.domain.errors import AssistantError
from assistant.domain.ports import AnswersQuestions
from assistant.slack import readers, sentences
from assistant.slack.blocks import Message, answer_messages, sentence_messages
from assistant.slack.clients import SlackCallError, called
from assistant.slack.directory import Directory
from assistant.slack.posting import Identity, Reply
from assistant.store.inbox import InboxQuestion
from assistant.store.turns import Turns

_log = structlog.get_logger()


class UncheckedError(AssistantError):
    """It could not be found out who reads the conversation."""


class Respondent:
    """Decides who is answered and from what, and has the question answered."""

    def __init__(
        self,
        answer: AnswersQuestions,
        turns: Turns,
        directory: Directory,
        identity: Identity,
        courtesy: WebClient,
        invite: Callable[[InboxQuestion], tuple[Message, ...]],
    ) -> None:
        """`invite` gives what is said to who sends files, besides the answer to their words."""
        self._answer = answer
        self._turns = turns
        self._directory = directory
        self._identity = identity
        self._courtesy = courtesy
        self._invite = invite

    def reply(self, question: InboxQuestion) -> Reply:
        """Return what goes into the question's thread.

        Raises UncheckedError when Slack does not say who will read it.
        """
        asked = question.asked
        try:
            asker = self._directory.person(asked.user)
            conversation = self._directory.conversation(asked.channel)
        except SlackCallError as error:
            raise UncheckedError("Slack did not say who reads the conversation.") from error
        refused = readers.refusal(asker, conversation, self._identity.team)
        if refused is not None:
            return Reply(sentence_messages(refused), AnswerStatus.REFUSED_AUDIENCE)
        invitation = self._invite(question) if asked.files else ()
        if invitation and not asked.text:
            return Reply(invitation, AnswerStatus.CLARIFICATION)
        unasked = _nothing_to_answer(question)
        if unasked is not None:
            return replace(unasked, messages=(*unasked.messages, *invitation))
        self._show_status(question)
        members = None if conversation.is_direct else self._directory.members(asked.channel)
        audiences = readers.audiences(conversation, members, self._identity.team)
        history = self._turns.last(asked.team, asked.channel, asked.thread_ts)
        reply = _answered(question, self._answer(asked.text, history, audiences))
        return replace(reply, messages=(*reply.messages, *invitation))

    def _show_status(self, question: InboxQuestion) -> None:
        """Say in the thread that somebody works on it; failing to costs nothing."""
        try:
            called(
                self._courtesy.assistant_threads_setStatus,
                channel_id=question.asked.channel,
                thread_ts=question.asked.thread_ts,
                status=sentences.STATUS,
            )
        except SlackCallError as error:
            _log.warning("status_not_shown", code=error.code)


def _nothing_to_answer(question: InboxQuestion) -> Reply | None:
    asked = question.asked
    if not asked.text:
        sentence = sentences.FILES_ONLY if asked.files else sentences.EMPTY_QUESTION
        return Reply(sentence_messages(sentence), AnswerStatus.CLARIFICATION)
    if len(asked.text) > sentences.LONGEST_QUESTION:
        return Reply(sentence_messages(sentences.QUESTION_TOO_LONG), AnswerStatus.REFUSED_LIMIT)
    return None


def _answered(question: InboxQuestion, answer: Answer) -> Reply:
    remarks = [sentences.FILES_NOT_READ] if question.asked.files else []
    turn = Turn(question.asked.text, answer.text)
    return Reply(answer_messages(answer, *remarks), answer.status, turn, answer)
