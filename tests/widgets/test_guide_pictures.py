"""The script that takes the guide's pictures still finds its way through the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.guide_pictures.pictures import FOLDER

SMALLEST = 1000
"""Pixels of four frames; how many more hangs on the fonts of the machine."""


@pytest.mark.slow
def test_the_first_picture_of_the_guide_can_be_taken_anew(tmp_path: Path):
    out = tmp_path / "pictures"
    command = [sys.executable, "-m", "scripts.guide_pictures", "first-mask", "--theme", "light"]
    subprocess.run([*command, "--out", str(out)], cwd=FOLDER.parents[1], check=True)
    (made,) = out.iterdir()
    assert (FOLDER / made.name).is_file()
    with Image.open(made) as anew:
        assert min(anew.size) > SMALLEST
        assert len(anew.convert("RGB").getcolors(1 << 24)) > 100
