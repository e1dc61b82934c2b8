"""Scans whose files are not what they were: found, and taken as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.errors import MaskError, UnreadableFileError
from napari_multicancer.io import load_mask
from napari_multicancer.project import Condition, Project, State, VersionKind
from napari_multicancer.project.changed import changed_scans
from napari_multicancer.project.exports.run import export
from tests.project.scans import mask, picture, pictures


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Make a project of three scans that are done, of which the second has changed since."""
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(pictures(tmp_path / "scans", 3))
        for scan in (1, 2, 3):
            project.save_mask(scan, mask(scan), finding="benign")
            project.set_state(scan, State.DONE)
        picture(tmp_path / "scans/scan2.png", seed=77)
        yield project


def _changed(project: Project) -> dict[str, Condition]:
    return {scan.name: located.condition for scan, located in changed_scans(project)}


def test_scans_that_changed_or_are_gone_are_named(project: Project, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    (tmp_path / "scans/scan3.png").unlink()
    found = list(changed_scans(project, progress=lambda *told: seen.append(told)))
    assert [(scan.name, located.condition) for scan, located in found] == [
        ("scan2.png", Condition.CHANGED),
        ("scan3.png", Condition.GONE),
    ]
    assert seen[-1] == (3, 3)


def test_a_changed_scan_is_accepted_with_its_mask_and_goes_out_again(
    project: Project, tmp_path: Path
) -> None:
    project.who = "Eve"
    project.accept_change(2, keep_mask=True)
    assert _changed(project) == {}
    before, after = project.versions(2)
    assert (before.fits, after.fits) == (False, True)
    assert (after.maker, after.kind, after.finding) == ("Ada", VersionKind.CORRECTED, "benign")
    assert "Eve" in after.note
    np.testing.assert_array_equal(load_mask(after.file).labels, mask(2))
    assert export(project, "nifti", tmp_path / "out").scans == 3


def test_a_change_that_was_accepted_without_the_mask_can_still_get_it(project: Project) -> None:
    project.accept_change(2)
    assert _changed(project) == {"scan2.png": Condition.CHANGED}, "its mask was made before"
    project.accept_change(2, keep_mask=True)
    assert _changed(project) == {}


def test_a_mask_of_other_pixels_is_not_kept(project: Project, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(tmp_path / "scans/scan2.png")
    with pytest.raises(MaskError, match="has other pixels than its mask by now: accept it without"):
        project.accept_change(2, keep_mask=True)
    assert project.locate(2).condition is Condition.CHANGED
    assert len(project.versions(2)) == 1
    project.accept_change(2)
    assert project.locate(2).condition is Condition.HERE


def test_a_scan_that_is_gone_cannot_be_accepted(project: Project, tmp_path: Path) -> None:
    (tmp_path / "scans/scan2.png").unlink()
    with pytest.raises(UnreadableFileError, match="is gone: put it back"):
        project.accept_change(2)


def test_a_scan_that_did_not_change_gets_no_further_mask(project: Project) -> None:
    project.accept_change(1, keep_mask=True)
    assert len(project.versions(1)) == 1
