"""Samples of everything that we send compile as the types that Slack publishes for TypeScript.

`@slack/types` refuses fields that Slack does not know, texts of the wrong kind and elements in the
wrong place; lengths and counts are for test_payloads. The manifest is compiled against the type of
`@slack/web-api`, without the names of scopes and events, of which that type does not know all.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from assistant.slack.ways.manifest import manifest_text
from tests.unit.slack.payload_builders import Builder, Kind, Payload, builders

FOLDER = Path(__file__).parents[2] / "slack_types"
COMPILER = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
INSTALL = "npm install --no-package-lock --ignore-scripts --prefix tests/slack_types"
SAMPLES_EACH = 5
LONGEST_SAMPLE = 60_000

# On one line, so that the program begins on the second.
IMPORTS = (
    "import type { AnyChunk, HomeView, KnownBlock, ModalView } from '@slack/types'; "
    "import type { Manifest } from '@slack/web-api/dist/types/request/manifest';"
)

_TYPES: Mapping[Kind, str] = {
    "messages": "KnownBlock[]",
    "view": "ModalView | HomeView",
    "chunks": "AnyChunk[]",
}
few = settings(
    max_examples=SAMPLES_EACH,
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def compiler() -> Sequence[str]:
    """Return the command of the compiler; by hand the test is skipped where there is none."""
    node = shutil.which("node")
    if node is None or not COMPILER.exists():
        missing = f"node and the packages of tests/slack_types are needed: {INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return [node, str(COMPILER)]


def samples(builder: Builder) -> list[Payload]:
    """Return some payloads of a builder."""
    found: list[Payload] = []
    few(given(builder.payloads)(lambda payloads: found.extend(payloads)))()  # noqa: PLW0108
    return [each for each in found if len(json.dumps(each)) <= LONGEST_SAMPLE]


def declared(builder: Builder, payloads: Sequence[Payload]) -> str:
    """Return TypeScript that says that payloads are of the type of their kind."""
    if builder.kind == "chunks":
        values: list[object] = [list(payloads)]
    elif builder.kind == "messages":
        values = [each["blocks"] for each in payloads]
    else:
        values = list(payloads)
    name = builder.name.replace(".", "_")
    return "\n".join(
        f"export const {name}_{number}: {_TYPES[builder.kind]} = {json.dumps(value)};"
        for number, value in enumerate(values)
    )


def compiled(compiler: Sequence[str], folder: Path, program: str) -> tuple[int, str]:
    """Compile a program beside the packages; return the status and what the compiler says."""
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    shutil.copy(FOLDER / "tsconfig.json", folder)
    (folder / "payloads.ts").write_text(f"{IMPORTS}\n{program}", encoding="utf-8")
    done = subprocess.run(
        [*compiler, "--project", "tsconfig.json", "--pretty", "false"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout[:4000]


def test_samples_of_all_payloads_compile_as_slacks_types(
    compiler: Sequence[str], tmp_path: Path
) -> None:
    declarations = {each.name: declared(each, samples(each)) for each in builders()}
    assert all(declarations.values()), "each builder has a sample"
    assert compiled(compiler, tmp_path, "\n".join(declarations.values())) == (0, "")


def typed(manifest: Any) -> str:
    """Return TypeScript that says that a manifest is one, but for the names in it."""
    manifest["oauth_config"]["scopes"]["bot"] = []
    manifest["settings"]["event_subscriptions"]["bot_events"] = []
    return f"export const manifest: Manifest = {json.dumps(manifest)};"


@pytest.mark.parametrize("url", [None, "https://assistant.example.org"], ids=["sockets", "http"])
def test_the_manifest_compiles_as_slacks_type(
    compiler: Sequence[str], tmp_path: Path, url: str | None
) -> None:
    manifest = json.loads(manifest_text(url))
    assert compiled(compiler, tmp_path, typed(manifest)) == (0, "")


@pytest.mark.parametrize("room", ["features", "settings"])
def test_a_manifest_with_a_key_that_slack_does_not_know_does_not_compile(
    compiler: Sequence[str], tmp_path: Path, room: str
) -> None:
    manifest = json.loads(manifest_text())
    manifest[room]["colour"] = "red"
    status, said = compiled(compiler, tmp_path, typed(manifest))
    assert status != 0
    assert '"colour"\' does not exist' in said


def test_what_slack_does_not_know_does_not_compile(compiler: Sequence[str], tmp_path: Path) -> None:
    bad = [
        "KnownBlock[] = [{type: 'divider', colour: 'red'}]",
        "KnownBlock[] = [{type: 'header', text: {type: 'mrkdwn', text: 'a'}}]",
        "ModalView = {type: 'modal', blocks: []}",
        "AnyChunk[] = [{type: 'task_update', id: '1', title: 'a', status: 'finished'}]",
    ]
    program = "\n".join(f"export const bad{n}: {each};" for n, each in enumerate(bad))
    status, said = compiled(compiler, tmp_path, program)
    assert status != 0
    assert {f"payloads.ts({line}," for line in range(2, 6)} <= {
        f"{each.partition(',')[0]}," for each in said.splitlines()
    }
