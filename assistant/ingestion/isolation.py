"""Files read in processes of their own, which are killed when a file is too much for them."""

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar

from assistant.domain.documents import DefinitionFile, Document
from assistant.domain.errors import CorpusError, DocumentError
from assistant.ingestion.confined import FRAME, OUT_OF_MEMORY, READY, Reading
from assistant.ingestion.files import LARGEST_BYTES, Source
from assistant.ingestion.text import one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter

READERS = 2
# A process is renewed before what libraries keep can add up: after so many files, or this full.
_MOST_FILES = 1000
_FULL = 0.5
# Every word of a document goes out twice, as text and as sentences, with some markup around it.
_LARGEST_FRAME = 5 * LARGEST_BYTES
_START_SECONDS = 60.0
_END_SECONDS = 5.0
_LONGEST_REFUSAL = 1000
_CHUNK = 64 * 1024
_MEGABYTE = 1024 * 1024
# No token and no key is among what a process is told that opens files from anywhere.
_TOLD = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "TZ")

Item = TypeVar("Item")
Result = TypeVar("Result")


class BrokeDownError(DocumentError):
    """The process ended while it read the file."""


class IsolatedReading:
    """Reads files in processes that are started when needed, and ended when it is closed.

    `seconds` of the wall clock and of the processor, and `megabytes` of memory, are what reading
    one file may take. Threads may share it; each that reads has a process of its own.
    """

    def __init__(self, *, seconds: float = 300.0, megabytes: int = 1024) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._is_closed = False
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process, whatever it is reading, and start none any more."""
        with self._lock:
            self._is_closed = True
            for process in self._busy:
                process.interrupt()
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def read(self, source: Source) -> Document | DefinitionFile:
        """Read one file as `reading.read_source` does.

        Raises DocumentError when it cannot be read within the bounds, and CorpusError when no
        process can be started at all.
        """
        process = self._take()
        was_used = process.files > 0
        try:
            return self._read_in(process, source)
        except BrokeDownError:
            # It may be what an earlier file left behind; a new process knows only this one.
            if not was_used:
                raise
        return self._read_in(self._take(new=True), source)

    def _read_in(self, process: "_Process", source: Source) -> Document | DefinitionFile:
        is_fit = False
        try:
            reading = process.read(source, self._seconds)
            self.peak_bytes = max(self.peak_bytes, reading.peak_bytes)
            is_full = reading.peak_bytes > _FULL * self._megabytes * _MEGABYTE
            is_fit = not is_full and process.files < _MOST_FILES
        finally:
            self._give_back(process, is_fit=is_fit)
        if reading.refusal is not None:
            raise DocumentError(one_line(reading.refusal[:_LONGEST_REFUSAL]))
        read = reading.document or reading.definitions
        assert read is not None  # noqa: S101 - `process.read` has seen to it
        return read

    def _take(self, *, new: bool = False) -> "_Process":
        with self._lock:
            process = self._idle.pop() if self._idle and not new else None
            if process is not None:
                self._busy.add(process)
                return process
        process = _Process(self._seconds, self._megabytes)
        with self._lock:
            self._busy.add(process)
            is_late = self._is_closed
        if is_late:
            self._give_back(process, is_fit=False)
            raise CorpusError("Reading was ended before all documents were read.")
        return process

    def _give_back(self, process: "_Process", *, is_fit: bool) -> None:
        with self._lock:
            self._busy.discard(process)
            is_kept = is_fit and not self._is_closed
            if is_kept:
                self._idle.append(process)
        if not is_kept:
            process.end()


def in_order(
    read: Callable[[Item], Result], items: Iterable[Item], *, readers: int = READERS
) -> Iterator[Result]:
    """Apply `read` to each item in `readers` threads, a few ahead; results come in items' order."""
    coming = iter(items)
    threads = ThreadPoolExecutor(readers, thread_name_prefix="reading")
    try:
        ahead = deque(threads.submit(read, item) for item in islice(coming, 2 * readers))
        while ahead:
            result = ahead.popleft().result()
            ahead.extend(threads.submit(read, item) for item in islice(coming, 1))
            yield result
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


class _Process:
    """One process that reads. Raises CorpusError when it does not start."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        self.files = 0
        self._megabytes = megabytes
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
            [sys.executable, "-P", "-m", "assistant.ingestion.confined", str(seconds),
             str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )  # fmt: skip
        pipes = self._process.stdin, self._process.stdout
        self._pipes = tuple(pipe for pipe in pipes if pipe is not None)
        self._to, self._from = (pipe.fileno() for pipe in self._pipes)
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)
        self._wait_until_ready()

    def read(self, source: Source, seconds: float) -> Reading:
        """Have one file read.

        Raises DocumentError when it breaks down or takes too long; it must be ended then.
        """
        self.files += 1
        # The digest is kept in the source and goes along: there it is not computed again.
        expected = source.path, source.digest
        deadline = time.monotonic() + seconds
        try:
            request = pickle.dumps(source, pickle.HIGHEST_PROTOCOL)
            self._write(FRAME.pack(len(request)), deadline)
            self._write(request, deadline)
            return _believed(self._read_frame(deadline), expected)
        except TimeoutError:
            raise _too_slow(seconds) from None
        except (EOFError, BrokenPipeError):
            raise self._why_it_ended(seconds) from None

    def interrupt(self) -> None:
        """Kill it and all that it may have started; the thread that waits for it hears so."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and clear it away; nothing of it stays."""
        self.interrupt()
        self._process.wait()
        for pipe in self._pipes:
            pipe.close()

    def _wait_until_ready(self) -> None:
        try:
            said = self._read_frame(time.monotonic() + _START_SECONDS)
        except (TimeoutError, EOFError, DocumentError):
            said = b""
        if said == READY:
            return
        self.end()
        if said:
            raise CorpusError("The assistant was updated while it ran; start it again.")
        raise CorpusError(
            "The process that reads documents cannot be started; give it more memory with "
            "ASSISTANT_READ_MEGABYTES, or install the assistant again."
        )

    def _why_it_ended(self, seconds: float) -> DocumentError:
        try:
            status = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return BrokeDownError(_broke_down("it stopped answering"))
        if status == OUT_OF_MEMORY:
            return BrokeDownError(
                f"It takes more than {self._megabytes} MB of memory to read; split it, or save it "
                "again, simpler."
            )
        if status == -signal.SIGXCPU:
            return _too_slow(seconds)
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        return BrokeDownError(_broke_down(name))

    def _write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            _wait_for(self._to, select.POLLOUT, deadline)
            left = left[os.write(self._to, left[:_CHUNK]) :]

    def _read_frame(self, deadline: float) -> bytes:
        length: int = FRAME.unpack(self._read_exactly(FRAME.size, deadline))[0]
        if length > _LARGEST_FRAME:
            raise DocumentError("It holds far more text than a document does; split it.")
        return self._read_exactly(length, deadline)

    def _read_exactly(self, count: int, deadline: float) -> bytes:
        read = bytearray()
        while len(read) < count:
            _wait_for(self._from, select.POLLIN, deadline)
            chunk = os.read(self._from, min(_CHUNK, count - len(read)))
            if not chunk:
                raise EOFError
            read += chunk
        return bytes(read)


def _wait_for(pipe: int, event: int, deadline: float) -> None:
    """Wait until the pipe can be used or is broken. Raises TimeoutError at the deadline."""
    ready = select.poll()
    ready.register(pipe, event)
    left = deadline - time.monotonic()
    if left <= 0 or not ready.poll(left * 1000):
        raise TimeoutError


def _environment() -> dict[str, str]:
    """What the process is told: where its modules are, and nothing secret."""
    told = {name: os.environ[name] for name in _TOLD if name in os.environ}
    modules = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # noqa: PTH100
    return told | {
        "PYTHONPATH": modules,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }


@cache
def _readings() -> "TypeAdapter[Reading]":
    from pydantic import TypeAdapter

    return TypeAdapter(Reading)


def _believed(frame: bytes, expected: tuple[str, str]) -> Reading:
    """A frame as what it must be, whoever wrote it. Raises DocumentError when it is not that."""
    from pydantic import ValidationError

    try:
        reading = _readings().validate_json(frame)
    except ValidationError:
        raise BrokeDownError(_broke_down("what it said is no document")) from None
    read = reading.document or reading.definitions
    is_as_expected = read is not None and (read.path, read.digest) == expected
    if not is_as_expected and reading.refusal is None:
        raise BrokeDownError(_broke_down("what it said is of another document"))
    return reading


def _too_slow(seconds: float) -> DocumentError:
    return DocumentError(
        f"It takes longer than {seconds:g} seconds to read; split it, or save it again, simpler."
    )


def _broke_down(how: str) -> str:
    return (
        f"Reading it broke the process that reads ({how}); save it again with the program that it "
        "was made with, or take it out."
    )
