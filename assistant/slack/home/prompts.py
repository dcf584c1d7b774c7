"""Questions that are suggested: only such as the guidance answers for whoever looks.

Each candidate is asked of the answer path first. What was found holds for a snapshot, an audience
and a day, since what guidance holds may change with the day; after a switch and at midnight it is
looked for again before anybody comes.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import AnswerStatus
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.errors import AssistantError
from assistant.domain.ports import AnswersQuestions, DefinesTerms
from assistant.ingestion.files import GOLDEN
from assistant.language import phrase, say
from assistant.operations.golden import read_golden
from assistant.retrieval.currency import local_today
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.rights.gatekeeper import Gatekeeper, UncheckedError
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import inert

MOST_PROMPTS = 4
MOST_TRIED = 16
LONGEST_TITLE = 75
WELCOME = phrase("Hello. Ask me about the guidance, for instance:")
MEANING = phrase("What does {term} mean?")
# What a full member reads; others' audiences are known once they came.
COMMON = (PUBLIC, INTERNAL)
MOST_REMEMBERED = 8

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that is suggested: what is shown of it, and what is asked by choosing it."""

    title: str
    message: str


# Answered in any case, so it greets while others are looked for, and where none is answered.
ALWAYS_ANSWERED = "What can you do?"
WHAT_I_DO = phrase("What I can do for you")

Then = Callable[[tuple[Prompt, ...]], None]
_Key = tuple[str, date, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where candidates come from, and what the live snapshot is."""

    define: DefinesTerms
    corpus: Path
    live: Callable[[], str | None]

    def candidates(self, audiences: Sequence[str]) -> Iterator[Prompt]:
        """Yield questions that may be answered, of each kind in turn, none twice."""
        golden = (_prompt(question) for question in _golden(self.corpus))
        shipped = (Prompt(title, message) for title, message in sentences.PROMPTS)
        terms = (_prompt(say(MEANING, term=term)) for term in self._terms(audiences))
        seen: set[str] = set()
        for prompt in chain.from_iterable(zip_longest(golden, shipped, terms)):
            # What a client would make a link or a mention of is nobody's example.
            if prompt is None or inert(prompt.message) != prompt.message:
                continue
            if prompt.message.casefold() not in seen:
                seen.add(prompt.message.casefold())
                yield prompt

    def _terms(self, audiences: Sequence[str]) -> Sequence[str]:
        try:
            return self.define.terms(audiences)
        except AssistantError as error:
            _log.info("terms_not_suggested", reason=str(error))
            return ()


class Prompts:
    """Four questions for each audience of the live snapshot, found in the background."""

    def __init__(
        self,
        answer: AnswersQuestions,
        sources: Sources,
        errands: Errands,
        today: Callable[[], date] = local_today,
    ) -> None:
        self._answer = answer
        self._sources = sources
        self._errands = errands
        self._today = today
        self._lock = threading.Lock()
        self._made: dict[_Key, tuple[Prompt, ...]] = {}
        self._waiting: dict[_Key, list[Then]] = {}
        self._remembered: list[tuple[str, ...]] = [tuple(sorted(COMMON))]

    def make_ahead(self) -> None:
        """Have looked for what may be suggested to those who came before, where it is not known."""
        with self._lock:
            remembered = list(self._remembered)
        for audiences in remembered:
            self.for_audiences(audiences)

    def for_audiences(self, audiences: Sequence[str]) -> tuple[Prompt, ...]:
        """Return what may be suggested as far as it is known now; nothing while it is looked for.

        Looking is begun where it was not.
        """
        found: list[tuple[Prompt, ...]] = []
        self.when_made(audiences, found.append, at_once=True)
        return found[0] if found else ()

    def when_made(self, audiences: Sequence[str], then: Then, *, at_once: bool = False) -> None:
        """Call `then` with what may be suggested, when that is known; with `at_once`, now or never.

        It is called in this thread or in that of an errand, and not at all where no snapshot is
        live.
        """
        snapshot = self._sources.live()
        if snapshot is None:
            return
        key = (snapshot, self._today(), tuple(sorted(audiences)))
        with self._lock:
            self._remember(key[2])
            made = self._made.get(key)
            if made is None:
                is_first = key not in self._waiting
                waiting = self._waiting.setdefault(key, [])
                if not at_once:
                    waiting.append(then)
        if made is not None:
            then(made)
        elif is_first and not self._errands.begin(lambda: self._make(key)):
            self._give_up(key)

    def _remember(self, audiences: tuple[str, ...]) -> None:
        if audiences not in self._remembered:
            self._remembered.append(audiences)
        if len(self._remembered) > MOST_REMEMBERED:
            # The common one stays.
            del self._remembered[1]

    def _make(self, key: _Key) -> None:
        try:
            prompts = tuple(islice(self._answered(key[2]), MOST_PROMPTS))
        except BaseException:
            self._give_up(key)
            raise
        with self._lock:
            # What was made for another snapshot or day is asked for no more.
            self._made = {k: v for k, v in self._made.items() if k[:2] == key[:2]}
            self._made[key] = prompts
            waiting = self._waiting.pop(key, [])
        _log.info("prompts_made", prompts=len(prompts), audiences=key[2])
        for then in waiting:
            then(prompts)

    def _give_up(self, key: _Key) -> None:
        with self._lock:
            self._waiting.pop(key, None)

    def _answered(self, audiences: Sequence[str]) -> Iterator[Prompt]:
        for prompt in islice(self._sources.candidates(audiences), MOST_TRIED):
            try:
                answer = self._answer(prompt.message, (), audiences)
            except AssistantError as error:
                _log.info("prompt_not_tried", reason=str(error))
                continue
            if answer.status is AnswerStatus.ANSWERED:
                yield prompt


@dataclass(frozen=True, slots=True)
class Greeting:
    """Greets whoever opens the messages tab, with questions that they would get answered.

    At once with what is known, and with the rest when it was found.
    """

    prompts: Prompts
    gatekeeper: Gatekeeper
    client: WebClient
    errands: Errands

    def on_opened(self, event: Mapping[str, Any]) -> None:
        """Have the questions suggested soon; failing to costs nothing."""
        user, channel = str(event.get("user") or ""), str(event.get("channel") or "")
        if user and channel:
            self.errands.begin(lambda: self._greet(user, channel))

    def _greet(self, user: str, channel: str) -> None:
        try:
            admission = self.gatekeeper.admit_alone(user, channel)
        except UncheckedError:
            _log.info("prompts_not_suggested", code="unchecked")
            return
        if admission.refusal is not None:
            return
        known = self.prompts.for_audiences(admission.audiences)
        self._suggest(channel, known or (Prompt(say(WHAT_I_DO), ALWAYS_ANSWERED),))
        if not known:
            self.prompts.when_made(
                admission.audiences, lambda found: self._suggest(channel, found) if found else None
            )

    def _suggest(self, channel: str, prompts: Sequence[Prompt]) -> None:
        try:
            # Without thread_ts: under agent_view Slack drops the call when it is given.
            called(
                self.client.assistant_threads_setSuggestedPrompts,
                channel_id=channel,
                title=say(WELCOME),
                prompts=[{"title": p.title, "message": p.message} for p in prompts],
            )
        except SlackCallError as error:
            _log.warning("prompts_not_suggested", code=error.code)


def _golden(corpus: Path) -> Sequence[str]:
    """Return an organisation's own golden questions that are to be answered."""
    try:
        asked = read_golden((corpus / GOLDEN).read_bytes())
    except (OSError, AssistantError):
        # A reload says what is wrong with them; nothing is suggested from them meanwhile.
        return ()
    return [each.question for each in asked if each.answered]


def _prompt(question: str) -> Prompt:
    if len(question) <= LONGEST_TITLE:
        return Prompt(question, question)
    shown = question[: LONGEST_TITLE - 1].rsplit(" ", 1)[0]
    return Prompt(f"{shown}…", question)
