"""A session that is killed in the middle goes on where it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_multicancer.project import State

from .lists import last_mask, listed, mask_in, proposed

NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
PAINTED = "painted scan3.png\n"


@pytest.mark.skipif(NO_DISPLAY, reason="a window needs a display")
def test_a_killed_session_goes_on_with_all_states_and_strokes(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 4)
    worker = [sys.executable, "-m", "tests.widgets.scans.keyed", str(folder), "2"]
    with subprocess.Popen(worker, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        # napari says things there, too
        heard = any(line == PAINTED for line in process.stdout)
        process.kill()
    assert heard
    known = listed(folder)
    assert [known[f"scan{n}.png"].state for n in (1, 2, 3, 4)] == [
        *(State.DONE, State.DONE, State.IN_WORK, State.PROPOSED)
    ]
    open_list(folder)
    choose(2)
    assert mask_in(viewer).data[1, 2] == 1
    scans.session.next()
    settle()
    assert listed(folder)["scan3.png"].state is State.DONE
    assert last_mask(folder, "scan3.png")[1, 2] == 1
