"""What every encoder must do: the fake, sentence-transformers, ONNX, and the one that waits."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.domain.errors import EncoderError
from assistant.retrieval import encoders
from assistant.retrieval.embedding import Embedding, Encoder
from assistant.retrieval.encoders import (
    DEFAULT_PACKAGE,
    LazyEncoder,
    OnnxEncoder,
    SentenceTransformerEncoder,
    load_question_encoder,
)
from tests.fakes.hashing_encoder import HashingEncoder

TEXTS = (
    "What is the difference between an output and an outcome?",
    "Outcomes",
    "£15bn of contracts, 37 outcomes, (2016): “quoted” — naïve café, 北京, 🏛️ done.",
    "line one\nline two\n\n\tindented, and     spaced",
    "Deinstitutionalisation of commissioners' anti-disestablishmentarianism.",
)
LONG = "Commissioners decide which outcomes people need. " * 400


@pytest.fixture(scope="session")
def transformer() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(DEFAULT_PACKAGE)


@pytest.fixture(scope="session")
def exported(
    transformer: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("encoders") / "default"
    assert transformer.export(folder)
    return folder


@pytest.fixture(scope="session")
def onnx(exported: Path) -> OnnxEncoder:
    return OnnxEncoder(exported)


@pytest.fixture(scope="session")
def lazy(exported: Path) -> LazyEncoder:
    return LazyEncoder(DEFAULT_PACKAGE, exported)


@pytest.fixture(
    params=[
        "encoder",
        pytest.param("transformer", marks=pytest.mark.model),
        pytest.param("onnx", marks=pytest.mark.model),
        pytest.param("lazy", marks=pytest.mark.model),
    ]
)
def each(request: pytest.FixtureRequest) -> Encoder:
    """Every encoder in turn."""
    chosen: Encoder = request.getfixturevalue(request.param)
    return chosen


def embedded(encoder: Encoder, *texts: str) -> list[Embedding]:
    return list(encoder.embed(texts))


def test_every_vector_is_of_unit_length_and_of_the_declared_size(each: Encoder) -> None:
    for embedding in embedded(each, *TEXTS):
        assert embedding.vector.shape == (each.dimensions,)
        assert embedding.tokens.shape == (len(embedding.spans), each.dimensions)
        assert embedding.spans.shape == (len(embedding.tokens), 2)
        assert embedding.vector.dtype == embedding.tokens.dtype == np.float32
        assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-4)
        assert np.linalg.norm(embedding.tokens, axis=1) == pytest.approx(1, abs=1e-4)


def test_the_spans_lie_in_the_text_and_cover_its_words_in_order(each: Encoder) -> None:
    for text, embedding in zip(TEXTS, embedded(each, *TEXTS), strict=True):
        starts, stops = embedding.spans[:, 0], embedding.spans[:, 1]
        assert (starts < stops).all()
        assert starts.min() >= 0
        assert stops.max() <= len(text)
        assert (np.diff(starts) >= 0).all()
        covered = {place for a, b in embedding.spans.tolist() for place in range(a, b)}
        assert [c for n, c in enumerate(text) if c.isalnum() and n not in covered] == []


def test_the_order_of_the_texts_is_kept_over_several_batches(each: Encoder) -> None:
    texts = [f"{'outcome ' * (n % 7)}number {n}" for n in range(70)]
    together = embedded(each, *texts)
    assert len(together) == len(texts)
    for number in (0, 31, 32, 69):
        alone = embedded(each, texts[number])[0]
        assert np.allclose(together[number].vector, alone.vector, atol=1e-4)
        assert together[number].spans.tolist() == alone.spans.tolist()


def test_the_same_text_has_the_same_vectors_again(each: Encoder) -> None:
    first, again = embedded(each, TEXTS[0], TEXTS[0])
    assert np.allclose(first.vector, again.vector, atol=1e-6)
    assert np.allclose(first.tokens, again.tokens, atol=1e-6)


def test_no_texts_have_no_embeddings(each: Encoder) -> None:
    assert embedded(each) == []


def test_an_empty_text_has_a_vector_and_no_tokens(each: Encoder) -> None:
    (embedding,) = embedded(each, "")
    assert embedding.tokens.shape == (0, each.dimensions)
    assert embedding.spans.shape == (0, 2)
    assert np.isfinite(embedding.vector).all()


def test_a_long_text_is_cut_and_its_first_tokens_kept(each: Encoder) -> None:
    (embedding,) = embedded(each, LONG)
    assert 100 < len(embedding.tokens) < len(LONG.split())
    assert embedding.spans[0].tolist() == [0, len("Commissioners")]


def test_a_text_is_nearer_to_one_that_shares_its_subject(each: Encoder) -> None:
    question, near, far = embedded(
        each,
        "How are outcomes measured?",
        "Outcomes are measured with indicators that people agree on.",
        "The bakery opens at seven and sells rye bread.",
    )
    assert question.vector @ near.vector > question.vector @ far.vector + 0.2


def test_the_digest_tells_encoders_apart() -> None:
    assert HashingEncoder().digest == HashingEncoder().digest
    assert HashingEncoder().digest != HashingEncoder(seed="other").digest


@pytest.mark.model
def test_sentence_transformers_and_onnx_agree_on_vectors_tokens_spans_and_digest(
    transformer: SentenceTransformerEncoder, onnx: OnnxEncoder
) -> None:
    assert transformer.digest == onnx.digest
    assert transformer.dimensions == onnx.dimensions
    texts = (*TEXTS, LONG, "")
    for one, other in zip(embedded(transformer, *texts), embedded(onnx, *texts), strict=True):
        assert one.spans.tolist() == other.spans.tolist()
        assert np.allclose(one.vector, other.vector, atol=1e-4)
        assert np.allclose(one.tokens, other.tokens, atol=1e-3)


@pytest.mark.model
def test_the_exported_form_is_what_questions_are_embedded_with(exported: Path) -> None:
    assert isinstance(load_question_encoder(DEFAULT_PACKAGE, exported), OnnxEncoder)


@pytest.mark.model
def test_exported_weights_that_were_changed_are_refused(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(exported, folder)
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")
    for load in (OnnxEncoder, lambda path: LazyEncoder(DEFAULT_PACKAGE, path)):
        with pytest.raises(EncoderError, match="was changed after it was made; delete that"):
            list(load(folder).embed(["rye bread"]))


def test_a_folder_without_exported_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be read; delete that folder and ingest again"):
        OnnxEncoder(tmp_path)


@pytest.mark.parametrize("written", ["", "{", "[]", "{}", '{"onnx": 1}'])
def test_a_broken_description_of_the_exported_weights_is_refused(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "encoder.json").write_text(written)
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(EncoderError):
        OnnxEncoder(tmp_path)
    with pytest.raises(EncoderError):
        LazyEncoder(DEFAULT_PACKAGE, tmp_path)


@pytest.mark.model
def test_default_weights_that_are_not_the_pinned_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoders, "DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="are not the pinned ones; install it again"):
        SentenceTransformerEncoder(DEFAULT_PACKAGE)


@pytest.mark.model
def test_weights_that_changed_since_they_were_exported_embed_nothing(
    exported: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(exported, folder)
    manifest = json.loads((exported / "encoder.json").read_text())
    (folder / "encoder.json").write_text(json.dumps(manifest | {"weights": "0" * 64}))
    lazy = LazyEncoder(DEFAULT_PACKAGE, folder)
    with pytest.raises(EncoderError, match=r"changed; delete .* and ingest again"):
        list(lazy.embed(["text"]))


@pytest.mark.model
def test_a_model_that_is_not_there_is_refused_with_the_setting_to_check() -> None:
    with pytest.raises(EncoderError, match="check ASSISTANT_ENCODER"):
        SentenceTransformerEncoder("no-such/model-anywhere")


@pytest.mark.model
def test_a_local_folder_is_an_encoder_too(
    transformer: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    transformer._model.save(str(tmp_path / "kept"))
    again = SentenceTransformerEncoder(str(tmp_path / "kept"))
    one, other = embedded(transformer, TEXTS[0])[0], embedded(again, TEXTS[0])[0]
    assert np.allclose(one.vector, other.vector, atol=1e-5)
    assert again.name == str(tmp_path / "kept")


@pytest.mark.model
def test_a_folder_of_weights_is_looked_at_again_only_when_its_files_changed(
    exported: Path, tmp_path: Path
) -> None:
    weights, folder = tmp_path / "weights", tmp_path / "exported"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"weights that cannot be loaded")
    shutil.copytree(exported, folder)
    manifest = json.loads((exported / "encoder.json").read_text())
    described = manifest | {"name": str(weights), "source": encoders._source_of(str(weights))}
    (folder / "encoder.json").write_text(json.dumps(described))
    assert len(list(LazyEncoder(str(weights), folder).embed(["rye bread"]))) == 1
    (weights / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        list(LazyEncoder(str(weights), folder).embed(["rye bread"]))
