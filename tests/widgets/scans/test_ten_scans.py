"""Ten scans labeled by keys alone, through a kill, reviewed by a second person, handed on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from napari.viewer import Viewer
from PIL import Image
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.project import State
from napari_multicancer.widgets.scans.verdicts import LAST_OF_ALL
from tests.project.readers import check_as_nnunet, coco_masks, dicom_masks, nnunet_masks
from tests.project.scans import answer, dicom, mask, picture, results

from ..step_shots import shoot
from .labeler import Labeler, wait_until
from .lists import last_mask, listed

NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
NAMES = [f"scan{n:02}.{'dcm' if n % 4 == 0 else 'png'}" for n in range(1, 11)]
DRAWN = [NAMES[n] for n in (1, 3, 5, 7)]
KILLED_ON = 5
FLAGGED = NAMES[8]


@pytest.fixture
def viewer(shown: Viewer) -> Viewer:
    return shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a list of ten scans with proposals, two of them slices of one patient."""
    scans = [
        (dicom if name.endswith("dcm") else picture)(tmp_path / "scans" / name, seed)
        for seed, name in enumerate(NAMES)
    ]
    rows = [answer(path, mask=f"masks/{path.stem}_mask.tif") for path in scans]
    results(tmp_path / "list", *rows)
    return tmp_path / "list"


@pytest.mark.slow
@pytest.mark.skipif(NO_DISPLAY, reason="a real viewer needs a display: scripts/with_display.sh")
def test_ten_scans_are_labeled_by_keys_through_a_kill_reviewed_and_handed_on(
    viewer, scans, open_list, folder: Path, tmp_path: Path, told
):
    seen = tmp_path / "seen"
    keys = labeled_until_killed(folder, seen)
    assert [listed(folder)[name].state for name in NAMES] == [
        *[State.DONE] * KILLED_ON, State.IN_WORK, *[State.PROPOSED] * 4,
    ]  # fmt: skip
    scans.person.work_as("Ada")
    open_list(folder)
    labeler = Labeler(viewer, scans.session, seen)
    label_the_rest(labeler, told)
    assert keys + labeler.keys == len(NAMES) + 2, "one a scan, and one to begin each time"
    known = listed(folder)
    assert {scan.state for scan in known.values()} == {State.DONE}
    counted = [name for name in NAMES if known[name].work.strokes]
    assert {*counted, NAMES[KILLED_ON]} == {*DRAWN}, "but for those of a killed one's last seconds"
    for name in NAMES:
        np.testing.assert_array_equal(last_mask(folder, name), np.load(seen / f"{name}.npy"))
    review(scans, labeler)
    hand_on(scans, tmp_path / "coco")
    shoot(viewer, "handed-on")
    scans.session.close()
    check_exports(folder, tmp_path, seen)


def labeled_until_killed(folder: Path, seen: Path) -> int:
    """Let another process label the first scans, and kill it while it draws on one."""
    command = [sys.executable, "-m", "tests.widgets.scans.keyed"]
    command += [str(folder), str(seen), str(KILLED_ON), *DRAWN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        # napari says things there, too
        said = next((line for line in process.stdout if line.startswith("keys ")), None)
        process.kill()
    assert said is not None, "it ended before it was killed"
    return int(said.split()[1])


def label_the_rest(labeler: Labeler, told: list[str]) -> None:
    """Go on where the other process was killed, to the end of the list."""
    labeler.go()
    before_kill = np.load(labeler.seen / f"{NAMES[KILLED_ON]}.npy")
    np.testing.assert_array_equal(labeler.mask().data, before_kill)
    assert any(f"What was painted on {NAMES[KILLED_ON]}" in sentence for sentence in told)
    for name in NAMES[KILLED_ON:]:
        assert labeler.name == name
        if name in DRAWN and name != NAMES[KILLED_ON]:
            labeler.draw()
            shoot(labeler.viewer, f"drawn-{name}")
        labeler.go()
    labeler.stop()
    assert told[-1] == LAST_OF_ALL


def review(scans, labeler: Labeler) -> None:
    """Approve all scans as a second person, but for one."""
    scans.person.work_as("Ben")
    scans.ui.table.row_chosen.emit(0)
    for name in NAMES:
        labeler_waits(labeler, name)
        shoot(labeler.viewer, f"reviewed-{name}")
        if name == FLAGGED:
            scans.ui.decisions.word.setText("which side is this?")
            scans.ui.decisions.flag.click()
        else:
            scans.ui.decisions.approve.click()
    labeler_waits(labeler, NAMES[-1])
    states = [scan.state for scan in listed(scans.session.project.folder).values()]
    assert states.count(State.REVIEWED) == len(NAMES) - 1
    assert states.count(State.FLAGGED) == 1


def hand_on(scans, out: Path) -> None:
    """Export as COCO from the window."""
    scans.list.export.trigger()
    dialog = scans.list.dialog
    dialog.out.set_folder(out)
    dialog.order.click()
    wait_until(lambda: not scans.work.job.is_running)
    assert scans.ui.work.text.text() == f"{len(NAMES) - 1} scans are in {out}."


def check_exports(folder: Path, tmp_path: Path, seen: Path) -> None:
    """Export from a terminal, too, and compare with what was on the screen, pixel by pixel."""
    wanted = {name: np.load(seen / f"{name}.npy") for name in NAMES if name != FLAGGED}
    by_stem = {name.partition(".")[0]: labels for name, labels in wanted.items()}
    assert all((by_stem[name.partition(".")[0]] != mask()).any() for name in DRAWN)
    for form, code in (("nnunet", 0), ("dicom-seg", 3)):
        told = CliRunner().invoke(
            app, ["project", "export", str(folder), form, "--out", str(tmp_path / form)]
        )
        assert told.exit_code == code, told.stderr
    check_as_nnunet(tmp_path / "nnunet")
    pictures = {name.partition(".")[0]: pixels(tmp_path / "scans" / name) for name in wanted}
    slices = {stem: by_stem[stem] for stem in ("scan04", "scan08")}
    for read, masks in (
        (coco_masks(tmp_path / "coco"), by_stem),
        (nnunet_masks(tmp_path / "nnunet", pictures), by_stem),
        (dicom_masks(tmp_path / "dicom-seg"), slices),
    ):
        assert read.keys() == masks.keys()
        for stem, labels in masks.items():
            np.testing.assert_array_equal(read[stem], labels, err_msg=stem)


def labeler_waits(labeler: Labeler, name: str) -> None:
    wait_until(lambda: labeler.is_settled() and labeler.name == name)


def pixels(path: Path) -> np.ndarray:
    if path.suffix == ".dcm":
        return pydicom.dcmread(path).pixel_array
    with Image.open(path) as picture:
        return np.asarray(picture)
