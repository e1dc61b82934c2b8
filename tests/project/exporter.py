"""Exports a list, waiting before each scan until it is told to go on; no test."""

from __future__ import annotations

import sys
from pathlib import Path

from napari_multicancer.project import Project
from napari_multicancer.project.exports.run import export


def main(folder: str, kind: str, out: str) -> None:
    with Project.open(folder, read_only=True) as project:
        export(project, kind, Path(out), proceed=_wait)


def _wait() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
