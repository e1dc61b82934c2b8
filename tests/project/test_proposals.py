from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.batch.results import ResultsTable, read_rows
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_mask
from napari_multicancer.project import Condition, Project, ScanFilter, State, VersionKind
from napari_multicancer.project.final import final_version
from tests.project.scans import answer, failure, mask, picture, pictures, results


def test_the_output_folder_of_a_batch_is_a_project(tmp_path: Path) -> None:
    first, second, third = pictures(tmp_path / "scans", 3)
    results(
        tmp_path / "out",
        answer(first, mask="masks/scan1_mask.tif", notes="Heed this."),
        failure(second, "scan2.png is damaged: export it again."),
        answer(third, confident="false", organ="other", diagnosis="", p_other="0.7"),
    )
    with Project.open(tmp_path / "out", "Ada") as project:
        assert project.take_results() == 3
        one, two, three = project.scans()
        assert (one.state, one.state_by, one.organ, one.finding) == (
            State.PROPOSED,
            "",
            "breast",
            "benign",
        )
        assert (one.doubt, one.area, one.area_unit) == (pytest.approx(0.2), 96.0, "px")
        assert (one.confident, one.planes, one.notes) == (True, 1, "Heed this.")
        assert (two.state, two.failures) == (State.NEW, 1)
        assert two.error == "scan2.png is damaged: export it again."
        assert (three.confident, three.finding) == (False, "")
        assert three.doubt == pytest.approx(0.3)
        assert project.count(ScanFilter(failed=True)) == project.count(ScanFilter(unsure=True)) == 1
        (proposal,) = project.versions(one.id)
        assert proposal.kind is VersionKind.PROPOSAL
        assert (proposal.maker, proposal.finding) == ("recognizer 2; breast 2", "benign")
        assert proposal.file == tmp_path / "out/masks/scan1_mask.tif"
        assert project.versions(three.id) == []


def test_masks_among_the_scans_are_no_work(tmp_path: Path) -> None:
    scan, *masks = pictures(tmp_path / "scans", 3)
    reasons = (
        "scan2.png is called a mask and holds one value alone: rename it if it is a scan.",
        "scan3.png is a mask, not a scan: name the scan that it lies on.",
    )
    rows = [failure(path, reason) for path, reason in zip(masks, reasons, strict=True)]
    results(tmp_path / "out", answer(scan), *rows)
    with Project.open(tmp_path / "out") as project:
        project.take_results()
        assert [one.state for one in project.scans()] == [State.PROPOSED, *[State.SKIPPED] * 2]
        assert [one.is_passed_over for one in project.scans()] == [False, True, True]
        assert [one.error for one in project.scans()[1:]] == [*reasons]
        assert project.count(ScanFilter(failed=True)) == 0
        results(tmp_path / "out", answer(scan), answer(masks[0]), rows[1])
        project.take_results()
        assert project.scan(2).state is State.PROPOSED, "it is a scan by now"


def test_rows_are_taken_once_and_while_they_are_written(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 3)
    (tmp_path / "out").mkdir()
    written = tmp_path / "out/results.csv"
    with ResultsTable(written) as table, Project.open(tmp_path / "out") as project:
        assert project.take_results() == 0
        for number, path in enumerate(paths, start=1):
            table.add(answer(path))
            assert project.take_results() == 1
            assert project.counts()[State.PROPOSED] == number
        with written.open("ab") as half:
            half.write(b"half a ro")
        assert project.take_results() == 0


def test_what_a_person_did_outlives_a_batch_that_is_run_again(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 3)
    results(tmp_path / "out", *(answer(path, mask=f"masks/{path.stem}_mask.tif") for path in paths))
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.set_state(1, State.DONE)
        project.treat_as(2, "brain")
        again = [
            answer(path, diagnosis="malignant", mask=f"masks/{path.stem}_mask.tif")
            for path in (paths[0], paths[2])
        ]
        results(tmp_path / "out", *again)
        assert project.take_results() == 2
        assert [scan.state.value for scan in project.scans()] == ["done", "proposed", "proposed"]
        assert [scan.finding for scan in project.scans()] == ["malignant", "benign", "malignant"]
        assert project.scan(2).shown_organ == "brain"
        assert [len(project.versions(scan)) for scan in (1, 2, 3)] == [2, 1, 1]


def test_a_scan_that_fails_every_time_is_counted_until_it_does_not(tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    for time in (1, 2, 3):
        results(tmp_path / "out", failure(path, f"{time} times."))
        with Project.open(tmp_path / "out") as project:
            project.take_results()
            scan = project.scan(1)
            assert (scan.state, scan.failures, scan.error) == (State.NEW, time, f"{time} times.")
    results(tmp_path / "out", answer(path))
    with Project.open(tmp_path / "out") as project:
        project.take_results()
        scan = project.scan(1)
        assert (scan.state, scan.failures, scan.error) == (State.PROPOSED, 0, "")


def test_a_table_edited_by_hand_is_taken_as_far_as_it_is_one(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 4)
    results(tmp_path / "out", *map(answer, paths))
    table = tmp_path / "out/results.csv"
    with table.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    column = header.index
    rows[0][column("lesion_area")] = "large"
    rows[0][column("planes")] = "1,0"
    rows[0][column("confident")] = "JA"
    rows[1][column("path")] = ""
    rows[2][column("status")] = "fine"
    rows[3][column("path")] = os.path.relpath(paths[3], tmp_path / "out")
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows, ["a", "short", "row"]])
    with Project.open(tmp_path / "out") as project:
        assert project.take_results() == 2
        first, last = project.scans()
        assert (first.area, first.planes, first.confident) == (None, None, None)
        assert (first.finding, last.path) == ("benign", paths[3])


def test_a_table_that_a_spreadsheet_has_saved_is_one(tmp_path: Path) -> None:
    results(tmp_path / "out", *map(answer, pictures(tmp_path / "scans", 2)))
    table = tmp_path / "out/results.csv"
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n"))
    with Project.open(tmp_path / "out") as project:
        assert project.take_results() == 2
        assert {scan.finding for scan in project.scans()} == {"benign"}
    assert [row["diagnosis"] for row in read_rows(table)] == ["benign", "benign"]


def test_a_table_that_is_none_any_more_is_refused_and_the_list_stays(tmp_path: Path) -> None:
    results(tmp_path / "out", answer(picture(tmp_path / "scan.png")))
    with Project.open(tmp_path / "out") as project:
        project.take_results()
        (tmp_path / "out/results.csv").write_text("my;own;columns\n1;2;3\n")
        with pytest.raises(OutputError, match=r"results.csv is no results table"):
            project.take_results()
        assert project.counts()[State.PROPOSED] == 1


def test_a_proposal_that_was_accepted_outlives_the_next_models(tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    results(tmp_path / "out", answer(path, mask="masks/scan_mask.tif"))
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.set_state(1, State.DONE)
        project.set_state(1, State.IN_WORK)
        project.set_state(1, State.DONE)
        results(
            tmp_path / "out", answer(path, mask="masks/scan_mask.tif", models="breast 3"), left=1
        )
        project.take_results()
        proposed, accepted = project.versions(1)
        assert (proposed.maker, proposed.kind) == ("breast 3", VersionKind.PROPOSAL)
        assert (accepted.maker, accepted.kind) == ("Ada", VersionKind.ACCEPTED)
        assert accepted.note == "proposal of recognizer 2; breast 2"
        assert final_version(project.versions(1)) == accepted
        np.testing.assert_array_equal(load_mask(accepted.file).labels, mask())
        np.testing.assert_array_equal(load_mask(proposed.file).labels, mask(1))


def test_a_scan_that_changed_and_was_analyzed_again_fits_its_new_proposal_alone(
    tmp_path: Path,
) -> None:
    path = picture(tmp_path / "scan.png")
    results(tmp_path / "out", answer(path, mask="masks/scan_mask.tif"))
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.save_mask(1, mask())
        picture(path, seed=5)
        assert project.locate(1).condition is Condition.CHANGED
        results(tmp_path / "out", answer(path, mask="masks/scan_mask.tif", seconds="2"))
        project.take_results()
        assert project.locate(1).condition is Condition.HERE
        assert [(one.kind.value, one.fits) for one in project.versions(1)] == [
            ("proposal", True),
            ("corrected", False),
        ]
