"""Ingesting while questions are answered, by one process or two, with the default model."""

import threading
from pathlib import Path

import pytest

from assistant.bootstrap import Services
from assistant.domain.answers import Answer
from assistant.domain.errors import IngestBusyError
from assistant.domain.releases import Outcome
from assistant.settings import load_settings

pytestmark = [pytest.mark.integration, pytest.mark.model]

ASKED = "How many months does the commissioning cycle take?"


def publish(corpus: Path, months: int) -> None:
    corpus.mkdir(exist_ok=True)
    text = f"The commissioning cycle takes {months} months."
    (corpus / "cycle.md").write_text(f"---\ntitle: Cycle\naudience: public\n---\n{text}\n")
    (corpus / "other.md").write_text(
        "---\ntitle: Other\naudience: internal\n---\nBread is baked.\n"
    )


def asked(services: Services) -> Answer:
    return services.answerer(ASKED, (), ("public",))


def test_a_question_is_answered_from_the_live_snapshot_while_another_is_built(
    services: Services,
) -> None:
    corpus = services.settings.corpus_dir
    publish(corpus, 14)
    first = services.ingest(corpus).snapshot
    publish(corpus, 15)
    meanwhile: list[Answer] = []
    report = services.ingest(corpus, lambda *_: meanwhile.append(asked(services)))
    assert meanwhile
    assert all("takes 14 months" in answer.text for answer in meanwhile)
    assert {answer.snapshot for answer in meanwhile} == {first}
    assert "takes 15 months" in asked(services).text
    assert asked(services).snapshot == report.snapshot


def test_a_switch_by_another_process_is_followed_by_the_next_question(services: Services) -> None:
    corpus = services.settings.corpus_dir
    publish(corpus, 14)
    services.ingest(corpus)
    assert "takes 14 months" in asked(services).text
    publish(corpus, 15)
    other = Services(load_settings(data_dir=services.settings.data_dir))
    other.ingest(corpus)
    assert "takes 15 months" in asked(services).text


def test_a_second_ingest_at_the_same_time_is_told_to_wait(services: Services) -> None:
    corpus = services.settings.corpus_dir
    publish(corpus, 14)
    other = Services(services.settings)
    refused: list[str] = []

    def meanwhile(*_: object) -> None:
        with pytest.raises(IngestBusyError) as caught:
            other.ingest(corpus)
        refused.append(str(caught.value))

    services.ingest(corpus, meanwhile)
    assert refused
    for sentence in refused:
        assert "has been at it since" in sentence
        assert sentence.endswith("; try again when that ends.")
    assert other.ingest(corpus).outcome is Outcome.UNCHANGED


def test_an_ingest_that_fails_lets_the_next_one_begin(services: Services) -> None:
    corpus = services.settings.corpus_dir
    publish(corpus, 14)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.ingest(corpus, fail)
    assert services.pointer.live() is None
    assert services.ingest(corpus).counts["added"] == 2


def test_the_last_snapshots_are_kept_and_older_ones_go(services: Services) -> None:
    corpus = services.settings.corpus_dir
    names = []
    for months in range(1, 6):
        publish(corpus, months)
        names.append(services.ingest(corpus).snapshot)
        assert f"takes {months} month" in asked(services).text
    kept = sorted(p.name for p in services.snapshots.iterdir())
    assert kept == names[-services.settings.keep_snapshots :]


def test_questions_from_several_threads_are_answered_alike(shipped: Services) -> None:
    """The default model and Chroma, shared by threads, give what one thread gives."""
    questions = [
        "What are the four worlds of public services?",
        "What is the difference between an output and an outcome?",
        "What is decommissioning?",
        "What is the boiling point of nitrogen?",
    ]
    alone = {q: shipped.answerer(q, (), ("public", "internal")).text for q in questions}
    together: list[tuple[str, str]] = []

    def ask(number: int) -> None:
        for turn in range(4):
            question = questions[(number + turn) % len(questions)]
            answer = shipped.answerer(question, (), ("public", "internal"))
            together.append((question, answer.text))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(together) == 16
    assert all(alone[question] == text for question, text in together)
