"""Words of a network: which terms are one, whose words may go where, who is shown them first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.answering.defining import TermDefiner
from assistant.domain.answers import Answer, AnswerStatus, Citation, Statement
from assistant.domain.networks import Network, Proposal, ProposalState, Vote
from assistant.domain.releases import Action, Actor, Outcome
from assistant.network.agreeing import first_for, is_same_term, is_term, quotes_what_is_kept
from tests.fakes.railway import EVERYONE, Railway

INSIDE = "An outcome is what our cabinet signed off."
OUTSIDE = "An outcome is what changes for a person."
BOTH = "It is measured each year."


def cited(number: int, audience: str, source: str = "") -> Citation:
    document = f"{audience}-{number}.md"
    return Citation(number, document, "The glossary", "Outcome", "", source, audience=audience)


ANSWER = Answer(
    "outcome",
    AnswerStatus.ANSWERED,
    "",
    (
        Statement(INSIDE, (1,)),
        Statement(BOTH, (1,)),
        Statement(OUTSIDE, (2,)),
        Statement(BOTH, (2,)),
    ),
    (cited(1, "internal", "Our cabinet"), cited(2, "public")),
)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Outcome", "outcomes", True),
        ("Co-production", "coproduction", True),
        ("co-production", "co production", True),
        ("Outcome", "Output", False),
        ("Outcome", "Outcome measure", False),
        ("?", "!", False),
        ("", "", False),
    ],
)
def test_terms_are_one_where_the_glossary_finds_one_by_the_other(
    one: str, other: str, *, is_same: bool
) -> None:
    assert is_same_term(one, other) is is_same
    assert is_same_term(other, one) is is_same


def test_what_holds_no_word_is_no_term() -> None:
    assert is_term("Outcome")
    assert not is_term("?!")


def test_the_first_definition_that_all_may_read_is_filled_in_with_whose_it_is() -> None:
    inside = first_for(ANSWER, {"public", "internal"})
    assert inside is not None
    assert (inside.text, inside.whose) == (f"{INSIDE} {BOTH}", "Our cabinet")
    outside = first_for(ANSWER, {"public"})
    assert outside is not None
    assert (outside.text, outside.whose) == (f"{OUTSIDE} {BOTH}", "The glossary")
    assert first_for(ANSWER, {"network-elm"}) is None


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        (INSIDE, True),
        (f"We say:\n\n{INSIDE.replace(' ', '  ')} And more.", True),
        (f"{OUTSIDE} {BOTH}", False),
        (BOTH, False),
        ("An outcome is what we agreed.", False),
        ("", False),
    ],
)
def test_a_sentence_that_some_may_not_read_is_found_however_it_is_spaced(
    text: str, *, is_kept: bool
) -> None:
    assert quotes_what_is_kept(text, ANSWER, {"public"}) is is_kept
    assert not quotes_what_is_kept(text, ANSWER, {"public", "internal"})


@pytest.fixture
def railway(tmp_path: Path) -> Iterator[Railway]:
    made = Railway(tmp_path / "railway")
    yield made
    made.close()


GUIDANCE = "A result that a contract pays for."
AGREED = "A change that people value for themselves."
ANEW = "A change that lasts beyond the contract."


@pytest.fixture
def elm(railway: Railway) -> Network:
    """A network beside a glossary in which partners agreed on the same term later."""
    railway.write("grants.md", "A grant agreement says what the money is for.")
    (railway.corpus / "glossary.yaml").write_text(
        "title: Glossary\naudience: public\ndefinitions:\n"
        f'  - {{term: Outcome, whose: East, text: "{GUIDANCE}",'
        " agreed: {on: 2026-05-03, by: [East, West]}}\n",
        encoding="utf-8",
    )
    railway.reload()
    return railway.found_network("elm", "Elm network")


def agree(
    railway: Railway,
    network: Network,
    term: str,
    text: str,
    month: int,
    *,
    is_internal: bool = False,
) -> Proposal:
    """Have a definition agreed on the first of a month by all the network's stewards."""
    at = datetime(2026, month, 1, tzinfo=UTC)
    proposal = Proposal(
        0,
        network.id,
        term,
        text,
        "Northtown",
        ProposalState.PROPOSED,
        "U1",
        at,
        is_internal=is_internal,
    )
    entry = replace(railway.entry(Action.AGREE), at=at)
    kept = railway.proposals.add(proposal, f"form {term} {month}", entry)
    assert kept is not None
    for steward in network.stewards:
        vote = Vote(steward, agrees=True, at=at)
        kept = railway.proposals.agree(kept.id, vote, is_same_term, entry) or kept
    assert kept.state is ProposalState.AGREED
    assert railway.train.publish(Actor("ann")).outcome is Outcome.LIVE
    return kept


def test_what_a_network_agreed_is_shown_first_to_its_members_and_to_nobody_else(
    railway: Railway, elm: Network
) -> None:
    agree(railway, elm, "Outcomes", AGREED, 1)
    define = TermDefiner(railway.rooms.live.searcher, railway.peers.now)
    member = (*EVERYONE, elm.audience)
    for answer in (define("outcome", member), railway.ask("What is an outcome?", member)):
        assert [s.text for s in answer.statements[:2]] == [AGREED, GUIDANCE]
        assert answer.statements[0].label == (
            "Outcomes (Northtown, agreed on 1 January 2026 by Elm network)"
        )
    for answer in (define("outcome", EVERYONE), railway.ask("What is an outcome?", EVERYONE)):
        assert [s.text for s in answer.statements] == [GUIDANCE]
        assert "Elm" not in repr(answer)


def test_a_definition_that_took_the_place_of_another_is_alone_at_once(
    railway: Railway, elm: Network
) -> None:
    define = TermDefiner(railway.rooms.live.searcher, railway.peers.now)
    member = (*EVERYONE, elm.audience)
    first = agree(railway, elm, "Outcome", AGREED, 1)
    second = agree(railway, elm, "outcomes", ANEW, 2)
    assert [each.id for each in railway.proposals.agreed()] == [second.id]
    assert [s.text for s in define("outcome", member).statements] == [ANEW, GUIDANCE]
    # Retired, it is gone before anything is published.
    steward = elm.stewards[0]
    retired = railway.proposals.retire(second.id, steward, railway.entry(Action.AGREE))
    assert retired is not None
    assert [s.text for s in define("outcome", member).statements] == [GUIDANCE]
    assert railway.proposals.find(first.id) != first


def test_internal_words_that_were_agreed_stay_for_full_members_whoever_comes_in_later(
    railway: Railway, elm: Network
) -> None:
    agree(railway, elm, "Outcome", AGREED, 1, is_internal=True)
    define = TermDefiner(railway.rooms.live.searcher, railway.peers.now)
    assert define("outcome", (*EVERYONE, elm.audience)).statements[0].text == AGREED
    partner = ("public", elm.audience)
    for answer in (define("outcome", partner), railway.ask("What is an outcome?", partner)):
        assert [s.text for s in answer.statements] == [GUIDANCE]
        assert "Elm" not in repr(answer)
