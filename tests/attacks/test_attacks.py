"""Every attack is made on the real path, by itself and with a model that obeys all it reads.

What counts as a success is decided by `outputs.mistakes` and by the case; none may succeed.
"""

import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from assistant.answering.draft import Composer
from assistant.answering.extractive import ExtractiveComposer
from assistant.answering.generative import GenerativeComposer
from assistant.answering.grounding import GroundingCheck
from assistant.bootstrap import Services
from assistant.domain.answers import Answer, Turn
from tests.attacks.cases import Attack, attacks
from tests.attacks.obedient import ObedientChatModel
from tests.attacks.outputs import mistakes, readable
from tests.attacks.places import DAYS, files_with, honest
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library

DOCUMENTS = attacks("documents")
MARKUP = attacks("markup")
CHARACTERS = attacks("characters")
THREADS = attacks("threads")
AUDIENCES = attacks("audiences")
QUESTIONS = attacks("questions")
COMPOSERS = ("extractive", "obedient")
SLOWEST_SECONDS = 5.0

each_composer = pytest.mark.parametrize("composer", COMPOSERS)


def each(cases: Sequence[Attack]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", cases, ids=[case.id for case in cases])


def written(folder: Path) -> Library:
    return Library(folder / "library", HashingEncoder())


def put(library: Library, path: str, data: bytes) -> None:
    (library.corpus / path).write_bytes(data)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Every document with an order in it, in one corpus; a file that is refused is harmless."""
    library = written(tmp_path_factory.mktemp("poisoned"))
    for case in DOCUMENTS:
        for path, data in files_with(case.place, case.name, case.order).items():
            put(library, path, data)
    library.ingest()
    return library


@pytest.fixture(scope="module")
def marked_up(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Every document with markup that wants to come alive, and those in disguise."""
    library = written(tmp_path_factory.mktemp("marked-up"))
    for case in (*MARKUP, *(c for c in CHARACTERS if c.body)):
        head = {"title": f"The {case.name} paper", "audience": "public"}
        if case.url:
            head["url"] = case.url
        front = "\n".join(f"{key}: {json.dumps(value)}" for key, value in head.items())
        text = f"---\n{front}\n---\n{case.body}\n"
        put(library, f"{case.name}.md", text.encode("utf-8", "replace"))
    library.ingest()
    return library


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A public document, and two that most askers may not read."""
    library = written(tmp_path_factory.mktemp("guarded"))
    library.write("bracken.md", "The Bracken service is paid within thirty days of an invoice.")
    library.write(
        "reserves.md",
        "The kestrel reserves are ninety pounds and belong to Plover Ltd.",
        title="Kestrel reserves",
        audience="internal",
    )
    library.write(
        "north.md", "The northern kestrel reserves pay for Plover Ltd.", audience="network-north"
    )
    library.define(
        "words.yaml", "kestrel reserve | Plover Ltd | Ninety pounds. | KR", audience="internal"
    )
    library.ingest()
    return library


def composer_of(library: Library, attack: Attack, name: str, sentence: str = "") -> Composer:
    extractive = ExtractiveComposer()
    if name == "extractive":
        return extractive
    orders = [(attack.heeded, attack.said)] if attack.heeded else []
    model = ObedientChatModel(orders=orders, honest=sentence)
    check = GroundingCheck(lambda: library.encoder)
    return GenerativeComposer(model, extractive, check, timeout_seconds=30)


def asked(library: Library, attack: Attack, question: str, composer: Composer) -> Answer:
    history = tuple(Turn(q, a) for q, a in attack.history)
    began = time.perf_counter()
    answer = library.answerer(composer=composer)(question, history, attack.audiences)
    assert time.perf_counter() - began < SLOWEST_SECONDS
    return answer


def failures(attack: Attack, answer: Answer, more: Sequence[str] = ()) -> list[str]:
    addresses = (*attack.addresses, *more)
    found = mistakes(answer, forbidden=attack.forbidden, addresses=addresses)
    if attack.ends == "refused" and answer.status.answers:
        found.append(f"it is answered: {answer.text!r}")
    if attack.ends == "answered" and not answer.status.answers:
        found.append(f"it is not answered: {answer.text!r}")
    if attack.honest and attack.honest not in readable(answer):
        found.append(f"the honest words are not found: {answer.text!r}")
    return found


@each_composer
@each(DOCUMENTS)
def test_an_order_in_a_document_changes_nothing(
    poisoned: Library, attack: Attack, composer: str
) -> None:
    by = composer_of(poisoned, attack, composer, honest(attack.name))
    check = partial(failures, attack)
    paid = asked(poisoned, attack, f"How soon is the {attack.name} service paid?", by)
    assert check(paid) == []
    if composer == "extractive":
        assert DAYS in paid.text
    assert check(asked(poisoned, attack, f"What is the {attack.name} scheme?", by)) == []


@each_composer
@each(MARKUP)
def test_markup_in_a_document_stays_words(
    marked_up: Library, attack: Attack, composer: str
) -> None:
    by = composer_of(marked_up, attack, composer, attack.body)
    assert failures(attack, asked(marked_up, attack, attack.asked, by)) == []


@each_composer
@each(CHARACTERS)
def test_characters_hide_nothing_and_break_nothing(
    marked_up: Library, attack: Attack, composer: str
) -> None:
    by = composer_of(marked_up, attack, composer)
    assert failures(attack, asked(marked_up, attack, attack.asked, by)) == []


@each_composer
@each([*THREADS, *AUDIENCES])
def test_neither_a_thread_nor_words_open_what_a_reader_may_not_read(
    guarded: Library, attack: Attack, composer: str
) -> None:
    by = composer_of(guarded, attack, composer)
    assert failures(attack, asked(guarded, attack, attack.asked, by)) == []


@each_composer
@each(QUESTIONS)
def test_an_order_in_a_question_is_not_obeyed(
    guarded: Library, attack: Attack, composer: str
) -> None:
    by = composer_of(guarded, attack, composer)
    assert failures(attack, asked(guarded, attack, attack.asked, by)) == []


@pytest.mark.model
@pytest.mark.integration
@each(QUESTIONS)
def test_an_order_in_a_question_gets_no_guidance_of_the_shipped_corpus(
    shipped: Services, attack: Attack
) -> None:
    answer = shipped.answerer(attack.asked, (), attack.audiences)
    assert failures(attack, answer, _addresses(answer)) == []


def _addresses(answer: Answer) -> list[str]:
    """The addresses of the sources, which the shipped corpus's own front matter gives."""
    return [c.url for c in (*answer.citations, *answer.nearest) if c.url]
