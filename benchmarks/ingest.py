"""`python -m benchmarks.ingest DATA CORPUS`: ingests once, prints speed, memory and disk."""

import resource
import sys
import time
from pathlib import Path
from typing import Any

from assistant.bootstrap import Services
from assistant.retrieval.encoders import SentenceTransformerEncoder
from assistant.settings import load_settings


def main(data: Path, corpus: Path) -> None:
    """Ingest `corpus` into `data`, timing the encoder's own forward pass by hooks."""
    forward = _time_forward_passes()
    began = time.perf_counter()
    counts = Services(load_settings(data_dir=data)).ingest(corpus).counts
    seconds = time.perf_counter() - began
    loading = forward["loading"]
    working = seconds - loading
    disk = {p.name: p.stat().st_size for p in (data / "snapshots").rglob("*") if p.is_file()}
    words = sum(size for name, size in disk.items() if name.endswith(".sqlite3"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{corpus.name}: {counts['documents']} documents, {counts['passages']} passages in "
        f"{seconds:.1f} s ({loading:.1f} s of it loading the encoder)\n"
        f"  {counts['passages'] / working:.1f} passages a second, "
        f"{forward['seconds'] / working:.0%} of the time in the encoder's forward pass\n"
        f"  {sum(disk.values()) / counts['passages'] / 1024:.0f} KB a passage on disk, "
        f"{words / counts['passages'] / 1024:.0f} KB of it words; "
        f"peak {peak:.0f} MB",
        flush=True,
    )


def _time_forward_passes() -> dict[str, float]:
    """Time the loading of the encoder and each of its forward passes from here on."""
    spent = {"seconds": 0.0, "loading": 0.0, "since": 0.0}
    load = SentenceTransformerEncoder.__init__

    def hooked(self: SentenceTransformerEncoder, name: str) -> None:
        began = time.perf_counter()
        load(self, name)
        spent["loading"] += time.perf_counter() - began
        self._model.register_forward_pre_hook(_start)
        self._model.register_forward_hook(_stop)

    def _start(*_: Any) -> None:
        spent["since"] = time.perf_counter()

    def _stop(*_: Any) -> None:
        spent["seconds"] += time.perf_counter() - spent["since"]

    SentenceTransformerEncoder.__init__ = hooked  # type: ignore[method-assign]
    return spent


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
