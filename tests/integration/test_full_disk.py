"""A disk that is full while a snapshot is written."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from assistant.bootstrap import Services
from assistant.domain.errors import CorpusError

pytestmark = [pytest.mark.integration, pytest.mark.model]

# The database and Chroma's empty store fit, the passages' token vectors do not.
ROOM = 640 * 1024


@contextmanager
def _files_end_at(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_snapshot_that_does_not_fit_is_one_sentence_and_the_live_one_stays(
    services: Services,
) -> None:
    corpus = services.settings.corpus_dir
    corpus.mkdir()
    (corpus / "cycle.md").write_text("The commissioning cycle takes 14 months.\n")
    live = services.ingest(corpus).snapshot
    with (corpus / "areas.md").open("w") as file:
        for number in range(60):
            sentences = " ".join(f"Provider {n} of area {number} meets needs." for n in range(12))
            file.write(f"# Area {number}\n\n{sentences}\n\n")
    with (
        _files_end_at(ROOM),
        pytest.raises(CorpusError, match=r"^The snapshot could not be written: .+\.$"),
    ):
        services.ingest(corpus)
    assert services.pointer.live() == live
    whole = services.ingest(corpus)
    assert whole.counts["documents"] == 2, "when there is room again, it is written"
