"""Topics of a network are ranked for a question; none is found where none fits."""

import pytest

from assistant.domain.networks import Topic
from assistant.network.routing import TopicRouter
from tests.fakes.hashing_encoder import HashingEncoder

RATES = Topic("Homecare rates", ("U1",))
MARKETS = Topic("Market shaping", ("U2",))
CARE = Topic("Care", ("U3",))
TOPICS = (RATES, MARKETS, CARE)


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def router(encoder: HashingEncoder) -> TopicRouter:
    return TopicRouter(lambda: encoder)


def test_the_topic_that_the_question_names_is_first(router: TopicRouter) -> None:
    assert router("Which homecare rates do you pay?", TOPICS)[0] == RATES
    assert router("Who is shaping the market?", TOPICS)[0] == MARKETS


def test_a_question_for_nobody_is_for_no_topic(router: TopicRouter) -> None:
    assert router("Which lawnmower is best?", TOPICS) == []
    assert router("   ", TOPICS) == []
    assert router("Which homecare rates do you pay?", ()) == []


def test_what_is_much_worse_than_the_best_does_not_fit_beside_it(router: TopicRouter) -> None:
    both = router("Homecare rates and market shaping", TOPICS)
    assert set(both) == {RATES, MARKETS}
    assert router("Homecare rates", TOPICS) == [RATES]


def test_a_word_of_many_topics_says_less_than_one_of_a_single_topic(router: TopicRouter) -> None:
    alike = [Topic(f"Care of {each}", ()) for each in ("adults", "children", "carers")]
    fits = router.fits("care of adults", alike)
    assert fits[0].topic is alike[0]
    assert fits[0].score > 2 * fits[1].score


def test_every_topic_has_a_score_and_alike_ones_keep_their_order(router: TopicRouter) -> None:
    twins = [Topic("Homecare rates", (user,)) for user in ("U1", "U2")]
    assert [fit.topic for fit in router.fits("homecare rates", twins)] == twins


def test_a_name_without_a_subject_harms_nobody(router: TopicRouter) -> None:
    odd = [Topic("and the", ()), Topic("!", ()), RATES]
    assert router("homecare rates?", odd)[0] == RATES


def test_topics_are_embedded_once(router: TopicRouter, encoder: HashingEncoder) -> None:
    counted: list[int] = []
    embed = encoder.embed

    def counting(texts: list[str], *, as_question: bool = False) -> object:
        counted.append(len(texts))
        return embed(texts, as_question=as_question)

    encoder.embed = counting  # type: ignore[method-assign, assignment]
    for _ in range(2):
        router("homecare rates?", TOPICS)
    assert counted == [3, 1, 1]
