"""What is said without asking the corpus anything: greetings, thanks, and what can you do."""

import re
from enum import StrEnum

from assistant.retrieval.words import words_of

LONGEST_SMALL_TALK = 10


class SmallTalk(StrEnum):
    """What is said without asking the corpus anything."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    CAPABILITY = "capability"


_FILLER = (
    r"(?:please|assistant|there|again|all|everyone|team|so|very|much|a lot|ok(?:ay)?|great|for now)"
)
_GREETING = r"(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))"
_THANKS = r"(?:thanks?(?: you)?|cheers|ta|brilliant|perfect|that(?: was| is|'s)? help\w*)"
_FAREWELL = r"(?:bye(?: bye)?|goodbye|see you(?: later)?|good night)"
_CAPABILITY = (
    r"(?:what (?:can|do) you (?:do|know|answer)(?: for me)?|who are you|what are you|help(?: me)?"
    r"|how (?:can|do) you (?:help|work)(?: me)?|what (?:can|should|may) i ask(?: you)?"
    r"|what is this(?: bot)?|how does this work)"
)
_PHRASES = {
    SmallTalk.CAPABILITY: _CAPABILITY,
    SmallTalk.THANKS: _THANKS,
    SmallTalk.FAREWELL: _FAREWELL,
    SmallTalk.GREETING: _GREETING,
}
_AROUND = rf"(?:{_GREETING}|{_THANKS}|{_FAREWELL}|{_FILLER})"


def small_talk(text: str) -> SmallTalk | None:
    """Return what kind of small talk a text is, or None when it asks something."""
    words = words_of(text)
    if not words or len(words) > LONGEST_SMALL_TALK:
        return None
    plain = " ".join(words)
    for kind, phrase in _PHRASES.items():
        if re.fullmatch(rf"(?:{_AROUND} )*{phrase}(?: {_AROUND})*", plain):
            return kind
    return None
