"""What a person's mask says of a scan against the models' answer, in the list and outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.io import load_scan
from napari_multicancer.io.masks import Ground
from napari_multicancer.project import Project, ScanFilter, Sorting, State, VersionKind
from napari_multicancer.project.final import final_version, finding_of
from napari_multicancer.project.query import SortBy
from napari_multicancer.project.records import ListedScan

from .scans import answer, dicom, mask, pictures, results

BRAIN = {"organ": "brain", "p_brain": "0.99", "p_breast": "", "p_benign": ""}
NOTHING = np.zeros((24, 32), np.uint8)


def begun(tmp_path: Path, *answers: dict[str, str]) -> Project:
    """Begin a list of pictures of which the models have said something."""
    paths = pictures(tmp_path / "scans", len(answers))
    rows = [answer(path, **said) for path, said in zip(paths, answers, strict=True)]
    results(tmp_path / "list", *rows)
    project = Project.open(tmp_path / "list", "Ada")
    project.take_results()
    return project


def outside(project: Project, scan: ListedScan) -> str:
    """Tell what an export says that a scan shows."""
    return finding_of(scan, final_version(project.versions(scan.id)))


@pytest.mark.parametrize(
    ("said", "outlined", "shown"),
    [
        ({**BRAIN, "diagnosis": "no_tumor"}, mask(), "tumor"),
        ({**BRAIN, "diagnosis": "no_tumor"}, NOTHING, "no_tumor"),
        ({**BRAIN, "diagnosis": "tumor"}, mask(), "tumor"),
        ({**BRAIN, "diagnosis": "tumor"}, NOTHING, "no_tumor"),
        ({"diagnosis": "normal"}, mask(), "lesion"),
        ({"diagnosis": "malignant"}, mask(), "malignant"),
        ({"diagnosis": "benign"}, NOTHING, "normal"),
        ({"organ": "other", "diagnosis": ""}, mask(), ""),
    ],
)
def test_a_persons_mask_says_whether_there_is_a_lesion(tmp_path: Path, said, outlined, shown):
    with begun(tmp_path, said) as project:
        project.save_mask(1, outlined)
        scan = project.scan(1)
        assert (scan.shown_finding, outside(project, scan)) == (shown, shown)
        assert scan.shown_area == (float(outlined.sum()), "px")
        assert (scan.finding, scan.area) == (said["diagnosis"], 96), "the models' stays, beside it"


def test_a_word_counts_before_the_mask_and_can_be_taken_back(tmp_path: Path):
    with begun(tmp_path, {"diagnosis": "normal"}) as project:
        project.save_mask(1, mask())
        for word, shown in [("malignant", "malignant"), ("", "lesion")]:
            project.say_finding(1, word)
            scan = project.scan(1)
            assert (scan.shown_finding, outside(project, scan)) == (shown, shown)
        project.treat_as(1, "brain")
        assert outside(project, project.scan(1)) == "normal", "of a breast; the brain's is not said"


def test_another_organs_word_never_stays_with_a_mask(tmp_path: Path):
    with begun(tmp_path, {"diagnosis": "benign"}) as project:
        path = project.scan(1).path
        project.save_mask(1, mask())
        brain = answer(path, **BRAIN, diagnosis="no_tumor")
        project.treat_as(1, "brain")
        project.take_answer(brain)
        assert outside(project, project.scan(1)) == "tumor", "outlined, where the models saw none"
        project.treat_as(1, "")
        project.take_answer(answer(path, diagnosis="benign"))
        assert outside(project, project.scan(1)) == project.scan(1).shown_finding == "benign"
        project.treat_as(1, "breast")
        project.take_answer(brain)
        assert project.scan(1).organ == "breast", "what comes late for another organ counts no more"


def test_lists_are_sorted_and_filtered_by_what_counts(tmp_path: Path):
    told = [{**BRAIN, "diagnosis": "no_tumor", "lesion_area": "0"}] * 3
    with begun(tmp_path, *told) as project:
        project.save_mask(2, mask(width=20))
        project.save_mask(3, mask(width=4))
        by_size = project.scans(sorting=Sorting(SortBy.SIZE))
        assert [scan.id for scan in by_size] == [1, 3, 2]
        assert [scan.id for scan in project.each(ScanFilter(finding="tumor"))] == [2, 3]


def test_the_size_is_that_of_the_mask_that_counts(tmp_path: Path):
    with begun(tmp_path, {"mask": "masks/scan1_mask.tif"}) as project:
        assert project.scan(1).shown_area == (96.0, "px")
        project.save_mask(1, mask(width=2), kind=VersionKind.IMPORTED, maker="elsewhere")
        project.save_mask(1, mask(width=20), kind=VersionKind.SECOND, maker="Ben")
        assert project.scan(1).shown_area == (24.0, "px"), "a second rater's never counts by itself"
        project.set_state(1, State.DONE)
        accepted = project.versions(1)[-1]
        assert (accepted.kind, accepted.area) == (VersionKind.ACCEPTED, 24.0)
        project.save_mask(1, NOTHING)
        assert project.scan(1).shown_area == (0.0, "px")


def test_a_size_is_in_square_millimeters_where_the_pixels_have_one(tmp_path: Path):
    path = dicom(tmp_path / "scans/slice.dcm")
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add([path])
        project.save_mask(1, mask(), Ground.of(load_scan(path)))
        assert project.scan(1).shown_area == (96 * 0.25, "mm2")
