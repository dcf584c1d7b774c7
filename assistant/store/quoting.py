"""Finds in a text whole sentences of a document that was deleted."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"\w+")
_WORDS_LOOKED_UP = 3


class Quotes:
    """Sentences to look for in many texts, whatever the spaces and however many sentences."""

    def __init__(self, sentences: Iterable[str]) -> None:
        by_beginning: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for sentence in {" ".join(sentence.split()) for sentence in sentences}:
            words = tuple(_WORD.findall(sentence)[:_WORDS_LOOKED_UP])
            if words:
                by_beginning[words].append(sentence)
        self._by_beginning: Mapping[tuple[str, ...], list[str]] = dict(by_beginning)
        self._lengths = sorted({len(beginning) for beginning in by_beginning})

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._by_beginning)

    def are_in(self, text: str) -> bool:
        """Whether the text holds any of the sentences, word for word."""
        if not self._by_beginning:
            return False
        words = _WORD.findall(text)
        spaced = " ".join(text.split())
        return any(
            sentence in spaced
            for length in self._lengths
            for beginning in zip(*(words[n:] for n in range(length)), strict=False)
            for sentence in self._by_beginning.get(beginning, ())
        )
