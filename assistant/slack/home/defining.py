"""`/define`: what a term means, said to the asker alone."""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from assistant.domain.answers import Answer
from assistant.domain.ports import DefinesTerms
from assistant.language import say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.plain_http import reply_alone
from assistant.slack.ground import Ground
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.shown import admin_sentences, sentences
from assistant.slack.shown.blocks import Message, answer_messages, sentence_messages
from assistant.slack.shown.network_buttons import with_proposal_button
from assistant.slack.shown.words import plain_question

LONGEST_TERM = 200
# A response_url takes five posts.
MOST_REPLIES = 4

_log = structlog.get_logger()


class Defining:
    """Answers who typed the command, from what they may read."""

    def __init__(self, define: DefinesTerms, ground: Ground) -> None:
        self._define = define
        self._gatekeeper = ground.gatekeeper
        self._directory = ground.directory
        self._memberships = ground.memberships
        self._bot_user = ground.identity.bot_user

    def serve(self, command: Mapping[str, Any]) -> None:
        """Say what the term means; nobody but the asker sees it."""
        term = plain_question(str(command.get("text") or ""), self._bot_user)
        try:
            with self._directory.spoken_to(str(command["user_id"])):
                messages = self._messages(term, command)
            for message in messages:
                reply_alone(str(command["response_url"]), message)
        except SlackCallError as error:
            _log.warning("definition_not_told", code=error.code)

    def _messages(self, term: str, command: Mapping[str, Any]) -> tuple[Message, ...]:
        user, channel = str(command["user_id"]), str(command.get("channel_id") or "")
        try:
            admission = self._gatekeeper.admit_alone(user, channel)
        except UncheckedError:
            return sentence_messages(say(admin_sentences.UNCHECKED_ASKER))
        refused = admission.refusal
        if refused is None and not term:
            refused = say(admin_sentences.DEFINE_WHAT)
        if refused is None and len(term) > LONGEST_TERM:
            refused = say(admin_sentences.DEFINE_TOO_LONG)
        if refused is not None:
            return sentence_messages(refused)
        try:
            answer = self._define(term, admission.audiences)
        except Exception as error:  # noqa: BLE001 - every failure ends in a sentence
            reference = uuid.uuid4().hex[:8]
            _log.error("definition_failed", reference=reference, exc_info=error)
            return sentence_messages(sentences.failure(reference))
        return self._with_button(_few(answer), answer, user, channel)

    def _with_button(
        self, messages: tuple[Message, ...], answer: Answer, user: str, channel: str
    ) -> tuple[Message, ...]:
        """Return the messages, for who is in a network with a button to propose the definition."""
        try:
            can_propose = answer.status.answers and bool(self._memberships.of(user, channel))
        except SlackCallError as error:
            _log.info("button_left_out", code=error.code)
            return messages
        return with_proposal_button(messages, answer.question) if can_propose else messages


def _few(answer: Answer) -> tuple[Message, ...]:
    messages = answer_messages(answer)
    if len(messages) <= MOST_REPLIES:
        return messages
    return (*messages[:MOST_REPLIES], *sentence_messages(say(admin_sentences.DEFINE_MORE)))
