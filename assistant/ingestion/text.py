"""The characters and sentences of a text, before anybody reads it."""

import codecs
import re

from assistant.domain.characters import as_seen

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
# What programs write and people do not: the heads of their formats, and control characters.
_BINARY_HEADS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]")
_FEW_CONTROL, _MOST_CONTROL = 8, 0.02
_ALWAYS_RUNS_ON = re.compile(r"(?:^|[\s(\[])(?:e\.g|i\.e|cf|vs|viz)\.$", re.IGNORECASE)
_RUNS_ON_TO_A_NUMBER = re.compile(
    r"(?:^|[\s(\[])(?:no|nos|vol|vols|p|pp|para|paras|fig|figs|ch|sec|approx|c|ca|est)\.$",
    re.IGNORECASE,
)


def decoded(data: bytes) -> str:
    """Bytes of a text file as text: by byte order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def is_binary(data: bytes) -> bool:
    """Whether the bytes of a file that is called text are a picture's, an archive's or the like."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    allowed = _FEW_CONTROL + _MOST_CONTROL * len(data)
    return data.startswith(_BINARY_HEADS) or len(_CONTROL.findall(data)) > allowed


def clean(text: str) -> str:
    """Take out what a reader does not see; line ends become `\\n`, every other space a blank.

    What `as_seen` takes out, or makes plain, could hide words from a person that a search or a
    model would read. The rest is in normal form C.
    """
    return as_seen(_LINE_BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one blank."""
    return _SPACES.sub(" ", clean(text)).strip()


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of one paragraph; joined by a blank they are `one_line(text)` again."""
    from sentencex import segment  # type: ignore[import-untyped]

    line = one_line(text)
    sentences: list[str] = []
    for piece in segment("en", line):
        if sentences and _runs_on(sentences[-1], piece):
            sentences[-1] += piece
        else:
            sentences.append(piece)
    stripped = tuple(sentence.strip() for sentence in sentences if sentence.strip())
    return stripped if " ".join(stripped) == line else (line,)


def _runs_on(sentence: str, following: str) -> bool:
    """Whether the splitter parted one sentence at an abbreviation or inside a word."""
    if not sentence[-1:].isspace():
        return True
    ending = sentence.rstrip()
    if _ALWAYS_RUNS_ON.search(ending):
        return True
    return following[:1].isdigit() and _RUNS_ON_TO_A_NUMBER.search(ending) is not None
