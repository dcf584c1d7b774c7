"""Question sets are read with their mistakes named, and the figures are the standard ones."""

import json
from pathlib import Path

import pytest

from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.errors import CorpusError
from assistant.evaluation import measures
from assistant.evaluation.evaluate import evaluate
from assistant.evaluation.question_set import Probe, read_probe, read_question_set
from assistant.ingestion.build import SnapshotBuilder
from assistant.retrieval.scoring import STAGES
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from tests.fakes.hashing_encoder import HashingEncoder

DOCUMENTS = {
    "bread": "Rye bread is baked before dawn by two bakers.",
    "ships": "The harbour repairs nine wooden ships every winter.",
    "bees": "Bees return to the hive when the lamps are lit.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    lines = [
        {"_id": k, "title": k, "text": t, "metadata": {"page": k}} for k, t in DOCUMENTS.items()
    ]
    _write(folder / "corpus.jsonl", lines)
    _write(
        folder / "queries.jsonl",
        [
            {
                "_id": "1",
                "text": "When is rye bread baked?",
                "metadata": {"answerable": True, "answers": [DOCUMENTS["bread"]]},
            },
            {"_id": "2", "text": "Who repairs wooden ships?", "metadata": {"answerable": True}},
            {"_id": "3", "text": "zeppelin quartz jukebox", "metadata": {"answerable": False}},
        ],
    )
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\tbread\t1\n2\tships\t1\n3\tbees\t0\n"
    )
    return folder


def _write(path: Path, lines: list[dict[str, object]]) -> None:
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def test_a_set_is_measured_and_what_it_cannot_tell_is_none(
    folder: Path, tmp_path: Path, encoder: HashingEncoder
) -> None:
    questions = read_question_set(folder)
    builder = SnapshotBuilder(tmp_path / "snapshots", encoder)
    built = builder.build(builder.plan(questions.corpus, None))
    snapshot = Snapshot(built.folder, encoder)
    for mix in STAGES.values():
        searcher = Searcher(snapshot, encoder, mix=mix)
        result = evaluate(questions, searcher, ExtractiveComposer(), minimum_confidence=0.0)
        assert result.queries == 3
        assert result.ndcg_at_10 is not None
        assert result.ndcg_at_10.value == pytest.approx(1.0)
        assert result.auroc is not None
        assert result.rouge_l is not None
        assert result.rouge_l.value == pytest.approx(1.0)
        assert result.coverage is not None
        assert result.coverage.value == 1.0
    probed = read_question_set(folder, Probe(frozenset({"bread"}), {"1": False, "2": True}))
    assert {d.path for d in probed.corpus.documents} == {"ships", "bees"}
    assert [a.answerable for a in probed.asked] == [False, True]
    result = evaluate(probed, searcher, ExtractiveComposer(), minimum_confidence=0.0)
    assert result.ndcg_at_10 is None


def test_only_the_first_questions_are_asked_when_limited(folder: Path) -> None:
    assert [a.id for a in read_question_set(folder, limit=2).asked] == ["1", "2"]


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("corpus.jsonl", '{"_id": "a"}', "corpus.jsonl, line 1: text missing"),
        ("queries.jsonl", "{}\n", "queries.jsonl, line 1: _id, text missing"),
        ("queries.jsonl", "no", "queries.jsonl, line 1: it is not JSON"),
        ("qrels/test.tsv", "a,b\n1,2", "test.tsv cannot be read"),
    ],
)
def test_a_broken_set_is_named_with_file_and_line(
    folder: Path, file: str, text: str, named: str
) -> None:
    (folder / file).write_text(text)
    with pytest.raises(CorpusError, match=named):
        read_question_set(folder)


def test_a_broken_probe_is_named(tmp_path: Path) -> None:
    probe = tmp_path / "probe.json"
    probe.write_text('{"remove": []}')
    with pytest.raises(CorpusError, match="cannot be read as a probe"):
        read_probe(probe)


def test_nothing_to_measure_gives_none_and_one_kind_alone_no_area() -> None:
    assert measures.mean([]) is None
    assert measures.area_under_roc([0.2, 0.9], [True, True]) is None


def test_an_interval_holds_its_value() -> None:
    for figure in (
        measures.mean([0.0, 1.0, 1.0, 0.0, 1.0]),
        measures.median([3.0, 1.0, 2.0]),
        measures.percentile_95([float(n) for n in range(100)]),
        measures.area_under_roc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]),
    ):
        assert figure is not None
        assert figure.low <= figure.value <= figure.high


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    figure = measures.area_under_roc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    assert figure is not None
    assert figure.value == pytest.approx(0.75)
