"""Answers written by a chat model from numbered passages; what it may say is decided here.

The model sees numbers and never an address. A statement that names a passage which was not shown,
holds an address, or is not borne out by the passages that it names is left out. When most of what
it wrote is left out, or the provider fails, the extractive answer goes out with a note. Nothing of
a reply leaves this module before it is checked, so no answer is streamed word by word.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from assistant.answering.addresses import has_address
from assistant.answering.draft import Composer, Draft, Numbering
from assistant.answering.grounding import GroundingCheck
from assistant.answering.prompting import PROMPT, messages
from assistant.answering.provider import STATEMENTS, ChatModel
from assistant.answering.question import Question
from assistant.answering.reply import Reply, Written
from assistant.domain.answers import OnStep, Statement, Step, StepBegun
from assistant.domain.documents import Passage
from assistant.domain.errors import ChatModelError
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.words import words_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = structlog.get_logger(__name__)

SHOWN = 6
MOST_DEFINITIONS = 3
LONGEST_STATEMENT = 600
LEAST_KEPT = 0.5
UNKNOWN_PASSAGE, UNFIT = "unknown_passage", "unfit"
FAILED = phrase(
    "The chat model gave no reply that could be used, so this answer is made of the guidance's own "
    "words."
)
NOT_GROUNDED = phrase(
    "What the chat model wrote could not be tied to the guidance, so this answer is made of the "
    "guidance's own words."
)
NOTHING_FOUND = phrase(
    "The chat model found no answer in these passages, so this answer is made of the guidance's "
    "own words."
)
LEFT_OUT = phrase(
    "Part of what the chat model wrote is left out, because the guidance does not bear it out."
)


class GenerativeComposer:
    """Has a chat model write the answer as statements, and keeps those that are borne out."""

    def __init__(
        self,
        model: "BaseChatModel",
        instead: Composer,
        check: GroundingCheck,
        *,
        timeout_seconds: float,
    ) -> None:
        """Take the model, who steps in for it, the check, and the seconds that it may take."""
        self._model = ChatModel(model, STATEMENTS, timeout_seconds=timeout_seconds)
        self._instead = instead
        self._check = check

    def compose(
        self, question: Question, evidence: Evidence, on_step: OnStep | None = None
    ) -> Draft:
        """Return the model's draft, or the other composer's with a note when it has none.

        What a term means is never put in a model's words where partners agreed on theirs.
        """
        if _is_settled_by_an_agreement(question):
            return self._instead.compose(question, evidence)
        passages = _shown(question, evidence)
        try:
            reply = self._model.ask(messages(question.text, passages))
        except ChatModelError as error:
            log.warning("chat_model_failed", reason=str(error))
            return self._own_words(question, evidence, FAILED)
        if on_step is not None:
            on_step(StepBegun(Step.CHECKING, statements=len(reply.statements)))
        flaws = [self._flaws(written, passages) for written in reply.statements]
        kept = [w for w, found in zip(reply.statements, flaws, strict=True) if not found]
        log.info(
            "statements_checked",
            written=len(flaws),
            kept=len(kept),
            flaws=dict(Counter(str(flaw) for found in flaws for flaw in found)),
        )
        if not kept or len(kept) < LEAST_KEPT * len(flaws):
            note = NOTHING_FOUND if reply.says_nothing else NOT_GROUNDED
            return self._own_words(question, evidence, note)
        numbering = Numbering()
        statements = tuple(_numbered(w, passages, numbering) for w in kept)
        left_out = say(LEFT_OUT) if len(kept) < len(flaws) else None
        return Draft(statements, numbering.citations(), left_out, PROMPT, _missing(reply, question))

    def _own_words(self, question: Question, evidence: Evidence, note: str) -> Draft:
        draft = self._instead.compose(question, evidence)
        return replace(draft, note=" ".join(filter(None, (draft.note, say(note)))))

    def _flaws(self, written: Written, passages: Sequence[Passage]) -> tuple[str, ...]:
        """Return what is wrong with a statement, nothing when it may be said."""
        if not written.numbers or not all(1 <= n <= len(passages) for n in written.numbers):
            return (UNKNOWN_PASSAGE,)
        if (
            not words_of(written.text)
            or len(written.text) > LONGEST_STATEMENT
            or has_address(written.text)
        ):
            return (UNFIT,)
        named = [passages[number - 1] for number in dict.fromkeys(written.numbers)]
        return self._check.judge(written.text, named).flaws


def load_chat_model(
    name: str, *, base_url: str | None, api_key: str | None, timeout_seconds: float
) -> "BaseChatModel":
    """Load `provider:model` through LangChain; `base_url` is any OpenAI-compatible address.

    Raises ChatModelError when the provider is unknown, its package missing or its key not set.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": timeout_seconds, "max_retries": 1, "temperature": 0}
    if base_url is not None:
        options |= {"base_url": base_url, "api_key": api_key or "not-needed"}
    elif api_key is not None:
        options["api_key"] = api_key
    if base_url is not None and ":" not in name:
        options["model_provider"] = "openai"
    try:
        model = init_chat_model(name, **options)
    except Exception as error:
        message = (
            f"The chat model {name} cannot be set up; ASSISTANT_CHAT_MODEL is provider:model, the "
            "provider's LangChain package must be installed and its key set."
        )
        raise ChatModelError(message) from error
    return model  # type: ignore[no-any-return]


def _is_settled_by_an_agreement(question: Question) -> bool:
    definitions = (d for mention in question.about for d in mention.definitions)
    return question.is_definition and any(d.agreed is not None for d in definitions)


def _shown(question: Question, evidence: Evidence) -> list[Passage]:
    """Return the definitions that are asked for, then the best passages, each once."""
    defined = [p for mention in question.about for p in mention.passages][:MOST_DEFINITIONS]
    found = [hit.passage for hit in evidence.hits]
    return list({p.id: p for p in (*defined, *found)}.values())[:SHOWN]


def _numbered(written: Written, passages: Sequence[Passage], numbering: Numbering) -> Statement:
    cited = dict.fromkeys(numbering.number(passages[n - 1]) for n in written.numbers)
    return Statement(written.text, tuple(cited))


def _missing(reply: Reply, question: Question) -> tuple[str, ...]:
    """Name the part that is not answered, but only in words that the question has in this order."""
    words = " ".join(words_of(reply.missing))
    asked = " ".join(words_of(question.asked))
    if not words or words == asked or f" {words} " not in f" {asked} " or has_address(words):
        return ()
    return (words,)
