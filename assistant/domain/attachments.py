"""A file that came with a question, and what it says to the question."""

from dataclasses import dataclass

from assistant.domain.answers import Answer


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's name, whose ending tells its kind, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AnswerFromFile:
    """An answer that rests on one file alone; `remarks` say as sentences what of it was not read.

    `is_cut` says that the file was longer than what is read, so its end was not.
    """

    answer: Answer
    remarks: tuple[str, ...] = ()
    is_cut: bool = False
