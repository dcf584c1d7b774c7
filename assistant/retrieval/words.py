"""Words and stems: how a question's words are compared with a passage's."""

import re
import threading
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")

# Function words and the words that questions are made of; they say nothing about the subject.
_FUNCTION_WORDS = """
a about above after again all also am an and any are aren't as at be because been before being
below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
down during each either else etc few for from further get gets give given gives had has hasn't
have haven't having he her here hers him his how however i i'd i'll i'm i've if in into is isn't
it it's its itself just let let's like list many may me might mine more most much must my myself
name need no nor not now of off on once one ones only or other our ours out over own per please
quite rather really same say says shall she should shouldn't so some such tell than that that's
the their theirs them themselves then there there's these they they're thing things this those
through to too under until up upon us use used using very via want was wasn't we we're were
weren't what what's whatever when where whether which while who who's whom whose why will with
within without won't would wouldn't yes yet you you're your yours explain describe mean means
meaning
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

_stemmers = threading.local()


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order; an apostrophe stays in its word."""
    return [normal(word) for word in WORD.findall(text)]


def normal(word: str) -> str:
    """Return a word in lower case with a plain apostrophe."""
    return word.lower().replace("\u2019", "'")


def content_words(text: str) -> list[str]:
    """Return the words that carry a text's subject, in order, each once."""
    return list(dict.fromkeys(word for word in words_of(text) if word not in STOP_WORDS))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the English Snowball stem of a lower-case word, possessive endings taken off."""
    import Stemmer

    stemmer = getattr(_stemmers, "english", None)
    if stemmer is None:
        stemmer = _stemmers.english = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word.removesuffix("'s")))


def stems_of(text: str) -> list[str]:
    """Return the stems of all words of a text, in order."""
    return [stem(word) for word in words_of(text)]
