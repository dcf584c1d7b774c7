"""The process in which files are read one by one: bounded, and able to do nothing but read.

`python -m assistant.ingestion.confined SECONDS MEGABYTES` is started by `ingestion.isolation` and
by nobody else. Requests come in and readings go out as frames: eight bytes of length, then so many.
"""

import math
import os
import re
import resource
import select
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant.domain.documents import DefinitionFile, Document
from assistant.domain.errors import DocumentError
from assistant.ingestion.files import READING

FRAME = struct.Struct(">Q")
# A process that was started after an update must not read for one that was started before it.
READY = f"ready {READING}".encode()
OUT_OF_MEMORY = 66

# Answering comes first: who asks a question must not feel that somebody's file is being read.
_NICENESS = 10
_MEGABYTE = 1024 * 1024
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = re.compile(
    r"(?:socket|subprocess|shutil|pty|urllib|ftplib|http)\..*"
    r"|os\.(?:chmod|chown|exec|fork|forkpty|kill|killpg|link|mkdir|posix_spawn|remove|rename"
    r"|rmdir|spawn|startfile|symlink|system|truncate|utime)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one file: one of the three.

    `peak_bytes` is the most memory that the process has held since it began.
    """

    peak_bytes: int
    document: Document | None = None
    definitions: DefinitionFile | None = None
    refusal: str | None = None


def serve(seconds: float, megabytes: int) -> None:
    """Read what comes in until nothing comes any more, then end."""
    requests, replies = _own_channels()
    threading.Thread(target=_end_with_parent, args=(requests.fileno(),), daemon=True).start()
    _confine(megabytes)
    reply = _replier()
    _send(replies, READY)
    while (head := requests.read(FRAME.size)) and len(head) == FRAME.size:
        try:
            request = requests.read(FRAME.unpack(head)[0])
            _allow_processor_time(seconds)
            _send(replies, reply(request))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _own_channels() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, moved to where no library prints to or reads from them."""
    channels = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return channels


def _end_with_parent(requests: int) -> None:
    """Wait until the other end of the pipe is gone, which it is when the parent was killed."""
    hang_up = select.poll()
    hang_up.register(requests, 0)
    hang_up.poll()
    os._exit(0)


def _confine(megabytes: int) -> None:
    """Bound what the process may take, for good: no later code can lift it."""
    os.nice(_NICENESS)
    with suppress(OSError):  # only Linux lets a process ask to be the first that is ended
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    with suppress(ValueError):  # macOS does not bound a process's memory; time bounds it there
        _lower(resource.RLIMIT_AS, megabytes * _MEGABYTE)
    sys.addaudithook(_refuse)


def _lower(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (bound, bound))


def _allow_processor_time(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _refuse(event: str, args: tuple[object, ...]) -> None:
    """Refuse whatever is not reading: a library that fetches, runs or writes is mistaken here."""
    if event == "open":
        flags = args[2]
        refused = isinstance(flags, int) and bool(flags & _WRITING)
    else:
        refused = _REFUSED.fullmatch(event) is not None
    if refused:
        raise PermissionError(f"{event} is not allowed while a document is read")


def _replier() -> Callable[[bytes], bytes]:
    """What makes a request into a reading; importing it is most of what starting costs."""
    import pickle

    from pydantic import TypeAdapter

    from assistant.ingestion.reading import read_source

    readings = TypeAdapter(Reading)

    def reply(request: bytes) -> bytes:
        try:
            # The request is our own parent's; what goes back is not believed like that.
            read = read_source(pickle.loads(request))  # noqa: S301
            if isinstance(read, Document):
                return readings.dump_json(Reading(_peak_bytes(), document=read))
            return readings.dump_json(Reading(_peak_bytes(), definitions=read))
        except Exception as error:  # noqa: BLE001 - libraries raise whatever a broken file provokes
            refusal = _refusal(error)
        return readings.dump_json(Reading(_peak_bytes(), refusal=refusal))

    return reply


def _refusal(error: BaseException) -> str:
    """The sentence on a file that cannot be read. Raises MemoryError when that was the reason."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            raise cause
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, DocumentError):
        return str(error)
    if isinstance(error, RecursionError):
        return "It is nested too deeply to be read; save it again, simpler."
    return f"It is broken and cannot be read ({type(error).__name__}); open and save it again."


def _peak_bytes() -> int:
    """The most memory that was held; what `getrusage` says counts the parent's too."""
    with suppress(OSError), open("/proc/self/status", "rb") as status:  # noqa: PTH123
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _send(replies: BinaryIO, frame: bytes) -> None:
    replies.write(FRAME.pack(len(frame)))
    replies.write(frame)
    replies.flush()


if __name__ == "__main__":
    serve(float(sys.argv[1]), int(sys.argv[2]))
