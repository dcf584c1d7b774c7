"""What networks verify and agree goes into the corpus by the train, and answers are told of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import (
    Lapse,
    Network,
    PeerCitation,
    Proposal,
    ProposalState,
    VerifiedAnswer,
    Vote,
)
from assistant.domain.releases import Action, Actor, ChangeKind, Outcome
from assistant.store.database import serialised
from assistant.store.networks.networks import NetworkRow
from tests.fakes.railway import EVERYONE, Railway

ANN = Actor("ann")
GUIDANCE = "A grant agreement says what the money is for, and a review follows each year."
QUESTION = "Has anybody paid small providers up front?"
SAID = "We paid a quarter of each contract to small providers on signature."


@pytest.fixture
def elm(railway: Railway) -> Network:
    """A network beside a corpus of one document that is live."""
    railway.write("grants.md", GUIDANCE)
    railway.reload()
    return railway.found_network("elm", "Elm network")


def reader(network: Network) -> tuple[str, ...]:
    return (*EVERYONE, network.audience)


def documents(railway: Railway) -> Mapping[str, str]:
    return railway.rooms.live.searcher().snapshot.manifest.documents


def publish(railway: Railway) -> Outcome:
    return railway.train.publish(ANN).outcome


def test_a_verified_answer_is_published_for_its_network_alone(
    railway: Railway, elm: Network
) -> None:
    assert railway.train.is_published()
    verified = railway.verify(elm, QUESTION, SAID)
    assert not railway.train.is_published()
    assert publish(railway) is Outcome.LIVE
    assert railway.train.is_published()
    assert set(documents(railway)) == {"grants.md", verified.document}
    assert railway.found(QUESTION, reader(elm))[0] == verified.document
    assert verified.document not in railway.found(QUESTION)
    assert publish(railway) is Outcome.UNCHANGED


def test_what_changed_in_the_corpus_folder_stays_out(railway: Railway, elm: Network) -> None:
    railway.write("grants.md", "A grant agreement says nothing at all of any money to be paid.")
    railway.write("new.md", "Social value is what a contract gives beyond its own purpose.")
    (railway.corpus / "golden.yaml").write_text("questions: [", encoding="utf-8")
    railway.verify(elm, QUESTION, SAID)
    before = documents(railway)["grants.md"]
    assert publish(railway) is Outcome.LIVE
    assert "new.md" not in documents(railway)
    assert documents(railway)["grants.md"] == before
    (railway.corpus / "golden.yaml").unlink()
    preview = railway.train.preview(ANN)
    assert [each.document for each in preview.of(ChangeKind.ADDED)] == ["new.md"]


def test_a_full_reload_takes_peers_in_and_a_preview_shows_them(
    railway: Railway, elm: Network
) -> None:
    verified = railway.verify(elm, QUESTION, SAID)
    preview = railway.train.preview(ANN)
    assert [each.document for each in preview.of(ChangeKind.ADDED)] == [verified.document]
    assert railway.reload().outcome is Outcome.LIVE
    assert railway.train.is_published()
    assert railway.found(QUESTION, reader(elm))[0] == verified.document


def test_an_answer_from_peers_alone_is_labelled_and_cited_as_theirs(
    railway: Railway, elm: Network
) -> None:
    railway.verify(elm, QUESTION, SAID)
    publish(railway)
    answer = railway.ask(QUESTION, reader(elm), minimum=0.3)
    assert answer.status is AnswerStatus.ANSWERED
    label = f"Peer experience, Northtown Council, asked \u201c{QUESTION}\u201d"
    assert [s.label for s in answer.statements] == [label]
    assert answer.text == f"{label}: {SAID} [1]"
    (cited,) = answer.citations
    assert cited.line == (
        "[1] Peer experience, Ann Archer, Northtown Council, 3 February 2026: "
        f"{QUESTION} (Elm network)"
    )
    assert cited.audience == elm.audience
    assert "no guidance" in str(answer.note)


def test_guidance_comes_first_and_what_peers_say_behind_it(railway: Railway, elm: Network) -> None:
    railway.write("payment.md", "Small providers are paid within 30 days of their invoice.")
    railway.reload()
    railway.verify(
        elm,
        "When are small providers paid?",
        "Small providers are paid within 10 days here, and before their invoice.",
    )
    publish(railway)
    answer = railway.ask("Within how many days are small providers paid?", reader(elm), minimum=0.2)
    first, *rest = answer.statements
    assert first.text.startswith("Small providers are paid within 30 days")
    assert first.label is None
    asked = "asked \u201cWhen are small providers paid?\u201d"
    assert [s.label for s in rest] == [f"Peer experience, Northtown Council, {asked}"]
    assert answer.text.startswith("Small providers are paid within 30 days")
    assert answer.citations[0].experience is None


def test_a_member_who_is_not_named_is_not(railway: Railway, elm: Network) -> None:
    from assistant.domain.networks import Peer

    railway.verify(elm, QUESTION, SAID, by=Peer("U1", None, "Northtown Council"))
    publish(railway)
    answer = railway.ask(QUESTION, reader(elm), minimum=0.3)
    assert "a member who is not named, Northtown Council" in answer.citations[0].line


def retired(railway: Railway, answer: VerifiedAnswer) -> None:
    railway.verified.retire(answer.id, railway.entry())


def closed(railway: Railway, answer: VerifiedAnswer) -> None:
    network = railway.networks.find("T1", answer.network)
    assert network is not None
    railway.networks.close(network, railway.entry(Action.NETWORK))


def opened_to_others(railway: Railway, answer: VerifiedAnswer) -> None:
    railway.verified.open_to(answer.id, "network-oak", railway.entry())


def database_gone(railway: Railway, answer: VerifiedAnswer) -> None:
    del answer
    with serialised(railway.engine) as session:
        session.connection().exec_driver_sql("ALTER TABLE verified_answers RENAME TO elsewhere")


@pytest.mark.parametrize("happened", [retired, closed, opened_to_others, database_gone])
def test_the_database_has_the_last_word_before_anything_is_published(
    railway: Railway, elm: Network, happened: object
) -> None:
    verified = railway.verify(elm, QUESTION, SAID)
    publish(railway)
    assert cites(railway.ask(QUESTION, reader(elm)), verified)
    happened(railway, verified)  # type: ignore[operator]
    assert railway.found(QUESTION, reader(elm))[0] == verified.document
    answer = railway.ask(QUESTION, reader(elm))
    assert not cites(answer, verified)
    assert SAID not in answer.text
    # Guidance is answered from as ever.
    assert railway.ask("What does a grant agreement say?", reader(elm)).citations


def cites(answer: Answer, verified: VerifiedAnswer) -> bool:
    return verified.document in {c.document for c in (*answer.citations, *answer.nearest)}


def test_what_was_retired_goes_with_the_next_publishing(railway: Railway, elm: Network) -> None:
    verified = railway.verify(elm, QUESTION, SAID)
    publish(railway)
    retired(railway, verified)
    assert not railway.train.is_published()
    assert publish(railway) is Outcome.LIVE
    assert set(documents(railway)) == {"grants.md"}
    assert railway.train.is_published()


def test_neither_the_first_nor_the_last_answer_is_kept_out_by_the_gate(
    railway: Railway, elm: Network
) -> None:
    made = [
        railway.verify(elm, f"What about matter {n}?", f"In matter {n} we waited {n + 2} weeks.")
        for n in range(8)
    ]
    assert publish(railway) is Outcome.LIVE
    closed(railway, made[0])
    # Not for a reload either: a network that goes is no corpus that shrinks.
    assert railway.train.preview(ANN).asks == ()
    assert publish(railway) is Outcome.LIVE
    assert set(documents(railway)) == {"grants.md"}


def test_what_spoils_a_golden_question_is_kept_out(railway: Railway, elm: Network) -> None:
    railway.golden("questions:\n  - question: What did the fair of Elm cost?\n    answered: no\n")
    train = railway.differing(minimum_confidence=0.3)
    train.reload(ANN)
    railway.verify(
        elm,
        "What did the fair of Elm cost?",
        "The fair of Elm did cost 400 pounds.",
        audience=PUBLIC,
    )
    assert train.publish(ANN).outcome is Outcome.REFUSED_BY_GATE
    assert set(documents(railway)) == {"grants.md"}


def test_a_roll_back_is_published_again(railway: Railway, elm: Network) -> None:
    railway.write("grants.md", f"{GUIDANCE} It is signed by both.")
    railway.reload()
    verified = railway.verify(elm, QUESTION, SAID)
    publish(railway)
    railway.train.roll_back(ANN)
    assert verified.document not in documents(railway)
    assert not railway.train.is_published()
    assert publish(railway) is Outcome.LIVE
    assert verified.document in documents(railway)


def test_publishing_pushes_out_no_older_guidance(railway: Railway, elm: Network) -> None:
    first = railway.live()
    railway.write("grants.md", f"{GUIDANCE} It is signed by both.")
    railway.reload()
    for number in range(5):
        railway.verify(elm, f"What of case {number}?", f"Case {number} was settled at once.")
        publish(railway)
    kept = [entry.snapshot for entry in railway.train.snapshots()]
    assert kept[-1] == first
    assert len(kept) == 2


def test_nothing_is_published_onto_a_snapshot_that_cannot_be_built_upon(
    railway: Railway, elm: Network
) -> None:
    from assistant.domain.errors import CorpusError

    railway.verify(elm, QUESTION, SAID)
    before = railway.live()
    (railway.data / "snapshots" / before / "catalogue.sqlite3").unlink()
    with pytest.raises(CorpusError):
        railway.train.publish(ANN)
    assert railway.live() == before


def test_nothing_is_published_onto_a_snapshot_of_another_encoder(
    railway: Railway, elm: Network
) -> None:
    from assistant.domain.errors import CorpusError
    from assistant.ingestion.build import SnapshotBuilder
    from tests.fakes.hashing_encoder import HashingEncoder

    railway.verify(elm, QUESTION, SAID)
    before = railway.live()
    builder = SnapshotBuilder(railway.rooms.snapshots, HashingEncoder(seed="other"))
    with pytest.raises(CorpusError, match="cannot be built upon"):
        railway.differing(builder=builder).publish(ANN)
    assert railway.live() == before


def test_many_answers_of_peers_take_no_place_of_guidance(railway: Railway, elm: Network) -> None:
    railway.write("payment.md", "Small providers are paid within 30 days of their invoice.")
    railway.reload()
    question = "Within how many days are small providers paid?"
    for number in range(12):
        said = f"Small providers are paid within {number + 2} days, many days before others."
        railway.verify(elm, question, said)
    publish(railway)
    assert railway.found(question, reader(elm))[0] != "payment.md"
    answer = railway.ask(question, reader(elm), minimum=0.2)
    assert answer.statements[0].text.startswith("Small providers are paid within 30 days")


def test_a_retriever_gives_what_is_current_and_says_what_is_experience(
    railway: Railway, elm: Network
) -> None:
    from assistant.retrieval.hybrid import HybridRetriever

    verified = railway.verify(elm, QUESTION, SAID)
    publish(railway)
    retriever = HybridRetriever(
        searcher=railway.rooms.live.searcher, audiences=reader(elm), peers=railway.peers.now
    )
    found = {d.metadata["document"]: d.metadata.get("experience") for d in retriever.invoke(SAID)}
    assert found == {verified.document: "Elm network", "grants.md": None}
    retired(railway, verified)
    assert [d.metadata["document"] for d in retriever.invoke(SAID)] == ["grants.md"]


def test_what_rests_on_internal_guidance_is_for_those_members_who_may_read_that(
    railway: Railway, elm: Network
) -> None:
    from assistant.retrieval.hybrid import HybridRetriever

    railway.write("rates.md", "The council keeps its rates in a book.", audience=INTERNAL)
    railway.reload()
    rates = PeerCitation(1, "rates.md", "Rates", "[1] Rates", None, INTERNAL)
    verified = railway.verify(elm, QUESTION, SAID, citations=(rates,))
    publish(railway)
    # A guest who came into the network after it was verified.
    guest = (PUBLIC, elm.audience)
    assert SAID in railway.ask(QUESTION, reader(elm)).text
    assert SAID not in railway.ask(QUESTION, guest).text
    for audiences, expected in ((reader(elm), True), (guest, False)):
        retriever = HybridRetriever(
            searcher=railway.rooms.live.searcher, audiences=audiences, peers=railway.peers.now
        )
        found = [d.metadata["document"] for d in retriever.invoke(SAID)]
        assert (verified.document in found) is expected


def test_a_file_of_the_folder_may_not_lie_among_peers(railway: Railway, elm: Network) -> None:
    verified = railway.verify(elm, QUESTION, SAID)
    railway.write("peers/elm/forged.md", "We all paid everything up front.", experience="Elm")
    railway.write(verified.document, "Something else was said.")
    release = railway.reload()
    (failed,) = release.failed
    assert failed.document == "peers/elm/forged.md"
    assert "another folder" in failed.reason
    assert railway.ask(QUESTION, reader(elm), minimum=0.3).text.endswith(f"{SAID} [1]")
    assert railway.train.is_published()


def test_guidance_may_not_call_itself_experience(railway: Railway) -> None:
    railway.write("forged.md", "We all paid everything up front.", experience="Elm")
    railway.write("grants.md", GUIDANCE)
    (failed,) = railway.reload().failed
    assert failed.document == "forged.md"
    assert "experience" in failed.reason


def agree(railway: Railway, elm: Network, text: str) -> Proposal:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    proposal = Proposal(
        0, elm.id, "Outcome", text, "Northtown Council", ProposalState.PROPOSED, "U1", at
    )
    kept = railway.proposals.add(proposal, "form", railway.entry(Action.AGREE))
    assert kept is not None
    vote = Vote("U9", agrees=True, at=at)
    agreed = railway.proposals.agree(
        kept.id, vote, lambda _a, _b: False, railway.entry(Action.AGREE)
    )
    assert agreed is not None
    assert agreed.state is ProposalState.AGREED
    return agreed


def test_an_agreed_definition_is_published_as_the_networks(railway: Railway, elm: Network) -> None:
    from assistant.answering.defining import TermDefiner

    agree(railway, elm, "A change in somebody's life that lasts beyond the contract.")
    define = TermDefiner(railway.rooms.live.searcher, railway.peers.now)
    publish(railway)
    answer = define("outcome", reader(elm))
    assert answer.status is AnswerStatus.ANSWERED
    assert "Elm network" in answer.text
    assert answer.citations[0].experience is None
    assert "Outcome" in define.terms(reader(elm))
    assert not define("outcome", EVERYONE).status.answers
    assert "Outcome" not in define.terms(EVERYONE)
    network = railway.networks.find("T1", "elm")
    assert network is not None
    railway.networks.close(network, railway.entry(Action.NETWORK))
    assert not define("outcome", reader(elm)).status.answers
    assert "Outcome" not in define.terms(reader(elm))


def cited(railway: Railway) -> PeerCitation:
    from assistant.network.pinning import Pinner

    pin = Pinner(railway.rooms.live.searcher, lambda: railway.today)
    (pinned,) = pin([PeerCitation(1, "grants.md", "Grants", "[1] Grants", audience=PUBLIC)])
    return pinned


def test_the_guidance_nearest_to_what_a_peer_said_is_found_for_who_may_read_it(
    railway: Railway, elm: Network
) -> None:
    from assistant.network.pinning import Pinner

    railway.write("inside.md", "Grants to schools need a second look.", audience="internal")
    railway.verify(elm, QUESTION, SAID)
    publish(railway)
    pin = Pinner(railway.rooms.live.searcher, lambda: railway.today)
    near = pin.near(f"{QUESTION} {SAID}", reader(elm))
    assert cited(railway).document in [each.document for each in near]
    assert all(each.digest for each in near)
    assert not [each for each in near if each.document.startswith("peers/")], "guidance alone"
    railway.reload()
    words = "second look at grants to schools"
    inside = [each.document for each in pin.near(words, (PUBLIC, "internal"))]
    assert "inside.md" in inside
    outside = pin.near(words, (PUBLIC, elm.audience))
    assert "inside.md" not in [each.document for each in outside]


def lapse_of(railway: Railway, verified: VerifiedAnswer) -> Lapse | None:
    found = railway.verified.find(verified.id)
    assert found is not None
    return found.lapse


def test_an_answer_lapses_at_the_switch_that_changes_what_it_cites(
    railway: Railway, elm: Network
) -> None:
    verified = railway.verify(elm, QUESTION, SAID, citations=(cited(railway),))
    publish(railway)
    assert lapse_of(railway, verified) is None
    railway.write("grants.md", GUIDANCE.replace(" and ", "  and\n"))
    railway.reload()
    assert lapse_of(railway, verified) is None
    railway.write("grants.md", GUIDANCE.replace("each year", "every month"))
    railway.reload()
    assert lapse_of(railway, verified) is Lapse.PASSAGE_CHANGED
    (entry, *_) = [e for e in railway.rooms.audit.recent() if e.outcome == "lapsed"]
    assert (entry.actor.id, entry.target) == ("the assistant", verified.document)
    answer = railway.ask(QUESTION, reader(elm), minimum=0.3)
    assert str(answer.citations[0].mark).startswith("verification lapsed on ")
    assert str(answer.citations[0].mark).endswith("because a passage that it cites has changed")
    assert railway.train.check_peers() == 0
    pinned = (cited(railway),)
    railway.verified.renew(
        verified.id, "U9", railway.today + timedelta(days=90), pinned, railway.entry()
    )
    assert railway.train.check_peers() == 0
    assert railway.ask(QUESTION, reader(elm), minimum=0.3).citations[0].mark is None


def test_an_answer_lapses_when_what_it_cites_goes_or_is_withdrawn(
    railway: Railway, elm: Network
) -> None:
    railway.write("other.md", "Notice is given three months ahead, whatever the contract says.")
    railway.reload()
    verified = railway.verify(elm, QUESTION, SAID, citations=(cited(railway),))
    railway.write("grants.md", GUIDANCE, withdrawn="2026-01-01")
    railway.reload()
    assert lapse_of(railway, verified) is Lapse.PASSAGE_SUPERSEDED
    again = railway.verify(elm, "Another?", SAID, citations=verified.citations)
    railway.remove("grants.md")
    railway.reload()
    assert lapse_of(railway, again) is Lapse.PASSAGE_GONE


def test_an_answer_holds_on_its_review_date_and_is_marked_from_the_next_day_on(
    railway: Railway, elm: Network
) -> None:
    verified = railway.verify(elm, QUESTION, SAID, review_by=railway.today)
    publish(railway)
    assert railway.train.check_peers() == 0
    assert railway.ask(QUESTION, reader(elm), minimum=0.3).citations[0].mark is None
    railway.today += timedelta(days=1)
    # At once, before anybody has looked.
    mark = railway.ask(QUESTION, reader(elm), minimum=0.3).citations[0].mark
    assert str(mark).endswith("because its review date has passed")
    assert railway.train.check_peers() == 1
    assert lapse_of(railway, verified) is Lapse.REVIEW_DUE
    assert railway.train.is_published()


def test_who_renews_while_it_is_looked_at_is_not_overruled(railway: Railway, elm: Network) -> None:
    verified = railway.verify(elm, QUESTION, SAID, review_by=date(2026, 1, 1))
    later = railway.today + timedelta(days=90)
    railway.verified.renew(verified.id, "U9", later, (), railway.entry())
    assert not railway.verified.lapse(verified.id, Lapse.REVIEW_DUE, railway.entry(), seen=verified)
    assert lapse_of(railway, verified) is None


def test_networks_named_otherwise_are_published_anew(railway: Railway, elm: Network) -> None:
    railway.verify(elm, QUESTION, SAID)
    publish(railway)
    with serialised(railway.engine) as session:
        session.get_one(NetworkRow, "elm").name = "Elm and oak"
    assert not railway.train.is_published()
    publish(railway)
    answer = railway.ask(QUESTION, reader(elm), minimum=0.3)
    assert answer.citations[0].line.endswith("(Elm and oak)")
