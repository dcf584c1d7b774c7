"""Answers of the corpus's own sentences: what comes first, and what a sentence needs beside it."""

import pytest

from assistant.answering.question import understand
from tests.fakes.library import Library


@pytest.mark.parametrize(
    "question",
    [
        "Is a pilot required before a tender?",
        "We want to tender soon. Must we run a pilot first?",
        "Does the guidance ask for a pilot?",
        "can a provider refuse",
        "Thanks. And are pilots paid for?",
        "Isn't a pilot too slow?",
    ],
)
def test_a_question_that_is_answered_by_yes_or_no_is_known(question: str) -> None:
    assert understand(question, ()).is_yes_or_no


@pytest.mark.parametrize(
    "question",
    [
        "What is a pilot?",
        "When should we run a pilot?",
        "Do you know in which year pilots began?",
        "pilots and tenders",
        "Tell me what a pilot is.",
    ],
)
def test_another_question_is_not_taken_for_one(question: str) -> None:
    assert not understand(question, ()).is_yes_or_no


def test_a_yes_or_no_question_is_answered_first_with_the_sentence_that_settles_it(
    library: Library,
) -> None:
    library.write(
        "pilots.md",
        "# Pilots\n\nPilots show whether a tender is worth its cost to people. A pilot is required "
        "before every tender of reablement.\n",
    )
    library.ingest()
    settled = library.ask("Is a pilot required before every tender of reablement?")
    assert settled.statements[0].text.startswith("A pilot is required")
    told = library.ask("What do pilots show before a tender of reablement is required?")
    assert told.statements[0].text.startswith("Pilots show")


def test_a_sentence_that_points_back_with_nothing_before_it_gets_its_heading(
    library: Library,
) -> None:
    library.write(
        "help.md", "# Help\n\n## Barsetshire reablement\n\nIt pays providers by hours saved.\n"
    )
    library.ingest()
    answer = library.ask("How does Barsetshire reablement pay providers?")
    assert answer.statements[0].label == "Barsetshire reablement"
    assert answer.text.startswith("Barsetshire reablement: It pays providers by hours saved.")


def test_a_sentence_that_stands_on_its_own_gets_no_heading(library: Library) -> None:
    library.write(
        "help.md", "# Help\n\n## Barsetshire reablement\n\nProviders are paid by hours saved.\n"
    )
    library.ingest()
    assert library.ask("How does Barsetshire pay providers?").statements[0].label is None


def test_a_list_that_no_sentence_leads_into_is_led_into_by_its_heading(library: Library) -> None:
    library.write(
        "steps.md", "# Steps\n\n## Steps of a tender\n\n- Analyse needs\n- Publish\n- Award\n"
    )
    library.ingest()
    answer = library.ask("What are the steps of a tender?")
    assert [(s.text, s.leads_in) for s in answer.statements] == [
        ("Steps of a tender", True),
        ("Analyse needs", False),
        ("Publish", False),
        ("Award", False),
    ]
