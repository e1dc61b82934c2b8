"""Take the guide's pictures anew, from the running program.

scripts/with_display.sh .venv/bin/python -m scripts.guide_pictures [NAME ...]
    [--theme dark|light] [--out FOLDER]

Each is taken in a process of its own, with the settings of somebody new.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.guide_pictures.pictures import FOLDER, PICTURES, Picture

COLUMNS = 2
CHILD = "NAPARI_MULTICANCER_PICTURES_HOME"
HOMES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def main() -> int:
    asked = _arguments()
    wanted = [one for one in PICTURES if not asked.names or one.name in asked.names]
    if os.environ.get(CHILD):
        _take(wanted[0], asked.theme, asked.out)
        return 0
    return max(
        _in_a_process(one, theme, asked.out)
        for one in wanted
        for theme in ([asked.theme] if asked.theme else one.themes)
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="all unless some are named")
    parser.add_argument(
        "--theme", choices=("dark", "light"), help="those of the guide unless given"
    )
    parser.add_argument("--out", type=Path, default=FOLDER)
    asked = parser.parse_args()
    unknown = set(asked.names) - {one.name for one in PICTURES}
    if unknown:
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    return asked


def _in_a_process(picture: Picture, theme: str, out: Path) -> int:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **dict.fromkeys(HOMES, home), CHILD: home, "NAPARI_CONFIG": ""}
        command = [sys.executable, "-m", "scripts.guide_pictures", picture.name]
        command += ["--theme", theme, "--out", str(out.resolve())]
        return subprocess.run(command, env=environment, check=False).returncode


def _take(picture: Picture, theme: str, out: Path) -> None:
    from scripts.guide_pictures import stories
    from scripts.guide_pictures.program import Program
    from scripts.guide_pictures.strip import PAPERS, film_strip, save

    os.chdir(os.environ[CHILD])  # so that folders in the pictures have short names
    program = Program(theme)
    frames = list(getattr(stories, picture.story)(program))
    program.close()
    path = out / picture.file(theme)
    save(film_strip(frames, COLUMNS, PAPERS[theme]), path)
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
