from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_mask
from napari_multicancer.io.formats import mask_format
from napari_multicancer.project import Project, VersionKind
from tests.project.scans import mask, picture


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project of two scans of one name."""
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([picture(tmp_path / "a/scan.png", 1), picture(tmp_path / "b/scan.png", 2)])
        yield project


def test_no_version_of_a_mask_is_written_over(project: Project) -> None:
    kept = [project.save_mask(1, mask(left), finding="benign") for left in (2, 9, 16)]
    other = project.save_mask(2, mask(20))
    assert [one.number for one in kept] == [1, 2, 3]
    assert project.versions(1) == kept
    assert len({one.file for one in [*kept, other]}) == 4
    for left, one in zip((2, 9, 16), kept, strict=True):
        assert (one.maker, one.kind, one.finding) == ("Ada", VersionKind.CORRECTED, "benign")
        np.testing.assert_array_equal(load_mask(one.file).labels, mask(left))


def test_a_file_that_no_list_knows_is_not_written_over(project: Project) -> None:
    first = project.save_mask(1, mask())
    orphan = first.file.with_name(first.file.name.replace("_v1_", "_v2_"))
    orphan.write_bytes(b"left by a process that was killed")
    assert project.save_mask(1, mask()).file != orphan
    assert orphan.read_bytes() == b"left by a process that was killed"


def test_a_mask_is_kept_in_the_format_that_is_asked_for(project: Project) -> None:
    made = project.save_mask(1, mask(), format=mask_format("nifti"), kind=VersionKind.SECOND)
    assert made.file.name == "scan_1_v1_mask.nii.gz"
    assert made.kind is VersionKind.SECOND


def test_a_long_name_leaves_room_for_the_version(tmp_path: Path) -> None:
    with Project.create(tmp_path / "project") as project:
        project.add([picture(tmp_path / f"{'ä' * 120}.png")])
        assert project.save_mask(1, mask()).file.is_file()


def test_a_mask_that_cannot_be_written_is_no_version(project: Project) -> None:
    with pytest.raises(OutputError, match="cannot be saved"):
        project.save_mask(1, mask().astype(float))
    assert project.versions(1) == []
