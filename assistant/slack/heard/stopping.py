"""The words that tell the assistant to stop, and what it says to them."""

import re
from functools import cache

from assistant.language import FOLDER, phrase, say, spoken_to

# With a comma between them, as many as a language wants.
STOP_WORDS = phrase(
    "stop, stop it, stop now, stop that, stop please, please stop, stop answering, stop replying, "
    "be quiet, please be quiet, quiet, quiet please, shut up, go away, leave us, leave us alone, "
    "leave it, enough, that's enough, that is enough, thanks stop, no more"
)
STOPPED = phrase(
    "I have stopped and will stay out of this thread; mention me when you want an answer from me."
)
STOPPED_DIRECT = phrase("I have stopped; write to me again when you want an answer.")

_BESIDE_WORDS = re.compile(r"[^\w']+")


def is_stop(text: str) -> bool:
    """Whether a post tells the assistant to stop, in any language of the catalogue."""
    return _plain(text) in _stop_words()


def stopped_sentence(*, is_direct: bool) -> str:
    """Say that the assistant has stopped."""
    return say(STOPPED_DIRECT if is_direct else STOPPED)


@cache
def _stop_words() -> frozenset[str]:
    locales = ["en", *(folder.name for folder in FOLDER.glob("*") if folder.is_dir())]
    words: set[str] = set()
    for locale in locales:
        with spoken_to(locale):
            words.update(map(_plain, say(STOP_WORDS).split(",")))
    return frozenset(words)


def _plain(text: str) -> str:
    return _BESIDE_WORDS.sub(" ", text.replace("\u2019", "'")).strip().lower()
