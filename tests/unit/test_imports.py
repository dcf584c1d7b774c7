"""What importing costs: nothing heavy before a command needs it, and no work."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = frozenset(
    {
        "chromadb",
        "langchain",
        "langchain_core",
        "markitdown",
        "numpy",
        "onnxruntime",
        "pydantic",
        "sentence_transformers",
        "slack_bolt",
        "slack_sdk",
        "sqlalchemy",
        "torch",
    }
)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "assistant").rglob("*.py")
    if path.stem not in {"__init__", "__main__"}
)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom assistant.cli import main\n"
        "result = CliRunner().invoke(main, ['--help'])\nassert result.exit_code == 0\n"
        f"print(*[name for name in {sorted(HEAVY)!r} if name in sys.modules])"
    )
    done = run(code)
    assert done.stderr == ""
    assert done.stdout.split() == []


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"]])
def test_the_help_is_there_in_half_a_second(arguments: list[str]) -> None:
    """The processor's time counts, and the best of three: not how busy the machine is."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "assistant", *arguments], capture_output=True,
                       cwd=ROOT, check=True)  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.5


def test_importing_a_module_does_no_work(tmp_path: Path) -> None:
    """Neither a socket nor a process, and no file is written; torch and Chroma wait for use."""
    code = (
        "import os, socket, sys, importlib\n"
        "opened = []\n"
        "def hear(event, args):\n"
        "    if event in ('socket.connect', 'subprocess.Popen', 'os.mkdir') or (\n"
        "        event == 'open' and args[1] and set(args[1]) & set('wax+')\n"
        "        and not str(args[0]).endswith(('.pyc', '/dev/null'))\n"
        "        and '.pyc.' not in str(args[0])\n"
        "    ):\n"
        "        opened.append((event, str(args[0])))\n"
        f"names = {MODULES!r}\n"
        "sys.addaudithook(hear)\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "assert not opened, opened\n"
        "print(*[n for n in ('torch', 'sentence_transformers', 'chromadb', 'onnxruntime')\n"
        "        if n in sys.modules])"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == []
