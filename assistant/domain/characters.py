"""The characters of a text as a person sees them, wherever the text comes from.

Invisible characters and letters of other alphabets that look like ours can hide words from a
person that a search or a model would read, and words from a search that a person reads.
"""

import re
import unicodedata

MOST_MARKS = 3
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
# Letters whose only difference is how they are drawn: mathematical, full width, joined.
_DRAWN_OTHERWISE = re.compile("[\U0001d400-\U0001d7cb\uff01-\uff5e\ufb00-\ufb06]")
_MARKS = re.compile(
    rf"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{{{MOST_MARKS}}})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0131\u0261\u04cf\u03f2\u0578\u0585",
    "aeopcyxijshdqwABEKMHOPCTYXIJSoABEZHIKMNOPTYXiglcno",
)


def as_seen(text: str) -> str:
    """Return the text without what a reader does not see, in Unicode's normal form C.

    Line feeds and tabs stay and every other space is a blank. Letters that are only drawn
    otherwise are plain ones, so is a foreign look-alike within a word of Latin letters, and no
    letter carries more than three loose marks.
    """
    unified = unicodedata.normalize("NFC", text)
    if unified.isascii() and unified.isprintable():
        return unified
    visible = unicodedata.normalize("NFC", "".join(map(_seen, unified)))
    plain = _DRAWN_OTHERWISE.sub(lambda m: unicodedata.normalize("NFKC", m[0]), visible)
    return _MARKS.sub(r"\1", _WORD.sub(_in_one_alphabet, plain))


def skeleton(text: str) -> str:
    """Return a text as its plainest letters in lower case, to compare and never to show.

    Accents are gone and every look-alike is the letter that it looks like.
    """
    decomposed = unicodedata.normalize("NFKD", as_seen(text))
    bare = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me"})
    return bare.translate(_LOOK_ALIKES).lower()


def _in_one_alphabet(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not _LATIN.search(word):
        return word
    return word.translate(_LOOK_ALIKES)


def _seen(character: str) -> str:
    if character in "\n\t":
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in {"Cc", "Cf", "Cs", "Cn"} or character in _INVISIBLE_LETTERS:
        return ""
    return "" if _is_variation_selector(character) else character


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
