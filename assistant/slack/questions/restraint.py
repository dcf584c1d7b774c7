"""What is said where the assistant is not to answer, or not again: before anything is looked up."""

from assistant.domain.answers import AnswerStatus
from assistant.language import phrase, say
from assistant.slack.heard.changing import MOST_EDITS
from assistant.slack.heard.stopping import is_stop, stopped_sentence
from assistant.slack.posts.posting import Reply
from assistant.slack.questions.breaker import Breaker
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.inbox import InboxQuestion, IncomingQuestion, Surface
from assistant.store.threads import Place, Threads

EDITED_TOO_OFTEN = phrase(
    "This question was changed {count} times, so I do not answer it again; please ask it in a new "
    "message."
)


class Restraint:
    """Answers a word that stops, a question changed too often, and what comes during a pause."""

    def __init__(self, breaker: Breaker, threads: Threads) -> None:
        self._breaker = breaker
        self._threads = threads

    def reply(self, question: InboxQuestion) -> Reply | None:
        """Return what is said instead of an answer; None when the question is to be answered."""
        paused = self._breaker.reply(question)
        if paused is not None:
            return paused
        asked = question.asked
        if question.revision > MOST_EDITS:
            sentence = say(EDITED_TOO_OFTEN, count=question.revision)
            return Reply(sentence_messages(sentence), AnswerStatus.REFUSED_LIMIT)
        if is_stop(asked.text) and asked.surface is Surface.THREAD:
            sentence = stopped_sentence(is_direct=asked.channel_type == "im")
            return Reply(sentence_messages(sentence), AnswerStatus.CLARIFICATION)
        return None

    def leave(self, asked: IncomingQuestion) -> None:
        """Go on only when mentioned where the asker is refused: once is often enough to say so."""
        self._threads.join(Place(asked.team, asked.channel, asked.thread_ts))
