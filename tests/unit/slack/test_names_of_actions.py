"""Bolt gives a press to the first listener of its name, so no two parts may use the same one."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import assistant.slack

FOLDER = Path(assistant.slack.__file__).parent


def named(ending: str) -> dict[str, list[str]]:
    """Return, for each value of a constant with this ending, the modules that define it."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(FOLDER.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                target = node.targets[0]
                if isinstance(target, ast.Name) and target.id.endswith(ending):
                    found[str(node.value.value)].append(f"{file.stem}.{target.id}")
    return found


@pytest.mark.parametrize(("ending", "least"), [("_ACTION", 40), ("_VIEW", 10)])
def test_no_two_parts_use_the_same_name(ending: str, least: int) -> None:
    found = named(ending)
    assert len(found) >= least
    assert {value: where for value, where in found.items() if len(where) > 1} == {}
