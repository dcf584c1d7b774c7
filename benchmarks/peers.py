"""What peer knowledge costs: publishing one answer into a large corpus, and a look at each answer.

`python -m benchmarks.peers` builds a corpus of sections with an encoder that needs no weights, so
that what is measured is everything but the encoder.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant.telemetry import configure_logging
from tests.fakes.railway import ANN, EVERYONE, Railway

TIMES = 20


def milliseconds(act: Callable[[], object], times: int) -> float:
    """Return the median time of an act."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def write_guidance(railway: Railway, passages: int) -> None:
    """Fill the corpus folder with so many sections."""
    for number in range(passages // 10):
        sections = (
            f"# Part {n}\n\nMatter {number}-{n} is settled within {n + 2} weeks of the notice."
            for n in range(10)
        )
        railway.write(f"guidance-{number}.md", "\n\n".join(sections))


def measured(passages: int, answers: int) -> None:
    """Print the figures for a corpus of so many passages and a network of so many answers."""
    with tempfile.TemporaryDirectory() as folder:
        railway = Railway(Path(folder))
        write_guidance(railway, passages)
        railway.reload()
        elm = railway.found_network("elm", "Elm network")
        alone = milliseconds(lambda: railway.ask("When is matter 7-3 settled?"), TIMES)
        for number in range(answers):
            railway.verify(elm, f"How did case {number} go?", f"Case {number} took us a month.")
        first = milliseconds(lambda: railway.train.publish(ANN), 1)

        def one_more() -> None:
            railway.verify(elm, "How did it end?", "It took us a month to end it.")
            railway.train.publish(ANN)

        more = milliseconds(one_more, 5)
        look = milliseconds(railway.peers.now, 100)
        is_published = milliseconds(railway.train.is_published, TIMES)
        check = milliseconds(railway.train.check_peers, TIMES)
        readers = (*EVERYONE, elm.audience)
        asked = milliseconds(lambda: railway.ask("When is matter 7-3 settled?", readers), TIMES)
        count = railway.live_entry().passages
        railway.close()
    print(f"{count} passages, {answers} answers of a network")
    print(f"publishing {answers} answers: {first:.0f} ms; one more: {more:.0f} ms")
    print(f"looking what networks stand by now: {look:.2f} ms a question")
    print(
        f"whether all is published: {is_published:.1f} ms; whether all still holds: {check:.1f} ms"
    )
    print(f"a question: {alone:.0f} ms before there were peers, {asked:.0f} ms with them")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=3000)
    parser.add_argument("--answers", type=int, default=200)
    arguments = parser.parse_args()
    configure_logging("WARNING", as_json=False)
    measured(arguments.passages, arguments.answers)


if __name__ == "__main__":
    main()
