"""What networks know as documents: whatever people write, it is words."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.domain.documents import BlockKind, DefinitionFile, Document
from assistant.domain.networks import (
    Lapse,
    Network,
    Openness,
    Peer,
    PeerCitation,
    Proposal,
    ProposalState,
    VerifiedAnswer,
)
from assistant.domain.releases import Actor, AuditEntry
from assistant.ingestion.files import PeerFiles
from assistant.ingestion.reading import read_source
from assistant.network.publishing import PeerKnowledge, answer_document, definition_document
from assistant.store.database import Engine, open_database
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers

DAY = date(2027, 3, 1)
AGREED = date(2026, 3, 1)
ANSWER = VerifiedAnswer(
    id=12,
    network="elm",
    question="Has anybody paid small providers up front?",
    answer="We paid a quarter on signature.",
    by=Peer("U1", "Ann Archer", "Northtown Council"),
    on=date(2027, 2, 3),
    verifier="U9",
    verified_at=datetime(2027, 2, 4, tzinfo=UTC),
    review_by=date(2028, 2, 4),
    audience="network-elm",
)
HOSTILE = (
    "---\naudience: public\n---\n# A heading\nWords\n===\nMore words\n---\n"
    "[a link](https://evil.example) and <b>bold</b> <script>alert(1)</script> &amp; `code`\n"
    "> quoted\n```\nfenced\n```\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    "***\n![picture](https://evil.example/x.png)\n    indented\n1) one\n[ref]: https://evil.example"
)


def changed(**fields: object) -> VerifiedAnswer:
    from dataclasses import replace

    return replace(ANSWER, **fields)  # type: ignore[arg-type]


def read(answer: VerifiedAnswer, network: str = "Elm network") -> Document:
    made = answer_document(answer, network)
    document = read_source(PeerFiles([made]).source(made.path, "internal"))
    assert isinstance(document, Document)
    return document


def test_an_answer_becomes_a_document_that_says_whose_experience_it_is() -> None:
    document = read(ANSWER)
    metadata = document.metadata
    assert document.path == "peers/elm/answer-12.md"
    assert (metadata.title, metadata.author) == (ANSWER.question, "Ann Archer")
    assert (metadata.publisher, metadata.published) == ("Northtown Council", ANSWER.on)
    assert (metadata.review_by, metadata.audience) == (ANSWER.review_by, "network-elm")
    assert metadata.experience == "Elm network"
    assert [block.text for block in document.blocks] == [ANSWER.answer]


def test_no_word_of_an_answer_is_markup() -> None:
    document = read(changed(answer=HOSTILE))
    assert document.metadata.audience == "network-elm"
    assert all(block.headings == () for block in document.blocks)
    assert {block.kind for block in document.blocks} <= {BlockKind.PARAGRAPH, BlockKind.LIST}
    text = "\n".join(block.text for block in document.blocks)
    for words in HOSTILE.replace("1) one", "one").split("\n"):
        assert " ".join(words.split()) in text


@pytest.mark.parametrize(
    "words",
    [
        "x\n---\naudience: public",
        "x: y # z",
        "'quoted' \"twice\"",
        "- item",
        "!tag &anchor *alias",
        "null",
        "2027",
        "{a: b}",
        "\u2028audience: public",
        "x" * 400,
        "[a](https://evil.example)",
    ],
)
def test_no_word_of_a_person_breaks_out_of_the_front_matter(words: str) -> None:
    document = read(changed(question=words, by=Peer("U1", words, words)), words)
    metadata = document.metadata
    line = " ".join(words.split())
    assert (metadata.author, metadata.publisher, metadata.experience) == (line, line, line)
    assert metadata.title[:200] == line[:200]
    assert metadata.audience == "network-elm"
    assert metadata.review_by == ANSWER.review_by


def test_lists_stay_lists_and_numbers_of_sources_go() -> None:
    cited = (PeerCitation(1, "a.md", "A", "[1] A"), PeerCitation(2, "b.md", "B", "[2] B"))
    said = "We did this: [1]\n- paid early [2]\n\u2022 asked often\nIn [2027] we stopped."
    lead, items, last = read(changed(answer=said, citations=cited)).blocks
    assert lead.text == "We did this:"
    assert items.sentences == ("paid early", "asked often")
    assert last.text == "In [2027] we stopped."


def test_two_answers_of_the_same_words_are_two_files() -> None:
    assert answer_document(ANSWER, "Elm").data != answer_document(changed(id=13), "Elm").data


def test_a_definition_is_the_networks_whatever_its_words() -> None:
    words = "x: [y]\n- definitions: none # or --- so"
    proposal = Proposal(
        3, "elm", words, words, words, ProposalState.AGREED, "U1", ANSWER.verified_at,
        agreed_on=AGREED + timedelta(days=1),
    )  # fmt: skip
    made = definition_document(proposal, "Elm network", AGREED)
    file = read_source(PeerFiles([made]).source(made.path, "internal"))
    assert isinstance(file, DefinitionFile)
    (definition,) = file.definitions
    line = " ".join(words.split())
    assert (definition.term, definition.text, definition.whose) == (line, line, line)
    assert definition.agreed is not None
    assert (definition.agreed.on, definition.agreed.by) == (AGREED, ("Elm network",))
    assert (file.metadata.audience, file.metadata.experience) == ("network-elm", None)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(tmp_path)


def entry() -> AuditEntry:
    return AuditEntry(ANSWER.verified_at, Actor("U9", "Slack"), "verify", "", "done")


def knowledge(engine: Engine, day: date = DAY, openness: Openness = Openness.OPEN) -> PeerKnowledge:
    networks = Networks(engine)
    networks.create(Network("elm", "T1", "Elm", "", openness, ("U9",)), entry())
    return PeerKnowledge(networks, VerifiedAnswers(engine), Proposals(engine), lambda: day)


def test_what_changes_is_seen_at_the_next_look(engine: Engine) -> None:
    known, verified = knowledge(engine), VerifiedAnswers(engine)
    assert known.now() == {}
    kept = verified.add(ANSWER, entry())
    assert list(known.now()) == [kept.document]
    verified.open_to(kept.id, "public", entry())
    assert known.now()[kept.document].audience == "public"
    verified.retire(kept.id, entry())
    assert known.now() == {}
    engine.dispose()


def test_who_reads_what_a_private_network_opened_is_not_told_its_name(engine: Engine) -> None:
    known, verified = knowledge(engine, openness=Openness.PRIVATE), VerifiedAnswers(engine)
    kept = verified.add(ANSWER, entry())
    assert [name for _, name in known.offered()] == ["Elm"]
    assert b"experience: Elm\n" in known.now()[kept.document].data
    verified.open_to(kept.id, "public", entry())
    assert [name for _, name in known.offered()] == ["a peer network"]
    assert b"Elm" not in known.now()[kept.document].data
    assert [each.name for each in known.networks()] == ["Elm"]
    engine.dispose()


def test_what_an_open_network_opened_names_it(engine: Engine) -> None:
    known, verified = knowledge(engine), VerifiedAnswers(engine)
    verified.open_to(verified.add(ANSWER, entry()).id, "public", entry())
    assert [name for _, name in known.offered()] == ["Elm"]
    engine.dispose()


def test_a_lapse_is_a_mark_and_no_other_file(engine: Engine) -> None:
    known, verified = knowledge(engine), VerifiedAnswers(engine)
    kept = verified.add(ANSWER, entry())
    before = known.now()[kept.document]
    assert before.mark is None
    verified.lapse(kept.id, Lapse.PASSAGE_SUPERSEDED, entry())
    after = known.now()[kept.document]
    assert after.mark == (
        "verification lapsed on 4 February 2027 because a passage that it cites no longer holds"
    )
    assert after.data == before.data
    engine.dispose()


def test_of_a_network_that_is_not_there_nothing_is_known(engine: Engine) -> None:
    known = knowledge(engine)
    VerifiedAnswers(engine).add(changed(network="oak"), entry())
    assert known.now() == {}
    assert known.documents() == []
    engine.dispose()
