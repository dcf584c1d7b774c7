"""A purge takes along what networks know of a document, and proves it."""

import pytest

from assistant.domain.networks import Network, PeerCitation, VerifiedAnswer
from assistant.domain.releases import Actor
from tests.fakes.railway import EVERYONE, Railway

ANN = Actor("ann")
KEPT = "A grant agreement says what the money is for, and a review follows each year."
PRICE = "The reserve price of the Elm House contract is ninety thousand pounds."
QUESTION = "Bids for the contract: who was told of them?"


@pytest.fixture
def elm(railway: Railway) -> Network:
    """A network beside a corpus of two documents that is live."""
    railway.write("grants.md", KEPT)
    railway.write("secret.md", PRICE)
    railway.reload()
    return railway.found_network("elm", "Elm network")


def published(railway: Railway, verified: VerifiedAnswer) -> VerifiedAnswer:
    railway.train.publish(ANN)
    assert verified.document in railway.rooms.live.searcher().snapshot.manifest.documents
    return verified


def erased(railway: Railway, verified: VerifiedAnswer) -> bool:
    found = railway.verified.find(verified.id)
    assert found is not None
    return (found.answer, found.retired_at is not None) == ("", True)


def test_an_answer_that_quotes_the_document_goes_with_it(railway: Railway, elm: Network) -> None:
    quoting = published(railway, railway.verify(elm, QUESTION, f"We knew this. {PRICE}"))
    other = published(railway, railway.verify(elm, "What of grants?", "We gave them in advance."))
    purged = railway.train.purge(ANN, "secret.md")
    assert purged.remains == ()
    assert purged.answers_withdrawn == 1
    assert railway.holding("ninety thousand") == []
    assert erased(railway, quoting)
    assert not erased(railway, other)
    assert railway.train.is_published()
    assert other.document in railway.found("What of grants?", (*EVERYONE, elm.audience))


def test_an_answer_that_cites_the_document_goes_with_it(railway: Railway, elm: Network) -> None:
    cited = PeerCitation(1, "secret.md", "Secret", "[1] Secret")
    citing = published(railway, railway.verify(elm, QUESTION, "More than us.", citations=(cited,)))
    assert railway.train.purge(ANN, "secret.md").remains == ()
    assert erased(railway, citing)
    assert railway.train.is_published()


def test_what_was_retired_before_goes_with_the_document_too(railway: Railway, elm: Network) -> None:
    quoting = published(railway, railway.verify(elm, QUESTION, f"We knew this. {PRICE}"))
    railway.verified.retire(quoting.id, railway.entry())
    railway.write("grants.md", f"{KEPT} It is signed by both.")
    railway.reload()
    assert railway.train.purge(ANN, "secret.md").remains == ()
    assert erased(railway, quoting)
    assert railway.holding("ninety thousand") == []


def test_what_stands_in_other_guidance_too_is_left_to_the_network(
    railway: Railway, elm: Network
) -> None:
    railway.write("copy.md", f"{PRICE} Everybody knows it by now, and so it may be told.")
    railway.reload()
    quoting = published(railway, railway.verify(elm, QUESTION, f"We knew this. {PRICE}"))
    railway.train.purge(ANN, "secret.md")
    assert not erased(railway, quoting)
    railway.train.publish(ANN)
    assert quoting.document in railway.found(QUESTION, (*EVERYONE, elm.audience))


def test_a_verified_answer_can_be_purged_itself(railway: Railway, elm: Network) -> None:
    said = "Mrs Archer of Elm House told us of her illness in March."
    verified = published(railway, railway.verify(elm, QUESTION, said))
    purged = railway.train.purge(ANN, verified.document)
    assert purged.remains == ()
    assert purged.sentences > 0
    assert erased(railway, verified)
    assert railway.holding("illness in March") == []
    assert railway.train.is_published()
    railway.reload()
    assert railway.found(QUESTION, (*EVERYONE, elm.audience)) != [verified.document]
