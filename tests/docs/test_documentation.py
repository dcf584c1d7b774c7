"""What the documentation names exists, and what exists is named."""

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from assistant.cli import main
from assistant.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
SHELL_BLOCK = re.compile(r"```(?:sh|bash|shell|console)?\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"^([A-Za-z0-9][\w.-]*)")


def lines_of_code(page: Path) -> list[str]:
    """Return what a page shows as code: blocks line by line, and spans."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for block in SHELL_BLOCK.findall(text) for line in block.splitlines()]
    return blocks + INLINE.findall(SHELL_BLOCK.sub("", text))


def commands_in(page: Path) -> list[tuple[str, list[str]]]:
    """Return each `assistant …` command that a page shows, with its options."""
    found = []
    for line in lines_of_code(page):
        match = re.match(r"^\$? ?(?:\S*/)?assistant ((?:--[\w-]+ \S+ )*)([a-z][\w-]*)(.*)$", line)
        if match:
            options = re.findall(r"(?<!\S)--[a-z][\w-]*", match[1] + match[3])
            found.append((match[2], options))
    return found


def existing(pages: list[Path]) -> list[Path]:
    return [page for page in pages if page.exists()]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(requirements: list[str]) -> set[str]:
    found = (NAME.match(requirement) for requirement in requirements)
    return {canonical(match[1]) for match in found if match}


def test_the_example_of_the_environment_names_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.MULTILINE)
    settings = {
        str(field.alias or f"ASSISTANT_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }
    assert sorted(named) == sorted(settings)


def test_the_example_of_the_environment_shows_the_defaults() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^# ?(\w+)=(.*)$", example, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        default = field.default
        value = shown[str(field.alias or f"ASSISTANT_{name.upper()}")]
        if isinstance(default, bool):
            assert value == str(default).lower(), name
        elif isinstance(default, float):
            assert float(value) == default, name
        elif isinstance(default, tuple):
            assert value == ",".join(default), name
        else:
            assert value == ("" if default is None else str(default)), name


@pytest.mark.parametrize("page", existing(PAGES), ids=lambda page: page.name)
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    for name, options in commands_in(page):
        command = main.commands.get(name)
        assert command is not None, f"assistant {name}"
        known = {o for p in (*command.params, *main.params) for o in p.opts} | {"--help"}
        assert set(options) <= known, f"assistant {name} {options}"


def test_every_command_is_named_somewhere() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in existing(PAGES))
    unnamed = [name for name in main.commands if f"assistant {name}" not in text]
    # `make run` is how `assistant run` is called.
    assert [name for name in unnamed if f"make {name}" not in text] == []


def test_every_command_and_option_has_a_sentence_of_help() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        options = [p for p in command.params if isinstance(p, click.Option)]
        assert [o.name for o in options if not o.help] == []


@pytest.mark.parametrize("page", existing(PAGES), ids=lambda page: page.name)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://", "#", "mailto:")):
            assert (page.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", existing(PAGES), ids=lambda page: page.name)
def test_every_make_target_that_a_page_shows_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {
        m[1] for line in lines_of_code(page) if (m := re.match(r"^\$? ?make ([a-z][\w-]*)", line))
    }
    assert shown <= targets


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = names_of(project["project"]["dependencies"] + project["dependency-groups"]["dev"])
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert [line for line in pins if "==" not in line] == []
    assert wanted - names_of(pins) == set()


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    words = ("/wo" + "rk/", "/ro" + "ot/", "pypi.org" + "/simple", "files.python" + "hosted")
    found = []
    for path in tracked():
        content = path.read_bytes()
        found += [(path.name, word) for word in words if word.encode() in content]
    assert found == []


def test_decisions_are_numbered_without_gaps_and_say_what_they_must() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [int(path.name.split("-")[0]) for path in decisions]
    assert numbers == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text(encoding="utf-8").lower()
        assert text.startswith("# "), path.name
        for part in ("date", "status", "context", "decision", "consequences"):
            assert part in text, (path.name, part)


def test_every_decision_that_the_code_names_exists() -> None:
    numbers = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    for path in (ROOT / "assistant").rglob("*.py"):
        named = set(re.findall(r"docs/adr/(\d{4})", path.read_text(encoding="utf-8")))
        assert named <= numbers, path.name
