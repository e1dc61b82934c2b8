from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from napari_multicancer.io.snapshots.folder import list_snapshots, prune
from napari_multicancer.io.snapshots.snapshot import SUFFIX


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_among_the_copies_holds_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"pipe{SUFFIX}")
    snapshots, (skipped,) = list_snapshots(tmp_path)
    assert not snapshots
    assert "is no auto-save" in str(skipped.error)
    assert not prune(tmp_path, datetime.now().astimezone())
