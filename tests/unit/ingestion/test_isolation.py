"""Reading in a process of its own: what it may do, and how it ends."""

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from assistant.domain.documents import (
    Block,
    BlockKind,
    Definition,
    DefinitionFile,
    Document,
    Metadata,
    Successor,
)
from assistant.domain.errors import CorpusError, DocumentError
from assistant.ingestion import isolation
from assistant.ingestion.confined import Reading
from assistant.ingestion.files import CorpusFolder, Source
from assistant.ingestion.isolation import IsolatedReading, in_order
from assistant.ingestion.reading import read_source

File = Document | DefinitionFile

ROOT = Path(__file__).parents[3]
BROKEN = "Reading it broke the process that reads"


class TakenOver(bytes):
    """Stands for a file that takes the reading process over: there, it is code that is run.

    What the code leaves in `said` is the document's text.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        said = "f'It says {names.get(\"said\")}'.encode()"
        return eval, (f"(names := {{}}, exec({self.decode()!r}, names), {said})[2]",)


def hostile(code: str) -> Source:
    source = Source("hostile.md", TakenOver(code.encode()), "internal")
    assert source.digest
    return source


def plain(words: str = "Plain words.", path: str = "plain.md") -> Source:
    return Source(path, words.encode(), "internal")


def words_of(read: File) -> str:
    assert isinstance(read, Document)
    return "\n".join(block.text for block in read.blocks)


def refusal(reading: IsolatedReading, source: Source) -> str:
    with pytest.raises(DocumentError) as caught:
        reading.read(source)
    return str(caught.value)


def outcome(read: Callable[[Source], File], source: Source) -> File | str:
    try:
        return read(source)
    except DocumentError as error:
        return str(error)


def is_alive(pid: int) -> bool:
    """Whether a process is there and is not merely waiting to be cleared away."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


@pytest.fixture(scope="module")
def shared() -> Iterator[IsolatedReading]:
    with IsolatedReading(seconds=20) as isolated:
        yield isolated


@pytest.fixture(scope="module")
def hasty() -> Iterator[IsolatedReading]:
    with IsolatedReading(seconds=2) as isolated:
        yield isolated


@pytest.fixture
def reading() -> Iterator[IsolatedReading]:
    with IsolatedReading(seconds=20) as isolated:
        yield isolated


def test_every_format_is_read_as_it_is_in_the_same_process(shared: IsolatedReading) -> None:
    folder = CorpusFolder(ROOT / "tests" / "files")
    for name in ("docx", "html", "md", "pdf", "pptx", "txt"):
        source = folder.source(f"guidance.{name}", "network-x")
        assert outcome(shared.read, source) == outcome(read_source, source)
    for path in ("definitions.csv", "definitions.xlsx", "definitions.yaml", "locked.pdf"):
        source = folder.source(path, "internal")
        assert outcome(shared.read, source) == outcome(read_source, source)


def test_what_is_said_beside_a_document_goes_with_it(shared: IsolatedReading) -> None:
    source = Source(
        "a/b.md",
        b"Words.",
        "internal",
        ("a/b.md.yaml", b"title: Beside"),
        (("_defaults.yaml", b"publisher: X"),),
    )
    assert shared.read(source) == read_source(source)


def test_how_much_memory_a_process_takes_is_its_own_and_not_its_parents() -> None:
    """A new program in a process still counts what the one before it held, if it is asked so."""
    held = bytearray(b"x" * (400 * 1024 * 1024))
    with IsolatedReading() as reading:
        reading.read(plain())
        assert 0 < reading.peak_bytes < len(held) / 2


def test_one_process_reads_many_files(shared: IsolatedReading) -> None:
    pid = "import os\nsaid = os.getpid()"
    assert words_of(shared.read(hostile(pid))) == words_of(shared.read(hostile(pid)))


def test_the_process_knows_none_of_what_only_the_assistant_needs(shared: IsolatedReading) -> None:
    folder = CorpusFolder(ROOT / "tests" / "files")
    for path in ("guidance.docx", "guidance.html", "guidance.pdf", "guidance.pptx"):
        shared.read(folder.source(path, "internal"))
    said = words_of(shared.read(hostile(
        "import sys\nsaid = sorted({'torch', 'chromadb', 'slack_sdk', 'slack_bolt', 'sqlalchemy',"
        "'langchain_core', 'sentence_transformers', 'bs4'} & {*sys.modules})"
    )))  # fmt: skip
    assert said == "It says ['bs4']"


def test_no_secret_is_told_to_the_process(
    reading: IsolatedReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    said = words_of(reading.read(hostile("import os\nsaid = sorted(os.environ)")))
    assert "PYTHONPATH" in said
    assert "TOKEN" not in said
    assert "KEY" not in said


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.kill(os.getppid(), 0)",
        "open({target!r}, 'w')",
        "open({target!r}, 'r+')",
        "import os; os.remove({target!r})",
        "import os; os.rename({target!r}, {target!r} + '2')",
        "import os; os.mkdir({target!r} + '2')",
        "import shutil; shutil.rmtree({target!r})",
        "import zipfile; zipfile.ZipFile({target!r}, 'w')",
    ],
)
def test_nothing_but_reading_is_allowed(shared: IsolatedReading, tmp_path: Path, code: str) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("kept")
    said = refusal(shared, hostile(code.format(target=str(target))))
    assert said == "It is broken and cannot be read (PermissionError); open and save it again."
    assert target.read_text() == "kept"
    assert list(tmp_path.glob("kept*")) == [target]


def test_what_is_below_python_cannot_write_either(shared: IsolatedReading, tmp_path: Path) -> None:
    """A library in C asks no audit hook; the bound on the size of files is the system's."""
    target = tmp_path / "x.sqlite3"
    code = (
        f"import sqlite3\ntry:\n    c = sqlite3.connect({str(target)!r})\n"
        "    c.execute('CREATE TABLE t (x)'); c.commit()\n    said = 'written'\n"
        "except sqlite3.OperationalError: said = 'refused'"
    )
    assert words_of(shared.read(hostile(code))) == "It says refused"
    assert not target.exists() or target.stat().st_size == 0


def test_what_a_library_prints_goes_nowhere(shared: IsolatedReading) -> None:
    code = "import os, sys\nprint('x' * 100000, flush=True)\nos.write(1, b'x')\nos.write(2, b'x')"
    assert words_of(shared.read(hostile(code + "\nsaid = sys.stdin.read()"))) == "It says"
    assert words_of(shared.read(plain())) == "Plain words."


def test_a_file_that_takes_too_long_is_named_and_one_that_takes_less_is_read(
    hasty: IsolatedReading,
) -> None:
    began = time.monotonic()
    assert refusal(hasty, hostile("import time\ntime.sleep(60)")) == (
        "It takes longer than 2 seconds to read; split it, or save it again, simpler."
    )
    assert time.monotonic() - began < 30
    code = "import time\ntime.sleep(0.7)\nsaid = 'enough'"
    assert words_of(hasty.read(hostile(code))) == "It says enough"


def test_processor_time_is_bounded_for_each_file_anew(shared: IsolatedReading) -> None:
    """Should nobody be there to look at the clock, the system ends the process."""
    code = (
        "import resource\nu = resource.getrusage(resource.RUSAGE_SELF)\n"
        "said = resource.getrlimit(resource.RLIMIT_CPU)[0] - u.ru_utime - u.ru_stime"
    )
    for _ in range(2):
        left = float(words_of(shared.read(hostile(code))).removeprefix("It says "))
        assert 19 < left <= 22
        shared.read(hostile("import time\nwhile time.process_time() % 1 < 0.5: pass"))


def test_a_process_that_ran_out_of_processor_time_took_too_long(reading: IsolatedReading) -> None:
    code = (
        "import resource\nu = resource.getrusage(resource.RUSAGE_SELF)\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (int(u.ru_utime + u.ru_stime) + 1, -1))\n"
        "while True: pass"
    )
    assert refusal(reading, hostile(code)).startswith("It takes longer than 20 seconds")


def test_a_file_that_takes_too_much_memory_is_named_and_one_that_takes_less_is_read() -> None:
    with IsolatedReading(seconds=20, megabytes=512) as reading:
        assert refusal(reading, hostile("bytearray(600 * 1024 * 1024)")) == (
            "It takes more than 512 MB of memory to read; split it, or save it again, simpler."
        )
        code = "said = len(bytearray(100 * 1024 * 1024))"
        assert words_of(reading.read(hostile(code))) == "It says 104857600"


def test_memory_that_ran_out_is_said_even_where_a_reader_took_it_for_a_broken_file(
    shared: IsolatedReading,
) -> None:
    code = (
        "from assistant.domain.errors import DocumentError\n"
        "try: bytearray(1 << 40)\n"
        "except Exception: raise DocumentError('It is broken.') from None"
    )
    assert "memory" in refusal(shared, hostile(code))


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import sys; sys.exit(4)", "status 4"),
        ("import signal; signal.raise_signal(9)", "SIGKILL"),
    ],
)
def test_a_file_that_ends_the_process_is_named_and_the_next_is_read(
    shared: IsolatedReading, code: str, how: str
) -> None:
    assert refusal(shared, hostile(code)).startswith(f"{BROKEN} ({how})")
    assert words_of(shared.read(plain())) == "Plain words."


def test_what_an_earlier_file_left_behind_refuses_no_other() -> None:
    with IsolatedReading(seconds=20, megabytes=700) as reading:
        reading.read(hostile("import sys\nsys.left = bytearray(300 * 1024 * 1024)"))
        code = "said = len(bytearray(450 * 1024 * 1024))"
        assert words_of(reading.read(hostile(code))) == "It says 471859200"


def test_a_process_is_renewed_after_many_files_and_when_it_is_half_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(isolation, "_MOST_FILES", 3)
    pid = "import os\nsaid = os.getpid()"
    with IsolatedReading(seconds=20, megabytes=512) as reading:
        pids = [words_of(reading.read(hostile(pid))) for _ in range(4)]
        assert len(set(pids[:3])) == 1
        assert pids[3] != pids[2]
        big = words_of(reading.read(hostile(f"{pid}\nb'x' * (300 * 1024 * 1024)")))
        assert big == pids[3]
        assert words_of(reading.read(hostile(pid))) != big
        assert reading.peak_bytes > 300 * 1024 * 1024


REPLY = (
    "import gc, io, struct, time\n"
    "(out,) = [o for o in gc.get_objects() if isinstance(o, io.BufferedWriter)"
    " and o.fileno() > 2]\n"
    "def send(data, length=None):\n"
    "    out.write(struct.pack('>Q', len(data) if length is None else length) + data)\n"
    "    out.flush(); time.sleep(30)\n"
)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import pickle; send(pickle.dumps(print))", f"{BROKEN} (what it said is no document)"),
        ("send(b'', 1 << 60)", "It holds far more text than a document does"),
        ("send(b'x', 100)", "It takes longer than 2 seconds"),
        ("send({other}.encode())", f"{BROKEN} (what it said is of another document)"),
    ],
)
def test_what_a_process_that_was_taken_over_says_is_not_believed(
    hasty: IsolatedReading, code: str, sentence: str
) -> None:
    another = TypeAdapter(Reading).dump_json(
        Reading(1, document=Document("other.md", "0" * 64, Metadata("Other", "public"), ()))
    )
    said = refusal(hasty, hostile(REPLY + code.format(other=repr(another.decode()))))
    assert said.startswith(sentence)
    assert words_of(hasty.read(plain())) == "Plain words."


def test_not_more_than_a_sentence_of_a_refusal_is_taken(shared: IsolatedReading) -> None:
    code = "from assistant.domain.errors import DocumentError\nraise DocumentError('No.\\n' * 9999)"
    said = refusal(shared, hostile(code))
    assert said.startswith("No. No. No.")
    assert len(said) <= 1000


def test_a_large_file_goes_there_and_back(shared: IsolatedReading) -> None:
    code = "said = 'word ' * 20"
    source = Source("x.md", TakenOver(code.encode() + b"#" * 20_000_000), "internal")
    assert source.digest
    assert words_of(shared.read(source)).startswith("It says word word")
    long = plain("\n\n".join(f"Paragraph {n} {'x' * 10_000}." for n in range(40)))
    assert shared.read(long) == read_source(long)


def test_nothing_stays_when_reading_ends() -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before, files = children(), open_files()
    with IsolatedReading(seconds=1) as reading:
        for code in ("import os; os.abort()", "import time; time.sleep(9)", "said = 1"):
            try:
                reading.read(hostile(code))
            except DocumentError:
                continue
        assert len(children() - before) == 1
    assert children() == before
    assert open_files() == files


def test_closing_ends_what_is_being_read_at_once() -> None:
    reading = IsolatedReading(seconds=60)
    said: list[str] = []
    thread = threading.Thread(
        target=lambda: said.append(refusal(reading, hostile("import time; time.sleep(60)")))
    )
    thread.start()
    while not reading._busy:
        time.sleep(0.01)
    reading.close()
    thread.join(30)
    assert not thread.is_alive()
    assert said[0].startswith(BROKEN)
    with pytest.raises(CorpusError, match="was ended"):
        reading.read(plain())


def test_a_process_that_cannot_start_is_no_fault_of_the_document() -> None:
    before = children()
    with (
        IsolatedReading(seconds=5, megabytes=16) as reading,
        pytest.raises(CorpusError, match="cannot be started"),
    ):
        reading.read(plain())
    assert children() == before


def test_a_program_that_was_updated_while_it_ran_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "READY", b"ready 0")
    with IsolatedReading() as reading, pytest.raises(CorpusError, match="was updated while"):
        reading.read(plain())


def test_results_come_in_order_and_files_are_read_side_by_side(reading: IsolatedReading) -> None:
    code = "import os, time\ntime.sleep({wait})\nsaid = ({number}, os.getpid())"
    sources = [hostile(code.format(number=n, wait=0.2 if n % 2 else 0)) for n in range(8)]
    said = [ast.literal_eval(words_of(r)[8:]) for r in in_order(reading.read, sources)]
    assert [number for number, _ in said] == list(range(8))
    assert len({pid for _, pid in said}) == 2


def test_reading_ahead_takes_only_a_few_more_than_are_wanted() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(lambda number: number * 2, numbers(), readers=2)
    assert [next(results), next(results)] == [0, 2]
    assert len(taken) <= 6


def test_an_error_of_one_file_comes_at_its_place() -> None:
    def read(number: int) -> int:
        if number == 2:
            raise CorpusError("two")
        return number

    results = in_order(read, range(5))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(CorpusError, match="two"):
        next(results)


PARENT = """
import sys, threading
sys.path.insert(0, {root!r})
print("started", flush=True)
from tests.unit.ingestion.test_isolation import hostile, words_of
from assistant.ingestion.isolation import IsolatedReading
reading = IsolatedReading(seconds=60)
def work():
    print(words_of(reading.read(hostile("import os; said = os.getpid()"))), flush=True)
    reading.read(hostile({code!r}))
thread = threading.Thread(target=work, daemon=True)
thread.start()
thread.join()
print("idle", flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize(
    "code", ["said = 1", "import time; time.sleep(50)", "while True: pass"], ids=str
)
def test_the_process_ends_when_the_one_that_reads_for_is_killed(tmp_path: Path, code: str) -> None:
    """It was started by a thread of a program that is not imported again for it."""
    script = tmp_path / "program.py"
    script.write_text(PARENT.format(root=str(ROOT), code=code))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "started\n"
        pid = int(program.stdout.readline().removeprefix("It says "))
        if code == "said = 1":
            assert program.stdout.readline() == "idle\n"
        assert is_alive(pid)
        os.kill(program.pid, signal.SIGKILL)
    assert wait_until_gone(pid)


NAMES = st.tuples(st.text(max_size=9), st.text(max_size=9))
DATES = st.none() | st.dates()
METADATA = st.builds(
    Metadata,
    title=st.text(max_size=9),
    author=st.none() | st.text(max_size=9),
    source_date=DATES,
    withdrawn=st.booleans() | st.dates(),
    superseded_by=st.none()
    | st.builds(
        Successor, st.text(max_size=9), since=DATES, then=st.builds(Successor, st.just(""))
    ),
    nation=NAMES,
)
BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=st.text(max_size=30),
    sentences=NAMES,
    headings=NAMES,
    page=st.none() | st.integers(1, 9999),
)
DOCUMENTS = st.builds(Document, st.text(), st.text(), METADATA, st.tuples(BLOCKS, BLOCKS))
DEFINITIONS = st.builds(
    Definition, st.text(), st.text(), st.text(), aliases=NAMES, metadata=st.none() | METADATA
)
FILES = st.builds(DefinitionFile, st.text(), st.text(), METADATA, st.tuples(DEFINITIONS))


@settings(max_examples=60, deadline=None)
@given(
    st.builds(Reading, st.integers(0), document=DOCUMENTS)
    | st.builds(Reading, st.integers(0), definitions=FILES)
)
def test_what_is_read_comes_back_as_it_was(reading: Reading) -> None:
    adapter = TypeAdapter(Reading)
    assert adapter.validate_json(adapter.dump_json(reading)) == reading


def test_a_day_and_a_yes_are_told_apart_on_the_way() -> None:
    adapter = TypeAdapter(Metadata)
    for withdrawn in (True, False, date(2027, 3, 31)):
        back = adapter.validate_json(adapter.dump_json(Metadata("T", withdrawn=withdrawn)))
        assert back.withdrawn is withdrawn or back.withdrawn == withdrawn
        assert type(back.withdrawn) is type(withdrawn)
