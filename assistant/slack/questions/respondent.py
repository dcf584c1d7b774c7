"""What is said to a question in Slack: who is answered, from what, and the words if not."""

import time
from dataclasses import replace

import structlog

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.language import say
from assistant.slack.feedback.blocks import is_rateable, with_feedback
from assistant.slack.ground import Ground
from assistant.slack.posts.posting import Reply
from assistant.slack.posts.streaming import Streams
from assistant.slack.questions.attachments import Attachments, FromFiles, status_of
from assistant.slack.questions.restraint import Restraint
from assistant.slack.rights.gatekeeper import Admission, UncheckedError
from assistant.slack.sharing.sharing import with_button
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import answer_messages, sentence_messages
from assistant.slack.shown.network_buttons import with_network_buttons
from assistant.store.inbox import InboxQuestion, Surface

# An answer that took longer is checked once more for who will read it, at most so often.
SECONDS_ONE_LOOK_HOLDS = 10.0
MOST_LOOKS = 3

_log = structlog.get_logger()


class Respondent:
    """Decides who is answered and from what, and has the question answered."""

    def __init__(
        self, ground: Ground, attachments: Attachments, streams: Streams, restraint: Restraint
    ) -> None:
        self._answer = ground.abilities.answer
        self._turns = ground.turns
        self._networks = ground.networks
        self._gatekeeper = ground.gatekeeper
        self._directory = ground.directory
        self._attachments = attachments
        self._streams = streams
        self._restraint = restraint

    def reply(self, question: InboxQuestion) -> Reply:
        """Return what goes into the question's thread.

        Raises UncheckedError when Slack does not say who will read it.
        """
        if question.asked.surface is Surface.ALONE or question.asked.channel_type == "im":
            with self._directory.spoken_to(question.asked.user):
                return self._reply(question)
        return self._reply(question)

    def _reply(self, question: InboxQuestion) -> Reply:
        restrained = self._restraint.reply(question)
        if restrained is not None:
            return restrained
        for _ in range(MOST_LOOKS):
            began = time.monotonic()
            admission = self._gatekeeper.admit(question.asked)
            made = self._admitted(question, admission)
            reply = replace(made, alone=admission.alone, admission=admission, looked_at=began)
            looked = self.looked_again(question, reply)
            if looked is not None:
                return looked
        raise UncheckedError("Who reads the conversation changed again and again.")

    def looked_again(self, question: InboxQuestion, reply: Reply) -> Reply | None:
        """Return the reply if it may be shown to who reads the conversation now.

        A look holds for a moment. Raises UncheckedError when Slack does not say who reads.
        """
        admission, now = reply.admission, time.monotonic()
        says_nothing = admission is None or admission.refusal is not None
        if says_nothing or now - reply.looked_at < SECONDS_ONE_LOOK_HOLDS:
            return reply
        if admission is not None and self._gatekeeper.still_holds(question.asked, admission):
            return replace(reply, looked_at=now)
        _log.warning("readers_changed_meanwhile")
        return None

    def _admitted(self, question: InboxQuestion, admission: Admission) -> Reply:
        asked = question.asked
        if admission.refusal is not None:
            self._restraint.leave(asked)
            return Reply(sentence_messages(admission.refusal), AnswerStatus.REFUSED_AUDIENCE)
        invitation = self._attachments.invitation(question)
        if invitation and not asked.text:
            return Reply(invitation, AnswerStatus.CLARIFICATION)
        unasked = _nothing_to_answer(question)
        if unasked is not None:
            return replace(unasked, messages=(*unasked.messages, *invitation))
        history = self._turns.last(
            asked.team, asked.channel, asked.thread_ts, readable=admission.audiences
        )
        on_step = self._streams.begin(question, alone=admission.alone)
        from_files = self._attachments(asked, history)
        answer = self._answer(asked.text, history, admission.audiences, on_step)
        reply = _answered(question, answer, from_files)
        messages = with_button(self._gatekeeper, reply.messages, question, answer, admission)
        if is_rateable(reply.status):
            messages = with_feedback(messages, question.id)
            if self._networks.are_any(asked.team):
                messages = with_network_buttons(messages, question.id, reply.status)
        return replace(reply, messages=(*messages, *invitation))


def _nothing_to_answer(question: InboxQuestion) -> Reply | None:
    asked = question.asked
    if not asked.text:
        sentence = say(sentences.FILES_ONLY if asked.files else sentences.EMPTY_QUESTION)
        return Reply(sentence_messages(sentence), AnswerStatus.CLARIFICATION)
    if len(asked.text) > sentences.LONGEST_QUESTION:
        return Reply(sentence_messages(sentences.question_too_long()), AnswerStatus.REFUSED_LIMIT)
    return None


def _answered(question: InboxQuestion, answer: Answer, from_files: FromFiles) -> Reply:
    messages = answer_messages(answer, *from_files.remarks, before=from_files.shown)
    is_left_to_files = from_files.answers and not answer.status.answers
    text = from_files.answers[0].text if is_left_to_files else answer.text
    status = status_of(answer.status, from_files)
    return Reply(messages, status, Turn(question.asked.text, text), answer)
