"""Questions from two processes while a third reloads, rolls back and is killed at random."""

from pathlib import Path

import pytest

from assistant.bootstrap import Services
from benchmarks.train import under_fire

pytestmark = [pytest.mark.integration, pytest.mark.model]


def test_no_question_fails_or_mixes_two_snapshots_while_builders_are_killed(
    shipped: Services, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "encoders").symlink_to(shipped.settings.data_dir / "encoders")
    seen = under_fire(tmp_path, switches=6)
    assert (seen.failed, seen.mixed, seen.left_behind) == (0, 0, 0)
    assert seen.asked > seen.snapshots_asked > 2
    assert seen.kills > 0
