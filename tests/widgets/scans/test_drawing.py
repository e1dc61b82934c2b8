"""Software OpenGL draws late, which must not end the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_multicancer.project.beginning import begin
from tests.project.scans import picture

NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
TURNS = 6


@pytest.mark.slow
@pytest.mark.skipif(NO_DISPLAY, reason="a window needs a display")
def test_going_between_a_picture_and_a_stack_does_not_end_the_program(qapp, tmp_path: Path) -> None:
    picture(tmp_path / "scans" / "a.png")
    planes = np.random.default_rng(1).integers(0, 256, (9, 96, 96), np.uint8)
    tifffile.imwrite(tmp_path / "scans" / "b.tif", planes, metadata={"axes": "ZYX"})
    begin([tmp_path / "scans"], tmp_path / "list")
    command = [sys.executable, "-m", "tests.widgets.scans.turns", str(tmp_path / "list")]
    done = subprocess.run([*command, str(TURNS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
