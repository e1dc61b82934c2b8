"""Works through a list until it is killed, and says what was done after it was; no test."""

from __future__ import annotations

import itertools
import sys

from napari_multicancer.project import Project, State, Work
from tests.project.scans import mask


def main(folder: str) -> None:
    with Project.open(folder, "Ada") as project:
        scans = [scan.id for scan in project.each()]
        for scan in itertools.cycle(scans):
            project.note_work(scan, Work(1.0, 1, 1))
            version = project.save_mask(scan, mask(version_of(project, scan)))
            state = State.FLAGGED if project.scan(scan).state is State.DONE else State.DONE
            project.set_state(scan, state)
            sys.stdout.write(f"{scan} {version.number} {state.value}\n")
            sys.stdout.flush()


def version_of(project: Project, scan: int) -> int:
    return len(project.versions(scan)) % 20


if __name__ == "__main__":
    main(sys.argv[1])
