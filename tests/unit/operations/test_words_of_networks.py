"""What the train says to administrators, who may be no members, holds no words of networks."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from assistant.domain.networks import Network, Proposal, ProposalState, Vote
from assistant.domain.releases import Action
from assistant.operations.sampling import finds_itself, sampled_of
from tests.fakes.railway import ANN, Railway

SAID = "We paid a quarter of each contract to small providers on signature, by the kestrel rule."


def agree(railway: Railway, network: Network, term: str, text: str, form: str) -> None:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    proposal = Proposal(0, network.id, term, text, "Oak", ProposalState.PROPOSED, "U1", at)
    kept = railway.proposals.add(proposal, form, railway.entry(Action.AGREE))
    assert kept is not None
    vote = Vote("U9", agrees=True, at=at)
    entry = railway.entry(Action.AGREE)
    agreed = railway.proposals.agree(kept.id, vote, lambda _a, _b: False, entry)
    assert agreed is not None


def test_the_findings_of_a_reload_are_of_the_guidance_alone(railway: Railway) -> None:
    railway.write("grants.md", "Grants follow the QZRF. The QZRF is old. The QZRF is public.")
    elm = railway.found_network("elm", "Kestrel circle")
    agree(railway, elm, "Merlinquota", "What the KXJV pays: the KXJV, and the KXJV.", "1")
    # The same term twice in one network's words, and the same words as answers.
    agree(railway, elm, "Merlinquota", "Another text of the merlinquota.", "2")
    for question in ("Who paid up front?", "Did anybody pay up front?"):
        railway.verify(elm, question, f"{SAID} " * 4)
    release = railway.reload()
    found = str(
        [asdict(each) for each in (*release.findings, *railway.train.preview(ANN).findings)]
    )
    assert "QZRF" in found
    for words in ("peers/", "KXJV", "erlinquota", "Kestrel"):
        assert words not in found


def test_a_passage_of_a_network_that_is_not_found_is_named_without_its_words(
    railway: Railway,
) -> None:
    railway.write("grants.md", "A grant agreement says what the money is for.")
    elm = railway.found_network("elm", "Elm")
    verified = railway.verify(elm, "Who paid by the kestrel rule?", SAID)
    railway.reload()
    searcher = railway.rooms.live.searcher()
    (drawn, *_) = [
        each
        for each in sampled_of(searcher.snapshot, [verified.document])
        if each.passage.document == verified.document
    ]
    assert "kestrel" in drawn.passage.section
    lost = replace(drawn, passage=replace(drawn.passage, id="lost"))
    failures = " ".join(finds_itself(searcher, [lost]).failures)
    assert verified.document in failures
    assert "kestrel" not in failures
