"""How the services are put together."""

from pathlib import Path

import pytest

from assistant import bootstrap
from assistant.answering.generative import GenerativeComposer
from assistant.bootstrap import Services
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.reader import read_corpus
from assistant.retrieval.embedding import Encoder
from assistant.settings import load_settings
from tests.fakes.hashing_encoder import HashingEncoder


def test_search_and_grounding_check_share_one_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Encoder] = []

    def load(_name: str, _folder: Path) -> Encoder:
        loaded.append(HashingEncoder())
        return loaded[-1]

    monkeypatch.setattr(bootstrap, "load_question_encoder", load)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("Rye bread is baked.", encoding="utf-8")
    services = Services(
        load_settings(
            data_dir=tmp_path / "data",
            corpus_dir=tmp_path / "corpus",
            chat_model="openai:any",
            chat_base_url="http://127.0.0.1:9/v1",
            reranker=None,
        )
    )
    corpus = read_corpus(tmp_path / "corpus", default_audience="public")
    builder = SnapshotBuilder(services.snapshots, HashingEncoder())
    services.snapshots.mkdir(parents=True)
    built = builder.build(builder.plan(corpus, None))
    builder.adopt(built.folder)
    assert services.pointer.switch(built.manifest.snapshot, expected=None)
    (found,) = services.corpus.searcher().search("Is rye bread baked?", ("public",)).found
    composer = services.answerer._answer._composer
    assert isinstance(composer, GenerativeComposer)
    composer._check.judge("Rye bread is baked.", [found.passage])
    assert len(loaded) == 1
