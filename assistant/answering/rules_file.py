"""The files of rules: headings in square brackets, a rule a line, and remarks that begin with #."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_HEADING = re.compile(r"\[([a-z]+(?: [a-z]+)*)\]")


@cache
def rules_in(name: str, room: str = "assistant.answering") -> Mapping[str, tuple[str, ...]]:
    """Return the lines of a file below each heading, those before the first below an empty one.

    `room` is the package in whose folder `rules` the file lies.
    """
    lines: dict[str, list[str]] = {}
    here = ""
    for line in (files(room) / "rules" / name).read_text("utf-8").splitlines():
        if heading := _HEADING.fullmatch(line):
            here = heading[1]
        elif line and line != "#" and not line.startswith("# "):
            lines.setdefault(here, []).append(line)
    return {heading: tuple(below) for heading, below in lines.items()}
