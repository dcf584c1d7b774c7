"""What every composer must do, whatever a chat model says to it."""

import json
from collections.abc import Callable

import pytest

from assistant.answering.draft import Composer, Draft
from assistant.answering.extractive import ExtractiveComposer
from assistant.answering.generative import GenerativeComposer
from assistant.answering.grounding import GroundingCheck
from assistant.answering.question import understand
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.words import words_of
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library
from tests.fakes.scripted_chat_model import Reply, ScriptedChatModel


def statements(*said: tuple[str, list[object]]) -> str:
    """Return what a model that keeps to the form would reply."""
    return json.dumps({"statements": [{"text": t, "citations": c} for t, c in said]})


REPLIES: dict[str, Reply] = {
    "as asked": statements(("Outcomes are what people need.", [1]), ("It has stages.", [3, 1])),
    "one sentence under every number": statements(
        *(("Outcomes are reviewed with the people served.", [n]) for n in range(1, 7)),
    ),
    "true and false": statements(
        *(("Plans have owners.", [n]) for n in range(1, 7)), ("Plans have no owners.", [1])
    ),
    "fenced": "```json\n" + statements(("Outcomes are what people need.", [2])) + "\n```",
    "numbers that do not exist": statements(("Made up.", [99]), ("Half.", [1, 99]), ("Nil.", [0])),
    "numbers of every kind": statements(
        ("A.", ["1"]), ("B.", [None]), ("C.", [True]), ("D.", [1.0]), ("E.", [{}]), ("F.", [-1])
    ),
    "no numbers": statements(("Not tied to anything.", [])),
    "nothing": statements(),
    "empty statements": statements(("", [1]), ("  \n", [1]), ("[1]", [1])),
    "the same twice": statements(("Outcomes matter.", [1, 1]), ("Outcomes matter.", [1])),
    "marks of its own": statements(("Outcomes matter [7] to people [1, 44].", [1])),
    "addresses": statements(("See https://example.org/x.", [1]), ("Mail a@example.org.", [2])),
    "prose": "The cycle has stages [2].\n- Plans are made [1][3].\nNot tied.\nMade up [12].",
    "an unfinished object": '{"statements": [{"text": "Outcomes matter.", "citati',
    "another form": '["Outcomes matter.", 1]',
    "a number too long to read": "Outcomes matter [" + "9" * 5000 + "].",
    "nested without end": '{"statements": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "silence": "",
    "failure": RuntimeError("the provider is down"),
}


def composers() -> list[object]:
    """Return each composer, the generative one once for each thing that a model may say."""
    made: list[object] = [pytest.param(ExtractiveComposer, id="extractive")]
    for name, reply in REPLIES.items():

        def make(reply: Reply = reply) -> Composer:
            model = ScriptedChatModel.saying(reply)
            check = GroundingCheck(HashingEncoder)
            return GenerativeComposer(model, ExtractiveComposer(), check, timeout_seconds=10)

        made.append(pytest.param(make, id=name))
    return made


@pytest.fixture
def evidence(library: Library) -> Callable[[str], Evidence]:
    """A way to search a small corpus."""
    library.write(
        "cycle.md",
        "# The cycle\n\nThe commissioning cycle has four stages:\n\n- analyse needs\n- plan\n"
        "- do\n- review outcomes\n\n## Review\n\nOutcomes are reviewed with the people served. "
        "Reviews take 6 weeks.\n",
        title="The cycle",
    )
    library.write("plans.md", "Plans say which outcomes people need. Plans have owners.")
    library.write("costs.md", "| Year | Cost |\n| --- | --- |\n| 2015 | £2m |\n| 2016 | £3m |\n")
    library.define(
        "terms.yaml",
        "Outcome | One body | An outcome is a change in a life.",
        "Outcome | Another body | An outcome is what a service achieves for people.",
        "Output | One body | An output is what a service makes.",
    )
    library.ingest()
    return library.search


QUESTIONS = (
    "What are the stages of the commissioning cycle?",
    "What is an outcome?",
    "What is the difference between an output and an outcome?",
    "How many weeks does a review of outcomes take?",
    "What did it cost in 2015?",
    "Which owners do plans have?",
    "zzz",
)


@pytest.mark.parametrize("make", composers())
def test_a_draft_is_tied_to_the_passages_that_were_found(
    make: Callable[[], Composer], evidence: Callable[[str], Evidence]
) -> None:
    for asked in QUESTIONS:
        found = evidence(asked)
        draft = make().compose(understand(asked, found.mentions), found)
        assert draft.statements, asked
        assert_tied(draft, found)


def assert_tied(draft: Draft, found: Evidence) -> None:
    """Every number is a citation, every citation is used and quotes a passage that was found."""
    assert [c.number for c in draft.citations] == list(range(1, len(draft.citations) + 1))
    used = {number for statement in draft.statements for number in statement.citations}
    assert used == {citation.number for citation in draft.citations}
    passages = [f.passage for f in found.found]
    passages += [passage for mention in found.mentions for passage in mention.passages]
    known = {(p.document, p.section, p.text) for p in passages}
    assert {(c.document, c.section, c.quote) for c in draft.citations} <= known
    for statement in draft.statements:
        assert statement.text.strip()
        assert statement.citations
        assert len(set(statement.citations)) == len(statement.citations)
        assert f"{statement.text} [{statement.citations[0]}]" in draft.text


def test_the_extractive_composer_says_nothing_that_its_passage_does_not_say(
    evidence: Callable[[str], Evidence],
) -> None:
    for asked in QUESTIONS:
        found = evidence(asked)
        draft = ExtractiveComposer().compose(understand(asked, found.mentions), found)
        quotes = {citation.number: citation.quote for citation in draft.citations}
        for statement in draft.statements:
            for number in statement.citations:
                assert set(words_of(statement.text)) <= set(words_of(quotes[number]))
